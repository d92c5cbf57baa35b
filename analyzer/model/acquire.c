/* SPDX-License-Identifier: MIT */
/*
 * acquire.c - a new block: what it overlaps ends, then it is in use.
 *
 * The way of nearly all allocations: an idle block starts at their very address and is at least as
 * long, or was. Then nothing else is overlapped, nothing is fresh, and only that slot changes.
 */
#include "heap_parts.h"

#define LOOKUPS_AHEAD 8u

/* A new block lies over this one, wholly or in part. */
static void end_overlapped(struct pt_heap *h, struct pt_block *b, const struct pt_event *ev)
{

	switch (b->state) {
	case PT_BLOCK_IDLE:
		pt_heap_publish_idle(h, PT_CHANGE_REUSED, b);
		pt_heap_forget(h, b);
		break;
	case PT_BLOCK_MOVING:
		pt_heap_taken(h, b);
		break;
	default:
		pt_heap_publish_used(h, PT_CHANGE_MISSED, b, ev->thread, (uint16_t)h->cpu);
		pt_heap_forget(h, b);
	}
}

/* A block starts at `addr`, just behind this one: what room it had beyond that is taken. */
static void limit_room(struct pt_block *b, uint64_t addr)
{
	uint64_t end_word = (pt_extent_end(b->addr, b->size_bytes) + 7) / 8;

	if (end_word + b->room > addr / 8)
		pt_block_set_room(b, (addr / 8 > end_word ? addr / 8 - end_word : 0) & PT_BLOCK_ROOM_MAX);
}

static void end_all_overlapped(struct pt_heap *h, uint64_t addr, uint64_t end,
			       const struct pt_event *ev)
{
	uint64_t below[2], starts[LOOKUPS_AHEAD], at = addr;
	unsigned int nr = pt_index_below(&h->index, addr, below);

	for (unsigned int i = 0; i < nr; i++) {
		struct pt_block *b = pt_heap_find(h, below[i]);

		if (pt_extent_end(b->addr, b->size_bytes) > addr)
			end_overlapped(h, b, ev);
		else if (b->room)
			limit_room(b, addr);
	}
	do { /* all blocks of a batch are on their way into the cache before the first is touched */
		for (nr = 0; nr < LOOKUPS_AHEAD && pt_index_next(&h->index, at, end, &at); nr++) {
			pt_heap_prefetch(h, at);
			starts[nr] = at++;
		}
		for (unsigned int i = 0; i < nr; i++)
			end_overlapped(h, pt_heap_find(h, starts[i]), ev);
	} while (nr == LOOKUPS_AHEAD);
}

/* A block that starts at `word` of the span, a small one, or NULL. */
static struct pt_block *block_at(const struct pt_span *s, int word)
{
	return pt_blocks_find(&s->blocks, s->nr << PT_SPAN_SHIFT | (uint64_t)word << 3);
}

/* end_overlapped(), of a block of this span. */
static void end_in_span(struct pt_heap *h, struct pt_span *s, struct pt_block *b, const struct pt_event *ev)
{
	if (b->state != PT_BLOCK_IDLE) {
		end_overlapped(h, b, ev);
		return;
	}
	pt_heap_publish_idle(h, PT_CHANGE_REUSED, b);
	pt_span_del(s, b);
}

/*
 * What most allocations do that do not find their own slot: part of a larger idle block, or several small ones, is
 * handed out again, all within one span. NULL: it is not so, or there is no memory.
 */
static struct pt_block *place_in_span(struct pt_heap *h, const struct pt_event *ev, uint64_t size_bytes)
{
	const uint64_t end = pt_extent_end(ev->addr, size_bytes);
	struct pt_span *s = pt_index_one_span(&h->index, ev->addr, end);
	const uint32_t from = (uint32_t)(ev->addr % PT_SPAN_BYTES) / 8, to = (uint32_t)((end - 1) % PT_SPAN_BYTES) / 8 + 1;
	struct pt_block *b, *same = NULL;
	int word = s ? pt_maps_start_below(s->maps, from) : -1;

	if (word < 0 || !pt_span_retake(s, from, to))
		return NULL;
	b = block_at(s, word);
	if (pt_extent_end(b->addr, b->size_bytes) > ev->addr)
		end_in_span(h, s, b, ev);
	else if (b->room)
		limit_room(b, ev->addr);
	word = pt_maps_start_from(s->maps, from);
	b = word == (int)from ? block_at(s, word) : NULL;
	if (b && b->state == PT_BLOCK_IDLE) { /* its slot stays, for the new block */
		pt_heap_publish_idle(h, PT_CHANGE_REUSED, b);
		same = b;
		word = pt_span_start_from(s, from + 1);
	}
	for (; word >= 0 && word < (int)to; word = pt_span_start_from(s, from + !!same))
		end_in_span(h, s, block_at(s, word), ev);
	if (!same)
		return pt_span_add(s, ev->addr, size_bytes);
	b = block_at(s, (int)from); /* it may have moved */
	b->state_word = 0;
	pt_block_set_size(b, size_bytes, 0);
	return b;
}

struct pt_block *pt_heap_place(struct pt_heap *h, const struct pt_event *ev, uint64_t size_bytes,
			       struct pt_block *at, uint8_t *flags)
{
	uint64_t end;

	*flags = 0;
	if (at && at->state == PT_BLOCK_IDLE && pt_heap_fits_slot(at, size_bytes)) {
		pt_heap_publish_idle(h, PT_CHANGE_REUSED, at);
		return at;
	}
	at = place_in_span(h, ev, size_bytes);
	if (at)
		return at;
	end = pt_extent_end(ev->addr, size_bytes);
	if (pt_index_fresh(&h->index, ev->addr, end))
		*flags = PT_CHANGE_FRESH;
	else
		end_all_overlapped(h, ev->addr, end, ev);
	return pt_index_add(&h->index, ev->addr, size_bytes);
}

int pt_heap_got(struct pt_heap *h, struct pt_block *b, const struct pt_event *ev,
		uint64_t size_bytes, uint8_t flags)
{
	struct pt_change *c;
	uint32_t site = pt_dense_get(&h->sites, ev->stack);

	if (site == PT_DENSE_NONE)
		return -PT_ENOMEM;
	pt_block_enter(b, PT_BLOCK_IN_USE, h->now_ns);
	pt_block_set_size(b, size_bytes, (uint16_t)h->cpu);
	b->thread = ev->thread;
	b->site = site;
	c = pt_heap_publish(h, PT_CHANGE_GOT, ev->addr, size_bytes);
	c->sample_bytes = ev->sample_bytes;
	c->flags = flags;
	c->thread = c->owner_thread = ev->thread;
	c->cpu = c->owner_cpu = (uint16_t)h->cpu;
	c->site = site;
	h->in_use_bytes += size_bytes;
	pt_heap_watch_peaks(h);
	h->last_got[ev->thread] = ev->addr;
	return h->error;
}

int pt_heap_allocate(struct pt_heap *h, const struct pt_event *ev, struct pt_block *at)
{
	uint64_t size_bytes = ev->size_bytes < PT_BLOCK_SIZE_MAX ? ev->size_bytes
								 : PT_BLOCK_SIZE_MAX;
	uint8_t flags;

	if (!ev->addr)
		return 0;
	at = pt_heap_place(h, ev, size_bytes, at, &flags);
	return at ? pt_heap_got(h, at, ev, size_bytes, flags) : -PT_ENOMEM;
}
