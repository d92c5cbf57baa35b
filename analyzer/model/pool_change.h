/* SPDX-License-Identifier: MIT */
/*
 * pool_change.h - what events did to the objects of annotated pools: all that a pool pass sees.
 *
 * The counterpart of change.h. pools.c turns each event into none, one or several changes and
 * hands them out one by one, in order. Definitions: docs/pools.md.
 *
 * `pool`, `shard` and `site` are dense numbers, from 0; `pool` is a row of the report (all
 * instances of one name), `shard` counts within that pool, `site` is shared by all pools.
 * `thread_row`, `cpu_row` and `site_row` stand for thread, cpu and site, but count within the pool,
 * in the order in which they first occurred there: with arrays by these, memory follows what
 * occurred. struct pt_pool has what they stand for.
 *
 * Of one event come, in this order: what vanished or was destroyed with it (objects in use first,
 * in the order of their gets; then idle ones, as in a purge), then its own change. A purge hands
 * out its objects shard by shard, in the order of their numbers, and within a shard in the order in
 * which they came to lie there.
 */
#ifndef PT_POOL_CHANGE_H
#define PT_POOL_CHANGE_H

#include <stdint.h>

enum pt_pool_change_kind {
	/* idle -> in use. old_*: where it was idle. since_ns: since when. */
	PT_POOL_HIT = 1,
	/* nothing -> in use. */
	PT_POOL_MISS,
	/* in use -> in use of another: a misused get. old_*: the get before. since_ns: of it. */
	PT_POOL_REGOT,
	/* in use -> idle. old_*: the get. since_ns: of it. */
	PT_POOL_PUT,
	/* nothing -> idle, by a foreign put (PT_POOL_FOREIGN set) or by a stock. old_*: as the rest, but
	 * see PT_POOL_OTHER. */
	PT_POOL_STOCKED,
	/* idle, and put again: a misused put; nothing changes. old_*: the put before. */
	PT_POOL_REPUT,
	/* idle -> nothing. shard, old_*: where it was idle; thread, cpu, site: who did it. */
	PT_POOL_LEFT_IDLE,
	/* in use -> nothing. shard, old_*: the get; thread, cpu, site: who did it. */
	PT_POOL_LEFT_USED,
	/* idle in old_shard -> idle in shard; the rest of old_* is the put, and stays it. */
	PT_POOL_MOVED,
	/* bytes were old_bytes. In use or idle: PT_POOL_IDLE. shard and old_*: as in LEFT_*. */
	PT_POOL_RESIZED,
	/* The pool said that its cache is empty. thread, cpu, shard only; old_* the same, no site. */
	PT_POOL_EMPTY,
	/* The trace is over, and the object is idle. As LEFT_IDLE; no transition. */
	PT_POOL_END_IDLE,
	/* The trace is over, and the object is in use. As LEFT_USED; no transition. */
	PT_POOL_END_USED,
};

enum pt_pool_change_flags {
	PT_POOL_STEAL = 1,    /* HIT: it sat in another shard */
	PT_POOL_BY_PURGE = 2, /* LEFT_IDLE: purge, not drop */
	PT_POOL_VANISHED = 4, /* LEFT_*: its memory was freed */
	PT_POOL_DESTROYED = 8, /* LEFT_*: pool_destroy */
	PT_POOL_FOREIGN = 16, /* STOCKED: a misused put */
	PT_POOL_IDLE = 32,    /* RESIZED: the object is idle */
	PT_POOL_ONE_SIZE = 64, /* every instance so far has the same object size: all objects fit */
	PT_POOL_MISS_TOLD = 128, /* MISS: the thread's last EMPTY is the moment to ask at */
	PT_POOL_UNSEEN = 512, /* STOCKED: a put of an object that was got while nothing was recorded */
	PT_POOL_OTHER = 256, /* FOREIGN: another instance knows the object. old_thread, old_cpu, old_site and
			      * since_ns: its get or put (the rows are not) */
};

struct pt_pool_change {
	uint8_t kind;
	uint8_t pad;
	uint16_t flags;
	uint16_t cpu, old_cpu; /* dense */
	uint32_t pool;
	uint32_t shard, old_shard;
	uint32_t thread, old_thread; /* indexes into pt_trace.threads */
	/* dense; stack = pt_pools_stack(). Who did it; of MOVED, RESIZED, END_* and what vanished or was
	 * destroyed, `site` is old_site: nobody asks, or nobody knows. */
	uint32_t site, old_site;
	uint32_t thread_row, old_thread_row;
	uint32_t cpu_row, old_cpu_row;
	uint32_t site_row, old_site_row;
	uint64_t time_ns;	     /* never runs backwards */
	uint64_t since_ns;
	uint64_t addr;
	uint64_t bytes;		/* now, and from now on */
	uint64_t old_bytes;	/* before the event */
	uint64_t created_bytes; /* when it was made */
};

/* 0, or a negative PT_E* that stops the work. */
typedef int pt_pool_change_fn(void *arg, const struct pt_pool_change *c);

#endif
