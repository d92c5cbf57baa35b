/* SPDX-License-Identifier: MIT */
/*
 * baseline.h - what runs of a program looked like: the file to commit. Format: docs/ci.md "Baseline".
 */
#ifndef PT_BASELINE_H
#define PT_BASELINE_H

#include <stdio.h>

#include "../result/figures.h"
#include "spread.h"

struct pt_baseline_row {
	struct pt_figures_row is; /* identity only: values are not used */
	struct pt_spread metrics[PT_METRIC_NR]; /* runs == 0: not in it */
};

struct pt_baseline_program {
	char *program;
	uint32_t runs;
	struct pt_baseline_row *rows; /* by scope; phases behind whole runs, in order of time; then by pool, name; no CPUs */
	size_t rows_nr;
};

struct pt_baseline {
	struct pt_baseline_program *programs; /* by name */
	size_t programs_nr;
};

/*
 * pt_baseline_make() - runs of any programs; those with the same `program` are runs of one.
 *
 * Of call sites those that matter: the first 20 by each metric that something is blamed by. What a run does not have (a thread,
 * a call site) counts as 0 there. Phases: all steps from mark to mark, or none when they are more than 64. Numbers that are not
 * whole are rounded to nine digits or thousandths. 0 or -PT_ENOMEM; fini in both cases.
 */
int pt_baseline_make(const struct pt_figures *runs, size_t runs_nr, struct pt_baseline *out);
void pt_baseline_fini(struct pt_baseline *b);

/* NULL: not in it. */
const struct pt_baseline_program *pt_baseline_find(const struct pt_baseline *b, const char *program);

/* pt_baseline_write() - JSON: sorted, one metric a line, the same bytes for the same numbers. 0, -PT_ENOMEM or -PT_EIO. */
int pt_baseline_write(const struct pt_baseline *b, FILE *out);

/*
 * pt_baseline_read() - no byte of it is trusted: unknown and doubled keys, metrics and rows, numbers that are none, negative or
 * contradict each other, other versions: refused. What pt_baseline_write() wrote reads back the same; lines are not in it.
 *
 * error: one line "LINE:COLUMN: what is wrong" on -PT_EINVAL. 0, -PT_ENOMEM, -PT_EIO (errno) or -PT_EINVAL; fini in all cases.
 */
#define PT_BASELINE_ERROR_BYTES 256
int pt_baseline_read(const char *path, struct pt_baseline *out, char error[PT_BASELINE_ERROR_BYTES]);

#endif
