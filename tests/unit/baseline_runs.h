/* SPDX-License-Identifier: MIT */
/*
 * baseline_runs.h - runs of programs to make a baseline of.
 */
#ifndef PT_BASELINE_RUNS_H
#define PT_BASELINE_RUNS_H

#include "analyzer/budget/baseline.h"

#define RUNS 3

/* Three runs of "app" with a bit of everything, and one of "child". */
void make_runs(struct pt_figures runs[RUNS + 1]);
void free_runs(struct pt_figures *runs, size_t nr);

/* The first row of that scope; there must be one. */
const struct pt_baseline_row *row_of(const struct pt_baseline_program *p, enum pt_scope scope);

#endif
