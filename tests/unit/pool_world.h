/* SPDX-License-Identifier: MIT */
/*
 * pool_world.h - changes of annotated pools, by hand or by chance, and the passes over them.
 *
 * Plays the model: keeps each object, so that a test says "put" and the change is whole. All
 * changes are kept, for a brute force to look at them as often as it likes.
 */
#ifndef POOL_WORLD_H
#define POOL_WORLD_H

#include "../../analyzer/passes/pool_passes.h"

#define PW_POOLS   3u
#define PW_SHARDS  5u
#define PW_THREADS 4u
#define PW_CPUS	   3u
#define PW_SITES   6u
#define PW_OBJECTS 256u /* of one pool, alive at a time */

enum pw_state { PW_NOTHING, PW_USED, PW_IDLE };

struct pw_object {
	enum pw_state state;
	uint32_t shard, thread, site; /* of the get or put */
	uint16_t cpu;
	uint64_t since_ns, bytes, created_bytes;
};

struct pw {
	struct pt_pool_change *changes;
	size_t nr, max;
	struct pw_object objects[PW_POOLS][PW_OBJECTS]; /* address = 4096 * (index + 1) */
	bool one_size[PW_POOLS];
	uint64_t now_ns;
	uint64_t end_ns; /* after pw_end() */
	struct pt_pool_limits limits;
	struct pt_thread_info threads[PW_THREADS];
	/* Who does the next thing. */
	uint32_t thread, site;
	uint16_t cpu;
};

struct pw *pw_open(void);
void pw_close(struct pw *w);

void pw_get(struct pw *w, uint32_t pool, uint32_t object, uint64_t bytes, uint32_t shard);
void pw_put(struct pw *w, uint32_t pool, uint32_t object, uint32_t shard);
void pw_stock(struct pw *w, uint32_t pool, uint32_t object, uint64_t bytes, uint32_t shard);
/* flags: PT_POOL_BY_PURGE, PT_POOL_VANISHED, PT_POOL_DESTROYED or 0: a drop. */
void pw_leave(struct pw *w, uint32_t pool, uint32_t object, uint16_t flags);
void pw_move(struct pw *w, uint32_t pool, uint32_t object, uint32_t shard);
void pw_resize(struct pw *w, uint32_t pool, uint32_t object, uint64_t bytes);
void pw_end(struct pw *w, uint64_t end_ns);

/* pw_random() - about `nr` changes; `step_ns`: the longest pause between two. */
struct pw *pw_random(uint64_t seed, size_t nr, uint64_t step_ns);

/* pw_run() - all changes through these passes. End with pt_report_fini(). */
void pw_run(const struct pw *w, const struct pt_pool_pass *const *passes, struct pt_report *out);

/* What CPU the changes' number stands for. */
uint32_t pw_cpu(uint16_t number);

uint64_t pw_chance(uint64_t *seed);

#endif
