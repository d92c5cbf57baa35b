/* SPDX-License-Identifier: MIT */
/*
 * tallies.c - pass: who allocates, frees and hoards, by thread, by CPU, by call site and in all.
 *
 * One pass for the three, because every change goes to all of them. Idle bytes are the
 * freeing thread's and CPU's, but the allocating site's. With the one pool `malloc` the pool is the
 * sum of the threads; its peaks the heap has watched itself.
 */
#include "passes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "../result/ages.h"
#include "ledger.h"
#include "phases.h"
#include "stretch.h"

#define ROWS_AHEAD 8u /* threads and CPUs are few; the rows of sites can be megabytes */

struct tallies {
	struct pt_ledger threads, cpus, sites;
	uint64_t gone_bytes;
	struct pt_age_histogram reuse_age;
};

static int got(struct tallies *t, const struct pt_change *c)
{
	struct pt_row *thread = pt_ledger_row(&t->threads, c->thread);
	struct pt_row *cpu = pt_ledger_row(&t->cpus, c->cpu);
	struct pt_row *site = pt_ledger_row(&t->sites, c->site);
	struct pt_row_told told = pt_row_told(c);

	if (!thread || !cpu || !site)
		return -PT_ENOMEM;
	pt_row_got(thread, told);
	pt_row_got(cpu, told);
	pt_row_got(site, told);
	return 0;
}

/* In use no more: PUT, RESIZED, TAKEN. */
static int freed(struct tallies *t, const struct pt_change *c)
{
	bool other_thread = c->thread != c->owner_thread, other_cpu = c->cpu != c->owner_cpu;
	struct pt_row *thread = pt_ledger_row(&t->threads, c->thread);
	struct pt_row *cpu = pt_ledger_row(&t->cpus, c->cpu);
	struct pt_row *site = &t->sites.rows[c->site];
	struct pt_row_told told = pt_row_told(c);

	if (!thread || !cpu)
		return -PT_ENOMEM;
	pt_row_unused(&t->threads.rows[c->owner_thread], told, other_thread);
	pt_row_unused(&t->cpus.rows[c->owner_cpu], told, other_cpu);
	pt_row_unused(site, told, other_thread);
	pt_row_freed(thread, told);
	pt_row_freed(cpu, told);
	pt_row_freed(site, told);
	if (c->kind == PT_CHANGE_PUT) {
		pt_row_idle_begins(thread, told);
		pt_row_idle_begins(cpu, told);
		pt_row_idle_begins(site, told);
	}
	return 0;
}

static void idle_ends(struct tallies *t, const struct pt_change *c)
{
	struct pt_row_told told = pt_row_told_idle(c);

	pt_row_idle_ends(&t->threads.rows[c->thread], told);
	pt_row_idle_ends(&t->cpus.rows[c->cpu], told);
	pt_row_idle_ends(&t->sites.rows[c->site], told);
}

/* The old block of a realloc was idle for a time, and that is over already. */
static int taken(struct tallies *t, const struct pt_change *c)
{
	pt_byte_ns hoard = (pt_byte_ns)c->size_bytes * (c->time_ns - c->since_ns);
	int r = freed(t, c);

	if (r)
		return r;
	t->threads.rows[c->thread].hoard += hoard;
	t->cpus.rows[c->cpu].hoard += hoard;
	t->sites.rows[c->site].hoard += hoard;
	if (c->flags & PT_CHANGE_UNMAPPED)
		t->gone_bytes += c->size_bytes;
	else
		pt_age_add(&t->reuse_age, c->time_ns - c->since_ns, c->size_bytes);
	return 0;
}

/* The kinds that come once in a while. */
static int rare(struct tallies *t, const struct pt_change *c)
{
	struct pt_row_told told = pt_row_told(c);
	struct pt_row *thread, *cpu;
	int r = 0;

	switch (c->kind) {
	case PT_CHANGE_TAKEN:
		return taken(t, c);
	case PT_CHANGE_MISSED:
		pt_row_unused(&t->threads.rows[c->owner_thread], told, false);
		pt_row_unused(&t->cpus.rows[c->owner_cpu], told, false);
		pt_row_unused(&t->sites.rows[c->site], told, false);
		return 0;
	case PT_CHANGE_STRAY:
		thread = pt_ledger_row(&t->threads, c->thread);
		cpu = pt_ledger_row(&t->cpus, c->cpu);
		if (!thread || !cpu)
			return -PT_ENOMEM;
		thread->frees++;
		cpu->frees++;
		return 0;
	case PT_CHANGE_LEFT:
		r = pt_ledger_left(&t->threads.rows[c->thread], c);
		if (!r)
			r = pt_ledger_left(&t->cpus.rows[c->cpu], c);
		return r ? r : pt_ledger_left(&t->sites.rows[c->site], c);
	default:
		return 0;
	}
}

static int one(struct tallies *t, const struct pt_change *c)
{
	switch (c->kind) {
	case PT_CHANGE_GOT:
		return got(t, c);
	case PT_CHANGE_PUT:
	case PT_CHANGE_RESIZED:
		return freed(t, c);
	case PT_CHANGE_REUSED:
		pt_age_add(&t->reuse_age, c->time_ns - c->since_ns, c->size_bytes);
		idle_ends(t, c);
		return 0;
	case PT_CHANGE_GONE:
		t->gone_bytes += c->size_bytes;
		idle_ends(t, c);
		return 0;
	default:
		return rare(t, c);
	}
}

/* One of a stretch: the site's row, and what is summed up for those of the thread and of the CPU. */
static inline int one_of_stretch(struct tallies *t, struct pt_stretch *s, const struct pt_change *c)
{
	struct pt_row_told told = pt_row_told_idle(c);
	struct pt_row *site = pt_ledger_row(&t->sites, c->site);

	if (!site)
		return -PT_ENOMEM;
	switch (c->kind) {
	case PT_CHANGE_GOT:
		pt_stretch_got(s, told);
		pt_row_got(site, told);
		return 0;
	case PT_CHANGE_PUT:
	case PT_CHANGE_RESIZED:
		pt_stretch_freed(s, told);
		pt_row_unused(site, told, false);
		pt_row_freed(site, told);
		if (c->kind == PT_CHANGE_RESIZED)
			return 0;
		pt_stretch_idle_begins(s, told);
		pt_row_idle_begins(site, told);
		return 0;
	case PT_CHANGE_REUSED:
		pt_age_add(&t->reuse_age, c->time_ns - c->since_ns, c->size_bytes);
		break;
	default: /* GONE */
		t->gone_bytes += c->size_bytes;
	}
	pt_stretch_idle_ends(s, told);
	pt_row_idle_ends(site, told);
	return 0;
}

/* The changes at `c` that make a stretch. How many there are, 0 when they are not worth it; or -PT_ENOMEM. */
static int64_t stretch(struct tallies *t, const struct pt_change *c, size_t nr)
{
	const uint32_t thread = c->thread;
	const uint16_t cpu = c->cpu;
	struct pt_row *by_thread, *by_cpu;
	struct pt_stretch s;
	size_t i;

	for (i = 0; i < PT_STRETCH_MIN; i++)
		if (i == nr || !pt_stretch_has(&c[i], thread, cpu))
			return 0;
	by_thread = pt_ledger_row(&t->threads, thread);
	by_cpu = pt_ledger_row(&t->cpus, cpu);
	if (!by_thread || !by_cpu)
		return -PT_ENOMEM;
	pt_stretch_begin(&s, c->epoch);
	for (i = 0; i < nr && pt_stretch_has(&c[i], thread, cpu); i++) {
		if (i + ROWS_AHEAD < nr)
			pt_ledger_prefetch(&t->sites, c[i + ROWS_AHEAD].site);
		if (one_of_stretch(t, &s, &c[i]))
			return -PT_ENOMEM;
	}
	pt_stretch_end(&s, by_thread);
	pt_stretch_end(&s, by_cpu);
	return (int64_t)i;
}

static int changes(void *state, const struct pt_change *c, size_t nr)
{
	struct tallies *t = state;
	size_t i = 0;
	int r = 0;

	while (i < nr && !r) {
		int64_t done = stretch(t, c + i, nr - i);

		if (done < 0)
			return (int)done;
		i += (size_t)done;
		if (!done)
			r = one(t, &c[i++]);
	}
	return r;
}

static int fill_threads(struct tallies *s, const struct pt_trace *t, uint64_t epoch,
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

static int fill_cpus_and_sites(struct tallies *s, const struct pt_heap *heap,
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

static int fill_pool(const struct tallies *s, const struct pt_heap *heap, struct pt_report *out)
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
	struct tallies *s = state;
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
	const struct tallies *s = state;
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
	struct tallies *t = state;

	pt_ledger_fini(&t->threads);
	pt_ledger_fini(&t->cpus);
	pt_ledger_fini(&t->sites);
}

const struct pt_pass pt_pass_tallies = {
	.name = "tallies",
	.summary = "who allocates, frees and hoards: threads, CPUs, call sites, pools",
	.state_size = sizeof(struct tallies),
	.changes = changes,
	.finish = finish,
	.mark = mark,
	.fini = fini,
};
