/* SPDX-License-Identifier: MIT */
/*
 * heap_parts.h - what the files of the heap share; nobody else includes it.
 *
 * heap.c says which event goes where, acquire.c places new blocks, moving.c does realloc, and
 * unmapping.c does pages that come and go. Here: how blocks end, and how that is published.
 */
#ifndef PT_HEAP_PARTS_H
#define PT_HEAP_PARTS_H

#include <stdbool.h>

#include "../../format/error.h"
#include "heap.h"

/* pt_heap_flush() - hand out the changes of the batch. */
void pt_heap_flush(struct pt_heap *h);

/* pt_heap_allocate() - ALLOC, or the end of a realloc whose old block is dealt with. `at`: what
 * starts at ev->addr now. */
int pt_heap_allocate(struct pt_heap *h, const struct pt_event *ev, struct pt_block *at);

/*
 * pt_heap_place() - a slot for a new block, after all that it overlaps has ended; NULL = no memory.
 *
 * at: what starts at its address now, or NULL. *flags: PT_CHANGE_FRESH or 0.
 */
struct pt_block *pt_heap_place(struct pt_heap *h, const struct pt_event *ev, uint64_t size_bytes,
			       struct pt_block *at, uint8_t *flags);

/* pt_heap_got() - the block in slot `b` is in use from now on. 0 or the heap's error. */
int pt_heap_got(struct pt_heap *h, struct pt_block *b, const struct pt_event *ev,
		uint64_t size_bytes, uint8_t flags);

/* The four realloc events. */
int pt_heap_realloc_begin(struct pt_heap *h, const struct pt_event *ev, struct pt_block *at);
int pt_heap_realloc_end(struct pt_heap *h, const struct pt_event *ev, struct pt_block *at);
void pt_heap_realloc_failed(struct pt_heap *h, const struct pt_event *ev);
void pt_heap_realloc_freed(struct pt_heap *h, const struct pt_event *ev);

/* pt_heap_taken() - the realloc of a MOVING block is cut short: its range is handed out again. */
void pt_heap_taken(struct pt_heap *h, struct pt_block *b);

/* pt_heap_gone() - GONE; pt_heap_map() - MMAP, MUNMAP, MREMAP. 0 or -PT_ENOMEM. */
int pt_heap_gone(struct pt_heap *h, const struct pt_event *ev);
int pt_heap_map(struct pt_heap *h, const struct pt_event *ev);

/* pt_heap_stray() - a free of an address where no block in use starts. */
void pt_heap_stray(struct pt_heap *h, const struct pt_event *ev);

/* pt_heap_watch_peaks() - after a GOT: only a GOT can make a peak: what an event ends or puts comes before it (change.h). */
static inline void pt_heap_watch_peaks(struct pt_heap *h)
{
	uint64_t held_bytes = h->in_use_bytes + h->idle_bytes;

	if (h->in_use_bytes > h->peak_in_use_bytes) {
		h->peak_in_use_bytes = h->in_use_bytes;
		h->peak_in_use_ns = h->now_ns;
	}
	if (held_bytes > h->peak_held_bytes) {
		h->peak_held_bytes = held_bytes;
		h->peak_held_ns = h->now_ns;
		h->idle_at_peak_bytes = h->idle_bytes;
		h->epoch++;
	}
}

/*
 * pt_heap_fits_slot() - whether a block at the address of `b` can take its slot as it is: it lies inside the words
 * that `b` has, or had and nobody took since. So it overlaps no other block, it is not fresh, and
 * the address index need not know. Its room is set for the new size.
 */
static inline bool pt_heap_fits_slot(struct pt_block *b, uint64_t size_bytes)
{
	uint64_t words = (size_bytes + !size_bytes + 7) / 8;
	uint64_t had = (b->size_bytes + !b->size_bytes + 7) / 8 + b->room;

	if (words > had || !pt_span_is_small(b->addr, size_bytes) ||
	    !pt_span_is_small(b->addr, b->size_bytes))
		return size_bytes <= b->size_bytes &&
		       pt_span_is_small(b->addr, size_bytes) ==
			       pt_span_is_small(b->addr, b->size_bytes);
	pt_block_set_room(b, had - words < PT_BLOCK_ROOM_MAX ? had - words : PT_BLOCK_ROOM_MAX);
	return true;
}

static inline void pt_heap_fail(struct pt_heap *h, int error)
{
	if (!h->error)
		h->error = error;
}

/* The next change of the batch, with what all kinds have in common. */
static inline struct pt_change *pt_heap_publish(struct pt_heap *h, enum pt_change_kind kind,
						uint64_t addr, uint64_t size_bytes)
{
	struct pt_change *c;

	if (__builtin_expect(h->changes_nr == PT_BATCH_CHANGES, 0))
		pt_heap_flush(h);
	c = &h->changes[h->changes_nr++];
	c->kind = (uint8_t)kind;
	c->flags = 0;
	c->pool = h->pool;
	c->epoch = h->epoch;
	c->time_ns = h->now_ns;
	c->addr = addr;
	c->size_bytes = size_bytes;
	return c;
}

/* pt_heap_class_slow() - the rest of pt_heap_class_of(). */
uint32_t pt_heap_class_slow(struct pt_heap *h, uint64_t size_bytes);

/* May publish the class: to be asked before the change that it is for is begun. */
static inline uint32_t pt_heap_class_of(struct pt_heap *h, uint64_t size_bytes)
{
	if (__builtin_expect(size_bytes < PT_CLASS_SMALL && h->classes.small[size_bytes], 1))
		return h->classes.small[size_bytes] - 1;
	return pt_heap_class_slow(h, size_bytes);
}

static inline void pt_heap_forget(struct pt_heap *h, struct pt_block *b)
{
	pt_index_del(&h->index, b);
}

/* An idle block ends: REUSED, GONE; or is found at the end: LEFT. The table is not changed. */
static inline void pt_heap_publish_idle(struct pt_heap *h, enum pt_change_kind kind,
					const struct pt_block *b)
{
	uint32_t class = pt_heap_class_of(h, b->size_bytes);
	struct pt_change *c = pt_heap_publish(h, kind, b->addr, b->size_bytes);

	c->thread = c->owner_thread = b->thread;
	c->cpu = c->owner_cpu = b->cpu;
	c->site = b->site;
	c->since_ns = b->since_ns;
	c->class = class;
	if (kind != PT_CHANGE_LEFT)
		h->idle_bytes -= b->size_bytes;
}

/* A block in use ends: PUT, RESIZED, TAKEN, MISSED. The table is not changed. */
static inline struct pt_change *pt_heap_publish_used(struct pt_heap *h, enum pt_change_kind kind,
						     const struct pt_block *b, uint32_t thread,
						     uint16_t cpu)
{
	struct pt_change *c = pt_heap_publish(h, kind, b->addr, b->size_bytes);

	c->thread = thread;
	c->cpu = cpu;
	c->owner_thread = b->thread;
	c->owner_cpu = b->cpu;
	c->site = b->site;
	h->in_use_bytes -= b->size_bytes;
	return c;
}

/* A block in use is given back and idle from now on, or since earlier. */
static inline void pt_heap_put(struct pt_heap *h, struct pt_block *b, uint32_t thread, uint16_t cpu,
			       uint64_t since_ns, uint8_t flags)
{
	uint32_t class = pt_heap_class_of(h, b->size_bytes);
	struct pt_change *c = pt_heap_publish_used(h, PT_CHANGE_PUT, b, thread, cpu);

	c->flags = flags;
	c->since_ns = since_ns;
	c->class = class;
	h->idle_bytes += b->size_bytes;
	if (h->idle_bytes > h->peak_idle_bytes)
		h->peak_idle_bytes = h->idle_bytes;
	pt_block_enter(b, PT_BLOCK_IDLE, since_ns);
	pt_block_set_size(b, b->size_bytes, cpu);
	b->thread = thread;
	if (pt_index_mark(&h->index, b->addr))
		pt_heap_fail(h, -PT_ENOMEM);
}

/* Whether the block was the last thing its owner allocated, and now `thread`, that very one, gives
 * it back. Any other allocation event of the thread in between has overwritten last_got. */
static inline uint8_t pt_heap_temporary(const struct pt_heap *h, const struct pt_block *b,
					uint32_t thread)
{
	return b->thread == thread && h->last_got[thread] == b->addr ? PT_CHANGE_TEMPORARY : 0;
}

#endif
