/* SPDX-License-Identifier: MIT */
/*
 * run.h - heap and pools with all passes behind them: events in final order in, a report out.
 *
 * What analyse.c does between reading and the report; apart from it so that tests can feed events
 * without a trace file.
 */
#ifndef PT_RUN_H
#define PT_RUN_H

#include "behind.h"
#include "counted.h"
#include "marks.h"
#include "pass.h"
#include "phases.h"
#include "pool_run.h"

#define PT_PASSES_MAX 32u

struct pt_run {
	struct pt_heap heap;
	void *states[PT_PASSES_MAX]; /* of pt_passes[] */
	struct pt_pool_run pools;
	struct pt_marks marks;
	struct pt_counted counted;
	struct pt_phases phases;
	struct pt_behind *behind; /* NULL: passes run in the heap's thread */
	uint64_t spare_ns;   /* objects made at or after it outlive the free of their address */
	uint8_t plain_below; /* kinds below it are the heap's alone; until there is a pool all but pools' */
	/* Called after each event that is of no block and no pool: marks, snapshots. NULL = by nobody. */
	int (*hook)(void *arg, const struct pt_event *ev);
	void *hook_arg;
	uint32_t copying_nr; /* the hook's: snapshots whose memory is being copied */
	uint64_t moved_nr;   /* blocks allocated or freed while copying_nr was above 0; stream.c counts */
};

/* pt_run_init() - limits: NULL = the defaults. 0 or -PT_ENOMEM. The struct must not be moved
 * afterwards. */
int pt_run_init(struct pt_run *run, const struct pt_pool_limits *limits);

/* pt_run_init_bare() - heap and pools only, no pass behind them: not for pt_run_finish(). */
int pt_run_init_bare(struct pt_run *run);

/* pt_run_thread() - before the first event: the passes get a thread of their own, if there is one to be had. Nothing
 * else is different. */
void pt_run_thread(struct pt_run *run);

/* pt_run_lend() - what the passes' thread is to do beside them, if there is one: pt_behind_lend(). */
void pt_run_lend(struct pt_run *run, pt_behind_work_fn *work, void *arg);

/* pt_run_settle() - what the heap has handed out the passes have seen. 0, or the error of one. */
int pt_run_settle(struct pt_run *run);

/* pt_run_bound() - before the first event: no more rows than a trace of so many bytes is given (model/bounds.h). */
void pt_run_bound(struct pt_run *run, uint64_t trace_bytes);

void pt_run_fini(struct pt_run *run);

/* pt_run_end_ns() - time of the last event, whoever it was for. */
uint64_t pt_run_end_ns(const struct pt_run *run);

/* pt_run_lost_events() - of malloc and of pools. */
uint64_t pt_run_lost_events(const struct pt_trace *t);

/* pt_run_apply_watched() - pt_run_apply(), for events that pools may have to do with. */
int pt_run_apply_watched(struct pt_run *run, const struct pt_event *ev, struct pt_block *at);

/* pt_run_apply() - one event in its final place. `at` and what it returns: as pt_heap_apply(). */
static inline int pt_run_apply(struct pt_run *run, const struct pt_event *ev, struct pt_block *at)
{
	if (__builtin_expect(ev->kind < run->plain_below, 1))
		return pt_heap_apply(&run->heap, ev, at);
	return pt_run_apply_watched(run, ev, at);
}

/*
 * pt_run_finish() - the trace is over: fill *out, which must be all zero.
 *
 * t: its tables and state; not read from. Returns 0 or -PT_ENOMEM; then *out is empty again.
 */
int pt_run_finish(struct pt_run *run, const struct pt_trace *t, struct pt_report *out);

/* pt_run_prefetch_watched() - pt_run_prefetch() once there are pools. */
void pt_run_prefetch_watched(const struct pt_run *run, const struct pt_event *events, int nr);

/* pt_run_prefetch() - these will be applied now, one after the other; for all of them
 * pt_heap_prefetch_far() was called. */
static inline void pt_run_prefetch(const struct pt_run *run, const struct pt_event *events, int nr)
{
	if (__builtin_expect(!run->plain_below, 0)) {
		pt_run_prefetch_watched(run, events, nr);
		return;
	}
	for (int i = 0; i < nr; i++)
		pt_heap_prefetch(&run->heap, events[i].addr);
}

#endif
