// SPDX-License-Identifier: MIT
/*
 * cells.c - a hash of KiBs: open addressing, filled once. Neighbours are neighbours in it, too.
 */
#include "cells.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

#define CELL_SHIFT  10u
#define START_SHIFT 4u
#define NEAR_SHIFT  4u /* as many KiBs lie side by side */

static inline size_t home_of(const struct pt_cut_cells *x, uint64_t nr)
{
	size_t far = (size_t)((nr >> NEAR_SHIFT) * 0x9e3779b97f4a7c15ull >> 20);

	return (far << NEAR_SHIFT | (nr & ((1u << NEAR_SHIFT) - 1))) & (x->slots_nr - 1);
}

static struct pt_cut_cell *slot_of(const struct pt_cut_cells *x, uint64_t nr)
{
	size_t i = home_of(x, nr);

	while (x->slots[i].nodes_nr && x->slots[i].nr != nr)
		i = (i + 1) & (x->slots_nr - 1);
	return &x->slots[i];
}

int pt_cut_cells_init(struct pt_cut_cells *x, const struct pt_cut *c)
{
	struct pt_cut_cell *cell = NULL;
	size_t cells_nr = 0;

	memset(x, 0, sizeof(*x));
	x->cut = c;
	for (uint32_t i = 1; i < c->nodes_nr; i++)
		cells_nr += i == 1 || c->nodes[i].addr >> CELL_SHIFT != c->nodes[i - 1].addr >> CELL_SHIFT;
	for (x->slots_nr = 16; x->slots_nr < 2 * cells_nr;)
		x->slots_nr *= 2;
	x->slots = calloc(x->slots_nr, sizeof(*x->slots));
	if (!x->slots)
		return -PT_ENOMEM;
	for (uint32_t i = 1; i < c->nodes_nr; i++) {
		uint64_t addr = c->nodes[i].addr;

		if (!cell || cell->nr != addr >> CELL_SHIFT) {
			cell = slot_of(x, addr >> CELL_SHIFT);
			cell->nr = addr >> CELL_SHIFT;
			cell->first = i;
		}
		cell->nodes_nr++;
		cell->starts |= 1ull << (addr >> START_SHIFT & 63);
	}
	return 0;
}

void pt_cut_cells_fini(struct pt_cut_cells *x)
{
	free(x->slots);
	memset(x, 0, sizeof(*x));
}

/* No node starts in the KiB of `addr`. The last that starts below. */
static uint32_t far(struct pt_cut_cells *x, uint64_t addr)
{
	const struct pt_cut *c = x->cut;
	uint32_t low = x->last, high = c->nodes_nr;

	if (low < high && addr >= c->nodes[low].addr && (low + 1 == high || addr < c->nodes[low + 1].addr))
		return low;
	for (low = 0; high - low > 1;) {
		uint32_t middle = low + (high - low) / 2;

		if (c->nodes[middle].addr <= addr)
			low = middle;
		else
			high = middle;
	}
	x->last = low;
	return low;
}

/* Several nodes start within 16 bytes. */
static uint32_t search(const struct pt_cut_cells *x, const struct pt_cut_cell *cell, uint64_t addr)
{
	uint32_t low = cell->first - 1, high = cell->first + cell->nodes_nr;

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (x->cut->nodes[middle].addr <= addr)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static inline uint32_t bits_in(uint64_t word)
{
	word -= word >> 1 & 0x5555555555555555ull;
	word = (word & 0x3333333333333333ull) + (word >> 2 & 0x3333333333333333ull);
	return (uint32_t)(((word + (word >> 4)) & 0x0f0f0f0f0f0f0f0full) * 0x0101010101010101ull >> 56);
}

void pt_cut_cells_ask(const struct pt_cut_cells *x, uint64_t addr)
{
	__builtin_prefetch(&x->slots[home_of(x, addr >> CELL_SHIFT)]);
}

/* The last node that starts at or below `addr`, or the one after it, which starts above in the same 16 bytes. */
uint32_t pt_cut_cells_guess(struct pt_cut_cells *x, uint64_t addr)
{
	const struct pt_cut_cell *cell = slot_of(x, addr >> CELL_SHIFT);
	uint32_t guess;

	if (!cell->nodes_nr)
		guess = far(x, addr);
	else if (bits_in(cell->starts) != cell->nodes_nr)
		guess = search(x, cell, addr);
	else
		guess = cell->first - 1 + bits_in(cell->starts & ((2ull << (addr >> START_SHIFT & 63)) - 1));
	__builtin_prefetch(&x->cut->nodes[guess]);
	return guess;
}

uint32_t pt_cut_cells_from(const struct pt_cut_cells *x, uint32_t guess, uint64_t addr)
{
	const struct pt_cut_node *nodes = x->cut->nodes;

	if (guess && nodes[guess].addr > addr)
		guess--;
	while (guess && pt_extent_end(nodes[guess].addr, nodes[guess].bytes) <= addr)
		guess = nodes[guess].around;
	return guess;
}

uint32_t pt_cut_cells_at(struct pt_cut_cells *x, uint64_t addr)
{
	return pt_cut_cells_from(x, pt_cut_cells_guess(x, addr), addr);
}
