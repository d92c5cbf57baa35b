/* SPDX-License-Identifier: MIT */
/*
 * graph_parts.h - what the graph_*.c files share while one snapshot's tables are made.
 *
 * Each step reads cut and references and writes its own part of `out`. No step recurses. Memory at 10^7
 * nodes: a byte a node throughout, and what each step says; a step gives its own back before the next.
 */
#ifndef PT_GRAPH_PARTS_H
#define PT_GRAPH_PARTS_H

#include "../model/cut.h"
#include "../model/dominators.h"
#include "../model/references.h"
#include "../result/graph.h"
#include "cells.h"
#include "graph.h"

/* How a node can be reached, by bits; the upper three say what points at it. */
#define PT_WAY_ANY	  1u
#define PT_WAY_SURE	  2u /* past every stale root */
#define PT_WAY_BASE	  4u /* by base pointers alone */
#define PT_WAY_BUSY	  8u /* past every idle object; an idle object itself never */
#define PT_WAY_ALL	  15u
#define PT_WAY_WAITING	  16u /* of the walk alone */
#define PT_WAY_BASE_WORD  32u /* a word holds its first address */
#define PT_WAY_WORD	  64u /* a word points at it */
#define PT_WAY_MORE_WORDS 128u

struct pt_graph_parts {
	const struct pt_cut *cut;
	const struct pt_references *refs;
	const struct pt_snapshot *s;   /* its statics; NULL: none */
	const struct pt_graph_ask *ask; /* NULL: no path */
	const char (*names)[64];       /* of pools, by number */
	uint32_t pools_nr;	       /* numbers */
	uint8_t *ways;		       /* by node: PT_WAY_* */
	uint32_t *pool_of;	       /* by pool's number: index into out->pools, or PT_GRAPH_ROW_NONE */
	uint32_t *site_of;	       /* by stack: index into out->sites, or PT_GRAPH_ROW_NONE */
	uint32_t stacks_nr;
	size_t sites_max;
	struct pt_dominators dominators; /* after the pools */
	struct pt_graph_snapshot *out;
};

/* pt_graph_tables() - pt_graph_fill() without its rooms: cut, refs, s, ask, names, pools_nr and out are set,
 * the others 0. 0 or -PT_ENOMEM. */
int pt_graph_tables(struct pt_graph_parts *p);

/* pt_graph_ways() - PT_WAY_* of each node, malloc()ed. NULL = no memory. 5 bytes a node while it runs. */
uint8_t *pt_graph_ways(const struct pt_cut *cut, const struct pt_references *refs);

/* The steps. 0 or -PT_ENOMEM. */
int pt_graph_pool_tables(struct pt_graph_parts *p); /* pools and fields: before the others */
int pt_graph_idle_table(struct pt_graph_parts *p);
int pt_graph_leak_table(struct pt_graph_parts *p);
int pt_graph_row_table(struct pt_graph_parts *p);
int pt_graph_path_table(struct pt_graph_parts *p);
int pt_graph_node_table(struct pt_graph_parts *p);
void pt_graph_doubt_sums(struct pt_graph_parts *p);

/* pt_graph_site() - the index into out->sites of a stack, 0 (not known) too. 0 or -PT_ENOMEM. */
int pt_graph_site(struct pt_graph_parts *p, uint32_t stack, uint32_t *site);

/* pt_graph_known_site() - the same, but PT_GRAPH_ROW_NONE of a stack that is not known. */
int pt_graph_known_site(struct pt_graph_parts *p, uint32_t stack, uint32_t *site);

/* pt_graph_stack() - where a node's label has its site: the put of an idle object, else the allocation. */
static inline uint32_t pt_graph_stack(const struct pt_cut *cut, uint32_t node)
{
	const struct pt_cut_node *n = &cut->nodes[node];

	return n->state == PT_CUT_IDLE ? cut->idle[n->idle].put_stack : n->stack;
}

/* The most frequent `to` of each `from` of some cells; of several the lowest. */
struct pt_graph_most {
	uint64_t objects; /* 0: there is none */
	uint32_t to;
};

/* pt_graph_mosts() - of `nr` numbers `from`; free() it. NULL = no memory. */
struct pt_graph_most *pt_graph_mosts(const struct pt_cells *cells, size_t nr);

static inline bool pt_graph_edge_inside(struct pt_graph_edge e)
{
	return pt_graph_offset_bytes(e) == PT_OFFSET_INSIDE;
}

/* Of an edge of the super-root. */
static inline bool pt_graph_edge_pool(struct pt_graph_edge e)
{
	return pt_graph_offset_bytes(e) == PT_OFFSET_POOL;
}

#endif
