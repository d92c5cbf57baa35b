// SPDX-License-Identifier: MIT
/*
 * graph_diff.c - both snapshots into one list of names, equal names into one, then by growth.
 */
#include "graph_diff.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "graph_words.h"

/* One thing of one snapshot. The list has room for all. */
static int add(struct pt_graph_diff *d, bool later, enum pt_graph_change_kind kind, const char *what,
	       uint64_t bytes, uint64_t objects)
{
	struct pt_graph_change *c = &d->changes[d->changes_nr];

	*c = (struct pt_graph_change){ .what = strdup(what), .kind = (uint8_t)kind };
	if (!c->what)
		return -PT_ENOMEM;
	*(later ? &c->after_bytes : &c->before_bytes) = bytes == PT_UNKNOWN ? 0 : bytes;
	*(later ? &c->after_objects : &c->before_objects) = objects == PT_UNKNOWN ? 0 : objects;
	d->changes_nr++;
	return 0;
}

/* Is a row above it called the same? Its bytes are in that one's then. */
static bool nested(const struct pt_graph_snapshot *s, size_t i, const char *what)
{
	char text[PT_GRAPH_TEXT_BYTES];

	while (s->rows[i].parent < i) {
		i = s->rows[i].parent;
		if (!strcmp(pt_graph_row_text(s, &s->rows[i], text, sizeof(text)), what))
			return true;
	}
	return false;
}

static int add_snapshot(struct pt_graph_diff *d, const struct pt_graph_snapshot *s, bool later)
{
	char text[PT_GRAPH_TEXT_BYTES], what[PT_GRAPH_TEXT_BYTES + 80];
	int rc = 0;

	for (size_t i = 0; !rc && i < s->pools_nr; i++)
		rc = add(d, later, PT_CHANGE_POOL, s->pools[i].name, s->pools[i].graph_retained_bytes,
			 s->pools[i].graph_retained_objects);
	for (size_t i = 0; !rc && i < s->fields_nr; i++) {
		snprintf(what, sizeof(what), "%s %s", pt_graph_pool_name(s, s->fields[i].pool),
			 pt_graph_field_text(&s->fields[i], text, sizeof(text)));
		rc = add(d, later, PT_CHANGE_FIELD, what, s->fields[i].retained_bytes, s->fields[i].objects);
	}
	for (size_t i = 0; !rc && i < s->rows_nr; i++) {
		pt_graph_row_text(s, &s->rows[i], text, sizeof(text));
		rc = add(d, later, PT_CHANGE_LABEL, text,
			 nested(s, i, text) ? 0 : s->rows[i].retained_bytes, s->rows[i].objects);
	}
	return rc;
}

static int by_name(const void *a, const void *b)
{
	const struct pt_graph_change *x = a, *y = b;

	return x->kind != y->kind ? x->kind - y->kind : strcmp(x->what, y->what);
}

static uint64_t distance(const struct pt_graph_change *c)
{
	return c->after_bytes > c->before_bytes ? c->after_bytes - c->before_bytes : c->before_bytes - c->after_bytes;
}

static int by_distance(const void *a, const void *b)
{
	const struct pt_graph_change *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind - y->kind;
	if (distance(x) != distance(y))
		return distance(x) < distance(y) ? 1 : -1;
	return strcmp(x->what, y->what);
}

/* Equal names stand side by side and become one. */
static void merge(struct pt_graph_diff *d)
{
	size_t nr = 0;

	for (size_t i = 0; i < d->changes_nr; i++) {
		struct pt_graph_change *c = &d->changes[i], *last = nr ? &d->changes[nr - 1] : NULL;

		if (!last || by_name(last, c) != 0) {
			d->changes[nr++] = *c;
			continue;
		}
		last->before_bytes += c->before_bytes;
		last->before_objects += c->before_objects;
		last->after_bytes += c->after_bytes;
		last->after_objects += c->after_objects;
		free(c->what);
	}
	d->changes_nr = nr;
}

int pt_graph_diff_make(const struct pt_graph_snapshot *before, const struct pt_graph_snapshot *after,
		       struct pt_graph_diff *out)
{
	size_t most = before->pools_nr + before->fields_nr + before->rows_nr + after->pools_nr +
		      after->fields_nr + after->rows_nr;
	int rc;

	*out = (struct pt_graph_diff){ .changes = calloc(most + 1, sizeof(*out->changes)) };
	if (!out->changes)
		return -PT_ENOMEM;
	rc = add_snapshot(out, before, false);
	if (!rc)
		rc = add_snapshot(out, after, true);
	if (rc)
		return rc;
	qsort(out->changes, out->changes_nr, sizeof(*out->changes), by_name);
	merge(out);
	qsort(out->changes, out->changes_nr, sizeof(*out->changes), by_distance);
	return 0;
}

void pt_graph_diff_fini(struct pt_graph_diff *d)
{
	for (size_t i = 0; i < d->changes_nr; i++)
		free(d->changes[i].what);
	free(d->changes);
	*d = (struct pt_graph_diff){ 0 };
}
