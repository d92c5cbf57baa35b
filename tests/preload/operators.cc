// SPDX-License-Identifier: MIT
//
// operators.cc - every form of operator new and delete, ROUNDS times 12 pairs; exceptions that
// pass through the allocator; C++ threads. Prints how many allocations and frees main() made
// through the operators, and how often bad_alloc was caught.
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <thread>
#include <vector>

struct alignas(64) Aligned {
	char bytes[128];
};

struct Destroyed {
	~Destroyed() { value = 0; }
	int value;
};

static void keep(void *p)
{
	asm volatile("" : : "r"(p) : "memory");
}

static void one_round()
{
	int *i = new int;
	keep(i);
	delete i;
	i = new int[10];
	keep(i);
	delete[] i;
	i = new (std::nothrow) int;
	keep(i);
	::operator delete(i, std::nothrow);
	i = new (std::nothrow) int[4];
	keep(i);
	::operator delete[](i, std::nothrow);
	Aligned *a = new Aligned;
	keep(a);
	delete a;
	a = new Aligned[3];
	keep(a);
	delete[] a;
	a = new (std::nothrow) Aligned;
	keep(a);
	delete a;
	a = new (std::nothrow) Aligned[3];
	keep(a);
	delete[] a;
	Destroyed *d = new Destroyed[3];
	keep(d);
	delete[] d;
	void *p = ::operator new(77);
	keep(p);
	::operator delete(p, std::size_t(77));
	p = ::operator new[](77);
	keep(p);
	::operator delete[](p, std::size_t(77));
	p = ::operator new(77, std::align_val_t(128));
	keep(p);
	::operator delete(p, std::align_val_t(128));
}

int main(int argc, char **argv)
{
	const int rounds = argc > 1 ? std::atoi(argv[1]) : 1000;
	volatile std::size_t too_much = std::size_t(1) << 62;
	int thrown = 0;

	for (int i = 0; i < rounds; i++)
		one_round();
	for (int i = 0; i < 100; i++) {
		try {
			keep(new char[too_much]);
		} catch (std::bad_alloc &) {
			thrown++;
		}
	}
	std::vector<std::thread> threads;
	for (int i = 0; i < 4; i++)
		threads.emplace_back([] {
			thread_local std::vector<int> own(100);
			own.push_back(3);
		});
	for (auto &t : threads)
		t.join();
	std::printf("%d %d\n", 12 * rounds, thrown);
}
