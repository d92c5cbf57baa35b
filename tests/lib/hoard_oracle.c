/* SPDX-License-Identifier: MIT */
/*
 * hoard_oracle.c LOG - who hoards, by brute force from a workload's own log.
 *
 * Replays what hoard.c wrote and searches every block at every step: slow, and with nothing to
 * get wrong. Shares no line with the analyzer. Definitions: a freed block is idle, held by the
 * thread and CPU that freed it, until a new block overlaps it; an allocation is fresh when it
 * touches no byte that was ever handed out, and a stranded miss when it is fresh while another
 * thread holds an idle block that fits (size <= idle <= max(size + 16, 1.25 size)).
 *
 * Prints lines "thread TID allocations frees allocated_bytes freed_by_others_bytes in_use_bytes
 * idle_bytes stranded_misses", "cpu N in_use_bytes idle_bytes", "site NAME in_use_bytes
 * idle_bytes", "total peak_in_use_bytes peak_held_bytes in_use_bytes idle_bytes".
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS_MAX 200000u
#define NAMES_MAX 64u

enum state { LIVE, IDLE, OVER };

struct block {
	uintptr_t start;
	uintptr_t end;
	enum state state;
	int tid;
	int cpu;
	int idle_tid;
	int idle_cpu;
	char site[32];
};

struct thread {
	int tid;
	uint64_t allocations;
	uint64_t frees;
	uint64_t allocated_bytes;
	uint64_t freed_by_others_bytes;
	uint64_t stranded_misses;
};

static struct block blocks[BLOCKS_MAX];
static size_t blocks_nr;
static struct thread threads[NAMES_MAX];
static size_t threads_nr;
static uint64_t in_use, idle, peak_in_use, peak_held;

static struct thread *thread_of(int tid)
{
	size_t i;

	for (i = 0; i < threads_nr; i++)
		if (threads[i].tid == tid)
			return &threads[i];
	if (threads_nr == NAMES_MAX)
		abort();
	threads[threads_nr].tid = tid;
	return &threads[threads_nr++];
}

static int fits(const struct block *b, size_t size)
{
	uint64_t has = b->end - b->start;
	uint64_t most = size + 16 > size + size / 4 ? size + 16 : size + size / 4;

	return has >= size && has <= most;
}

static void allocate(int tid, int cpu, uintptr_t addr, size_t size, const char *site)
{
	struct thread *t = thread_of(tid);
	int fresh = 1, stranded = 0;
	struct block *b;
	size_t i;

	for (i = 0; i < blocks_nr; i++) {
		b = &blocks[i];
		if (b->state == IDLE && b->idle_tid != tid && fits(b, size))
			stranded = 1;
		if (b->start >= addr + size || b->end <= addr)
			continue;
		fresh = 0;
		if (b->state == LIVE) {
			fprintf(stderr, "hoard_oracle: two live blocks overlap: bad log\n");
			exit(2);
		}
		if (b->state == IDLE)
			idle -= b->end - b->start;
		b->state = OVER;
	}
	t->allocations++;
	t->allocated_bytes += size;
	t->stranded_misses += fresh && stranded;
	if (blocks_nr == BLOCKS_MAX)
		abort();
	b = &blocks[blocks_nr++];
	*b = (struct block){ .start = addr, .end = addr + size, .tid = tid, .cpu = cpu };
	snprintf(b->site, sizeof(b->site), "%s", site);
	in_use += size;
	if (in_use > peak_in_use)
		peak_in_use = in_use;
	if (in_use + idle > peak_held)
		peak_held = in_use + idle;
}

static void give(int tid, int cpu, uintptr_t addr)
{
	size_t i;

	for (i = blocks_nr; i-- > 0;) {
		struct block *b = &blocks[i];

		if (b->state != LIVE || b->start != addr)
			continue;
		b->state = IDLE;
		b->idle_tid = tid;
		b->idle_cpu = cpu;
		in_use -= b->end - b->start;
		idle += b->end - b->start;
		if (b->tid != tid)
			thread_of(b->tid)->freed_by_others_bytes += b->end - b->start;
		return;
	}
	fprintf(stderr, "hoard_oracle: free of a block that is not live: bad log\n");
	exit(2);
}

static void print_threads(void)
{
	size_t i, k;

	for (i = 0; i < threads_nr; i++) {
		struct thread *t = &threads[i];
		uint64_t used = 0, held = 0;

		for (k = 0; k < blocks_nr; k++) {
			struct block *b = &blocks[k];

			used += b->state == LIVE && b->tid == t->tid ? b->end - b->start : 0;
			held += b->state == IDLE && b->idle_tid == t->tid ? b->end - b->start : 0;
		}
		printf("thread %d %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64
		       " %" PRIu64 "\n",
		       t->tid, t->allocations, t->frees, t->allocated_bytes, t->freed_by_others_bytes, used,
		       held, t->stranded_misses);
	}
}

static void print_cpus(void)
{
	int cpu;

	for (cpu = 0; cpu < 4096; cpu++) {
		uint64_t used = 0, held = 0, any = 0;
		size_t k;

		for (k = 0; k < blocks_nr; k++) {
			struct block *b = &blocks[k];

			any += b->cpu == cpu || (b->state != LIVE && b->idle_cpu == cpu);
			used += b->state == LIVE && b->cpu == cpu ? b->end - b->start : 0;
			held += b->state == IDLE && b->idle_cpu == cpu ? b->end - b->start : 0;
		}
		if (any)
			printf("cpu %d %" PRIu64 " %" PRIu64 "\n", cpu, used, held);
	}
}

/* Each site once: at its first block. */
static void print_sites(void)
{
	char seen[NAMES_MAX][32];
	size_t seen_nr = 0, i, k;

	for (i = 0; i < blocks_nr; i++) {
		uint64_t used = 0, held = 0;

		for (k = 0; k < seen_nr && strcmp(seen[k], blocks[i].site); k++)
			;
		if (k < seen_nr)
			continue;
		if (seen_nr == NAMES_MAX)
			abort();
		strcpy(seen[seen_nr++], blocks[i].site);
		for (k = 0; k < blocks_nr; k++) {
			struct block *b = &blocks[k];
			uint64_t size = strcmp(b->site, blocks[i].site) ? 0 : b->end - b->start;

			used += b->state == LIVE ? size : 0;
			held += b->state == IDLE ? size : 0;
		}
		printf("site %s %" PRIu64 " %" PRIu64 "\n", blocks[i].site, used, held);
	}
}

int main(int argc, char **argv)
{
	FILE *f = argc == 2 ? fopen(argv[1], "r") : NULL;
	uintptr_t addr, old;
	char op, site[32];
	int tid, cpu;
	size_t size;

	if (!f)
		return 2;
	while (fscanf(f, " %c %d %d %" SCNxPTR " %" SCNxPTR " %zu %31s", &op, &tid, &cpu, &addr, &old,
		      &size, site) == 7) {
		if (op == 'f') {
			thread_of(tid)->frees++;
			give(tid, cpu, addr);
			continue;
		}
		if (op == 'r')
			give(tid, cpu, old);
		allocate(tid, cpu, addr, size, site);
	}
	fclose(f);
	print_threads();
	print_cpus();
	print_sites();
	printf("total %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", peak_in_use, peak_held, in_use,
	       idle);
	return 0;
}
