/* SPDX-License-Identifier: MIT */
/*
 * ring.c - one bounded queue for all processors, without locks: Dmitry Vyukov's MPMC ring.
 *
 * Each cell carries a sequence number, which says whose turn it is: `at` - free for the push that
 * has index `at`; `at + 1` - filled, for the pop of that index; then `at + cells`. An index is
 * claimed by compare-and-swap; between the claim and the new sequence number the cell belongs to
 * the claimer alone. There events are told, so that the trace never sees more than `cells` idle
 * objects. An empty ring allocates, a full one drops. Cells: `capacity`, as the next power of two.
 */
#include <stdlib.h>

#include "include/pooltrace.h"
#include "mempool.h"

struct cell {
	_Atomic uint64_t sequence;
	struct mempool_object *object;
};

struct ring {
	struct mempool base;
	uint64_t mask;
	struct cell *cells;
	_Alignas(128) _Atomic uint64_t push_at;
	_Alignas(128) _Atomic uint64_t pop_at;
};

static int init(struct mempool *base)
{
	struct ring *r = (struct ring *)base;
	uint64_t cells = 2;

	while (cells < base->config.capacity)
		cells *= 2;
	base->config.capacity = (uint32_t)cells;
	r->mask = cells - 1;
	r->cells = calloc(cells, sizeof(*r->cells));
	if (!r->cells)
		return -1;
	for (uint64_t i = 0; i < cells; i++)
		atomic_init(&r->cells[i].sequence, i);
	pooltrace_shard_name(r, 0, "ring");
	return 0;
}

static void fini(struct mempool *base)
{
	free(((struct ring *)base)->cells);
}

/* The cell of the index that was claimed, whose sequence number must be `ahead` of it; or NULL:
 * full, or empty. */
static struct cell *claim(struct ring *r, _Atomic uint64_t *index, uint64_t ahead, uint64_t *at)
{
	uint64_t now = atomic_load(index);

	for (;;) {
		struct cell *c = &r->cells[now & r->mask];
		int64_t late = (int64_t)(atomic_load(&c->sequence) - (now + ahead));

		if (late < 0)
			return NULL;
		if (late > 0) {
			now = atomic_load(index);
		} else if (atomic_compare_exchange_weak(index, &now, now + 1)) {
			*at = now;
			return c;
		}
	}
}

static struct cell *claim_push(struct ring *r, uint64_t *at)
{
	return claim(r, &r->push_at, 0, at);
}

static struct cell *claim_pop(struct ring *r, uint64_t *at)
{
	return claim(r, &r->pop_at, 1, at);
}

static struct mempool_object *ring_get(struct mempool *base, uint32_t shard, size_t bytes)
{
	struct ring *r = (struct ring *)base;
	struct mempool_object *o;
	uint64_t at;
	struct cell *c = claim_pop(r, &at);

	if (c) {
		o = c->object;
		c->object = NULL; /* what was emptied points at nothing: it would keep the object alive */
		pooltrace_get(r, o, o->bytes, shard);
		truth_got(&base->truth, shard, o, false);
		atomic_store(&c->sequence, at + r->mask + 1);
		return o;
	}
	pooltrace_miss(r, shard);
	truth_miss(&base->truth, shard, mempool_bytes(base, bytes));
	o = mempool_make(base, bytes);
	pooltrace_get(r, o, o->bytes, shard);
	truth_got(&base->truth, shard, o, true);
	return o;
}

static void ring_put(struct mempool *base, uint32_t shard, struct mempool_object *o)
{
	struct ring *r = (struct ring *)base;
	uint64_t at;
	struct cell *c = claim_push(r, &at);

	if (c) {
		pooltrace_put(r, o, shard);
		truth_put(&base->truth, shard, o);
		c->object = o;
		atomic_store(&c->sequence, at + 1);
		return;
	}
	pooltrace_drop(r, o);
	truth_drop(&base->truth, o);
	mempool_free(o);
}

static struct mempool_object *evict(struct mempool *base, uint32_t shard)
{
	struct ring *r = (struct ring *)base;
	struct mempool_object *o;
	uint64_t at;
	struct cell *c = claim_pop(r, &at);

	(void)shard;
	if (!c)
		return NULL;
	o = c->object;
	c->object = NULL;
	atomic_store(&c->sequence, at + r->mask + 1);
	return o;
}

static bool place(struct mempool *base, uint32_t shard, struct mempool_object *o)
{
	struct ring *r = (struct ring *)base;
	uint64_t at;
	struct cell *c = claim_push(r, &at);

	(void)shard;
	if (!c)
		return false;
	c->object = o;
	atomic_store(&c->sequence, at + 1);
	return true;
}

const struct mempool_ops ring_ops = {
	.name = "ring",
	.summary = "one bounded lock-free ring; allocates when empty, drops when full",
	.bound = 2,
	.size = sizeof(struct ring),
	.init = init,
	.fini = fini,
	.get = ring_get,
	.put = ring_put,
	.evict = evict,
	.place = place,
};
