/* SPDX-License-Identifier: MIT */
/*
 * pool_handoff.c THREADS EVENTS - objects of one annotated pool that wander between threads.
 *
 * An object is taken out of a slot, any thread's, by one atomic exchange, and put back into
 * another at once: the shortest hand-over there is. Every get is a hit of the put before it, so a
 * report that finds a misuse or a miss has events in the wrong order. Prints "gets puts".
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <pooltrace.h>

#define SLOTS_NR 16u
#define OBJECTS_NR 8u
#define THREADS_MAX 64u

static _Atomic(void *) slots[SLOTS_NR];
static uint64_t events_each;

struct worker {
	pthread_t thread;
	uint64_t seed;
	uint64_t gets;
	uint32_t shard;
};

static uint64_t next(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static void give(void *object, uint64_t at, uint32_t shard)
{
	void *none;

	pooltrace_put(slots, object, shard);
	for (;; at++) {
		none = NULL;
		if (atomic_compare_exchange_strong(&slots[at % SLOTS_NR], &none, object))
			return;
	}
}

static void *work(void *arg)
{
	struct worker *w = arg;
	void *object;
	uint64_t r;

	while (w->gets < events_each) {
		r = next(&w->seed);
		object = atomic_exchange(&slots[r % SLOTS_NR], NULL);
		if (!object)
			continue;
		pooltrace_get(slots, object, 64, w->shard);
		w->gets++;
		give(object, r >> 8, w->shard);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned int nr = argc > 1 ? (unsigned int)atoi(argv[1]) : 2, i;
	uint64_t gets = 0;
	static struct worker workers[THREADS_MAX];

	if (!nr || nr > THREADS_MAX)
		return 2;
	events_each = (argc > 2 ? strtoull(argv[2], NULL, 10) : 1000000) / 2 / nr;
	pooltrace_pool_create(slots, "handoff", 64, nr);
	for (i = 0; i < OBJECTS_NR; i++) {
		void *object = malloc(64);

		pooltrace_stock(slots, object, 64, 0);
		slots[i] = object;
	}
	for (i = 0; i < nr; i++) {
		workers[i].seed = 88172645463325252ull + i;
		workers[i].shard = i;
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			return 2;
	}
	for (i = 0; i < nr; i++) {
		pthread_join(workers[i].thread, NULL);
		gets += workers[i].gets;
	}
	printf("%" PRIu64 " %" PRIu64 "\n", gets, gets);
	return 0;
}
