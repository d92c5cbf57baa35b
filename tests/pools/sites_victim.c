// SPDX-License-Identifier: MIT
/*
 * sites_victim.c - a program whose call sites two compilers make different stacks of.
 *
 * Built by gcc -O2 and by clang -O2, the same source inlines, clones (.part, .isra, .constprop, .cold) and leaves out
 * frames (tail calls, also of the function that allocates) in different ways; a diff or a baseline of both has to tell
 * which call site is which. Every place allocates a size of its own (PLACE()), so a test can tell. Usage: sites_victim
 */
#include "sites_victim.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ITEMS 12u

static struct item items[ITEMS];
static volatile int zero;

void KEEP keep(struct item *item, void *p, size_t bytes)
{
	if (!p)
		abort();
	memset(p, 1, bytes < 64 ? bytes : 64);
	free(item->data);
	item->data = p;
	item->bytes = bytes;
}

/* Called from one place: inlined by most. */
static void once(struct item *item)
{
	keep(item, malloc(PLACE(1)), PLACE(1));
}

/* Called with constants: gcc makes .constprop of such, clang inlines or specialises. */
static KEEP void scaled(struct item *item, size_t factor, int mode)
{
	size_t bytes = mode ? PLACE(2) * factor : PLACE(3);

	keep(item, malloc(bytes), bytes);
	if (mode > 1)
		keep(item, malloc(PLACE(4)), PLACE(4));
}

/* Of a struct only one member is read: .isra. A rare half: .part. */
static void partly(struct item *item, const struct item *unused)
{
	if (item->bytes == (size_t)zero)
		return;
	keep(item, calloc(1, PLACE(5)), PLACE(5));
	if (unused->bytes > 1u << 30)
		abort();
	keep(item, malloc(PLACE(6)), PLACE(6));
}

static void growing(struct item *item)
{
	char *p = NULL;

	for (size_t i = 1; i <= 3; i++) {
		p = realloc(p, PLACE(7) * i);
		if (!p)
			abort();
	}
	keep(item, p, PLACE(7));
}

/* A chain that ends in tail calls: `middle` is in no stack where it became a jump. */
static KEEP void last(struct item *item)
{
	keep(item, malloc(PLACE(8)), PLACE(8));
}

static KEEP void middle(struct item *item)
{
	item->bytes = 0;
	last(item);
}

static KEEP void first(struct item *item)
{
	item->bytes = 1;
	middle(item);
}

static KEEP void also_last(struct item *item)
{
	last(item);
	item->next = NULL;
}

static void *worker(void *arg)
{
	struct item *item = arg;

	header_fill(item, PLACE(9));
	part_many_callers(item);
	keep(item, part_tail(PLACE(10)), PLACE(10));
	return NULL;
}

static void with_threads(void)
{
	pthread_t threads[2];

	for (size_t i = 0; i < 2; i++)
		if (pthread_create(&threads[i], NULL, worker, &items[i]) != 0)
			abort();
	for (size_t i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
}

static void all(void)
{
	once(&items[0]);
	scaled(&items[1], 2, 1);
	scaled(&items[1], 3, 2);
	scaled(&items[1], 0, 0);
	items[2].bytes = 1;
	partly(&items[2], &items[3]);
	partly(&items[3], &items[2]);
	growing(&items[4]);
	first(&items[5]);
	also_last(&items[5]);
	header_fill(&items[6], PLACE(11));
	keep(&items[6], part_tail(PLACE(12)), PLACE(12));
	keep(&items[6], part_tail_of_tail(PLACE(13)), PLACE(13));
	part_run(items, ITEMS);
}

int main(void)
{
	with_threads();
	for (size_t i = 0; i < 20; i++)
		all();
	for (size_t i = 0; i < ITEMS; i++)
		free(items[i].data);
	puts("done");
	return 0;
}
