/* SPDX-License-Identifier: MIT */
/*
 * analyse.c - trace -> order -> heap and pools -> passes -> report.
 *
 * Events are taken in small batches, gone through three times: to ask for the cache line of the
 * span, then for that of the block, then to apply them. With a million blocks in use these are the
 * misses there are, and so they overlap instead of adding up.
 */
#include "analyse.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "../model/order.h"
#include "run.h"

#define BATCH		 32	    /* events */
#define PROGRESS_BATCHES (1u << 15) /* a million events */

struct analysis {
	struct pt_run run;
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
	const struct analysis *a = arg;

	return state_of(pt_heap_find(&a->run.heap, addr));
}

static bool addr_last(void *arg, uint64_t addr, uint64_t *time_ns, uint32_t *thread)
{
	const struct pt_heap *heap = &((const struct analysis *)arg)->run.heap;
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
	struct analysis *a = arg;
	int r;

	/* Pool events never wait. When this free lets an allocation happen that waited for it, whoever
	 * allocated may have told a pool of the block already. */
	if (ev->kind == PT_EV_FREE && !a->run.plain_below)
		a->run.spare_ns = pt_order_maker_ns(&a->order, ev->addr);
	r = pt_run_apply(&a->run, ev, pt_heap_find(&a->run.heap, ev->addr));
	a->run.spare_ns = UINT64_MAX;
	return r;
}

static const struct pt_order_ops ops = {
	.state = addr_state,
	.last = addr_last,
	.apply = apply,
};

static inline int one_event(struct analysis *a, const struct pt_event *ev)
{
	struct pt_block *at = pt_heap_find(&a->run.heap, ev->addr);

	if (pt_order_passes(&a->order, ev, state_of(at)))
		return pt_run_apply(&a->run, ev, at);
	return pt_order_divert(&a->order, ev);
}

/* An event that is not of malloc. Its text lives only until the next one is read. */
static inline bool has_text(const struct pt_event *ev)
{
	return ev->kind == PT_EV_POOL_CREATE || ev->kind == PT_EV_SHARD_NAME || ev->kind == PT_EV_MARK;
}

/* Up to BATCH events into a->events, fewer if the last has a text. How many, 0 at the end, or an
 * error. */
static inline int fetch(struct analysis *a, struct pt_trace *t, struct pt_report *out)
{
	int nr = 0, r = 1;

	while (nr < BATCH) {
		struct pt_event *ev = &a->events[nr];

		r = pt_trace_next(t, ev);
		if (r <= 0)
			return r < 0 ? r : nr;
		pt_heap_prefetch_far(&a->run.heap, ev->addr);
		nr++;
		if (__builtin_expect(ev->kind < PT_EV_NOTE, 1))
			continue;
		if (ev->kind == PT_EV_NOTE && pt_report_note(out, ev->text))
			return -PT_ENOMEM;
		if (has_text(ev))
			break;
	}
	return nr;
}

static int read_all(struct analysis *a, struct pt_trace *t, struct pt_report *out,
		    void (*progress)(void *arg, double share), void *arg)
{
	uint64_t batches = 0;
	int nr, r = 0;

	while (!r && (nr = fetch(a, t, out)) > 0) {
		pt_run_prefetch(&a->run, a->events, nr);
		for (int i = 0; i < nr && !r; i++)
			r = one_event(a, &a->events[i]);
		if (progress && !(++batches % PROGRESS_BATCHES))
			progress(arg, pt_trace_progress(t));
	}
	if (r || nr < 0)
		return r ? r : nr;
	return pt_order_flush(&a->order);
}

int pt_analyse(struct pt_trace *t, const struct pt_pool_limits *limits,
	       void (*progress)(void *arg, double share), void *arg, struct pt_report *out)
{
	struct analysis *a = calloc(1, sizeof(*a));
	int r = -PT_ENOMEM;

	memset(out, 0, sizeof(*out));
	if (!a)
		return r;
	r = pt_run_init(&a->run, limits);
	if (r)
		goto free_a;
	r = pt_order_init(&a->order, &ops, a, &t->state);
	if (r)
		goto free_run;
	r = read_all(a, t, out, progress, arg);
	if (!r)
		r = pt_run_finish(&a->run, t, out);
	pt_order_fini(&a->order);
free_run:
	pt_run_fini(&a->run);
free_a:
	free(a);
	if (r)
		pt_report_fini(out);
	return r;
}
