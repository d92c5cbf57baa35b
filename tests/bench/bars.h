/* SPDX-License-Identifier: MIT */
/*
 * bars.h - what was promised: each bar a row, with what was measured.
 */
#ifndef BENCH_BARS_H
#define BENCH_BARS_H

#include <jansson.h>
#include <stdbool.h>

enum bench_side { BENCH_AT_MOST, BENCH_AT_LEAST };

/*
 * bench_bar() - note one.
 *
 * part: workload or part of the bench; what: with its unit. Both are kept as they are, so literals or such
 * that live as long. A figure that is not a number is short of every bar.
 */
void bench_bar(const char *part, const char *what, double got, enum bench_side side, double bar);

/* bench_bar_unmeasured() - there is nothing to measure; `why` in a few words: "not built". Not short. */
void bench_bar_unmeasured(const char *part, const char *what, const char *why);

/* bench_bars_print() - the table of all that were noted. Returns how many are short. */
int bench_bars_print(void);

/* The same for machines: an array of objects part, what, measured, bar, side, result. */
json_t *bench_bars_json(void);

#endif
