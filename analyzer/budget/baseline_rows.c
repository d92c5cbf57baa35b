// SPDX-License-Identifier: MIT
/*
 * baseline_rows.c - rows of several runs made one.
 *
 * What a run does not have is 0 there, not unknown: a call site that allocated nothing, a thread that was not started.
 *
 * Phases stay steps from mark to mark, in order of time, for a budget puts a phase together from them: the k-th step of two
 * names in one run is the k-th in another.
 */
#include "baseline_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "baseline_parts.h"
#include "baseline_sites.h"

/* A program that marks each turn of a loop has thousands of steps. A part of them would add up to wrong phases: all or none. */
#define STEPS_MAX 64u

/* A row of one run. */
struct entry {
	const struct pt_figures_row *row;
	uint32_t run;
	uint32_t step;	/* of the process or of its pool; 0 when it is no phase */
	uint32_t again; /* how many steps of the same names are before it */
};

static int compare(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

/* The same thing side by side, the first run first. */
static int by_identity(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = pt_baseline_order(x->row, y->row);

	if (!order)
		order = compare(x->again, y->again);
	return order ? order : compare(x->run, y->run);
}

/* As they are to stand in the file. */
static int by_place(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = (int)x->row->scope - (int)y->row->scope;

	if (!order)
		order = (x->row->from != NULL) - (y->row->from != NULL);
	if (!order)
		order = compare(x->step, y->step);
	return order ? order : by_identity(a, b);
}

static bool same_thing(const struct entry *a, const struct entry *b)
{
	return a->again == b->again && !pt_baseline_order(a->row, b->row);
}

static char *copy_text(const char *text, bool *failed)
{
	char *copy = text ? strdup(text) : NULL;

	*failed |= text && !copy;
	return copy;
}

/* What the row is. Of files base names alone: in the figures of another build the rest may differ. */
static int copy_identity(const struct pt_figures_row *from, struct pt_figures_row *to)
{
	bool failed = false;

	to->scope = from->scope;
	to->pool = copy_text(from->pool, &failed);
	to->name = copy_text(from->name, &failed);
	to->from = copy_text(from->from, &failed);
	to->to = copy_text(from->to, &failed);
	to->frames = from->frames_nr ? calloc(from->frames_nr, sizeof(*to->frames)) : NULL;
	if (failed || (from->frames_nr && !to->frames))
		return -PT_ENOMEM;
	to->frames_nr = from->frames_nr;
	for (uint32_t i = 0; i < from->frames_nr; i++) {
		const char *file = from->frames[i].file, *slash = file ? strrchr(file, '/') : NULL;

		to->frames[i].function = copy_text(from->frames[i].function, &failed);
		to->frames[i].file = copy_text(slash ? slash + 1 : file, &failed);
	}
	return failed ? -PT_ENOMEM : 0;
}

/* Nine digits say all, or thousandths of what is large, which may stand beside whole numbers. */
static double rounded(double value)
{
	char text[32];

	if (!isfinite(value) || value == floor(value))
		return value;
	snprintf(text, sizeof(text), fabs(value) < 1e6 ? "%.9g" : "%.3f", value);
	return strtod(text, NULL);
}

/* What metric `m` was in the runs of entries[0..entries_nr), which are of one row. */
static void spread_metric(const struct pt_baseline_runs *runs, const struct entry *entries, size_t entries_nr, int m,
			  struct pt_spread *out)
{
	const struct pt_figures_row *row = entries[0].row;
	bool zero = !row->from && pt_metrics[m].unit != PT_UNIT_RATIO, known = false;

	for (uint32_t i = 0; i < runs->nr; i++)
		runs->values[i] = zero && !runs->all[i]->reasons[m] && !(runs->all[i]->untold & PT_SCOPE_BIT(row->scope)) ? 0 : NAN;
	for (size_t i = 0; i < entries_nr; i++) {
		runs->values[entries[i].run] = rounded(entries[i].row->values[m]);
		known |= !isnan(entries[i].row->values[m]);
	}
	pt_spread_of(runs->values, known ? runs->nr : 0, out);
	out->median = rounded(out->median);
	out->deviation = rounded(out->deviation);
}

/* Too many steps in one of the runs? */
static bool has_phases(const struct pt_baseline_runs *runs)
{
	for (uint32_t i = 0; i < runs->nr; i++) {
		size_t steps = 0;

		for (size_t k = 0; k < runs->all[i]->rows_nr; k++)
			steps += runs->all[i]->rows[k].scope == PT_SCOPE_PROCESS && runs->all[i]->rows[k].from;
		if (steps > STEPS_MAX)
			return false;
	}
	return true;
}

/* entries[]: of one run, entries[nr] the next. */
static void number_step(const struct entry *entries, size_t nr, struct entry *next)
{
	for (size_t i = 0; i < nr && next->row->from; i++) {
		const struct pt_figures_row *row = entries[i].row;

		if (!row->from || row->scope != next->row->scope)
			continue;
		if (row->scope == PT_SCOPE_PROCESS || !strcmp(row->pool, next->row->pool))
			next->step++;
		if (!pt_baseline_order(row, next->row))
			next->again++;
	}
}

/* All rows that are in any of the runs, as they are to stand in the file. NULL: no memory. */
static struct entry *collect(const struct pt_baseline_runs *runs, size_t *nr)
{
	bool phases = has_phases(runs);
	struct entry *entries;
	size_t room = 0, first;

	for (uint32_t i = 0; i < runs->nr; i++)
		room += runs->all[i]->rows_nr;
	entries = calloc(room + 1, sizeof(*entries));
	*nr = 0;
	if (!entries)
		return NULL;
	for (uint32_t i = 0; i < runs->nr; i++) {
		first = *nr;
		for (size_t k = 0; k < runs->all[i]->rows_nr; k++) {
			const struct pt_figures_row *row = &runs->all[i]->rows[k];

			if (!pt_baseline_scope(row->scope) || (row->from && !phases))
				continue;
			entries[*nr] = (struct entry){ .row = row, .run = i };
			number_step(entries + first, *nr - first, &entries[*nr]);
			(*nr)++;
		}
	}
	qsort(entries, *nr, sizeof(*entries), by_identity);
	for (size_t i = 1; i < *nr; i++)
		if (same_thing(&entries[i - 1], &entries[i]))
			entries[i].step = entries[i - 1].step;
	qsort(entries, *nr, sizeof(*entries), by_place);
	return entries;
}

int pt_baseline_make_rows(const struct pt_baseline_runs *runs, struct pt_baseline_program *p)
{
	size_t entries_nr, end;
	struct entry *entries = collect(runs, &entries_nr);
	int rc = 0;

	if (!entries)
		return -PT_ENOMEM;
	p->rows = calloc(entries_nr + 1, sizeof(*p->rows));
	if (!p->rows)
		rc = -PT_ENOMEM;
	for (size_t i = 0; i < entries_nr && !rc; i = end) {
		struct pt_baseline_row *row = &p->rows[p->rows_nr++];

		for (end = i + 1; end < entries_nr && same_thing(&entries[i], &entries[end]);)
			end++;
		rc = copy_identity(entries[i].row, &row->is);
		for (int m = 0; m < PT_METRIC_NR; m++)
			spread_metric(runs, entries + i, end - i, m, &row->metrics[m]);
	}
	free(entries);
	return rc ? rc : pt_baseline_keep_sites(p);
}
