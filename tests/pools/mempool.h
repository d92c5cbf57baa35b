/* SPDX-License-Identifier: MIT */
/*
 * mempool.h - one face for the pools of the trading-platform case.
 *
 * Each pool is a real one, correct under any mix of threads, and tells what it does by
 * pooltrace.h. Beside each such call stands one of truth.h, which counts the same by other means.
 * A new pool is a file with one struct mempool_ops and a row in mempool.c.
 *
 * Order of the telling, which each pool keeps: a get after the object was taken, a put before
 * others can take it, a drop before its memory is given back, a miss when it was decided.
 */
#ifndef TESTS_MEMPOOL_H
#define TESTS_MEMPOOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "truth.h"

/* The head of each object; the rest of its bytes is the program's. */
struct mempool_object {
	size_t bytes;	/* whole object, this head included */
	size_t room;	/* bytes of its memory block, >= bytes */
	uint32_t shard; /* put: where it sits. got: for which shard */
	uint32_t serial; /* the program's */
	_Atomic uint32_t holder; /* the program's: who has it, 0 = nobody */
	bool used;
	struct mempool_child *children;
	void (*unmake)(struct mempool_object *o); /* the program's: before it is freed; NULL: nothing to do */
	struct mempool_object *prev, *next; /* truth's list of idle objects */
};
#define MEMPOOL_OBJECT_MIN 128u /* bytes; the head fits */

/* What an object points to; it stays when the object is put, unless the program clears it. */
struct mempool_child {
	struct mempool_child *next;
};

struct mempool_config {
	const char *name;      /* in the report */
	uint32_t processors;   /* sharded pools have one cache for each; others have one cache */
	size_t object_bytes;   /* of every object when it is made; 0 = as mempool_get() says */
	uint32_t capacity;     /* objects, of those pools that have a bound: see their files. 0 = 64 */
	bool never_wait;       /* a pool that would block fails instead */
	bool keep_list;	       /* truth knows each idle object; for one thread at a time only */
	/* The program's objects are its own type, zeroed but for their head; NULL: blocks of bytes. */
	struct mempool_object *(*make)(void);
};

struct mempool {
	const struct mempool_ops *ops;
	struct mempool_config config;
	uint32_t shards_nr;
	_Atomic uint64_t waits, failures; /* gets that blocked, that came back empty */
	struct truth truth;
};

struct mempool_ops {
	const char *name;
	const char *summary;
	uint32_t bound; /* idle objects: 0 none, 1 capacity a shard, 2 capacity in all */
	size_t size;	/* bytes of the pool's own struct, which begins with struct mempool */
	/* Fills what lies behind struct mempool and sets shards_nr. 0, or -1: no memory. */
	int (*init)(struct mempool *p);
	void (*fini)(struct mempool *p); /* it is empty by then */
	/* `shard` < shards_nr. `bytes`: of the object if one is made. NULL: only where the pool may fail. */
	struct mempool_object *(*get)(struct mempool *p, uint32_t shard, size_t bytes);
	void (*put)(struct mempool *p, uint32_t shard, struct mempool_object *o);
	void (*gc)(struct mempool *p); /* a garbage collection; NULL: it has no use for one */
	/* Takes out what is idle in the shard, and puts it in there, without telling anybody. */
	struct mempool_object *(*evict)(struct mempool *p, uint32_t shard);
	bool (*place)(struct mempool *p, uint32_t shard, struct mempool_object *o);
};

/* All pools; NULL at the end. mempool_find() - by name, NULL if there is none. */
extern const struct mempool_ops *const mempool_table[];
const struct mempool_ops *mempool_find(const char *name);

/* mempool_open() - NULL: no memory. */
struct mempool *mempool_open(const struct mempool_ops *ops, const struct mempool_config *config);
/* mempool_close() - the pool ends; idle objects are freed, objects in use stay. */
void mempool_close(struct mempool *p);

/* mempool_shard() - the shard of a processor. */
static inline uint32_t mempool_shard(const struct mempool *p, uint32_t processor)
{
	return processor % p->shards_nr;
}

/* mempool_trim() - drops one idle object of a shard. mempool_move() - it goes to another shard.
 * mempool_purge() - drops all of a shard, or of all (POOLTRACE_ALL_SHARDS), told as one; no other
 * thread may use the pool meanwhile. Each returns how many objects. */
unsigned int mempool_trim(struct mempool *p, uint32_t shard);
unsigned int mempool_move(struct mempool *p, uint32_t from, uint32_t to);
unsigned int mempool_purge(struct mempool *p, uint32_t shard);

/* mempool_resize() - an object in use has `bytes` now; in another place if its room is too small. */
struct mempool_object *mempool_resize(struct mempool *p, struct mempool_object *o, size_t bytes);

/* For pools. mempool_make() aborts when there is no memory; `bytes` counts only where sizes vary. */
struct mempool_object *mempool_make(struct mempool *p, size_t bytes);
void mempool_free(struct mempool_object *o);
size_t mempool_bytes(const struct mempool *p, size_t bytes);

/* mempool_keep() - blocks of memory that the object points to. mempool_clear() - frees them. */
void mempool_keep(struct mempool_object *o, unsigned int children, size_t bytes);
void mempool_clear(struct mempool_object *o);

#endif
