/* SPDX-License-Identifier: MIT */
/*
 * picks.h - rows of figures that a budget is about, and what they are together.
 */
#ifndef PT_PICKS_H
#define PT_PICKS_H

#include "../result/figures.h"
#include "budget.h"

/* One row of one run. */
struct pt_pick {
	const struct pt_figures_row *row; /* of a phase: the row of the whole run */
	uint32_t run;
	bool no_ratio; /* `per` is 0 and the metric is not */
	double value;  /* of the metric, or of the ratio; NAN: not known */
	struct pt_figure_margin margin;
};

struct pt_picks {
	struct pt_pick *all;
	size_t nr, max;
};

/* pt_row_matches() - whole-run rows only; a default budget leaves out the pool `malloc`, which is the process. */
bool pt_row_matches(const struct pt_figures_row *row, const struct pt_budget *b);

/* pt_picks_add() - those of a run. 0 or -PT_ENOMEM; free `all` in both cases. */
int pt_picks_add(struct pt_picks *p, const struct pt_figures *f, uint32_t run, const struct pt_budget *b);

/* pt_picks_sort() - those of the same pool and name one behind the other. */
void pt_picks_sort(struct pt_picks *p);

/* pt_picks_same() - the same pool and name? */
bool pt_picks_same(const struct pt_figures_row *a, const struct pt_figures_row *b);

/* pt_picks_together() - of those of `run` the sum, of peaks and ratios the largest; those not known are left out. NAN: none
 * is known. *largest, when not NULL: the row that has most; NULL: none. */
double pt_picks_together(const struct pt_pick *all, size_t nr, uint32_t run, const struct pt_budget *b,
			 const struct pt_figures_row **largest);

/* pt_picks_margin() - of that. */
struct pt_figure_margin pt_picks_margin(const struct pt_pick *all, size_t nr, uint32_t run, const struct pt_budget *b);

/* pt_budget_unit() - of what is compared. */
enum pt_unit pt_budget_unit(const struct pt_budget *b);

/* pt_budget_adds_up() - are several rows their sum? */
bool pt_budget_adds_up(const struct pt_budget *b);

#endif
