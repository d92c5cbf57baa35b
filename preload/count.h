/* SPDX-License-Identifier: MIT */
/*
 * count.h - counters of a thread, in the trace itself (struct pt_count_block, format/layout.h).
 *
 * One thread writes into a block, and handlers that interrupt it: each count is one instruction on memory,
 * which nothing on the same CPU can tear. So they are there whenever the process is killed, and cost no lock.
 */
#ifndef PT_COUNT_H
#define PT_COUNT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../format/layout.h"

struct pt_process;

#define PT_COUNT_NAMES 256u /* of ended threads; the last one is all others' */

/* What threads that ended leave behind, by name. Under `busy`. */
struct pt_count_ended {
	_Atomic uint32_t busy;
	uint32_t names_nr;
	struct pt_count_block *spare; /* where the next sum is made; NULL: to be claimed */
	struct pt_count_block *blocks[PT_COUNT_NAMES];
};

/* A thread's. */
struct pt_counter {
	struct pt_count_block *block; /* NULL: none */
	struct pt_count_cpu *cpu;     /* in it: where the thread ran last */
	const uint32_t *cpu_at;	      /* where the kernel says on which CPU it runs; negative: it no longer does */
	uint64_t cpu_other;	      /* + 1: it runs there and all places for CPUs are taken */
};

static inline void pt_count_add(uint64_t *to, uint64_t n)
{
	__asm__("addq %1, %0" : "+m"(*to) : "er"(n) : "cc");
}

/* Who is counted. */
struct pt_count_owner {
	uint64_t serial;
	uint32_t tid;
};

/* pt_count_begin() - counters at 0 in `c->block`, or, if that is NULL, in a new one. False: there is no room.
 * errno kept. */
bool pt_count_begin(struct pt_process *pr, struct pt_counter *c, const struct pt_count_owner *owner);

/* pt_count_name() - the calling thread's name, as it is now. */
void pt_count_name(struct pt_counter *c);

/*
 * pt_count_fold() - add the counts of a thread that is gone to those of its name.
 *
 * All at once for a reader, whenever the process is killed. Signals are blocked: a handler that jumped out would leave
 * `busy`. False: another thread was at it all the while, or there is no room; the block stays as it is. True: it is nobody's now.
 */
bool pt_count_fold(struct pt_process *pr, struct pt_count_block *block);

/* pt_count_cpu() - the place for that CPU, when it is not c->cpu. */
struct pt_count *pt_count_cpu(struct pt_counter *c, uint32_t cpu);

/* pt_count_pool() - the place for that pool and shard. */
struct pt_count_pool *pt_count_pool(struct pt_count_block *b, uint64_t pool, uint32_t shard_code);

/* Its place, or NULL: the CPU is another one. */
static inline struct pt_count *pt_count_same(const struct pt_counter *c)
{
	struct pt_count_cpu *at = c->cpu;

	return __builtin_expect(at->cpu == *(const volatile uint32_t *)c->cpu_at + 1u, 1) ? &at->count : NULL;
}

static inline struct pt_count *pt_count_here(struct pt_counter *c)
{
	struct pt_count *same = pt_count_same(c);
	uint32_t cpu = *(const volatile uint32_t *)c->cpu_at;

	return same ? same : pt_count_cpu(c, (int32_t)cpu >= 0 ? cpu : 0);
}

static inline void pt_count_in(struct pt_count *to, uint64_t usable_bytes)
{
	pt_count_add(&to->allocs, 1);
	pt_count_add(&to->alloc_bytes, usable_bytes);
}

static inline void pt_count_out(struct pt_count *to, uint64_t usable_bytes)
{
	pt_count_add(&to->frees, 1);
	pt_count_add(&to->free_bytes, usable_bytes);
}

static inline void pt_count_alloc(struct pt_counter *c, uint64_t usable_bytes, uint64_t size_bytes)
{
	pt_count_in(&c->block->classes[pt_count_class(usable_bytes)], usable_bytes);
	pt_count_in(pt_count_here(c), usable_bytes);
	pt_count_add(&c->block->requested_bytes, size_bytes);
}

static inline void pt_count_free(struct pt_counter *c, uint64_t usable_bytes)
{
	pt_count_out(&c->block->classes[pt_count_class(usable_bytes)], usable_bytes);
	pt_count_out(pt_count_here(c), usable_bytes);
}

#endif
