/* SPDX-License-Identifier: MIT */
/*
 * metric.h - every number of the report that a budget, a baseline or a diff may name: one row each.
 *
 * The catalogue that `pooltrace check --metrics` prints; definitions are those of docs/report.md,
 * docs/pools.md and docs/graph.md. A new metric is a row in the enum and in metric.c, and a line in figures_*.c.
 */
#ifndef PT_METRIC_H
#define PT_METRIC_H

#include <stdbool.h>
#include <stddef.h>

enum pt_metric {
	PT_METRIC_PEAK_HELD_BYTES = 0,
	PT_METRIC_PEAK_IN_USE_BYTES,
	PT_METRIC_PEAK_IDLE_BYTES,
	PT_METRIC_IDLE_AT_PEAK_BYTES,
	PT_METRIC_IN_USE_AT_PEAK_BYTES, /* in use when the process (of a pool's parts: the pool) held most */
	PT_METRIC_HELD_AT_PEAK_BYTES,	/* both: what each part had in the peak held */
	PT_METRIC_IN_USE_AT_END_BYTES,
	PT_METRIC_IN_USE_AT_END_OBJECTS,
	PT_METRIC_IDLE_AT_END_BYTES,
	PT_METRIC_IDLE_AT_END_OBJECTS,
	PT_METRIC_BLOWUP,
	PT_METRIC_HOARD_BYTE_SECONDS,
	PT_METRIC_MEAN_IDLE_BYTES, /* hoard_byte_seconds / duration */
	PT_METRIC_ALLOCATIONS,
	PT_METRIC_ALLOCATED_BYTES,
	PT_METRIC_FREES,
	PT_METRIC_FREED_BY_OTHERS_BYTES,
	PT_METRIC_TEMPORARY_ALLOCATIONS,
	PT_METRIC_FRESH_ALLOCATIONS,
	PT_METRIC_STRANDED_MISSES,
	PT_METRIC_STRANDED_BYTES,
	PT_METRIC_GETS, /* from here to misuse: annotated pools only */
	PT_METRIC_PUTS,
	PT_METRIC_MISSES,
	PT_METRIC_STEALS,
	PT_METRIC_AMBIGUOUS_MISSES,
	PT_METRIC_DROPS,
	PT_METRIC_PURGED,
	PT_METRIC_REGRETTED_DROPS,
	PT_METRIC_REGRETTED_BYTES,
	PT_METRIC_DEAD_HOARD_BYTES,
	PT_METRIC_RATCHET_BYTES,
	PT_METRIC_LEAKED_OBJECTS, /* borrow leaks */
	PT_METRIC_LEAKED_BYTES,
	PT_METRIC_MISUSE, /* calls: all kinds */
	PT_METRIC_GRAPH_RETAINED_BYTES, /* the last whole snapshot; of the process: idle_retained_bytes */
	PT_METRIC_UNREACHABLE_BYTES,
	PT_METRIC_UNREACHABLE_OBJECTS,
	PT_METRIC_PEAK_MAPPED_BYTES,
	PT_METRIC_MAPPED_AT_END_BYTES,
	PT_METRIC_RSS_PEAK_BYTES,
	PT_METRIC_RSS_END_BYTES,
	PT_METRIC_DURATION_NS,
	PT_METRIC_NR
};

enum pt_unit { PT_UNIT_BYTES, PT_UNIT_COUNT, PT_UNIT_NS, PT_UNIT_RATIO, PT_UNIT_BYTE_SECONDS };

/* What a row of figures is about. */
enum pt_scope {
	PT_SCOPE_PROCESS = 0,
	PT_SCOPE_POOL,	      /* one name; `malloc` is one */
	PT_SCOPE_THREAD,      /* one name, all threads of it */
	PT_SCOPE_CPU,
	PT_SCOPE_SITE,	      /* of malloc */
	PT_SCOPE_POOL_THREAD, /* an annotated pool's share of it */
	PT_SCOPE_POOL_CPU,
	PT_SCOPE_POOL_SITE,
	PT_SCOPE_NR
};
#define PT_SCOPE_BIT(scope) (1u << (scope))

/* What several rows are together (a pattern that matches several). */
enum pt_together {
	PT_TOGETHER_SUM,
	PT_TOGETHER_LARGEST, /* peaks of their own time and ratios: they do not add up */
};

struct pt_metric_row {
	const char *name; /* as in JSON */
	const char *about; /* one line, no full stop */
	enum pt_unit unit;
	enum pt_together together;
	unsigned int scopes;   /* PT_SCOPE_BIT() of those where it exists */
	bool phases;	       /* of the process and of pools: also for a phase */
	bool less_is_worse;    /* gets, hits: never; kept for what may come */
	unsigned int by_default; /* PT_SCOPE_BIT() of process and pool: `check --baseline` without a budget file looks at it */
	bool of_held;	       /* peak_held_bytes divided by another: by default that must have grown too, not only the other shrunk */
	bool of_callers;       /* of a pool: who used it is to blame, not the pool's own line that every use goes through */
	/* What call sites are ranked by when this one is over: for scope SITE. One that does not exist there (NAN in
	 * every row) when no call site is to blame. */
	enum pt_metric blame;
	enum pt_metric pool_blame; /* likewise for scope POOL_SITE */
};
extern const struct pt_metric_row pt_metrics[PT_METRIC_NR];

/* pt_metric_find() - by name; PT_METRIC_NR when there is none. */
enum pt_metric pt_metric_find(const char *name);

/* pt_metric_nearest() - the name that is spelt most like it, for "did you mean"; never NULL. */
const char *pt_metric_nearest(const char *name);

/* pt_scope_name() - "process", "pool", "thread", "cpu", "call site", ... for people. */
const char *pt_scope_name(enum pt_scope scope);

#define PT_FIGURE_BYTES 48
/* pt_figure_text() - a value in its unit, for people: "64.0 MiB", "1,234", "3.2 s", "16.00", "1.5 MiB s";
 * "not known" for NAN. */
const char *pt_figure_text(char out[PT_FIGURE_BYTES], double value, enum pt_unit unit);

#endif
