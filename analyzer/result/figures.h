/* SPDX-License-Identifier: MIT */
/*
 * figures.h - a report as one flat table: rows (process, pools, threads by name, call sites ...) and
 * columns (pt_metrics). What budgets, baselines and diffs work on.
 *
 * Owns all its text, knows no addresses: two runs and two builds of a program can be compared row by row.
 */
#ifndef PT_FIGURES_H
#define PT_FIGURES_H

#include "graph.h"
#include "metric.h"
#include "report.h"

/* One frame of a site, outward from the line that names it (pt_site_frame()). */
struct pt_figure_frame {
	char *function; /* NULL: unknown; then `file` is the module's base name and line 0 */
	char *file;	/* as the compiler was given it; NULL: unknown */
	uint32_t line;	/* 0: unknown */
};
#define PT_FIGURE_FRAMES_MAX 16u /* of a site; what lies further out tells sites apart no more */

/* Of a site, stacks that went through the same lines: what is said in `values` is their part of the row's. */
struct pt_figure_stack {
	uint32_t lines[PT_FIGURE_FRAMES_MAX]; /* of frames[] */
	double values[PT_METRIC_NR];
};

struct pt_figures_row {
	enum pt_scope scope;
	char *pool;  /* PT_SCOPE_POOL and PT_SCOPE_POOL_*; else NULL */
	char *name;  /* thread: its name, a number at its end replaced by "*": "worker-*"; CPU: "3"; site: as
		      * pt_figures_site_name(); else NULL */
	char *from, *to; /* a phase: names of two marks that follow each other ("start" and "end" of the run);
			  * NULL: the whole run. Only PROCESS and POOL */
	struct pt_figure_frame *frames; /* sites; else NULL. Lines: those of the heaviest stack */
	uint32_t frames_nr;
	struct pt_figure_stack *stacks; /* made from a report: at least one; else NULL */
	uint32_t stacks_nr;
	double values[PT_METRIC_NR]; /* NAN: does not exist here, or could not be computed */
	bool estimated;		     /* from a sample: pt_figures_margin() */
	struct pt_errors errors;     /* of what is estimated */
};

struct pt_figures {
	char *program; /* base name of the executable */
	char *trace;   /* path as given */
	struct pt_figures_row *rows; /* by scope; phases of a scope behind its whole runs, in order of time; else
				      * by pool, then name: the same order in every run */
	size_t rows_nr;
	double lost_share;  /* lost events / (lost + read); 0 = none */
	double torn_share;  /* of the chunks or bytes of the file that could not be read, the larger; 0 = whole */
	const char *reasons[PT_METRIC_NR]; /* static text: why a column is NAN everywhere; NULL = it is not */
	unsigned int untold;  /* PT_SCOPE_BIT() of those that the trace says nothing of: that a row is not there means nothing */
	const char *untold_why; /* static text */
	double sample_bytes;   /* malloc was sampled: mean bytes from one sampled allocation to the next; else 0 */
	const char *malloc_why; /* static text: why some of what events of malloc tell is NAN; NULL: all of it is told */
	const char *gaps;      /* static text: why numbers say nothing of a part of the run; NULL: there is no such part */
};

/* A number that is estimated is rarely (once in twenty times) less or more than the truth by more than this. Exact ones: 0. */
struct pt_figure_margin {
	double below, above; /* the truth is at least value - below, at most value + above */
};

/*
 * pt_figures_margin() - that of a row's metric.
 *
 * Above: beyond the estimate's own error there may be 3 x sample_bytes of which nothing was drawn, in objects as large as
 * those that were; INFINITY for a number of objects of which none was. row: NULL = a call site that is not there.
 */
struct pt_figure_margin pt_figures_margin(const struct pt_figures *f, const struct pt_figures_row *row, enum pt_metric metric);

/*
 * pt_figures_make() - r: complete, all sites with frames. snapshot: the last whole one, or NULL.
 *
 * 0 or -PT_ENOMEM; free with pt_figures_fini() in both cases.
 */
int pt_figures_make(const struct pt_report *r, const struct pt_graph_snapshot *snapshot, struct pt_figures *out);
void pt_figures_fini(struct pt_figures *f);
void pt_figures_row_fini(struct pt_figures_row *row); /* what it points to; then it is all zero */

/* pt_figures_frame() - frame `nth` of a site, with the line that has most of the metric; borrowed from the row. */
struct pt_figure_frame pt_figures_frame(const struct pt_figures_row *row, uint32_t nth, enum pt_metric metric);

/* pt_figures_row_same() - do two rows of two runs or builds mean the same thing? Sites: pt_sites_alike() == 1. */
bool pt_figures_row_same(const struct pt_figures_row *a, const struct pt_figures_row *b);

/*
 * pt_figures_phase() - a phase from one mark to another, put together from the rows between.
 *
 * pool: NULL is the process. from, to: names of marks, "start" or "end": of several of one name the first is
 * meant, for `to` the first after `from`. values: counts and byte-seconds add up, peaks are the largest,
 * *_at_end those of the last row, blowup and mean_idle from the parts; NAN: no metric of a phase.
 *
 * 0, or -PT_EINVAL when there is no such mark (or `to` does not follow `from`) or no such pool; `values` are
 * all NAN then.
 */
int pt_figures_phase(const struct pt_figures *f, const char *pool, const char *from, const char *to,
		     double values[PT_METRIC_NR]);

/* pt_figures_site_name() - "take_buffer (pool.c) < handle (server.c) < main (server.c)": functions and base names
 * of files, no lines, so that an edit above it changes nothing. Malloc'ed; NULL: no memory. */
char *pt_figures_site_name(const struct pt_figure_frame *frames, uint32_t frames_nr);

#endif
