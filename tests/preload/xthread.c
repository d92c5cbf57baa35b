/* SPDX-License-Identifier: MIT */
/*
 * xthread.c THREADS EVENTS - malloc, free and realloc of blocks that wander between threads.
 *
 * A block is taken out of a shared slot by one atomic exchange, so it is freed or resized at
 * once by a thread that did not allocate it, and its address comes back in yet another:
 * the hardest case for the order of events. Prints how many calls were made:
 * "allocations frees".
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define SLOTS_NR 256u
#define THREADS_MAX 64u

static _Atomic(void *) slots[SLOTS_NR];
static uint64_t events_each;

struct worker {
	pthread_t thread;
	uint64_t seed;
	uint64_t allocations;
	uint64_t frees;
};

static uint64_t next(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

static void *work(void *arg)
{
	struct worker *w = arg;
	uint64_t r;
	void *p;

	while (w->allocations + w->frees < events_each) {
		r = next(&w->seed);
		p = atomic_exchange_explicit(&slots[r % SLOTS_NR], NULL, memory_order_acq_rel);
		if (p && r >> 20 & 3) {
			free(p);
			w->frees++;
			continue;
		}
		p = p ? realloc(p, 16 + (r >> 32) % 500) : malloc(16 + (r >> 32) % 300);
		w->allocations++;
		p = atomic_exchange_explicit(&slots[(r >> 8) % SLOTS_NR], p, memory_order_acq_rel);
		if (p) {
			free(p);
			w->frees++;
		}
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static struct worker workers[THREADS_MAX];
	unsigned int threads = argc > 1 ? (unsigned int)atoi(argv[1]) : 2;
	uint64_t events = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000000;
	uint64_t allocations = 0, frees = 0;
	unsigned int i;

	if (threads < 1 || threads > THREADS_MAX)
		return 2;
	events_each = events / threads;
	for (i = 0; i < threads; i++) {
		workers[i].seed = 88172645463325252u + i * 7919u;
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			return 2;
	}
	for (i = 0; i < threads; i++) {
		pthread_join(workers[i].thread, NULL);
		allocations += workers[i].allocations;
		frees += workers[i].frees;
	}
	printf("%" PRIu64 " %" PRIu64 "\n", allocations, frees);
	return 0;
}
