/* SPDX-License-Identifier: MIT */
/*
 * sharded.c - a stack of fixed capacity for each processor, under a reader-writer lock.
 *
 * A get looks into its own stack and then into those of the others: with the lock as reader
 * whether there is anything, then as writer to take it. So nobody starves while others hoard, and
 * never more than `capacity` objects are idle in a shard. What does not fit is dropped.
 */
#include <pthread.h>
#include <stdlib.h>

#include "include/pooltrace.h"
#include "inject.h"
#include "mempool.h"

struct stripe {
	_Alignas(128) pthread_rwlock_t lock;
	uint32_t idle_nr;
	struct mempool_object **idle; /* `capacity` of them */
};

struct sharded {
	struct mempool base;
	struct stripe *stripes;
};

static void fini(struct mempool *base)
{
	struct sharded *p = (struct sharded *)base;

	for (uint32_t i = 0; i < base->shards_nr; i++) {
		pthread_rwlock_destroy(&p->stripes[i].lock);
		free(p->stripes[i].idle);
	}
	free(p->stripes);
}

static int init(struct mempool *base)
{
	struct sharded *p = (struct sharded *)base;
	size_t bytes = base->shards_nr * sizeof(*p->stripes);
	bool ok = true;

	p->stripes = aligned_alloc(_Alignof(struct stripe), bytes);
	if (!p->stripes)
		return -1;
	for (uint32_t i = 0; i < base->shards_nr; i++) {
		struct stripe *s = &p->stripes[i];

		*s = (struct stripe){ .idle_nr = 0 };
		pthread_rwlock_init(&s->lock, NULL);
		s->idle = calloc(base->config.capacity, sizeof(*s->idle));
		ok = ok && s->idle;
	}
	if (!ok)
		fini(base);
	return ok ? 0 : -1;
}

static bool has_any(struct stripe *s)
{
	bool any;

	pthread_rwlock_rdlock(&s->lock);
	any = s->idle_nr > 0;
	pthread_rwlock_unlock(&s->lock);
	return any;
}

static struct mempool_object *sharded_get(struct mempool *base, uint32_t shard, size_t bytes)
{
	struct sharded *p = (struct sharded *)base;
	struct mempool_object *o = NULL;

	for (uint32_t i = 0; i < (INJECTED(STEAL_DISABLED) ? 1 : base->shards_nr) && !o; i++) {
		struct stripe *s = &p->stripes[(shard + i) % base->shards_nr];

		if (!has_any(s))
			continue;
		pthread_rwlock_wrlock(&s->lock);
		if (s->idle_nr > 0) {
			o = s->idle[--s->idle_nr];
			s->idle[s->idle_nr] = NULL;
			pooltrace_get(p, o, o->bytes, shard);
			truth_got(&base->truth, shard, o, false);
		}
		pthread_rwlock_unlock(&s->lock);
	}
	if (o)
		return o;
	pooltrace_miss(p, shard);
	truth_miss(&base->truth, shard, mempool_bytes(base, bytes));
	o = mempool_make(base, bytes);
	pooltrace_get(p, o, o->bytes, shard); /* inject: steal-disabled */
	truth_got(&base->truth, shard, o, true);
	return o;
}

static void sharded_put(struct mempool *base, uint32_t shard, struct mempool_object *o)
{
	struct sharded *p = (struct sharded *)base;
	struct stripe *s = &p->stripes[shard];

	pthread_rwlock_wrlock(&s->lock);
	if (s->idle_nr < base->config.capacity) {
		pooltrace_put(p, o, shard);
		truth_put(&base->truth, shard, o);
		s->idle[s->idle_nr++] = o;
		o = NULL;
	}
	pthread_rwlock_unlock(&s->lock);
	if (!o)
		return;
	pooltrace_drop(p, o);
	truth_drop(&base->truth, o);
	mempool_free(o);
}

static struct mempool_object *evict(struct mempool *base, uint32_t shard)
{
	struct stripe *s = &((struct sharded *)base)->stripes[shard];
	struct mempool_object *o = NULL;

	pthread_rwlock_wrlock(&s->lock);
	if (s->idle_nr > 0) {
		o = s->idle[--s->idle_nr];
		s->idle[s->idle_nr] = NULL;
	}
	pthread_rwlock_unlock(&s->lock);
	return o;
}

static bool place(struct mempool *base, uint32_t shard, struct mempool_object *o)
{
	struct stripe *s = &((struct sharded *)base)->stripes[shard];
	bool room;

	pthread_rwlock_wrlock(&s->lock);
	room = s->idle_nr < base->config.capacity;
	if (room)
		s->idle[s->idle_nr++] = o;
	pthread_rwlock_unlock(&s->lock);
	return room;
}

const struct mempool_ops sharded_ops = {
	.name = "sharded",
	.summary = "fixed capacity for each processor, under a reader-writer lock",
	.bound = 1,
	.size = sizeof(struct sharded),
	.init = init,
	.fini = fini,
	.get = sharded_get,
	.put = sharded_put,
	.evict = evict,
	.place = place,
};
