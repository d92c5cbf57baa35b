/* SPDX-License-Identifier: MIT */
/*
 * annotate_misuse.c - each misuse of a pool, from two functions with names of their own.
 *
 * The pool is a list that is used wrongly on purpose; the annotations say so truly. The test
 * looks for each pair of functions in the report. Prints a checksum of what it did with the
 * objects: the same whoever watches.
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "../../include/pooltrace.h"

#define BYTES 256u

static char pool, other_pool;
static char twice[BYTES], shared[BYTES], foreign[BYTES], borrowed[BYTES], good[BYTES];
static unsigned int sum;
static volatile unsigned int times = 3; /* not known when this is compiled: one call site, not three */

static void use(char *object, int value)
{
	memset(object, value, BYTES);
	sum = sum * 31 + (unsigned char)object[BYTES - 1];
}

/* Noinline and something after each call: a frame of its own, whatever the compiler. */
#define ACT(name, call)                                              \
	static __attribute__((noinline)) void name(char *object)     \
	{                                                            \
		call;                                                \
		use(object, 7);                                      \
	}

ACT(first_putter, pooltrace_put(&pool, object, 1))
ACT(second_putter, pooltrace_put(&pool, object, 2))
ACT(first_getter, pooltrace_get(&pool, object, BYTES, 1))
ACT(second_getter, pooltrace_get(&pool, object, BYTES, 2))
ACT(getter_elsewhere, pooltrace_get(&other_pool, object, BYTES, 0))
ACT(putter_of_foreign, pooltrace_put(&pool, object, 3))
ACT(putter_of_unknown, pooltrace_put(&pool, object, 4))
ACT(good_getter, pooltrace_get(&pool, object, BYTES, 0))
ACT(good_putter, pooltrace_put(&pool, object, 0))

static void *get_again(void *object)
{
	second_getter(object);
	return NULL;
}

int main(void)
{
	pthread_t thread;
	unsigned int i;

	pooltrace_pool_create(&pool, "misused", BYTES, 4);
	pooltrace_pool_create(&other_pool, "other", BYTES, 1);
	for (i = 0; i < times; i++) { /* put twice */
		good_getter(twice);
		first_putter(twice);
		second_putter(twice);
	}
	first_getter(shared); /* got by a second thread as well */
	if (pthread_create(&thread, NULL, get_again, shared) || pthread_join(thread, NULL))
		return 2;
	getter_elsewhere(foreign); /* it is another pool's */
	putter_of_foreign(foreign);
	putter_of_unknown(borrowed); /* it is nobody's */
	for (i = 0; i < 100; i++) {
		good_getter(good);
		good_putter(good);
	}
	printf("sum %u\n", sum);
	return 0;
}
