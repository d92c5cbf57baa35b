/* SPDX-License-Identifier: MIT */
/*
 * cancel.c - threads with a cancellation pending allocate; malloc is no cancellation point.
 *
 * Each must come through its allocations and die at pthread_testcancel(), not before.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#define THREADS_NR 4

static pthread_barrier_t cancelled;
static atomic_int came_through;

static void *work(void *arg)
{
	void *volatile p;
	int i;

	pthread_barrier_wait(&cancelled);
	for (i = 0; i < 200000; i++) { /* enough for many chunks of trace */
		p = malloc((size_t)i * 7919u % 2000 + 1);
		p = realloc(p, (size_t)i * 104729u % 3000 + 1);
		free(p);
	}
	atomic_fetch_add(&came_through, 1);
	pthread_testcancel();
	return arg;
}

int main(void)
{
	pthread_t threads[THREADS_NR];
	void *result;
	int i;

	pthread_barrier_init(&cancelled, NULL, THREADS_NR + 1);
	for (i = 0; i < THREADS_NR; i++)
		if (pthread_create(&threads[i], NULL, work, NULL))
			return 2;
	for (i = 0; i < THREADS_NR; i++)
		pthread_cancel(threads[i]);
	pthread_barrier_wait(&cancelled);
	for (i = 0; i < THREADS_NR; i++)
		if (pthread_join(threads[i], &result) || result != PTHREAD_CANCELED)
			return 3;
	return came_through == THREADS_NR ? 0 : 4;
}
