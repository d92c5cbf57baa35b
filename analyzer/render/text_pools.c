// SPDX-License-Identifier: MIT
/*
 * text_pools.c - all pools in one table, where every byte is, and the program's own phases.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "../../format/error.h"
#include "../result/pool_verdict.h"
#include "../result/quantity.h"
#include "../result/unknown.h"
#include "bars.h"
#include "text_pool.h"

#define PAGES_DIGEST 3u /* of the worst pools with their tables */
#define LAYER_LABEL  18u
#define LAYER_BAR    24u
#define LAYER_TAKEN  (2 + LAYER_LABEL + 1 + 10 + 2 + 7 + 2) /* before the bar */
#define MARKS_NAMED  26u				    /* with a letter */

typedef char number[PT_QUANTITY_BYTES];

static void pool_row(struct pt_table *t, const struct pt_report *r, const struct pt_report_pool *p)
{
	const struct pt_pool_detail *d = p->detail;
	const struct pt_pool_row *y = d ? &d->row : NULL;
	number n;

	pt_table_cell(t, "%s", pt_quantity_bytes(n, p->peak_held_bytes));
	pt_table_cell(t, "%s", pt_quantity_bytes(n, p->peak_in_use_bytes));
	pt_table_cell(t, "%s", pt_quantity_ratio(n, p->blowup));
	pt_table_cell(t, "%s", pt_quantity_bytes(n, y ? y->idle_bytes : p->tally.idle_bytes));
	pt_table_cell(t, "%s", pt_quantity_bytes(n, y ? y->in_use_bytes : p->tally.in_use_bytes));
	pt_table_cell(t, "%s", pt_quantity_count(n, y ? y->gets : p->tally.allocations));
	pt_table_cell(t, "%s", y ? pt_quantity_share(n, (double)y->misses, (double)y->gets) : "-");
	pt_table_cell(t, "%s",
		      pt_quantity_count(n, y ? y->stranded_misses : p->tally.stranded_misses));
	pt_table_cell(t, "%s", y ? pt_severity_name(pt_pool_severity(r, p)) : "");
	pt_table_cell(t, "%s (%s)", p->name, p->source);
}

int pt_text_pools_table(const struct pt_render *to, const struct pt_report *r)
{
	static const struct pt_column columns[] = {
		{ "held", false, 0, false },   { "needed", false, 1, false },
		{ "blowup", false, 0, false }, { "idle", false, 0, false },
		{ "in use", false, 5, false }, { "gets", false, 3, false },
		{ "misses", false, 6, false }, { "stranded", false, 4, false },
		{ "verdict", true, 2, false }, { "pool", true, 0, true },
	};
	size_t *order, nr, shown;
	struct pt_table t;
	number n;
	int rc = pt_pools_worst(r, &order, &nr);

	if (rc)
		return rc;
	shown = to->top && to->top < nr ? to->top : nr;
	pt_text_heading(to, "Pools (held, needed: peaks of held and in use; the rest at the end)");
	pt_table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < shown; i++)
		pool_row(&t, r, &r->pools[order[i]]);
	for (size_t i = 0; i < r->pools_nr; i++)
		if (!r->pools[i].detail)
			pool_row(&t, r, &r->pools[i]);
	rc = pt_table_print(&t, to);
	if (!rc && shown < nr)
		fprintf(to->out, "  and %s; --top 0 shows all\n",
			pt_quantity_counted(n, nr - shown, "more pool"));
	free(order);
	return rc;
}

int pt_text_layers(const struct pt_render *to, const struct pt_report *r)
{
	const struct pt_report_layers *l = r->layers;
	const struct {
		const char *label;
		uint64_t bytes;
	} layers[] = {
		{ "used", l ? l->used_bytes : 0 },
		{ "idle in pools", l ? l->pool_idle_bytes : 0 },
		{ "... outside malloc", l ? l->pool_idle_elsewhere_bytes : 0 },
		{ "idle in malloc", l ? l->allocator_idle_bytes : 0 },
		{ "rest of RSS", l ? l->rest_of_rss_bytes : 0 },
	};
	unsigned int room = pt_bar_width(to) - LAYER_TAKEN,
		     bar = room < LAYER_BAR ? room : LAYER_BAR;
	double all = 0, at = 0;
	number a, b;

	if (!l)
		return 0;
	for (size_t i = 0; i < sizeof(layers) / sizeof(layers[0]); i++)
		all += layers[i].bytes == PT_UNKNOWN ? 0 : (double)layers[i].bytes;
	pt_text_heading(to, "Layers: where the bytes are at the end, each counted once");
	for (size_t i = 0; i < sizeof(layers) / sizeof(layers[0]); i++) {
		double bytes = (double)layers[i].bytes;

		if (layers[i].bytes == PT_UNKNOWN) {
			fprintf(to->out, "  %-*s %10s  ", (int)LAYER_LABEL, layers[i].label, "?");
			pt_text_wrap(to,
				     r->totals.rss.samples_nr
					     ? "not all of what is above is resident"
					     : PT_WHY_NO_RSS,
				     LAYER_TAKEN - 9);
			continue;
		}
		fprintf(to->out, "  %-*s %10s  %7s%s", (int)LAYER_LABEL, layers[i].label,
			pt_quantity_bytes(a, layers[i].bytes), pt_quantity_share(b, bytes, all),
			bytes > 0 ? "  " : "");
		pt_bar(to, at, at + bytes, all, bar);
		fputc('\n', to->out);
		at += bytes;
	}
	return 0;
}

int pt_text_marks(const struct pt_render *to, const struct pt_report *r)
{
	static const struct pt_column columns[] = {
		{ "", true, 0, false },
		{ "begins at", false, 0, false },
		{ "lasts", false, 0, false },
		{ "malloc in use", false, 2, false },
		{ "malloc idle", false, 3, false },
		{ "idle in pools", false, 1, false },
		{ "phase", true, 0, true },
	};
	struct pt_table t;
	size_t shown;
	int rc;
	number n;

	if (!r->marks_nr)
		return 0;
	pt_text_heading(to, "Phases (pooltrace_mark(); bytes as it begins)");
	pt_table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < r->marks_nr && (!to->top || i < to->top || i < MARKS_NAMED); i++) {
		const struct pt_report_mark *m = &r->marks[i];
		uint64_t till = i + 1 < r->marks_nr ? m[1].time_ns : r->totals.duration_ns;

		pt_table_cell(&t, "%c", i < MARKS_NAMED ? (int)('a' + i) : '-');
		pt_table_cell(&t, "%s", pt_quantity_time(n, m->time_ns));
		pt_table_cell(&t, "%s",
			      pt_quantity_time(n, till > m->time_ns ? till - m->time_ns : 0));
		pt_table_cell(&t, "%s", pt_quantity_bytes(n, m->in_use_bytes));
		pt_table_cell(&t, "%s", pt_quantity_bytes(n, m->idle_bytes));
		pt_table_cell(&t, "%s", pt_quantity_bytes(n, m->pool_idle_bytes));
		pt_table_cell(&t, "%s", m->name ? m->name : "");
	}
	shown = t.cells_nr / (sizeof(columns) / sizeof(columns[0]));
	rc = pt_table_print(&t, to);
	if (!rc && shown < r->marks_nr)
		fprintf(to->out, "  and %s\n",
			pt_quantity_counted(n, r->marks_nr - shown, "more phase"));
	return rc;
}

int pt_text_pool_pages(const struct pt_render *to, const struct pt_report *r, size_t top,
		       bool whole)
{
	size_t *pools, pools_nr, shown;
	number n;
	int rc = pt_pools_worst(r, &pools, &pools_nr);

	if (rc)
		return rc;
	shown = top && top < pools_nr ? top : pools_nr;
	for (size_t i = 0; !rc && i < shown; i++)
		rc = pt_text_pool(to, r, &r->pools[pools[i]],
				  whole		     ? PT_PAGE_WHOLE
				  : i < PAGES_DIGEST ? PT_PAGE_DIGEST
						     : PT_PAGE_SHORT);
	if (!rc && shown < pools_nr)
		fprintf(to->out, "\n%s; --by pool shows all, --pool NAME one\n",
			pt_quantity_counted(n, pools_nr - shown, "more pool"));
	free(pools);
	return rc;
}

int pt_text_pool_tables(const struct pt_render *to, const struct pt_report *r)
{
	static const enum pt_pool_part parts[] = { [PT_BY_SHARD] = PT_POOL_SHARDS,
						   [PT_BY_THREAD] = PT_POOL_THREADS,
						   [PT_BY_CPU] = PT_POOL_CPUS,
						   [PT_BY_SITE] = PT_POOL_SITES };
	enum pt_pool_part part = parts[to->by];
	size_t *pools, pools_nr;
	int rc = pt_pools_worst(r, &pools, &pools_nr);

	if (rc)
		return rc;
	for (size_t i = 0; !rc && i < pools_nr; i++) {
		const struct pt_report_pool *p = &r->pools[pools[i]];

		if (part == PT_POOL_SITES) {
			rc = pt_text_pool_sites(to, r, p, to->top, true);
			continue;
		}
		rc = pt_text_pool_rows(to, r, p, part, to->pool_top);
		if (!rc)
			rc = pt_text_pool_stranded(to, r, p, part);
		if (!rc && part != PT_POOL_CPUS)
			rc = pt_text_pool_flow(to, r, p, part);
	}
	free(pools);
	return rc;
}
