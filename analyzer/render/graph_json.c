// SPDX-License-Identifier: MIT
/*
 * graph_json.c - snapshots as JSON: docs/graph.schema.json. Names are those of result/graph.h.
 *
 * Addresses are strings ("0x7f..."): JSON readers keep 53 bits of a number. Indexes count in the
 * arrays as they are written, not as they were before `top` cut them.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "../../format/error.h"
#include "../result/graph_words.h"
#include "graph.h"
#include "graph_json.h"

#define DUMP_FLAGS JSON_INDENT(1)

/* What a number is while the snapshot is not whole: null, and why. */
void pt_graph_json_number(struct pt_graph_json *g, json_t *object, const char *key, uint64_t value,
			  const char *reason)
{
	if (g->s->whole)
		pt_json_known(&g->d, object, g->where, key, value, reason);
	else
		pt_json_known(&g->d, object, g->where, key, PT_UNKNOWN,
			      g->s->lost ? "the snapshot was dropped" : "the snapshot is torn");
}

static json_t *trace(struct pt_graph_json *g, const struct pt_graph_report *r)
{
	json_t *object = json_object(), *lost = json_object();

	pt_json_put(&g->d, object, "path", pt_json_text(r->trace_path));
	pt_json_put(&g->d, object, "program", pt_json_text(r->program));
	pt_json_number(&g->d, object, "pid", r->pid);
	pt_json_number(&g->d, object, "duration_ns", r->duration_ns);
	pt_json_number(&g->d, object, "lost_events", r->lost_events);
	pt_json_number(&g->d, object, "snapshots_begun", r->begun);
	pt_json_number(&g->d, object, "snapshots_done", r->done);
	for (unsigned int i = 0; i < PT_SNAP_LOST_NR; i++)
		pt_json_number(&g->d, lost, pt_graph_lost_name(i + 1), r->lost[i]);
	pt_json_put(&g->d, object, "snapshots_lost", lost);
	return object;
}

static json_t *findings(struct pt_graph_json *g, const struct pt_graph_report *r)
{
	struct pt_finding *found = calloc(PT_GRAPH_FINDINGS_MAX, sizeof(*found));
	json_t *array = NULL;

	if (found)
		array = pt_json_findings(&g->d, found, pt_graph_diagnose(r, g->s, found));
	free(found);
	return array;
}

static json_t *roots(struct pt_graph_json *g)
{
	json_t *array = json_array();

	for (unsigned int i = 0; g->s->whole && i < PT_ROOT_NR; i++) {
		json_t *object = json_object();

		pt_json_put(&g->d, object, "kind", json_string(pt_graph_root_name(i)));
		pt_json_number(&g->d, object, "words", g->s->roots[i].words);
		pt_json_number(&g->d, object, "nodes", g->s->roots[i].nodes);
		pt_json_push(&g->d, array, object);
	}
	return array;
}

/* How it was taken, and how much. */
static void facts(struct pt_graph_json *g, json_t *o)
{
	const struct pt_graph_snapshot *s = g->s;
	const char *not_told = "the snapshot does not tell it";

	pt_json_put(&g->d, o, "registers_asked", s->whole ? json_boolean(s->registers_asked) : json_null());
	pt_json_put(&g->d, o, "unknown_threads", s->whole ? json_boolean(s->unknown_threads) : json_null());
	pt_graph_json_number(g, o, "threads", s->threads_nr, not_told);
	pt_graph_json_number(g, o, "threads_silent", s->threads_silent, not_told);
	pt_graph_json_number(g, o, "stall_ns", s->stall_ns, not_told);
	pt_graph_json_number(g, o, "child_ns", s->child_ns, not_told);
	pt_graph_json_number(g, o, "scanned_bytes", s->scanned_bytes, not_told);
	pt_graph_json_number(g, o, "stored_bytes", s->stored_bytes, not_told);
	pt_graph_json_number(g, o, "moved_objects", s->moved_objects, "not computed");
}

static void totals(struct pt_graph_json *g, json_t *o)
{
	static const char silent[] = "threads were asked for their registers and one did not answer";
	static const char not_computed[] = "not computed";
	const struct pt_graph_snapshot *s = g->s;

	pt_graph_json_number(g, o, "nodes", s->nodes, not_computed);
	pt_graph_json_number(g, o, "edges", s->edges, not_computed);
	pt_graph_json_number(g, o, "interior_edges", s->interior_edges, not_computed);
	pt_graph_json_number(g, o, "words", s->words, not_computed);
	pt_graph_json_number(g, o, "reachable_bytes", s->reachable_bytes, not_computed);
	pt_graph_json_number(g, o, "reachable_objects", s->reachable_objects, not_computed);
	pt_graph_json_number(g, o, "unreachable_bytes", s->unreachable_bytes, silent);
	pt_graph_json_number(g, o, "unreachable_objects", s->unreachable_objects, silent);
	pt_graph_json_number(g, o, "idle_bytes", s->idle_bytes, not_computed);
	pt_graph_json_number(g, o, "idle_retained_bytes", s->idle_retained_bytes, not_computed);
	pt_graph_json_number(g, o, "idle_retained_objects", s->idle_retained_objects, not_computed);
	pt_graph_json_number(g, o, "stale_only_bytes", s->stale_only_bytes, not_computed);
	pt_graph_json_number(g, o, "interior_only_bytes", s->interior_only_bytes, not_computed);
}

static json_t *snapshot(struct pt_graph_json *g, const struct pt_graph_report *r)
{
	const struct pt_graph_snapshot *s = g->s;
	json_t *object = json_object();

	pt_json_number(&g->d, object, "number", s->number);
	pt_json_number(&g->d, object, "time_ns", s->time_ns);
	pt_json_put(&g->d, object, "why", json_string(pt_graph_why_name(s->why)));
	pt_json_put(&g->d, object, "mark", pt_json_text(s->mark));
	pt_json_put(&g->d, object, "whole", json_boolean(s->whole));
	pt_json_put(&g->d, object, "lost", s->whole ? json_null() : json_string(pt_graph_lost_name(s->lost)));
	pt_json_put(&g->d, object, "diagnosis", findings(g, r));
	facts(g, object);
	totals(g, object);
	pt_json_put(&g->d, object, "roots", roots(g));
	pt_graph_json_tables(g, object);
	pt_json_put(&g->d, object, "path", pt_graph_json_path(g));
	return object;
}

int pt_graph_json(const struct pt_render *to, const struct pt_graph_report *r)
{
	struct pt_graph_json g = { .d = { .reasons = json_object() }, .top = to->top };
	json_t *document = json_object(), *array = json_array();
	int rc = 0;

	pt_json_put(&g.d, document, "schema", json_string("pooltrace-graph-1"));
	pt_json_put(&g.d, document, "trace", trace(&g, r));
	for (size_t i = 0; i < r->snapshots_nr; i++) {
		g.s = &r->snapshots[i];
		snprintf(g.where, sizeof(g.where), "snapshots[%zu]", i);
		pt_json_push(&g.d, array, snapshot(&g, r));
	}
	pt_json_put(&g.d, document, "snapshots", array);
	pt_json_put(&g.d, document, "reasons", g.d.reasons);
	if (g.d.failed)
		rc = -PT_ENOMEM;
	else if (json_dumpf(document, to->out, DUMP_FLAGS) != 0 || fputc('\n', to->out) == EOF)
		rc = -PT_EIO;
	json_decref(document);
	return rc;
}
