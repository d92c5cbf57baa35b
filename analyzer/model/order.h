/* SPDX-License-Identifier: MIT */
/*
 * order.h - events in an order in which every address alternates: block, no block, block ...
 *
 * Sits between pt_trace_next() and the heap. The recorder stamps with a plain rdtsc, which may
 * run some hundred nanoseconds early, so that of two events on one address by two threads the
 * second can carry the smaller stamp (order.c has the bound and its proof; docs/design/). Where
 * an event does not fit what the heap knows of its address, it is held back until the one that
 * explains it arrives, or until the window is over. All other events pass untouched, at the cost
 * of one comparison:
 *
 *	while ((r = pt_trace_next(t, &ev)) > 0) {
 *		state = heap_find(heap, ev.addr, &slot);     // the lookup the heap needs anyhow
 *		if (pt_order_passes(&order, &ev, state))
 *			r = heap_apply(heap, &ev, slot);     // the usual way
 *		else
 *			r = pt_order_divert(&order, &ev);    // calls ops->apply(), now or later
 *	}
 *	pt_order_flush(&order);
 */
#ifndef PT_ORDER_H
#define PT_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../trace/trace.h"

/* What the heap knows of the block that starts at an address. */
enum pt_addr_state {
	PT_ADDR_UNKNOWN = 0, /* never seen, or forgotten since (overlapped by another block) */
	PT_ADDR_DEAD,	     /* was a block; freed, or inside a realloc since its BEGIN */
	PT_ADDR_LIVE,	     /* a block in use */
};

/* pt_event.flags of ALLOC, FREE, REALLOC_BEGIN and REALLOC_END as ops->apply() gets them. */
enum pt_verdict {
	PT_FITS = 0,
	PT_ALLOC_OF_LIVE,   /* ALLOC, REALLOC_END: the block there vanished unseen; end it first */
	PT_FREE_OF_DEAD,    /* FREE, REALLOC_BEGIN: nothing to free; a heap ignores the event */
	PT_FREE_OF_UNKNOWN, /* FREE, REALLOC_BEGIN: older than the trace, or its allocation was lost */
};

struct pt_order_ops {
	enum pt_addr_state (*state)(void *heap, uint64_t addr);
	/*
	 * Who made `addr` what it is (live or dead) and when: thread index and time_ns of that
	 * event. Returns false when not known. Called for events that do not fit, else never.
	 */
	bool (*last)(void *heap, uint64_t addr, uint64_t *time_ns, uint32_t *thread);
	/*
	 * One event, in its final place, `flags` set. Also called with the kinds that have no
	 * block address. Returns 0 or a negative PT_E*, which stops the work.
	 */
	int (*apply)(void *heap, const struct pt_event *ev);
	/*
	 * Optional. When events were last recorded again, or more of them than before; 0 = that never happened. What is known
	 * from before then explains whatever contradicts it: no anomaly, and counted as explained_nr.
	 */
	uint64_t (*gap)(void *heap);
};

/* More than this many wait only in a broken trace, or in a child that frees its parent's blocks;
 * the oldest then gives up before its time. An event that waits costs 120 bytes. */
#define PT_ORDER_HELD_MAX 1024u
#define PT_ORDER_BUCKETS 1024u
#define PT_ORDER_TOUCHED 128u

/* An event that was applied while others on its address waited. */
struct pt_order_touch {
	uint64_t addr;
	uint64_t time_ns;
	uint32_t thread;
};

/* A list of held events, by age; indexes into pt_order.held, 0 = none. */
struct pt_order_list {
	uint32_t first, last;
};

struct pt_order {
	const struct pt_order_ops *ops;
	void *heap;
	struct pt_trace_state *state; /* repairs and anomalies are counted here */
	size_t held_nr;		      /* events that wait; 0 nearly always */
	size_t halves_nr;	      /* of them, those that end a realloc */
	struct pt_held *held;
	struct pt_order_list all;
	struct pt_order_list by_addr[PT_ORDER_BUCKETS]; /* the same events, by hash of the address */
	uint32_t free;	       /* a list through `next` */
	uint32_t untried;      /* the oldest that still has hope of an exchange */
	uint64_t seq;	       /* how many were ever held */
	uint64_t now_ns;       /* the latest stamp seen */
	struct pt_order_touch touched[PT_ORDER_TOUCHED]; /* a ring */
	uint32_t touched_at;
};

/* pt_order_init() - 0 or -PT_ENOMEM. `state` is usually &trace->state. */
int pt_order_init(struct pt_order *o, const struct pt_order_ops *ops, void *heap,
		  struct pt_trace_state *state);
void pt_order_fini(struct pt_order *o);

/* Whether an event of this kind can happen to an address in this state. */
static inline bool pt_order_fits(uint8_t kind, enum pt_addr_state state)
{
	if (kind == PT_EV_ALLOC || kind == PT_EV_REALLOC_END || kind == PT_EV_REALLOC_FAILED)
		return state != PT_ADDR_LIVE;
	if (kind == PT_EV_FREE || kind == PT_EV_REALLOC_BEGIN)
		return state == PT_ADDR_LIVE;
	return true;
}

/* True: apply `ev` now. `now`: the state of ev->addr; any value for kinds without a block. */
static inline bool pt_order_passes(const struct pt_order *o, const struct pt_event *ev, enum pt_addr_state now)
{
	return __builtin_expect(!o->held_nr && pt_order_fits(ev->kind, now), 1);
}

/* pt_order_divert() - an event that did not pass: apply() it, hold it, and apply() what is ripe.
 * 0, what apply() returned, or -PT_ENOMEM. */
int pt_order_divert(struct pt_order *o, const struct pt_event *ev);

/* pt_order_maker_ns() - stamp of the oldest event that waits to make a block at `addr`; UINT64_MAX
 * when none does. */
uint64_t pt_order_maker_ns(struct pt_order *o, uint64_t addr);

/* pt_order_flush() - the stream is over: what still waits is applied with its verdict. */
int pt_order_flush(struct pt_order *o);

#endif
