/* SPDX-License-Identifier: MIT */
/*
 * count_truth.c THREADS ROUNDS - calls every allocation function and counts its own calls.
 *
 * Prints "tid allocations frees allocated_bytes" for each worker. Workers call nothing that
 * allocates behind their back; output goes through write() from a static buffer, so the
 * numbers are the whole truth for a worker. What libc allocates for threads is the main
 * thread's (counting_shim.c tells how much).
 */
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define THREADS_MAX 8
#define FAILING ((size_t)PTRDIFF_MAX)
#define WAYS 14u

struct worker {
	pthread_t thread;
	unsigned int seed;
	unsigned long rounds;
	int tid;
	uint64_t allocations;
	uint64_t frees;
	uint64_t bytes;
};

static struct worker workers[THREADS_MAX];
static pthread_barrier_t all_started;
static void (*old_cfree)(void *); /* gone from glibc >= 2.26 for new programs */
static volatile size_t huge = FAILING;
static volatile size_t zero;

static void *count(struct worker *w, size_t bytes, void *p)
{
	if (!p) {
		static const char text[] = "count_truth: an allocation failed\n";

		if (write(2, text, sizeof(text) - 1) < 0)
			_exit(4);
		_exit(3);
	}
	w->allocations++;
	w->bytes += bytes;
	return p;
}

static void give(struct worker *w, void *p)
{
	w->frees++;
	if (old_cfree && w->frees % 16 == 0)
		old_cfree(p);
	else
		free(p);
}

/* clang leaves out a call whose result is only compared with NULL, and takes it for had; valloc() despite -fno-builtin-valloc. */
static int had(void *p)
{
	void *volatile seen = p;

	return seen != NULL;
}

static void fail_in_every_way(void)
{
	void *p = (void *)8;

	if (had(malloc(huge)) || had(calloc(huge, 3)) || had(memalign(64, huge)) || had(aligned_alloc(64, huge)) ||
	    had(valloc(huge)) || had(realloc(NULL, huge)) || had(reallocarray(NULL, huge, 16)) ||
	    posix_memalign(&p, 64, huge) == 0 || posix_memalign(&p, 3, 100) == 0)
		_exit(5);
}

/* A block by way number `way`; each is one successful call. */
static void *take(struct worker *w, unsigned int way, size_t n)
{
	void *p = NULL;

	switch (way) {
	case 0:
	case 1:
	case 2:
		return count(w, n, malloc(n));
	case 3:
		return count(w, 3 * n, calloc(3, n));
	case 4:
		return count(w, n, realloc(NULL, n));
	case 5:
		return count(w, 2 * n, reallocarray(NULL, 2, n));
	case 6:
		return count(w, n, memalign(256, n));
	case 7:
		return count(w, n * 64, aligned_alloc(64, n * 64));
	case 8:
		if (posix_memalign(&p, 128, n))
			p = NULL;
		return count(w, n, p);
	case 9:
		return count(w, n, valloc(n));
	case 10: /* pvalloc asks for whole pages; the recorder is told n */
		return count(w, 4096, pvalloc(4096));
	case 11:
		return count(w, 0, malloc(zero));
	case 12:
		p = count(w, n, malloc(n));
		return count(w, n * 40, realloc(p, n * 40));
	default:
		p = count(w, n, malloc(n));
		if (realloc(p, huge)) /* fails: p lives on, nothing is counted */
			_exit(6);
		return count(w, 4 * n, reallocarray(p, 4, n));
	}
}

static void *work(void *arg)
{
	struct worker *w = arg;
	void *slots[64] = { NULL };
	unsigned int i;
	unsigned long r;

	w->tid = (int)syscall(SYS_gettid);
	pthread_barrier_wait(&all_started);
	for (r = 0; r < w->rounds; r++) {
		i = (unsigned int)rand_r(&w->seed) % 64;
		if (slots[i]) {
			if (r % 8 == 0 && malloc_usable_size(slots[i]) > 0) {
				w->frees++;
				if (realloc(slots[i], zero)) /* glibc frees and returns NULL */
					_exit(7);
			} else {
				give(w, slots[i]);
			}
			slots[i] = NULL;
			free(slots[i]); /* free(NULL) is no event */
		}
		slots[i] = take(w, (unsigned int)rand_r(&w->seed) % WAYS,
				1 + (size_t)rand_r(&w->seed) % 2000);
		if (r % 256 == 0)
			fail_in_every_way();
	}
	for (i = 0; i < 64; i++)
		if (slots[i] && i % 2)
			give(w, slots[i]); /* the others stay in use */
	return NULL;
}

int main(int argc, char **argv)
{
	static char out[4096];
	unsigned int threads = argc > 1 ? (unsigned int)atoi(argv[1]) : 1;
	unsigned long rounds = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000;
	unsigned int i;
	int len = 0;

	if (threads < 1 || threads > THREADS_MAX)
		return 2;
	*(void **)&old_cfree = dlsym(RTLD_DEFAULT, "cfree");
	pthread_barrier_init(&all_started, NULL, threads);
	for (i = 0; i < threads; i++) {
		workers[i].seed = 1234 + i;
		workers[i].rounds = rounds;
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			return 2;
	}
	for (i = 0; i < threads; i++) {
		struct worker *w = &workers[i];

		pthread_join(w->thread, NULL);
		len += snprintf(out + len, sizeof(out) - (size_t)len, "%d %lu %lu %lu\n", w->tid,
				(unsigned long)w->allocations, (unsigned long)w->frees,
				(unsigned long)w->bytes);
	}
	return write(1, out, (size_t)len) == len ? 0 : 2;
}
