/* SPDX-License-Identifier: MIT */
/*
 * cells.h - which node of a cut is at an address, without a search through all nodes.
 *
 * A hash of the KiBs of address space in which nodes start: two cache lines a look-up. What points far
 * into a large node is found by pt_cut_at(), once for neighbours. Memory: 16 to 64 bytes a KiB with nodes.
 */
#ifndef PT_CUT_CELLS_H
#define PT_CUT_CELLS_H

#include "cut.h"

struct pt_cut_cell {
	uint64_t nr;		/* address >> 10 */
	uint32_t first, nodes_nr; /* that start there; nodes_nr 0: an empty slot */
};

struct pt_cut_cells {
	const struct pt_cut *cut;
	struct pt_cut_cell *slots;
	size_t slots_nr; /* a power of two */
	uint32_t last;	 /* of the last search: between this node's start and the next one's */
};

/* pt_cut_cells_init() - 0 or -PT_ENOMEM; the cut stays as it is while the cells live. */
int pt_cut_cells_init(struct pt_cut_cells *x, const struct pt_cut *c);
void pt_cut_cells_fini(struct pt_cut_cells *x);

/* pt_cut_cells_at() - as pt_cut_at(). */
uint32_t pt_cut_cells_at(struct pt_cut_cells *x, uint64_t addr);

#endif
