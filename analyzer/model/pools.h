/* SPDX-License-Identifier: MIT */
/*
 * pools.h - annotated pools: events in, changes (pool_change.h) out.
 *
 * Knows each object of each instance: in use or idle, where and since when. Never refuses an
 * event: misuse and what cannot be is a change of its own kind or is counted. Memory: O(objects in
 * use and idle + instances alive + shards + sites), never O(events). Definitions: docs/pools.md.
 */
#ifndef PT_POOLS_H
#define PT_POOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../trace/event.h"
#include "dense.h"
#include "pool_change.h"

/* A row of the report: all instances of one name. */
struct pt_pool {
	char name[64];	 /* cut to 63 bytes */
	char source[64]; /* "annotated", or an adapter's name: what stands before ':' in a name like
			  * "apr:allocator"; the name keeps it */
	uint32_t instances_nr; /* ever */
	uint32_t slots_nr;     /* most at the same time */
	bool one_size;	       /* every instance so far has object_bytes, and it is not 0 */
	uint64_t object_bytes;
	uint64_t stray_drops, stray_moves, stray_resizes;
	struct pt_pool_shard_name *shards; /* by shard number of the changes */
	uint32_t shards_nr;
};

struct pt_pool_shard_name {
	uint32_t slot;
	uint32_t number; /* as the program gave it; PT_SHARD_THREAD: the shard is `thread`'s */
	uint32_t thread; /* index into pt_trace.threads, or UINT32_MAX */
	char name[64];
};

struct pt_pools; /* pools.c */

/* pt_pools_open() - NULL when there is no memory. `sink` gets each change. */
struct pt_pools *pt_pools_open(pt_pool_change_fn *sink, void *arg);
void pt_pools_close(struct pt_pools *p);

/* pt_pools_apply() - one event of kind PT_EV_POOL_FIRST..PT_EV_POOL_LAST, in order. 0, -PT_ENOMEM, or what the
 * sink returned. */
int pt_pools_apply(struct pt_pools *p, const struct pt_event *ev);

/*
 * pt_pools_freed() - the malloc block that starts at ev->addr is free now: FREE, or the
 * REALLOC_END (old_addr) of a realloc that moved, or REALLOC_FREED. Objects there vanish.
 */
int pt_pools_freed(struct pt_pools *p, const struct pt_event *ev, uint64_t addr);

/* Whether pt_pools_freed() has anything to do at all: one load, for programs without pools. */
bool pt_pools_any(const struct pt_pools *p);

/* pt_pools_finish() - END_* for every object that is left, at time end_ns. */
int pt_pools_finish(struct pt_pools *p, uint64_t end_ns);

uint32_t pt_pools_nr(const struct pt_pools *p);
const struct pt_pool *pt_pools_get(const struct pt_pools *p, uint32_t pool);

/* Dense numbers back to what they stand for. */
uint32_t pt_pools_sites_nr(const struct pt_pools *p);
uint32_t pt_pools_stack(const struct pt_pools *p, uint32_t site);
uint32_t pt_pools_cpus_nr(const struct pt_pools *p);
uint32_t pt_pools_cpu(const struct pt_pools *p, uint16_t cpu);

/* pt_pools_idle() - every idle object's range, in no order; only after pt_pools_finish(). */
void pt_pools_idle(const struct pt_pools *p, void (*each)(void *arg, uint64_t addr, uint64_t bytes), void *arg);

/* Of all pools, now. */
uint64_t pt_pools_idle_bytes(const struct pt_pools *p);

#endif
