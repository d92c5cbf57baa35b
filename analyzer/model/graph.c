/* SPDX-License-Identifier: MIT */
/*
 * graph.c - edges kept as they are told, then one counting sort by the node that points.
 *
 * What is told lies in chunks that are freed one by one while the sort reads them.
 */
#include "graph.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

#define TOLD_MAX 65535u /* 768 KiB a chunk: malloc maps it, free gives it back */

struct pt_graph_told {
	struct pt_graph_told *next;
	uint32_t nr;
	struct {
		uint32_t from;
		struct pt_graph_edge edge;
	} edges[TOLD_MAX];
};

int pt_graph_init(struct pt_graph *g, uint32_t nodes_nr)
{
	memset(g, 0, sizeof(*g));
	if (!nodes_nr || nodes_nr > PT_GRAPH_NODES_MAX)
		return -PT_EINVAL;
	g->nodes_nr = nodes_nr;
	g->shallow_bytes = calloc(nodes_nr, sizeof(*g->shallow_bytes));
	/* Two more than nodes: seal() counts the edges of v at v + 2. */
	g->start = calloc((size_t)nodes_nr + 2, sizeof(*g->start));
	if (g->shallow_bytes && g->start)
		return 0;
	pt_graph_fini(g);
	return -PT_ENOMEM;
}

void pt_graph_fini(struct pt_graph *g)
{
	while (g->first) {
		struct pt_graph_told *told = g->first;

		g->first = told->next;
		free(told);
	}
	free(g->edges);
	free(g->start);
	free(g->shallow_bytes);
	memset(g, 0, sizeof(*g));
}

static int add_chunk(struct pt_graph *g)
{
	struct pt_graph_told *told = malloc(sizeof(*told));

	if (!told)
		return -PT_ENOMEM;
	told->next = NULL;
	told->nr = 0;
	if (g->last)
		g->last->next = told;
	else
		g->first = told;
	g->last = told;
	return 0;
}

int pt_graph_tell(struct pt_graph *g, uint32_t from, uint32_t to, uint64_t offset_bytes,
		  bool interior)
{
	uint32_t offset = PT_GRAPH_OFFSET_FAR;
	struct pt_graph_told *told;

	if (from >= g->nodes_nr || to >= g->nodes_nr || to == PT_GRAPH_ROOT || g->edges ||
	    g->edges_nr == PT_GRAPH_EDGES_MAX)
		return -PT_EINVAL;
	if ((!g->last || g->last->nr == TOLD_MAX) && add_chunk(g))
		return -PT_ENOMEM;
	if (offset_bytes < offset)
		offset = (uint32_t)offset_bytes;
	told = g->last;
	told->edges[told->nr].from = from;
	told->edges[told->nr++].edge = (struct pt_graph_edge){ to, offset << 1 | interior };
	g->start[(size_t)from + 2]++;
	g->edges_nr++;
	return 0;
}

/*
 * start[v + 2] counts the edges of v; after the sums start[v + 1] is where they begin, and when
 * each was put there it is where they end, which is where those of v + 1 begin.
 */
int pt_graph_seal(struct pt_graph *g)
{
	struct pt_graph_told *told;

	if (g->edges)
		return -PT_EINVAL;
	g->edges = malloc(((size_t)g->edges_nr + 1) * sizeof(*g->edges));
	if (!g->edges)
		return -PT_ENOMEM;
	for (size_t v = 2; v < (size_t)g->nodes_nr + 2; v++)
		g->start[v] += g->start[v - 1];
	while ((told = g->first)) {
		for (uint32_t i = 0; i < told->nr; i++)
			g->edges[g->start[(size_t)told->edges[i].from + 1]++] = told->edges[i].edge;
		g->first = told->next;
		free(told);
	}
	g->last = NULL;
	return 0;
}
