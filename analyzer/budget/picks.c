// SPDX-License-Identifier: MIT
/*
 * picks.c - patterns against rows. A site is matched by any of its frames, as "function" and as "function (file.c)".
 */
#include "picks.h"

#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "../result/site.h"

#define FRAME_BYTES 512

static bool matches(const char *pattern, const char *text)
{
	return text && fnmatch(pattern, text, 0) == 0;
}

static bool frame_matches(const char *pattern, const struct pt_figure_frame *frame)
{
	char both[FRAME_BYTES];

	if (!frame->function)
		return matches(pattern, frame->file);
	if (matches(pattern, frame->function))
		return true;
	if (!frame->file)
		return false;
	snprintf(both, sizeof(both), "%s (%s)", frame->function, pt_base_name(frame->file));
	return matches(pattern, both);
}

static bool site_matches(const char *pattern, const struct pt_figures_row *row)
{
	for (uint32_t i = 0; i < row->frames_nr; i++)
		if (frame_matches(pattern, &row->frames[i]))
			return true;
	return false;
}

/* The allocator has no gets, say: who asks for all pools does not mean it. */
static bool is_of_malloc(enum pt_metric metric)
{
	return metric >= PT_METRIC_NR || pt_metrics[metric].scopes & PT_SCOPE_BIT(PT_SCOPE_PROCESS);
}

bool pt_row_matches(const struct pt_figures_row *row, const struct pt_budget *b)
{
	const struct pt_selector *where = &b->where;
	enum pt_scope scope = pt_selector_scope(where);

	if (row->scope != scope || row->from)
		return false;
	if (row->pool && where->pool && !matches(where->pool, row->pool))
		return false;
	if (row->pool && !strcmp(row->pool, "malloc") &&
	    (pt_budget_is_default(b) ||
	     (where->pool && strcmp(where->pool, "malloc") != 0 && !(is_of_malloc(b->metric) && is_of_malloc(b->per)))))
		return false;
	if (where->thread)
		return matches(where->thread, row->name);
	if (where->cpu)
		return matches(where->cpu, row->name);
	return !where->site || site_matches(where->site, row);
}

enum pt_unit pt_budget_unit(const struct pt_budget *b)
{
	return b->per < PT_METRIC_NR ? PT_UNIT_RATIO : pt_metrics[b->metric].unit;
}

bool pt_budget_adds_up(const struct pt_budget *b)
{
	return b->per == PT_METRIC_NR && pt_metrics[b->metric].together == PT_TOGETHER_SUM;
}

/* None of none is no share; something of nothing cannot be told. */
static double value_of(const double *values, const struct pt_budget *b, bool *no_ratio)
{
	double value = values[b->metric], whole = b->per < PT_METRIC_NR ? values[b->per] : 1;

	*no_ratio = whole == 0 && value != 0;
	if (whole == 0)
		return value == 0 ? 0 : NAN;
	return value / whole;
}

/* Of a quotient: what is least of the one by what is most of the other, and the other way round. */
static struct pt_figure_margin ratio_margin(const double *values, const struct pt_budget *b, struct pt_figure_margin part,
					    struct pt_figure_margin whole)
{
	double value = values[b->metric] / values[b->per];
	double least = fmax(values[b->metric] - part.below, 0) / (values[b->per] + whole.above);
	double most = values[b->per] > whole.below ? (values[b->metric] + part.above) / (values[b->per] - whole.below) : INFINITY;

	return (struct pt_figure_margin){ value - least, most - value };
}

/* Phases are not told of a sample. */
static struct pt_figure_margin margin_of(const struct pt_figures *f, const struct pt_figures_row *row, const struct pt_budget *b)
{
	struct pt_figure_margin part = pt_figures_margin(f, row, b->metric), whole;

	if (b->per == PT_METRIC_NR || b->where.from || !row->estimated || !row->values[b->per])
		return part;
	whole = pt_figures_margin(f, row, b->per);
	return ratio_margin(row->values, b, part, whole);
}

static int add(struct pt_picks *p, const struct pt_figures_row *row, const double *values, uint32_t run,
	       const struct pt_budget *b, struct pt_figure_margin margin)
{
	struct pt_pick *pick;

	if (p->nr == p->max) {
		size_t max = p->max ? 2 * p->max : 16;
		struct pt_pick *all = realloc(p->all, max * sizeof(*all));

		if (!all)
			return -PT_ENOMEM;
		p->all = all;
		p->max = max;
	}
	pick = &p->all[p->nr++];
	pick->row = row;
	pick->run = run;
	pick->value = value_of(values, b, &pick->no_ratio);
	pick->margin = margin;
	return 0;
}

int pt_picks_add(struct pt_picks *p, const struct pt_figures *f, uint32_t run, const struct pt_budget *b)
{
	double values[PT_METRIC_NR];

	for (size_t i = 0; i < f->rows_nr; i++) {
		const struct pt_figures_row *row = &f->rows[i];
		const double *of = row->values;

		if (!pt_row_matches(row, b))
			continue;
		if (b->where.from) {
			if (pt_figures_phase(f, row->pool, b->where.from, b->where.to, values))
				continue;
			of = values;
		}
		if (add(p, row, of, run, b, margin_of(f, row, b)))
			return -PT_ENOMEM;
	}
	return 0;
}

static int compare_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int by_name(const void *a, const void *b)
{
	const struct pt_pick *x = a, *y = b;
	int order = compare_text(x->row->pool, y->row->pool);

	if (!order)
		order = compare_text(x->row->name, y->row->name);
	return order ? order : (x->run > y->run) - (x->run < y->run);
}

void pt_picks_sort(struct pt_picks *p)
{
	if (p->nr)
		qsort(p->all, p->nr, sizeof(p->all[0]), by_name);
}

bool pt_picks_same(const struct pt_figures_row *a, const struct pt_figures_row *b)
{
	return !compare_text(a->pool, b->pool) && !compare_text(a->name, b->name);
}

double pt_picks_together(const struct pt_pick *all, size_t nr, uint32_t run, const struct pt_budget *b,
			 const struct pt_figures_row **largest)
{
	double together = NAN, most = -INFINITY;

	if (largest)
		*largest = NULL;
	for (size_t i = 0; i < nr; i++) {
		double value = all[i].value;

		if (all[i].run != run || isnan(value))
			continue;
		if (isnan(together))
			together = value;
		else if (pt_budget_adds_up(b))
			together += value;
		else
			together = fmax(together, value);
		if (value > most && largest)
			*largest = all[i].row;
		most = fmax(most, value);
	}
	return together;
}

/* Errors of a sum add up as those of independent numbers do. Of the largest: what the truth of any of them may be. */
struct pt_figure_margin pt_picks_margin(const struct pt_pick *all, size_t nr, uint32_t run, const struct pt_budget *b)
{
	double value = pt_picks_together(all, nr, run, b, NULL), below = 0, above = 0, least = -INFINITY, most = -INFINITY;

	for (size_t i = 0; i < nr; i++) {
		const struct pt_pick *p = &all[i];

		if (p->run != run || isnan(p->value))
			continue;
		below = sqrt(below * below + p->margin.below * p->margin.below);
		above = sqrt(above * above + p->margin.above * p->margin.above);
		least = fmax(least, p->value - p->margin.below);
		most = fmax(most, p->value + p->margin.above);
	}
	if (isnan(value) || pt_budget_adds_up(b))
		return (struct pt_figure_margin){ below, above };
	return (struct pt_figure_margin){ value - least, most - value };
}
