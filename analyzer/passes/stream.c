// SPDX-License-Identifier: MIT
/*
 * stream.c - trace -> order -> heap and pools.
 *
 * Events are taken in small batches, gone through three times: to ask for the cache line of the
 * span, then for that of the block, then to apply them. With a million blocks in use these are the
 * misses there are, and so they overlap instead of adding up.
 */
#include "stream.h"

#include <stdlib.h>

#include "../../format/error.h"
#include "../model/order.h"

#define BATCH		 32	    /* events */
#define PROGRESS_BATCHES (1u << 15) /* a million events */

struct stream {
	struct pt_run *run;
	struct pt_order order;
	struct pt_event events[BATCH];
};

static enum pt_addr_state state_of(const struct pt_block *b)
{
	if (!b)
		return PT_ADDR_UNKNOWN;
	return b->state == PT_BLOCK_IN_USE ? PT_ADDR_LIVE : PT_ADDR_DEAD;
}

static enum pt_addr_state addr_state(void *arg, uint64_t addr)
{
	const struct stream *a = arg;

	return state_of(pt_heap_find(&a->run->heap, addr));
}

static bool addr_last(void *arg, uint64_t addr, uint64_t *time_ns, uint32_t *thread)
{
	const struct pt_heap *heap = &((const struct stream *)arg)->run->heap;
	const struct pt_block *b = pt_heap_find(heap, addr);

	if (!b)
		return false;
	*time_ns = b->since_ns;
	*thread = b->thread;
	if (b->state == PT_BLOCK_MOVING) {
		*time_ns = heap->moves[b->since_ns].begin_ns;
		*thread = heap->moves[b->since_ns].thread;
	}
	return true;
}

static int apply(void *arg, const struct pt_event *ev)
{
	struct stream *a = arg;
	int r;

	/* Pool events never wait. When this free lets an allocation happen that waited for it, whoever
	 * allocated may have told a pool of the block already. */
	if (ev->kind == PT_EV_FREE && !a->run->plain_below)
		a->run->spare_ns = pt_order_maker_ns(&a->order, ev->addr);
	r = pt_run_apply(a->run, ev, pt_heap_find(&a->run->heap, ev->addr));
	a->run->spare_ns = UINT64_MAX;
	return r;
}

static const struct pt_order_ops ops = {
	.state = addr_state,
	.last = addr_last,
	.apply = apply,
};

static inline int one_event(struct stream *a, const struct pt_event *ev)
{
	struct pt_block *at = pt_heap_find(&a->run->heap, ev->addr);

	if (pt_order_passes(&a->order, ev, state_of(at)))
		return pt_run_apply(a->run, ev, at);
	return pt_order_divert(&a->order, ev);
}

/* An event that is not of malloc, and that is applied before the next one is read: its text lives only until
 * then; or a snapshot is taken there, and the trace's tables must be those of that moment. */
static inline bool ends_batch(const struct pt_event *ev)
{
	return ev->kind == PT_EV_POOL_CREATE || ev->kind == PT_EV_SHARD_NAME || ev->kind == PT_EV_MARK ||
	       ev->kind == PT_EV_SNAPSHOT || ev->kind == PT_EV_SNAPSHOT_COPIED;
}

/* Up to BATCH events into a->events, fewer if the last cannot wait. How many, 0 at the end, or an
 * error. */
static inline int fetch(struct stream *a, struct pt_trace *t, struct pt_report *notes)
{
	int nr = 0, r = 1;

	while (nr < BATCH) {
		struct pt_event *ev = &a->events[nr];

		r = pt_trace_next(t, ev);
		if (r <= 0)
			return r < 0 ? r : nr;
		pt_heap_prefetch_far(&a->run->heap, ev->addr);
		nr++;
		if (__builtin_expect(ev->kind < PT_EV_NOTE, 1))
			continue;
		if (ev->kind == PT_EV_NOTE && notes && pt_report_note(notes, ev->text))
			return -PT_ENOMEM;
		if (ends_batch(ev))
			break;
	}
	return nr;
}

/* How many blocks of malloc come or go with these; a realloc that moves its block does both. */
static uint64_t moved(const struct pt_event *events, int nr)
{
	uint64_t sum = 0;

	for (int i = 0; i < nr; i++) {
		const struct pt_event *ev = &events[i];

		if (ev->kind == PT_EV_ALLOC || ev->kind == PT_EV_FREE || ev->kind == PT_EV_REALLOC_FREED)
			sum++;
		else if (ev->kind == PT_EV_REALLOC_END && ev->addr != ev->old_addr)
			sum += ev->old_addr ? 2 : 1;
	}
	return sum;
}

static int read_all(struct stream *a, struct pt_trace *t, struct pt_report *notes,
		    void (*progress)(void *arg, double share), void *arg)
{
	uint64_t batches = 0;
	int nr, r = 0;

	while (!r && (nr = fetch(a, t, notes)) > 0) {
		pt_run_prefetch(a->run, a->events, nr);
		if (__builtin_expect(a->run->copying_nr, 0))
			a->run->moved_nr += moved(a->events, nr);
		for (int i = 0; i < nr && !r; i++)
			r = one_event(a, &a->events[i]);
		if (progress && !(++batches % PROGRESS_BATCHES))
			progress(arg, pt_trace_progress(t));
	}
	if (r || nr < 0)
		return r ? r : nr;
	return pt_order_flush(&a->order);
}

int pt_stream(struct pt_run *run, struct pt_trace *t, struct pt_report *notes,
	      void (*progress)(void *arg, double share), void *arg)
{
	struct stream *a = calloc(1, sizeof(*a));
	int r = -PT_ENOMEM;

	if (!a)
		return r;
	a->run = run;
	pt_run_bound(run, t->state.used_bytes);
	r = pt_order_init(&a->order, &ops, a, &t->state);
	if (!r) {
		r = read_all(a, t, notes, progress, arg);
		pt_order_fini(&a->order);
	}
	free(a);
	return r;
}
