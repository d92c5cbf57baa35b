// SPDX-License-Identifier: MIT
/*
 * stream.c - trace -> order -> heap and pools.
 *
 * Events come in batches, and in groups of them that are gone through three times: to ask for the cache line of the
 * span, then for that of the block, then to apply them. With a million blocks in use these are the
 * misses there are, and so they overlap instead of adding up.
 */
#include "stream.h"

#include <stdlib.h>

#include "../../format/error.h"
#include "../model/order.h"
#include "../trace/ahead.h"
#include "../trace/relay.h"

#define GROUP		 32u	    /* events */
#define NEAR_SPANS	 512u	    /* of 16 KiB of the program's memory: at most some megabytes of blocks */
#define FAR_SPANS	 1024u	    /* more of them than that are not all in the second-level cache themselves */
#define PROGRESS_BATCHES (1u << 12) /* a million events */

struct stream {
	struct pt_run *run;
	struct pt_order order;
	struct pt_report *notes; /* NULL = nobody wants them */
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

static uint64_t gap_ns(void *arg)
{
	return ((const struct stream *)arg)->run->marks.gap_ns;
}

static const struct pt_order_ops ops = {
	.state = addr_state,
	.last = addr_last,
	.apply = apply,
	.gap = gap_ns,
};

/* How many blocks of malloc come or go with these; a realloc that moves its block does both. */
static uint64_t moved(const struct pt_event *events, uint32_t nr)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < nr; i++) {
		const struct pt_event *ev = &events[i];

		if (ev->kind == PT_EV_ALLOC || ev->kind == PT_EV_FREE || ev->kind == PT_EV_REALLOC_FREED)
			sum++;
		else if (ev->kind == PT_EV_REALLOC_END && ev->addr != ev->old_addr)
			sum += ev->old_addr ? 2 : 1;
	}
	return sum;
}

static void ask_for_spans(const struct stream *a, const struct pt_event *events, uint32_t nr)
{
	if (a->run->plain_below && pt_heap_spans(&a->run->heap) <= FAR_SPANS)
		return;
	for (uint32_t i = 0; i < nr; i++)
		pt_heap_prefetch_far(&a->run->heap, events[i].addr);
}

/* Whether what events need is in the second- or third-level cache anyhow: then asking for it costs more than it saves. */
static bool is_near(const struct stream *a)
{
	return a->run->plain_below && pt_heap_spans(&a->run->heap) <= NEAR_SPANS;
}

static uint32_t group_of(uint32_t left)
{
	return left < GROUP ? left : GROUP;
}

/* Asks for what a group needs; what is known of its spans goes to `places`. */
static void ask_for_blocks(const struct stream *a, const struct pt_event *events, uint32_t *places, uint32_t nr)
{
	if (!a->run->plain_below) {
		pt_run_prefetch(a->run, events, (int)nr);
		return;
	}
	for (uint32_t i = 0; i < nr; i++)
		places[i] = pt_heap_prefetch(&a->run->heap, events[i].addr);
}

static inline int one_event(struct stream *a, const struct pt_event *ev)
{
	struct pt_block *at = pt_heap_find(&a->run->heap, ev->addr);
	int r = 0;

	if (__builtin_expect(ev->kind == PT_EV_NOTE, 0) && a->notes)
		r = pt_report_note(a->notes, ev->text);
	if (r)
		return r;
	if (pt_order_passes(&a->order, ev, state_of(at)))
		return pt_run_apply(a->run, ev, at);
	return pt_order_divert(&a->order, ev);
}

/* places: NULL = not asked for. */
static int apply_group(struct stream *a, const struct pt_event *events, const uint32_t *places, uint32_t nr)
{
	struct pt_heap *heap = &a->run->heap;
	uint32_t i = 0;
	int r = 0;

	if (__builtin_expect(a->run->copying_nr, 0))
		a->run->moved_nr += moved(events, nr);
	while (i < nr && !r) {
		if (a->run->plain_below && !a->order.held_nr)
			i += pt_heap_plain(heap, events + i, places ? places + i : NULL, nr - i);
		r = heap->error;
		if (i < nr && !r)
			r = one_event(a, &events[i++]);
	}
	return r;
}

/* Spans are asked for two groups ahead, blocks one; events of the batch after this one, when another thread has them ready. */
static int apply_batch(struct stream *a, const struct pt_ahead_batch *b, const struct pt_event *after)
{
	const struct pt_event *events = b->events, *end = events + b->nr;
	uint32_t nr = group_of(b->nr), next_nr, places[2][GROUP] = { { 0 } };
	bool near = is_near(a);
	int r = 0;

	if (!near) {
		ask_for_spans(a, events, b->nr < 2 * GROUP ? b->nr : 2 * GROUP);
		ask_for_blocks(a, events, places[0], nr);
	}
	for (uint32_t group = 0; !r && nr; group++, events += nr, nr = next_nr) {
		next_nr = group_of((uint32_t)(end - events) - nr);
		if (!near) {
			ask_for_spans(a, events + nr + next_nr, group_of((uint32_t)(end - events) - nr - next_nr));
			ask_for_blocks(a, events + nr, places[(group + 1) % 2], next_nr);
		}
		if (after)
			pt_relay_ask(after + group * GROUP, GROUP);
		r = apply_group(a, events, near ? NULL : places[group % 2], nr);
	}
	return r;
}

static int read_all(struct stream *a, struct pt_ahead *ahead,
		    void (*progress)(void *arg, double share), void *arg)
{
	const struct pt_ahead_batch *b;
	uint64_t batches = 0;
	int r;

	while ((r = pt_ahead_next(ahead, &b)) > 0) {
		r = apply_batch(a, b, pt_ahead_after(ahead));
		if (r)
			return r;
		if (progress && !(++batches % PROGRESS_BATCHES))
			progress(arg, b->share);
	}
	return r ? r : pt_order_flush(&a->order);
}

int pt_stream(struct pt_run *run, struct pt_trace *t, struct pt_report *notes,
	      void (*progress)(void *arg, double share), void *arg)
{
	const unsigned int threads = pt_threads_wanted(t->state.used_bytes);
	struct stream *a = calloc(1, sizeof(*a));
	struct pt_ahead *ahead = NULL;
	int r = -PT_ENOMEM;

	if (!a)
		return r;
	a->run = run;
	a->notes = notes;
	pt_run_bound(run, t->state.used_bytes);
	pt_counted_start(&run->counted, t);
	run->marks.mode = (uint8_t)t->header.first_mode;
	r = pt_order_init(&a->order, &ops, a, &t->state);
	if (!r && threads > 1)
		pt_run_thread(run);
	if (!r)
		r = pt_ahead_open(&ahead, t, threads > 2 ? PT_AHEAD_THREAD : run->behind ? PT_AHEAD_HELPERS : PT_AHEAD_NOBODY);
	if (!r && threads == 2)
		pt_run_lend(run, pt_ahead_help, ahead);
	if (!r && (t->state.sampled_chunks || t->header.first_mode == PT_MODE_SAMPLE))
		pt_heap_sampled(&run->heap);
	if (!r)
		r = read_all(a, ahead, progress, arg);
	pt_run_lend(run, NULL, NULL);
	pt_ahead_close(ahead);
	pt_order_fini(&a->order);
	free(a);
	return r;
}
