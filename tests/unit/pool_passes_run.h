/* SPDX-License-Identifier: MIT */
/*
 * pool_passes_run.h - a pool world through all passes that look at time.
 */
#ifndef POOL_PASSES_RUN_H
#define POOL_PASSES_RUN_H

#include "pool_world.h"

#define S 1000000000ull

static const struct pt_pool_pass *const passes[] = {
	&pt_pool_pass_series,	 &pt_pool_pass_ages,  &pt_pool_pass_regret,
	&pt_pool_pass_waterfall, &pt_pool_pass_leaks, NULL,
};

/* Pool 0 of the world, which has ended; the caller ends the report. */
static inline struct pt_pool_detail *run(struct pw *w, struct pt_report *r)
{
	pw_run(w, passes, r);
	return r->pools[1].detail;
}

static inline void done(struct pw *w, struct pt_report *r)
{
	pt_report_fini(r);
	pw_close(w);
}

#endif
