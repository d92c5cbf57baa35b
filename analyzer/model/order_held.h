// SPDX-License-Identifier: MIT
/*
 * order_held.h - the events that wait, by age and by address.
 *
 * Inside order.c and order_held.c only: here is who waits before whom, there what becomes of them. All of
 * it is O(events that wait at the address), and of one address few do.
 */
#ifndef PT_ORDER_HELD_H
#define PT_ORDER_HELD_H

#include "order.h"

struct pt_held {
	struct pt_event ev;
	uint64_t seq; /* smaller is older */
	uint32_t next, prev;		 /* in `all` and in the list of free ones */
	uint32_t addr_next, addr_prev; /* in its bucket */
};

/* pt_order_ends_realloc() - the other half of a realloc: it must not overtake its begin. */
static inline bool pt_order_ends_realloc(const struct pt_event *ev)
{
	return ev->old_addr && (ev->kind == PT_EV_REALLOC_END || ev->kind == PT_EV_REALLOC_FAILED ||
				ev->kind == PT_EV_REALLOC_FREED);
}

/* pt_order_bucket() - the list that an address belongs to, with others. */
static inline struct pt_order_list *pt_order_bucket(struct pt_order *o, uint64_t addr)
{
	return &o->by_addr[(addr * 0x9e3779b97f4a7c15ull) >> 54];
}
_Static_assert(PT_ORDER_BUCKETS == 1u << (64 - 54), "the hash is as wide as the table");

/* pt_order_is_held() - whether any event waits at `addr`. */
bool pt_order_is_held(struct pt_order *o, uint64_t addr);

/* pt_order_is_behind() - whether one that waits, older than `seq`, must come before `ev`: of the same thread at the
 * same address, or the begin of its realloc. */
bool pt_order_is_behind(struct pt_order *o, const struct pt_event *ev, uint64_t seq);

/* pt_order_hold() - a copy of `ev` waits from now on. There is room: the caller has seen to it. */
void pt_order_hold(struct pt_order *o, const struct pt_event *ev);

/* pt_order_take_out() - it waits no more; its place in o->held is free. */
void pt_order_take_out(struct pt_order *o, uint32_t at);

#endif
