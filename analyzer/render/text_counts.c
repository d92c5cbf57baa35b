// SPDX-License-Identifier: MIT
/*
 * text_counts.c - what was counted: by thread name, CPU, size and pool. Exact, and without events.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../format/layout.h"
#include "../result/quantity.h"
#include "table.h"
#include "text.h"
#include "text_modes.h"

typedef char number[PT_QUANTITY_BYTES];

/* Room for a sign and a number. */
typedef char change[1 + PT_QUANTITY_BYTES];

static const char *with_sign(char out[1 + PT_QUANTITY_BYTES], int64_t net, const char *text)
{
	snprintf(out, 1 + PT_QUANTITY_BYTES, "%c%s", net < 0 ? '-' : '+', text);
	return out;
}

static uint64_t magnitude(int64_t net)
{
	return net < 0 ? -(uint64_t)net : (uint64_t)net;
}

/* In use, or when that cannot be told by how much it changed: "+1.5 MiB". */
static const char *net_bytes(char out[1 + PT_QUANTITY_BYTES], const struct pt_report_counts *c,
			     const struct pt_report_count *of)
{
	const int64_t net = pt_count_net(of->allocated_bytes, of->freed_bytes);
	number n;

	if (pt_counts_bytes(c, 0) == PT_UNKNOWN)
		return "not known";
	if (pt_counts_in_use(c, of->allocated_bytes, of->freed_bytes) != PT_UNKNOWN)
		return pt_quantity_bytes(out, (uint64_t)net);
	return with_sign(out, net, pt_quantity_bytes(n, magnitude(net)));
}

static const char *net_count(char out[1 + PT_QUANTITY_BYTES], const struct pt_report_counts *c,
			     const struct pt_report_count *of)
{
	const int64_t net = pt_count_net(of->allocations, of->frees);
	number n;

	if (pt_counts_in_use(c, of->allocations, of->frees) != PT_UNKNOWN)
		return pt_quantity_count(out, (uint64_t)net);
	return with_sign(out, net, pt_quantity_count(n, magnitude(net)));
}

static const char *usable(number out, const struct pt_report_counts *c, uint64_t bytes)
{
	return pt_counts_bytes(c, bytes) == PT_UNKNOWN ? "not known" : pt_quantity_bytes(out, bytes);
}

static void totals(const struct pt_render *to, const struct pt_report *r)
{
	const struct pt_report_counts *c = r->counts;
	number a, b, d, e;
	change f, g;

	pt_text_heading(to, c->from_start ? "Counted" : "Counted, not recorded: in no other number");
	pt_text_line(to, "calls", "%s of %s (%s as usable), %s", pt_quantity_counted(a, c->all.allocations, "allocation"),
		     pt_quantity_bytes(b, c->requested_bytes), usable(d, c, c->all.allocated_bytes),
		     pt_quantity_counted(e, c->all.frees, "free"));
	if (pt_counts_bytes(c, 0) == PT_UNKNOWN)
		pt_text_line(to, "", "the allocator does not tell how much of a block is usable");
	pt_text_line(to, "", "a realloc is both; %s are such calls", pt_quantity_count(a, c->reallocs));
	if (c->from_start)
		pt_text_line(to, "at end", "in use %s usable (%s blocks); peak, idle, blowup: not known",
			     net_bytes(f, c, &c->all), net_count(g, c, &c->all));
	else
		pt_text_line(to, "change", "%s (%s blocks) by what was counted", net_bytes(f, c, &c->all), net_count(g, c, &c->all));
	if (c->from_start)
		pt_text_rss(to, r);
	if (c->damaged_nr)
		pt_text_line(to, "damaged", "%s of counters could not be read, or not in full: all of this is too little",
			     pt_quantity_counted(a, c->damaged_nr, "block"));
}

static void count_cells(struct pt_table *t, const struct pt_report_counts *all, const struct pt_report_count *c)
{
	number n;

	pt_table_cell(t, "%s", usable(n, all, c->allocated_bytes));
	pt_table_cell(t, "%s", pt_quantity_count(n, c->allocations));
	pt_table_cell(t, "%s", usable(n, all, c->freed_bytes));
	pt_table_cell(t, "%s", pt_quantity_count(n, c->frees));
}

static size_t rows_of(const struct pt_render *to, size_t nr)
{
	return to->top && to->top < nr ? to->top : nr;
}

static int end_table(struct pt_table *t, const struct pt_render *to, size_t nr, const char *what)
{
	int rc = pt_table_print(t, to);

	if (!rc && rows_of(to, nr) < nr)
		fprintf(to->out, "  and %zu more %s\n", nr - rows_of(to, nr), what);
	return rc;
}

static int threads(const struct pt_render *to, const struct pt_report_counts *c)
{
	static const struct pt_column columns[] = {
		{ "allocated", false, 0, false }, { "allocations", false, 0, false }, { "freed", false, 2, false },
		{ "frees", false, 3, false },	  { "reallocs", false, 4, false },    { "threads", false, 1, false },
		{ "name", true, 0, true },
	};
	struct pt_table t;
	number n;

	if (!c->by_thread_nr)
		return 0;
	pt_text_heading(to, "Threads by name (freed: by them, whoever allocated it)");
	pt_table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < rows_of(to, c->by_thread_nr); i++) {
		const struct pt_report_count_thread *row = &c->by_thread[i];

		count_cells(&t, c, &row->count);
		pt_table_cell(&t, "%s", pt_quantity_count(n, row->reallocs));
		pt_table_cell(&t, "%s", pt_quantity_count(n, row->threads));
		pt_table_cell(&t, "%s", row->name[0] ? row->name : "?");
	}
	return end_table(&t, to, c->by_thread_nr, "names");
}

static int cpus(const struct pt_render *to, const struct pt_report_counts *c)
{
	static const struct pt_column columns[] = {
		{ "allocated", false, 0, false }, { "allocations", false, 0, false }, { "freed", false, 1, false },
		{ "frees", false, 2, false },	  { "CPU", true, 0, true },
	};
	struct pt_table t;

	if (!c->cpus_nr)
		return 0;
	pt_text_heading(to, "CPUs (freed: there, wherever it was allocated)");
	pt_table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < rows_of(to, c->cpus_nr); i++) {
		count_cells(&t, c, &c->cpus[i].count);
		if (c->cpus[i].cpu == PT_COUNT_CPU_OTHERS)
			pt_table_cell(&t, "all others");
		else
			pt_table_cell(&t, "%" PRIu32, c->cpus[i].cpu);
	}
	return end_table(&t, to, c->cpus_nr, "CPUs");
}

/* Most in use first, then most allocated. */
static int by_weight(const void *left, const void *right)
{
	const struct pt_report_count_class *a = *(const struct pt_report_count_class *const *)left;
	const struct pt_report_count_class *b = *(const struct pt_report_count_class *const *)right;
	const int64_t x = pt_count_net(a->count.allocated_bytes, a->count.freed_bytes);
	const int64_t y = pt_count_net(b->count.allocated_bytes, b->count.freed_bytes);

	if (x != y)
		return x < y ? 1 : -1;
	if (a->count.allocated_bytes != b->count.allocated_bytes)
		return a->count.allocated_bytes < b->count.allocated_bytes ? 1 : -1;
	return (a > b) - (a < b);
}

static int by_size(const void *left, const void *right)
{
	const struct pt_report_count_class *a = *(const struct pt_report_count_class *const *)left;
	const struct pt_report_count_class *b = *(const struct pt_report_count_class *const *)right;

	return (a > b) - (a < b);
}

/* Of those that matter most, ascending. */
static size_t choose(const struct pt_render *to, const struct pt_report_counts *c,
		     const struct pt_report_count_class *chosen[PT_COUNT_CLASSES])
{
	const size_t nr = c->classes_nr < PT_COUNT_CLASSES ? c->classes_nr : PT_COUNT_CLASSES, shown = rows_of(to, nr);

	for (size_t i = 0; i < nr; i++)
		chosen[i] = &c->classes[i];
	qsort(chosen, nr, sizeof(chosen[0]), by_weight);
	qsort(chosen, shown, sizeof(chosen[0]), by_size);
	return shown;
}

static int classes(const struct pt_render *to, const struct pt_report_counts *c)
{
	const struct pt_column columns[] = {
		{ "usable bytes", false, 0, false },
		{ c->from_start ? "in use" : "change", false, 0, false },
		{ "blocks", false, 0, false },
		{ "allocated", false, 1, false },
		{ "allocations", false, 0, false },
		{ "frees", false, 2, false },
	};
	const struct pt_report_count_class *chosen[PT_COUNT_CLASSES];
	change net;
	struct pt_table t;
	number n;

	if (!c->classes_nr || pt_counts_bytes(c, 0) == PT_UNKNOWN)
		return 0;
	pt_text_heading(to, "Sizes");
	pt_table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0, shown = choose(to, c, chosen); i < shown; i++) {
		const struct pt_report_count_class *row = chosen[i];

		if (row->to_bytes == UINT64_MAX)
			pt_table_cell(&t, "from %" PRIu64, row->from_bytes);
		else
			pt_table_cell(&t, "%" PRIu64 " to %" PRIu64, row->from_bytes, row->to_bytes);
		pt_table_cell(&t, "%s", net_bytes(net, c, &row->count));
		pt_table_cell(&t, "%s", net_count(net, c, &row->count));
		pt_table_cell(&t, "%s", pt_quantity_bytes(n, row->count.allocated_bytes));
		pt_table_cell(&t, "%s", pt_quantity_count(n, row->count.allocations));
		pt_table_cell(&t, "%s", pt_quantity_count(n, row->count.frees));
	}
	return end_table(&t, to, c->classes_nr, "sizes; --top 0 shows all");
}

static const char *or_unknown(char out[PT_QUANTITY_BYTES], uint64_t count)
{
	return count == PT_UNKNOWN ? "not known" : pt_quantity_count(out, count);
}

static void pool_row(struct pt_table *t, const struct pt_report_counts *c, const struct pt_report_count_calls *calls)
{
	number n;

	pt_table_cell(t, "%s", pt_quantity_count(n, calls->gets));
	pt_table_cell(t, "%s", pt_quantity_count(n, calls->puts));
	pt_table_cell(t, "%s", pt_quantity_count(n, calls->misses));
	pt_table_cell(t, "%s", pt_quantity_count(n, calls->stocked));
	pt_table_cell(t, "%s", pt_quantity_count(n, calls->drops));
	pt_table_cell(t, "%s", c ? or_unknown(n, pt_counts_out(c, calls)) : "");
	pt_table_cell(t, "%s", c ? or_unknown(n, pt_counts_idle(c, calls)) : "");
}

static void shard_rows(struct pt_table *t, const struct pt_report_counts *c, size_t first, size_t end)
{
	for (size_t i = first; i < end; i++) {
		const struct pt_report_count_pool *p = &c->pools[i];

		pool_row(t, NULL, &p->calls);
		if (p->number == PT_SHARD_ALL)
			pt_table_cell(t, "  no shard named");
		else if (p->number == PT_SHARD_THREAD)
			pt_table_cell(t, "  threads' own");
		else
			pt_table_cell(t, "  shard %" PRIu64 "%s%s", p->number, p->shard[0] ? " " : "", p->shard);
	}
}

static int pools(const struct pt_render *to, const struct pt_report_counts *c, bool shards)
{
	static const struct pt_column columns[] = {
		{ "gets", false, 0, false },	{ "puts", false, 0, false },	{ "told misses", false, 2, false },
		{ "stocked", false, 4, false }, { "drops", false, 3, false },	{ "not put back", false, 1, false },
		{ "idle", false, 5, false },	{ "pool", true, 0, true },
	};
	struct pt_report_count_calls sum;
	struct pt_table t;

	if (!c->pools_nr)
		return 0;
	pt_text_heading(to, "Pools");
	pt_table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0, end; i < c->pools_nr; i = end) {
		end = pt_counts_pool_end(c, i, &sum);
		pool_row(&t, c, &sum);
		pt_table_cell(&t, "%s", c->pools[i].pool[0] ? c->pools[i].pool : "all others");
		if (shards)
			shard_rows(&t, c, i, end);
	}
	return pt_table_print(&t, to);
}

int pt_text_counters(const struct pt_render *to, const struct pt_report *r)
{
	const struct pt_report_counts *c = r->counts;
	const bool all = to->by == PT_BY_ALL;
	int rc = 0;

	if (!c || (!c->blocks_nr && !c->damaged_nr))
		return 0;
	totals(to, r);
	if (all || to->by == PT_BY_POOL || to->by == PT_BY_SHARD)
		rc = pools(to, c, to->by == PT_BY_SHARD);
	if (!rc && (all || to->by == PT_BY_THREAD))
		rc = threads(to, c);
	if (!rc && (all || to->by == PT_BY_CPU))
		rc = cpus(to, c);
	return rc || !all ? rc : classes(to, c);
}
