/* SPDX-License-Identifier: MIT */
/*
 * scaling.h - more threads: throughput, and what an event costs.
 */
#ifndef BENCH_SCALING_H
#define BENCH_SCALING_H

#include "figures.h"

/* What recording adds to an event of two threads, over the same in two processes: 1 if the threads do not
 * get into each other's way. The rest is room for noise. */
#define BENCH_BAR_TOGETHER 1.25

/* bench_scaling() - measures, prints and appends to `rows`. Returns 0, or -1 when a run failed. */
int bench_scaling(const struct bench_place *place, int runs, bool quick, json_t *rows);

#endif
