/* SPDX-License-Identifier: MIT */
/*
 * types_victim.c - allocates in the ways that programs do, and prints where.
 *
 * One line each: WHAT ADDRESS SIZE 0 0, the address as in the ELF file: of the allocation's call
 * minus one byte, or of a variable. Built with -g, at -O0 and at -O2.
 */
#include <link.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef __clang__
#define KEEP __attribute__((noinline))
#else
#define KEEP __attribute__((noipa))
#endif
#define IN_LINE	     static inline __attribute__((always_inline))
#define USE(pointer) __asm__ volatile("" : : "r"(pointer) : "memory")

struct link {
	struct link *next, *prev;
};

struct conn {
	int fd;
	const char *session;
	struct link inner;
	union {
		void *first;
		struct link *second;
		long number;
	};
	struct {
		int nr;
		void *head;
	} slots[4];
	void *grid[2][3];
	unsigned int flag : 1;
};

struct left {
	void *words[5];
};

struct right {
	long words[5];
};

typedef struct {
	char bytes[56];
	void *tail;
} pair_t;

struct late {
	void *a, *b, *c, *d, *e, *f, *g;
};

static unsigned long load_bias;
struct conn victim_table[3];

static int remember_first(struct dl_phdr_info *info, size_t bytes, void *unused)
{
	(void)bytes, (void)unused;
	load_bias = info->dlpi_addr; /* the program itself comes first */
	return 1;
}

static void say(const char *what, const void *address, size_t size_bytes)
{
	printf("%s %lx %zu 0 0\n", what, (unsigned long)address - load_bias, size_bytes);
}

void *victim_make(const char *what, size_t size_bytes);
KEEP void *victim_make(const char *what, size_t size_bytes)
{
	say(what, (char *)__builtin_return_address(0) - 1, size_bytes);
	return calloc(1, size_bytes);
}

static KEEP void plain(void)
{
	struct conn *c = victim_make("plain", sizeof(*c));

	USE(c);
}

static KEEP struct left *left_new(void)
{
	void *made = victim_make("constructor", sizeof(struct left));

	USE(made);
	return made;
}

static KEEP void two_of_a_size(struct left *l, struct right *r)
{
	void *made = victim_make("two", sizeof(*l));

	USE(made);
	USE(l);
	USE(r);
}

static KEEP void line_decides(struct right *r)
{
	struct left *l = victim_make("line", sizeof(*l));

	USE(l);
	USE(r);
}

static KEEP void bytes_of_that_size(struct conn *c)
{
	char *buffer = victim_make("bytes", sizeof(*c));

	USE(buffer);
	USE(c);
}

static KEEP void assigned_later(struct right *r)
{
	struct left *l = NULL;

	USE(r);
	l = victim_make("later", sizeof(*l));
	USE(l);
	USE(r);
}

static KEEP void nameless(void)
{
	pair_t *p = victim_make("nameless", sizeof(*p));

	USE(p);
}

static KEEP void out_parameter(struct late **out)
{
	*out = victim_make("out", sizeof(**out));
	USE(*out);
}

IN_LINE void *in_line_wrapper(size_t size_bytes)
{
	void *made = victim_make("inlined", size_bytes);

	USE(made);
	return made;
}

static KEEP void calls_in_line_wrapper(void)
{
	struct late *l = in_line_wrapper(sizeof(*l));

	USE(l);
}

static KEEP void *wrapper(size_t size_bytes)
{
	void *made;

	say("outer", (char *)__builtin_return_address(0) - 1, size_bytes);
	made = victim_make("wrapper", size_bytes);
	USE(made);
	return made;
}

static KEEP void calls_wrapper(void)
{
	struct conn *c = wrapper(sizeof(*c));

	USE(c);
}

int main(void)
{
	struct late *late;

	dl_iterate_phdr(remember_first, NULL);
	plain();
	USE(left_new());
	two_of_a_size(NULL, NULL);
	line_decides(NULL);
	bytes_of_that_size(NULL);
	assigned_later(NULL);
	nameless();
	out_parameter(&late);
	calls_in_line_wrapper();
	calls_wrapper();
	say("table", &victim_table[0], sizeof(victim_table));
	say("session", (void *)(load_bias + offsetof(struct conn, session)), 8);
	return 0;
}
