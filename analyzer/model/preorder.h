/* SPDX-License-Identifier: MIT */
/*
 * preorder.h - the nodes that the super-root reaches, numbered depth first, and who points at them.
 *
 * A node's number is larger than its parent's in the depth-first tree, and than its dominator's.
 * What is walked much lies close together under these numbers. Memory: 12 bytes a node, and 4 an
 * edge that is not of the tree; while it is made 4 more a node and 8 an edge. No recursion.
 */
#ifndef PT_PREORDER_H
#define PT_PREORDER_H

#include "graph.h"

struct pt_preorder {
	uint32_t nr;	       /* reachable nodes; number 0 is the super-root */
	uint32_t *node;	       /* by number */
	uint32_t *parent;      /* by number; of 0 it is 0 */
	uint32_t *preds_start; /* by number, and one more */
	uint32_t *preds;       /* who points at it, but not itself, nor for the tree's edge */
};

/* pt_preorder_init() - walk a sealed graph. 0 or -PT_ENOMEM; then there is nothing to fini. */
int pt_preorder_init(struct pt_preorder *p, const struct pt_graph *g);
void pt_preorder_fini(struct pt_preorder *p);

#endif
