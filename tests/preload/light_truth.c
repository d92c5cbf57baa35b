/* SPDX-License-Identifier: MIT */
/*
 * light_truth.c WAY [N] - programs whose every call is known, for the modes that do not record them.
 *
 *   sizes      N rounds of every size and function in each of 6 threads, each pinned to a CPU; prints what
 *              malloc_usable_size() said, by thread and by class: "thread TID ALLOCS BYTES FREES BYTES REQUESTED REALLOCS",
 *              "class NR ALLOCS BYTES FREES BYTES"
 *   short      N threads, eight at a time, named "short-0" to "short-9", of 10 allocations and 9 frees of 100 bytes
 *   names      N threads with N names, one after the other, of one allocation of 100 bytes
 *   fork       N children of 100 allocations of 1000 bytes each, waited for
 *   many       N blocks of 64 bytes, none freed
 *   totals     N allocations and frees of known sizes by one thread, a tenth kept; prints "SIZE ALLOCS KEPT"
 *   huge       as totals, after requests for what no allocator can have
 *   switch     4 threads allocate, free and realloc, while the first goes N times through all modes
 *   pools      gets, puts, misses, stock, drops and purges of two pools
 *
 * Prints before it ends what a report must say.
 */
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../format/layout.h"
#include "../../include/pooltrace.h"

#define THREADS 6
#define SLOTS 64

struct truth {
	int tid;
	unsigned int seed;
	struct pt_count classes[PT_COUNT_CLASSES];
	uint64_t requested, reallocs;
};

static unsigned long n_wanted;
static struct truth truths[THREADS];
static pthread_barrier_t together;

static void *took(struct truth *t, void *p, size_t size)
{
	size_t usable = malloc_usable_size(p);
	struct pt_count *c = &t->classes[pt_count_class(usable)];

	if (!p)
		_exit(3);
	c->allocs++;
	c->alloc_bytes += usable;
	t->requested += size;
	return p;
}

static void gives(struct truth *t, void *p)
{
	size_t usable = malloc_usable_size(p);
	struct pt_count *c = &t->classes[pt_count_class(usable)];

	c->frees++;
	c->free_bytes += usable;
}

static void *make(struct truth *t, size_t size)
{
	void *p = NULL;

	switch (rand_r(&t->seed) % 6) {
	case 0:
		return took(t, calloc(1, size), size);
	case 1:
		t->reallocs++;
		return took(t, realloc(NULL, size), size);
	case 2:
		return took(t, aligned_alloc(64, (size + 63) & ~63ul), (size + 63) & ~63ul);
	case 3:
		if (posix_memalign(&p, 256, size))
			_exit(3);
		return took(t, p, size);
	default:
		return took(t, malloc(size), size);
	}
}

/* Grown, shrunk, not changed because it fails, or freed by realloc(). */
static void *change(struct truth *t, void *p)
{
	static volatile size_t huge = PTRDIFF_MAX, zero;
	size_t size = 1 + (size_t)rand_r(&t->seed) % 5000;

	if (rand_r(&t->seed) % 8 == 0) {
		if (realloc(p, huge) || reallocarray(p, huge, 4))
			_exit(3);
		return p;
	}
	gives(t, p);
	if (rand_r(&t->seed) % 8 == 0)
		return realloc(p, zero) ? _exit(3), NULL : NULL;
	t->reallocs++;
	return took(t, rand_r(&t->seed) % 2 ? realloc(p, size) : reallocarray(p, 1, size), size);
}

static void *sizes_thread(void *arg)
{
	struct truth *t = arg;
	void *slots[SLOTS] = { NULL };
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((int)((t - truths) % sysconf(_SC_NPROCESSORS_ONLN)), &set);
	sched_setaffinity(0, sizeof(set), &set);
	t->tid = (int)syscall(SYS_gettid);
	t->seed = 5 + (unsigned int)(t - truths);
	for (unsigned long i = 0; i < n_wanted; i++) {
		void **slot = &slots[(unsigned int)rand_r(&t->seed) % SLOTS];
		unsigned int large = rand_r(&t->seed) % 64 == 0;

		if (*slot && rand_r(&t->seed) % 3 == 0) {
			*slot = change(t, *slot);
		} else if (*slot) {
			gives(t, *slot);
			free(*slot);
			*slot = NULL;
		} else {
			*slot = make(t, (size_t)rand_r(&t->seed) % (large ? 300000 : 2000));
		}
	}
	pthread_barrier_wait(&together); /* or one would take over what another left */
	return NULL;
}

static void say(const char *what, unsigned int nr, const struct pt_count *c, const char *end)
{
	printf("%s %u %lu %lu %lu %lu%s", what, nr, (unsigned long)c->allocs, (unsigned long)c->alloc_bytes,
	       (unsigned long)c->frees, (unsigned long)c->free_bytes, end);
}

static void add(struct pt_count *to, const struct pt_count *from)
{
	to->allocs += from->allocs;
	to->alloc_bytes += from->alloc_bytes;
	to->frees += from->frees;
	to->free_bytes += from->free_bytes;
}

static void sizes(void)
{
	pthread_t threads[THREADS];

	pthread_barrier_init(&together, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, sizes_thread, &truths[i]);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < THREADS; i++) {
		const struct truth *t = &truths[i];
		struct pt_count sum = { 0 };

		for (unsigned int k = 0; k < PT_COUNT_CLASSES; k++)
			add(&sum, &t->classes[k]);
		say("thread", (unsigned int)t->tid, &sum, "");
		printf(" %lu %lu\n", (unsigned long)t->requested, (unsigned long)t->reallocs);
		for (unsigned int k = 0; k < PT_COUNT_CLASSES; k++)
			if (t->classes[k].allocs || t->classes[k].frees)
				say("class", k, &t->classes[k], "\n");
	}
}

static void *short_thread(void *arg)
{
	char name[16];

	snprintf(name, sizeof(name), "short-%lu", (unsigned long)(uintptr_t)arg % 10);
	prctl(PR_SET_NAME, name);
	for (int i = 0; i < 10; i++) {
		void *volatile p = malloc(100);

		if (i)
			free(p);
	}
	return NULL;
}

static void short_threads(void)
{
	pthread_t threads[8];

	for (unsigned long i = 0; i < n_wanted; i += 8) {
		for (unsigned long k = 0; k < 8; k++)
			if (pthread_create(&threads[k], NULL, short_thread, (void *)(i + k)))
				_exit(3);
		for (unsigned long k = 0; k < 8; k++)
			pthread_join(threads[k], NULL);
	}
}

static void *named_thread(void *arg)
{
	char name[16];
	void *volatile p;

	snprintf(name, sizeof(name), "name-%lu", (unsigned long)(uintptr_t)arg);
	prctl(PR_SET_NAME, name);
	p = malloc(100);
	(void)p;
	return NULL;
}

static void names(void)
{
	pthread_t thread;

	for (unsigned long i = 0; i < n_wanted; i++) {
		if (pthread_create(&thread, NULL, named_thread, (void *)i))
			_exit(3);
		pthread_join(thread, NULL);
	}
}

static void forks(void)
{
	void *volatile p;

	p = malloc(3);
	free(p);
	for (unsigned long i = 0; i < n_wanted; i++) {
		pid_t pid = fork();

		if (!pid) {
			for (int k = 0; k < 100; k++)
				p = malloc(1000);
			_exit(0);
		}
		waitpid(pid, NULL, 0);
	}
}

static void many(void)
{
	for (unsigned long i = 0; i < n_wanted; i++) {
		void *volatile p = malloc(64);

		(void)p;
	}
}

/* Of sizes from 16 bytes to 1 MiB, the smaller the more. Every tenth block is kept. */
static void totals(void)
{
	for (size_t size = 16; size <= 1 << 20; size *= 4) {
		unsigned long nr = n_wanted / (size < 65536 ? size / 16 : 4096), kept = 0;
		void **ring = calloc(10, sizeof(*ring));

		for (unsigned long i = 0; i < nr; i++) {
			void **slot = &ring[i % 10];

			if (i % 10 == 9) {
				kept++;
				*slot = malloc(size);
				continue;
			}
			free(*slot);
			*slot = malloc(size);
		}
		for (int i = 0; i < 9; i++)
			free(ring[i]);
		printf("%zu %lu %lu\n", size, nr, kept);
	}
}

/* Sizes that would be less than none if they were signed; the calls fail. */
static void huge(void)
{
	static const volatile size_t half = SIZE_MAX / 2 + 1, most = SIZE_MAX - 1000000000;
	void *volatile got[] = { malloc(8), malloc(half), malloc(half + half / 2), malloc(most), calloc(1, most / 4 * 3),
				 realloc(NULL, most), aligned_alloc(64, most) };

	for (size_t i = 1; i < sizeof(got) / sizeof(got[0]); i++)
		if (got[i])
			_exit(3);
	totals();
}

static volatile int stop;

static void *busy_thread(void *arg)
{
	unsigned int seed = (unsigned int)(uintptr_t)arg;
	void *slots[SLOTS] = { NULL };

	while (!stop) {
		void **slot = &slots[(unsigned int)rand_r(&seed) % SLOTS];
		size_t size = 1 + (size_t)rand_r(&seed) % 3000;

		if (*slot && rand_r(&seed) % 2) {
			free(*slot);
			*slot = NULL;
		} else {
			*slot = *slot ? realloc(*slot, size) : malloc(size);
		}
	}
	for (int i = 0; i < SLOTS; i++)
		free(slots[i]);
	return NULL;
}

static void switches(void)
{
	pthread_t threads[4];
	int bad = 0;

	for (uintptr_t i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, busy_thread, (void *)(i + 1));
	for (unsigned long i = 0; i < n_wanted; i++) {
		usleep(2000);
		bad |= pooltrace_mode(POOLTRACE_COUNTERS, 0);
		usleep(2000);
		bad |= pooltrace_mode(POOLTRACE_SAMPLE, i % 2 ? 4096 : 0);
		usleep(2000);
		bad |= pooltrace_mode(POOLTRACE_SAMPLE, 1000);
		usleep(2000);
		bad |= pooltrace_mode(POOLTRACE_FULL, 0);
	}
	bad |= pooltrace_mode(3, 0) != -1 || pooltrace_mode(POOLTRACE_SAMPLE, 1ul << 31) != -1 || pooltrace_mode(-1, 0) != -1;
	stop = 1;
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	printf("%s\n", bad ? "refused" : "switched");
}

static void pools(void)
{
	static char first, second, objects[16];

	pooltrace_pool_create(&first, "first", 10, 2);
	pooltrace_pool_create(&second, "second", 0, 1);
	for (int i = 0; i < 5; i++) {
		pooltrace_miss(&first, 1);
		pooltrace_get(&first, &objects[i], 10, 1);
	}
	for (int i = 0; i < 4; i++)
		pooltrace_put(&first, &objects[i], 0);
	pooltrace_get(&first, &objects[0], 10, 0);
	pooltrace_drop(&first, &objects[1]);
	pooltrace_stock(&second, &objects[9], 77, 3);
	pooltrace_move(&second, &objects[9], 4);
	pooltrace_purge(&second, POOLTRACE_ALL_SHARDS);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} ways[] = { { "sizes", sizes },       { "short", short_threads }, { "names", names },	   { "fork", forks },
		     { "many", many }, { "huge", huge }, { "totals", totals },	   { "switch", switches }, { "pools", pools } };

	n_wanted = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
	for (size_t i = 0; argc > 1 && i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(ways[i].name, argv[1]))
			continue;
		ways[i].run();
		return fflush(stdout) ? 2 : 0;
	}
	return 2;
}
