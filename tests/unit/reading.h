/* SPDX-License-Identifier: MIT */
/*
 * reading.h - all events of a trace that was built by hand. For tests; fails them by itself.
 */
#ifndef PT_READING_H
#define PT_READING_H

#include "../../analyzer/trace/trace.h"
#include "trace_builder.h"

#define EVENTS_MAX 70000u

struct rd {
	struct pt_trace *trace;
	struct pt_event events[EVENTS_MAX];
	char texts[64][256]; /* of the first 64 events */
	size_t nr;
};

/* rd_built() - reads what was built, to the end; the builder is gone afterwards. */
struct rd *rd_built(struct tb *b);
void rd_close(struct rd *r);

/* rd_assert_whole() - nothing of it is torn or missing. */
void rd_assert_whole(const struct rd *r);

#endif
