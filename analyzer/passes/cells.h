/* SPDX-License-Identifier: MIT */
/*
 * cells.h - a sparse matrix: objects and bytes by (from, to).
 */
#ifndef PT_CELLS_H
#define PT_CELLS_H

#include <stddef.h>
#include <stdint.h>

#include "../result/report.h"

struct pt_cells {
	struct pt_report_cell *slots; /* open addressing; objects 0 = empty */
	size_t slots_nr, nr;	      /* slots_nr is 0 or a power of two */
	struct pt_report_cell *last;  /* the one that was added to; NULL = none. Mostly it is the next one too */
};

/* An all-zero struct is empty. */
void pt_cells_fini(struct pt_cells *m);

/* pt_cells_grow() - more slots. 0 or -PT_ENOMEM. */
int pt_cells_grow(struct pt_cells *m);

/* pt_cells_take() - all cells, by bytes, largest first (then by from and to); `m` is empty
 * afterwards. */
void pt_cells_take(struct pt_cells *m, struct pt_report_matrix *out);

static inline struct pt_report_cell *pt_cells_slot(const struct pt_cells *m, uint32_t from,
						   uint32_t to)
{
	uint64_t key = (uint64_t)from << 32 | to;
	size_t i = (size_t)(key * 0x9e3779b97f4a7c15ull >> 32) & (m->slots_nr - 1);

	while (m->slots[i].objects && (m->slots[i].from != from || m->slots[i].to != to))
		i = (i + 1) & (m->slots_nr - 1);
	return &m->slots[i];
}

/* pt_cells_add_many() - so many more objects in a cell, at least one, of so many bytes in all. 0 or -PT_ENOMEM. */
static inline int pt_cells_add_many(struct pt_cells *m, uint32_t from, uint32_t to, uint64_t objects, uint64_t bytes)
{
	struct pt_report_cell *cell = m->last;

	if (__builtin_expect(cell && cell->from == from && cell->to == to, 1)) {
		cell->objects += objects;
		cell->bytes += bytes;
		return 0;
	}
	if (__builtin_expect(m->nr >= m->slots_nr / 2, 0)) {
		int r = pt_cells_grow(m);

		if (r)
			return r;
	}
	cell = m->last = pt_cells_slot(m, from, to);
	m->nr += !cell->objects;
	cell->from = from;
	cell->to = to;
	cell->objects += objects;
	cell->bytes += bytes;
	return 0;
}

/* pt_cells_add() - one more object in a cell. 0 or -PT_ENOMEM. */
static inline int pt_cells_add(struct pt_cells *m, uint32_t from, uint32_t to, uint64_t bytes)
{
	return pt_cells_add_many(m, from, to, 1, bytes);
}

#endif
