/* SPDX-License-Identifier: MIT */
/*
 * ahead.h - the events of a trace in batches, read ahead by a thread of its own if that is wanted.
 *
 * The events, their order and their texts are those of pt_trace_next(), whoever reads. While a thread does, the
 * trace's tables and the counters that reading keeps are its own: look at them after pt_ahead_close(), or
 * at an event of a snapshot, which is the last of its batch and makes the reader wait. What pt_trace.state counts
 * of repairs and anomalies is not touched here.
 */
#ifndef PT_AHEAD_H
#define PT_AHEAD_H

#include "trace.h"

#define PT_AHEAD_EVENTS 256u	/* 16 KiB */
#define PT_AHEAD_TEXT	8192u	/* the longest text fits several times */

struct pt_ahead_batch {
	_Alignas(64) struct pt_event events[PT_AHEAD_EVENTS];
	uint32_t nr;
	int result;   /* 1, or what pt_trace_next() said behind the last event */
	double share; /* of the trace that is read */
	uint32_t text_bytes;
	char text[PT_AHEAD_TEXT]; /* of the events; lives as long as the batch */
};

struct pt_ahead;

/* pt_ahead_open() - thread: a thread is to read ahead; if there is none to be had, nobody does. 0 or -PT_ENOMEM. */
int pt_ahead_open(struct pt_ahead **out, struct pt_trace *t, bool thread);

/* pt_ahead_next() - the next batch, which may be empty and lives until the one after it. 1 and *out, 0 at the end,
 * negative as pt_trace_next(). */
int pt_ahead_next(struct pt_ahead *a, const struct pt_ahead_batch **out);

/* pt_ahead_close() - also in the middle. */
void pt_ahead_close(struct pt_ahead *a);

#endif
