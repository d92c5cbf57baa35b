/* SPDX-License-Identifier: MIT */
/*
 * run.h - a heap with all passes behind it: events in final order in, a report out.
 *
 * What analyse.c does between reading and the report; apart from it so that tests can feed events
 * without a trace file.
 */
#ifndef PT_RUN_H
#define PT_RUN_H

#include "pass.h"

#define PT_PASSES_MAX 32u

struct pt_run {
	struct pt_heap heap;
	void *states[PT_PASSES_MAX]; /* of pt_passes[] */
};

/* pt_run_init() - 0 or -PT_ENOMEM. The struct must not be moved afterwards. */
int pt_run_init(struct pt_run *run);
void pt_run_fini(struct pt_run *run);

/*
 * pt_run_finish() - the trace is over: fill *out, which must be all zero.
 *
 * t: its tables and state; not read from. Returns 0 or -PT_ENOMEM; then *out is empty again.
 */
int pt_run_finish(struct pt_run *run, const struct pt_trace *t, struct pt_report *out);

#endif
