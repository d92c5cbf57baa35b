/* SPDX-License-Identifier: MIT */
/*
 * startup.h - what recording costs before the first event, and how often it asks the kernel afterwards.
 */
#ifndef BENCH_STARTUP_H
#define BENCH_STARTUP_H

#include "figures.h"

#define BENCH_BAR_START_MS 1.0
#define BENCH_BAR_START_MIB 1.0 /* resident */
/* "None an event, a small burst a chunk", and some by the clock (RSS, clocks): calls in 1,000,000 events. */
#define BENCH_BAR_SYSCALLS 200.0

/* bench_startup() - measures, prints and appends to `rows`. Returns 0, or -1 when a run failed. */
int bench_startup(const struct bench_place *place, int runs, bool quick, json_t *rows);

#endif
