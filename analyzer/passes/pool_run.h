/* SPDX-License-Identifier: MIT */
/*
 * pool_run.h - the model of annotated pools with all its passes behind it: pool events in, rows of
 * the report out. The counterpart of run.h, which holds one.
 */
#ifndef PT_POOL_RUN_H
#define PT_POOL_RUN_H

#include "pool_pass.h"

#define PT_POOL_PASSES_MAX 16u

struct pt_pool_run {
	struct pt_pools *pools;
	struct pt_pool_limits limits;
	void *states[PT_POOL_PASSES_MAX]; /* of pt_pool_passes[] */
};

/* pt_pool_run_init() - limits: NULL = the defaults. 0 or -PT_ENOMEM. The struct must not be moved
 * afterwards. */
int pt_pool_run_init(struct pt_pool_run *run, const struct pt_pool_limits *limits);
void pt_pool_run_fini(struct pt_pool_run *run);

/*
 * pt_pool_run_finish() - the trace is over, at end_ns: append a row to out->pools for each pool, and
 * fill out->pool_sites.
 *
 * Without any pool event *out stays as it is. Returns 0 or -PT_ENOMEM; then *out is still good for
 * pt_report_fini().
 */
int pt_pool_run_finish(struct pt_pool_run *run, const struct pt_trace *t, uint64_t end_ns,
		       struct pt_report *out);

#endif
