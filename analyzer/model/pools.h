/* SPDX-License-Identifier: MIT */
/*
 * pools.h - annotated pools: events in, changes (pool_change.h) out.
 *
 * Knows each object of each instance: in use or idle, where and since when. Never refuses an
 * event: misuse and what cannot be is a change of its own kind or is counted. Memory: O(objects in
 * use and idle + instances alive + shards + sites), never O(events). Definitions: docs/pools.md.
 *
 * What is decided here, beyond those:
 * - A pool_create where an instance lives ends that one, as a pool_destroy would. Any other event of
 *   an unknown pool, but a destroy, begins an instance; a destroy of an unknown pool is nothing.
 * - pool_shard_name does not make a shard; the name waits for it.
 * - A move to the shard where the object sits is no change. A purge of a shard that never occurred is
 *   nothing.
 * - A realloc that moved the block takes the objects at its start along, with the bytes they have: the
 *   resize that tells of it comes later. It finds them by their new address. An object that the
 *   instance already knows there has vanished; so has one that another is resized onto, and one that
 *   is stocked again.
 * - "Who knows a foreign object": of several instances the one whose object changed last.
 * - Without any pool_create a pool has no one size.
 * - Sizes above 2^48 - 1 count as that. Time never runs backwards.
 */
#ifndef PT_POOLS_H
#define PT_POOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../trace/event.h"
#include "bounds.h"
#include "dense.h"
#include "pool_change.h"

/* Names of pools; all later ones are one row of this name: a program has dozens, and a trace may have
 * millions. */
#define PT_POOLS_MAX 1024u
#define PT_POOL_OTHERS "(others)"

/* A row of the report: all instances of one name. */
struct pt_pool {
	char name[64];	 /* cut to 63 bytes */
	char source[64]; /* "annotated", or the adapter's name that stands before ':' in a name like
			  * "apr:allocator"; the name keeps it */
	uint32_t instances_nr; /* ever */
	uint32_t slots_nr;     /* most at the same time */
	bool one_size;	       /* every instance so far has object_bytes, and it is not 0 */
	uint64_t object_bytes;
	uint64_t stray_drops, stray_moves, stray_resizes;
	struct pt_pool_shard_name *shards; /* by shard number of the changes */
	uint32_t shards_nr;
	/* By rows of the changes: indexes into pt_trace.threads; numbers of CPUs; dense sites. */
	uint32_t *threads, *cpus, *sites;
	uint32_t threads_nr, cpus_nr, sites_nr;
	uint32_t callers_nr; /* of the threads: those with an event of this pool so far, not those that
			      * only freed an object of it */
};

struct pt_pool_shard_name {
	uint32_t slot;
	uint32_t number; /* as the program gave it; PT_SHARD_THREAD (UINT32_MAX): the shard is `thread`'s */
	uint32_t thread; /* index into pt_trace.threads, or UINT32_MAX */
	char name[64];
};

struct pt_pools; /* pools.c */

/* pt_pools_open() - NULL when there is no memory. `sink` gets each change. */
struct pt_pools *pt_pools_open(pt_pool_change_fn *sink, void *arg);
void pt_pools_close(struct pt_pools *p);

/* pt_pools_bound() - before the first event; without it nothing is bounded. */
void pt_pools_bound(struct pt_pools *p, const struct pt_bounds *bounds);

/* pt_pools_left_out() - events that went to a shard, or to a row of the pool, that is not their own. */
uint64_t pt_pools_left_out(const struct pt_pools *p);

/* pt_pools_apply() - one event of kind PT_EV_POOL_FIRST..PT_EV_POOL_LAST, in order. 0, -PT_ENOMEM, or what the
 * sink returned. */
int pt_pools_apply(struct pt_pools *p, const struct pt_event *ev);

/*
 * pt_pools_freed() - the malloc block that starts at `addr` is free now: FREE, or the REALLOC_END
 * (old_addr) of a realloc that moved, or REALLOC_FREED. Objects there vanish, or move along.
 *
 * before_ns: of a FREE: what was got or put at or after this time is not in the block that was freed.
 * May be called for any address. Returns as pt_pools_apply().
 */
int pt_pools_freed(struct pt_pools *p, const struct pt_event *ev, uint64_t addr, uint64_t before_ns);

/*
 * pt_pools_taken() - the block at `addr`, which `thread` is reallocating, was handed out again before its
 * realloc returned (ev: the allocation). Its objects wait out of sight.
 * pt_pools_returned() - that realloc ends now: ev is its REALLOC_END or REALLOC_FREED.
 */
int pt_pools_taken(struct pt_pools *p, const struct pt_event *ev, uint64_t addr, uint32_t thread);
int pt_pools_returned(struct pt_pools *p, const struct pt_event *ev);

/* Whether any pool was ever seen; before that pt_pools_freed() has nothing to do. */
bool pt_pools_any(const struct pt_pools *p);

/* pt_pools_now() - time of the last event, ns. */
uint64_t pt_pools_now(const struct pt_pools *p);

/*
 * pt_pools_prefetch() - a pool event will come soon: asks for what it needs, by way of what was
 * asked for one stage before: the object's entry, the object, its neighbours in its list.
 */
#define PT_POOLS_STAGES 3
void pt_pools_prefetch(const struct pt_pools *p, const struct pt_event *ev, int stage);

/* pt_pools_gap() - events were left out until now: what was known of an object before is no more than a guess. What contradicts
 * it, and an object that nobody has told of, is no misuse: the object is taken for one that was made meanwhile. */
void pt_pools_gap(struct pt_pools *p, uint64_t now_ns);

/* pt_pools_mark() - it is now_ns; returns the time that the next event has at least. */
uint64_t pt_pools_mark(struct pt_pools *p, uint64_t now_ns);

/* pt_pools_finish() - END_* for every object that is left, at time end_ns >= pt_pools_now(). */
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

/* An object that there is now. */
struct pt_pool_known {
	uint64_t addr, bytes; /* bytes 0: the pool told of none */
	uint64_t since_ns;    /* of its get or put */
	uint32_t pool;	      /* for pt_pools_get() */
	uint32_t shard;	      /* its number as the program gave it, or PT_SHARD_THREAD */
	uint32_t stack;	      /* of its get, put or stock: index into pt_trace.stacks; 0 = not known */
	bool idle;
};

/*
 * pt_pools_each() - every object, in no order; but those at one address (of several instances) come one
 * after the other, the one that changed last first. Not those whose memory a realloc has given back
 * before it returned: they have no address.
 *
 * Returns 0, or the first value of `each` that was not 0, which ends it.
 */
int pt_pools_each(const struct pt_pools *p, int (*each)(void *arg, const struct pt_pool_known *o), void *arg);

/* Of all pools, now. */
uint64_t pt_pools_idle_bytes(const struct pt_pools *p);

#endif
