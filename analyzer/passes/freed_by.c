/* SPDX-License-Identifier: MIT */
/*
 * freed_by.c - pass: blocks by the thread that allocated and the thread that gave back, free or
 * realloc, the diagonal included.
 */
#include "passes.h"

#include "cells.h"

static inline int plain(struct pt_cells *m, const struct pt_change *c)
{
	int r = 0;

	for (uint32_t i = 0; i < c->flags && !r; i++)
		if (c->plain[i].kind == PT_CHANGE_PUT)
			r = pt_cells_add(m, c->thread, c->thread, c->plain[i].size_bytes);
	return r;
}

static int changes(void *state, const struct pt_change *c, size_t nr)
{
	struct pt_cells *m = state;
	int r = 0;

	for (size_t i = 0; i < nr && !r; i++, c++) {
		if (c->kind == PT_CHANGE_PUT || c->kind == PT_CHANGE_RESIZED ||
		    c->kind == PT_CHANGE_TAKEN)
			r = pt_cells_add(m, c->owner_thread, c->thread, c->size_bytes);
		else if (c->kind == PT_CHANGE_PLAIN)
			r = plain(m, c);
	}
	return r;
}

static int finish(void *state, const struct pt_trace *t, const struct pt_heap *heap,
		  struct pt_report *out)
{
	(void)t;
	(void)heap;
	pt_cells_take(state, &out->freed_by);
	return 0;
}

static void fini(void *state)
{
	pt_cells_fini(state);
}

const struct pt_pass pt_pass_freed_by = {
	.name = "freed-by",
	.summary = "which thread frees what which thread allocated",
	.state_size = sizeof(struct pt_cells),
	.changes = changes,
	.finish = finish,
	.fini = fini,
};
