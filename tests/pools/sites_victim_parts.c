// SPDX-License-Identifier: MIT
/*
 * sites_victim_parts.c - the other file of sites_victim.c: what is called from outside, and by pointer.
 */
#include "sites_victim.h"

#include <stdlib.h>
#include <string.h>

/* The call of malloc is a jump: the frame that names the site is in no stack. */
void *part_tail(size_t bytes)
{
	return malloc(bytes);
}

static KEEP void *checked(size_t bytes)
{
	if (bytes > 1u << 20)
		abort();
	return malloc(bytes);
}

void *part_tail_of_tail(size_t bytes)
{
	return checked(bytes + 0);
}

/* Wrappers that say nothing about who wants the memory. */
static KEEP void *xmalloc(size_t bytes)
{
	void *p = malloc(bytes);

	if (!p)
		abort();
	return p;
}

void part_wrapped(struct item *item, int how)
{
	if (how)
		keep(item, xmalloc(PLACE(20)), PLACE(20));
	else
		keep(item, xmalloc(PLACE(21)), PLACE(21));
}

static __attribute__((cold)) KEEP void complain(struct item *item)
{
	keep(item, malloc(PLACE(22)), PLACE(22));
}

/* An unlikely half that compilers move away: .cold. */
void part_cold(struct item *item, int failed)
{
	if (__builtin_expect(failed, 0)) {
		char *volatile text = malloc(PLACE(23)); /* else clang leaves both calls out */

		if (!text)
			abort();
		complain(item);
		free(text);
		return;
	}
	keep(item, malloc(PLACE(24)), PLACE(24));
}

/* Becomes a loop, is unrolled into itself, or stays. */
void part_recursive(struct item *item, int depth)
{
	if (depth == 0) {
		keep(item, malloc(PLACE(25)), PLACE(25));
		return;
	}
	part_recursive(item, depth - 1);
}

static void by_pointer_a(struct item *item)
{
	keep(item, malloc(PLACE(26)), PLACE(26));
}

static void by_pointer_b(struct item *item)
{
	keep(item, header_make(PLACE(27)), PLACE(27));
}

static void by_pointer_c(struct item *item)
{
	header_fill(item, PLACE(28));
}

static void (*const by_pointer[])(struct item *) = { by_pointer_a, by_pointer_b, by_pointer_c };

void part_by_pointer(struct item *item, size_t which)
{
	by_pointer[which % 3](item);
}

/* One place, three callers: three call sites. */
static KEEP void shared_place(struct item *item, size_t bytes)
{
	keep(item, malloc(bytes), bytes);
}

static KEEP void caller_one(struct item *item)
{
	shared_place(item, PLACE(30));
}

static KEEP void caller_two(struct item *item)
{
	shared_place(item, PLACE(31));
	item->bytes++;
}

static void caller_three(struct item *item)
{
	for (size_t i = 0; i < 2; i++)
		shared_place(item, PLACE(32));
}

void part_many_callers(struct item *item)
{
	caller_one(item);
	caller_two(item);
	caller_three(item);
}

char *part_join(const char *a, const char *b)
{
	char *joined = malloc(PLACE(33));

	if (!joined)
		abort();
	strcpy(joined, a);
	return strcat(joined, b);
}

void part_run(struct item *items, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		part_by_pointer(&items[i], i);
	part_wrapped(&items[0], 0);
	part_wrapped(&items[0], 1);
	part_cold(&items[1], 0);
	part_cold(&items[1], 1);
	part_recursive(&items[2], 3);
	part_many_callers(&items[3]);
	free(items[4].data);
	items[4].data = part_join("a", "b");
}
