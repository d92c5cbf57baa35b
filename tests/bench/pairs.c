/* SPDX-License-Identifier: MIT */
/*
 * pairs.c WHAT BLOCKS - the cost of one pair of calls, in nanoseconds, on stderr.
 *
 *   malloc     malloc() and free()
 *   annotated  pooltrace_get() and pooltrace_put()
 *   added      what these two add to a loop that goes through the same pool and tells nobody
 *
 * CPU time, with that of the kernel for the pages of the trace; median of BLOCKS blocks of 100,000 pairs,
 * so that other work on the machine counts little. With "added" the two loops take turns, block by block.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../include/pooltrace.h"

#define PAIRS_A_BLOCK 100000u
#define BLOCKS_MAX 10001u
#define BYTES 256u
#define OBJECTS_NR 64u

/* A stack of free objects, as small as a cache can be. */
struct pool {
	char *free[OBJECTS_NR];
	unsigned int free_nr;
};

static char objects[OBJECTS_NR][BYTES];
static struct pool pool;

/* Frames of their own, with something left to do after the call. */
#define OWN_FRAME __attribute__((noinline))

static OWN_FRAME char *take_plain(struct pool *p)
{
	char *object = p->free[--p->free_nr];

	object[0] = 1;
	return object;
}

static OWN_FRAME void give_plain(struct pool *p, char *object)
{
	p->free[p->free_nr++] = object;
}

static OWN_FRAME char *take_told(struct pool *p)
{
	char *object = p->free[--p->free_nr];

	pooltrace_get(p, object, BYTES, 0);
	object[0] = 1;
	return object;
}

static OWN_FRAME void give_told(struct pool *p, char *object)
{
	pooltrace_put(p, object, 0);
	p->free[p->free_nr++] = object;
}

static OWN_FRAME char *take_malloc(struct pool *p)
{
	char *object = malloc(BYTES);

	(void)p;
	object[0] = 1;
	return object;
}

static OWN_FRAME void give_malloc(struct pool *p, char *object)
{
	free(object);
	p->free_nr += 0;
	__asm__ volatile("" : : "r"(p) : "memory");
}

static double cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* Nanoseconds a pair, of one block; a function each, so that it calls its two directly. */
#define BLOCK(name, take, give)                                         \
	static OWN_FRAME double name(void)                              \
	{                                                               \
		double start = cpu_ns();                                \
		unsigned int i;                                         \
                                                                        \
		for (i = 0; i < PAIRS_A_BLOCK; i++)                     \
			give(&pool, take(&pool));                       \
		return (cpu_ns() - start) / (double)PAIRS_A_BLOCK;      \
	}
BLOCK(block_plain, take_plain, give_plain)
BLOCK(block_told, take_told, give_told)
BLOCK(block_malloc, take_malloc, give_malloc)

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, unsigned int nr)
{
	qsort(values, nr, sizeof(*values), compare);
	return values[nr / 2];
}

int main(int argc, char **argv)
{
	static double ns[BLOCKS_MAX], plain_ns[BLOCKS_MAX];
	const char *what = argc > 1 ? argv[1] : "";
	unsigned int nr = argc > 2 ? (unsigned int)atoi(argv[2]) : 101, i;
	double result;

	if (nr < 1 || nr > BLOCKS_MAX)
		return 2;
	while (pool.free_nr < OBJECTS_NR) {
		pooltrace_stock(&pool, objects[pool.free_nr], BYTES, 0);
		pool.free[pool.free_nr] = objects[pool.free_nr];
		pool.free_nr++;
	}
	for (i = 0; i <= nr; i++) { /* the first is overwritten: it warms up */
		unsigned int at = i ? i - 1 : 0;

		if (strcmp(what, "malloc") == 0) {
			ns[at] = block_malloc();
		} else {
			ns[at] = block_told();
			if (strcmp(what, "added") == 0)
				plain_ns[at] = block_plain();
		}
	}
	result = median(ns, nr) - median(plain_ns, nr);
	fprintf(stderr, "%.3f ns\n", result);
	return 0;
}
