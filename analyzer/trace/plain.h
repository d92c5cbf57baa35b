// SPDX-License-Identifier: MIT
/*
 * plain.h - allocations and frees of one writer, many at a time.
 *
 * Inside trace/ only. The same events as pt_trace_next() gives, for a quarter of the instructions: what does not change
 * from one to the next is looked up once. Nearly all events of a trace come this way. A test holds the two against
 * each other.
 */
#ifndef PT_TRACE_PLAIN_H
#define PT_TRACE_PLAIN_H

#include "trace.h"

/* pt_trace_plain() - up to `max` events that come next; stops, also at 0, where pt_trace_next() has to look. */
uint32_t pt_trace_plain(struct pt_trace *t, struct pt_event *events, uint32_t max);

#endif
