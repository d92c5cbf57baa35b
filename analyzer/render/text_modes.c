// SPDX-License-Identifier: MIT
/*
 * text_modes.c - estimates from a sample, each with its margin.
 */
#include "text_modes.h"

#include <inttypes.h>
#include <stdlib.h>

#include "../../format/error.h"
#include "../result/fold.h"
#include "../result/label.h"
#include "../result/quantity.h"
#include "../result/site.h"
#include "text.h"
#include "text_rows.h"

#define COLUMNS_BEFORE 44u /* of a call site's row before its last column, about */
#define ESTIMATE_BYTES (2 * PT_QUANTITY_BYTES)

typedef char number[PT_QUANTITY_BYTES];
typedef char estimate[ESTIMATE_BYTES];

/* "1.2 GiB ± 4 %": so are 19 of 20 samples. Nothing of something may be a little that was not drawn. */
static const char *with_margin(const struct pt_render *to, char out[ESTIMATE_BYTES], const char *value, uint64_t of,
			       double error)
{
	const double percent = of ? PT_ESTIMATE_MARGIN * error / (double)of * 100 : 0;

	if (!of)
		snprintf(out, ESTIMATE_BYTES, "none sampled");
	else if (percent < 0.05) /* as good as exact */
		snprintf(out, ESTIMATE_BYTES, "%s", value);
	else
		snprintf(out, ESTIMATE_BYTES, "%s %s %.*f %%", value, to->utf8 ? "\xc2\xb1" : "+-", percent < 9.95, percent);
	return out;
}

static const char *bytes(const struct pt_render *to, char out[ESTIMATE_BYTES], uint64_t value, double error)
{
	number n;

	return with_margin(to, out, pt_quantity_bytes(n, value), value, error);
}

static const char *counted(const struct pt_render *to, char out[ESTIMATE_BYTES], uint64_t value, double error)
{
	number n;

	return with_margin(to, out, pt_quantity_count(n, value), value, error);
}

static void totals(const struct pt_render *to, const struct pt_report *r)
{
	const struct pt_report_totals *t = &r->totals;
	estimate a, b;
	number n, m;

	pt_text_heading(to, "Estimates of malloc, from a sample");
	pt_text_line(to, "calls", "%s allocations of %s in all", counted(to, a, t->allocations, t->errors.allocations),
		     bytes(to, b, t->allocated_bytes, t->errors.allocated_bytes));
	pt_text_line(to, "peak", "in use %s at %s; held, idle and blowup: not known",
		     bytes(to, a, t->peak_in_use_bytes, t->errors.peak_in_use_bytes), pt_quantity_time(n, t->peak_in_use_ns));
	if (!t->in_use_at_end_objects)
		pt_text_line(to, "at end", "nothing of the sample is in use; idle: not known");
	else
		pt_text_line(to, "at end", "in use %s (%s blocks); idle: not known", bytes(to, a, t->in_use_at_end_bytes, t->errors.in_use_bytes),
		     counted(to, b, t->in_use_at_end_objects, t->errors.in_use_objects));
	pt_text_rss(to, r);
	if (t->peak_mapped_bytes)
		pt_text_line(to, "mmap", "the program's own: peak %s, at end %s", pt_quantity_bytes(n, t->peak_mapped_bytes),
			     pt_quantity_bytes(m, t->mapped_at_end_bytes));
	pt_text_line(to, "margins", "what lies below %s of something may not be in the sample at all; a peak is that of the"
				    " estimate, and so a little too high", pt_quantity_bytes(n, 3 * r->modes.sample_bytes));
}

static int by_in_use(const void *a, const void *b)
{
	const struct pt_tally *x = ((const struct pt_text_row *)a)->tally, *y = ((const struct pt_text_row *)b)->tally;

	return pt_text_by(x->in_use_bytes, y->in_use_bytes, x->allocated_bytes, y->allocated_bytes, x, y);
}

/* Frees rows. */
static int rows_table(const struct pt_render *to, struct pt_text_row *rows, size_t nr, const char *title, const char *what)
{
	const struct pt_column columns[] = {
		{ "in use", false, 0, false },	  { "at most", false, 2, false },
		{ "allocated", false, 3, false }, { "allocations", false, 1, false },
		{ title, true, 0, true },
	};
	size_t shown = to->top && to->top < nr ? to->top : nr;
	struct pt_table t;
	estimate e;
	int rc;

	pt_table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
	qsort(rows, nr, sizeof(*rows), by_in_use);
	for (size_t i = 0; i < shown; i++) {
		const struct pt_tally *y = rows[i].tally;

		pt_table_cell(&t, "%s", bytes(to, e, y->in_use_bytes, y->errors.in_use_bytes));
		pt_table_cell(&t, "%s", bytes(to, e, y->peak_in_use_bytes, y->errors.peak_in_use_bytes));
		pt_table_cell(&t, "%s", bytes(to, e, y->allocated_bytes, y->errors.allocated_bytes));
		pt_table_cell(&t, "%s", counted(to, e, y->allocations, y->errors.allocations));
		pt_table_cell(&t, "%s", rows[i].label);
	}
	rc = pt_table_print(&t, to);
	if (!rc && shown < nr)
		fprintf(to->out, "  and %zu more %s\n", nr - shown, what);
	free(rows);
	return rc;
}

static int threads(const struct pt_render *to, const struct pt_report *r)
{
	struct pt_text_row *rows = pt_text_rows_of_threads(r);

	if (!rows)
		return -PT_ENOMEM;
	pt_text_heading(to, "Threads (in use: allocated by it, at the end)");
	return rows_table(to, rows, r->threads_nr, "thread", "threads");
}

static int cpus(const struct pt_render *to, const struct pt_report *r)
{
	struct pt_text_row *rows = pt_text_rows_of_cpus(r);

	if (!rows)
		return -PT_ENOMEM;
	pt_text_heading(to, "CPUs (in use: allocated there, at the end)");
	return rows_table(to, rows, r->cpus_nr, "CPU", "CPUs");
}

static int sites(const struct pt_render *to, const struct pt_report *r, enum pt_site_key key, size_t top, bool stacks)
{
	static const struct pt_column in_use[] = { { "in use", false, 0, false }, { "blocks", false, 1, false },
						   { "where", true, 0, true } };
	static const struct pt_column allocated[] = { { "allocated", false, 0, false }, { "allocations", false, 1, false },
						      { "where", true, 0, true } };
	uint32_t *order;
	size_t nr;
	struct pt_table t;
	estimate e;
	int rc = pt_text_sites_top(r, key, top, &order, &nr);

	if (rc)
		return rc;
	pt_table_init(&t, key == PT_SITE_IN_USE ? in_use : allocated, 3);
	for (size_t i = 0; i < nr; i++) {
		const struct pt_tally *y = &r->sites[order[i]].tally;
		const bool now = key == PT_SITE_IN_USE;

		pt_table_cell(&t, "%s", bytes(to, e, now ? y->in_use_bytes : y->allocated_bytes,
					      now ? y->errors.in_use_bytes : y->errors.allocated_bytes));
		pt_table_cell(&t, "%s", counted(to, e, now ? y->in_use_objects : y->allocations,
						now ? y->errors.in_use_objects : y->errors.allocations));
		pt_text_where(&t, to, &r->sites[order[i]], stacks, COLUMNS_BEFORE);
	}
	free(order);
	if (nr)
		pt_text_heading(to, key == PT_SITE_IN_USE ? "Call sites by memory in use at the end" :
							    "Call sites by memory allocated");
	return pt_table_print(&t, to);
}

static int both_sites(const struct pt_render *to, const struct pt_report *r, size_t top, bool stacks)
{
	int rc = sites(to, r, PT_SITE_IN_USE, top, stacks);

	return rc ? rc : sites(to, r, PT_SITE_ALLOCATED, top, stacks);
}

static int folded_sites(const struct pt_render *to, const struct pt_report *r)
{
	struct pt_report folded = *r;
	int rc = pt_sites_fold(r, &folded.sites, &folded.sites_nr);

	if (rc)
		return rc;
	rc = both_sites(to, &folded, to->top, false);
	free(folded.sites);
	return rc;
}

int pt_text_estimates(const struct pt_render *to, const struct pt_report *r)
{
	int rc;

	totals(to, r);
	switch (to->by) {
	case PT_BY_THREAD:
		return threads(to, r);
	case PT_BY_CPU:
		return cpus(to, r);
	case PT_BY_SITE:
		return both_sites(to, r, to->top, true);
	case PT_BY_ALL:
		rc = threads(to, r);
		if (!rc)
			rc = cpus(to, r);
		return rc ? rc : folded_sites(to, r);
	default:
		return 0;
	}
}
