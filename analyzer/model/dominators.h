/* SPDX-License-Identifier: MIT */
/*
 * dominators.h - which node keeps which alive, and how much.
 *
 * The immediate dominator of a node is the last node that every path from the super-root to it
 * passes. A node's retained bytes are its own and those of all nodes it dominates: what would be
 * unreachable without it. Lengauer and Tarjan's semidominators, then the nearest common dominator by links
 * that skip, no recursion: O(edges * log nodes) whatever the shape is; docs/design/0006-dominators.md says why.
 * Memory: 16 bytes a node; while it is made 12 a node and 12 an edge, then 28 and 4.
 */
#ifndef PT_DOMINATORS_H
#define PT_DOMINATORS_H

#include "graph.h"

struct pt_preorder;

struct pt_dominators {
	uint32_t nodes_nr;
	uint32_t reachable_nr;	  /* with the super-root */
	uint32_t *node;		  /* the reachable nodes, a dominator before those it dominates */
	uint32_t *idom;		  /* by node; PT_GRAPH_NONE = the super-root, or not reachable */
	uint64_t *retained_bytes; /* by node; of one that is not reachable: 0, and means nothing */
	uint64_t unreachable_bytes; /* shallow; retained_bytes[PT_GRAPH_ROOT] has all the others */
};

/* pt_dominators_init() - of a sealed graph. 0 or -PT_ENOMEM; then there is nothing to fini. */
int pt_dominators_init(struct pt_dominators *d, const struct pt_graph *g);
void pt_dominators_fini(struct pt_dominators *d);

static inline bool pt_dominators_reachable(const struct pt_dominators *d, uint32_t node)
{
	return node == PT_GRAPH_ROOT || d->idom[node] != PT_GRAPH_NONE;
}

/*
 * pt_dominators_solve() - the algorithm alone, in numbers of `p`.
 *
 * idom: p->nr numbers; that of number 0 is 0.
 *
 * Returns 0 or -PT_ENOMEM.
 */
int pt_dominators_solve(const struct pt_preorder *p, uint32_t *idom);

#endif
