/* SPDX-License-Identifier: MIT */
/*
 * brute_heap_blocks.c - one block's life by brute force: who gave it back, how long it was idle, whom it would
 * have served.
 */
#include <stdlib.h>

#include "brute_heap_state.h"

#define NOBODY UINT32_MAX

wide brute_end_of(const struct block *b)
{
	wide end = (wide)b->addr + (b->size ? b->size : 1);

	return end > UINT64_MAX ? UINT64_MAX : end;
}

bool brute_overlap(const struct block *a, const struct block *b)
{
	return a->addr < brute_end_of(b) && b->addr < brute_end_of(a);
}

/* The same in 8-byte words, which is what "ever handed out" means for odd addresses. */
bool brute_share_a_word(const struct block *a, const struct block *b)
{
	if (!(a->addr % 8) && !(b->addr % 8))
		return brute_overlap(a, b);
	return a->addr / 8 <= (brute_end_of(b) - 1) / 8 && b->addr / 8 <= (brute_end_of(a) - 1) / 8;
}

long brute_block_at(const struct brute *h, uint64_t addr)
{
	for (size_t i = 0; i < h->nr; i++) {
		if (h->blocks[i].addr == addr && h->blocks[i].state != ENDED)
			return (long)i;
	}
	return -1;
}

static unsigned int bucket(uint64_t age_ns)
{
	unsigned int k = 0;

	for (uint64_t us = age_ns / 1000; us >= 2; us /= 2)
		k++;
	return k < PT_AGE_BUCKETS ? k : PT_AGE_BUCKETS - 1;
}

void brute_add_age(struct pt_age_histogram *h, uint64_t age, uint64_t bytes)
{
	h->objects[bucket(age)]++;
	h->bytes[bucket(age)] += bytes;
}

void brute_add_hoard(struct brute *h, const struct block *b, uint64_t from, uint64_t to)
{
	wide area = (wide)b->size * (to - from);

	h->hoard_thread[b->put_thread] += area;
	h->hoard_cpu[b->put_cpu] += area;
	h->hoard_site[b->site] += area;
	h->hoard += area;
}

static size_t usable_of(struct brute *h, uint64_t size)
{
	for (size_t i = 0; i < h->usable_nr; i++) {
		if (h->usable[i].size == size)
			return i;
	}
	h->usable = realloc(h->usable, (h->usable_nr + 1) * sizeof(*h->usable));
	if (!h->usable)
		abort();
	h->usable[h->usable_nr].size = size;
	h->usable[h->usable_nr].usable =
		(size + 8 + 15) / 16 * 16 - 8 < 24 ? 24 : (size + 8 + 15) / 16 * 16 - 8;
	h->usable[h->usable_nr].settled = false;
	return h->usable_nr++;
}

static bool fits(struct brute *h, const struct block *b, uint64_t request)
{
	size_t i = usable_of(h, b->size); /* may move the table */
	wide usable = h->usable[i].usable;

	return usable >= request &&
	       (usable <= (wide)request + 16 || usable * 4 <= (wide)request * 5);
}

/* An idle block's time is over: it was handed out again, or it is gone. */
void brute_end_idle(struct brute *h, struct block *b, uint64_t when, bool gone)
{
	brute_add_hoard(h, b, b->since, when);
	if (gone)
		h->out->gone_bytes += b->size;
	else
		brute_add_age(&h->out->reuse_age, when - b->since, b->size);
	b->state = ENDED;
}

/* Everybody's columns about a block that is given back by `thread` on `cpu`. */
void brute_give_back(struct brute *h, struct block *b, uint32_t thread, uint32_t cpu, bool by_free,
		     bool brief)
{
	struct brute_report *o = h->out;
	struct pt_tally *freers[] = { &o->threads[thread], &o->cpus[cpu], &o->sites[b->site],
				      &o->pool };
	struct pt_tally *owners[] = { &o->threads[b->got_thread], &o->cpus[b->got_cpu],
				      &o->sites[b->site], &o->pool };

	for (int i = 0; i < 4; i++) {
		bool other = i == 1 ? cpu != b->got_cpu : thread != b->got_thread;

		freers[i]->frees += by_free;
		freers[i]->freed_bytes += b->size;
		owners[i]->freed_by_others += other;
		owners[i]->freed_by_others_bytes += other ? b->size : 0;
		owners[i]->temporary_allocations += brief;
	}
	o->freed_by[b->got_thread][thread].objects++;
	o->freed_by[b->got_thread][thread].bytes += b->size;
	b->put_thread = thread;
	b->put_cpu = cpu;
}

void brute_become_idle(struct brute *h, struct block *b, uint32_t thread, uint32_t cpu,
		       uint64_t since, bool by_free, bool brief)
{
	size_t i;

	brute_give_back(h, b, thread, cpu, by_free, brief);
	b->since = since;
	b->state = IDLE;
	i = usable_of(h, b->size);
	h->usable[i].settled = true;
}

/* A realloc's old block that turns out to have been freed at the begin. */
void brute_leave_realloc(struct brute *h, struct block *b, bool by_free, bool reused)
{
	uint64_t gone = b->gone;

	if (gone == UINT64_MAX && !reused) {
		brute_become_idle(h, b, b->mover, b->mover_cpu, b->begin, by_free, by_free && b->brief);
		return;
	}
	brute_give_back(h, b, b->mover, b->mover_cpu, by_free, by_free && b->brief);
	b->since = b->begin;
	brute_end_idle(h, b, gone == UINT64_MAX ? h->now : gone, gone != UINT64_MAX);
}

static void most_fitting(struct brute *h, uint64_t request, uint32_t starved, bool by_cpu,
			 uint32_t *holder)
{
	size_t most = 0;

	*holder = NOBODY;
	for (uint32_t t = 0; t < (by_cpu ? BRUTE_CPUS : BRUTE_THREADS); t++) {
		size_t nr = 0;

		for (size_t i = 0; i < h->nr; i++) {
			const struct block *b = &h->blocks[i];

			nr += b->state == IDLE && (by_cpu ? b->put_cpu : b->put_thread) == t &&
			      fits(h, b, request);
		}
		if (t != starved && nr > most) {
			most = nr;
			*holder = t;
		}
	}
}

void brute_fresh(struct brute *h, const struct block *b)
{
	struct brute_report *o = h->out;
	struct pt_tally *rows[] = { &o->threads[b->got_thread], &o->sites[b->site], &o->pool,
				    &o->cpus[b->got_cpu] };
	uint32_t holder, cpu;

	most_fitting(h, b->size, b->got_thread, false, &holder);
	most_fitting(h, b->size, b->got_cpu, true, &cpu);
	for (int i = 0; i < 4; i++) {
		rows[i]->fresh_allocations++;
		if ((i < 3 ? holder : cpu) != NOBODY) {
			rows[i]->stranded_misses++;
			rows[i]->stranded_bytes += b->size;
		}
	}
	if (holder != NOBODY) {
		o->stranded[b->got_thread][holder].objects++;
		o->stranded[b->got_thread][holder].bytes += b->size;
	}
	if (cpu != NOBODY) {
		o->stranded_cpu[b->got_cpu][cpu].objects++;
		o->stranded_cpu[b->got_cpu][cpu].bytes += b->size;
	}
}

void brute_told_usable(struct brute *h, const struct pt_event *ev)
{
	size_t i = usable_of(h, ev->size_bytes);

	if (!h->usable[i].settled)
		h->usable[i].usable = ev->old_size_bytes;
}
