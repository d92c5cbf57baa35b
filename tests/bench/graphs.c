/* SPDX-License-Identifier: MIT */
/*
 * graphs.c - a heap to take snapshots of: who points at whom, and how long the program stands still.
 *
 *   graphs stall BLOCKS BYTES ROUNDS   each round one snapshot and one bare fork of the same memory, in turn; every
 *                                      page written before each. A line a round on stderr:
 *                                      "stall SNAPSHOT_NS FORK_NS RESIDENT_BYTES SNAPSHOT_CPU_NS FORK_CPU_NS"
 *   graphs once BLOCKS BYTES           one snapshot
 *   graphs idle POOLS OBJECTS FIELDS EACH   one snapshot of OBJECTS idle objects in POOLS pools, whose FIELDS words
 *                                      each keep a chain of EACH blocks, and point at a neighbour's, too
 *
 * Blocks point at one that came before each: at the one half as far on, at any, and at the last one. Ends
 * without freeing, when the child that looks is done.
 */
#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../include/pooltrace.h"

#define PAGE_BYTES 4096u

struct block {
	struct block *half, *any, *last;
	char rest[];
};

static struct block *newest; /* the root of all */
static uint64_t random_state = 88172645463325252ull;

static uint64_t roll(uint64_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % below;
}

static void *got(size_t bytes)
{
	void *p = malloc(bytes);

	if (!p)
		exit(3);
	return p;
}

/* Returns all of them by number; the caller frees the array. */
static struct block **make(size_t nr, size_t bytes)
{
	struct block **all = got(nr * sizeof(*all));

	for (size_t i = 0; i < nr; i++) {
		struct block *b = got(bytes);

		memset(b->rest, 1, bytes - sizeof(*b));
		b->half = i ? all[(i - 1) / 2] : NULL;
		b->any = i ? all[roll(i)] : NULL;
		b->last = i ? all[i - 1] : NULL;
		all[i] = b;
	}
	newest = all[nr - 1];
	return all;
}

/* By the wall, and of this thread on a processor: on a busy machine only the latter says much. */
struct took {
	uint64_t wall_ns, cpu_ns;
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static struct took now(void)
{
	return (struct took){ clock_ns(CLOCK_MONOTONIC), clock_ns(CLOCK_THREAD_CPUTIME_ID) };
}

static struct took since(struct took start)
{
	struct took end = now();

	return (struct took){ end.wall_ns - start.wall_ns, end.cpu_ns - start.cpu_ns };
}

/* A child that has not ended: the letter behind the name in its `stat`. */
static int runs(const char *pid)
{
	char path[64], line[512], *end;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/stat", pid);
	f = fopen(path, "r");
	if (!f)
		return 0;
	end = fgets(line, sizeof(line), f) ? strrchr(line, ')') : NULL;
	fclose(f);
	return end && end[1] && end[2] != 'Z' && end[2] != 'X';
}

/* Until no child of ours runs: wait() does not see the one that looks. */
static void settle(void)
{
	char path[64], line[4096], *pid, *state;
	int busy;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	do {
		struct timespec pause = { 0, 20000000 };

		nanosleep(&pause, NULL);
		f = fopen(path, "r");
		if (!f) { /* a kernel without that file: long enough for a GiB */
			sleep(5);
			return;
		}
		busy = 0;
		if (fgets(line, sizeof(line), f))
			for (pid = strtok_r(line, " \n", &state); pid; pid = strtok_r(NULL, " \n", &state))
				busy |= runs(pid);
		fclose(f);
	} while (busy);
}

static void dirty(struct block **all, size_t nr, size_t bytes)
{
	for (size_t i = 0; i < nr; i++)
		for (size_t at = sizeof(struct block); at < bytes; at += PAGE_BYTES)
			++((volatile char *)all[i])[at];
}

/* Without libc's handlers, and without the recorder's. */
static struct took bare_fork(void)
{
	struct took took = now();
	long pid = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0);

	if (!pid)
		syscall(SYS_exit_group, 0);
	took = since(took);
	if (pid < 0 || waitpid((pid_t)pid, NULL, 0) != pid)
		exit(3);
	return took;
}

static struct took snapshot(void)
{
	struct took took = now();
	uint32_t number = pooltrace_snapshot();

	took = since(took);
	settle();
	if (!number) {
		fprintf(stderr, "no snapshot: is the recorder loaded?\n");
		exit(4);
	}
	return took;
}

static uint64_t resident_bytes(void)
{
	unsigned long long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (!f || fscanf(f, "%*u %llu", &pages) != 1)
		exit(3);
	fclose(f);
	return pages * PAGE_BYTES;
}

static void stall(size_t nr, size_t bytes, int rounds)
{
	struct block **all = make(nr, bytes);

	for (int i = 0; i < rounds; i++) {
		struct took looked = { 0, 0 }, forked = { 0, 0 };

		for (int turn = 0; turn < 2; turn++) {
			dirty(all, nr, bytes);
			if ((i + turn) % 2)
				looked = snapshot();
			else
				forked = bare_fork();
		}
		fprintf(stderr, "stall %llu %llu %llu %llu %llu\n", (unsigned long long)looked.wall_ns,
			(unsigned long long)forked.wall_ns, (unsigned long long)resident_bytes(),
			(unsigned long long)looked.cpu_ns, (unsigned long long)forked.cpu_ns);
	}
	free(all);
}

static void once(size_t nr, size_t bytes)
{
	free(make(nr, bytes));
	snapshot();
}

static void idle(size_t pools, size_t objects, size_t fields, size_t each)
{
	char *names = got(pools + 1);
	void **before = NULL;

	for (size_t i = 0; i < objects; i++) {
		void **object = got((fields + 1) * sizeof(*object));
		char *pool = &names[i % pools];

		pooltrace_get(pool, object, (fields + 1) * sizeof(*object), 0);
		for (size_t f = 0; f < fields; f++) {
			void **chain = NULL;

			for (size_t n = 0; n < each; n++) {
				void **block = got(4 * sizeof(*block));

				memset(block, 0, 4 * sizeof(*block));
				block[0] = chain;
				block[1] = before ? before[f] : NULL;
				chain = block;
			}
			object[f] = chain;
		}
		object[fields] = NULL;
		pooltrace_put(pool, object, 0);
		before = roll(8) ? object : NULL;
	}
	snapshot();
}

int main(int argc, char **argv)
{
	size_t number[4] = { 0 };

	for (int i = 2; i < argc && i < 6; i++)
		number[i - 2] = strtoull(argv[i], NULL, 10);
	if (argc == 5 && !strcmp(argv[1], "stall") && number[0] && number[1] > sizeof(struct block))
		stall(number[0], number[1], (int)number[2]);
	else if (argc == 4 && !strcmp(argv[1], "once") && number[0] && number[1] >= sizeof(struct block))
		once(number[0], number[1]);
	else if (argc == 6 && !strcmp(argv[1], "idle") && number[0])
		idle(number[0], number[1], number[2], number[3]);
	else
		return 2;
	return newest == (void *)1;
}
