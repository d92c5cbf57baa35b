// SPDX-License-Identifier: MIT
/*
 * graph.c - who owns what in a struct pt_graph_report.
 */
#include "graph.h"

#include <stdlib.h>
#include <string.h>

static void path_fini(struct pt_graph_path *path)
{
	if (!path)
		return;
	free(path->root_module);
	free(path->root_symbol);
	free(path->steps);
	free(path->dominators);
	free(path);
}

static void snapshot_fini(struct pt_graph_snapshot *s)
{
	for (size_t i = 0; i < s->sites_nr; i++) {
		pt_report_site_fini(&s->sites[i].site);
		free(s->sites[i].type);
	}
	for (size_t i = 0; i < s->fields_nr; i++)
		free(s->fields[i].name);
	path_fini(s->path);
	free(s->mark);
	free(s->pools);
	free(s->fields);
	free(s->idle);
	free(s->leaks);
	free(s->rows);
	free(s->sites);
	free(s->list);
}

void pt_graph_report_fini(struct pt_graph_report *r)
{
	for (size_t i = 0; i < r->snapshots_nr; i++)
		snapshot_fini(&r->snapshots[i]);
	free(r->snapshots);
	memset(r, 0, sizeof(*r));
}
