// SPDX-License-Identifier: MIT
/* order_held.c - see order_held.h. */
#include "order_held.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

int pt_order_init(struct pt_order *o, const struct pt_order_ops *ops, void *heap, struct pt_trace_state *state)
{
	memset(o, 0, sizeof(*o));
	o->ops = ops;
	o->heap = heap;
	o->state = state;
	o->held = calloc(PT_ORDER_HELD_MAX + 1, sizeof(*o->held)); /* [0] stands for none */
	return o->held ? 0 : -PT_ENOMEM;
}

void pt_order_fini(struct pt_order *o)
{
	free(o->held);
	o->held = NULL;
}

bool pt_order_is_held(struct pt_order *o, uint64_t addr)
{
	uint32_t at;

	for (at = pt_order_bucket(o, addr)->first; at; at = o->held[at].addr_next)
		if (o->held[at].ev.addr == addr)
			return true;
	return false;
}

/* Whether an event older than `seq` by the thread of `ev` waits at `addr`; begin: only a realloc's. */
static bool waits_before(struct pt_order *o, const struct pt_event *ev, uint64_t addr, bool begin, uint64_t seq)
{
	uint32_t at;

	for (at = pt_order_bucket(o, addr)->first; at && o->held[at].seq < seq; at = o->held[at].addr_next) {
		const struct pt_event *e = &o->held[at].ev;

		if (e->addr == addr && e->thread == ev->thread && (!begin || e->kind == PT_EV_REALLOC_BEGIN))
			return true;
	}
	return false;
}

bool pt_order_is_behind(struct pt_order *o, const struct pt_event *ev, uint64_t seq)
{
	return waits_before(o, ev, ev->addr, false, seq) ||
	       (pt_order_ends_realloc(ev) && ev->old_addr != ev->addr && waits_before(o, ev, ev->old_addr, true, seq));
}

void pt_order_hold(struct pt_order *o, const struct pt_event *ev)
{
	uint32_t at = o->free ? o->free : (uint32_t)o->held_nr + 1; /* none free: [1..held_nr] are taken */
	struct pt_order_list *b = pt_order_bucket(o, ev->addr);
	struct pt_held *h = &o->held[at];

	if (o->free)
		o->free = h->next;
	*h = (struct pt_held){ .ev = *ev, .seq = o->seq++, .prev = o->all.last, .addr_prev = b->last };
	h->ev.text = NULL;
	if (o->all.last)
		o->held[o->all.last].next = at;
	else
		o->all.first = at;
	if (b->last)
		o->held[b->last].addr_next = at;
	else
		b->first = at;
	o->all.last = b->last = at;
	if (!o->untried)
		o->untried = at;
	o->held_nr++;
	o->halves_nr += pt_order_ends_realloc(ev);
}

void pt_order_take_out(struct pt_order *o, uint32_t at)
{
	struct pt_held *h = &o->held[at];
	struct pt_order_list *b = pt_order_bucket(o, h->ev.addr);

	if (o->untried == at)
		o->untried = h->next;
	*(h->prev ? &o->held[h->prev].next : &o->all.first) = h->next;
	*(h->next ? &o->held[h->next].prev : &o->all.last) = h->prev;
	*(h->addr_prev ? &o->held[h->addr_prev].addr_next : &b->first) = h->addr_next;
	*(h->addr_next ? &o->held[h->addr_next].addr_prev : &b->last) = h->addr_prev;
	h->next = o->free;
	o->free = at;
	o->held_nr--;
	o->halves_nr -= pt_order_ends_realloc(&h->ev);
}
