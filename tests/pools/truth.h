/* SPDX-License-Identifier: MIT */
/*
 * truth.h - what really happened in a pool, counted by its own atomics.
 *
 * What a trace's report is compared with, so nothing here comes from the recorder. Each call stands
 * beside the annotation of the same event. All but the list may be called by any threads at once;
 * then peaks are off by what those threads had under way.
 */
#ifndef TESTS_TRUTH_H
#define TESTS_TRUTH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TRUTH_CLASS_BYTES 64u /* where sizes vary, each is a multiple of this ... */
#define TRUTH_CLASSES	  65u /* ... and is below this times it */

struct mempool_object;

struct truth_shard {
	_Atomic uint64_t gets, puts, hits, misses, steals, drops, stranded_misses;
	_Atomic int64_t idle_objects, idle_bytes, peak_idle_objects;
	_Atomic int32_t idle_of_class[TRUTH_CLASSES]; /* only where sizes vary */
};

struct truth {
	uint32_t shards_nr;
	bool sizes_vary, keep_list;
	_Atomic uint64_t made, stocked, dropped, purged, vanished;
	_Atomic uint64_t reputs, regets, foreign_puts; /* misuse */
	_Atomic int64_t in_use_bytes, held_bytes, in_use_objects, held_objects;
	_Atomic int64_t peak_in_use_bytes, peak_held_bytes;
	struct truth_shard *shards;
	struct mempool_object *idle; /* keep_list: latest put first */
};

/* truth_init() - 0, or -1: no memory. */
int truth_init(struct truth *t, uint32_t shards_nr, bool sizes_vary, bool keep_list);
void truth_fini(struct truth *t);

void truth_miss(struct truth *t, uint32_t shard, size_t bytes);
void truth_got(struct truth *t, uint32_t shard, struct mempool_object *o, bool made);
void truth_put(struct truth *t, uint32_t shard, struct mempool_object *o);
void truth_stock(struct truth *t, uint32_t shard, struct mempool_object *o);
void truth_drop(struct truth *t, struct mempool_object *o); /* in use or idle */
void truth_purged(struct truth *t, struct mempool_object *o);
void truth_move(struct truth *t, uint32_t shard, struct mempool_object *o);
/* `o` has its new size. */
void truth_resize(struct truth *t, size_t old_bytes, struct mempool_object *o);

/* Events that happened outside of the pool's own code: misuse. */
void truth_foreign_put(struct truth *t, uint32_t shard, size_t bytes);
void truth_foreign_gone(struct truth *t, uint32_t shard, size_t bytes, bool dropped);
void truth_foreign_purged(struct truth *t, uint32_t shard, size_t bytes);
void truth_reput(struct truth *t, uint32_t shard);
void truth_reget(struct truth *t, uint32_t shard, struct mempool_object *o);

/* truth_sum() - of a counter over all shards, such as truth_sum(t, offsetof(struct truth_shard, gets)). */
uint64_t truth_sum(const struct truth *t, size_t offset);
#define TRUTH_SUM(t, counter) truth_sum(t, offsetof(struct truth_shard, counter))

#endif
