/* SPDX-License-Identifier: MIT */
/*
 * freed_by.c - pass: blocks by the thread that allocated and the thread that gave back, free or
 * realloc, the diagonal included.
 */
#include "passes.h"

#include "cells.h"

/* Small changes of one thread in a row, summed up without a branch on what they are. How many; *r: 0 or -PT_ENOMEM. */
static inline size_t plain(struct pt_cells *m, const struct pt_change *c, size_t nr, int *r)
{
	const uint32_t thread = c->thread;
	uint64_t objects = 0, bytes = 0;
	size_t n = 0;

	for (; n < nr && c[n].kind == PT_CHANGE_PLAIN && c[n].thread == thread; n++) {
		for (uint32_t i = 0; i < c[n].flags; i++) {
			uint64_t is_put = c[n].plain[i].kind == PT_CHANGE_PUT;

			objects += is_put;
			bytes += c[n].plain[i].size_bytes & (0 - is_put);
		}
	}
	*r = objects ? pt_cells_add_many(m, thread, thread, objects, bytes) : 0;
	return n;
}

static int changes(void *state, const struct pt_change *c, size_t nr)
{
	struct pt_cells *m = state;
	int r = 0;

	for (size_t i = 0; i < nr && !r;) {
		if (c[i].kind == PT_CHANGE_PLAIN) {
			i += plain(m, &c[i], nr - i, &r);
			continue;
		}
		if (c[i].kind == PT_CHANGE_PUT || c[i].kind == PT_CHANGE_RESIZED || c[i].kind == PT_CHANGE_TAKEN)
			r = pt_cells_add(m, c[i].owner_thread, c[i].thread, c[i].size_bytes);
		i++;
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
