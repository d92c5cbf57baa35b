// SPDX-License-Identifier: MIT
/*
 * graph_text_diff.c - what grew between two snapshots: pools, fields, then the labels of the tree.
 */
#include <inttypes.h>

#include "../../format/error.h"
#include "../result/graph_diff.h"
#include "../result/graph_words.h"
#include "../result/quantity.h"
#include "graph.h"
#include "graph_text.h"

typedef char number[PT_QUANTITY_BYTES];

static const char *signed_bytes(char *out, uint64_t before, uint64_t after)
{
	out[0] = after < before ? '-' : '+';
	pt_quantity_bytes(out + 1, after < before ? before - after : after - before);
	return out;
}

static bool changed(const struct pt_graph_change *c)
{
	return c->before_bytes != c->after_bytes || c->before_objects != c->after_objects;
}

static int changes(const struct pt_render *to, const struct pt_graph_diff *d, unsigned int kind)
{
	static const struct pt_column columns[] = {
		{ "grew by", false, 0, false },	  { "before", false, 0, false },
		{ "after", false, 0, false },	  { "objects before", false, 1, false },
		{ "objects after", false, 2, false }, { "what", true, 0, true },
	};
	static const char *const headings[PT_CHANGE_KIND_NR] = {
		[PT_CHANGE_POOL] = "Pools by what only their idle objects keep alive",
		[PT_CHANGE_FIELD] = "Fields of idle objects by what clearing that one field would free",
		[PT_CHANGE_LABEL] = "What retains more or less",
	};
	char grown[PT_QUANTITY_BYTES + 1];
	struct pt_table t;
	size_t shown = 0, more = 0;
	number n;
	int rc;

	pt_table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < d->changes_nr; i++) {
		const struct pt_graph_change *c = &d->changes[i];

		if (c->kind != kind || !changed(c))
			continue;
		if (to->top && shown == to->top) {
			more++;
			continue;
		}
		pt_table_cell(&t, "%s", signed_bytes(grown, c->before_bytes, c->after_bytes));
		pt_table_cell(&t, "%s", pt_quantity_bytes(n, c->before_bytes));
		pt_table_cell(&t, "%s", pt_quantity_bytes(n, c->after_bytes));
		pt_table_cell(&t, "%s", pt_quantity_count(n, c->before_objects));
		pt_table_cell(&t, "%s", pt_quantity_count(n, c->after_objects));
		pt_table_cell(&t, "%s", c->what);
		shown++;
	}
	if (shown)
		pt_text_heading(to, "%s", headings[kind]);
	rc = pt_table_print(&t, to);
	if (more)
		pt_text_line(to, "", "... %s changed less (--top 0 shows all)", pt_quantity_count(n, more));
	return rc;
}

static void line(const struct pt_render *to, const char *label, uint64_t before, uint64_t after)
{
	char grown[PT_QUANTITY_BYTES + 1];
	number a, b;

	if (before == PT_UNKNOWN || after == PT_UNKNOWN)
		pt_text_line(to, label, "%s, then %s", pt_quantity_bytes(a, before), pt_quantity_bytes(b, after));
	else
		pt_text_line(to, label, "%s (%s, then %s)", signed_bytes(grown, before, after),
			     pt_quantity_bytes(a, before), pt_quantity_bytes(b, after));
}

int pt_graph_text_diff(const struct pt_render *to, const struct pt_graph_report *before,
		       const struct pt_graph_report *after)
{
	const struct pt_graph_snapshot *x = &before->snapshots[0], *y = &after->snapshots[0];
	struct pt_graph_diff d;
	int rc = pt_graph_diff_make(x, y, &d);

	if (!rc) {
		fprintf(to->out, "From snapshot %" PRIu32 " of ", x->number);
		pt_text_wrap(to, before->trace_path, 0);
		fprintf(to->out, "to snapshot %" PRIu32 " of ", y->number);
		pt_text_wrap(to, after->trace_path, 0);
		line(to, "reachable", x->reachable_bytes, y->reachable_bytes);
		line(to, "idle keep", x->idle_retained_bytes, y->idle_retained_bytes);
		line(to, "unreached", x->unreachable_bytes, y->unreachable_bytes);
	}
	for (unsigned int kind = 0; !rc && kind < PT_CHANGE_KIND_NR; kind++)
		rc = changes(to, &d, kind);
	pt_graph_diff_fini(&d);
	if (rc)
		return rc;
	return ferror(to->out) ? -PT_EIO : 0;
}
