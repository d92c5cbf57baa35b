/* SPDX-License-Identifier: MIT */
/*
 * measure.h - one number for a budget: over the runs of a program, and in its baseline.
 */
#ifndef PT_MEASURE_H
#define PT_MEASURE_H

#include "baseline.h"
#include "picks.h"

/* All traces of one program. */
struct pt_program {
	const char *name;
	const struct pt_figures **runs;
	uint32_t runs_nr;
	const struct pt_baseline_program *baseline; /* NULL: none, or not in it */
	char *unfit; /* why nothing can be told of it: lost, torn or not recorded; NULL: it can; owned */
};

/* What an item is about, and what was measured of it. */
struct pt_measured {
	const struct pt_budget *budget;
	const struct pt_program *program;
	const struct pt_figures_row *key; /* `each`: pool and name of this one; NULL: all that match */
	struct pt_spread now, before;	  /* runs == 0: not known */
	double least, most;		  /* where the truth of now.median is, when that is an estimate; else both are it */
	uint32_t median_run;		  /* the one closest to the median */
	const struct pt_figures_row *largest; /* in it: the row that has most; NULL: none */
	uint32_t rows_nr;		      /* in it, with a value */
	bool no_ratio;			      /* not known, for `per` is 0 */
	bool no_more_held;		      /* of a default budget on a metric of_held: peak_held_bytes has not grown */
	bool gone;			      /* of a default budget: only the baseline has it */
};

/* pt_measure_now() - all: of the runs, those of m->key. A run without any counts as 0, for ratios not at all. 0 or -PT_ENOMEM. */
int pt_measure_now(struct pt_measured *m, const struct pt_pick *all, size_t nr);

/* pt_measure_may_be_missed() - one call site is asked for that is optional and not there, and a sample may just not have it. */
bool pt_measure_may_be_missed(const struct pt_measured *m);

/* pt_measure_before() - the same of the baseline; it has only each metric's spread, so what is put together of several is
 * taken to scatter together. 0 or -PT_ENOMEM. */
int pt_measure_before(struct pt_measured *m);

/*
 * pt_measure_held() - sets no_more_held. All threads of a pool may happen to run one after another: then less is in use at once,
 * and less held, yet the ratio of the two is higher. `all` as for pt_measure_now(). 0 or -PT_ENOMEM.
 */
int pt_measure_held(struct pt_measured *m, const struct pt_pick *all, size_t nr);

/* pt_baseline_view() - its rows of one scope (for pools also those of the process) with their medians as figures; row i is of *from[i]. Texts are borrowed: free rows
 * and `from` alone. 0 or -PT_ENOMEM. */
int pt_baseline_view(const struct pt_baseline_program *p, enum pt_scope scope, struct pt_figures *out,
		     const struct pt_baseline_row ***from);

#endif
