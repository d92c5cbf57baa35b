/* SPDX-License-Identifier: MIT */
/*
 * modes.h - the ways of recording that are meant for production.
 */
#ifndef BENCH_MODES_H
#define BENCH_MODES_H

#include "figures.h"

#define BENCH_BAR_MODE_PERCENT 2.0 /* added to redis-server */

/* bench_modes() - measures, prints and appends to `rows`. Returns 0, or -1 when a run failed. */
int bench_modes(const struct bench_place *place, int runs, bool quick, json_t *rows);

#endif
