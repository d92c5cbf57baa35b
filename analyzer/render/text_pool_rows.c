// SPDX-License-Identifier: MIT
/*
 * text_pool_rows.c - shards, threads, CPUs and call sites of an annotated pool as rows.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "../result/ages.h"
#include "../result/label.h"
#include "../result/quantity.h"
#include "text_pool.h"

#define SITE_COLUMNS_BEFORE 34u /* of a row about a site before its last column, about */

typedef char number[PT_QUANTITY_BYTES];

static const struct {
	const char *heading, *title, *noun;
} parts[PT_POOL_PART_NR] = {
	[PT_POOL_SHARDS] = { "Shards of %s (idle: sits there; the rest: gets and puts that name it)",
			     "shard", "shard" },
	[PT_POOL_THREADS] = { "Threads of %s (idle: put by it; in use: got by it)", "thread",
			      "thread" },
	[PT_POOL_CPUS] = { "CPUs of %s (idle: put there; in use: got there)", "CPU", "CPU" },
	[PT_POOL_SITES] = { "Call sites of %s", "where", "site" },
};

static const char *part_label(const struct pt_report *r, const struct pt_pool_detail *d,
			      enum pt_pool_part part, uint32_t index, char out[PT_LABEL_BYTES])
{
	switch (part) {
	case PT_POOL_SHARDS:
		return pt_label_shard(r, d, index, out);
	case PT_POOL_THREADS:
		return pt_label_thread(r, d->threads[index].thread, out);
	default:
		snprintf(out, PT_LABEL_BYTES, "%" PRIu32, d->cpus[index].cpu);
		return out;
	}
}

/* What only shards have: how long, and where it goes. */
static const char *median_age(const struct pt_pool_shard *s, char *out)
{
	if (!s->idle_age || !s->row.idle_objects)
		return "";
	return pt_quantity_time(out, pt_median_age_us(s->idle_age) * 1000);
}

static const char *drift(const struct pt_pool_shard *s, char out[PT_QUANTITY_BYTES + 4])
{
	double slope = s->drift_bytes_per_s;
	number n;

	if (!isfinite(slope))
		return "";
	pt_quantity_bytes(n, (uint64_t)fabs(slope));
	snprintf(out, PT_QUANTITY_BYTES + 4, "%s%s/s",
		 fabs(slope) < 1 ? ""
		 : slope < 0	 ? "-"
				 : "+",
		 n);
	return out;
}

static void row_cells(struct pt_table *t, const struct pt_report *r, const struct pt_pool_detail *d,
		      enum pt_pool_part part, const struct pt_pool_ranked *ranked)
{
	const struct pt_pool_row *y = ranked->row;
	const struct pt_pool_shard *s = part == PT_POOL_SHARDS ? &d->shards[ranked->index] : NULL;
	char label[PT_LABEL_BYTES], text[PT_QUANTITY_BYTES + 4];
	number n;

	pt_table_cell(t, "%s", pt_quantity_bytes(n, y->idle_bytes));
	pt_table_cell(t, "%s",
		      pt_quantity_share(n, (double)y->idle_bytes, (double)d->row.idle_bytes));
	pt_table_cell(t, "%s", s ? median_age(s, n) : "");
	pt_table_cell(t, "%s", pt_quantity_bytes(n, y->idle_at_peak_bytes));
	pt_table_cell(t, "%s", pt_quantity_bytes(n, y->in_use_bytes));
	pt_table_cell(t, "%s", pt_quantity_count(n, y->gets));
	pt_table_cell(t, "%s", pt_quantity_count(n, y->puts));
	pt_table_cell(t, "%s", pt_quantity_share(n, (double)y->hits, (double)y->gets));
	pt_table_cell(t, "%s", pt_quantity_count(n, y->misses));
	pt_table_cell(t, "%s", pt_quantity_count(n, y->stranded_misses));
	pt_table_cell(t, "%s", pt_quantity_count(n, y->ambiguous_misses));
	pt_table_cell(t, "%s", pt_quantity_count(n, y->steals));
	pt_table_cell(t, "%s", pt_quantity_count(n, y->stolen));
	pt_table_cell(
		t, "%s",
		y->dead_hoard_bytes == PT_UNKNOWN ? "" : pt_quantity_bytes(n, y->dead_hoard_bytes));
	pt_table_cell(t, "%s", s ? drift(s, text) : "");
	pt_table_cell(t, "%s",
		      s && isfinite(s->forecast_s)
			      ? pt_quantity_time(n, (uint64_t)fmin(s->forecast_s * 1e9, 9e18))
			      : "");
	pt_table_cell(t, "%s", part_label(r, d, part, ranked->index, label));
}

/* What the rows that are not shown come to. */
static void say_rest(const struct pt_render *to, const struct pt_pool_ranked *rows, size_t nr,
		     const char *noun)
{
	struct pt_pool_row rest = { 0 };
	number a, b, c, d, e, f;
	char text[320];

	for (size_t i = 0; i < nr; i++)
		pt_pool_row_add(&rest, rows[i].row);
	snprintf(text, sizeof(text),
		 "and %s: idle %s, in use %s, %s, %s misses, %s of them stranded",
		 pt_quantity_counted(a, nr, nr == 1 ? "more" : noun),
		 pt_quantity_bytes(b, rest.idle_bytes), pt_quantity_bytes(c, rest.in_use_bytes),
		 pt_quantity_counted(d, rest.gets, "get"), pt_quantity_count(e, rest.misses),
		 pt_quantity_count(f, rest.stranded_misses));
	fputs("  ", to->out);
	pt_text_wrap(to, text, 2);
}

int pt_text_pool_rows(const struct pt_render *to, const struct pt_report *r,
		      const struct pt_report_pool *p, enum pt_pool_part part, size_t top)
{
	const struct pt_column columns[] = {
		{ "idle", false, 0, false },	      { "of all", false, 5, false },
		{ "idle for", false, 6, false },      { "at peak", false, 7, false },
		{ "in use", false, 4, false },	      { "gets", false, 1, false },
		{ "puts", false, 9, false },	      { "hits", false, 3, false },
		{ "misses", false, 2, false },	      { "stranded", false, 0, false },
		{ "ambiguous", false, 13, false },    { "steals", false, 10, false },
		{ "stolen", false, 11, false },	      { "dead", false, 12, false },
		{ "drift", false, 8, false },	      { "limit in", false, 14, false },
		{ parts[part].title, true, 0, true },
	};
	struct pt_pool_ranked *rows;
	struct pt_table t;
	size_t nr, shown;
	char noun[16];
	int rc = pt_pool_rank(p->detail, part, PT_POOL_IDLE, &rows, &nr);

	if (rc || !nr) {
		if (!rc)
			free(rows);
		return rc;
	}
	shown = top && top < nr ? top : nr;
	pt_text_heading(to, parts[part].heading, p->name);
	pt_table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < shown; i++)
		row_cells(&t, r, p->detail, part, &rows[i]);
	rc = pt_table_print(&t, to);
	snprintf(noun, sizeof(noun), "more %s", parts[part].noun);
	if (!rc && shown < nr)
		say_rest(to, rows + shown, nr - shown, noun);
	free(rows);
	return rc;
}

static const struct {
	enum pt_pool_key key;
	const char *heading, *value, *share, *count;
} site_tables[] = {
	{ PT_POOL_IDLE, "Puts of %s by what is idle at the end", "idle", "of all", "objects" },
	{ PT_POOL_IN_USE, "Gets of %s by what is in use at the end", "in use", "of all",
	  "objects" },
	{ PT_POOL_MISSES, "Gets of %s by misses", "misses", "of all", "gets" },
	{ PT_POOL_REGRET, "Drops and purges of %s by what had to be made again", "regretted",
	  "of its drops", "bytes" },
};

static void site_cells(struct pt_table *t, const struct pt_pool_detail *d,
		       const struct pt_pool_row *y, enum pt_pool_key key)
{
	number a, b, c;

	switch (key) {
	case PT_POOL_IDLE:
		pt_quantity_bytes(a, y->idle_bytes);
		pt_quantity_share(b, (double)y->idle_bytes, (double)d->row.idle_bytes);
		pt_quantity_count(c, y->idle_objects);
		break;
	case PT_POOL_IN_USE:
		pt_quantity_bytes(a, y->in_use_bytes);
		pt_quantity_share(b, (double)y->in_use_bytes, (double)d->row.in_use_bytes);
		pt_quantity_count(c, y->in_use_objects);
		break;
	case PT_POOL_MISSES:
		pt_quantity_count(a, y->misses);
		pt_quantity_share(b, (double)y->misses, (double)d->row.misses);
		pt_quantity_count(c, y->gets);
		break;
	default:
		pt_quantity_count(a, y->regretted_drops);
		pt_quantity_share(b, (double)y->regretted_drops,
				  (double)y->regretted_drops + (double)y->useful_drops);
		pt_quantity_bytes(c, y->regretted_bytes);
		break;
	}
	pt_table_cell(t, "%s", a);
	pt_table_cell(t, "%s", b);
	pt_table_cell(t, "%s", c);
}

static int one_site_table(const struct pt_render *to, const struct pt_report *r,
			  const struct pt_report_pool *p, size_t which, size_t top, bool stacks)
{
	const struct pt_column columns[] = {
		{ site_tables[which].value, false, 0, false },
		{ site_tables[which].share, false, 2, false },
		{ site_tables[which].count, false, 1, false },
		{ "where", true, 0, true },
	};
	enum pt_pool_key key = site_tables[which].key;
	struct pt_pool_ranked *rows;
	struct pt_table t;
	size_t nr;
	int rc = pt_pool_rank(p->detail, PT_POOL_SITES, key, &rows, &nr);

	if (rc)
		return rc;
	pt_table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < nr && (!top || i < top); i++) {
		const struct pt_pool_site *s = &p->detail->sites[rows[i].index];

		if (!(pt_pool_row_value(&s->row, key) > 0) || s->site >= r->pool_sites_nr)
			break;
		site_cells(&t, p->detail, &s->row, key);
		pt_text_where(&t, to, &r->pool_sites[s->site], stacks, SITE_COLUMNS_BEFORE);
	}
	free(rows);
	if (t.cells_nr)
		pt_text_heading(to, site_tables[which].heading, p->name);
	return pt_table_print(&t, to);
}

int pt_text_pool_sites(const struct pt_render *to, const struct pt_report *r,
		       const struct pt_report_pool *p, size_t top, bool stacks)
{
	struct pt_pool_detail folded = *p->detail;
	struct pt_report_pool with_folded = *p;
	int rc = 0;

	with_folded.detail = &folded;
	if (!stacks) /* those that would read alike are one row */
		rc = pt_pool_sites_fold(r, p->detail, &folded.sites, &folded.sites_nr);
	if (rc)
		return rc;
	for (size_t i = 0; !rc && i < sizeof(site_tables) / sizeof(site_tables[0]); i++)
		rc = one_site_table(to, r, &with_folded, i, top, stacks);
	if (!stacks)
		free(folded.sites);
	return rc;
}
