/* SPDX-License-Identifier: MIT */
/*
 * graph.h - who points at whom: nodes with a size, edges with a field, one super-root.
 *
 * Node 0 is the super-root, which points at everything that roots point at; the caller numbers the
 * others from 1. Compressed sparse rows: the edges of a node lie side by side, in the order in
 * which they were told. Edges may come in any order, once. Memory: 12 bytes a node and 8 an edge.
 * A told edge takes 12 more until all are in their place, and these go back chunk by chunk: edges
 * that come in order of `from` never take both.
 */
#ifndef PT_GRAPH_H
#define PT_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PT_GRAPH_ROOT	    0u
#define PT_GRAPH_NONE	    UINT32_MAX
#define PT_GRAPH_NODES_MAX  (UINT32_MAX - 2)
#define PT_GRAPH_EDGES_MAX  (UINT32_MAX - 1)
#define PT_GRAPH_OFFSET_FAR 0x7fffffffu /* a field at this offset or beyond it */

struct pt_graph_edge {
	uint32_t to;
	uint32_t field; /* offset in the node that points, bytes << 1 | the pointer is interior */
};

struct pt_graph_told; /* edges not yet in their place */

struct pt_graph {
	uint32_t nodes_nr; /* the super-root among them */
	uint32_t edges_nr;
	uint64_t *shallow_bytes; /* by node; the caller fills it in, at first 0 */
	uint32_t *start;	 /* by node, and one more: its edges are [start[v], start[v + 1]) */
	struct pt_graph_edge *edges; /* NULL before pt_graph_seal() */
	struct pt_graph_told *first, *last;
};

/*
 * pt_graph_init() - a graph of `nodes_nr` nodes without edges.
 *
 * nodes_nr: with the super-root: 1 to PT_GRAPH_NODES_MAX.
 *
 * Returns 0, -PT_EINVAL or -PT_ENOMEM; then there is nothing to fini.
 */
int pt_graph_init(struct pt_graph *g, uint32_t nodes_nr);
void pt_graph_fini(struct pt_graph *g);

/*
 * pt_graph_tell() - one edge more.
 *
 * offset_bytes: of the field in `from`; of a root what the caller likes. What is beyond
 *		 PT_GRAPH_OFFSET_FAR is that.
 * interior:	 the pointer is not to the start of `to`.
 *
 * Returns 0, -PT_ENOMEM, or -PT_EINVAL: no such node, an edge to the super-root, a sealed graph, or
 * more than PT_GRAPH_EDGES_MAX edges. After an error the graph is as before.
 */
int pt_graph_tell(struct pt_graph *g, uint32_t from, uint32_t to, uint64_t offset_bytes,
		  bool interior);

/*
 * pt_graph_seal() - all edges were told: put them in their places.
 *
 * Returns 0, -PT_EINVAL (sealed before) or -PT_ENOMEM; then the graph can only be fini'd.
 */
int pt_graph_seal(struct pt_graph *g);

static inline uint32_t pt_graph_offset_bytes(struct pt_graph_edge e)
{
	return e.field >> 1;
}

static inline bool pt_graph_interior(struct pt_graph_edge e)
{
	return e.field & 1;
}

#endif
