/* SPDX-License-Identifier: MIT */
/*
 * ahead.h - the events of a trace in batches, read ahead by a thread of its own or one that has time, if that is wanted.
 *
 * The events, their order and their texts are those of pt_trace_next(), whoever reads. While another thread does, the
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

enum pt_ahead_by {
	PT_AHEAD_NOBODY,  /* each batch is read when it is asked for */
	PT_AHEAD_HELPERS, /* those who call pt_ahead_help(), one at a time; what nobody has read yet as above */
	PT_AHEAD_THREAD,  /* a thread of its own; if there is none to be had, nobody */
};

/* pt_ahead_open() - 0 or -PT_ENOMEM. */
int pt_ahead_open(struct pt_ahead **out, struct pt_trace *t, enum pt_ahead_by by);

/*
 * pt_ahead_help() - reads one batch ahead. False: there is no room for it, or nothing to read now.
 *
 * a: a struct pt_ahead opened for helpers. spare: false = only if not many batches are ready. By one thread, which is
 * not that of pt_ahead_next(); not once pt_ahead_close() is called.
 */
bool pt_ahead_help(void *a, bool spare);

/* pt_ahead_next() - the next batch, which may be empty and lives until the one after it. 1 and *out, 0 at the end,
 * negative as pt_trace_next(). */
int pt_ahead_next(struct pt_ahead *a, const struct pt_ahead_batch **out);

/* pt_ahead_after() - events of the batch behind the last one that pt_ahead_next() gave, if another thread has read it already:
 * only to be asked for (pt_relay_ask()). NULL: it has not. */
const struct pt_event *pt_ahead_after(const struct pt_ahead *a);

/* pt_ahead_close() - also in the middle. */
void pt_ahead_close(struct pt_ahead *a);

#endif
