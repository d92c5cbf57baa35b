/* SPDX-License-Identifier: MIT */
/*
 * figures_rows.h - rows of figures being made: what figures_*.c share. Not for others.
 *
 * Each fills in its scopes; rows that are called the same become one as they come.
 */
#ifndef PT_FIGURES_ROWS_H
#define PT_FIGURES_ROWS_H

#include "figures.h"

struct pt_rows_place;

struct pt_rows {
	const struct pt_report *r;
	const struct pt_graph_snapshot *snapshot; /* NULL: none */
	struct pt_figures *out;
	struct pt_rows_place *places; /* uthash: rows by scope, pool and name */
	double *weights;	      /* by row: how much the stack matters whose lines stand for the call site */
	size_t max;
};

/*
 * pt_rows_add() - values: added to the row that is called so (as pt_metrics[].together), or become a new one.
 *
 * pool, name: NULL where the scope has none. The row lives until the next call; NULL: no memory.
 */
struct pt_figures_row *pt_rows_add(struct pt_rows *b, enum pt_scope scope, const char *pool, const char *name,
				   const double values[PT_METRIC_NR]);

/* pt_rows_estimated() - errors of what was added to the row; nothing where malloc was not sampled. */
void pt_rows_estimated(const struct pt_rows *b, struct pt_figures_row *row, const struct pt_errors *e);

/* pt_rows_append() - a row of its own, whatever it is called. values: NULL = NAN. NULL: no memory. */
struct pt_figures_row *pt_rows_append(struct pt_rows *b, enum pt_scope scope, const char *pool, const char *name,
				      const double *values);

/* pt_rows_add_values() - as pt_metrics[].together; what cannot be known of one of two cannot be known of both. */
void pt_rows_add_values(double into[PT_METRIC_NR], const double values[PT_METRIC_NR]);

/* pt_rows_none() - all NAN. */
void pt_rows_none(double values[PT_METRIC_NR]);

/* pt_rows_make() - all rows, in their order. 0 or -PT_ENOMEM. */
int pt_rows_make(const struct pt_report *r, const struct pt_graph_snapshot *snapshot, struct pt_figures *out);

/* pt_rows_known() - PT_UNKNOWN is NAN. */
double pt_rows_known(uint64_t number);

/* pt_rows_of_tally() - the columns that a thread, CPU, site and the allocator have of their own. */
void pt_rows_of_tally(const struct pt_rows *b, const struct pt_tally *t, double values[PT_METRIC_NR]);

/* pt_rows_of_pool_row() - the same for annotated pools. */
void pt_rows_of_pool_row(const struct pt_rows *b, const struct pt_pool_row *row, double values[PT_METRIC_NR]);

/* Each fills in its part. 0 or -PT_ENOMEM. */
int pt_figures_of_whole(struct pt_rows *b);   /* process and pools */
int pt_figures_of_phases(struct pt_rows *b);  /* behind that */
int pt_figures_of_threads(struct pt_rows *b); /* and CPUs, of the process and of pools */
int pt_figures_of_counts(struct pt_rows *b);  /* threads, CPUs and pools where there are only counters */
int pt_figures_of_sites(struct pt_rows *b);   /* of malloc and of pools */
int pt_figures_of_graph(struct pt_rows *b);   /* what the snapshot says of sites */

/*
 * pt_rows_add_site() - pt_rows_add() of the call site `site`; its frames are those of the heaviest stack.
 *
 * scope: PT_SCOPE_SITE, or PT_SCOPE_POOL_SITE of `pool`. errors: of values; NULL: they are exact. weight: how much the stack
 * matters. 0 or -PT_ENOMEM.
 */
int pt_rows_add_site(struct pt_rows *b, enum pt_scope scope, const char *pool, const struct pt_report_site *site,
		     const double values[PT_METRIC_NR], const struct pt_errors *errors, double weight);

/* pt_rows_add_stack() - values: of a stack of the row's call site with such lines. 0 or -PT_ENOMEM. */
int pt_rows_add_stack(struct pt_figures_row *row, const struct pt_figure_frame *frames, uint32_t frames_nr,
		      const double values[PT_METRIC_NR]);

#define PT_ROWS_THREAD_BYTES 72 /* pt_report_thread.name, and a '*' */
/* pt_rows_thread_class() - "worker-7" is one of "worker-*": which number a thread has says nothing, and changes from run to run.
 * Returns `out`. */
const char *pt_rows_thread_class(const char *name, char out[PT_ROWS_THREAD_BYTES]);

/* pt_rows_why() - static text: why a metric is NAN everywhere. */
const char *pt_rows_why(const struct pt_rows *b, enum pt_metric metric);

#endif
