/* SPDX-License-Identifier: MIT */
/*
 * brute_heap.c - the hoarding report by brute force: what each event does to the blocks and mappings.
 */
#include "brute_heap.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/layout.h"
#include "brute_heap_state.h"

#define SIZE_LIMIT ((1ull << 48) - 1)

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

		if (brute_share_a_word(b, &new))
			is_fresh = false;
		if (b->state == ENDED || !brute_overlap(b, &new))
			continue;
		if ((long)i == old) { /* realloc in place */
			brute_give_back(h, b, ev->thread, ev->cpu, false, false);
			b->state = ENDED;
			old = -1;
		} else if (b->state == IDLE) {
			brute_end_idle(h, b, h->now, false);
		} else if (b->state == MOVING) {
			brute_leave_realloc(h, b, false, true);
		} else {
			b->state = ENDED; /* its free was not seen */
		}
	}
	if (old >= 0)
		brute_leave_realloc(h, &h->blocks[old], false, false);
	if (is_fresh)
		brute_fresh(h, &new);
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
	long i = brute_block_at(h, ev->addr);

	if (i >= 0 && h->blocks[i].state == USED)
		brute_become_idle(h, &h->blocks[i], ev->thread, ev->cpu, h->now, true,
				  h->last_got[ev->thread] == i);
	else
		stray(h, ev);
	h->last_got[ev->thread] = -1;
}

static void begin(struct brute *h, const struct pt_event *ev)
{
	long i = brute_block_at(h, ev->addr);

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
	long i = ev->old_addr ? brute_block_at(h, ev->old_addr) : -1;

	return i >= 0 && h->blocks[i].state == MOVING && h->blocks[i].mover == ev->thread ? i : -1;
}

static void failed(struct brute *h, const struct pt_event *ev, bool freed)
{
	long i = moved_by(h, ev);

	if (freed && !ev->old_addr)
		return;
	if (i >= 0 && freed)
		brute_leave_realloc(h, &h->blocks[i], true, false);
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
		bool hit = whole ? b->addr >= start && brute_end_of(b) <= end
				 : b->addr < end && start < brute_end_of(b);

		if (start >= end || !hit)
			continue;
		if (b->state == IDLE)
			brute_end_idle(h, b, h->now, true);
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

static void resident(struct brute *h, const struct pt_event *ev)
{
	struct pt_report_rss *rss = &h->out->totals.rss;

	h->in_use_at_rss = 0;
	for (size_t i = 0; i < h->nr; i++)
		if (h->blocks[i].state == USED || h->blocks[i].state == MOVING)
			h->in_use_at_rss += h->blocks[i].size;
	rss->samples_nr++;
	rss->end_ns = h->now;
	rss->end_bytes = ev->size_bytes;
	rss->end_anon_bytes = ev->old_size_bytes;
	rss->peak_bytes = larger(rss->peak_bytes, ev->size_bytes);
	rss->peak_anon_bytes = larger(rss->peak_anon_bytes, ev->old_size_bytes);
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
		brute_told_usable(h, ev);
		break;
	case PT_EV_RSS:
		resident(h, ev);
		break;
	}
	brute_after_event(h);
}

void brute_heap(const struct pt_event *events, size_t nr, struct brute_report *out)
{
	struct brute h = { .out = out };

	memset(out, 0, sizeof(*out));
	for (size_t i = 0; i < BRUTE_THREADS; i++)
		h.last_got[i] = -1;
	for (size_t i = 0; i < nr; i++)
		one(&h, &events[i]);
	brute_finish(&h);
	free(h.blocks);
	free(h.usable);
	free(h.maps);
}
