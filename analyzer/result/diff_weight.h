/* SPDX-License-Identifier: MIT */
/*
 * diff_weight.h - how much a change matters, and which are too small to tell.
 */
#ifndef PT_DIFF_WEIGHT_H
#define PT_DIFF_WEIGHT_H

#include "figures.h"

/* What changes are measured against: of the two programs the larger each. */
struct pt_diff_scale {
	double held_bytes; /* peak held */
	double duration_s;
	double calls; /* allocations and gets */
};
void pt_diff_scale_of(const struct pt_figures *before, const struct pt_figures *after, struct pt_diff_scale *out);

/*
 * pt_diff_weight() - 0 to 1.
 *
 * in_use_bytes: what the row had in use at most, the larger of both: what a change of its blowup is a multiple of.
 */
double pt_diff_weight(const struct pt_diff_scale *scale, enum pt_metric metric, double before, double after,
		      double in_use_bytes);

/* pt_diff_is_tiny() - not worth a line. Leaks and misuse always are. */
bool pt_diff_is_tiny(enum pt_metric metric, double before, double after, double weight);

#endif
