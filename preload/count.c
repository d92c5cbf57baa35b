/* SPDX-License-Identifier: MIT */
/* count.c - see count.h. */
#include "count.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <x86intrin.h>

#include "process.h"
#include "record.h"
#include "segment.h"
#include "sys.h"

#define POOL_CLAIMED 2u /* `used` while the place is being taken */
#define OTHERS_NAME "(others)"
#define FOLD_YIELDS 16u
#define FOLD_WAITS 64u /* the yields among them; 10 ms and a little in all */

static void set_state(struct pt_count_block *b, enum pt_count_state state)
{
	atomic_signal_fence(memory_order_seq_cst);
	*(volatile uint32_t *)&b->state = state;
	atomic_signal_fence(memory_order_seq_cst);
}

/* Empty and nobody's. */
static struct pt_count_block *claim(struct pt_process *pr)
{
	struct pt_chunk_header *ch;

	if (atomic_load_explicit(&pt_quiet, memory_order_relaxed))
		return NULL;
	ch = pt_segment_chunk(pr, PT_COUNT_PAGES);
	if (!ch)
		return NULL;
	ch->pages = PT_COUNT_PAGES;
	ch->writer = atomic_fetch_add(&pr->count_blocks, 1) + 1;
	ch->mono_ns = pt_record_mono_ns();
	ch->tsc = __rdtsc();
	ch->base_tick = ch->tsc >> PT_TICK_SHIFT;
	set_state((struct pt_count_block *)ch, PT_COUNT_FREE);
	*(volatile uint32_t *)&ch->magic = PT_COUNT_MAGIC;
	return (struct pt_count_block *)ch;
}

static void clear(struct pt_count_block *b)
{
	memset((unsigned char *)b + offsetof(struct pt_count_block, threads), 0,
	       sizeof(*b) - offsetof(struct pt_count_block, threads));
}

void pt_count_name(struct pt_counter *c)
{
	char name[16] = "";

	if (!atomic_load_explicit(&pt_quiet, memory_order_relaxed) &&
	    pt_sys6(SYS_prctl, PR_GET_NAME, (long)name, 0, 0, 0, 0) >= 0)
		memcpy(c->block->name, name, sizeof(name));
}

bool pt_count_begin(struct pt_process *pr, struct pt_counter *c, const struct pt_count_owner *owner)
{
	struct pt_count_block *b = c->block;
	int saved_errno = errno;

	if (!b)
		b = claim(pr);
	else
		clear(b);
	errno = saved_errno;
	if (!b)
		return false;
	b->header.thread = owner->serial;
	b->tid = owner->tid;
	b->threads = 1;
	memset(c->used, 0, sizeof(c->used));
	c->block = b;
	pt_count_start(c);
	pt_count_name(c);
	PT_POINT("count-begin");
	set_state(b, PT_COUNT_LIVE);
	c->begun = true;
	return true;
}

static bool take_pool(struct pt_count_pool *p, uint64_t pool, uint32_t code)
{
	uint32_t none = 0;

	if (!__atomic_compare_exchange_n(&p->used, &none, POOL_CLAIMED, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return false;
	p->pool = pool;
	p->shard_code = code;
	atomic_signal_fence(memory_order_seq_cst);
	*(volatile uint32_t *)&p->used = 1;
	return true;
}

struct pt_count_pool *pt_count_pool(struct pt_count_block *b, uint64_t pool, uint32_t code)
{
	uint32_t start = (uint32_t)((pool + code) * 0x9e3779b97f4a7c15ull >> 32), i;
	struct pt_count_pool *p;

	for (i = 0; i < PT_COUNT_POOLS - 1; i++) {
		p = &b->pools[(start + i) % (PT_COUNT_POOLS - 1)];
		if (p->used == 1 ? p->pool == pool && p->shard_code == code : take_pool(p, pool, code))
			return p;
	}
	p = &b->pools[PT_COUNT_POOLS - 1];
	p->used = 1;
	return p;
}

static void add_count(struct pt_count *to, const struct pt_count *from)
{
	to->allocs += from->allocs;
	to->alloc_bytes += from->alloc_bytes;
	to->frees += from->frees;
	to->free_bytes += from->free_bytes;
}

static void add_pool(struct pt_count_block *to, const struct pt_count_pool *from, bool others)
{
	struct pt_count_pool *p = others ? &to->pools[PT_COUNT_POOLS - 1] : pt_count_pool(to, from->pool, from->shard_code);

	p->used = 1;
	p->gets += from->gets;
	p->get_bytes += from->get_bytes;
	p->misses += from->misses;
	p->puts += from->puts;
	p->stocked += from->stocked;
	p->stocked_bytes += from->stocked_bytes;
	p->drops += from->drops;
	p->purges += from->purges;
}

static void add_small(struct pt_count_small *to, const struct pt_count_small *from)
{
	to->allocs += from->allocs;
	to->frees += from->frees;
	to->requested_bytes += from->requested_bytes;
}

static void add_block(struct pt_count_block *to, const struct pt_count_block *from)
{
	const struct pt_count_cpu *others = &from->cpus[PT_COUNT_CPUS - 1];
	uint32_t i;

	to->threads += from->threads;
	to->requested_bytes += from->requested_bytes;
	to->reallocs += from->reallocs;
	for (i = 0; i < PT_COUNT_SMALL; i++)
		add_small(&to->small[i], &from->small[i]);
	for (i = 0; i < PT_COUNT_CLASSES; i++)
		add_count(&to->classes[i], &from->classes[i]);
	for (i = 0; i < PT_COUNT_CPUS - 1 && from->cpus[i].cpu; i++)
		add_count(&pt_count_cpu(to, (uint32_t)(from->cpus[i].cpu - 1))->count, &from->cpus[i].count);
	if (others->cpu) {
		to->cpus[PT_COUNT_CPUS - 1].cpu = others->cpu;
		add_count(&to->cpus[PT_COUNT_CPUS - 1].count, &others->count);
	}
	for (i = 0; i < PT_COUNT_POOLS; i++)
		if (from->pools[i].used == 1)
			add_pool(to, &from->pools[i], i == PT_COUNT_POOLS - 1);
}

/* Where the sum of that name is, or will be. */
static struct pt_count_block **sum_of(struct pt_count_ended *e, const char *name)
{
	uint32_t i;

	for (i = 0; i < e->names_nr && i < PT_COUNT_NAMES - 1; i++)
		if (!memcmp(e->blocks[i]->name, name, sizeof(e->blocks[i]->name)))
			return &e->blocks[i];
	return &e->blocks[i];
}

static bool fold(struct pt_process *pr, struct pt_count_block *b)
{
	struct pt_file_header *h = *(struct pt_file_header *volatile *)&pr->file;
	struct pt_count_ended *e = &pr->ended;
	struct pt_count_block **sum = sum_of(e, b->name), *old = *sum, *next = e->spare ? e->spare : claim(pr);
	bool others = sum == &e->blocks[PT_COUNT_NAMES - 1];

	e->spare = next;
	if (!next || !h)
		return false;
	pt_count_close(b);
	PT_POINT("count-settled");
	clear(next);
	memcpy(next->name, others ? OTHERS_NAME : b->name, others ? sizeof(OTHERS_NAME) : sizeof(next->name));
	if (old)
		add_block(next, old);
	add_block(next, b);
	next->holds[0] = old ? old->header.writer : 0;
	next->holds[1] = b->header.writer;
	__atomic_fetch_add(&h->count_folds, 1, __ATOMIC_SEQ_CST);
	PT_POINT("count-summed");
	set_state(next, PT_COUNT_ENDED); /* from here on they count there, and no longer where they were */
	PT_POINT("count-folded");
	if (old)
		set_state(old, PT_COUNT_FREE);
	set_state(b, PT_COUNT_FREE);
	PT_POINT("count-freed");
	next->holds[0] = 0;
	next->holds[1] = 0;
	__atomic_fetch_add(&h->count_folds, 1, __ATOMIC_SEQ_CST);
	e->spare = old;
	*sum = next;
	e->names_nr += !old;
	return true;
}

/*
 * alone() - take `busy`, which a thread holds that lets no signal in and has 16 KiB to add up.
 *
 * Who gives up takes a block that nobody needs afterwards: without any waiting 1,383 of them for 200,000 threads of
 * which 8 ran at once, with yields only 211 for a million. A holder that has lost its CPU to a program of another
 * priority is waited for asleep.
 */
static bool alone(struct pt_count_ended *e)
{
	const struct timespec nap = { 0, 200000 };
	uint32_t waits;

	for (waits = 0; atomic_exchange(&e->busy, 1); waits++) {
		if (waits == FOLD_WAITS)
			return false;
		if (waits < FOLD_YIELDS)
			pt_sys3(SYS_sched_yield, 0, 0, 0);
		else
			pt_sys3(SYS_nanosleep, (long)&nap, 0, 0);
	}
	return true;
}

bool pt_count_fold(struct pt_process *pr, struct pt_count_block *block)
{
	struct pt_count_ended *e = &pr->ended;
	int saved_errno = errno;
	bool done;

	if (!alone(e))
		return false;
	PT_POINT("count-folding");
	done = fold(pr, block);
	atomic_store(&e->busy, 0);
	errno = saved_errno;
	return done;
}
