/* SPDX-License-Identifier: MIT */
/*
 * calls.h - what a call of the annotation header costs, with the recorder and without.
 */
#ifndef BENCH_CALLS_H
#define BENCH_CALLS_H

#include "figures.h"

#define BENCH_BAR_PAIR_RATIO 3.0   /* get + put with stacks over malloc + free without, both recorded */
#define BENCH_BAR_QUIET_CALL_NS 1.0 /* a call without the recorder */

/*
 * bench_calls() - measures, prints and appends to `rows`. runs: rounds that count, as of the workloads.
 *
 * Returns 0, or -1 when a run failed.
 */
int bench_calls(const struct bench_place *place, int runs, bool quick, json_t *rows);

#endif
