/* SPDX-License-Identifier: MIT */
/* preorder.c - one depth-first walk, then the edges once more, turned around. */
#include "preorder.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

/* An edge to a node still to be looked at; or, with two numbers, one that is not of the tree. */
struct pair {
	uint32_t from; /* number */
	uint32_t to;   /* node, or number */
};

/* Of the walk alone. Each edge is in one of the two parts of `pairs`, or gone: they never meet. */
struct walk {
	uint32_t *number; /* by node; PT_GRAPH_NONE = not reached */
	struct pair *pairs;
	size_t waiting_nr; /* a stack at the low end */
	size_t cross_from; /* at the high end: what is not of the tree */
};

static void reach(struct pt_preorder *p, const struct pt_graph *g, struct walk *w, uint32_t node,
		  uint32_t parent)
{
	uint32_t nr = p->nr++;

	w->number[node] = nr;
	p->node[nr] = node;
	p->parent[nr] = parent;
	for (uint32_t e = g->start[node]; e < g->start[node + 1]; e++) {
		w->pairs[w->waiting_nr++] = (struct pair){ nr, g->edges[e].to };
		__builtin_prefetch(&w->number[g->edges[e].to], 1);
		__builtin_prefetch(&g->start[g->edges[e].to]);
	}
}

/*
 * Depth first, although all edges of a node wait on the stack at once: a node gets its number, and
 * its parent, from the last one that put it there, which is the deepest. Each edge is read once.
 */
static void number_nodes(struct pt_preorder *p, const struct pt_graph *g, struct walk *w)
{
	reach(p, g, w, PT_GRAPH_ROOT, 0);
	while (w->waiting_nr) {
		struct pair edge = w->pairs[--w->waiting_nr];
		uint32_t nr = w->number[edge.to];

		if (nr == PT_GRAPH_NONE)
			reach(p, g, w, edge.to, edge.from);
		else if (nr != edge.from)
			w->pairs[--w->cross_from] = (struct pair){ edge.from, nr };
	}
}

/* The same sums and places as in pt_graph_seal(). */
static int turn_edges(struct pt_preorder *p, const struct pt_graph *g, const struct walk *w)
{
	for (size_t i = w->cross_from; i < g->edges_nr; i++)
		p->preds_start[(size_t)w->pairs[i].to + 2]++;
	for (size_t v = 2; v < (size_t)p->nr + 2; v++)
		p->preds_start[v] += p->preds_start[v - 1];
	p->preds = malloc((g->edges_nr - w->cross_from + 1) * sizeof(*p->preds));
	if (!p->preds)
		return -PT_ENOMEM;
	for (size_t i = w->cross_from; i < g->edges_nr; i++)
		p->preds[p->preds_start[(size_t)w->pairs[i].to + 1]++] = w->pairs[i].from;
	return 0;
}

int pt_preorder_init(struct pt_preorder *p, const struct pt_graph *g)
{
	size_t nodes_nr = g->nodes_nr;
	struct walk w = { .cross_from = g->edges_nr };
	int err = -PT_ENOMEM;

	memset(p, 0, sizeof(*p));
	w.number = malloc(nodes_nr * sizeof(*w.number));
	w.pairs = malloc(((size_t)g->edges_nr + 1) * sizeof(*w.pairs));
	p->node = malloc(nodes_nr * sizeof(*p->node));
	p->parent = malloc(nodes_nr * sizeof(*p->parent));
	p->preds_start = calloc(nodes_nr + 2, sizeof(*p->preds_start));
	if (w.number && w.pairs && p->node && p->parent && p->preds_start) {
		memset(w.number, 0xff, nodes_nr * sizeof(*w.number));
		number_nodes(p, g, &w);
		free(w.number); /* before the next large array is made */
		w.number = NULL;
		err = turn_edges(p, g, &w);
	}
	free(w.pairs);
	free(w.number);
	if (err)
		pt_preorder_fini(p);
	return err;
}

void pt_preorder_fini(struct pt_preorder *p)
{
	free(p->preds);
	free(p->preds_start);
	free(p->parent);
	free(p->node);
	memset(p, 0, sizeof(*p));
}
