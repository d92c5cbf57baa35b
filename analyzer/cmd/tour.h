/* SPDX-License-Identifier: MIT */
/*
 * tour.h - all events of a trace in repaired order, for commands that need no heap.
 */
#ifndef PT_TOUR_H
#define PT_TOUR_H

#include <stdbool.h>

#include "../trace/trace.h"

struct pt_progress;

/*
 * pt_tour() - calls `event` for each event of `t`, in the order of model/order.h; ev->flags of
 * blocks is an enum pt_verdict, also for those a heap would ignore.
 *
 * event: returns 0, or anything else to stop; that is returned then. progress: NULL,
 * or shown about every million events. Returns 0 at the end, or a negative PT_E*.
 */
int pt_tour(struct pt_trace *t, int (*event)(void *arg, const struct pt_event *ev), void *arg,
	    struct pt_progress *progress);

#endif
