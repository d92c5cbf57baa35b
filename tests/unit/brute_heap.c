/* SPDX-License-Identifier: MIT */
/*
 * brute_heap.c - the hoarding report by brute force.
 */
#include "brute_heap.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/layout.h"

#define SIZE_LIMIT ((1ull << 48) - 1)
#define NOBODY	   UINT32_MAX

__extension__ typedef unsigned __int128 wide;

enum state { USED, MOVING, IDLE, ENDED };

struct block {
	uint64_t addr, size;
	enum state state;
	uint32_t got_thread, got_cpu, site;
	uint32_t put_thread, put_cpu;
	uint64_t since; /* IDLE */
	uint32_t mover, mover_cpu;
	uint64_t begin, gone; /* MOVING; gone = UINT64_MAX: not */
	bool brief;	      /* MOVING: its begin was its thread's next event after getting it */
};

/* What a thread's last allocation event was: the block it got, or -1. */
struct brute {
	struct block *blocks; /* all there ever were */
	size_t nr;
	long last_got[BRUTE_THREADS];
	uint64_t now;
	struct brute_report *out;
	wide hoard_thread[BRUTE_THREADS], hoard_cpu[BRUTE_CPUS], hoard_site[BRUTE_SITES], hoard;
	struct {
		uint64_t size, usable;
		bool settled;
	} * usable;
	size_t usable_nr;
	struct {
		uint64_t start, end;
	} * maps;
	size_t maps_nr;
};

static wide end_of(const struct block *b)
{
	wide end = (wide)b->addr + (b->size ? b->size : 1);

	return end > UINT64_MAX ? UINT64_MAX : end;
}

static bool overlap(const struct block *a, const struct block *b)
{
	return a->addr < end_of(b) && b->addr < end_of(a);
}

/* The same in 8-byte words, which is what "ever handed out" means for odd addresses. */
static bool share_a_word(const struct block *a, const struct block *b)
{
	if (!(a->addr % 8) && !(b->addr % 8))
		return overlap(a, b);
	return a->addr / 8 <= (end_of(b) - 1) / 8 && b->addr / 8 <= (end_of(a) - 1) / 8;
}

static long block_at(const struct brute *h, uint64_t addr)
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

static void add_age(struct pt_age_histogram *h, uint64_t age, uint64_t bytes)
{
	h->objects[bucket(age)]++;
	h->bytes[bucket(age)] += bytes;
}

static void add_hoard(struct brute *h, const struct block *b, uint64_t from, uint64_t to)
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
static void end_idle(struct brute *h, struct block *b, uint64_t when, bool gone)
{
	add_hoard(h, b, b->since, when);
	if (gone)
		h->out->gone_bytes += b->size;
	else
		add_age(&h->out->reuse_age, when - b->since, b->size);
	b->state = ENDED;
}

/* Everybody's columns about a block that is given back by `thread` on `cpu`. */
static void give_back(struct brute *h, struct block *b, uint32_t thread, uint32_t cpu, bool by_free,
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

static void become_idle(struct brute *h, struct block *b, uint32_t thread, uint32_t cpu,
			uint64_t since, bool by_free, bool brief)
{
	size_t i;

	give_back(h, b, thread, cpu, by_free, brief);
	b->since = since;
	b->state = IDLE;
	i = usable_of(h, b->size);
	h->usable[i].settled = true;
}

/* A realloc's old block that turns out to have been freed at the begin. */
static void leave_realloc(struct brute *h, struct block *b, bool by_free, bool reused)
{
	uint64_t gone = b->gone;

	if (gone == UINT64_MAX && !reused) {
		become_idle(h, b, b->mover, b->mover_cpu, b->begin, by_free, by_free && b->brief);
		return;
	}
	give_back(h, b, b->mover, b->mover_cpu, by_free, by_free && b->brief);
	b->since = b->begin;
	end_idle(h, b, gone == UINT64_MAX ? h->now : gone, gone != UINT64_MAX);
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

static void fresh(struct brute *h, const struct block *b)
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

static void allocate(struct brute *h, const struct pt_event *ev, long old)
{
	struct brute_report *o = h->out;
	struct pt_tally *rows[] = { &o->threads[ev->thread], &o->cpus[ev->cpu],
				    &o->sites[ev->stack], &o->pool };
	struct block new = { .addr = ev->addr,
			     .size = ev->size_bytes < SIZE_LIMIT ? ev->size_bytes : SIZE_LIMIT,
			     .got_thread = ev->thread,
			     .got_cpu = ev->cpu,
			     .site = ev->stack };
	bool is_fresh = true;

	for (size_t i = 0; i < h->nr; i++) {
		struct block *b = &h->blocks[i];

		if (share_a_word(b, &new))
			is_fresh = false;
		if (b->state == ENDED || !overlap(b, &new))
			continue;
		if ((long)i == old) { /* realloc in place */
			give_back(h, b, ev->thread, ev->cpu, false, false);
			b->state = ENDED;
			old = -1;
		} else if (b->state == IDLE) {
			end_idle(h, b, h->now, false);
		} else if (b->state == MOVING) {
			leave_realloc(h, b, false, true);
		} else {
			b->state = ENDED; /* its free was not seen */
		}
	}
	if (old >= 0)
		leave_realloc(h, &h->blocks[old], false, false);
	if (is_fresh)
		fresh(h, &new);
	for (int i = 0; i < 4; i++) {
		rows[i]->allocations++;
		rows[i]->allocated_bytes += new.size;
	}
	h->last_got[ev->thread] = (long)h->nr;
	h->blocks = realloc(h->blocks, (h->nr + 1) * sizeof(*h->blocks));
	if (!h->blocks)
		abort();
	h->blocks[h->nr++] = new;
}

static void stray(struct brute *h, const struct pt_event *ev)
{
	h->out->threads[ev->thread].frees++;
	h->out->cpus[ev->cpu].frees++;
	h->out->pool.frees++;
}

static void release(struct brute *h, const struct pt_event *ev)
{
	long i = block_at(h, ev->addr);

	if (i >= 0 && h->blocks[i].state == USED)
		become_idle(h, &h->blocks[i], ev->thread, ev->cpu, h->now, true,
			    h->last_got[ev->thread] == i);
	else
		stray(h, ev);
	h->last_got[ev->thread] = -1;
}

static void begin(struct brute *h, const struct pt_event *ev)
{
	long i = block_at(h, ev->addr);

	if (i >= 0 && h->blocks[i].state == USED) {
		struct block *b = &h->blocks[i];

		b->state = MOVING;
		b->mover = ev->thread;
		b->mover_cpu = ev->cpu;
		b->begin = h->now;
		b->gone = UINT64_MAX;
		b->brief = h->last_got[ev->thread] == i;
	}
	h->last_got[ev->thread] = -1;
}

static long moved_by(const struct brute *h, const struct pt_event *ev)
{
	long i = ev->old_addr ? block_at(h, ev->old_addr) : -1;

	return i >= 0 && h->blocks[i].state == MOVING && h->blocks[i].mover == ev->thread ? i : -1;
}

static void failed(struct brute *h, const struct pt_event *ev, bool freed)
{
	long i = moved_by(h, ev);

	if (freed && !ev->old_addr)
		return;
	if (i >= 0 && freed)
		leave_realloc(h, &h->blocks[i], true, false);
	else if (i >= 0)
		h->blocks[i].state = USED;
	else if (freed)
		stray(h, ev);
	h->last_got[ev->thread] = -1;
}

static void gone(struct brute *h, uint64_t start, wide end, bool whole)
{
	if (end > UINT64_MAX)
		end = UINT64_MAX;
	for (size_t i = 0; i < h->nr; i++) {
		struct block *b = &h->blocks[i];
		bool hit = whole ? b->addr >= start && end_of(b) <= end
				 : b->addr < end && start < end_of(b);

		if (start >= end || !hit)
			continue;
		if (b->state == IDLE)
			end_idle(h, b, h->now, true);
		else if (b->state == MOVING && b->gone == UINT64_MAX)
			b->gone = h->now;
	}
}

/* Cut [start, end) out of the mappings, then add it when `add`. */
static void set_map(struct brute *h, uint64_t start, wide wide_end, bool add)
{
	uint64_t end = wide_end > UINT64_MAX ? UINT64_MAX : (uint64_t)wide_end;
	size_t nr = h->maps_nr;

	h->maps = realloc(h->maps, (2 * nr + 2) * sizeof(*h->maps));
	if (!h->maps)
		abort();
	for (size_t i = 0; i < nr; i++) {
		if (h->maps[i].start >= end || h->maps[i].end <= start)
			continue;
		if (h->maps[i].end > end) {
			h->maps[h->maps_nr].start = end;
			h->maps[h->maps_nr++].end = h->maps[i].end;
		}
		h->maps[i].end = h->maps[i].start < start ? start : h->maps[i].start;
	}
	if (add && start < end) {
		h->maps[h->maps_nr].start = start;
		h->maps[h->maps_nr++].end = end;
	}
}

static bool is_mapped(const struct brute *h, uint64_t addr)
{
	for (size_t i = 0; i < h->maps_nr; i++) {
		if (h->maps[i].start <= addr && addr < h->maps[i].end)
			return true;
	}
	return false;
}

static void map(struct brute *h, const struct pt_event *ev)
{
	wide end = (wide)ev->addr + ev->size_bytes,
	     old_end = (wide)ev->old_addr + ev->old_size_bytes;
	bool was;

	if (ev->kind != PT_EV_MREMAP) {
		gone(h, ev->addr, end, false);
		set_map(h, ev->addr, end,
			ev->kind == PT_EV_MMAP && !(ev->flags & PT_MAP_BY_ALLOCATOR));
		return;
	}
	was = is_mapped(h, ev->old_addr);
	if (ev->addr != ev->old_addr) {
		gone(h, ev->old_addr, old_end, false);
		gone(h, ev->addr, end, false);
	} else if (end < old_end) {
		gone(h, end > UINT64_MAX ? UINT64_MAX : (uint64_t)end, old_end, false);
	} else {
		gone(h, old_end > UINT64_MAX ? UINT64_MAX : (uint64_t)old_end, end, false);
	}
	set_map(h, ev->old_addr, old_end, false);
	set_map(h, ev->addr, end, was);
}

static void told_usable(struct brute *h, const struct pt_event *ev)
{
	size_t i = usable_of(h, ev->size_bytes);

	if (!h->usable[i].settled)
		h->usable[i].usable = ev->old_size_bytes;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void resident(struct brute *h, const struct pt_event *ev)
{
	struct pt_report_rss *rss = &h->out->totals.rss;

	rss->samples_nr++;
	rss->end_bytes = ev->size_bytes;
	rss->end_anon_bytes = ev->old_size_bytes;
	rss->peak_bytes = larger(rss->peak_bytes, ev->size_bytes);
	rss->peak_anon_bytes = larger(rss->peak_anon_bytes, ev->old_size_bytes);
}

static void clear_now(struct pt_tally *rows, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		rows[i].in_use_bytes = rows[i].in_use_objects = rows[i].idle_bytes =
			rows[i].idle_objects = 0;
}

/* What is in use and idle now, summed over all blocks. */
static void sum_up(struct brute *h)
{
	struct brute_report *o = h->out;

	clear_now(o->threads, BRUTE_THREADS);
	clear_now(o->cpus, BRUTE_CPUS);
	clear_now(o->sites, BRUTE_SITES);
	clear_now(&o->pool, 1);
	for (size_t i = 0; i < h->nr; i++) {
		const struct block *b = &h->blocks[i];
		bool idle = b->state == IDLE;
		struct pt_tally *rows[] = { &o->threads[idle ? b->put_thread : b->got_thread],
					    &o->cpus[idle ? b->put_cpu : b->got_cpu],
					    &o->sites[b->site], &o->pool };

		for (int k = 0; k < 4 && b->state != ENDED; k++) {
			rows[k]->idle_objects += idle;
			rows[k]->idle_bytes += idle ? b->size : 0;
			rows[k]->in_use_objects += !idle;
			rows[k]->in_use_bytes += idle ? 0 : b->size;
		}
	}
}

static void see_peaks(struct pt_tally *rows, size_t nr, bool peak_held)
{
	for (size_t i = 0; i < nr; i++) {
		rows[i].peak_in_use_bytes = larger(rows[i].peak_in_use_bytes, rows[i].in_use_bytes);
		rows[i].peak_idle_bytes = larger(rows[i].peak_idle_bytes, rows[i].idle_bytes);
		if (peak_held) {
			rows[i].idle_at_peak_bytes = rows[i].idle_bytes;
			rows[i].in_use_at_peak_bytes = rows[i].in_use_bytes;
		}
	}
}

static void after_event(struct brute *h)
{
	struct brute_report *o = h->out;
	struct pt_report_totals *t = &o->totals;
	uint64_t mapped = 0;
	bool peak_held;

	sum_up(h);
	peak_held = o->pool.in_use_bytes + o->pool.idle_bytes > t->peak_held_bytes;
	see_peaks(o->threads, BRUTE_THREADS, peak_held);
	see_peaks(o->cpus, BRUTE_CPUS, peak_held);
	see_peaks(o->sites, BRUTE_SITES, peak_held);
	see_peaks(&o->pool, 1, peak_held);
	if (peak_held) {
		t->peak_held_bytes = o->pool.in_use_bytes + o->pool.idle_bytes;
		t->peak_held_ns = h->now;
		t->idle_at_peak_bytes = o->pool.idle_bytes;
	}
	if (o->pool.in_use_bytes > t->peak_in_use_bytes) {
		t->peak_in_use_bytes = o->pool.in_use_bytes;
		t->peak_in_use_ns = h->now;
	}
	for (size_t i = 0; i < h->maps_nr; i++)
		mapped += h->maps[i].end - h->maps[i].start;
	t->mapped_at_end_bytes = mapped;
	t->peak_mapped_bytes = larger(t->peak_mapped_bytes, mapped);
}

static void one(struct brute *h, const struct pt_event *ev)
{
	h->now = larger(h->now, ev->time_ns);
	switch (ev->kind) {
	case PT_EV_ALLOC:
		if (ev->addr)
			allocate(h, ev, -1);
		break;
	case PT_EV_FREE:
		if (ev->addr)
			release(h, ev);
		break;
	case PT_EV_REALLOC_BEGIN:
		if (ev->addr)
			begin(h, ev);
		break;
	case PT_EV_REALLOC_END:
		if (ev->addr)
			allocate(h, ev, moved_by(h, ev));
		break;
	case PT_EV_REALLOC_FAILED:
	case PT_EV_REALLOC_FREED:
		failed(h, ev, ev->kind == PT_EV_REALLOC_FREED);
		break;
	case PT_EV_MMAP:
	case PT_EV_MUNMAP:
	case PT_EV_MREMAP:
		map(h, ev);
		break;
	case PT_EV_GONE:
		gone(h, ev->addr, (wide)ev->addr + ev->size_bytes, ev->flags == PT_GONE_MADVISE);
		break;
	case PT_EV_USABLE:
		told_usable(h, ev);
		break;
	case PT_EV_RSS:
		resident(h, ev);
		break;
	}
	after_event(h);
}

static void point_to_ages(struct brute_report *o)
{
	struct pt_age_histogram *ages = o->ages;

	for (size_t i = 0; i < BRUTE_THREADS; i++)
		o->threads[i].idle_age = ages++;
	for (size_t i = 0; i < BRUTE_CPUS; i++)
		o->cpus[i].idle_age = ages++;
	for (size_t i = 0; i < BRUTE_SITES; i++)
		o->sites[i].idle_age = ages++;
	o->pool.idle_age = ages;
}

static void finish(struct brute *h)
{
	struct brute_report *o = h->out;
	struct pt_report_totals *t = &o->totals;
	uint64_t unused;

	point_to_ages(o);
	for (size_t i = 0; i < h->nr; i++) {
		const struct block *b = &h->blocks[i];

		if (b->state != IDLE)
			continue;
		add_hoard(h, b, b->since, h->now);
		add_age(o->threads[b->put_thread].idle_age, h->now - b->since, b->size);
		add_age(o->cpus[b->put_cpu].idle_age, h->now - b->since, b->size);
		add_age(o->sites[b->site].idle_age, h->now - b->since, b->size);
		add_age(o->pool.idle_age, h->now - b->since, b->size);
		o->idle_sites[b->site][b->put_thread].objects++;
		o->idle_sites[b->site][b->put_thread].bytes += b->size;
	}
	for (size_t i = 0; i < BRUTE_THREADS; i++)
		o->threads[i].hoard_byte_seconds = (double)h->hoard_thread[i] / 1e9;
	for (size_t i = 0; i < BRUTE_CPUS; i++)
		o->cpus[i].hoard_byte_seconds = (double)h->hoard_cpu[i] / 1e9;
	for (size_t i = 0; i < BRUTE_SITES; i++)
		o->sites[i].hoard_byte_seconds = (double)h->hoard_site[i] / 1e9;
	o->pool.hoard_byte_seconds = t->hoard_byte_seconds = (double)h->hoard / 1e9;
	t->blowup = t->peak_in_use_bytes ? (double)t->peak_held_bytes / (double)t->peak_in_use_bytes
					 : NAN;
	t->duration_ns = h->now;
	t->idle_resident_at_most_bytes = PT_UNKNOWN;
	if (t->rss.samples_nr) {
		unused = t->rss.end_anon_bytes > o->pool.in_use_bytes
				 ? t->rss.end_anon_bytes - o->pool.in_use_bytes
				 : 0;
		t->idle_resident_at_most_bytes = unused < o->pool.idle_bytes ? unused
									     : o->pool.idle_bytes;
	}
}

void brute_heap(const struct pt_event *events, size_t nr, struct brute_report *out)
{
	struct brute h = { .out = out };

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < BRUTE_THREADS; i++)
		h.last_got[i] = -1;
	for (size_t i = 0; i < nr; i++)
		one(&h, &events[i]);
	finish(&h);
	free(h.blocks);
	free(h.usable);
	free(h.maps);
}
