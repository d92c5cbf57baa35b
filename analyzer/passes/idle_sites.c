/* SPDX-License-Identifier: MIT */
/*
 * idle_sites.c - pass: which thread holds the idle blocks of which call site, at the end.
 */
#include "passes.h"

#include "cells.h"

static int changes(void *state, const struct pt_change *c, size_t nr)
{
	struct pt_cells *m = state;
	int r = 0;

	for (size_t i = 0; i < nr && !r; i++, c++) {
		if (c->kind == PT_CHANGE_LEFT)
			r = pt_cells_add(m, c->site, c->thread, c->size_bytes);
	}
	return r;
}

static int finish(void *state, const struct pt_trace *t, const struct pt_heap *heap,
		  struct pt_report *out)
{
	(void)t;
	(void)heap;
	pt_cells_take(state, &out->idle_sites);
	return 0;
}

static void fini(void *state)
{
	pt_cells_fini(state);
}

const struct pt_pass pt_pass_idle_sites = {
	.name = "idle-sites",
	.summary = "which thread holds the idle blocks of which call site",
	.state_size = sizeof(struct pt_cells),
	.kinds = PT_CHANGE_BIT(PT_CHANGE_LEFT),
	.changes = changes,
	.finish = finish,
	.fini = fini,
};
