/* SPDX-License-Identifier: MIT */
/* symbols_victim.cc - the C++ sibling of symbols_victim.c: namespaces, templates, a lambda. */
#include <cstdio>
#include <link.h>

#define KEEP __attribute__((noinline))
#define NO_TAIL_CALL() __asm__ volatile("" ::: "memory")

static unsigned long load_bias;

static int remember_first(struct dl_phdr_info *info, size_t, void *)
{
	load_bias = info->dlpi_addr;
	return 1;
}

KEEP void mark(const char *what, int line)
{
	unsigned long call = (unsigned long)__builtin_return_address(0) - 1;

	printf("%s %lx %d 0 0\n", what, call - load_bias, line);
}

namespace victim
{
template <typename T> struct box {
	KEEP void put(const T *value) const
	{
		mark("template", __LINE__);
		NO_TAIL_CALL();
		(void)value;
	}
};

namespace
{
KEEP void hidden(int, char)
{
	mark("anonymous", __LINE__);
	NO_TAIL_CALL();
}
}

struct made {
	KEEP made()
	{
		mark("constructor", __LINE__);
		NO_TAIL_CALL();
	}
};
}

int main()
{
	dl_iterate_phdr(remember_first, nullptr);
	int number = 1;
	victim::box<int>().put(&number);
	victim::hidden(1, 'c');
	victim::made made;
	auto lambda = [&](long) KEEP {
		mark("lambda", __LINE__);
		NO_TAIL_CALL();
	};
	lambda(2);
	(void)made;
	return 0;
}
