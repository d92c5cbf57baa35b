/* SPDX-License-Identifier: MIT */
/*
 * cross.h - is the order of events right when blocks wander between threads?
 */
#ifndef BENCH_CROSS_H
#define BENCH_CROSS_H

#include "figures.h"

/* bench_cross() - 10^8 calls in 4 threads, read back; appends to `rows`. Returns 0, or -1 when a run failed. */
int bench_cross(const struct bench_place *place, int runs, bool quick, json_t *rows);

#endif
