/* SPDX-License-Identifier: MIT */
/*
 * figures_builder.h - figures made by hand, for tests of what compares them.
 *
 * Aborts when it runs out of memory. Free with pt_figures_fini().
 */
#ifndef PT_FIGURES_BUILDER_H
#define PT_FIGURES_BUILDER_H

#include "analyzer/result/figures.h"

/* fb_figures() - a program without rows. */
void fb_figures(struct pt_figures *f, const char *program, const char *trace);

/* fb_row() - one more row, all of its metrics NAN. pool, name: NULL = none. It moves with the next row. */
struct pt_figures_row *fb_row(struct pt_figures *f, enum pt_scope scope, const char *pool, const char *name);

/* fb_phase() - a row of the process, or with `pool` of that, between two marks. */
struct pt_figures_row *fb_phase(struct pt_figures *f, const char *pool, const char *from, const char *to);

/* fb_site() - a call site; stack: "take pool.c:12 < handle server.c < main", innermost first. `?` is no name. */
struct pt_figures_row *fb_site(struct pt_figures *f, const char *pool, const char *stack);

#endif
