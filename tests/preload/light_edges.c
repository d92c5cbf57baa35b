/* SPDX-License-Identifier: MIT */
/*
 * light_edges.c WAY N [HOW] - what a recorder that counts or samples meets seldom: each way a fault it once had.
 *
 *   full, pause   N threads allocate, wait until the process is switched to every event, or paused, and allocate again
 *   twice HOW     N times a thread whose destructor switches the process and back and allocates meanwhile, so that the thread
 *                 leaves twice; then two threads that begin at once, and at times would take over both. HOW: counters or
 *                 full, what is done else
 *   children HOW  N children by fork, _Fork or the system call (clone), of 100 allocations of 100 bytes each, when the parent
 *                 has allocated so much that it looks at itself only seldom
 *   calls         N rounds of each kind of call, by the main thread
 *
 * Prints "ALLOCS FREES" of all it called, a realloc being both.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../include/pooltrace.h"

#define HOLD_MAX 1000
#define PAIRS 200
#define CHILD_ALLOCS 100
#define WARM_ALLOCS 100000

static atomic_ulong allocs, frees;
static unsigned long n_wanted;
static const char *how = "";
static pthread_barrier_t together;
static pthread_key_t key;
static atomic_int ready, go;

static void pair(size_t size)
{
	void *volatile p = malloc(size);

	if (!p)
		_exit(3);
	free(p);
	allocs++;
	frees++;
}

static void *holds(void *arg)
{
	void *volatile p;

	pair(100);
	pthread_barrier_wait(&together); /* the trace is full */
	pthread_barrier_wait(&together); /* the process is switched */
	pair(100);
	p = malloc(3);
	p = realloc(p, 20000);
	if (!p)
		_exit(3);
	free(p);
	allocs += 2;
	frees += 2;
	return arg;
}

static int hold(bool pause)
{
	static pthread_t threads[HOLD_MAX];
	int bad = 0;

	if (n_wanted > HOLD_MAX)
		return 2;
	pthread_barrier_init(&together, NULL, (unsigned int)n_wanted + 1);
	for (unsigned long i = 0; i < n_wanted; i++)
		if (pthread_create(&threads[i], NULL, holds, NULL))
			return 3;
	pthread_barrier_wait(&together);
	if (pause)
		pooltrace_pause();
	else
		bad = pooltrace_mode(POOLTRACE_FULL, 0);
	pthread_barrier_wait(&together);
	for (unsigned long i = 0; i < n_wanted; i++)
		pthread_join(threads[i], NULL);
	return bad;
}

static int full(void)
{
	return hold(false);
}

static int pauses(void)
{
	return hold(true);
}

static int to(bool counters)
{
	return pooltrace_mode(counters ? POOLTRACE_COUNTERS : POOLTRACE_FULL, 0);
}

/* Runs after the recorder's own destructor, and what it does makes that run again. */
static void leaves(void *arg)
{
	bool counters = *(bool *)arg;

	if (to(!counters))
		_exit(4);
	pair(100);
	if (to(counters))
		_exit(4);
}

static void *first(void *arg)
{
	pair(10);
	pthread_setspecific(key, arg);
	return NULL;
}

static void *later(void *arg)
{
	ready++;
	while (!go)
		;
	for (unsigned int i = 0; i < PAIRS; i++) {
		void *volatile p = malloc(24 + i % 100);

		free(p);
	}
	allocs += PAIRS;
	frees += PAIRS;
	return arg;
}

static int twice(void)
{
	static bool counters;
	pthread_t threads[2];

	counters = !strcmp(how, "counters");
	if (to(counters) || pthread_key_create(&key, leaves))
		return 3;
	for (unsigned long i = 0; i < n_wanted; i++) {
		if (pthread_create(&threads[0], NULL, first, &counters) || pthread_join(threads[0], NULL))
			return 3;
		ready = go = 0;
		for (int k = 0; k < 2; k++)
			if (pthread_create(&threads[k], NULL, later, NULL))
				return 3;
		while (ready != 2)
			;
		go = 1;
		for (int k = 0; k < 2; k++)
			pthread_join(threads[k], NULL);
	}
	return 0;
}

static pid_t child(void)
{
	if (!strcmp(how, "clone"))
		return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
	return !strcmp(how, "_Fork") ? _Fork() : fork();
}

static int children(void)
{
	int status = 0, bad = 0;

	for (int i = 0; i < WARM_ALLOCS; i++)
		pair(10000);
	for (unsigned long i = 0; i < n_wanted; i++) {
		pid_t pid = child();

		if (!pid) {
			for (int k = 0; k < CHILD_ALLOCS; k++)
				pair(100);
			_exit(0);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
			bad = 3;
	}
	return bad;
}

static void *took(void *p)
{
	if (!p)
		_exit(3);
	allocs++;
	return p;
}

static int calls(void)
{
	for (unsigned long i = 0; i < n_wanted; i++) {
		size_t size = 1 + i * 7 % 3000;
		void *p = NULL, *q = took(calloc(3, size));

		q = took(realloc(q, size * 9));
		frees++;
		free(q);
		if (posix_memalign(&p, 4096, size))
			_exit(3);
		free(took(p));
		free(took(aligned_alloc(64, (size + 63) & ~(size_t)63)));
		free(took(realloc(NULL, size)));
		frees += 4;
		pair(size);
	}
	return 0;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(void);
	} ways[] = { { "full", full }, { "pause", pauses }, { "twice", twice }, { "children", children }, { "calls", calls } };
	int status = 2;

	n_wanted = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
	how = argc > 3 ? argv[3] : "";
	for (size_t i = 0; argc > 1 && i < sizeof(ways) / sizeof(ways[0]); i++)
		if (!strcmp(ways[i].name, argv[1]))
			status = ways[i].run();
	printf("%lu %lu\n", (unsigned long)allocs, (unsigned long)frees);
	return fflush(stdout) ? 2 : status;
}
