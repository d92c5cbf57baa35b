/* SPDX-License-Identifier: MIT */
/*
 * run.c - hands each batch of changes to every pass, and lets them finish.
 *
 * Passes number CPUs and sites as the heap does, in the order in which they occurred; the report
 * has them sorted, so the matrices that refer to them are renumbered at the end.
 */
#include "run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "layers.h"

#define CHANGES_AHEAD 24u
#define LINES_ASKED (PT_BATCH_CHANGES / 4) /* as many as may be on their way at once; four or more passes, so all of a batch */

static int hand_out(void *arg, const struct pt_change *changes, size_t nr)
{
	struct pt_run *run = arg;
	const struct pt_change *after = run->behind ? pt_behind_after(run->behind) : NULL;
	uint32_t kinds = 0;

	for (size_t i = 0; i < nr; i++) {
		if (i + CHANGES_AHEAD < nr) /* when they come from another core */
			__builtin_prefetch(&changes[i + CHANGES_AHEAD]);
		kinds |= PT_CHANGE_BIT(changes[i].kind);
	}
	for (size_t i = 0; pt_passes[i]; i++) {
		int r = 0;

		if (after && i < PT_BATCH_CHANGES / LINES_ASKED)
			pt_relay_ask(after + i * LINES_ASKED, LINES_ASKED);
		if (!pt_passes[i]->kinds || (pt_passes[i]->kinds & kinds))
			r = pt_passes[i]->changes(run->states[i], changes, nr);
		if (r)
			return r;
	}
	return 0;
}

/* The same, but that another thread does it. */
static int hand_over(void *arg, const struct pt_change *changes, size_t nr)
{
	const struct pt_run *run = arg;

	return pt_behind_put(run->behind, changes, nr);
}

void pt_run_thread(struct pt_run *run)
{
	if (run->behind || !run->states[0] || run->heap.changes_nr)
		return;
	run->behind = pt_behind_open(hand_out, run);
	if (run->behind)
		run->heap.sink = hand_over;
}

void pt_run_lend(struct pt_run *run, pt_behind_work_fn *work, void *arg)
{
	pt_behind_lend(run->behind, work, arg);
}

int pt_run_settle(struct pt_run *run)
{
	return run->behind ? pt_behind_drain(run->behind) : 0;
}

/* The passes are this thread's again; 0, or the error of one. */
static int join(struct pt_run *run)
{
	int r = pt_behind_close(run->behind);

	run->behind = NULL;
	run->heap.sink = hand_out;
	return r;
}

int pt_run_init(struct pt_run *run, const struct pt_pool_limits *limits)
{
	int r;

	memset(run, 0, sizeof(*run));
	run->plain_below = PT_EV_POOL_FIRST;
	run->spare_ns = UINT64_MAX;
	r = pt_pool_run_init(&run->pools, limits);
	if (r)
		return r;
	r = pt_heap_init(&run->heap, 0, hand_out, run);
	for (size_t i = 0; pt_passes[i] && !r; i++) {
		run->states[i] = calloc(1, pt_passes[i]->state_size);
		if (!run->states[i] || i + 1 == PT_PASSES_MAX)
			r = -PT_ENOMEM;
	}
	if (r)
		pt_run_fini(run);
	return r;
}

static int ignore_changes(void *arg, const struct pt_change *changes, size_t nr)
{
	(void)arg, (void)changes, (void)nr;
	return 0;
}

static int ignore_pool_change(void *arg, const struct pt_pool_change *c)
{
	(void)arg, (void)c;
	return 0;
}

int pt_run_init_bare(struct pt_run *run)
{
	int r;

	memset(run, 0, sizeof(*run));
	run->plain_below = PT_EV_POOL_FIRST;
	run->spare_ns = UINT64_MAX;
	run->pools.pools = pt_pools_open(ignore_pool_change, NULL);
	if (!run->pools.pools)
		return -PT_ENOMEM;
	r = pt_heap_init(&run->heap, 0, ignore_changes, NULL);
	if (r)
		pt_pools_close(run->pools.pools);
	return r;
}

void pt_run_bound(struct pt_run *run, uint64_t trace_bytes)
{
	const struct pt_bounds bounds = pt_bounds_of(trace_bytes);

	run->heap.sites.limit = bounds.sites;
	run->phases.rows_max = bounds.phase_rows;
	pt_pools_bound(run->pools.pools, &bounds);
}

void pt_run_fini(struct pt_run *run)
{
	if (run->behind)
		join(run);
	for (size_t i = 0; pt_passes[i]; i++) {
		if (run->states[i] && pt_passes[i]->fini)
			pt_passes[i]->fini(run->states[i]);
		free(run->states[i]);
	}
	pt_heap_fini(&run->heap);
	pt_pool_run_fini(&run->pools);
	pt_marks_fini(&run->marks);
	pt_counted_fini(&run->counted);
	pt_phases_fini(&run->phases);
	memset(run->states, 0, sizeof(run->states));
}

/* A block inside the realloc of some thread. */
static bool is_moving(const struct pt_block *b)
{
	return b && b->state == PT_BLOCK_MOVING;
}

/* The end of a realloc, or REALLOC_FREED: is the old block given back only now, or was it before? */
static int realloc_ends(struct pt_run *run, const struct pt_event *ev)
{
	struct pt_heap *heap = &run->heap;
	const struct pt_block *old = ev->old_addr ? pt_heap_find(heap, ev->old_addr) : NULL;

	if (!ev->old_addr || ev->old_addr == ev->addr)
		return 0;
	if (is_moving(old) && heap->moves[old->since_ns].thread == ev->thread)
		return pt_pools_freed(run->pools.pools, ev, ev->old_addr, UINT64_MAX);
	return pt_pools_returned(run->pools.pools, ev);
}

/* What an event of malloc means for the objects of pools, before the heap has it. */
static int watch(struct pt_run *run, const struct pt_event *ev, const struct pt_block *at)
{
	struct pt_pools *pools = run->pools.pools;
	uint32_t mover = is_moving(at) ? run->heap.moves[at->since_ns].thread : 0;
	int r = 0;

	switch (ev->kind) {
	case PT_EV_FREE:
		if (at && at->state == PT_BLOCK_IN_USE)
			r = pt_pools_freed(pools, ev, ev->addr, run->spare_ns);
		return r;
	case PT_EV_ALLOC:
		return is_moving(at) ? pt_pools_taken(pools, ev, ev->addr, mover) : 0;
	case PT_EV_REALLOC_END:
		if (is_moving(at) && (mover != ev->thread || ev->addr != ev->old_addr))
			r = pt_pools_taken(pools, ev, ev->addr, mover);
		return r ? r : realloc_ends(run, ev);
	case PT_EV_REALLOC_FREED:
		return realloc_ends(run, ev);
	default:
		return 0;
	}
}

void pt_run_prefetch_watched(const struct pt_run *run, const struct pt_event *events, int nr)
{
	for (int i = 0; i < nr; i++) {
		if (events[i].kind < PT_EV_POOL_FIRST)
			pt_heap_prefetch(&run->heap, events[i].addr);
	}
	for (int stage = 0; stage < PT_POOLS_STAGES; stage++) {
		for (int i = 0; i < nr; i++) {
			if (events[i].kind >= PT_EV_POOL_FIRST && events[i].kind <= PT_EV_POOL_LAST)
				pt_pools_prefetch(run->pools.pools, &events[i], stage);
		}
	}
}

/* A mark, pause or the like. A bare run has no passes, so no phases. */
static int apply_mark(struct pt_run *run, const struct pt_event *ev)
{
	uint32_t marks_nr = run->marks.nr;
	int r = pt_marks_apply(&run->marks, ev, &run->heap, run->pools.pools);

	if (run->marks.gap_ns && run->marks.pools_too)
		pt_pools_gap(run->pools.pools, run->marks.gap_ns);
	if (r || run->marks.nr == marks_nr || !run->states[0])
		return r;
	run->heap.plain_off = true; /* phase_peaks.c wakes up */
	return pt_phases_close(run, run->marks.marks[marks_nr].name, run->marks.now_ns);
}

int pt_run_apply_watched(struct pt_run *run, const struct pt_event *ev, struct pt_block *at)
{
	int r;

	if (ev->kind > PT_EV_POOL_LAST) {
		r = apply_mark(run, ev);
		return r || !run->hook ? r : run->hook(run->hook_arg, ev);
	}
	if (ev->kind >= PT_EV_POOL_FIRST) {
		run->plain_below = 0; /* from now on a free may be the end of an object */
		r = __builtin_expect(ev->kind >= PT_EV_POOL_CREATE, 0) ? pt_counted_named(&run->counted, ev) : 0;
		return r ? r : pt_pools_apply(run->pools.pools, ev);
	}
	r = watch(run, ev, at);
	return r ? r : pt_heap_apply(&run->heap, ev, at);
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

uint64_t pt_run_lost_events(const struct pt_trace *t)
{
	uint64_t sum = 0;

	for (int i = 0; i < PT_LOST_NR; i++)
		sum += t->state.lost_allocs[i] + t->state.lost_frees[i] + t->state.lost_pools[i];
	return sum;
}

static void fill_from_trace(const struct pt_trace *t, struct pt_report *out)
{
	memcpy(out->program, t->header.program, sizeof(out->program) - 1);
	out->pid = t->header.pid;
	out->totals.lost_events = pt_run_lost_events(t);
	out->alloc_of_live = t->state.alloc_of_live;
	out->free_of_dead = t->state.free_of_dead;
	out->free_of_unknown = t->state.free_of_unknown;
}

uint64_t pt_run_end_ns(const struct pt_run *run)
{
	uint64_t end_ns = run->heap.now_ns, pools_ns = pt_pools_now(run->pools.pools);

	if (end_ns < pools_ns)
		end_ns = pools_ns;
	if (end_ns < run->marks.now_ns)
		end_ns = run->marks.now_ns;
	return end_ns < PT_BLOCK_TIME_MAX ? end_ns : PT_BLOCK_TIME_MAX;
}

/* What went into rows that are not its own: only traces made for it come that far. */
static int note_left_out(const struct pt_run *run, const struct pt_trace *t, struct pt_report *out)
{
	uint64_t pools = pt_pools_left_out(run->pools.pools);
	char note[160];
	int r = 0;

	if (t->state.threads_left_out) {
		snprintf(note, sizeof(note), "more than %" PRIu32 " threads: all others are told as one, whose name is not known",
			 t->threads_nr);
		r = pt_report_note(out, note);
	}
	if (!r && run->heap.sites.left_out) {
		snprintf(note, sizeof(note), "more than %" PRIu32 " call sites: %" PRIu64 " allocations are told as if"
			 " without a stack", run->heap.sites.limit, run->heap.sites.left_out);
		r = pt_report_note(out, note);
	}
	if (!r && pools) {
		snprintf(note, sizeof(note), "more shards, or threads, CPUs and call sites of pools, than a trace of this length"
			 " is given rows: %" PRIu64 " events are told of others", pools);
		r = pt_report_note(out, note);
	}
	if (!r && run->phases.left_out) {
		snprintf(note, sizeof(note), "%" PRIu64 " marks end no phase: there are too many of pools and marks",
			 run->phases.left_out);
		r = pt_report_note(out, note);
	}
	return r;
}

int pt_run_finish(struct pt_run *run, const struct pt_trace *t, struct pt_report *out)
{
	int r;

	run->heap.now_ns = pt_run_end_ns(run);
	r = run->phases.nr ? pt_phases_close(run, NULL, run->heap.now_ns) : 0;
	if (!r)
		r = pt_heap_finish(&run->heap);
	if (!r && run->behind)
		r = join(run);
	for (size_t i = 0; pt_passes[i] && !r; i++)
		r = pt_passes[i]->finish(run->states[i], t, &run->heap, out);
	if (!r && out->cpus_nr)
		r = sort_cpus(&run->heap, out);
	if (!r && out->sites_nr)
		r = sort_sites(&run->heap, out);
	pt_phases_finish(&run->phases, out);
	if (!r)
		r = pt_pool_run_finish(&run->pools, t, run->heap.now_ns, out);
	if (!r)
		r = pt_layers_fill(&run->heap, run->pools.pools, out);
	if (!r)
		r = pt_marks_finish(&run->marks, run->heap.now_ns, out);
	if (!r)
		r = note_left_out(run, t, out);
	if (!r)
		r = pt_counted_finish(&run->counted, t, out);
	if (r)
		pt_report_fini(out);
	else
		fill_from_trace(t, out);
	return r;
}
