/* SPDX-License-Identifier: MIT */
/*
 * brute_pools_snapshot.h - all objects of a pool at one moment, from its changes.
 */
#ifndef BRUTE_POOLS_SNAPSHOT_H
#define BRUTE_POOLS_SNAPSHOT_H

#include "pool_world.h"

#define ALL UINT32_MAX

/* All objects of one pool. */
struct snapshot {
	struct pw_object objects[PW_OBJECTS];
};

static inline void apply(struct snapshot *s, const struct pt_pool_change *c)
{
	struct pw_object *o = &s->objects[c->addr / 4096 - 1];

	switch (c->kind) {
	case PT_POOL_HIT:
	case PT_POOL_MISS:
	case PT_POOL_REGOT:
	case PT_POOL_PUT:
	case PT_POOL_STOCKED:
		*o = (struct pw_object){
			.state = c->kind < PT_POOL_PUT ? PW_USED : PW_IDLE,
			.shard = c->shard,
			.thread = c->thread,
			.cpu = c->cpu,
			.site = c->site,
			.since_ns = c->time_ns,
			.bytes = c->bytes,
			.created_bytes = c->created_bytes,
		};
		break;
	case PT_POOL_MOVED:
		o->shard = c->shard;
		break;
	case PT_POOL_RESIZED:
		o->bytes = c->bytes;
		break;
	case PT_POOL_LEFT_IDLE:
	case PT_POOL_LEFT_USED:
		o->state = PW_NOTHING;
		break;
	}
}

static inline uint64_t sum(const struct snapshot *s, enum pw_state state, uint32_t shard, bool created)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < PW_OBJECTS; i++) {
		const struct pw_object *o = &s->objects[i];

		if (o->state == state && (shard == ALL || o->shard == shard))
			bytes += created ? o->created_bytes : o->bytes;
	}
	return bytes;
}

#endif
