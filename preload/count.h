/* SPDX-License-Identifier: MIT */
/*
 * count.h - counters of a thread, in the trace itself (struct pt_count_block, format/layout.h).
 *
 * One thread writes into a block, and handlers that interrupt it: each count is one instruction on memory,
 * which nothing on the same CPU can tear. So they are there whenever the process is killed, and cost no lock. Counts by CPU are
 * not kept at each event, but when the thread is found on another CPU.
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
	bool begun;		      /* there are counts in it */
	uint64_t used[PT_COUNT_CLASSES / 64]; /* bit by class: something may have been counted there */
};

/* What each event of the calling thread looks at. */
struct pt_count_here {
	uint64_t where; /* pt_count_where() that its block is at; PT_COUNT_NOWHERE: to be found out */
	struct pt_count_small *small;
};
extern __thread struct pt_count_here pt_count_here __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* Events of the calling thread until the clock is looked at. By itself: with pt_internal it fills 8 bytes, of 64 for all thread-locals. */
extern __thread int32_t pt_count_until_look __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* pt_count_cpu_offset() - where the kernel says on which CPU a thread runs, from its thread pointer on. */
int64_t pt_count_cpu_offset(void);

/* That CPU. From 2^31 on: the kernel does not say. */
static inline uint64_t pt_count_cpu_now(int64_t offset)
{
	uint64_t cpu; /* 32 bits of it */

	__asm__ volatile("movl %%fs:(%1), %k0" : "=r"(cpu) : "r"(offset));
	return cpu;
}

/* The mode and the CPU as one number: a mode of counters has no sample bytes above its kind, where the CPU goes, and what is made of
 * another mode, or of 0, has another kind. */
#define PT_COUNT_NOWHERE UINT64_MAX
static inline uint64_t pt_count_where(uint64_t mode, uint64_t cpu)
{
	return mode + 8 * cpu;
}

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

/*
 * pt_count_move() - the calling thread's counts are of the CPU it runs on, from here on. In PT_MODE_COUNTERS `mode`.
 *
 * Exact in the block at each instant, whatever interrupts it, and whether or not that comes back. False: the process has been forked
 * meanwhile, and nothing is to be counted there.
 */
bool pt_count_move(struct pt_counter *c, uint64_t mode);

/* pt_count_start() - the same of a block that is empty, and of a thread that has just got it. */
void pt_count_start(struct pt_counter *c);

/* pt_count_close() - nobody counts there any more: all is in `cpus`. */
void pt_count_close(struct pt_count_block *b);

/* pt_count_cpu() - the place for that CPU; the last one when all are taken. Not PT_COUNT_CPUS of them: the CPU is that one's. */
struct pt_count_cpu *pt_count_cpu(struct pt_count_block *b, uint32_t cpu);

/* pt_count_pool() - the place for that pool and shard. */
struct pt_count_pool *pt_count_pool(struct pt_count_block *b, uint64_t pool, uint32_t shard_code);

static inline bool pt_count_is_here(uint64_t mode, int64_t cpu_offset)
{
	return __builtin_expect(pt_count_where(mode, pt_count_cpu_now(cpu_offset)) == pt_count_here.where, 1);
}

/* The number of its place in `small`, or one that is none; and back. */
static inline uint64_t pt_count_small_nr(uint64_t usable_bytes)
{
	return usable_bytes >> 3 | usable_bytes << 61;
}

static inline uint64_t pt_count_usable_bytes(uint64_t small_nr)
{
	return small_nr << 3 | small_nr >> 61;
}

static inline struct pt_count *pt_count_of_class(struct pt_counter *c, uint64_t usable_bytes)
{
	uint32_t class = pt_count_class(usable_bytes);

	__asm__("orq %1, %0" : "+m"(c->used[class / 64]) : "r"(1ull << class % 64) : "cc");
	return &c->block->classes[class];
}

static inline void pt_count_alloc(struct pt_counter *c, uint64_t mode, uint64_t usable_bytes, uint64_t size_bytes)
{
	uint64_t nr = pt_count_small_nr(usable_bytes);

	if (!pt_count_is_here(mode, pt_count_cpu_offset()) && !pt_count_move(c, mode))
		return;
	if (nr < PT_COUNT_SMALL) {
		pt_count_add(&c->block->small[nr].allocs, 1);
		pt_count_add(&c->block->small[nr].requested_bytes, size_bytes);
	} else {
		struct pt_count *to = pt_count_of_class(c, usable_bytes);

		pt_count_add(&to->allocs, 1);
		pt_count_add(&to->alloc_bytes, usable_bytes);
		pt_count_add(&c->block->requested_bytes, size_bytes);
	}
}

static inline void pt_count_free(struct pt_counter *c, uint64_t mode, uint64_t usable_bytes)
{
	uint64_t nr = pt_count_small_nr(usable_bytes);

	if (!pt_count_is_here(mode, pt_count_cpu_offset()) && !pt_count_move(c, mode))
		return;
	if (nr < PT_COUNT_SMALL) {
		pt_count_add(&c->block->small[nr].frees, 1);
	} else {
		struct pt_count *to = pt_count_of_class(c, usable_bytes);

		pt_count_add(&to->frees, 1);
		pt_count_add(&to->free_bytes, usable_bytes);
	}
}

#endif
