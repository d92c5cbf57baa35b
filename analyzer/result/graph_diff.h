/* SPDX-License-Identifier: MIT */
/*
 * graph_diff.h - what grew and shrank from one snapshot to another, of one trace or of two.
 *
 * Things are the same that are called the same: pools, fields of pools, and labels of the tree with
 * their functions and lines. Addresses and stack numbers mean nothing in another process.
 */
#ifndef PT_RESULT_GRAPH_DIFF_H
#define PT_RESULT_GRAPH_DIFF_H

#include "graph.h"

enum pt_graph_change_kind {
	PT_CHANGE_POOL = 0, /* bytes, objects: what its idle objects alone keep */
	PT_CHANGE_FIELD,    /* retained_bytes, objects */
	PT_CHANGE_LABEL,    /* retained, summed over rows that no row of the same label is above; all objects */
	PT_CHANGE_KIND_NR
};

/* A thing that was not there has 0. */
struct pt_graph_change {
	char *what; /* owned */
	uint8_t kind;
	uint64_t before_bytes, before_objects, after_bytes, after_objects;
};

struct pt_graph_diff {
	struct pt_graph_change *changes; /* by kind; what changed by most bytes first, up or down */
	size_t changes_nr;
};

/* pt_graph_diff_make() - both must be whole. 0 or -PT_ENOMEM; free with pt_graph_diff_fini() in both cases. */
int pt_graph_diff_make(const struct pt_graph_snapshot *before, const struct pt_graph_snapshot *after,
		       struct pt_graph_diff *out);
void pt_graph_diff_fini(struct pt_graph_diff *d);

#endif
