/* SPDX-License-Identifier: MIT */
/*
 * counted.h - counters of a trace into its report, and what recording in several modes means for the rest of it.
 */
#ifndef PT_COUNTED_H
#define PT_COUNTED_H

#include "../result/report.h"
#include "../trace/trace.h"

/* What a pool, or one of its shards, was called. */
struct pt_counted_name {
	uint64_t pool;	/* its address */
	uint64_t shard; /* PT_SHARD_ALL: the pool itself */
	uint32_t nr;	/* in the order of the events */
	bool several;	/* it had other names before: pools that followed each other */
	char name[64];
};

struct pt_counted {
	struct pt_counted_name *names;
	uint32_t nr, max;
	uint32_t limit; /* more names than that are not remembered */
};

/* An all-zero struct is empty, and remembers no name. */
void pt_counted_fini(struct pt_counted *c);

/* pt_counted_start() - before the first event: names are wanted if the trace has counters. */
void pt_counted_start(struct pt_counted *c, const struct pt_trace *t);

/* pt_counted_named() - PT_EV_POOL_CREATE or PT_EV_SHARD_NAME; others are ignored. 0 or -PT_ENOMEM. */
int pt_counted_named(struct pt_counted *c, const struct pt_event *ev);

/*
 * pt_counted_finish() - the report is complete but for its modes and counters. 0, -PT_EIO or -PT_ENOMEM.
 *
 * Where nothing but counters was ever recorded they become its totals, and what they cannot tell becomes unknown.
 */
int pt_counted_finish(struct pt_counted *c, const struct pt_trace *t, struct pt_report *out);

#endif
