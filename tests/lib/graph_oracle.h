/* SPDX-License-Identifier: MIT */
/*
 * graph_oracle.h - what the files of the graph oracle share.
 *
 * The oracle computes the numbers of docs/graph.md from the truth that tests/preload/planted_pools.c wrote, in
 * the most obvious way: it takes something away, floods what is left from the roots, and adds up what is dry.
 * It shares no line with the analyzer, reads no trace, and was written from that page alone.
 */
#ifndef GRAPH_ORACLE_H
#define GRAPH_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NOBODY SIZE_MAX

struct object {
	uint64_t addr, bytes; /* bytes 0: not told */
	char pool[64];
	bool idle;
	uint64_t order; /* of its last change */
};

struct extent {
	uint64_t addr, bytes;
};

struct word {
	uint64_t place, value;
};

/* A line of the truth each. */
struct truth {
	struct extent *blocks, *zones;
	struct object *objects;
	struct word *words;
	uint64_t *registers; /* their values */
	size_t blocks_nr, zones_nr, objects_nr, words_nr, registers_nr;
};

struct node {
	uint64_t addr, end, shallow_bytes; /* covers [addr, end) */
	uint64_t bytes;
	size_t around;
	const char *pool; /* NULL: a block that is no object */
	bool idle;
	size_t words;	  /* that point at it */
};

struct edge {
	size_t from, to;  /* from NOBODY: a root, or a pool */
	uint64_t offset;
	bool interior, inside;
};

struct world {
	struct node *nodes;
	struct edge *edges;
	size_t nodes_nr, edges_nr;
};

void *oracle_alloc(size_t nr, size_t bytes);

/* graph_oracle_world.c: nodes and edges as the page has them. */
void oracle_world(const struct truth *t, struct world *w);

/* graph_oracle_flood.c: all figures, on stdout. */
void oracle_tell(const struct world *w);

#endif
