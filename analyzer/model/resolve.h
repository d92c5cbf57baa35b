/* SPDX-License-Identifier: MIT */
/*
 * resolve.h - the words of a snapshot, batch by batch, into references: for references.c and its test.
 */
#ifndef PT_RESOLVE_H
#define PT_RESOLVE_H

#include "cells.h"
#include "roots.h"

struct pt_resolve {
	struct pt_references *out;
	const struct pt_cut *cut;
	struct pt_cut_cells cells;
	struct pt_roots roots;
	uint32_t next, from; /* the first node above the last place; the innermost around that place */
	uint32_t roots_max;
};

/*
 * pt_resolve_begin() - s: all but its edges is read. 0 or a negative PT_E*.
 * pt_resolve_edges() - the next edges, by ascending place; the same.
 * pt_resolve_end() - r: what went wrong before, or 0. After any begin. If it returns an error, there is
 *		      nothing to fini in `out`.
 */
int pt_resolve_begin(struct pt_resolve *x, struct pt_references *out, const struct pt_cut *c,
		     const struct pt_snapshot *s, const struct pt_trace *t, const struct pt_heap *heap);
int pt_resolve_edges(struct pt_resolve *x, const struct pt_snap_edge *edges, uint32_t nr);
int pt_resolve_end(struct pt_resolve *x, int r);

#endif
