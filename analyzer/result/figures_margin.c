// SPDX-License-Identifier: MIT
/*
 * figures_margin.c - how far figures from a sample may be off. docs/report.md "Samples".
 */
#include <math.h>

#include "figures_rows.h"

/* Blocks of so many sampling distances in all are all missed by a sample once in twenty times: exp(-3). */
#define MISSED 3.0

static void add_error(double *into, double error)
{
	*into = sqrt(*into * *into + error * error);
}

void pt_rows_estimated(const struct pt_rows *b, struct pt_figures_row *row, const struct pt_errors *e)
{
	if (b->r->modes.told != PT_TOLD_SAMPLE)
		return;
	row->estimated = true;
	add_error(&row->errors.allocations, e->allocations);
	add_error(&row->errors.allocated_bytes, e->allocated_bytes);
	add_error(&row->errors.in_use_objects, e->in_use_objects);
	add_error(&row->errors.in_use_bytes, e->in_use_bytes);
	row->errors.peak_in_use_bytes = fmax(row->errors.peak_in_use_bytes, e->peak_in_use_bytes);
}

static struct pt_figure_margin margin(double error, double missed)
{
	return (struct pt_figure_margin){ PT_ESTIMATE_MARGIN * error, PT_ESTIMATE_MARGIN * error + missed };
}

/* How many objects there are in so many bytes, when `objects` have `bytes`. */
static double objects_in(double missed_bytes, double objects, double bytes)
{
	return objects > 0 && bytes > 0 ? missed_bytes * objects / bytes : INFINITY;
}

struct pt_figure_margin pt_figures_margin(const struct pt_figures *f, const struct pt_figures_row *row, enum pt_metric metric)
{
	static const struct pt_figures_row nothing = { .estimated = true };
	const double missed_bytes = MISSED * f->sample_bytes, *v;

	if (!row)
		row = &nothing;
	v = row->values;
	if (!row->estimated || !f->sample_bytes)
		return (struct pt_figure_margin){ 0, 0 };
	switch (metric) {
	case PT_METRIC_ALLOCATIONS:
		return margin(row->errors.allocations, objects_in(missed_bytes, v[metric], v[PT_METRIC_ALLOCATED_BYTES]));
	case PT_METRIC_ALLOCATED_BYTES:
		return margin(row->errors.allocated_bytes, missed_bytes);
	case PT_METRIC_IN_USE_AT_END_OBJECTS:
		return margin(row->errors.in_use_objects,
			      objects_in(missed_bytes, v[metric], v[PT_METRIC_IN_USE_AT_END_BYTES]));
	case PT_METRIC_IN_USE_AT_END_BYTES:
		return margin(row->errors.in_use_bytes, missed_bytes);
	case PT_METRIC_PEAK_IN_USE_BYTES:
		return margin(row->errors.peak_in_use_bytes, missed_bytes);
	default:
		return (struct pt_figure_margin){ 0, 0 };
	}
}
