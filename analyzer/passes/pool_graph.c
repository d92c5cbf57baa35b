// SPDX-License-Identifier: MIT
/*
 * pool_graph.c - graph_retained_bytes of each pool, at the last whole snapshot.
 *
 * Only for traces with a pool: resolving a snapshot takes as long as reading some million events. A snapshot
 * that cannot be read costs the report this number, and nothing else.
 */
#include "pool_graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "graph.h"
#include "resolved.h"

static int take(struct pt_pool_graph *g, const struct pt_event *ev)
{
	const struct pt_pools *pools = g->run->pools.pools;
	uint32_t nr = pt_pools_nr(pools);
	struct pt_resolved v;
	int r;

	r = pt_resolved_init(&v, g->run, g->trace, ev);
	if (r)
		return r;
	g->bytes = calloc(nr + 1ul, sizeof(*g->bytes));
	r = g->bytes ? pt_graph_pools(&v.cut, &v.refs, pools, g->bytes) : -PT_ENOMEM;
	g->bytes_nr = nr;
	g->time_ns = v.cut.time_ns;
	pt_resolved_fini(&v);
	if (r) {
		free(g->bytes);
		g->bytes = NULL;
	}
	return r;
}

static int hook(void *arg, const struct pt_event *ev)
{
	struct pt_pool_graph *g = arg;

	if (ev->kind != PT_EV_SNAPSHOT || !g->number || ev->size_bytes != g->number)
		return 0;
	g->number = 0;
	if (!pt_pools_any(g->run->pools.pools))
		return 0;
	g->error = take(g, ev);
	g->failed = g->error ? (uint32_t)ev->size_bytes : 0;
	return 0;
}

void pt_pool_graph_init(struct pt_pool_graph *g, struct pt_run *run, struct pt_trace *t)
{
	memset(g, 0, sizeof(*g));
	g->run = run;
	g->trace = t;
	g->number = pt_snapshot_last(t);
	run->hook = hook;
	run->hook_arg = g;
}

void pt_pool_graph_fini(struct pt_pool_graph *g)
{
	free(g->bytes);
	g->bytes = NULL;
}

int pt_pool_graph_finish(const struct pt_pool_graph *g, struct pt_report *out)
{
	/* Where there are only counters, pools have no rows. */
	const bool rows_there = out->modes.told != PT_TOLD_COUNTS && pt_pools_any(g->run->pools.pools);
	uint32_t nr = rows_there ? pt_pools_nr(g->run->pools.pools) : 0;
	struct pt_report_pool *rows = out->pools + (out->pools_nr - nr);
	char note[160];

	for (uint32_t i = 0; i < nr && i < g->bytes_nr && g->bytes; i++) {
		struct pt_pool_detail *d = rows[i].detail;

		d->graph_ns = g->time_ns;
		if (g->bytes[i] == PT_UNKNOWN)
			continue;
		d->graph_retained_bytes = g->bytes[i];
		d->waterfall.graph_bytes = (int64_t)g->bytes[i];
	}
	if (!g->failed)
		return 0;
	snprintf(note, sizeof(note), "snapshot %u cannot be used: %s; what idle objects keep alive is not known", g->failed,
		 g->error == -PT_EINVAL ? "it has too many pointers" : pt_error_text(g->error));
	return pt_report_note(out, note);
}
