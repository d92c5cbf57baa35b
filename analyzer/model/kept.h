/* SPDX-License-Identifier: MIT */
/*
 * kept.h - what only the nodes of a set keep alive, for many sets at once.
 *
 * A set (the idle objects of a pool) keeps a node alive when every path from the super-root to the
 * node passes some node of the set: when the node is dominated by the set as if it were one node.
 * The set's own nodes do not count, nor does what is unreachable anyway. One walk for 61 sets.
 *
 * Why not one dominator tree with each set merged into one node: that is right for a single set,
 * but a merged neighbour makes all its nodes' targets as reachable as its most reachable node, and
 * the others' numbers come out too low (tests/unit/test_graph.c shows one).
 * Memory: 12 bytes a node.
 */
#ifndef PT_KEPT_H
#define PT_KEPT_H

#include "graph.h"

struct pt_kept {
	uint64_t bytes; /* shallow, of all kept nodes: graph_retained_bytes of the set */
	uint32_t nodes_nr;
};

/*
 * pt_kept_by_sets() - of a sealed graph.
 *
 * set_of:   by node: 0 = in no set, else 1 to sets_nr. The super-root is in no set.
 * kept:     sets_nr results, that of set k at k - 1.
 * together: of the union of all sets; more than the sum of `kept`, where two sets share what they
 *	     keep. What is in any set does not count.
 *
 * Returns 0, -PT_EINVAL (set_of names a set that there is not) or -PT_ENOMEM.
 */
int pt_kept_by_sets(const struct pt_graph *g, const uint32_t *set_of, uint32_t sets_nr,
		    struct pt_kept *kept, struct pt_kept *together);

#endif
