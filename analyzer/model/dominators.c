/* SPDX-License-Identifier: MIT */
/*
 * dominators.c - Lengauer and Tarjan, "A fast algorithm for finding dominators in a flowgraph",
 * 1979, the version with path compression and without balancing.
 *
 * All in preorder numbers, so a semidominator is a number to compare. Vertices are taken from the
 * highest number down; "linked" are those above the one being taken.
 */
#include "dominators.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "preorder.h"

#define AHEAD 16u /* edges; how far in front of its use a vertex is asked for */

struct vertex {
	uint32_t ancestor; /* a path to the root of its tree of linked vertices, compressed */
	uint32_t label;	 /* of those on the compressed path the one with the lowest semidominator */
	uint32_t low;	 /* that semidominator; 16 bytes in all, for one cache line a visit */
	uint32_t bucket; /* the first vertex that this one is semidominator of; 0 = none */
};

struct solver {
	struct vertex *vertex;
	uint32_t *semi; /* semidominators */
	uint32_t *idom; /* of a vertex in a bucket: the next one in it */
	uint32_t *path; /* of compress() */
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
		if (vertex[above].low < vertex[v].low) {
			vertex[v].low = vertex[above].low;
			vertex[v].label = vertex[above].label;
		}
		vertex[v].ancestor = vertex[above].ancestor;
	}
}

/* v is linked. Tells its label and low: the best among v and its linked ancestors. */
static const struct vertex *evaluate(struct solver *s, uint32_t v, uint32_t linked)
{
	if (s->vertex[v].ancestor >= linked)
		compress(s, v, linked);
	return &s->vertex[v];
}

/* All vertices whose semidominator is `w`, which is to be linked next. */
static void empty_bucket(struct solver *s, uint32_t w)
{
	uint32_t v = s->vertex[w].bucket;

	while (v) {
		uint32_t next = s->idom[v];
		const struct vertex *best = evaluate(s, v, w + 1);

		s->idom[v] = best->low < w ? best->label : w;
		v = next;
	}
}

/* The lowest number from which a path leads to `w` through higher numbers than w alone. */
static uint32_t semidominator(struct solver *s, const struct pt_preorder *p, uint32_t w)
{
	uint32_t semi = p->parent[w];

	/* Downwards, as w goes: the whole array is read in one sweep. */
	for (uint32_t e = p->preds_start[w + 1]; e > p->preds_start[w]; e--) {
		uint32_t v = p->preds[e - 1];

		if (e > AHEAD)
			__builtin_prefetch(&s->vertex[p->preds[e - 1 - AHEAD]], 1);
		if (v > w)
			v = evaluate(s, v, w + 1)->low;
		if (v < semi)
			semi = v;
	}
	return semi;
}

static void take_all(struct solver *s, const struct pt_preorder *p)
{
	for (uint32_t w = p->nr - 1; w > 0; w--) {
		uint32_t semi;

		empty_bucket(s, w);
		semi = semidominator(s, p, w);
		s->semi[w] = s->vertex[w].low = semi;
		if (semi == p->parent[w]) { /* then that is the dominator, too: most of a heap */
			s->idom[w] = semi;
		} else {
			s->idom[w] = s->vertex[semi].bucket;
			s->vertex[semi].bucket = w;
		}
	}
	empty_bucket(s, 0);
	s->idom[0] = 0;
	for (uint32_t w = 1; w < p->nr; w++) {
		if (s->idom[w] != s->semi[w])
			s->idom[w] = s->idom[s->idom[w]];
	}
}

int pt_dominators_solve(const struct pt_preorder *p, uint32_t *idom)
{
	size_t nr = p->nr;
	struct solver s = { .idom = idom };
	int err = -PT_ENOMEM;

	s.vertex = malloc(nr * sizeof(*s.vertex));
	s.semi = malloc(nr * sizeof(*s.semi));
	s.path = malloc(nr * sizeof(*s.path)); /* pages are touched as deep as paths are */
	if (s.vertex && s.semi && s.path) {
		for (uint32_t v = 0; v < p->nr; v++)
			s.vertex[v] = (struct vertex){ p->parent[v], v, v, 0 };
		take_all(&s, p);
		err = 0;
	}
	free(s.path);
	free(s.semi);
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
