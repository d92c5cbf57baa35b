/* SPDX-License-Identifier: MIT */
/*
 * judge.h - budgets against what was measured: what is broken, by how much, and by whom.
 */
#ifndef PT_JUDGE_H
#define PT_JUDGE_H

#include "../result/check.h"
#include "baseline.h"
#include "budget.h"

/*
 * pt_judge() - every budget against every program it is for.
 *
 * runs: traces; those of one program are runs of it, and what counts is their median. baseline: NULL = none.
 * out:  one item for each budget, program and (with `each`) row; also the paths of budgets and traces. The caller may add
 *       baseline_path and duration_ns. 0 or -PT_ENOMEM; fini in both cases.
 */
int pt_judge(const struct pt_budgets *budgets, const struct pt_figures *runs, size_t runs_nr,
	     const struct pt_baseline *baseline, struct pt_check *out);

#endif
