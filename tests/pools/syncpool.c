/* SPDX-License-Identifier: MIT */
/*
 * syncpool.c - Go's sync.Pool (src/sync/pool.go, 1.13 to 1.22), for a number of processors that the
 * caller chooses.
 *
 * Each processor has a private slot, which nobody else ever looks into, and a shared chain. A get looks
 * at: private, own shared (latest first), the shared ones of the others (oldest first), then the
 * victims: own private, all shared. Then it makes an object. A put fills private, else goes to the
 * head of the own shared chain. A collection drops the victims, and makes all that is idle the victims.
 *
 * In Go a goroutine cannot lose its processor within get and put ("pinned"), and a collection stops
 * the world. Here a thread takes the processor for the length of the call, and a collection takes
 * all of them. Stealing needs no more than one's own processor.
 *
 * syncpool-capped: no more than `capacity` idle objects a processor, victims not counted; a put
 * beyond them drops the object.
 */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "chain.h"
#include "include/pooltrace.h"
#include "inject.h"
#include "mempool.h"

struct half {
	struct mempool_object *private_;
	struct chain shared;
};

struct processor {
	_Alignas(128) _Atomic bool taken;
	struct half primary, victim;
	_Atomic uint32_t idle_nr; /* of primary */
};

struct syncpool {
	struct mempool base;
	struct processor *processors;
	uint32_t cap;		     /* objects; UINT32_MAX = none */
	_Atomic uint32_t victims_nr; /* processors whose victims are worth a look */
};

static void pin(struct processor *p)
{
	while (atomic_exchange_explicit(&p->taken, true, memory_order_acquire))
		sched_yield();
}

static void unpin(struct processor *p)
{
	atomic_store_explicit(&p->taken, false, memory_order_release);
}

static int init(struct mempool *base)
{
	struct syncpool *p = (struct syncpool *)base;
	size_t bytes = base->shards_nr * sizeof(*p->processors);
	char name[16];

	p->cap = UINT32_MAX;
	p->processors = aligned_alloc(_Alignof(struct processor), bytes);
	if (!p->processors)
		return -1;
	for (uint32_t i = 0; i < base->shards_nr; i++) {
		p->processors[i] = (struct processor){ .taken = false };
		snprintf(name, sizeof(name), "P%u", i);
		pooltrace_shard_name(p, i, name);
	}
	return 0;
}

static int init_capped(struct mempool *base)
{
	struct syncpool *p = (struct syncpool *)base;
	int r = init(base);

	p->cap = base->config.capacity;
	if (INJECTED(CAP_REMOVED))
		p->cap = UINT32_MAX;
	if (INJECTED(CAP_TOO_SMALL))
		p->cap = 1;
	return r;
}

static void fini(struct mempool *base)
{
	struct syncpool *p = (struct syncpool *)base;

	for (uint32_t i = 0; i < base->shards_nr; i++) {
		chain_fini(&p->processors[i].primary.shared);
		chain_fini(&p->processors[i].victim.shared);
	}
	free(p->processors);
}

/* *from: the processor whose primary half it was in, or NULL: a victim. */
static struct mempool_object *take_slow(struct syncpool *p, uint32_t own, struct processor **from)
{
	uint32_t nr = p->base.shards_nr;
	struct processor *mine = &p->processors[own];
	struct mempool_object *o;

	for (uint32_t i = 0; i < nr; i++) {
		*from = &p->processors[(own + i + 1) % nr];
		o = chain_steal(&(*from)->primary.shared);
		if (o)
			return o;
	}
	*from = NULL;
	if (own >= atomic_load(&p->victims_nr))
		return NULL;
	o = mine->victim.private_;
	if (o) {
		mine->victim.private_ = NULL;
		return o;
	}
	for (uint32_t i = 0; i < nr; i++) {
		o = chain_steal(&p->processors[(own + i) % nr].victim.shared);
		if (o)
			return o;
	}
	/* As in Go: from now on private victims of others are out of reach for them, too. */
	atomic_store(&p->victims_nr, 0);
	return NULL;
}

static struct mempool_object *take(struct syncpool *p, uint32_t shard, struct processor **from)
{
	struct processor *mine = &p->processors[shard];
	struct mempool_object *o = mine->primary.private_;

	*from = mine;
	mine->primary.private_ = NULL;
	if (!o)
		o = chain_pop(&mine->primary.shared);
	return o ? o : take_slow(p, shard, from);
}

static struct mempool_object *syncpool_get(struct mempool *base, uint32_t shard, size_t bytes)
{
	struct syncpool *p = (struct syncpool *)base;
	struct processor *mine = &p->processors[shard], *from;
	struct mempool_object *o;

	pin(mine);
	o = take(p, shard, &from);
	if (o) {
		pooltrace_get(p, o, o->bytes, shard);
		truth_got(&base->truth, shard, o, false);
		if (from)
			atomic_fetch_sub(&from->idle_nr, 1);
		unpin(mine);
		return o;
	}
	pooltrace_miss(p, shard);
	truth_miss(&base->truth, shard, mempool_bytes(base, bytes));
	unpin(mine);
	o = mempool_make(base, bytes);
	pooltrace_get(p, o, o->bytes, shard);
	truth_got(&base->truth, shard, o, true);
	return o;
}

static void give(struct processor *mine, struct mempool_object *o)
{
	atomic_fetch_add(&mine->idle_nr, 1);
	if (!mine->primary.private_)
		mine->primary.private_ = o;
	else
		chain_push(&mine->primary.shared, o);
}

static void syncpool_put(struct mempool *base, uint32_t shard, struct mempool_object *o)
{
	struct syncpool *p = (struct syncpool *)base;
	struct processor *mine = &p->processors[shard];

	pin(mine);
	if (atomic_load(&mine->idle_nr) >= p->cap) { /* thieves only make it less */
		unpin(mine);
		pooltrace_drop(p, o); /* inject: cap-too-small */
		truth_drop(&base->truth, o);
		mempool_free(o);
		return;
	}
	pooltrace_put(p, o, shard); /* inject: cap-removed */
	truth_put(&base->truth, shard, o);
	give(mine, o);
	unpin(mine);
}

static struct mempool_object *evict_half(struct half *h)
{
	struct mempool_object *o = h->private_;

	h->private_ = NULL;
	return o ? o : chain_pop(&h->shared);
}

/* Go's poolCleanup(), with the world stopped. */
static void syncpool_gc(struct mempool *base)
{
	struct syncpool *p = (struct syncpool *)base;
	struct mempool_object *o;
	uint32_t i;

	for (i = 0; i < base->shards_nr; i++)
		pin(&p->processors[i]);
	for (i = 0; i < base->shards_nr; i++) {
		struct processor *q = &p->processors[i];

		while ((o = evict_half(&q->victim))) {
			pooltrace_drop(p, o);
			truth_drop(&base->truth, o);
			mempool_free(o);
		}
		chain_fini(&q->victim.shared);
		q->victim = q->primary;
		q->primary = (struct half){ 0 };
		atomic_store(&q->idle_nr, 0);
	}
	atomic_store(&p->victims_nr, base->shards_nr);
	for (i = 0; i < base->shards_nr; i++)
		unpin(&p->processors[i]);
}

static struct mempool_object *evict(struct mempool *base, uint32_t shard)
{
	struct processor *mine = &((struct syncpool *)base)->processors[shard];
	struct mempool_object *o;

	pin(mine);
	o = evict_half(&mine->primary);
	if (o)
		atomic_fetch_sub(&mine->idle_nr, 1);
	else
		o = evict_half(&mine->victim);
	unpin(mine);
	return o;
}

static bool place(struct mempool *base, uint32_t shard, struct mempool_object *o)
{
	struct syncpool *p = (struct syncpool *)base;
	struct processor *mine = &p->processors[shard];
	bool room;

	pin(mine);
	room = atomic_load(&mine->idle_nr) < p->cap;
	if (room)
		give(mine, o);
	unpin(mine);
	return room;
}

const struct mempool_ops syncpool_ops = {
	.name = "syncpool",
	.summary = "Go's sync.Pool: private slots, shared chains, victims",
	.size = sizeof(struct syncpool),
	.init = init,
	.fini = fini,
	.get = syncpool_get,
	.put = syncpool_put,
	.gc = syncpool_gc,
	.evict = evict,
	.place = place,
};

const struct mempool_ops syncpool_capped_ops = {
	.name = "syncpool-capped",
	.summary = "the same, with a cap on the idle objects of a processor",
	.size = sizeof(struct syncpool),
	.init = init_capped,
	.fini = fini,
	.get = syncpool_get,
	.put = syncpool_put,
	.gc = syncpool_gc,
	.evict = evict,
	.place = place,
};
