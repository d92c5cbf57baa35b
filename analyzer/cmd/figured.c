// SPDX-License-Identifier: MIT
/*
 * figured.c - traces as flat tables of figures.
 */
#include "figured.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "../passes/analyse.h"
#include "../passes/graph.h"
#include "../trace/snapshot.h"
#include "cmd.h"
#include "facts.h"
#include "frames.h"
#include "progress.h"

/* The last whole snapshot. 0, then g->snapshots_nr says whether there is one and *g is to be freed; else negative. */
static int read_graph(struct pt_symbols *symbols, const char *path, struct pt_graph_report *g)
{
	static const struct pt_graph_ask last = { 0 };
	struct pt_progress p;
	struct pt_trace *t;
	int rc = pt_trace_open(&t, path);

	memset(g, 0, sizeof(*g));
	if (rc)
		return rc;
	if (pt_snapshots_nr(t)) {
		pt_progress_start(&p, path);
		rc = pt_graph_analyse(t, &last, pt_progress_show, &p, g);
		pt_progress_end(&p);
		if (!rc && g->snapshots_nr)
			rc = pt_frames_fill_graph(symbols, t, g);
		if (rc)
			pt_graph_report_fini(g);
	}
	pt_trace_close(t);
	return rc;
}

/* The report without what only the graph knows. 0, then *r is to be freed; else negative. */
static int read_report(struct pt_symbols *symbols, const char *path, struct pt_report *r)
{
	const struct pt_pool_limits limits = PT_POOL_LIMITS_DEFAULT;
	struct pt_progress p;
	struct pt_trace *t;
	int rc = pt_trace_open(&t, path);

	if (rc)
		return rc;
	pt_progress_start(&p, path);
	rc = pt_analyse(t, &limits, pt_progress_show, &p, r);
	pt_progress_end(&p);
	if (!rc) {
		snprintf(r->trace_path, sizeof(r->trace_path), "%s", path);
		r->limits = limits;
		rc = pt_facts_fill(t, r);
		if (!rc)
			rc = pt_frames_fill(symbols, t, r, 0);
		if (rc)
			pt_report_fini(r);
	}
	pt_trace_close(t);
	return rc;
}

int pt_figured_read(struct pt_symbols *symbols, const char *path, struct pt_figures *out)
{
	struct pt_graph_report graph;
	struct pt_report r;
	int rc = read_report(symbols, path, &r);

	if (rc)
		return pt_fail_trace(path, rc);
	rc = read_graph(symbols, path, &graph);
	if (!rc) {
		rc = pt_figures_make(&r, graph.snapshots_nr ? &graph.snapshots[0] : NULL, out);
		if (rc)
			pt_figures_fini(out);
		pt_graph_report_fini(&graph);
	}
	pt_report_fini(&r);
	return rc ? pt_fail_trace(path, rc) : PT_EXIT_OK;
}

int pt_figured_read_all(const struct pt_paths *paths, struct pt_figured *out)
{
	struct pt_symbols *symbols;
	int status = PT_EXIT_OK;

	*out = (struct pt_figured){ calloc(paths->names_nr + 1, sizeof(*out->runs)), 0 };
	if (!out->runs || pt_symbols_init(&symbols) != 0)
		return pt_fail(NULL, "not enough memory");
	for (size_t i = 0; i < paths->names_nr; i++) {
		if (pt_figured_read(symbols, paths->names[i], &out->runs[out->runs_nr]) == PT_EXIT_OK)
			out->runs_nr++;
		else
			status = PT_EXIT_ERROR;
	}
	pt_symbols_fini(symbols);
	return status;
}

void pt_figured_fini(struct pt_figured *f)
{
	for (size_t i = 0; f->runs && i < f->runs_nr; i++)
		pt_figures_fini(&f->runs[i]);
	free(f->runs);
	memset(f, 0, sizeof(*f));
}
