/* SPDX-License-Identifier: MIT */
/*
 * baseline_sites.h - of thousands of call sites those that a baseline keeps.
 */
#ifndef PT_BASELINE_SITES_H
#define PT_BASELINE_SITES_H

#include "baseline.h"

/*
 * pt_baseline_keep_sites() - drops all call sites but those that are among the first PT_BASELINE_SITES by a metric that
 * call sites are blamed by; of a pool's among those of the pool. 0 or -PT_ENOMEM, and then none is dropped.
 */
int pt_baseline_keep_sites(struct pt_baseline_program *p);

#endif
