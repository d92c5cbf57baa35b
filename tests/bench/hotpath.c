/* SPDX-License-Identifier: MIT */
/*
 * hotpath.c - calls whose instructions are counted by callgrind (hotpath.sh).
 *
 * Each block_*() makes EVENTS_NR pairs of calls from a stack of its own and is run ROUNDS_NR times: callgrind
 * zeroes its counters before a block and dumps them after it. Only what libpooltrace.so itself executes is
 * counted, so what happens here between the calls does not matter, but for the clock: the time since the
 * record before takes one byte below 4,096 cycles and is put together by other instructions above. Under
 * valgrind it would be now the one, now the other; pause_long() makes it always the other.
 */
#include <stdint.h>
#include <stdlib.h>
#include <x86intrin.h>

#include "../../include/pooltrace.h"

#define EVENTS_NR 100 /* pairs a block; hotpath.sh divides by it */
#define ROUNDS_NR 9
#define PAUSE_CYCLES 16384u
#define BYTES 96u

/* Frames of their own, with something left to do after the call. */
#define OWN_FRAME __attribute__((noinline))
#define USE(p) __asm__ volatile("" : : "r"(p) : "memory")

static int pool;
static char object[BYTES];
static char *grown;

static OWN_FRAME void pause_long(void)
{
	uint64_t start = __rdtsc();

	while (__rdtsc() - start < PAUSE_CYCLES)
		;
}

static OWN_FRAME void pair(void)
{
	char *p;

	pause_long();
	p = malloc(BYTES);
	USE(p);
	pause_long();
	free(p);
	USE(&pool);
}

static OWN_FRAME void resize(void)
{
	pause_long();
	grown = realloc(grown, 2 * BYTES);
	USE(grown);
	pause_long();
	grown = realloc(grown, BYTES);
	USE(grown);
}

static OWN_FRAME void exchange(void)
{
	pause_long();
	pooltrace_get(&pool, object, BYTES, 0);
	USE(object);
	pause_long();
	pooltrace_put(&pool, object, 0);
	USE(object);
}

/* `frames` more between main() and `leaf`. */
static OWN_FRAME void descend(int frames, void (*leaf)(void))
{
	if (frames)
		descend(frames - 1, leaf);
	else
		leaf();
	USE(leaf);
}

/* The name in the text: or gcc makes one function of those that are alike. */
#define BLOCK(name, call)                                  \
	static OWN_FRAME void name(void)                   \
	{                                                  \
		for (int i = 0; i < EVENTS_NR; i++) {      \
			call;                              \
			__asm__ volatile("# " #name);      \
		}                                          \
	}
BLOCK(block_pair, pair())
BLOCK(block_pair_8, pair())
BLOCK(block_pair_32, pair())
BLOCK(block_realloc, resize())
BLOCK(block_pool, exchange())

/* The same sp and return address at malloc(), and other callers a few frames further out. */
#define ROUTE(name)                              \
	static OWN_FRAME void name(void)         \
	{                                        \
		descend(2, pair);                \
		USE(&pool);                      \
	}
ROUTE(route_0)
ROUTE(route_1)
ROUTE(route_2)
ROUTE(route_3)
static void (*const routes[])(void) = { route_0, route_1, route_2, route_3 };
BLOCK(block_callers, routes[i % 4]())

int main(void)
{
	grown = malloc(BYTES);
	pooltrace_pool_create(&pool, "hotpath", BYTES, 1);
	for (int round = 0; round < ROUNDS_NR; round++) {
		block_pair();
		descend(7, block_pair_8);
		descend(31, block_pair_32);
		descend(3, block_callers);
		descend(7, block_realloc);
		descend(7, block_pool);
	}
	pooltrace_pool_destroy(&pool);
	free(grown);
	return 0;
}
