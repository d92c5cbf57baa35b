/* SPDX-License-Identifier: MIT */
/*
 * graph_world.h - a heap of nodes and words, and a snapshot's tables made of them.
 */
#ifndef PT_GRAPH_WORLD_H
#define PT_GRAPH_WORLD_H

#include "analyzer/passes/graph_parts.h"
#include "brute_graph.h"

#define POOLS	  3u
#define PUT_STACK 9u

extern const char names[POOLS][64];

/* A heap: nodes, words, and what is made of them. */
struct world {
	struct brute_graph p; /* edges' offsets as the graph has them */
	struct pt_cut cut;
	struct pt_references refs;
	struct pt_graph_report report;
	struct pt_graph_snapshot *out;
};

struct world *open_world(uint32_t nodes_nr);
void close_world(struct world *w);

/* A word of one node, or with from = 0 of a root, that points to another. */
void tell(struct world *w, uint32_t from, uint32_t to, uint64_t offset, bool interior);
void root(struct world *w, uint32_t to, enum pt_root_word_kind kind, bool interior);

/* pool: POOLS = none. Idle objects are held by their pool. */
void node(struct world *w, uint32_t v, uint64_t bytes, uint32_t stack, uint32_t pool, bool idle);

/* One block inside of another. */
void link_inside(struct world *w, uint32_t around, uint32_t nested);

/* Makes the tables. */
void fill(struct world *w, const struct pt_graph_ask *ask);

#endif
