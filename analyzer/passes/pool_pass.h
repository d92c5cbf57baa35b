/* SPDX-License-Identifier: MIT */
/*
 * pool_pass.h - an analysis of annotated pools: a fold over pool changes.
 *
 * A new one is a file with one struct pt_pool_pass and a row in pool_registry.c. It fills
 * f->rows[change.pool]; pool_make.c has made those rows, with names, shards, threads, CPUs and
 * sites, before any finish() runs: threads and sites by index, CPUs by number. Fields that nobody
 * fills are 0, but drift and forecast (NAN), hold_p999_ns, graph_retained_bytes and graph_ns
 * (PT_UNKNOWN) and graph_bytes (INT64_MIN).
 * Unlike those of pass.h it gets changes one by one: a program has a few pools, not ten million
 * blocks a second.
 */
#ifndef PT_POOL_PASS_H
#define PT_POOL_PASS_H

#include <stddef.h>

#include "../model/pool_change.h"
#include "../model/pools.h"
#include "../result/report.h"
#include "../trace/trace.h"

struct pt_pool_finish {
	const struct pt_trace *trace;
	const struct pt_pools *pools;
	const struct pt_pool_limits *limits;
	struct pt_report_pool *rows; /* by change.pool */
	struct pt_report *report;
	uint64_t end_ns; /* of the trace; the time of the END_* changes */
};

struct pt_phase_sums;

struct pt_pool_pass {
	const char *name;
	const char *summary;
	size_t state_size; /* bytes; zeroed and freed by the driver */
	/* One change, in order. 0 or a negative PT_E*. */
	int (*change)(void *state, const struct pt_pool_change *c);
	/* The trace is over. 0 or a negative PT_E*. */
	int (*finish)(void *state, const struct pt_pool_finish *f);
	/* Optional: before the first change. */
	void (*start)(void *state, const struct pt_pools *pools, const struct pt_pool_limits *limits);
	/* Optional: as pt_pass.mark. sums: of each pool there is so far, pools_nr of them, by change.pool. */
	void (*mark)(void *state, uint64_t now_ns, struct pt_phase_sums *sums, uint32_t pools_nr);
	/* Optional: frees what the state points to; also called after an error. */
	void (*fini)(void *state);
};

/* In the order in which they finish. NULL at the end. */
extern const struct pt_pool_pass *const pt_pool_passes[];

#endif
