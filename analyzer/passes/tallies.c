/* SPDX-License-Identifier: MIT */
/*
 * tallies.c - pass: who allocates, frees and hoards, by thread, by CPU, by call site and in all.
 *
 * What has been counted (tallies_fold.c) becomes the rows of the report.
 */
#include "passes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "../result/ages.h"
#include "phases.h"
#include "tallies.h"

static int changes(void *state, const struct pt_change *c, size_t nr)
{
	return pt_tallies_fold(state, c, nr);
}

static int fill_threads(struct pt_tallies *s, const struct pt_trace *t, uint64_t epoch,
			struct pt_report *out)
{
	out->threads = calloc(t->threads_nr + 1ul, sizeof(*out->threads));
	if (!out->threads)
		return -PT_ENOMEM;
	out->threads_nr = t->threads_nr;
	for (uint32_t i = 0; i < t->threads_nr; i++) {
		struct pt_report_thread *thread = &out->threads[i];

		thread->serial = t->threads[i].serial;
		thread->tid = t->threads[i].tid;
		thread->exited = t->threads[i].exited;
		memcpy(thread->name, t->threads[i].name, sizeof(thread->name));
		pt_ledger_tally(&s->threads, i, epoch, &thread->tally);
	}
	return 0;
}

static int fill_cpus_and_sites(struct pt_tallies *s, const struct pt_heap *heap,
			       struct pt_report *out)
{
	out->cpus = calloc(s->cpus.nr + 1ul, sizeof(*out->cpus));
	out->sites = calloc(s->sites.nr + 1ul, sizeof(*out->sites));
	if (!out->cpus || !out->sites)
		return -PT_ENOMEM;
	out->cpus_nr = s->cpus.nr;
	for (uint32_t i = 0; i < s->cpus.nr; i++) {
		out->cpus[i].cpu = heap->cpus.keys[i];
		pt_ledger_tally(&s->cpus, i, heap->epoch, &out->cpus[i].tally);
	}
	out->sites_nr = s->sites.nr;
	for (uint32_t i = 0; i < s->sites.nr; i++) {
		out->sites[i].stack = heap->sites.keys[i];
		pt_ledger_tally(&s->sites, i, heap->epoch, &out->sites[i].tally);
	}
	return 0;
}

static int fill_pool(const struct pt_tallies *s, const struct pt_heap *heap, struct pt_report *out)
{
	struct pt_report_pool *pool = calloc(1, sizeof(*pool));

	if (!pool)
		return -PT_ENOMEM;
	out->pools = pool;
	out->pools_nr = 1;
	snprintf(pool->name, sizeof(pool->name), "malloc");
	snprintf(pool->source, sizeof(pool->source), "allocator");
	pt_ledger_total(&s->threads, &pool->tally);
	pool->tally.idle_age = calloc(1, sizeof(*pool->tally.idle_age));
	if (!pool->tally.idle_age)
		return -PT_ENOMEM;
	pt_ages_of_all(out, pool->tally.idle_age);
	pool->tally.peak_in_use_bytes = pool->peak_in_use_bytes = heap->peak_in_use_bytes;
	pool->tally.peak_idle_bytes = heap->peak_idle_bytes;
	pool->tally.idle_at_peak_bytes = heap->idle_at_peak_bytes;
	pool->tally.in_use_at_peak_bytes = heap->peak_held_bytes - heap->idle_at_peak_bytes;
	pool->peak_held_bytes = heap->peak_held_bytes;
	pool->peak_held_ns = heap->peak_held_ns;
	pool->blowup = heap->peak_in_use_bytes
			       ? (double)heap->peak_held_bytes / (double)heap->peak_in_use_bytes
			       : NAN;
	pool->reuse_age = s->reuse_age;
	pool->gone_bytes = s->gone_bytes;
	return 0;
}

static void fill_totals(const struct pt_heap *heap, const struct pt_report_pool *pool,
			struct pt_report_totals *totals)
{
	const struct pt_tally *tally = &pool->tally;

	totals->allocations = tally->allocations;
	totals->frees = tally->frees;
	totals->allocated_bytes = tally->allocated_bytes;
	totals->peak_in_use_bytes = heap->peak_in_use_bytes;
	totals->peak_in_use_ns = heap->peak_in_use_ns;
	totals->peak_held_bytes = heap->peak_held_bytes;
	totals->peak_held_ns = heap->peak_held_ns;
	totals->idle_at_peak_bytes = heap->idle_at_peak_bytes;
	totals->in_use_at_end_bytes = tally->in_use_bytes;
	totals->in_use_at_end_objects = tally->in_use_objects;
	totals->idle_at_end_bytes = tally->idle_bytes;
	totals->idle_at_end_objects = tally->idle_objects;
	totals->temporary_allocations = tally->temporary_allocations;
	totals->fresh_allocations = tally->fresh_allocations;
	totals->blowup = pool->blowup;
	totals->hoard_byte_seconds = tally->hoard_byte_seconds;
	totals->duration_ns = heap->now_ns;
}

static int finish(void *state, const struct pt_trace *t, const struct pt_heap *heap,
		  struct pt_report *out)
{
	struct pt_tallies *s = state;
	int r = fill_threads(s, t, heap->epoch, out);

	if (!r)
		r = fill_cpus_and_sites(s, heap, out);
	if (!r)
		r = fill_pool(s, heap, out);
	if (!r)
		fill_totals(heap, &out->pools[0], &out->totals);
	return r;
}

static void mark(void *state, const struct pt_heap *heap, struct pt_phase_sums *sums)
{
	const struct pt_tallies *s = state;
	struct pt_tally tally;

	(void)heap;
	pt_ledger_total(&s->threads, &tally);
	sums->f.in_use_objects = tally.in_use_objects;
	sums->f.in_use_bytes = tally.in_use_bytes;
	sums->f.idle_objects = tally.idle_objects;
	sums->f.idle_bytes = tally.idle_bytes;
	sums->f.allocations = tally.allocations;
	sums->f.allocated_bytes = tally.allocated_bytes;
	sums->f.frees = tally.frees;
	sums->f.temporary_allocations = tally.temporary_allocations;
	sums->f.fresh_allocations = tally.fresh_allocations;
	sums->hoard += pt_ledger_hoard(&s->threads);
}

static void fini(void *state)
{
	struct pt_tallies *t = state;

	pt_ledger_fini(&t->threads);
	pt_ledger_fini(&t->cpus);
	pt_ledger_fini(&t->sites);
}

const struct pt_pass pt_pass_tallies = {
	.name = "tallies",
	.summary = "who allocates, frees and hoards: threads, CPUs, call sites, pools",
	.state_size = sizeof(struct pt_tallies),
	.changes = changes,
	.finish = finish,
	.mark = mark,
	.fini = fini,
};
