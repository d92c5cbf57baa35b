/* SPDX-License-Identifier: MIT */
/*
 * brute_model.h - annotated pools once more, in the most obvious way, from events.
 *
 * Keeps a list of objects and walks all of it for every question; sums are taken anew after each
 * event. Random scripts to feed it and the model with. Definitions: docs/pools.md.
 */
#ifndef BRUTE_MODEL_H
#define BRUTE_MODEL_H

#include "../../analyzer/trace/event.h"
#include "../../analyzer/result/report.h"

#define BM_EVENTS  400u
#define BM_POOLS   3u /* addresses of pools; names "a", "b", and by address */
#define BM_NAMES   5u
#define BM_THREADS 4u
#define BM_CPUS	   3u
#define BM_STACKS  6u
#define BM_SHARDS  64u /* of one name */
#define BM_OBJECTS 64u
#define BM_KEYS	   64u

enum { BM_SHARD, BM_THREAD, BM_CPU, BM_STACK, BM_WHOLE, BM_BY };

struct bm_object {
	int state; /* 0 nothing, 1 in use, 2 idle */
	uint64_t addr, bytes, created, since_ns, order;
	bool moved;
	uint32_t instance;
	uint32_t key[BM_BY]; /* shard; thread, cpu and stack of the get or put; 0 */
};

struct bm_instance {
	bool alive;
	uint32_t pool, slot;
	uint64_t addr, bytes;
};

struct bm_cell {
	uint64_t objects, bytes;
};

struct bm_pool {
	char name[64];
	uint32_t instances_nr, creates_nr, slots_nr;
	bool one_size;
	uint64_t size, stray_drops, stray_moves, stray_resizes;
	uint32_t shards_nr, slot[BM_SHARDS], number[BM_SHARDS], thread[BM_SHARDS];
	bool called[BM_THREADS];
	struct pt_pool_row row[BM_BY][BM_KEYS];
	__extension__ unsigned __int128 hoard[BM_BY][BM_KEYS];
	uint64_t peak_held, peak_held_ns, peak_in_use, peak_in_use_ns;
	struct bm_cell stranded[3][BM_KEYS][BM_KEYS]; /* by shard, thread, CPU */
	struct bm_cell flow[BM_SHARDS][BM_SHARDS], flow_thread[BM_THREADS][BM_THREADS];
	uint64_t misuse[PT_MISUSE_NR], others_known;
};

/* What a pool_miss saw: all objects at that moment. */
struct bm_told {
	bool valid;
	uint32_t instance, shard, cpu, others;
	struct bm_object objects[BM_OBJECTS];
};

struct bm {
	struct bm_pool pools[BM_NAMES];
	uint32_t pools_nr;
	struct bm_instance instances[BM_EVENTS];
	uint32_t instances_nr;
	struct bm_object objects[BM_OBJECTS];
	struct bm_told told[BM_THREADS];
	uint64_t now_ns, orders;
};

/* bm_script() - events that follow from `seed`; returns how many. */
size_t bm_script(uint64_t seed, struct pt_event out[BM_EVENTS]);

/* bm_play() - all of them. `b` must be all zero. */
void bm_play(struct bm *b, const struct pt_event *events, size_t nr);

#endif
