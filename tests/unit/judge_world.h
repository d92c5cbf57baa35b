/* SPDX-License-Identifier: MIT */
/*
 * judge_world.h - a busy program's figures, and budgets that are judged on them. For tests; fails them by itself.
 */
#ifndef PT_JUDGE_WORLD_H
#define PT_JUDGE_WORLD_H

#include "analyzer/budget/judge.h"
#include "figures_builder.h"

#define MIB 1048576.0

/* jw_busy() - a process, two pools beside malloc, threads, CPUs, phases and sites. `scale` makes another run of it. */
void jw_busy(struct pt_figures *f, double scale);

/* jw_site() - one more, in pool.c:line, called from main.c:line * 10. pool: NULL = of malloc. Its values. */
double *jw_site(struct pt_figures *f, const char *pool, const char *function, uint32_t line);

/* jw_values() - those of a row; pool, name: NULL = whichever comes first. */
double *jw_values(struct pt_figures *f, enum pt_scope scope, const char *pool, const char *name);

void jw_free(struct pt_figures *runs, size_t nr);

/* jw_baseline() - of a busy program's runs, `scales` of each. */
void jw_baseline(struct pt_baseline *b, const double *scales, size_t nr);

/* What was judged last, until jw_done(). */
extern struct pt_budgets jw_budgets;
extern struct pt_check jw_check;

/* jw_judge() - by the budgets that `items` are: below the usual head, or a whole file. Returns the first item. */
const struct pt_check_item *jw_judge(const char *items, const struct pt_figures *runs, size_t runs_nr,
				     const struct pt_baseline *baseline);
void jw_done(void);

/* jw_states_are() - how many items of each state there are. */
void jw_states_are(size_t within, size_t warned, size_t broken, size_t unknown);

/* jw_blamed() - function and value of each site. */
void jw_blamed(const struct pt_check_item *it, uint32_t nr, const char *const *functions, const double *values);

#endif
