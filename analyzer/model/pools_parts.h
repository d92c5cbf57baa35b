/* SPDX-License-Identifier: MIT */
/*
 * pools_parts.h - what the files of the pool model share; nobody else includes it.
 *
 * pool_events.c says what each event does to an object, pool_leave.c how objects end or are carried
 * along by malloc, pool_names.c knows pools, instances, shards and who has called.
 */
#ifndef PT_POOLS_PARTS_H
#define PT_POOLS_PARTS_H

#include <uthash.h>

#include "../../format/error.h"
#include "../../format/layout.h"
#include "pairs.h"
#include "pool_objects.h"
#include "pools.h"

/* A pool that lives. */
struct pt_instance {
	uint64_t addr;
	uint64_t object_bytes; /* 0 = they vary, or not known */
	uint32_t number;       /* in pt_pools.instances; of an object; given out again */
	uint32_t pool;
	uint32_t slot, slot_id;
	uint32_t filled;	    /* shards with idle objects: a list, + 1 */
	uint64_t serial;	    /* never given out again */
	struct pt_pool_list in_use; /* in the order of their gets */
	UT_hash_handle hh;
};

/* Of one shard; by its number. */
struct pt_shard_state {
	struct pt_pool_list idle; /* in the order in which they came to lie here */
	uint32_t filled_next, filled_prev; /* of the instance's filled ones, + 1 */
};

struct pt_pool_private {
	struct pt_pool pub;
	uint32_t number;
	uint32_t creates_nr;
	struct pt_shard_state *shards; /* as pub.shards */
	uint32_t shards_max, threads_max, called_max, cpus_max, sites_max;
	bool *called;	    /* by thread row: counted in callers_nr */
	uint32_t *slot_ids; /* by slot */
	uint64_t *slots_used; /* bits, by slot */
	uint32_t slots_max;   /* a multiple of 64 */
	uint32_t slot_hint;   /* none below it is free */
	UT_hash_handle hh;
};

/* Where a shard is or will be: one for each (slot, number) and (slot, thread) that was named or used. */
struct pt_place {
	uint32_t shard; /* of the pool; PT_PAIR_NONE until it occurs */
	bool others;	/* of those for which there was no place */
	char *name;	/* NULL = none */
};

/* Who does it. */
struct pt_caller {
	uint32_t thread, cpu, site;
	uint32_t thread_row, cpu_row, site_row;
};

/* The last event of a thread, if it was a pool_miss. */
struct pt_last_miss {
	uint64_t instance; /* serial, 0 = it was not */
	uint32_t shard;
};

struct pt_pools {
	struct pt_pool_objects objects;
	struct pt_pool_private **pools; /* by number */
	struct pt_pool_private *by_name;
	uint32_t pools_nr, pools_max;
	struct pt_instance **instances; /* by number; NULL = free */
	struct pt_instance *by_addr;
	struct pt_instance *last; /* the instance of the last event, or NULL */
	uint32_t instances_nr, instances_max;
	uint32_t *free_instances;
	uint32_t free_instances_nr;
	uint64_t serials;
	uint32_t slot_ids_nr;
	struct pt_pairs by_number, by_thread; /* (slot id, number or thread) -> place */
	struct pt_place *places;
	uint32_t places_nr, places_max;
	struct pt_pairs thread_rows, cpu_rows, site_rows; /* (pool, ...) -> row */
	struct pt_dense cpus, sites;
	struct pt_last_miss *misses; /* by thread */
	uint32_t misses_max;
	uint32_t *scratch; /* of a purge of all shards */
	uint32_t scratch_max;
	struct pt_caller caller; /* of the event */
	struct pt_bounds bounds;
	uint64_t rows_left_out, shards_left_out; /* events */
	uint64_t gap_ns; /* of the latest gap; 0 = there was none */
	uint64_t now_ns, idle_bytes;
	pt_pool_change_fn *sink;
	void *sink_arg;
};

static inline struct pt_instance *pt_instance_of(const struct pt_pools *p, const struct pt_pool_object *o)
{
	return p->instances[o->instance];
}

/* pt_pools_room() - `array` with room for element `i`, what is new zeroed; NULL = no memory. */
void *pt_pools_room(void *array, uint32_t *max, uint32_t i, size_t element_bytes);

/* pool_names.c. Those that return int: 0 or -PT_ENOMEM. */

/* pt_instance_find() - the living instance at an address, or NULL. */
struct pt_instance *pt_instance_find(struct pt_pools *p, uint64_t addr);

/* pt_instance_begin() - name NULL: never created, called by its address. NULL = no memory. */
struct pt_instance *pt_instance_begin(struct pt_pools *p, uint64_t addr, const char *name, uint64_t bytes);

/* pt_instance_end() - it has no object any more. */
void pt_instance_end(struct pt_pools *p, struct pt_instance *inst);

/* pt_pool_shard() - the shard that an event names. `make`: it occurs here; else PT_PAIR_NONE when it never
 * did. */
int pt_pool_shard(struct pt_pools *p, struct pt_instance *inst, const struct pt_event *ev, bool make,
		  uint32_t *shard);
int pt_pool_shard_name(struct pt_pools *p, struct pt_instance *inst, const struct pt_event *ev);

/* pt_caller_of() - who runs the event, in rows of the pool. pt_caller_site() - and from where. */
int pt_caller_of(struct pt_pools *p, struct pt_pool_private *pool, const struct pt_event *ev);
int pt_caller_site(struct pt_pools *p, struct pt_pool_private *pool, const struct pt_event *ev);

/* pt_caller_called() - it is an event of this pool, not only a free. */
void pt_caller_called(struct pt_pools *p, struct pt_pool_private *pool);

void pt_pool_names_fini(struct pt_pools *p);

/* pool_leave.c */

/* pt_pool_change_of() - a change of the object, as it is, by the caller. */
void pt_pool_change_of(const struct pt_pools *p, const struct pt_pool_object *o, enum pt_pool_change_kind kind,
		       struct pt_pool_change *c);

/* Into and out of the list that its state says. */
void pt_pool_link(struct pt_pools *p, struct pt_pool_object *o);
void pt_pool_unlink(struct pt_pools *p, struct pt_pool_object *o);

/* pt_pool_leave() - it leaves; `flags`: why. 0, or what the sink returned. */
int pt_pool_leave(struct pt_pools *p, struct pt_pool_object *o, uint16_t flags);

/* pt_pool_purge() - all idle ones of a shard, or with PT_SHARD_ALL of the instance, leave. */
int pt_pool_purge(struct pt_pools *p, struct pt_instance *inst, uint32_t shard, uint16_t flags);

/* pt_pool_destroy() - all objects leave, and the instance ends. */
int pt_pool_destroy(struct pt_pools *p, struct pt_instance *inst);

#endif
