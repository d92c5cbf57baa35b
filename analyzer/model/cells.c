// SPDX-License-Identifier: MIT
/*
 * cells.c - a hash of KiBs: open addressing, filled once.
 */
#include "cells.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

#define CELL_SHIFT 10u

static struct pt_cut_cell *slot_of(const struct pt_cut_cells *x, uint64_t nr)
{
	size_t i = (size_t)(nr * 0x9e3779b97f4a7c15ull >> 20) & (x->slots_nr - 1);

	while (x->slots[i].nodes_nr && x->slots[i].nr != nr)
		i = (i + 1) & (x->slots_nr - 1);
	return &x->slots[i];
}

int pt_cut_cells_init(struct pt_cut_cells *x, const struct pt_cut *c)
{
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
		struct pt_cut_cell *cell = slot_of(x, c->nodes[i].addr >> CELL_SHIFT);

		if (!cell->nodes_nr++) {
			cell->nr = c->nodes[i].addr >> CELL_SHIFT;
			cell->first = i;
		}
	}
	return 0;
}

void pt_cut_cells_fini(struct pt_cut_cells *x)
{
	free(x->slots);
	memset(x, 0, sizeof(*x));
}

/* The innermost that covers `addr`; `n`: the last that starts at or below it. */
static uint32_t outwards(const struct pt_cut *c, uint32_t n, uint64_t addr)
{
	while (n && pt_extent_end(c->nodes[n].addr, c->nodes[n].bytes) <= addr)
		n = c->nodes[n].around;
	return n;
}

/* No node starts in the KiB at or below `addr`. */
static uint32_t far(struct pt_cut_cells *x, uint64_t addr)
{
	const struct pt_cut *c = x->cut;
	uint32_t n = x->last;

	if (!n || addr < c->nodes[n].addr || (n + 1 < c->nodes_nr && addr >= c->nodes[n + 1].addr))
		n = pt_cut_at(c, addr);
	x->last = n;
	return outwards(c, n, addr);
}

uint32_t pt_cut_cells_at(struct pt_cut_cells *x, uint64_t addr)
{
	const struct pt_cut *c = x->cut;
	const struct pt_cut_cell *cell = slot_of(x, addr >> CELL_SHIFT);
	uint32_t low = cell->first, high = cell->first + cell->nodes_nr;

	if (!cell->nodes_nr)
		return far(x, addr);
	if (c->nodes[low].addr > addr)
		return outwards(c, low - 1, addr);
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (c->nodes[middle].addr <= addr)
			low = middle;
		else
			high = middle;
	}
	return outwards(c, low, addr);
}
