// SPDX-License-Identifier: MIT
/*
 * figures_phases.c - figures between two marks: of each step from mark to mark, and of several steps together.
 */
#include <math.h>
#include <string.h>

#include "../../format/error.h"
#include "figures_rows.h"

static double ratio(double part, double whole)
{
	return whole > 0 ? part / whole : NAN;
}

/* What both kinds of pools have. */
static void of_any(const struct pt_phase_figures *f, double *values)
{
	pt_rows_none(values);
	values[PT_METRIC_PEAK_HELD_BYTES] = pt_rows_known(f->peak_held_bytes);
	values[PT_METRIC_PEAK_IN_USE_BYTES] = pt_rows_known(f->peak_in_use_bytes);
	values[PT_METRIC_PEAK_IDLE_BYTES] = pt_rows_known(f->peak_idle_bytes);
	values[PT_METRIC_IN_USE_AT_END_BYTES] = pt_rows_known(f->in_use_bytes);
	values[PT_METRIC_IN_USE_AT_END_OBJECTS] = pt_rows_known(f->in_use_objects);
	values[PT_METRIC_IDLE_AT_END_BYTES] = pt_rows_known(f->idle_bytes);
	values[PT_METRIC_IDLE_AT_END_OBJECTS] = pt_rows_known(f->idle_objects);
	values[PT_METRIC_HOARD_BYTE_SECONDS] = f->hoard_byte_seconds;
	values[PT_METRIC_STRANDED_MISSES] = pt_rows_known(f->stranded_misses);
	values[PT_METRIC_STRANDED_BYTES] = pt_rows_known(f->stranded_bytes);
}

static void of_heap(const struct pt_phase_figures *f, double *values)
{
	of_any(f, values);
	values[PT_METRIC_ALLOCATIONS] = pt_rows_known(f->allocations);
	values[PT_METRIC_ALLOCATED_BYTES] = pt_rows_known(f->allocated_bytes);
	values[PT_METRIC_FREES] = pt_rows_known(f->frees);
	values[PT_METRIC_TEMPORARY_ALLOCATIONS] = pt_rows_known(f->temporary_allocations);
	values[PT_METRIC_FRESH_ALLOCATIONS] = pt_rows_known(f->fresh_allocations);
}

static void of_pool(const struct pt_phase_figures *f, double *values)
{
	of_any(f, values);
	values[PT_METRIC_GETS] = pt_rows_known(f->gets);
	values[PT_METRIC_PUTS] = pt_rows_known(f->puts);
	values[PT_METRIC_MISSES] = pt_rows_known(f->misses);
	values[PT_METRIC_STEALS] = pt_rows_known(f->steals);
	values[PT_METRIC_AMBIGUOUS_MISSES] = pt_rows_known(f->ambiguous_misses);
	values[PT_METRIC_DROPS] = pt_rows_known(f->drops);
	values[PT_METRIC_PURGED] = pt_rows_known(f->purged);
	values[PT_METRIC_REGRETTED_DROPS] = pt_rows_known(f->regretted_drops);
	values[PT_METRIC_REGRETTED_BYTES] = pt_rows_known(f->regretted_bytes);
}

/* What follows from the others. */
static void derive(double *values, double duration_s)
{
	double hoard = values[PT_METRIC_HOARD_BYTE_SECONDS];

	values[PT_METRIC_BLOWUP] = ratio(values[PT_METRIC_PEAK_HELD_BYTES], values[PT_METRIC_PEAK_IN_USE_BYTES]);
	values[PT_METRIC_MEAN_IDLE_BYTES] = hoard == 0 ? 0 : ratio(hoard, duration_s);
}

static int append(struct pt_rows *b, enum pt_scope scope, const char *pool, const struct pt_report_phase *phase,
		  const double *values)
{
	struct pt_figures_row *row = pt_rows_append(b, scope, pool, NULL, values);

	if (!row)
		return -PT_ENOMEM;
	row->from = strdup(phase->from ? phase->from : "start");
	row->to = strdup(phase->to ? phase->to : "end");
	return row->from && row->to ? 0 : -PT_ENOMEM;
}

/* All pools of one name; what has had no event yet is empty. */
static void of_name(const struct pt_report_phase *phase, const char *name, double *values)
{
	static const struct pt_phase_figures nothing;
	double one[PT_METRIC_NR];

	of_pool(&nothing, values);
	for (uint32_t i = 0; i < phase->pools_nr; i++) {
		if (strcmp(phase->pools[i].name, name) != 0)
			continue;
		of_pool(&phase->pools[i].figures, one);
		pt_rows_add_values(values, one);
	}
}

static bool seen_before(const struct pt_report *r, size_t pool)
{
	for (size_t i = 0; i < pool; i++)
		if (!strcmp(r->pools[i].name, r->pools[pool].name))
			return true;
	return false;
}

static int of_phase(struct pt_rows *b, const struct pt_report_phase *phase)
{
	double values[PT_METRIC_NR], duration_ns = (double)(phase->end_ns - phase->begin_ns);
	int err = 0;

	for (size_t i = 0; i < b->r->pools_nr && !err; i++) {
		const struct pt_report_pool *p = &b->r->pools[i];

		if (seen_before(b->r, i))
			continue;
		if (p->detail)
			of_name(phase, p->name, values);
		else
			of_heap(&phase->heap, values);
		derive(values, duration_ns / 1e9);
		err = append(b, PT_SCOPE_POOL, p->name, phase, values);
	}
	of_heap(&phase->heap, values);
	derive(values, duration_ns / 1e9);
	values[PT_METRIC_DURATION_NS] = duration_ns;
	return err ? err : append(b, PT_SCOPE_PROCESS, NULL, phase, values);
}

int pt_figures_of_phases(struct pt_rows *b)
{
	int err = 0;

	for (size_t i = 0; i < b->r->phases_nr && !err; i++)
		err = of_phase(b, &b->r->phases[i]);
	return err;
}

/* Of what the last step says, or all of them, or the largest. */
static void join(double *values, const double *step)
{
	for (int m = 0; m < PT_METRIC_NR; m++) {
		switch (m) {
		case PT_METRIC_IN_USE_AT_END_BYTES:
		case PT_METRIC_IN_USE_AT_END_OBJECTS:
		case PT_METRIC_IDLE_AT_END_BYTES:
		case PT_METRIC_IDLE_AT_END_OBJECTS:
			values[m] = step[m];
			break;
		default:
			if (pt_metrics[m].together == PT_TOGETHER_SUM)
				values[m] += step[m];
			else
				values[m] = fmax(values[m], step[m]);
		}
	}
}

/* A row of a step, of the process (NULL) or a pool. */
static bool is_step(const struct pt_figures_row *row, const char *pool)
{
	if (!row->from)
		return false;
	if (!pool)
		return row->scope == PT_SCOPE_PROCESS;
	return row->scope == PT_SCOPE_POOL && !strcmp(row->pool, pool);
}

/* The first and the last step of a phase, counted from 0. */
static int find(const struct pt_figures *f, const char *from, const char *to, size_t *first, size_t *last)
{
	bool begun = false;
	size_t step = 0;

	for (size_t i = 0; i < f->rows_nr; i++) {
		const struct pt_figures_row *row = &f->rows[i];

		if (!is_step(row, NULL))
			continue;
		if (!begun && (!strcmp(from, "start") || !strcmp(row->from, from))) {
			begun = true;
			*first = step;
		}
		*last = step++;
		if (begun && strcmp(to, "end") != 0 && !strcmp(row->to, to))
			return 0;
	}
	return begun && !strcmp(to, "end") ? 0 : -PT_EINVAL;
}

int pt_figures_phase(const struct pt_figures *f, const char *pool, const char *from, const char *to,
		     double values[PT_METRIC_NR])
{
	size_t first = 0, last = 0, step = 0, of_process = 0;
	double duration_ns = 0;
	bool found = false;

	pt_rows_none(values);
	if (find(f, from, to, &first, &last))
		return -PT_EINVAL;
	for (size_t i = 0; i < f->rows_nr; i++) {
		const struct pt_figures_row *row = &f->rows[i];

		if (is_step(row, NULL)) {
			if (of_process >= first && of_process <= last)
				duration_ns += row->values[PT_METRIC_DURATION_NS];
			of_process++;
		}
		if (!is_step(row, pool))
			continue;
		if (step == first)
			memcpy(values, row->values, sizeof(row->values));
		else if (step > first && step <= last)
			join(values, row->values);
		found = true;
		step++;
	}
	if (found)
		derive(values, duration_ns / 1e9);
	return found ? 0 : -PT_EINVAL;
}
