/* SPDX-License-Identifier: MIT */
/*
 * dominators.c - semidominators as of Lengauer and Tarjan, "A fast algorithm for finding dominators in a
 * flowgraph", 1979, with path compression and without balancing; then, as of Georgiadis' semi-NCA, the
 * dominator as the nearest one above the parent that is not above the semidominator.
 *
 * Semi-NCA walks up there link by link, which is quadratic on a list of items that a table points at,
 * too. Here each vertex has one more link, which skips many (Myers, "An applicative random-access stack",
 * 1983): a walk is O(log nodes).
 *
 * All in preorder numbers, so a semidominator is a number to compare. First vertices are taken from the
 * highest number down, and "linked" are those above the one being taken; then from the lowest up.
 */
#include "dominators.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "preorder.h"

#define AHEAD 16u /* edges; how far in front of its use a vertex is asked for */

/* 8 bytes, for one cache line a visit. */
struct vertex {
	uint32_t ancestor; /* a path to the root of its tree of linked vertices, compressed */
	uint32_t low;	   /* the lowest semidominator on the compressed path */
};

/* In its place afterwards. */
struct climb {
	uint32_t idom;
	uint32_t skip; /* a dominator further up */
};

struct solver {
	struct vertex *vertex;
	uint32_t *path;	 /* of compress() */
	struct climb *climb;
	uint32_t *depth; /* in the tree of dominators */
};

/* `linked`: the lowest linked vertex; v and its ancestor are linked. */
static void compress(struct solver *s, uint32_t v, uint32_t linked)
{
	struct vertex *vertex = s->vertex;
	uint32_t depth = 0, above;

	while (vertex[v].ancestor >= linked) {
		s->path[depth++] = v;
		v = vertex[v].ancestor;
	}
	for (above = v; depth; above = v) {
		v = s->path[--depth];
		if (vertex[above].low < vertex[v].low)
			vertex[v].low = vertex[above].low;
		vertex[v].ancestor = vertex[above].ancestor;
	}
}

/* v is linked. The lowest semidominator of v and its linked ancestors. */
static uint32_t evaluate(struct solver *s, uint32_t v, uint32_t linked)
{
	if (s->vertex[v].ancestor >= linked)
		compress(s, v, linked);
	return s->vertex[v].low;
}

/* The lowest number from which a path leads to `w` through higher numbers than w alone. */
static uint32_t semidominator(struct solver *s, const struct pt_preorder *p, uint32_t w)
{
	uint32_t semi = p->parent[w];

	/* Downwards, as w goes: the whole array is read in one sweep. */
	for (uint32_t e = p->preds_start[w + 1]; e > p->preds_start[w]; e--) {
		uint32_t v = p->preds[e - 1];

		if (e > AHEAD) {
			__builtin_prefetch(&s->vertex[p->preds[e - 1 - AHEAD]], 1);
			__builtin_prefetch(&s->vertex[s->vertex[p->preds[e - 1 - AHEAD / 2]].ancestor], 1);
		}
		if (v > w)
			v = evaluate(s, v, w + 1);
		if (v < semi)
			semi = v;
	}
	return semi;
}

/* The nearest that dominates `v` or is v, and has no higher number than `semi`. */
static uint32_t climb_to(const struct climb *climb, uint32_t v, uint32_t semi)
{
	while (v > semi)
		v = climb[v].skip >= semi ? climb[v].skip : climb[v].idom;
	return v;
}

/*
 * All but w's are known below w. Skips are as long as those of two vertices above in a row, if these two
 * are of one length: so that from any depth few skips and steps lead to any other.
 */
static void climb_all(struct solver *s, const struct pt_preorder *p, uint32_t *idom)
{
	struct climb *climb = s->climb;
	uint32_t *depth = s->depth;

	climb[0] = (struct climb){ 0, 0 };
	depth[0] = 0;
	idom[0] = 0;
	for (uint32_t w = 1; w < p->nr; w++) {
		uint32_t above = climb_to(climb, p->parent[w], idom[w]), skip = climb[above].skip;
		bool equal = depth[above] - depth[skip] == depth[skip] - depth[climb[skip].skip];

		climb[w] = (struct climb){ above, equal ? climb[skip].skip : above };
		depth[w] = depth[above] + 1;
		idom[w] = above;
	}
}

int pt_dominators_solve(const struct pt_preorder *p, uint32_t *idom)
{
	size_t nr = p->nr;
	struct solver s = { 0 };
	int err = -PT_ENOMEM;

	s.vertex = malloc(nr * sizeof(*s.vertex));
	s.path = malloc(nr * sizeof(*s.path)); /* pages are touched as deep as paths are */
	if (s.vertex && s.path) {
		for (uint32_t v = 0; v < p->nr; v++)
			s.vertex[v] = (struct vertex){ p->parent[v], v };
		for (uint32_t w = p->nr - 1; w > 0; w--)
			s.vertex[w].low = idom[w] = semidominator(&s, p, w);
		free(s.vertex);
		s.vertex = NULL;
		s.climb = malloc(nr * sizeof(*s.climb));
		s.depth = s.path;
		if (s.climb) {
			climb_all(&s, p, idom);
			err = 0;
		}
	}
	free(s.climb);
	free(s.path);
	free(s.vertex);
	return err;
}

/* From numbers to nodes. A dominator's number is lower: its sum is complete after those below. */
static int sum_up(struct pt_dominators *d, const struct pt_graph *g, const uint32_t *idom)
{
	uint64_t *sums = malloc(d->reachable_nr * sizeof(*sums));

	d->idom = malloc(d->nodes_nr * sizeof(*d->idom));
	d->retained_bytes = calloc(d->nodes_nr, sizeof(*d->retained_bytes));
	if (!sums || !d->idom || !d->retained_bytes) {
		free(sums);
		return -PT_ENOMEM;
	}
	memset(d->idom, 0xff, d->nodes_nr * sizeof(*d->idom));
	for (uint32_t v = 0; v < d->reachable_nr; v++)
		sums[v] = g->shallow_bytes[d->node[v]];
	for (uint32_t v = d->reachable_nr - 1; v > 0; v--) {
		sums[idom[v]] += sums[v];
		d->idom[d->node[v]] = d->node[idom[v]];
		d->retained_bytes[d->node[v]] = sums[v];
	}
	d->retained_bytes[PT_GRAPH_ROOT] = sums[0];
	for (uint32_t v = 0; v < d->nodes_nr; v++)
		d->unreachable_bytes += g->shallow_bytes[v];
	d->unreachable_bytes -= sums[0];
	free(sums);
	return 0;
}

int pt_dominators_init(struct pt_dominators *d, const struct pt_graph *g)
{
	struct pt_preorder p;
	uint32_t *idom;
	int err;

	memset(d, 0, sizeof(*d));
	err = pt_preorder_init(&p, g);
	if (err)
		return err;
	idom = malloc(p.nr * sizeof(*idom));
	err = idom ? pt_dominators_solve(&p, idom) : -PT_ENOMEM;
	d->nodes_nr = g->nodes_nr;
	d->reachable_nr = p.nr;
	d->node = p.node; /* kept; the rest of the walk is no longer needed */
	p.node = NULL;
	pt_preorder_fini(&p);
	if (!err)
		err = sum_up(d, g, idom);
	free(idom);
	if (err)
		pt_dominators_fini(d);
	return err;
}

void pt_dominators_fini(struct pt_dominators *d)
{
	free(d->retained_bytes);
	free(d->idom);
	free(d->node);
	memset(d, 0, sizeof(*d));
}
