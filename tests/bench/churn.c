/* SPDX-License-Identifier: MIT */
/*
 * churn.c THREADS OPERATIONS - server-like churn: short-lived blocks of mixed sizes, a few calls
 * deep, now and then handed to another thread. Prints operations per second and a checksum of
 * the work, which must not depend on who watches.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define THREADS_MAX 64u
#define SLOTS_NR 512u
#define POST_NR 64u

static _Atomic(void *) post[POST_NR];
static uint64_t operations_each;
static pthread_barrier_t begin;

struct worker {
	pthread_t thread;
	uint64_t seed;
	uint64_t checksum;
	double seconds;
};

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static uint64_t next(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x;
}

/* Four ways to the same malloc: call sites as in a program with layers. */
#define LAYER(name, inner)                                                                         \
	__attribute__((noinline)) static void *name(size_t bytes)                                  \
	{                                                                                          \
		char *p = inner(bytes);                                                            \
                                                                                                   \
		p[0] = 1; /* and so no tail call */                                                \
		return p;                                                                          \
	}
LAYER(make_buffer, malloc)
LAYER(make_header, make_buffer)
LAYER(make_request, make_header)
LAYER(make_session, make_request)

static void *make(uint64_t r)
{
	size_t bytes = 16 + (r >> 24) % (r & 0x700 ? 200 : 4000);

	switch (r >> 4 & 3) {
	case 0:
		return make_buffer(bytes);
	case 1:
		return make_header(bytes);
	case 2:
		return make_request(bytes);
	default:
		return make_session(bytes);
	}
}

static void *work(void *arg)
{
	struct worker *w = arg;
	void **slots = calloc(SLOTS_NR, sizeof(*slots));
	uint64_t i, r;
	double start;

	if (!slots)
		abort();
	pthread_barrier_wait(&begin);
	start = now_s();
	for (i = 0; i < operations_each; i += 2) {
		void **slot;

		r = next(&w->seed);
		slot = &slots[r >> 40 & (SLOTS_NR - 1)];
		free(*slot);
		*slot = make(r);
		w->checksum += r;
		if ((r >> 50 & 63) == 0) /* one in 64 goes to whoever empties the letter box */
			*slot = atomic_exchange(&post[r % POST_NR], *slot);
	}
	w->seconds = now_s() - start;
	return NULL;
}

int main(int argc, char **argv)
{
	static struct worker workers[THREADS_MAX];
	unsigned int threads = argc > 1 ? (unsigned int)atoi(argv[1]) : 2;
	uint64_t operations = argc > 2 ? strtoull(argv[2], NULL, 10) : 10000000;
	uint64_t checksum = 0;
	double longest = 0;
	unsigned int i;

	if (threads < 1 || threads > THREADS_MAX)
		return 2;
	operations_each = operations / threads;
	pthread_barrier_init(&begin, NULL, threads);
	for (i = 0; i < threads; i++) {
		workers[i].seed = 88172645463325252u + i;
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			return 2;
	}
	for (i = 0; i < threads; i++) {
		pthread_join(workers[i].thread, NULL);
		checksum += workers[i].checksum;
		longest = workers[i].seconds > longest ? workers[i].seconds : longest;
	}
	fprintf(stderr, "%.0f operations/s\n", (double)operations_each * threads / longest);
	printf("%016" PRIx64 "\n", checksum);
	return 0;
}
