/* SPDX-License-Identifier: MIT */
/*
 * brute_graph.h - small random graphs as a list of edges, to compare the analyzer's graph with.
 *
 * Lists, trees, cycles, ladders and no shape at all, with cross edges, self-loops, parallel edges
 * and parts that nothing reaches; at times a single node.
 */
#ifndef PT_BRUTE_GRAPH_H
#define PT_BRUTE_GRAPH_H

#include <stdlib.h>

#include "analyzer/model/graph.h"

#define NODES_MAX 48u
#define EDGES_MAX 400u

/* What was told, kept apart from the graph under test. */
struct brute_graph {
	uint32_t nodes_nr, edges_nr;
	struct {
		uint32_t from, to;
		uint64_t offset_bytes;
		bool interior;
	} edges[EDGES_MAX];
	uint64_t shallow_bytes[NODES_MAX];
};

static inline uint32_t brute_roll(uint32_t below)
{
	return (uint32_t)random() % below;
}

/* With random(): srandom() decides. */
void brute_graph_make(struct brute_graph *p);

/* As the analyzer would: told, and sealed. False when it was refused. */
bool brute_graph_build(const struct brute_graph *p, struct pt_graph *g);

/* reached[v]: from the super-root, with the nodes marked in `without` taken away. */
void brute_graph_reach(const struct brute_graph *p, const bool *without, bool *reached);

#endif
