// SPDX-License-Identifier: MIT
/*
 * blame_place.c - a pool's functions are on every stack of it: who called them is what tells stacks apart.
 */
#include "blame_place.h"

#include <string.h>

/* Of all gets, or puts, of a pool: who tells that many is the pool itself. */
#define OWN_SHARE 0.9

static bool same_text(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

static bool same_function(const struct pt_figure_frame *a, const struct pt_figure_frame *b)
{
	return same_text(a->function, b->function) && same_text(a->file, b->file);
}

static double number(const struct pt_figures_row *row, enum pt_metric metric)
{
	return row->values[metric] > 0 ? row->values[metric] : 0; /* NAN is not */
}

static bool is_pools_own(const struct pt_figures *f, const struct pt_figures_row *site)
{
	double gets = 0, puts = 0, own_gets = 0, own_puts = 0;

	for (size_t i = 0; i < f->rows_nr; i++) {
		const struct pt_figures_row *row = &f->rows[i];

		if (row->scope != PT_SCOPE_POOL_SITE || !row->frames_nr || !same_text(row->pool, site->pool))
			continue;
		gets += number(row, PT_METRIC_GETS);
		puts += number(row, PT_METRIC_PUTS);
		if (!same_function(&row->frames[0], &site->frames[0]))
			continue;
		own_gets += number(row, PT_METRIC_GETS);
		own_puts += number(row, PT_METRIC_PUTS);
	}
	return (own_gets > 0 && own_gets >= OWN_SHARE * gets) || (own_puts > 0 && own_puts >= OWN_SHARE * puts);
}

struct pt_figure_frame pt_blame_place(const struct pt_figures *f, const struct pt_figures_row *row, enum pt_metric metric)
{
	struct pt_figure_frame own = pt_figures_frame(row, 0, metric);
	uint32_t next = 0;

	if (!own.file || !is_pools_own(f, row))
		return own;
	for (uint32_t i = 1; i < row->frames_nr; i++) {
		const struct pt_figure_frame *frame = &row->frames[i];

		if (!frame->function || !frame->line)
			continue;
		if (!same_text(frame->file, own.file))
			return pt_figures_frame(row, i, metric);
		if (!next && !same_function(frame, &row->frames[0]))
			next = i;
	}
	return pt_figures_frame(row, next, metric); /* all in one file: the next function out */
}
