/* SPDX-License-Identifier: MIT */
/*
 * moving.c - realloc: a block between its begin and its end.
 */
#include "heap_parts.h"

#include <stdlib.h>

static int move_begin(struct pt_heap *h, struct pt_block *b, uint32_t thread, uint8_t flags)
{
	struct pt_move *m;
	uint32_t nr = h->free_move - 1;

	if (!h->free_move) {
		if (h->moves_nr == h->moves_max) {
			uint32_t max = h->moves_max ? 2 * h->moves_max : 16;
			struct pt_move *moves = realloc(h->moves, max * sizeof(*moves));

			if (!moves)
				return -PT_ENOMEM;
			h->moves = moves;
			h->moves_max = max;
		}
		nr = h->moves_nr++;
	} else {
		h->free_move = h->moves[nr].next;
	}
	m = &h->moves[nr];
	*m = (struct pt_move){ .begin_ns = h->now_ns,
			       .got_ns = b->since_ns,
			       .gone_ns = PT_NOT_GONE,
			       .thread = thread,
			       .cpu = (uint16_t)h->cpu,
			       .flags = flags };
	pt_block_enter(b, PT_BLOCK_MOVING, nr);
	return pt_index_mark(&h->index, b->addr); /* its pages may go before it ends */
}

/* The realloc of a MOVING block is over, one way or another; returns what was known of it. */
static struct pt_move move_end(struct pt_heap *h, struct pt_block *b)
{
	uint32_t nr = (uint32_t)b->since_ns;
	struct pt_move m = h->moves[nr];

	h->moves[nr].next = h->free_move;
	h->free_move = nr + 1;
	pt_block_enter(b, PT_BLOCK_IN_USE, m.got_ns);
	return m;
}

/* The old block of a realloc was freed at the begin and has already ended since. */
static void taken(struct pt_heap *h, struct pt_block *b, const struct pt_move *m, uint8_t flags)
{
	struct pt_change *c = pt_heap_publish_used(h, PT_CHANGE_TAKEN, b, m->thread, m->cpu);

	c->flags = flags;
	c->since_ns = m->begin_ns;
	if (m->gone_ns != PT_NOT_GONE) {
		c->flags |= PT_CHANGE_UNMAPPED;
		c->time_ns = m->gone_ns;
	}
	pt_heap_forget(h, b);
}

int pt_heap_realloc_begin(struct pt_heap *h, const struct pt_event *ev, struct pt_block *at)
{
	int r = 0;

	if (!ev->addr)
		return 0;
	if (at && at->state == PT_BLOCK_IN_USE)
		r = move_begin(h, at, ev->thread, pt_heap_temporary(h, at, ev->thread));
	h->last_got[ev->thread] = 0;
	return r;
}

void pt_heap_taken(struct pt_heap *h, struct pt_block *b)
{
	struct pt_move m = move_end(h, b);

	taken(h, b, &m, 0);
}

/* The block whose realloc by this thread ends now; NULL when there is none (any more). */
static struct pt_block *moving(const struct pt_heap *h, const struct pt_event *ev)
{
	struct pt_block *b = pt_heap_find(h, ev->old_addr);

	if (b && b->state == PT_BLOCK_MOVING && h->moves[b->since_ns].thread == ev->thread)
		return b;
	return NULL;
}

int pt_heap_realloc_end(struct pt_heap *h, const struct pt_event *ev, struct pt_block *at)
{
	uint64_t size_bytes = ev->size_bytes < PT_BLOCK_SIZE_MAX ? ev->size_bytes
								 : PT_BLOCK_SIZE_MAX;
	uint64_t end = pt_extent_end(ev->addr, size_bytes);
	struct pt_block *old = moving(h, ev);
	struct pt_move m;
	uint8_t flags;

	if (!ev->addr || !old)
		return pt_heap_allocate(h, ev, at);
	m = move_end(h, old);
	if (ev->addr < pt_extent_end(old->addr, old->size_bytes) && old->addr < end) {
		pt_heap_publish_used(h, PT_CHANGE_RESIZED, old, ev->thread, (uint16_t)h->cpu);
		if (old->addr == ev->addr && pt_heap_fits_slot(old, size_bytes))
			return pt_heap_got(h, old, ev, size_bytes, 0);
		pt_heap_forget(h, old);
		return pt_heap_allocate(h, ev, pt_heap_find(h, ev->addr));
	}
	at = pt_heap_place(h, ev, size_bytes, at, &flags);
	if (!at)
		return -PT_ENOMEM;
	old = pt_heap_find(h, ev->old_addr);
	if (m.gone_ns != PT_NOT_GONE)
		taken(h, old, &m, 0);
	else
		pt_heap_put(h, old, m.thread, m.cpu, m.begin_ns, 0);
	return pt_heap_got(h, pt_heap_find(h, ev->addr), ev, size_bytes, flags);
}

void pt_heap_realloc_failed(struct pt_heap *h, const struct pt_event *ev)
{
	struct pt_block *old = moving(h, ev);

	if (old)
		move_end(h, old);
	h->last_got[ev->thread] = 0;
}

void pt_heap_realloc_freed(struct pt_heap *h, const struct pt_event *ev)
{
	struct pt_block *old = moving(h, ev);
	struct pt_move m;

	if (!ev->old_addr)
		return;
	h->last_got[ev->thread] = 0;
	if (!old) {
		pt_heap_stray(h, ev);
		return;
	}
	m = move_end(h, old);
	if (m.gone_ns != PT_NOT_GONE)
		taken(h, old, &m, PT_CHANGE_BY_FREE | m.flags);
	else
		pt_heap_put(h, old, m.thread, m.cpu, m.begin_ns, PT_CHANGE_BY_FREE | m.flags);
}
