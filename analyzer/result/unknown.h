/* SPDX-License-Identifier: MIT */
/*
 * unknown.h - what a report cannot say when not every event was recorded, and why.
 */
#ifndef PT_RESULT_UNKNOWN_H
#define PT_RESULT_UNKNOWN_H

#include "report.h"

#define PT_WHY_NO_RSS "no RSS sample in the trace"
#define PT_WHY_RSS_OLD "what lies idle was freed after the last RSS sample"

/* pt_tally_forget() - every column becomes unknown; its ages go. */
void pt_tally_forget(struct pt_tally *t);

/*
 * pt_report_forget() - so does all that was worked out from the events of malloc: totals (but for RSS, what the program
 * has mapped, and the duration), the allocator's pool and matrices. Threads, CPUs and call sites stay as they are.
 * pt_report_forget_steps() - and what marks, phases and layers say of malloc.
 */
void pt_report_forget(struct pt_report *r);
void pt_report_forget_steps(struct pt_report *r);

/* pt_report_why_not() - static text: why what is not known is not. NULL: every event was recorded. */
const char *pt_report_why_not(const struct pt_report *r);

#endif
