/* SPDX-License-Identifier: MIT */
/*
 * count_cpu.c - counts by CPU, put down when the thread is found on another one.
 *
 * What a CPU has in `cpus` only rises. So a number that was made before a handler came, and is stored when it has gone, is no
 * harm: the larger one stays. Which CPU is the present one changes by one instruction, together with how often it did.
 */
#include <stdatomic.h>

#include "count.h"
#include "faults.h"
#include "process.h"
#include "way.h"

#define SLOT_UNPLACED UINT64_MAX

__thread struct pt_count_here pt_count_here __attribute__((aligned(32))) = { .where = PT_COUNT_NOWHERE };
__thread int32_t pt_count_until_look;

int64_t pt_count_cpu_offset(void)
{
	const uint32_t *test = pt_fault_cpu();

	return test ? (int64_t)((uint64_t)test - (uint64_t)__builtin_thread_pointer()) : pt_way.cpu_offset;
}

struct pt_count_cpu *pt_count_cpu(struct pt_count_block *b, uint32_t cpu)
{
	struct pt_count_cpu *slot;

	for (slot = b->cpus; slot < &b->cpus[PT_COUNT_CPUS - 1]; slot++) {
		uint64_t none = 0;

		if (slot->cpu == cpu + 1ull)
			return slot;
		if (!slot->cpu && (__atomic_compare_exchange_n(&slot->cpu, &none, cpu + 1ull, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED) ||
				   none == cpu + 1ull))
			return slot;
	}
	slot->cpu = SLOT_UNPLACED;
	return slot;
}

static void add(struct pt_count *to, const struct pt_count *from)
{
	to->allocs += from->allocs;
	to->alloc_bytes += from->alloc_bytes;
	to->frees += from->frees;
	to->free_bytes += from->free_bytes;
}

/* Of all CPUs. used: classes to look at. */
static struct pt_count count_all(const struct pt_count_block *b, const uint64_t *used)
{
	struct pt_count sum = { 0 };
	uint64_t i, left;

	for (i = 0; i < PT_COUNT_SMALL; i++) {
		const uint64_t allocs = b->small[i].allocs, frees = b->small[i].frees;

		sum.allocs += allocs;
		sum.alloc_bytes += allocs * i * PT_COUNT_SMALL_STEP;
		sum.frees += frees;
		sum.free_bytes += frees * i * PT_COUNT_SMALL_STEP;
	}
	for (i = 0; i < PT_COUNT_CLASSES; i += 64)
		for (left = used[i / 64]; left; left &= left - 1)
			add(&sum, &b->classes[i + (uint64_t)__builtin_ctzll(left)]);
	return sum;
}

/* What they leave to the one of `at`. */
static struct pt_count leave(const struct pt_count_block *b, const struct pt_count_cpu *at, struct pt_count all)
{
	const struct pt_count_cpu *slot;

	for (slot = b->cpus; slot < &b->cpus[PT_COUNT_CPUS]; slot++) {
		if (!slot->cpu) /* they are taken one after the other, the last one last */
			break;
		if (slot == at)
			continue;
		all.allocs -= slot->count.allocs;
		all.alloc_bytes -= slot->count.alloc_bytes;
		all.frees -= slot->count.frees;
		all.free_bytes -= slot->count.free_bytes;
	}
	return all;
}

static void raise_to(uint64_t *at, uint64_t to)
{
	uint64_t is = *(volatile uint64_t *)at;

	while (is < to && !__atomic_compare_exchange_n(at, &is, to, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		;
}

/* From the CPU of `now`, which is b->cpu_now, to another one. False: a handler has counted meanwhile. */
static bool put_down(struct pt_count_block *b, uint64_t now, const uint64_t *used)
{
	const uint32_t from = PT_COUNT_CPU_NOW(now);
	struct pt_count_cpu *at = from == PT_COUNT_CPU_UNPLACED ? &b->cpus[PT_COUNT_CPUS - 1] : pt_count_cpu(b, from - 1);
	struct pt_count mine = count_all(b, used);

	PT_POINT("count-moving");
	mine = leave(b, at, mine);
	PT_POINT("count-moving");
	atomic_signal_fence(memory_order_seq_cst);
	if (*(volatile uint64_t *)&b->cpu_now != now) /* in the midst of the sums: they are of nothing */
		return false;
	PT_POINT("count-moving");
	raise_to(&at->count.allocs, mine.allocs);
	raise_to(&at->count.alloc_bytes, mine.alloc_bytes);
	PT_POINT("count-moving");
	raise_to(&at->count.frees, mine.frees);
	raise_to(&at->count.free_bytes, mine.free_bytes);
	PT_POINT("count-moving");
	return true;
}

/* Whoever was interrupted in the midst of it sees it in any case: what is counted from here on is not in his sums. */
static bool set_now(struct pt_count_block *b, uint64_t *now, uint32_t to)
{
	const uint64_t next = ((*now >> 32) + 1) << 32 | to;
	bool done = __atomic_compare_exchange_n(&b->cpu_now, now, next, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);

	*now = next;
	return done;
}

/* As it is in b->cpu_now. Where no kernel tells, all is CPU 0's. */
static uint32_t name(struct pt_count_block *b, uint64_t cpu)
{
	const struct pt_count_cpu *slot = pt_count_cpu(b, (int32_t)cpu >= 0 ? (uint32_t)cpu : 0);

	return slot->cpu == SLOT_UNPLACED ? PT_COUNT_CPU_UNPLACED : (uint32_t)slot->cpu;
}

/* A handler has forked here, and this is the child: its parent's block, which it still has before it, is none of its own. */
static bool is_forked(void)
{
	return !*(volatile uint32_t *)&pt_process->opened;
}

bool pt_count_move(struct pt_counter *c, uint64_t mode)
{
	struct pt_count_here *h = &pt_count_here;
	struct pt_count_block *b = c->block;
	bool there = false;

	while (!there) {
		uint64_t cpu, now, none = PT_COUNT_NOWHERE;
		uint32_t next;

		/* Who jumps out of what comes now, or is interrupted by it, finds out anew. */
		*(volatile uint64_t *)&h->where = PT_COUNT_NOWHERE;
		atomic_signal_fence(memory_order_seq_cst);
		cpu = pt_count_cpu_now(pt_count_cpu_offset());
		now = *(volatile uint64_t *)&b->cpu_now;
		atomic_signal_fence(memory_order_seq_cst);
		next = name(b, cpu);
		if (PT_COUNT_CPU_NOW(now) != next && !put_down(b, now, c->used))
			continue;
		if (is_forked())
			return false;
		if (!set_now(b, &now, next))
			continue;
		PT_POINT("count-moved");
		if ((mode & 7) == PT_MODE_COUNTERS) /* else a handler has switched the process meanwhile */
			__atomic_compare_exchange_n(&h->where, &none, pt_count_where(mode, cpu), false, __ATOMIC_SEQ_CST,
						    __ATOMIC_SEQ_CST);
		PT_POINT("count-moved");
		there = *(volatile uint64_t *)&b->cpu_now == now;
	}
	return !is_forked();
}

void pt_count_start(struct pt_counter *c)
{
	struct pt_count_here *h = &pt_count_here;

	h->small = c->block->small;
	h->where = PT_COUNT_NOWHERE;
	c->block->cpu_now = name(c->block, pt_count_cpu_now(pt_count_cpu_offset()));
}

void pt_count_close(struct pt_count_block *b)
{
	static const uint64_t all[PT_COUNT_CLASSES / 64] = { UINT64_MAX, UINT64_MAX };

	uint64_t now = b->cpu_now;

	if (PT_COUNT_CPU_NOW(now) && put_down(b, now, all))
		set_now(b, &now, 0);
}
