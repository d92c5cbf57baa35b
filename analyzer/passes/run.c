/* SPDX-License-Identifier: MIT */
/*
 * run.c - hands each batch of changes to every pass, and lets them finish.
 *
 * Passes number CPUs and sites as the heap does, in the order in which they occurred; the report
 * has them sorted, so the matrices that refer to them are renumbered at the end.
 */
#include "run.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

static int hand_out(void *arg, const struct pt_change *changes, size_t nr)
{
	struct pt_run *run = arg;

	for (size_t i = 0; pt_passes[i]; i++) {
		int r = pt_passes[i]->changes(run->states[i], changes, nr);

		if (r)
			return r;
	}
	return 0;
}

int pt_run_init(struct pt_run *run)
{
	int r;

	memset(run, 0, sizeof(*run));
	r = pt_heap_init(&run->heap, 0, hand_out, run);
	for (size_t i = 0; pt_passes[i] && !r; i++) {
		run->states[i] = calloc(1, pt_passes[i]->state_size);
		if (!run->states[i] || i + 1 == PT_PASSES_MAX)
			r = -PT_ENOMEM;
		else if (pt_passes[i]->start)
			pt_passes[i]->start(run->states[i], &run->heap);
	}
	if (r)
		pt_run_fini(run);
	return r;
}

void pt_run_fini(struct pt_run *run)
{
	for (size_t i = 0; pt_passes[i]; i++) {
		if (run->states[i] && pt_passes[i]->fini)
			pt_passes[i]->fini(run->states[i]);
		free(run->states[i]);
	}
	pt_heap_fini(&run->heap);
	memset(run->states, 0, sizeof(run->states));
}

static int by_cpu(const void *a, const void *b)
{
	const struct pt_report_cpu *x = a, *y = b;

	return x->cpu < y->cpu ? -1 : x->cpu > y->cpu;
}

static int by_idle(const void *a, const void *b)
{
	const struct pt_report_site *x = a, *y = b;

	if (x->tally.idle_bytes != y->tally.idle_bytes)
		return x->tally.idle_bytes < y->tally.idle_bytes ? 1 : -1;
	return x->stack < y->stack ? -1 : x->stack > y->stack;
}

/* new_of[old number] for rows whose key is found again through the heap's numbering. */
static void renumber(struct pt_report_matrix *m, const uint32_t *new_of, bool to_too)
{
	for (size_t i = 0; i < m->cells_nr; i++) {
		m->cells[i].from = new_of[m->cells[i].from];
		if (to_too)
			m->cells[i].to = new_of[m->cells[i].to];
	}
}

static int sort_cpus(struct pt_heap *heap, struct pt_report *out)
{
	uint32_t *new_of = calloc(out->cpus_nr + 1, sizeof(*new_of));

	if (!new_of)
		return -PT_ENOMEM;
	qsort(out->cpus, out->cpus_nr, sizeof(*out->cpus), by_cpu);
	for (uint32_t i = 0; i < out->cpus_nr; i++)
		new_of[pt_dense_get(&heap->cpus, out->cpus[i].cpu)] = i;
	renumber(&out->stranded_cpu, new_of, true);
	free(new_of);
	return 0;
}

static int sort_sites(struct pt_heap *heap, struct pt_report *out)
{
	uint32_t *new_of = calloc(out->sites_nr + 1, sizeof(*new_of));

	if (!new_of)
		return -PT_ENOMEM;
	qsort(out->sites, out->sites_nr, sizeof(*out->sites), by_idle);
	for (uint32_t i = 0; i < out->sites_nr; i++)
		new_of[pt_dense_get(&heap->sites, out->sites[i].stack)] = i;
	renumber(&out->idle_sites, new_of, false);
	free(new_of);
	return 0;
}

static void fill_from_trace(const struct pt_trace *t, struct pt_report *out)
{
	memcpy(out->program, t->header.program, sizeof(out->program) - 1);
	out->pid = t->header.pid;
	for (int i = 0; i < PT_LOST_NR; i++)
		out->totals.lost_events += t->state.lost_allocs[i] + t->state.lost_frees[i];
	out->alloc_of_live = t->state.alloc_of_live;
	out->free_of_dead = t->state.free_of_dead;
	out->free_of_unknown = t->state.free_of_unknown;
}

int pt_run_finish(struct pt_run *run, const struct pt_trace *t, struct pt_report *out)
{
	int r = pt_heap_finish(&run->heap);

	for (size_t i = 0; pt_passes[i] && !r; i++)
		r = pt_passes[i]->finish(run->states[i], t, &run->heap, out);
	if (!r && out->cpus_nr)
		r = sort_cpus(&run->heap, out);
	if (!r && out->sites_nr)
		r = sort_sites(&run->heap, out);
	if (r)
		pt_report_fini(out);
	else
		fill_from_trace(t, out);
	return r;
}
