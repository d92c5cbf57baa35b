/* SPDX-License-Identifier: MIT */
/* graph_rows.h - rows of the merged dominator tree before the small ones are folded: graph_rows.c, graph_fold.c. */
#ifndef PT_GRAPH_ROWS_H
#define PT_GRAPH_ROWS_H

#include "graph_parts.h"

struct pt_graph_merged {
	uint32_t parent; /* a row before this one, or PT_GRAPH_ROW_NONE */
	uint32_t label;
	uint32_t depth;
	uint32_t objects, stale_objects, interior_objects, single_word_objects;
	uint32_t largest; /* the node that retains most */
	uint64_t shallow_bytes, retained_bytes;
};

struct pt_graph_merge {
	struct pt_graph_merged *rows;
	uint32_t rows_nr, rows_max;
	uint32_t *row_of;   /* by node; PT_GRAPH_ROW_NONE: not reachable */
	uint32_t *place_of; /* by row: index into out->rows, PT_GRAPH_ROW_NONE: folded */
};

/* pt_graph_fold() - out->rows but for the labels, and place_of. 0 or -PT_ENOMEM. */
int pt_graph_fold(struct pt_graph_parts *p, struct pt_graph_merge *m);

#endif
