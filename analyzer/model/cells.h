/* SPDX-License-Identifier: MIT */
/*
 * cells.h - which node of a cut is at an address, without a search through all nodes.
 *
 * A hash of the KiBs of address space in which nodes start; each tells by bits at which multiples of 16 they
 * do. Two cache lines a look-up, which can be asked for ahead. What points far into a large node is found
 * by pt_cut_at(), once for neighbours. Memory: 24 to 96 bytes a KiB with nodes.
 */
#ifndef PT_CUT_CELLS_H
#define PT_CUT_CELLS_H

#include "cut.h"

struct pt_cut_cell {
	uint64_t nr;		  /* address >> 10 */
	uint64_t starts;	  /* a bit for each 16 bytes in which a node starts */
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

/*
 * The same in three steps, for many addresses in turn, so that each step's cache line is there:
 * pt_cut_cells_ask() asks for the first line, pt_cut_cells_guess() for the second; pt_cut_cells_from() is
 * the answer, from what the guess was.
 */
void pt_cut_cells_ask(const struct pt_cut_cells *x, uint64_t addr);
uint32_t pt_cut_cells_guess(struct pt_cut_cells *x, uint64_t addr);
uint32_t pt_cut_cells_from(const struct pt_cut_cells *x, uint32_t guess, uint64_t addr);

#endif
