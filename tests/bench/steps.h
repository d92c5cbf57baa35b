/* SPDX-License-Identifier: MIT */
/*
 * steps.h - where the time of recording goes, from the least that can be done to all of it.
 */
#ifndef BENCH_STEPS_H
#define BENCH_STEPS_H

#include "figures.h"

/* bench_steps() - measures, prints and appends to `rows`. Returns 0, or -1 when a run failed. */
int bench_steps(const struct bench_place *place, int runs, bool quick, json_t *rows);

#endif
