/* SPDX-License-Identifier: MIT */
/*
 * stream.h - all events of a trace, in their final order, into a run: what every analysis begins with.
 */
#ifndef PT_STREAM_H
#define PT_STREAM_H

#include "../trace/trace.h"
#include "run.h"

/*
 * pt_stream() - read `t` to its end, apply everything to `run`.
 *
 * At PT_EV_SNAPSHOT the run's hook sees heap, pools and the tables of `t` as they are at that event: nothing
 * behind it was asked for.
 *
 * progress: NULL, or called about every million events with the share of the trace consumed.
 * notes:    gets the notes of the trace; NULL = they are left out.
 *
 * 0, -PT_ENOMEM, what pt_trace_next() returned, or what the run did.
 */
int pt_stream(struct pt_run *run, struct pt_trace *t, struct pt_report *notes,
	      void (*progress)(void *arg, double share), void *arg);

#endif
