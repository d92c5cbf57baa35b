/* SPDX-License-Identifier: MIT */
/*
 * cache_lines.c [shared] - two threads that allocate in turn, for a tool that sees every load and store (cache_lines.sh).
 *
 * Stores to `phase` tell it who is at work: 1 = the first thread, 3 = the second, between them nobody. A store
 * to `pair` begins a pair of calls. With "shared" both also count in one variable: what has to be found.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PAIRS_NR 200 /* of calls in a phase; cache_lines.sh knows it */
#define SLOTS_NR 4
#define WARM_UPS 3

volatile int phase __attribute__((aligned(64))); /* addresses by nm: linked without -pie */
volatile int pair __attribute__((aligned(64))); /* stored once a pair */
volatile int counted __attribute__((aligned(64)));
static bool shared;
static pthread_barrier_t turn __attribute__((aligned(64)));

static __attribute__((noinline)) void work(void)
{
	void *slots[SLOTS_NR] = { NULL };

	for (int i = 0; i < PAIRS_NR; i++) {
		pair = i;
		free(slots[i % SLOTS_NR]);
		slots[i % SLOTS_NR] = malloc(24 + 64 * (size_t)(i % 3));
		if (shared)
			counted++;
	}
	for (int i = 0; i < SLOTS_NR; i++)
		free(slots[i]);
}

static __attribute__((noinline)) void begin(int i, bool second)
{
	if (i < WARM_UPS)
		return;
	pthread_barrier_wait(&turn);
	if (second)
		pthread_barrier_wait(&turn);
	phase = second ? 3 : 1;
}

static void *run(void *arg)
{
	bool second = arg != NULL;

	for (int i = 0; i <= WARM_UPS; i++) { /* one call of work(): the same stacks before as then */
		begin(i, second);
		work();
	}
	phase = second ? 4 : 2;
	if (!second)
		pthread_barrier_wait(&turn);
	pthread_barrier_wait(&turn);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[2];

	shared = argc > 1 && strcmp(argv[1], "shared") == 0;
	pthread_barrier_init(&turn, NULL, 2);
	if (pthread_create(&threads[0], NULL, run, NULL) || pthread_create(&threads[1], NULL, run, &shared))
		return 2;
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	return 0;
}
