// SPDX-License-Identifier: MIT
/*
 * text_tables.c - threads, CPUs, pools, matrices, call sites and ages as rows.
 *
 * A table is sorted by what hurts: idle bytes first. What does not fit is summed up in one line.
 */
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "../result/ages.h"
#include "../result/label.h"
#include "../result/quantity.h"
#include "table.h"
#include "text_rows.h"

#define BAR_COLUMNS 20u

typedef char number[PT_QUANTITY_BYTES];

/* Most idle first, then most in use, then as they came. */
static int by_idle(const void *a, const void *b)
{
	const struct pt_tally *x = ((const struct pt_text_row *)a)->tally, *y = ((const struct pt_text_row *)b)->tally;

	return pt_text_by(x->idle_bytes, y->idle_bytes, x->in_use_bytes, y->in_use_bytes, x, y);
}

static void tally_row(struct pt_table *t, const struct pt_report *r, const struct pt_text_row *row)
{
	const struct pt_tally *y = row->tally;
	uint64_t median_us = pt_median_age_us(pt_idle_ages(y));
	number n;

	pt_table_cell(t, "%s", pt_quantity_bytes(n, y->idle_bytes));
	pt_table_cell(t, "%s",
		      pt_quantity_share(n, (double)y->idle_bytes,
					(double)r->totals.idle_at_end_bytes));
	pt_table_cell(t, "%s", y->idle_bytes ? pt_quantity_time(n, median_us * 1000) : "-");
	pt_table_cell(t, "%s", pt_quantity_bytes(n, y->in_use_bytes));
	pt_table_cell(t, "%s", pt_quantity_bytes(n, y->allocated_bytes));
	pt_table_cell(t, "%s", pt_quantity_count(n, y->allocations));
	pt_table_cell(t, "%s",
		      pt_quantity_share(n, (double)y->freed_by_others_bytes,
					(double)y->allocated_bytes));
	pt_table_cell(t, "%s", pt_quantity_count(n, y->stranded_misses));
	pt_table_cell(t, "%s", row->label);
}

/* Rows of equal columns; `what` = "threads". Takes rows (freed here). */
static int tally_table(const struct pt_render *to, const struct pt_report *r, struct pt_text_row *rows,
		       size_t rows_nr, const char *title, const char *what)
{
	const struct pt_column columns[] = {
		{ "idle", false, 0, false },	  { "of all", false, 3, false },
		{ "idle for", false, 5, false },  { "in use", false, 0, false },
		{ "allocated", false, 4, false }, { "allocations", false, 2, false },
		{ "by others", false, 6, false }, { "stranded", false, 1, false },
		{ title, true, 0, true },
	};
	size_t shown = to->top && to->top < rows_nr ? to->top : rows_nr;
	uint64_t idle = 0, in_use = 0;
	struct pt_table t;
	number a, b;
	int rc;

	pt_table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
	qsort(rows, rows_nr, sizeof(*rows), by_idle);
	for (size_t i = 0; i < shown; i++)
		tally_row(&t, r, &rows[i]);
	for (size_t i = shown; i < rows_nr; i++) {
		idle += rows[i].tally->idle_bytes;
		in_use += rows[i].tally->in_use_bytes;
	}
	rc = pt_table_print(&t, to);
	if (!rc && shown < rows_nr)
		fprintf(to->out, "  and %zu more %s: idle %s, in use %s\n", rows_nr - shown, what,
			pt_quantity_bytes(a, idle), pt_quantity_bytes(b, in_use));
	free(rows);
	return rc;
}

int pt_text_threads(const struct pt_render *to, const struct pt_report *r)
{
	struct pt_text_row *rows = pt_text_rows_of_threads(r);
	bool all_exited = pt_report_all_exited(r);

	if (!rows)
		return -PT_ENOMEM;
	for (size_t i = 0; i < r->threads_nr; i++)
		if (r->threads[i].exited && !all_exited)
			strcat(rows[i].label, " (exited)");
	pt_text_heading(to, "Threads (idle: freed by it and not reused; in use: allocated by it)");
	return tally_table(to, r, rows, r->threads_nr, "thread", "threads");
}

int pt_text_cpus(const struct pt_render *to, const struct pt_report *r)
{
	struct pt_text_row *rows = pt_text_rows_of_cpus(r);

	if (!rows)
		return -PT_ENOMEM;
	pt_text_heading(to, "CPUs (idle: freed there; in use: allocated there)");
	return tally_table(to, r, rows, r->cpus_nr, "CPU", "CPUs");
}

int pt_text_pools(const struct pt_render *to, const struct pt_report *r)
{
	struct pt_text_row *rows = malloc((r->pools_nr + 1) * sizeof(*rows));
	char line[320];
	number a, b, c, d;
	int rc;

	if (!rows)
		return -PT_ENOMEM;
	for (size_t i = 0; i < r->pools_nr; i++) {
		rows[i].tally = &r->pools[i].tally;
		snprintf(rows[i].label, sizeof(rows[i].label), "%s (%s)", r->pools[i].name,
			 r->pools[i].source);
	}
	pt_text_heading(to, "Pools");
	rc = tally_table(to, r, rows, r->pools_nr, "pool", "pools");
	for (size_t i = 0; !rc && i < r->pools_nr; i++) {
		snprintf(
			line, sizeof(line),
			"%s: held at most %s, in use at most %s, blowup %s, given back to the system %s",
			r->pools[i].name, pt_quantity_bytes(a, r->pools[i].peak_held_bytes),
			pt_quantity_bytes(b, r->pools[i].peak_in_use_bytes),
			pt_quantity_ratio(c, r->pools[i].blowup),
			pt_quantity_bytes(d, r->pools[i].gone_bytes));
		fputs("  ", to->out);
		pt_text_wrap(to, line, 2);
	}
	return rc;
}

int pt_text_freed_by(const struct pt_render *to, const struct pt_report *r)
{
	static const struct pt_column columns[] = {
		{ "bytes", false, 0, false },	       { "blocks", false, 1, false },
		{ "of allocator's", false, 2, false }, { "allocated by thread", true, 0, true },
		{ "freed by thread", true, 0, true },
	};
	size_t left = to->top ? to->top : SIZE_MAX;
	struct pt_table t;
	char label[PT_LABEL_BYTES];
	number n;

	pt_table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < r->freed_by.cells_nr && left; i++) {
		const struct pt_report_cell *cell = &r->freed_by.cells[i];
		const struct pt_report_thread *from;

		if (cell->from == cell->to || cell->from >= r->threads_nr ||
		    cell->to >= r->threads_nr)
			continue;
		from = &r->threads[cell->from];
		left--;
		pt_table_cell(&t, "%s", pt_quantity_bytes(n, cell->bytes));
		pt_table_cell(&t, "%s", pt_quantity_count(n, cell->objects));
		pt_table_cell(&t, "%s",
			      pt_quantity_share(n, (double)cell->bytes,
						(double)from->tally.allocated_bytes));
		pt_label_thread(r, cell->from, label);
		pt_table_cell(&t, "%s", label);
		pt_label_thread(r, cell->to, label);
		pt_table_cell(&t, "%s", label);
	}
	if (!t.cells_nr && !t.failed)
		return 0;
	pt_text_heading(to, "Freed by another thread than the one that allocated");
	return pt_table_print(&t, to);
}

/* starved[i] and holder[i] as labels come from `label`. */
static int stranded_table(const struct pt_render *to, const struct pt_report *r,
			  const struct pt_report_matrix *m, const char *starved, const char *holder,
			  void (*label)(const struct pt_report *r, uint32_t i, char *out,
					size_t size))
{
	const struct pt_column columns[] = {
		{ "misses", false, 0, false },
		{ "bytes", false, 0, false },
		{ starved, true, 0, true },
		{ holder, true, 0, true },
	};
	struct pt_table t;
	char text[PT_LABEL_BYTES];
	number n;

	if (!m->cells_nr)
		return 0;
	pt_table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < m->cells_nr && (!to->top || i < to->top); i++) {
		pt_table_cell(&t, "%s", pt_quantity_count(n, m->cells[i].objects));
		pt_table_cell(&t, "%s", pt_quantity_bytes(n, m->cells[i].bytes));
		label(r, m->cells[i].from, text, sizeof(text));
		pt_table_cell(&t, "%s", text);
		label(r, m->cells[i].to, text, sizeof(text));
		pt_table_cell(&t, "%s", text);
	}
	pt_text_heading(
		to,
		"Stranded misses (served from new memory while another held a fitting idle block)");
	return pt_table_print(&t, to);
}

static void label_thread(const struct pt_report *r, uint32_t i, char *out, size_t size)
{
	(void)size;
	pt_label_thread(r, i, out);
}

static void label_cpu(const struct pt_report *r, uint32_t i, char *out, size_t size)
{
	if (i < r->cpus_nr)
		snprintf(out, size, "%" PRIu32, r->cpus[i].cpu);
	else
		snprintf(out, size, "?");
}

int pt_text_stranded(const struct pt_render *to, const struct pt_report *r)
{
	return stranded_table(to, r, &r->stranded, "starved thread", "thread that held it",
			      label_thread);
}

int pt_text_stranded_cpus(const struct pt_render *to, const struct pt_report *r)
{
	return stranded_table(to, r, &r->stranded_cpu, "starved CPU", "CPU that held it",
			      label_cpu);
}

/* Bars of equal factors from the first to the last bucket that is not empty. */
#define AGE_ROWS_MAX 8u

static void age_bar(const struct pt_render *to, unsigned int to_bucket, uint64_t bytes,
		    uint64_t most, uint64_t all)
{
	unsigned int bar = (unsigned int)((double)bytes / (double)most * BAR_COLUMNS + 0.5);
	number a, b, c;

	if (to_bucket < PT_AGE_BUCKETS)
		fprintf(to->out, "  up to %-10s", pt_quantity_time(a, 1000ull << to_bucket));
	else
		fprintf(to->out, "  longer          ");
	fprintf(to->out, " %10s  %7s%s", pt_quantity_bytes(b, bytes),
		pt_quantity_share(c, (double)bytes, (double)all), bar ? "  " : "");
	for (unsigned int i = 0; i < bar; i++)
		fputc('#', to->out);
	fputc('\n', to->out);
}

int pt_text_ages(const struct pt_render *to, const char *heading, const struct pt_age_histogram *h)
{
	uint64_t rows[PT_AGE_BUCKETS] = { 0 }, most = 0, all = 0;
	unsigned int first = PT_AGE_BUCKETS, last = 0, step, rows_nr;

	for (unsigned int k = 0; k < PT_AGE_BUCKETS; k++) {
		if (h->bytes[k] && first == PT_AGE_BUCKETS)
			first = k;
		if (h->bytes[k])
			last = k;
		all += h->bytes[k];
	}
	if (!all)
		return 0;
	step = (last - first) / AGE_ROWS_MAX + 1;
	rows_nr = (last - first) / step + 1;
	for (unsigned int k = first; k <= last; k++)
		rows[(k - first) / step] += h->bytes[k];
	for (unsigned int i = 0; i < rows_nr; i++)
		if (rows[i] > most)
			most = rows[i];
	pt_text_heading(to, "%s", heading);
	for (unsigned int i = 0; i < rows_nr; i++)
		age_bar(to, first + (i + 1) * step, rows[i], most, all);
	return 0;
}
