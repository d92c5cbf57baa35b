/* SPDX-License-Identifier: MIT */
/*
 * figures.h - from runs to medians, spreads and ratios; as a table and as JSON.
 */
#ifndef BENCH_FIGURES_H
#define BENCH_FIGURES_H

#include <jansson.h>

#include "run.h"

#define BENCH_RUNS_MAX 301

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
	double packed_bytes_per_event; /* after `pooltrace pack`; 0 = there is no such command */
	struct bench_series report_s;	  /* `pooltrace report` of the last trace, wall time, on the CPUs there are */
	struct bench_series report_cpu_s; /* the same on one CPU: its CPU time */
	struct bench_series heaptrack_analysis_s; /* heaptrack_interpret and heaptrack_print, both ways; empty = not measured */
	struct bench_series heaptrack_analysis_cpu_s;
	double calls[BENCH_TOOLS_NR]; /* allocation calls that the tool saw; 0 = not asked */
};

void bench_series_add(struct bench_series *s, double value);

double bench_median(const struct bench_series *s);

/* Added by pooltrace over added by heaptrack, of medians; negative if heaptrack adds nothing. */
double bench_added_ratio(const struct bench_series tools[BENCH_TOOLS_NR]);

void bench_print_header(void);
void bench_print_row(const struct bench_row *row);

/* Of hot-path.md, per workload. */
#define BENCH_BAR_ADDED_RATIO 0.2 /* of what heaptrack adds */
#define BENCH_BAR_CHURN_RATIO 5.0 /* of heaptrack's throughput */
#define BENCH_BAR_CHURN_KEPT 25.0 /* % of untraced */
#define BENCH_BAR_BYTES_PER_EVENT 5.0
#define BENCH_BAR_PACKED_BYTES 1.5
#define BENCH_BAR_EVENTS_PER_S 10e6 /* `pooltrace report` */
#define BENCH_BAR_ANALYSIS_RATIO 5.0 /* heaptrack's time over ours */

/* bench_row_bars() - notes the row's bars (bars.h). */
void bench_row_bars(const struct bench_row *row);

/* " MEDIAN UNIT (MIN-MAX)", as wide as a column of the table. */
void bench_print_series(const struct bench_series *s, double scale, const char *unit);

/* The same with the quartiles, for many short runs: " MEDIAN UNIT (Q1-Q3)". */
void bench_print_middle(const struct bench_series *s, const char *unit);

/* A line of the table up to heaptrack's column, without its end. */
void bench_print_tools(const char *name, const char *what, const struct bench_series *tools, double scale,
		       const char *unit);

/* The three of them, and bench_added_ratio(). */
json_t *bench_tools_json(const struct bench_series *tools);

/* Median, min, max and the runs; null when there are none. */
json_t *bench_series_json(const struct bench_series *s);

json_t *bench_row_json(const struct bench_row *row);

#endif
