/* SPDX-License-Identifier: MIT */
/* graph_rivals.c - other ways to find dominators, as their papers have them. */
#include "graph_rivals.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Semi-NCA: semidominators as in Lengauer-Tarjan, then up the tree from the parent as far as needed. */
static uint32_t nca_evaluate(uint32_t *ancestor, uint32_t *low, uint32_t *path, uint32_t v,
			     uint32_t linked)
{
	uint32_t depth = 0, above;

	for (; ancestor[v] >= linked; v = ancestor[v])
		path[depth++] = v;
	for (above = v; depth; above = v) {
		v = path[--depth];
		if (low[above] < low[v])
			low[v] = low[above];
		ancestor[v] = ancestor[above];
	}
	return low[v];
}

void bench_solve_nca(const struct pt_preorder *p, uint32_t *idom)
{
	size_t size = p->nr * sizeof(uint32_t);
	uint32_t *ancestor = malloc(size), *low = malloc(size), *semi = malloc(size);

	memcpy(ancestor, p->parent, size);
	for (uint32_t v = 0; v < p->nr; v++)
		low[v] = v;
	for (uint32_t w = p->nr - 1; w > 0; w--) {
		semi[w] = p->parent[w];
		for (uint32_t e = p->preds_start[w]; e < p->preds_start[w + 1]; e++) {
			uint32_t u = nca_evaluate(ancestor, low, idom, p->preds[e], w + 1);

			if (u < semi[w])
				semi[w] = u;
		}
		low[w] = semi[w];
	}
	idom[0] = 0;
	for (uint32_t w = 1; w < p->nr; w++) {
		for (idom[w] = p->parent[w]; idom[w] > semi[w];)
			idom[w] = idom[idom[w]];
	}
	free(semi);
	free(low);
	free(ancestor);
}

/* In reverse postorder: postorder number = number + size of the subtree - depth - 1. */
static void order_chk(const struct pt_preorder *p, uint32_t *order)
{
	uint32_t *size = malloc(p->nr * sizeof(*size)), *depth = calloc(p->nr, sizeof(*depth));

	for (uint32_t v = 0; v < p->nr; v++)
		size[v] = 1;
	for (uint32_t v = p->nr - 1; v > 0; v--)
		size[p->parent[v]] += size[v];
	for (uint32_t v = 1; v < p->nr; v++)
		depth[v] = depth[p->parent[v]] + 1;
	for (uint32_t v = 0; v < p->nr; v++)
		order[p->nr - (v + size[v] - depth[v])] = v;
	free(depth);
	free(size);
}

/* A dominator's preorder number is lower, so these do as the numbers to compare. */
void bench_solve_chk(const struct pt_preorder *p, uint32_t *idom)
{
	uint32_t *order = malloc(p->nr * sizeof(*order));
	bool changed = true;

	order_chk(p, order);
	memset(idom, 0xff, p->nr * sizeof(*idom));
	idom[0] = 0;
	while (changed) {
		changed = false;
		for (uint32_t i = 1; i < p->nr; i++) {
			uint32_t w = order[i], a = p->parent[w];

			for (uint32_t e = p->preds_start[w]; e < p->preds_start[w + 1]; e++) {
				uint32_t b = p->preds[e];

				if (idom[b] == PT_GRAPH_NONE)
					continue;
				while (a != b) {
					if (a > b)
						a = idom[a];
					else
						b = idom[b];
				}
			}
			changed |= idom[w] != a;
			idom[w] = a;
		}
	}
	free(order);
}

/* Of a vertex on a compressed path the label, too: that of the lowest semidominator. */
struct lt_vertex {
	uint32_t ancestor, label, low, bucket;
};

static const struct lt_vertex *lt_evaluate(struct lt_vertex *vertex, uint32_t *path, uint32_t v, uint32_t linked)
{
	uint32_t depth = 0, above, of = v;

	for (; vertex[v].ancestor >= linked; v = vertex[v].ancestor)
		path[depth++] = v;
	for (above = v; depth; above = v) {
		v = path[--depth];
		if (vertex[above].low < vertex[v].low) {
			vertex[v].low = vertex[above].low;
			vertex[v].label = vertex[above].label;
		}
		vertex[v].ancestor = vertex[above].ancestor;
	}
	return &vertex[of];
}

/* idom of a vertex in a bucket: the next one in it; afterwards a vertex of the same dominator, or that. */
void bench_solve_lt(const struct pt_preorder *p, uint32_t *idom)
{
	struct lt_vertex *vertex = malloc(p->nr * sizeof(*vertex));
	uint32_t *semi = malloc(p->nr * sizeof(*semi)), *path = malloc(p->nr * sizeof(*path));

	for (uint32_t v = 0; v < p->nr; v++)
		vertex[v] = (struct lt_vertex){ p->parent[v], v, v, 0 };
	for (uint32_t w = p->nr - 1; w > 0; w--) {
		for (uint32_t v = vertex[w].bucket, next; v; v = next) {
			const struct lt_vertex *best = lt_evaluate(vertex, path, v, w + 1);

			next = idom[v];
			idom[v] = best->low < w ? best->label : w;
		}
		semi[w] = p->parent[w];
		for (uint32_t e = p->preds_start[w]; e < p->preds_start[w + 1]; e++) {
			uint32_t v = p->preds[e];

			if (v > w)
				v = lt_evaluate(vertex, path, v, w + 1)->low;
			semi[w] = v < semi[w] ? v : semi[w];
		}
		vertex[w].low = semi[w];
		idom[w] = semi[w] == p->parent[w] ? semi[w] : vertex[semi[w]].bucket;
		if (semi[w] != p->parent[w])
			vertex[semi[w]].bucket = w;
	}
	for (uint32_t v = vertex[0].bucket, next; v; v = next) {
		next = idom[v];
		idom[v] = 0;
	}
	idom[0] = 0;
	for (uint32_t w = 1; w < p->nr; w++)
		idom[w] = idom[w] == semi[w] ? idom[w] : idom[idom[w]];
	free(path);
	free(semi);
	free(vertex);
}
