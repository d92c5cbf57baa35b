/* SPDX-License-Identifier: MIT */
/*
 * budget.h - what a team allows: a budget file, read and checked. Every key: docs/ci.md "Budget file".
 */
#ifndef PT_BUDGET_H
#define PT_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "../result/metric.h"

/* Which rows: patterns as in fnmatch(3); NULL = not asked for. */
struct pt_selector {
	char *program; /* base name */
	char *pool, *thread, *cpu, *site; /* site: any frame's "function" or "function (file.c)"; at most one of thread, cpu, site.
					   * thread: a number at its end is already "\\*", as in pt_figures_row.name */
	char *from, *to; /* a phase between two marks */
};

/* How much more than the baseline. */
struct pt_increase {
	bool given;
	bool is_share; /* 0.10 = 10 % of the baseline's median; else in the metric's unit */
	double value;
	double at_least; /* a share of little is never less than this, in the metric's unit */
};

struct pt_budget {
	char *name;	     /* as written, else made from metric and selector; never NULL */
	uint32_t line, column; /* in the file, 1 = first; 0: a default budget */
	enum pt_metric metric;
	enum pt_metric per;  /* a ratio: metric / per, of the same rows; PT_METRIC_NR: none */
	struct pt_selector where;
	bool each;	     /* every matching row alone; else all together (pt_metrics[].together) */
	bool optional;	     /* no row that matches is within, and not an error */
	bool warning;	     /* level: warning: told, but the status stays 0 */
	double max, min;     /* NAN: not given */
	struct pt_increase max_increase; /* needs a baseline */
};

struct pt_budgets {
	char *path; /* NULL: the default budgets */
	double lost_max, torn_max; /* shares; beyond: cannot tell. Both 0 when not given */
	struct pt_budget *budgets;
	size_t budgets_nr;
};

/*
 * pt_budgets_read() - a YAML file. Unknown, doubled and missing keys, wrong types, NaN, infinite and negative numbers, metrics
 * that do not exist or not where they are asked for: refused.
 *
 * error: on -PT_EINVAL one line "LINE:COLUMN: what is wrong; what to do". 0, -PT_ENOMEM, -PT_EIO (errno) or -PT_EINVAL; fini in all cases.
 */
#define PT_BUDGET_ERROR_BYTES 512
int pt_budgets_read(const char *path, struct pt_budgets *out, char error[PT_BUDGET_ERROR_BYTES]);

/* pt_budgets_default() - with a baseline and no file: each metric that is looked at by default, of the process and each pool, may grow
 * by PT_BUDGET_TOLERANCE. 0 or -PT_ENOMEM. */
int pt_budgets_default(struct pt_budgets *out);
void pt_budgets_fini(struct pt_budgets *b);

/* pt_budget_is_default() - of pt_budgets_default(): what the baseline does not have is new, and no error. */
bool pt_budget_is_default(const struct pt_budget *b);

/* pt_selector_scope() - rows of which scope are meant. The pool `malloc`'s threads, CPUs and sites are the process's. */
enum pt_scope pt_selector_scope(const struct pt_selector *where);

/* pt_selector_text() - "process", "pool msgbuf", "threads worker-* of pool msgbuf", "phase warm..drain of pool msgbuf".
 * Malloc'ed; NULL: no memory. */
char *pt_selector_text(const struct pt_selector *where);

/* pt_budget_name() - "blowup of pool msgbuf": what it is called without `name`. Malloc'ed; NULL: no memory. */
char *pt_budget_name(const struct pt_budget *b);

/* pt_budget_floor() - what a share of nothing is, and the least that default budgets allow, in the unit. */
double pt_budget_floor(enum pt_unit unit);

/* What grows by less is not worth a broken build, however sure it is. */
#define PT_BUDGET_TOLERANCE 0.05
#define PT_BUDGET_TOLERANCE_BYTES 65536.0
#define PT_BUDGET_TOLERANCE_COUNT 16.0
#define PT_BUDGET_TOLERANCE_RATIO 0.1 /* by default alone: a tenth of what is needed */

#endif
