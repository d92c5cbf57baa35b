// SPDX-License-Identifier: MIT
/*
 * graph_doubts.c - how each node can be reached: past stale roots, past interior pointers, past idle objects.
 *
 * One walk for all of them. A node passes on the bits it has, and again when it gets more: at most once a
 * bit. Nodes that have all bits wait in a queue, which is most of a heap and can be asked for ahead; the
 * others wait on a stack.
 */
#include "graph_parts.h"

#include <stdlib.h>

#define AHEAD 4u /* nodes of the queue, and edges of a node */

/* An idle object, while we walk: in place of a bit that is set only afterwards. */
#define WAY_IDLE PT_WAY_WORD

struct walk {
	const struct pt_graph *graph;
	uint8_t *ways;
	uint32_t *waiting; /* low end: the queue; high end: the stack. A node is in one of them, once */
	uint32_t queued_nr, stack_from;
};

static void arrive(struct walk *w, uint32_t node, unsigned int bits)
{
	if (!(bits & (unsigned int)~w->ways[node]))
		return;
	if (w->ways[node] & WAY_IDLE)
		bits &= ~PT_WAY_BUSY;
	if (!(bits & (unsigned int)~w->ways[node]))
		return;
	w->ways[node] |= (uint8_t)bits;
	if (w->ways[node] & PT_WAY_WAITING)
		return;
	if ((w->ways[node] & PT_WAY_ALL) == PT_WAY_ALL) {
		w->waiting[w->queued_nr++] = node;
	} else {
		w->ways[node] |= PT_WAY_WAITING;
		w->waiting[--w->stack_from] = node;
	}
}

static unsigned int without_doubt(struct pt_graph_edge e)
{
	return pt_graph_interior(e) && !pt_graph_edge_inside(e) ? ~PT_WAY_BASE : ~0u;
}

static void pass_on(struct walk *w, uint32_t node)
{
	unsigned int bits = w->ways[node] & PT_WAY_ALL;

	for (uint32_t e = w->graph->start[node]; e < w->graph->start[node + 1]; e++)
		arrive(w, w->graph->edges[e].to, bits & without_doubt(w->graph->edges[e]));
}

static void start(struct walk *w, const struct pt_references *refs)
{
	for (uint32_t e = w->graph->start[PT_GRAPH_ROOT]; e < w->graph->start[PT_GRAPH_ROOT + 1]; e++) {
		struct pt_graph_edge edge = w->graph->edges[e];
		unsigned int bits = PT_WAY_ALL;

		if (!pt_graph_edge_pool(edge)) {
			bits &= without_doubt(edge);
			if (refs->roots[pt_graph_offset_bytes(edge)].kind == PT_ROOT_WORD_STALE)
				bits &= ~PT_WAY_SURE;
		}
		arrive(w, edge.to, bits);
	}
}

static void prefetch(const struct walk *w, uint32_t at)
{
	const struct pt_graph *g = w->graph;
	uint32_t node, end;

	if (at + 3 * AHEAD < w->queued_nr)
		__builtin_prefetch(&g->start[w->waiting[at + 3 * AHEAD]]);
	if (at + 2 * AHEAD < w->queued_nr)
		__builtin_prefetch(&g->edges[g->start[w->waiting[at + 2 * AHEAD]]]);
	if (at + AHEAD >= w->queued_nr)
		return;
	node = w->waiting[at + AHEAD];
	end = g->start[node + 1];
	if (end - g->start[node] > AHEAD)
		end = g->start[node] + AHEAD;
	for (uint32_t e = g->start[node]; e < end; e++)
		__builtin_prefetch(&w->ways[g->edges[e].to], 1);
}

/* Which words point at a node: that of no root and of no node itself are edges, too. */
static void count_words(const struct walk *w)
{
	for (uint32_t v = 0; v < w->graph->nodes_nr; v++) {
		for (uint32_t e = w->graph->start[v]; e < w->graph->start[v + 1]; e++) {
			struct pt_graph_edge edge = w->graph->edges[e];
			uint8_t *ways = &w->ways[edge.to];

			if (pt_graph_edge_inside(edge) || (v == PT_GRAPH_ROOT && pt_graph_edge_pool(edge)))
				continue;
			*ways |= *ways & PT_WAY_WORD ? PT_WAY_MORE_WORDS : PT_WAY_WORD;
			if (!pt_graph_interior(edge))
				*ways |= PT_WAY_BASE_WORD;
		}
	}
}

uint8_t *pt_graph_ways(const struct pt_cut *cut, const struct pt_references *refs)
{
	uint32_t nr = refs->graph.nodes_nr;
	struct walk w = { .graph = &refs->graph, .stack_from = nr };

	w.ways = calloc(nr, sizeof(*w.ways));
	w.waiting = malloc(nr * sizeof(*w.waiting));
	if (!w.ways || !w.waiting) {
		free(w.waiting);
		free(w.ways);
		return NULL;
	}
	for (uint32_t i = 0; i < cut->idle_nr; i++)
		w.ways[cut->idle[i].node] = WAY_IDLE;
	start(&w, refs);
	for (uint32_t at = 0; at < w.queued_nr || w.stack_from < nr;) {
		uint32_t node;

		if (at < w.queued_nr) {
			prefetch(&w, at);
			node = w.waiting[at++];
		} else {
			node = w.waiting[w.stack_from++];
			w.ways[node] &= (uint8_t)~PT_WAY_WAITING;
		}
		pass_on(&w, node);
	}
	free(w.waiting);
	for (uint32_t i = 0; i < cut->idle_nr; i++)
		w.ways[cut->idle[i].node] &= (uint8_t)~WAY_IDLE;
	count_words(&w);
	return w.ways;
}

void pt_graph_doubt_sums(struct pt_graph_parts *p)
{
	const struct pt_graph *g = &p->refs->graph;
	struct pt_graph_snapshot *out = p->out;

	for (uint32_t v = 1; v < g->nodes_nr; v++) {
		uint64_t bytes = g->shallow_bytes[v];

		if (!(p->ways[v] & PT_WAY_ANY)) {
			out->unreachable_bytes += bytes;
			out->unreachable_objects++;
			continue;
		}
		out->reachable_bytes += bytes;
		out->reachable_objects++;
		if (!(p->ways[v] & PT_WAY_SURE))
			out->stale_only_bytes += bytes;
		if (!(p->ways[v] & PT_WAY_BASE))
			out->interior_only_bytes += bytes;
	}
	for (uint32_t i = 0; i < p->cut->idle_nr; i++)
		out->idle_bytes += g->shallow_bytes[p->cut->idle[i].node];
}
