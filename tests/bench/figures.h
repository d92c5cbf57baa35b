/* SPDX-License-Identifier: MIT */
/*
 * figures.h - from runs to medians, spreads and ratios; as a table and as JSON.
 */
#ifndef BENCH_FIGURES_H
#define BENCH_FIGURES_H

#include <jansson.h>

#include "run.h"

#define BENCH_RUNS_MAX 101

struct bench_series {
	double values[BENCH_RUNS_MAX];
	int nr;
};

struct bench_row {
	const char *name;
	struct bench_series wall_s[BENCH_TOOLS_NR];
	struct bench_series cpu_s[BENCH_TOOLS_NR];
	struct bench_series rate_per_s[BENCH_TOOLS_NR];
	double events;		    /* in the last trace */
	double bytes_per_event;
	double report_s;	    /* `pooltrace report` of the last trace */
	double heaptrack_analysis_s; /* heaptrack_interpret and heaptrack_print; 0 = not measured */
	double calls[BENCH_TOOLS_NR]; /* allocation calls that the tool saw; 0 = not asked */
};

double bench_median(const struct bench_series *s);

/* Added by pooltrace over added by heaptrack, of medians; negative if heaptrack adds nothing. */
double bench_added_ratio(const struct bench_series tools[BENCH_TOOLS_NR]);

void bench_print_header(void);
void bench_print_row(const struct bench_row *row);

/* The bars of today, per workload; prints those that are broken. Returns how many. */
#define BENCH_BAR_ADDED_RATIO 0.5	 /* wall time, of what heaptrack adds */
#define BENCH_BAR_BYTES_PER_EVENT 6.0
#define BENCH_BAR_EVENTS_PER_S 5e6 /* `pooltrace report` */
int bench_print_bars(const struct bench_row *row);

/* Median, min, max and the runs; null when there are none. */
json_t *bench_series_json(const struct bench_series *s);

json_t *bench_row_json(const struct bench_row *row);

#endif
