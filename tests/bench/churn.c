/* SPDX-License-Identifier: MIT */
/*
 * churn.c THREADS OPERATIONS [together|apart] - server-like churn: short-lived blocks of mixed sizes, a few calls
 * deep, now and then handed to another thread. Prints operations per second and a checksum of
 * the work, which must not depend on who watches.
 *
 * together: nothing is handed on. apart: nor is anything else shared, each thread is alone in a process of
 * its own; says nothing of its speed.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREADS_MAX 64u
#define SLOTS_NR 512u
#define POST_NR 64u

static _Atomic(void *) post[POST_NR];
static uint64_t operations_each;
static bool hands_on = true;
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
		if (hands_on && (r >> 50 & 63) == 0) /* one in 64 goes to whoever empties the letter box */
			*slot = atomic_exchange(&post[r % POST_NR], *slot);
	}
	w->seconds = now_s() - start;
	return NULL;
}

/* Returns the checksum of all threads; *longest: seconds of the slowest. */
static uint64_t run(unsigned int threads, unsigned int first, double *longest)
{
	static struct worker workers[THREADS_MAX];
	uint64_t checksum = 0;
	unsigned int i;

	pthread_barrier_init(&begin, NULL, threads);
	for (i = 0; i < threads; i++) {
		workers[i].seed = 88172645463325252u + first + i;
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			exit(2);
	}
	for (i = 0; i < threads; i++) {
		pthread_join(workers[i].thread, NULL);
		checksum += workers[i].checksum;
		*longest = workers[i].seconds > *longest ? workers[i].seconds : *longest;
	}
	return checksum;
}

/* A process a thread. Returns how many failed. */
static int run_apart(unsigned int threads)
{
	int status, failed = 0;
	double unused = 0;
	unsigned int i;

	for (i = 0; i < threads; i++) {
		pid_t pid = fork();

		if (pid < 0)
			exit(2);
		if (pid == 0) {
			run(1, i, &unused);
			exit(0);
		}
	}
	for (i = 0; i < threads; i++)
		failed += wait(&status) < 0 || status != 0;
	return failed;
}

int main(int argc, char **argv)
{
	unsigned int threads = argc > 1 ? (unsigned int)atoi(argv[1]) : 2;
	uint64_t operations = argc > 2 ? strtoull(argv[2], NULL, 10) : 10000000;
	uint64_t checksum;
	double longest = 0;

	if (threads < 1 || threads > THREADS_MAX)
		return 2;
	hands_on = argc <= 3;
	operations_each = operations / threads;
	if (argc > 3 && strcmp(argv[3], "apart") == 0)
		return run_apart(threads) ? 2 : 0;
	checksum = run(threads, 0, &longest);
	fprintf(stderr, "%.0f operations/s\n", (double)operations_each * threads / longest);
	printf("%016" PRIx64 "\n", checksum);
	return 0;
}
