/* SPDX-License-Identifier: MIT */
/*
 * inspect.h - what lies in the traces of the last runs, and how long it takes to read them.
 */
#ifndef BENCH_INSPECT_H
#define BENCH_INSPECT_H

#include "figures.h"

/* bench_info() - `pooltrace info --json` of the last trace, or NULL. The caller decrefs it. */
json_t *bench_info(const struct bench_place *place);

/* bench_number() - a number at "key" or "key.key", or -1. */
double bench_number(json_t *json, const char *path);

/*
 * bench_inspect() - events, bytes, report time (of `runs` reports) and calls of the last traces into *row;
 * with `both`, heaptrack's file too (its tools are slow: once). Returns 0, or -1 if a trace is not whole.
 */
int bench_inspect(const struct bench_place *place, int runs, bool both, struct bench_row *row);

#endif
