/* SPDX-License-Identifier: MIT */
/*
 * spread.h - several runs of one number: how far it scatters, and from where on a change is no scatter.
 *
 * The rule and its false-alarm rate: docs/ci.md "What counts as a regression".
 */
#ifndef PT_SPREAD_H
#define PT_SPREAD_H

#include <stddef.h>
#include <stdint.h>

struct pt_spread {
	uint32_t runs;	   /* values that were known; 0: none */
	double median, low, high; /* NAN without runs */
	double deviation;  /* the largest of 1.4826 x MAD, range / d2(runs) and the standard deviation: of few runs each
			    * alone is often much too small; 0 with one run */
};

/* pt_spread_of() - values: overwritten; NANs are left out. */
void pt_spread_of(double *values, size_t nr, struct pt_spread *out);

/*
 * pt_spread_bound() - the largest median of `runs` new runs that is still scatter. NAN: no runs.
 *
 * At least the highest run of the baseline; with one run, or runs that are all the same, that is all.
 * comparisons: how many numbers are looked at in one check: the more, the wider, so that all of them together give a
 * false alarm no more often than PT_FALSE_ALARM_RATE.
 */
double pt_spread_bound(const struct pt_spread *baseline, uint32_t runs, uint32_t comparisons);

#define PT_FALSE_ALARM_RATE 0.001 /* of a whole check, where values scatter normally */

#endif
