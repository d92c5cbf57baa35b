/* SPDX-License-Identifier: MIT */
/*
 * faulty.c one|threads|forks|code PLUGIN|limits - work that makes the recorder make system calls, of every kind.
 *
 * Everything that a failing call of the recorder could spoil is printed: what the blocks hold, errno, the
 * descriptors, the mask and dispositions of signals, statuses of children. Traced and plain, whatever fails,
 * must be the same.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LIVE_NR 64u
#define ERRNO_KEPT 77

struct work {
	pthread_t thread;
	uint32_t seed, rounds;
	uint64_t sum;	  /* of what was found in the blocks */
	uint32_t spoiled; /* calls that changed errno or gave NULL */
};

static uint32_t next(uint32_t *x)
{
	*x = *x * 1664525u + 1013904223u;
	return *x >> 8;
}

static void check(struct work *w, const void *p)
{
	if (!p || errno != ERRNO_KEPT)
		w->spoiled++;
	errno = ERRNO_KEPT;
}

/* Many different stacks: the trie grows, frames are defined. */
__attribute__((noinline)) static void *deep(struct work *w, uint32_t path, size_t bytes)
{
	void *p;

	if (path > 1) {
		p = path & 1 ? deep(w, path >> 1, bytes) : deep(w, path >> 2, bytes);
		__asm__ volatile(""); /* no tail call */
		return p;
	}
	p = path ? calloc(1, bytes) : malloc(bytes);
	check(w, p);
	return p;
}

static void free_one(struct work *w, unsigned char *p, size_t bytes)
{
	w->sum = w->sum * 31 + p[0] + p[bytes - 1];
	free(p);
	check(w, p);
}

static void *work(void *arg)
{
	struct work *w = arg;
	unsigned char *live[LIVE_NR] = { NULL };
	size_t bytes[LIVE_NR] = { 0 };
	uint32_t i, r;

	errno = ERRNO_KEPT;
	for (i = 0; i < w->rounds; i++) {
		uint32_t k = next(&w->seed) % LIVE_NR;

		r = next(&w->seed);
		if (live[k] && r % 4) {
			free_one(w, live[k], bytes[k]);
			live[k] = NULL;
			continue;
		}
		bytes[k] = r % 50 == 0 ? 200000 + r % 100000 : 16 + r % 2000; /* some are mapped by themselves */
		if (live[k]) {
			live[k] = realloc(live[k], bytes[k]);
			check(w, live[k]);
		} else {
			live[k] = deep(w, r % 8192, bytes[k]);
		}
		live[k][0] = (unsigned char)r;
		live[k][bytes[k] - 1] = (unsigned char)(r >> 8);
	}
	for (i = 0; i < LIVE_NR; i++)
		if (live[i])
			free_one(w, live[i], bytes[i]);
	return NULL;
}

static void print_work(const char *what, const struct work *w)
{
	dprintf(1, "%s sum %016llx spoiled %u\n", what, (unsigned long long)w->sum, w->spoiled);
}

static void print_surroundings(void)
{
	unsigned int fds = 0, handlers = 0;
	struct sigaction now;
	sigset_t mask;
	DIR *dir = opendir("/proc/self/fd");
	int i;

	while (dir && readdir(dir))
		fds++;
	if (dir)
		closedir(dir);
	sigprocmask(SIG_BLOCK, NULL, &mask);
	for (i = 1; i < 32; i++)
		handlers += !sigaction(i, NULL, &now) && now.sa_handler != SIG_DFL;
	dprintf(1, "descriptors %u handlers %u blocked", fds, handlers);
	for (i = 1; i < 65; i++)
		if (sigismember(&mask, i) == 1)
			dprintf(1, " %d", i);
	dprintf(1, "\n");
}

static void one(void)
{
	struct work w = { .seed = 1, .rounds = 2000 };
	const struct timespec nap = { 0, 1000000 };
	void *map;
	int i;

	work(&w);
	print_work("one", &w);
	for (i = 0; i < 6; i++) { /* time goes by: the recorder looks at RSS */
		nanosleep(&nap, NULL);
		work(&w);
	}
	print_work("one again", &w);
	map = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	dprintf(1, "mapped %d", map != MAP_FAILED);
	dprintf(1, " given back %d", madvise(map, 1 << 20, MADV_DONTNEED));
	dprintf(1, " unmapped %d trimmed %d\n", munmap(map, 1 << 20), malloc_trim(0));
}

static void threads(void)
{
	struct work w[4];
	unsigned int i, wave;

	memset(w, 0, sizeof(w));
	for (wave = 0; wave < 2; wave++) { /* the second takes over what the first leaves */
		for (i = 0; i < 4; i++) {
			w[i].seed = 10 * wave + i;
			w[i].rounds = 1500;
			if (pthread_create(&w[i].thread, NULL, work, &w[i]))
				dprintf(1, "no thread\n");
		}
		for (i = 0; i < 4; i++)
			pthread_join(w[i].thread, NULL);
	}
	for (i = 0; i < 4; i++)
		print_work("thread", &w[i]);
}

static void forks(void)
{
	struct work w = { .seed = 3, .rounds = 500 };
	int i, status;
	pid_t pid;

	for (i = 0; i < 3; i++) {
		work(&w);
		pid = fork();
		if (!pid) {
			work(&w);
			print_work("child", &w);
			print_surroundings();
			_exit(i);
		}
		waitpid(pid, &status, 0);
		dprintf(1, "status %x\n", (unsigned int)status);
	}
	print_work("parent", &w);
}

static void code(const char *plugin)
{
	struct work w = { .seed = 4, .rounds = 300 };
	int i;

	for (i = 0; i < 4; i++) {
		void *(*allocate)(size_t);
		void *handle = dlopen(plugin, RTLD_NOW), *p;

		if (!handle) {
			dprintf(1, "not loaded\n");
			return;
		}
		*(void **)&allocate = dlsym(handle, "plugin_allocate");
		p = allocate(100);
		work(&w);
		free(p);
		dprintf(1, "closed %d\n", dlclose(handle));
	}
	print_work("code", &w);
}

static void limits(void)
{
	struct rlimit limit;
	struct work w = { .seed = 5, .rounds = 2000 };

	getrlimit(RLIMIT_AS, &limit);
	limit.rlim_cur = 1ul << 30;
	dprintf(1, "limited %d\n", setrlimit(RLIMIT_AS, &limit));
	work(&w);
	dprintf(1, "large %d\n", malloc(900ul << 20) != NULL);
	print_work("limits", &w);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "one";

	if (!strcmp(how, "threads"))
		threads();
	else if (!strcmp(how, "forks"))
		forks();
	else if (!strcmp(how, "code"))
		code(argc > 2 ? argv[2] : "");
	else if (!strcmp(how, "limits"))
		limits();
	else
		one();
	print_surroundings();
	return 0;
}
