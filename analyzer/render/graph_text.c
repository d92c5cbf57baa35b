// SPDX-License-Identifier: MIT
/*
 * graph_text.c - a snapshot for people: what to do first, then the numbers behind it.
 *
 * What idle objects keep and what nobody reaches never stand in one table.
 */
#include "graph_text.h"

#include <inttypes.h>
#include <stdlib.h>

#include "../../format/error.h"
#include "../result/graph_words.h"
#include "../result/quantity.h"
#include "graph.h"

typedef char number[PT_QUANTITY_BYTES];

static void title(const struct pt_render *to, const struct pt_graph_report *r,
		  const struct pt_graph_snapshot *s)
{
	char *line;
	number a;

	if (asprintf(&line, "%s (pid %" PRIu32 "): snapshot %" PRIu32 " (%s%s%s) at %s", r->program, r->pid,
		     s->number, pt_graph_why_name(s->why), s->mark ? " " : "", s->mark ? s->mark : "",
		     pt_quantity_time(a, s->time_ns)) < 0)
		return;
	fputs(pt_style(to, PT_STYLE_TITLE), to->out);
	pt_text_wrap(to, line, 0);
	fputs(pt_style(to, PT_STYLE_PLAIN), to->out);
	free(line);
}

static int findings(const struct pt_render *to, const struct pt_graph_report *r,
		    const struct pt_graph_snapshot *s)
{
	struct pt_finding *found = calloc(PT_GRAPH_FINDINGS_MAX, sizeof(*found));

	if (!found)
		return -PT_ENOMEM;
	pt_text_findings(to, found, pt_graph_diagnose(r, s, found));
	free(found);
	return 0;
}

static void totals(const struct pt_render *to, const struct pt_graph_snapshot *s)
{
	number a, b, c, d;

	pt_text_heading(to, "In all");
	pt_text_line(to, "reachable", "%s in %s", pt_quantity_bytes(a, s->reachable_bytes),
		     pt_quantity_counted(b, s->reachable_objects, "object"));
	pt_text_line(to, "idle", "%s are idle objects themselves; they alone keep %s alive, %s",
		     pt_quantity_bytes(a, s->idle_bytes), pt_quantity_bytes(b, s->idle_retained_bytes),
		     pt_quantity_counted(c, s->idle_retained_objects, "object"));
	if (s->unreachable_bytes == PT_UNKNOWN)
		pt_text_line(to, "unreached", "not known: %" PRIu32 " of %" PRIu32 " threads did not answer",
			     s->threads_silent, s->threads_nr);
	else
		pt_text_line(to, "unreached", "%s%s in %s", s->registers_asked ? "" : "at most ",
			     pt_quantity_bytes(a, s->unreachable_bytes),
			     pt_quantity_counted(b, s->unreachable_objects, "object"));
	pt_text_line(to, "graph", "%s, %s, %s of them into the middle of one; %s looked like a pointer",
		     pt_quantity_counted(a, s->nodes, "node"), pt_quantity_counted(b, s->edges, "edge"),
		     pt_quantity_count(c, s->interior_edges), pt_quantity_counted(d, s->words, "word"));
	pt_text_line(to, "cost", "the program stood still for %s; %s looked at in %s; %s on disk",
		     pt_quantity_time(a, s->stall_ns), pt_quantity_bytes(b, s->scanned_bytes),
		     pt_quantity_time(c, s->child_ns), pt_quantity_bytes(d, s->stored_bytes));
	pt_text_line(to, "threads", "%" PRIu32 "%s", s->threads_nr,
		     !s->registers_asked  ? "; their registers were not scanned"
		     : s->threads_silent ? "; not all of them answered"
					  : "; all told their registers");
}

static int tables(const struct pt_render *to, const struct pt_graph_snapshot *s)
{
	static int (*const table[])(const struct pt_render *to, const struct pt_graph_snapshot *s) = {
		pt_graph_text_pools, pt_graph_text_fields, pt_graph_text_idle,
		pt_graph_text_tree,  pt_graph_text_leaks,  pt_graph_text_roots,
	};
	int rc = 0;

	totals(to, s);
	for (size_t i = 0; !rc && i < sizeof(table) / sizeof(table[0]); i++)
		rc = table[i](to, s);
	return rc;
}

int pt_graph_text(const struct pt_render *to, const struct pt_graph_report *r)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < r->snapshots_nr; i++) {
		const struct pt_graph_snapshot *s = &r->snapshots[i];

		if (i)
			fputc('\n', to->out);
		title(to, r, s);
		if (s->path) {
			rc = pt_graph_text_path(to, s);
			continue;
		}
		rc = findings(to, r, s);
		if (!rc && s->whole)
			rc = tables(to, s);
	}
	if (rc)
		return rc;
	return ferror(to->out) ? -PT_EIO : 0;
}
