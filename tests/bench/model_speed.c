/* SPDX-License-Identifier: MIT */
/*
 * model_speed.c - nanoseconds an event of heap and passes, without a trace to read.
 *
 *   model_speed [MILLION_EVENTS [PATTERN]]
 *
 * Patterns: lifo (few blocks, reused at once), churn (a million blocks in use, random frees),
 * hand-off (eight threads free what others got), coalesce (blocks of changing size carved out of
 * freed ones), growth (only new memory), sparse (a block in each megabyte), realloc (blocks that
 * grow in place or move); pools (gets and puts of 64,000 objects, eight threads, 32 shards), starved
 * (one get in 32 a miss that others could have served, 1,000 shards), sizes (the same, of many sizes,
 * 32 shards). Events are made in batches outside the clock. Also printed: memory for the blocks at
 * the end.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../analyzer/model/order.h"
#include "../../analyzer/passes/run.h"

#define BATCH	4096u
#define GROUP	32u
#define THREADS 8u
#define SLOTS	(1u << 20)
#define SITES	2000u

struct maker {
	uint64_t random, now;
	uint64_t addr[SLOTS];
	uint32_t size[SLOTS];
	uint32_t used;	   /* slots with a block */
	uint64_t top;	   /* next new address */
	uint64_t done;	   /* events made */
	uint64_t old_addr; /* realloc: between begin and end */
	uint32_t slot;
};

static uint64_t roll(struct maker *m)
{
	m->random ^= m->random << 13;
	m->random ^= m->random >> 7;
	m->random ^= m->random << 17;
	return m->random * 0x2545f4914f6cdd1dull >> 24;
}

static uint64_t fresh(struct maker *m, uint64_t size)
{
	uint64_t addr = m->top;

	m->top += (size + 8 + 15) & ~15ull;
	return addr;
}

static void alloc(struct maker *m, struct pt_event *ev, uint64_t addr, uint64_t size)
{
	(void)m;
	ev->kind = PT_EV_ALLOC;
	ev->addr = addr;
	ev->size_bytes = size;
}

static void make_lifo(struct maker *m, struct pt_event *ev)
{
	uint64_t step = m->done % 64;

	ev->stack = (uint32_t)(step % 32) + 1;
	if (step < 32) {
		alloc(m, ev, 0x10000 + step * 256, 32 + step * 4);
	} else {
		ev->kind = PT_EV_FREE;
		ev->addr = 0x10000 + (63 - step) * 256;
	}
}

/* Fill all slots, then free one at random and allocate at its address. */
static void make_churn(struct maker *m, struct pt_event *ev)
{
	ev->stack = 1 + (uint32_t)(roll(m) % SITES);
	if (m->used < SLOTS) {
		m->slot = m->used++;
		m->size[m->slot] = 16 + (uint32_t)(roll(m) % 200);
		m->addr[m->slot] = fresh(m, m->size[m->slot]);
		alloc(m, ev, m->addr[m->slot], m->size[m->slot]);
	} else if (m->done & 1) {
		m->slot = (uint32_t)(roll(m) % SLOTS);
		ev->kind = PT_EV_FREE;
		ev->addr = m->addr[m->slot];
	} else {
		alloc(m, ev, m->addr[m->slot], m->size[m->slot] - (uint32_t)(roll(m) % 8));
	}
}

static void make_hand_off(struct maker *m, struct pt_event *ev)
{
	uint64_t turn = m->done / 2 % 1024;

	ev->stack = 1 + (uint32_t)(turn % 100);
	ev->thread = (uint32_t)(roll(m) % THREADS);
	ev->cpu = ev->thread;
	if (m->done % 2048 < 1024)
		alloc(m, ev, 0x100000 + m->done % 1024 * 128, 100);
	else
		ev->kind = PT_EV_FREE, ev->addr = 0x100000 + m->done % 1024 * 128;
}

/* Runs of 64 KiB, cut each time into blocks of another size: nothing is reused exactly. */
static void make_coalesce(struct maker *m, struct pt_event *ev)
{
	ev->stack = 1 + (uint32_t)(roll(m) % 100);
	if (!m->used && !m->old_addr) {
		m->top = 0x1000000 + roll(m) % 4096 * 65536;
		m->slot = (uint32_t)((m->top + 65536) >> 4);
		m->old_addr = 1;
	}
	if (m->old_addr) {
		uint64_t size = 16 + roll(m) % 480;

		m->addr[m->used] = fresh(m, size);
		alloc(m, ev, m->addr[m->used++], size);
		if (m->top >= (uint64_t)m->slot << 4)
			m->old_addr = 0;
		return;
	}
	ev->kind = PT_EV_FREE;
	ev->addr = m->addr[--m->used];
}

static void make_growth(struct maker *m, struct pt_event *ev)
{
	uint64_t size = 16 + roll(m) % 200;

	ev->stack = 1 + (uint32_t)(roll(m) % SITES);
	alloc(m, ev, fresh(m, size), size);
}

/* One small block in each megabyte: the most memory that an allocation can cost. */
static void make_sparse(struct maker *m, struct pt_event *ev)
{
	ev->stack = 1;
	alloc(m, ev, 0x10000000 + (m->done << 20), 24);
}

static void make_realloc(struct maker *m, struct pt_event *ev)
{
	uint32_t slot = (uint32_t)(m->done / 2 % 4096);

	ev->stack = 1 + slot % 10;
	if (m->done % 2 == 0) {
		ev->kind = PT_EV_REALLOC_BEGIN;
		ev->addr = m->addr[slot];
		return;
	}
	ev->kind = PT_EV_REALLOC_END;
	ev->old_addr = m->addr[slot];
	if (!m->addr[slot] || m->size[slot] > 4000) {
		m->size[slot] = 16;
		m->addr[slot] = 0x10000000 + slot * 8192ull + roll(m) % 2 * 4096;
	} else {
		m->size[slot] += (uint32_t)(roll(m) % 200);
	}
	ev->addr = m->addr[slot];
	ev->size_bytes = m->size[slot];
}

#define POOL_OBJECTS 64000u

/* An object goes from get to put and back; `fresh_in`: one get in so many is of a new object, and
 * an idle one is dropped before. */
static void pool_event(struct maker *m, struct pt_event *ev, uint32_t shards, uint32_t fresh_in, uint32_t sizes)
{
	uint64_t turn = m->done / 2;

	ev->pool = 0x1000;
	ev->thread = ev->cpu = (uint32_t)(roll(m) % THREADS);
	ev->shard = roll(m) % shards;
	ev->stack = 1 + (uint32_t)(turn % 100);
	if (!m->done) {
		ev->kind = PT_EV_POOL_CREATE;
		ev->text = "bench";
		ev->size_bytes = sizes ? 0 : 4096;
		return;
	}
	if (m->done & 1) {
		m->slot = (uint32_t)(roll(m) % POOL_OBJECTS);
		ev->kind = PT_EV_POOL_GET;
		if (fresh_in && turn % fresh_in == 0)
			m->addr[m->slot] += 64ull * POOL_OBJECTS; /* the old one stays idle for good */
	} else {
		ev->kind = PT_EV_POOL_PUT;
		if (fresh_in && turn % fresh_in == fresh_in / 2) {
			m->slot = (uint32_t)(roll(m) % POOL_OBJECTS);
			ev->kind = PT_EV_POOL_DROP;
		}
	}
	ev->addr = 0x100000000ull + 64ull * m->slot + m->addr[m->slot];
	if (ev->kind == PT_EV_POOL_GET)
		ev->size_bytes = sizes ? 64 + m->slot % sizes : 4096;
}

static void make_pools(struct maker *m, struct pt_event *ev)
{
	pool_event(m, ev, 32, 0, 0);
}

static void make_starved(struct maker *m, struct pt_event *ev)
{
	pool_event(m, ev, 1000, 32, 0);
}

static void make_sizes(struct maker *m, struct pt_event *ev)
{
	pool_event(m, ev, 32, 32, 10000);
}

static const struct pattern {
	const char *name;
	void (*make)(struct maker *m, struct pt_event *ev);
} patterns[] = {
	{ "lifo", make_lifo },	       { "churn", make_churn },	  { "hand-off", make_hand_off },
	{ "coalesce", make_coalesce }, { "growth", make_growth }, { "sparse", make_sparse },
	{ "realloc", make_realloc },   { "pools", make_pools },	  { "starved", make_starved },
	{ "sizes", make_sizes },
};

static uint64_t clock_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static enum pt_addr_state state_of(const struct pt_block *b)
{
	if (!b)
		return PT_ADDR_UNKNOWN;
	return b->state == PT_BLOCK_IN_USE ? PT_ADDR_LIVE : PT_ADDR_DEAD;
}

/* As analyse.c does it. Returns how many events did not fit, which is 0 for the patterns here. */
static size_t feed(struct pt_run *run, const struct pt_order *order, const struct pt_event *events)
{
	size_t misfits = 0;

	for (size_t i = 0; i < BATCH; i++) {
		const struct pt_event *ev = &events[i];
		struct pt_block *at;

		if (i % GROUP == 0) {
			for (size_t k = 0; k < GROUP; k++)
				pt_heap_prefetch_far(&run->heap, ev[k].addr);
			pt_run_prefetch(run, ev, GROUP);
		}
		at = pt_heap_find(&run->heap, ev->addr);
		misfits += !pt_order_passes(order, ev, state_of(at));
		if (pt_run_apply(run, ev, at))
			abort();
	}
	return misfits;
}

static void count(void *arg, const struct pt_block *b)
{
	*(size_t *)arg += !!b->addr;
}

static size_t blocks_nr(const struct pt_heap *heap)
{
	size_t nr = 0;

	pt_index_each(&heap->index, count, &nr);
	return nr;
}

static void measure(const struct pattern *p, uint64_t events_nr)
{
	static struct pt_event events[BATCH];
	static struct pt_run run;
	struct pt_trace_state trace_state = { 0 };
	struct pt_order order = { .state = &trace_state };
	struct maker *m = calloc(1, sizeof(*m));
	struct rusage before, after;
	uint64_t spent = 0, misfits = 0;

	if (!m || pt_run_init(&run, NULL))
		abort();
	m->random = 88172645463325252ull;
	m->top = 0x10000000;
	if (p->make == make_churn || p->make == make_starved || p->make == make_sizes)
		memset(m->addr, 0, sizeof(m->addr)); /* pages outside of the clock */
	getrusage(RUSAGE_SELF, &before);
	while (m->done < events_nr) {
		uint64_t start;

		memset(events, 0, sizeof(events));
		for (size_t i = 0; i < BATCH; i++, m->done++) {
			p->make(m, &events[i]);
			events[i].time_ns = m->now += 50;
		}
		start = clock_ns();
		misfits += feed(&run, &order, events);
		spent += clock_ns() - start;
	}
	getrusage(RUSAGE_SELF, &after);
	printf("%-10s %6.1f ns/event  %9zu blocks  %5ld MiB grown  %" PRIu64 " misfits\n", p->name,
	       (double)spent / (double)m->done, blocks_nr(&run.heap),
	       (after.ru_maxrss - before.ru_maxrss) / 1024, misfits);
	fflush(stdout);
	pt_run_fini(&run);
	free(m);
}

int main(int argc, char **argv)
{
	uint64_t millions = argc > 1 ? strtoull(argv[1], NULL, 10) : 10;

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		pid_t child;

		if (argc > 2 && strcmp(argv[2], patterns[i].name))
			continue;
		child = fork(); /* each pattern in a process of its own: memory is told apart */

		if (!child) {
			measure(&patterns[i], millions * 1000000);
			_exit(0);
		}
		if (child < 0 || waitpid(child, NULL, 0) < 0)
			return 1;
	}
	return 0;
}
