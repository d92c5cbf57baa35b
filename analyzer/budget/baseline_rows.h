/* SPDX-License-Identifier: MIT */
/*
 * baseline_rows.h - the rows that runs of one program have together, and each metric's spread.
 */
#ifndef PT_BASELINE_ROWS_H
#define PT_BASELINE_ROWS_H

#include "baseline.h"

struct pt_baseline_runs {
	const struct pt_figures **all;
	uint32_t nr;
	double *values; /* scratch: room for one of each */
};

/* pt_baseline_make_rows() - fills p->rows. 0 or -PT_ENOMEM. */
int pt_baseline_make_rows(const struct pt_baseline_runs *runs, struct pt_baseline_program *p);

#endif
