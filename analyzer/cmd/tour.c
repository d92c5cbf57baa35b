/* SPDX-License-Identifier: MIT */
/* tour.c - see tour.h. The order stage over a table of live addresses. */
#include "tour.h"

#include "../../format/error.h"
#include "../model/liveness.h"
#include "progress.h"

#define PROGRESS_EVERY (1u << 20)

struct tour {
	struct pt_liveness live;
	uint64_t gap_ns; /* when events were last recorded again */
	int (*event)(void *arg, const struct pt_event *ev);
	void *arg;
};

static enum pt_addr_state state_of(void *heap, uint64_t addr)
{
	return pt_liveness_state(&((struct tour *)heap)->live, addr);
}

static bool last_of(void *heap, uint64_t addr, uint64_t *time_ns, uint32_t *thread)
{
	return pt_liveness_last(&((struct tour *)heap)->live, addr, time_ns, thread);
}

static uint64_t gap_of(void *heap)
{
	return ((struct tour *)heap)->gap_ns;
}

static int apply(void *heap, const struct pt_event *ev)
{
	struct tour *tour = heap;
	int err = pt_liveness_apply(&tour->live, ev);

	if (ev->kind == PT_EV_RESUME || ev->kind == PT_EV_MODE)
		tour->gap_ns = ev->time_ns;
	return err ? err : tour->event(tour->arg, ev);
}

static const struct pt_order_ops ops = { .state = state_of, .last = last_of, .apply = apply, .gap = gap_of };

int pt_tour(struct pt_trace *t, int (*event)(void *arg, const struct pt_event *ev), void *arg,
	    struct pt_progress *progress)
{
	struct tour tour = { .event = event, .arg = arg };
	struct pt_order order = { 0 };
	struct pt_event ev;
	uint64_t nr = 0;
	int r;

	r = pt_liveness_init(&tour.live);
	if (!r)
		r = pt_order_init(&order, &ops, &tour, &t->state);
	while (!r) {
		r = pt_trace_next(t, &ev);
		if (r <= 0)
			break;
		if (pt_order_passes(&order, &ev, pt_liveness_state(&tour.live, ev.addr)))
			r = apply(&tour, &ev);
		else
			r = pt_order_divert(&order, &ev);
		if (progress && ++nr % PROGRESS_EVERY == 0)
			pt_progress_show(progress, pt_trace_progress(t));
	}
	if (!r)
		r = pt_order_flush(&order);
	pt_order_fini(&order);
	pt_liveness_fini(&tour.live);
	return r;
}
