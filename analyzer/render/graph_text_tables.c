// SPDX-License-Identifier: MIT
/*
 * graph_text_tables.c - pools, fields, idle objects, the tree, leaks and roots as rows.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "../../format/error.h"
#include "../result/graph_words.h"
#include "../result/quantity.h"
#include "graph_text.h"

#define TREE_INDENT_MAX 16u /* levels that are shown by indenting; deeper ones say how deep */
#define COLUMNS(c)	(c), sizeof(c) / sizeof((c)[0])

typedef char number[PT_QUANTITY_BYTES];

static size_t rows_of(const struct pt_render *to, size_t nr)
{
	return to->top && to->top < nr ? to->top : nr;
}

/* How much was left out, then the table. */
static int print(struct pt_table *t, const struct pt_render *to, size_t shown, size_t nr)
{
	char text[64];

	if (shown < nr) {
		snprintf(text, sizeof(text), "... %zu more; --top=0 shows all", nr - shown);
		pt_table_remark(t, true, text);
	}
	return pt_table_print(t, to);
}

int pt_graph_text_pools(const struct pt_render *to, const struct pt_graph_snapshot *s)
{
	static const struct pt_column columns[] = {
		{ "pool", true, 0, true },   { "kept alive", false, 0, false }, { "blocks", false, 2, false },
		{ "idle", false, 0, false }, { "idle bytes", false, 1, false }, { "in use", false, 3, false },
	};
	size_t shown = rows_of(to, s->pools_nr);
	struct pt_table t;
	number n;

	pt_table_init(&t, COLUMNS(columns));
	for (size_t i = 0; i < shown; i++) {
		const struct pt_graph_pool *p = &s->pools[i];

		pt_table_cell(&t, "%s", p->name);
		pt_table_cell(&t, "%s", pt_quantity_bytes(n, p->graph_retained_bytes));
		pt_table_cell(&t, "%s", pt_quantity_count(n, p->graph_retained_objects));
		pt_table_cell(&t, "%s", pt_quantity_count(n, p->idle_objects));
		pt_table_cell(&t, "%s", pt_quantity_bytes(n, p->idle_bytes));
		pt_table_cell(&t, "%s", pt_quantity_count(n, p->in_use_objects));
	}
	if (shown)
		pt_text_heading(to, "Pools by what only their idle objects keep alive");
	return print(&t, to, shown, s->pools_nr);
}

static void field_remark(struct pt_table *t, const struct pt_graph_snapshot *s, const struct pt_graph_field *f)
{
	char text[PT_GRAPH_TEXT_BYTES + 64], site[PT_GRAPH_TEXT_BYTES];
	number n;

	if (f->put_site >= s->sites_nr)
		return;
	snprintf(text, sizeof(text), "%s of them put at %s", pt_quantity_count(n, f->put_objects),
		 pt_graph_site_text(s, f->put_site, site, sizeof(site)));
	pt_table_remark(t, false, text);
}

int pt_graph_text_fields(const struct pt_render *to, const struct pt_graph_snapshot *s)
{
	static const struct pt_column columns[] = {
		{ "keeps", false, 0, false },	     { "blocks", false, 2, false },
		{ "idle objects", false, 0, false }, { "interior", false, 3, false },
		{ "pool", true, 0, true },	     { "field", true, 0, false },
		{ "points at what is made at", true, 0, true },
	};
	size_t shown = rows_of(to, s->fields_nr);
	char text[PT_GRAPH_TEXT_BYTES];
	struct pt_table t;
	number n;

	pt_table_init(&t, COLUMNS(columns));
	for (size_t i = 0; i < shown; i++) {
		const struct pt_graph_field *f = &s->fields[i];

		pt_table_cell(&t, "%s", pt_quantity_bytes(n, f->retained_bytes));
		pt_table_cell(&t, "%s", pt_quantity_count(n, f->retained_objects));
		pt_table_cell(&t, "%s", pt_quantity_count(n, f->objects));
		pt_table_cell(&t, "%s", pt_quantity_count(n, f->interior_objects));
		pt_table_cell(&t, "%s", pt_graph_pool_name(s, f->pool));
		pt_table_cell(&t, "%s", pt_graph_field_text(f, text, sizeof(text)));
		pt_table_cell(&t, "%s",
			      f->site < s->sites_nr ? pt_graph_site_text(s, f->site, text, sizeof(text))
						    : "(objects of a pool)");
		field_remark(&t, s, f);
	}
	if (shown)
		pt_text_heading(to, "Fields of idle objects by what clearing that one field would free");
	return print(&t, to, shown, s->fields_nr);
}

int pt_graph_text_idle(const struct pt_render *to, const struct pt_graph_snapshot *s)
{
	static const struct pt_column columns[] = {
		{ "keeps", false, 0, false },	 { "itself", false, 2, false },	 { "idle for", false, 1, false },
		{ "address", false, 0, false },	 { "pool", true, 0, true },	 { "shard", false, 3, false },
		{ "put at", true, 0, true },
	};
	size_t shown = rows_of(to, s->idle_nr);
	char text[PT_GRAPH_TEXT_BYTES];
	struct pt_table t;
	number n;

	pt_table_init(&t, COLUMNS(columns));
	for (size_t i = 0; i < shown; i++) {
		const struct pt_graph_idle *x = &s->idle[i];

		pt_table_cell(&t, "%s", pt_quantity_bytes(n, x->kept_bytes));
		pt_table_cell(&t, "%s", pt_quantity_bytes(n, x->shallow_bytes));
		pt_table_cell(&t, "%s", pt_quantity_time(n, x->idle_ns));
		pt_table_cell(&t, "0x%" PRIx64, x->addr);
		pt_table_cell(&t, "%s", pt_graph_pool_name(s, x->pool));
		if (x->shard < PT_SHARD_ALL)
			pt_table_cell(&t, "%" PRIu32, x->shard);
		else
			pt_table_cell(&t, "%s", x->shard == PT_SHARD_THREAD ? "thread" : "");
		pt_table_cell(&t, "%s",
			      x->put_site < s->sites_nr ? pt_graph_site_text(s, x->put_site, text, sizeof(text))
							: "(stocked)");
	}
	if (shown)
		pt_text_heading(to, "Idle objects by what each keeps alive (--path=ADDRESS of what it keeps says how)");
	return print(&t, to, shown, s->idle_nr);
}

/* "1,000 stale, 3 interior": of a row, what may not be a pointer at all. */
static void doubt_cell(struct pt_table *t, const struct pt_graph_row *row)
{
	const struct {
		uint64_t objects;
		const char *word;
	} doubts[] = { { row->stale_objects, "stale" },
		       { row->interior_objects, "interior" },
		       { row->single_word_objects, "by one word" } };
	char text[3 * (PT_QUANTITY_BYTES + 16)] = "";
	size_t length = 0;
	number n;

	for (size_t i = 0; i < sizeof(doubts) / sizeof(doubts[0]); i++)
		if (doubts[i].objects)
			length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s %s",
						   length ? ", " : "", pt_quantity_count(n, doubts[i].objects),
						   doubts[i].word);
	pt_table_cell(t, "%s", text);
}

static void tree_row(struct pt_table *t, const struct pt_graph_snapshot *s, const struct pt_graph_row *row)
{
	unsigned int indent = row->depth < TREE_INDENT_MAX ? row->depth : TREE_INDENT_MAX;
	char text[PT_GRAPH_TEXT_BYTES];
	number n;

	pt_table_cell(t, "%s", pt_quantity_bytes(n, row->retained_bytes));
	pt_table_cell(t, "%s", pt_quantity_share(n, (double)row->retained_bytes, (double)s->reachable_bytes));
	pt_table_cell(t, "%s", pt_quantity_bytes(n, row->shallow_bytes));
	pt_table_cell(t, "%s", pt_quantity_count(n, row->objects));
	doubt_cell(t, row);
	pt_table_cell(t, "0x%" PRIx64, row->largest_addr);
	pt_graph_row_text(s, row, text, sizeof(text));
	if (row->depth > TREE_INDENT_MAX)
		pt_table_cell(t, "%*s(%" PRIu32 ") %s", 2 * (int)indent, "", row->depth, text);
	else
		pt_table_cell(t, "%*s%s", 2 * (int)indent, "", text);
}

int pt_graph_text_tree(const struct pt_render *to, const struct pt_graph_snapshot *s)
{
	static const struct pt_column columns[] = {
		{ "retains", false, 0, false },	 { "of reachable", false, 2, false },
		{ "itself", false, 1, false },	 { "objects", false, 0, false },
		{ "doubtful", false, 4, false }, { "largest", false, 3, false },
		{ "what", true, 0, true },
	};
	bool *chosen = pt_graph_rows_choose(s, to->top);
	struct pt_table t;
	size_t shown = 0;

	if (!chosen)
		return -PT_ENOMEM;
	pt_table_init(&t, COLUMNS(columns));
	for (size_t i = 0; i < s->rows_nr; i++) {
		if (!chosen[i])
			continue;
		tree_row(&t, s, &s->rows[i]);
		shown++;
	}
	free(chosen);
	if (shown)
		pt_text_heading(to, "What keeps what: a row retains all rows that are indented below it");
	return print(&t, to, shown, s->rows_nr);
}

int pt_graph_text_leaks(const struct pt_render *to, const struct pt_graph_snapshot *s)
{
	static const struct pt_column columns[] = {
		{ "bytes", false, 0, false },	{ "blocks", false, 0, false }, { "heads", false, 1, false },
		{ "address", false, 2, false }, { "made at", true, 0, true },
	};
	size_t shown = rows_of(to, s->leaks_nr);
	char text[PT_GRAPH_TEXT_BYTES];
	struct pt_table t;
	number n;

	pt_table_init(&t, COLUMNS(columns));
	for (size_t i = 0; i < shown; i++) {
		const struct pt_graph_leak *x = &s->leaks[i];

		pt_table_cell(&t, "%s", pt_quantity_bytes(n, x->bytes));
		pt_table_cell(&t, "%s", pt_quantity_count(n, x->objects));
		pt_table_cell(&t, "%s", pt_quantity_count(n, x->heads));
		pt_table_cell(&t, "0x%" PRIx64, x->addr);
		pt_table_cell(&t, "%s", pt_graph_site_text(s, x->site, text, sizeof(text)));
	}
	if (shown)
		pt_text_heading(to, "Unreachable: no pointer from a root leads there%s",
				s->registers_asked ? "" : " (registers were not scanned: at most)");
	return print(&t, to, shown, s->leaks_nr);
}

int pt_graph_text_roots(const struct pt_render *to, const struct pt_graph_snapshot *s)
{
	static const struct pt_column columns[] = {
		{ "root", true, 0, false },
		{ "words", false, 0, false },
		{ "nodes", false, 0, false },
	};
	struct pt_table t;
	size_t shown = 0;
	number n;

	pt_table_init(&t, COLUMNS(columns));
	for (unsigned int i = 0; i < PT_ROOT_NR; i++) {
		if (!s->roots[i].words && !s->roots[i].nodes)
			continue;
		pt_table_cell(&t, "%s", pt_graph_root_name(i));
		pt_table_cell(&t, "%s", pt_quantity_count(n, s->roots[i].words));
		pt_table_cell(&t, "%s", pt_quantity_count(n, s->roots[i].nodes));
		shown++;
	}
	if (shown)
		pt_text_heading(to, "Where pointers come from that no node holds");
	return pt_table_print(&t, to);
}
