/* SPDX-License-Identifier: MIT */
/*
 * cells.c - growing a sparse matrix, and handing it to the report.
 */
#include "cells.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

#define FIRST_SLOTS 64u

void pt_cells_fini(struct pt_cells *m)
{
	free(m->slots);
	memset(m, 0, sizeof(*m));
}

int pt_cells_grow(struct pt_cells *m)
{
	struct pt_cells bigger = { .slots_nr = m->slots_nr ? 2 * m->slots_nr : FIRST_SLOTS,
				   .nr = m->nr };

	bigger.slots = calloc(bigger.slots_nr, sizeof(*bigger.slots));
	if (!bigger.slots)
		return -PT_ENOMEM;
	for (size_t i = 0; i < m->slots_nr; i++) {
		if (m->slots[i].objects)
			*pt_cells_slot(&bigger, m->slots[i].from, m->slots[i].to) = m->slots[i];
	}
	free(m->slots);
	*m = bigger;
	return 0;
}

static int by_bytes(const void *a, const void *b)
{
	const struct pt_report_cell *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->to < y->to ? -1 : x->to > y->to;
}

void pt_cells_take(struct pt_cells *m, struct pt_report_matrix *out)
{
	size_t nr = 0;

	for (size_t i = 0; i < m->slots_nr; i++) {
		if (m->slots[i].objects)
			m->slots[nr++] = m->slots[i];
	}
	if (nr)
		qsort(m->slots, nr, sizeof(*m->slots), by_bytes);
	else
		pt_cells_fini(m);
	out->cells = m->slots;
	out->cells_nr = nr;
	memset(m, 0, sizeof(*m));
}
