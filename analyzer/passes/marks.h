/* SPDX-License-Identifier: MIT */
/*
 * marks.h - what the program said of itself: phases, and when it was not to be recorded.
 */
#ifndef PT_MARKS_H
#define PT_MARKS_H

#include "../model/heap.h"
#include "../model/pools.h"
#include "../result/report.h"

/* A program may mark every frame it draws. The first ones are kept; a note tells of the others. */
#define PT_MARKS_KEPT 10000u

struct pt_marks {
	struct pt_report_mark *marks;
	uint32_t nr, max;
	uint64_t left_out;
	uint64_t pauses_nr, paused_ns;
	uint64_t paused_at_ns;
	bool paused;
	uint64_t now_ns;
	uint64_t gap_ns; /* when events were last recorded again, or more of them than before; 0 = never */
	bool pools_too;	 /* of pools nothing was recorded before it */
	uint8_t mode;	 /* enum pt_mode, now; at first what the trace began with */
};

/* An all-zero struct is empty. */
void pt_marks_fini(struct pt_marks *m);

/* pt_marks_apply() - MARK, PAUSE or RESUME; other kinds are ignored. 0 or -PT_ENOMEM. */
int pt_marks_apply(struct pt_marks *m, const struct pt_event *ev, const struct pt_heap *heap,
		   const struct pt_pools *pools);

/* pt_marks_finish() - into the report; a pause that never ended ends with the trace. 0 or -PT_ENOMEM. */
int pt_marks_finish(struct pt_marks *m, uint64_t end_ns, struct pt_report *out);

#endif
