/* SPDX-License-Identifier: MIT */
/*
 * freed_by.c - pass: blocks by the thread that allocated and the thread that gave back, free or
 * realloc, the diagonal included.
 *
 * Small changes, nearly all there are, are not looked at. Each that puts a block is a free by the thread that had
 * allocated it, and the tallies have counted a thread's frees and what it freed: what the other changes have not, is these.
 */
#include "passes.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "cells.h"

/* Of the changes that are not small ones, as the tallies of a thread count them. */
struct seen {
	uint64_t frees, freed_bytes;
};

struct freed_by {
	struct pt_cells cells;
	struct seen *threads;
	uint32_t threads_max;
};

#define ENDS (PT_CHANGE_BIT(PT_CHANGE_PUT) | PT_CHANGE_BIT(PT_CHANGE_RESIZED) | PT_CHANGE_BIT(PT_CHANGE_TAKEN))
#define SEEN (ENDS | PT_CHANGE_BIT(PT_CHANGE_STRAY))

static int grow(struct freed_by *f, uint32_t thread)
{
	size_t max = f->threads_max ? f->threads_max : 16;
	struct seen *threads;

	while (max <= thread)
		max *= 2;
	threads = max <= UINT32_MAX ? realloc(f->threads, max * sizeof(*threads)) : NULL;
	if (!threads)
		return -PT_ENOMEM;
	memset(threads + f->threads_max, 0, (max - f->threads_max) * sizeof(*threads));
	f->threads = threads;
	f->threads_max = (uint32_t)max;
	return 0;
}

static int one(struct freed_by *f, const struct pt_change *c)
{
	struct seen *seen;

	if (__builtin_expect(c->thread >= f->threads_max, 0) && grow(f, c->thread))
		return -PT_ENOMEM;
	seen = &f->threads[c->thread];
	if (c->kind == PT_CHANGE_STRAY) {
		seen->frees++;
		return 0;
	}
	seen->frees += !!(c->flags & PT_CHANGE_BY_FREE);
	seen->freed_bytes += c->size_bytes;
	return pt_cells_add(&f->cells, c->owner_thread, c->thread, c->size_bytes);
}

static int changes(void *state, const struct pt_change *c, size_t nr)
{
	int r = 0;

	for (size_t i = 0; i < nr && !r; i++) {
		if (__builtin_expect(PT_CHANGE_BIT(c[i].kind) & SEEN, 0))
			r = one(state, &c[i]);
	}
	return r;
}

static int finish(void *state, const struct pt_trace *t, const struct pt_heap *heap,
		  struct pt_report *out)
{
	struct freed_by *f = state;
	int r = 0;

	(void)t;
	(void)heap;
	for (uint32_t i = 0; i < out->threads_nr && !r; i++) {
		const struct seen seen = i < f->threads_max ? f->threads[i] : (struct seen){ 0, 0 };
		const struct pt_tally *tally = &out->threads[i].tally;

		if (tally->frees != seen.frees)
			r = pt_cells_add_many(&f->cells, i, i, tally->frees - seen.frees, tally->freed_bytes - seen.freed_bytes);
	}
	if (!r)
		pt_cells_take(&f->cells, &out->freed_by);
	return r;
}

static void fini(void *state)
{
	struct freed_by *f = state;

	pt_cells_fini(&f->cells);
	free(f->threads);
}

const struct pt_pass pt_pass_freed_by = {
	.name = "freed-by",
	.summary = "which thread frees what which thread allocated",
	.state_size = sizeof(struct freed_by),
	.kinds = SEEN,
	.changes = changes,
	.finish = finish,
	.fini = fini,
};
