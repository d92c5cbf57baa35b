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
	int *one = new int;
	keep(one);
	delete one;
	int *ten = new int[10];
	keep(ten);
	delete[] ten;
	void *quiet = ::operator new(4, std::nothrow);
	keep(quiet);
	::operator delete(quiet, std::nothrow);
	void *quiet_array = ::operator new[](16, std::nothrow);
	keep(quiet_array);
	::operator delete[](quiet_array, std::nothrow);
	Aligned *aligned = new Aligned;
	keep(aligned);
	delete aligned;
	Aligned *aligned_array = new Aligned[3];
	keep(aligned_array);
	delete[] aligned_array;
	Aligned *aligned_quiet = new (std::nothrow) Aligned;
	keep(aligned_quiet);
	delete aligned_quiet;
	Aligned *aligned_quiet_array = new (std::nothrow) Aligned[3];
	keep(aligned_quiet_array);
	delete[] aligned_quiet_array;
	Destroyed *destroyed = new Destroyed[3];
	keep(destroyed);
	delete[] destroyed;
	void *sized = ::operator new(77);
	keep(sized);
	::operator delete(sized, std::size_t(77));
	void *sized_array = ::operator new[](77);
	keep(sized_array);
	::operator delete[](sized_array, std::size_t(77));
	void *wide = ::operator new(77, std::align_val_t(128));
	keep(wide);
	::operator delete(wide, std::align_val_t(128));
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
