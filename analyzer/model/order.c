/* SPDX-License-Identifier: MIT */
/*
 * order.c - repairs the order of events on one address.
 *
 * What the stamps promise. Take two events on one address that follow each other in truth, e1
 * by one thread and e2 by another: a free (or a realloc's begin) and the allocation that got the
 * block next, or an allocation and the free by whoever was given the pointer.
 *  - e1 is stamped before it takes effect: a free before the real free, an allocation before
 *    malloc() returns the block to anybody. rdtsc is done when it retires at the latest, and
 *    stores become visible after that. So stamp(e1) < effect(e1) < start(e2).
 *  - e2 is stamped after it started in program order, but rdtsc waits for no load before it, so
 *    it may be executed up to the depth of the reorder buffer early: stamp(e2) > start(e2) - d.
 *    An interrupt, a fault or a VM exit in between throws the unfinished rdtsc away, so being
 *    preempted adds nothing to d; it is a few cache misses, some 100 ns.
 * Hence stamp(e2) > stamp(e1) - d: inversions exist, of either kind, never by more than d; also
 * over any chain of such pairs, because starts and effects alternate in real time. Events of one
 * thread are never inverted.
 *
 * So: an event that does not fit its address waits for the one that explains it, and with it
 * what the same thread did to the address afterwards. Two times bound that:
 *  - PT_ORDER_SWAP_NS, well over d. One inversion cannot be healed by waiting: C's early free is
 *    taken for the free of the block before, whose real free by B (stuck now) and allocation by
 *    B come after it. Seen by: the address changed hands just now, by another thread. B's pair
 *    is then applied the other way round; counts stay exact, and who freed which of two
 *    generations of that block, 100 ns apart, is exchanged. Counted in exchanged_nr.
 *  - PT_ORDER_WINDOW_NS: nothing came. A lost event, or a program that frees twice: a verdict.
 */
#include "order_held.h"

#define PT_ORDER_SWAP_NS 2000u
#define PT_ORDER_WINDOW_NS 50000u
/* Addresses that one event can set free in a chain of reallocs; the rest wait for the window. */
#define CHAIN_MAX 32u
/* Held events of one bucket that are looked at; were there more, they would wait for the window. */
#define LOOK_MAX 128u

/* Addresses whose held events may fit now. */
struct chain {
	uint64_t addrs[CHAIN_MAX];
	unsigned int nr;
};

/* A failed realloc makes its block again: others cannot have had it meanwhile. */
static bool makes_block(const struct pt_event *ev)
{
	return ev->kind == PT_EV_ALLOC || ev->kind == PT_EV_REALLOC_END || ev->kind == PT_EV_REALLOC_FAILED;
}

static bool ends_block(const struct pt_event *ev)
{
	return ev->kind == PT_EV_FREE || ev->kind == PT_EV_REALLOC_BEGIN;
}

static void touch(struct pt_order *o, const struct pt_event *ev)
{
	o->touched[o->touched_at++ % PT_ORDER_TOUCHED] =
		(struct pt_order_touch){ .addr = ev->addr, .time_ns = ev->time_ns, .thread = ev->thread };
}

/* Takes an event out of the lists and applies it. */
static int release(struct pt_order *o, uint32_t at, enum pt_verdict verdict)
{
	struct pt_event ev = o->held[at].ev;

	pt_order_take_out(o, at);
	ev.repaired = 1;
	ev.flags = (uint8_t)verdict;
	if (verdict == PT_FITS)
		o->state->repaired_nr++;
	touch(o, &ev);
	return o->ops->apply(o->heap, &ev);
}

static bool fits(const struct pt_order *o, const struct pt_event *ev)
{
	return (!makes_block(ev) && !ends_block(ev)) ||
	       pt_order_fits(ev->kind, o->ops->state(o->heap, ev->addr));
}

/* The oldest held event at `addr` that can be applied now; 0 = none. Of each thread only its
 * oldest there can. */
static uint32_t find_ripe(struct pt_order *o, uint64_t addr)
{
	uint32_t seen[LOOK_MAX], seen_nr = 0, looked = 0, at, i;

	for (at = pt_order_bucket(o, addr)->first; at && looked++ < LOOK_MAX; at = o->held[at].addr_next) {
		const struct pt_held *h = &o->held[at];

		if (h->ev.addr != addr)
			continue;
		for (i = 0; i < seen_nr && seen[i] != h->ev.thread; i++)
			;
		if (i < seen_nr)
			continue;
		if (fits(o, &h->ev) && !pt_order_is_behind(o, &h->ev, h->seq))
			return at;
		seen[seen_nr++] = h->ev.thread;
	}
	return 0;
}

/* `begin` has been applied: the other half of its realloc may wait elsewhere for just that. */
static void push_half(struct pt_order *o, struct chain *chain, const struct pt_event *begin)
{
	uint32_t at = o->halves_nr ? o->all.first : 0;

	for (; at && chain->nr < CHAIN_MAX; at = o->held[at].next) {
		const struct pt_event *ev = &o->held[at].ev;

		if (pt_order_ends_realloc(ev) && ev->thread == begin->thread && ev->old_addr == begin->addr &&
		    ev->addr != begin->addr)
			chain->addrs[chain->nr++] = ev->addr;
	}
}

/* Something happened at `addr`: applies all that fits now. */
static int settle(struct pt_order *o, const struct pt_event *cause)
{
	struct chain chain = { .addrs = { cause->addr }, .nr = 1 };

	if (cause->kind == PT_EV_REALLOC_BEGIN)
		push_half(o, &chain, cause);
	while (o->held_nr && chain.nr) {
		uint32_t at = find_ripe(o, chain.addrs[chain.nr - 1]);
		struct pt_event ev;
		int err;

		if (!at) {
			chain.nr--;
			continue;
		}
		ev = o->held[at].ev;
		err = release(o, at, PT_FITS);
		if (err)
			return err;
		if (ev.kind == PT_EV_REALLOC_BEGIN)
			push_half(o, &chain, &ev);
	}
	return 0;
}

/* Whether another thread did something to the address of `ev` shortly before it by stamp, or after. */
static bool is_contested(const struct pt_order *o, const struct pt_event *ev)
{
	uint64_t time_ns;
	uint32_t thread, i;

	if (o->ops->last && o->ops->last(o->heap, ev->addr, &time_ns, &thread) && thread != ev->thread &&
	    time_ns + PT_ORDER_SWAP_NS >= ev->time_ns)
		return true;
	for (i = 0; i < PT_ORDER_TOUCHED; i++) {
		const struct pt_order_touch *t = &o->touched[i];

		if (t->addr == ev->addr && t->thread != ev->thread && t->time_ns + PT_ORDER_SWAP_NS >= ev->time_ns)
			return true;
	}
	return false;
}

/* The oldest held event that could happen to the address of `stuck` now, were it not behind it. */
static uint32_t find_partner(struct pt_order *o, const struct pt_event *stuck)
{
	uint32_t looked = 0, at;

	for (at = pt_order_bucket(o, stuck->addr)->first; at && looked++ < LOOK_MAX; at = o->held[at].addr_next) {
		const struct pt_event *ev = &o->held[at].ev;

		if (ev->addr == stuck->addr && makes_block(ev) != makes_block(stuck) &&
		    (makes_block(ev) || ends_block(ev)))
			return at;
	}
	return 0;
}

/* `at` is stuck on a contested address: applies what should come after it, then settles.
 * Returns 1 when it did so. */
static int exchange(struct pt_order *o, uint32_t at)
{
	struct pt_event ev = o->held[at].ev;
	uint32_t partner;
	int err;

	if ((!makes_block(&ev) && !ends_block(&ev)) || pt_order_is_behind(o, &ev, o->held[at].seq) || fits(o, &ev))
		return 0;
	partner = find_partner(o, &ev);
	if (!partner || !is_contested(o, &ev))
		return 0;
	o->state->exchanged_nr++;
	ev = o->held[partner].ev;
	err = release(o, partner, PT_FITS);
	if (!err)
		err = settle(o, &ev);
	return err ? err : 1;
}

/* Whether all that is known of the address is from before events were left out. One under way then may have been told
 * a little later. */
static bool is_explained(const struct pt_order *o, const struct pt_event *ev)
{
	const uint64_t gap_ns = o->ops->gap ? o->ops->gap(o->heap) : 0;
	uint64_t last_ns;
	uint32_t thread;

	return gap_ns && o->ops->last && o->ops->last(o->heap, ev->addr, &last_ns, &thread) &&
	       last_ns <= gap_ns + PT_ORDER_WINDOW_NS;
}

/* The window of the oldest is over: it is applied with a verdict. */
static int give_up(struct pt_order *o)
{
	const struct pt_event ev = o->held[o->all.first].ev;
	enum pt_verdict verdict = PT_FITS;
	int err;

	if (!fits(o, &ev) && ev.kind != PT_EV_REALLOC_FAILED) {
		const bool explained = is_explained(o, &ev);

		if (makes_block(&ev)) {
			verdict = PT_ALLOC_OF_LIVE;
			o->state->alloc_of_live += !explained;
			o->state->explained_nr += explained;
		} else if (o->ops->state(o->heap, ev.addr) == PT_ADDR_DEAD) {
			verdict = PT_FREE_OF_DEAD;
			o->state->free_of_dead += !explained;
			o->state->explained_nr += explained;
		} else {
			verdict = PT_FREE_OF_UNKNOWN;
			o->state->free_of_unknown++;
		}
	}
	err = release(o, o->all.first, verdict);
	return err ? err : settle(o, &ev);
}

/* Deals with all whose time is over at `now_ns`. */
static int expire(struct pt_order *o, uint64_t now_ns)
{
	int err = 0;

	while (err >= 0 && o->untried && o->held[o->untried].ev.time_ns + PT_ORDER_SWAP_NS < now_ns) {
		uint32_t at = o->untried;

		err = exchange(o, at);
		if (!err && o->untried == at)
			o->untried = o->held[at].next;
	}
	while (err >= 0 && o->held_nr && (o->held[o->all.first].ev.time_ns + PT_ORDER_WINDOW_NS < now_ns ||
					  o->held_nr >= PT_ORDER_HELD_MAX))
		err = give_up(o);
	return err < 0 ? err : 0;
}

int pt_order_divert(struct pt_order *o, const struct pt_event *ev)
{
	bool near;
	int err;

	if (ev->time_ns > o->now_ns)
		o->now_ns = ev->time_ns;
	err = expire(o, o->now_ns);
	if (err)
		return err;
	if (!makes_block(ev) && !ends_block(ev) && !pt_order_ends_realloc(ev))
		return o->ops->apply(o->heap, ev);
	near = pt_order_is_held(o, ev->addr);
	if (!fits(o, ev) || ((near || pt_order_ends_realloc(ev)) && pt_order_is_behind(o, ev, UINT64_MAX))) {
		pt_order_hold(o, ev);
		return 0;
	}
	if (near)
		touch(o, ev);
	err = o->ops->apply(o->heap, ev);
	return err || !(near || (o->halves_nr && ev->kind == PT_EV_REALLOC_BEGIN)) ? err : settle(o, ev);
}

uint64_t pt_order_maker_ns(struct pt_order *o, uint64_t addr)
{
	uint64_t time_ns = UINT64_MAX;
	uint32_t looked = 0;

	for (uint32_t at = pt_order_bucket(o, addr)->first; at && looked++ < LOOK_MAX; at = o->held[at].addr_next) {
		const struct pt_event *ev = &o->held[at].ev;

		if (ev->addr == addr && makes_block(ev) && ev->time_ns < time_ns)
			time_ns = ev->time_ns;
	}
	return time_ns;
}

int pt_order_flush(struct pt_order *o)
{
	return expire(o, UINT64_MAX);
}
