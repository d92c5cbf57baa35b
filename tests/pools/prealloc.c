/* SPDX-License-Identifier: MIT */
/*
 * prealloc.c - `capacity` objects made in advance, and never another one.
 *
 * When none is left a get waits for a put; of prealloc-failing, or with never_wait, it returns
 * NULL. One stock for all processors, latest put first.
 */
#include <pthread.h>
#include <stdlib.h>

#include "include/pooltrace.h"
#include "mempool.h"

struct prealloc {
	struct mempool base;
	pthread_mutex_t lock;
	pthread_cond_t came_back;
	uint32_t idle_nr;
	struct mempool_object **idle; /* `capacity` of them */
};

static int init(struct mempool *base)
{
	struct prealloc *p = (struct prealloc *)base;

	p->idle = calloc(base->config.capacity, sizeof(*p->idle));
	if (!p->idle)
		return -1;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->came_back, NULL);
	pooltrace_shard_name(p, 0, "stock");
	while (p->idle_nr < base->config.capacity) {
		struct mempool_object *o = mempool_make(base, TRUTH_CLASS_BYTES * (TRUTH_CLASSES - 1));

		pooltrace_stock(p, o, o->bytes, 0);
		truth_stock(&base->truth, 0, o);
		p->idle[p->idle_nr++] = o;
	}
	return 0;
}

static int init_failing(struct mempool *base)
{
	base->config.never_wait = true;
	return init(base);
}

static void fini(struct mempool *base)
{
	struct prealloc *p = (struct prealloc *)base;

	pthread_cond_destroy(&p->came_back);
	pthread_mutex_destroy(&p->lock);
	free(p->idle);
}

static struct mempool_object *prealloc_get(struct mempool *base, uint32_t shard, size_t bytes)
{
	struct prealloc *p = (struct prealloc *)base;
	struct mempool_object *o = NULL;

	(void)bytes; /* where sizes vary, those in advance are of the largest */
	pthread_mutex_lock(&p->lock);
	if (p->idle_nr == 0 && !base->config.never_wait)
		atomic_fetch_add(&base->waits, 1);
	while (p->idle_nr == 0 && !base->config.never_wait)
		pthread_cond_wait(&p->came_back, &p->lock);
	if (p->idle_nr > 0) {
		o = p->idle[--p->idle_nr];
		p->idle[p->idle_nr] = NULL;
		pooltrace_get(p, o, o->bytes, shard);
		truth_got(&base->truth, shard, o, false);
	} else {
		atomic_fetch_add(&base->failures, 1);
	}
	pthread_mutex_unlock(&p->lock);
	return o;
}

/* More than there were in advance cannot come back. */
static bool give(struct prealloc *p, struct mempool_object *o)
{
	if (p->idle_nr == p->base.config.capacity)
		return false;
	p->idle[p->idle_nr++] = o;
	pthread_cond_signal(&p->came_back);
	return true;
}

static void prealloc_put(struct mempool *base, uint32_t shard, struct mempool_object *o)
{
	struct prealloc *p = (struct prealloc *)base;

	pthread_mutex_lock(&p->lock);
	pooltrace_put(p, o, shard);
	truth_put(&base->truth, shard, o);
	if (!give(p, o))
		abort();
	pthread_mutex_unlock(&p->lock);
}

static struct mempool_object *evict(struct mempool *base, uint32_t shard)
{
	struct prealloc *p = (struct prealloc *)base;
	struct mempool_object *o = NULL;

	(void)shard;
	pthread_mutex_lock(&p->lock);
	if (p->idle_nr > 0) {
		o = p->idle[--p->idle_nr];
		p->idle[p->idle_nr] = NULL;
	}
	pthread_mutex_unlock(&p->lock);
	return o;
}

static bool place(struct mempool *base, uint32_t shard, struct mempool_object *o)
{
	struct prealloc *p = (struct prealloc *)base;
	bool room;

	(void)shard;
	pthread_mutex_lock(&p->lock);
	room = give(p, o);
	pthread_mutex_unlock(&p->lock);
	return room;
}

const struct mempool_ops prealloc_ops = {
	.name = "prealloc",
	.summary = "made in advance; a get waits when none is left",
	.bound = 2,
	.size = sizeof(struct prealloc),
	.init = init,
	.fini = fini,
	.get = prealloc_get,
	.put = prealloc_put,
	.evict = evict,
	.place = place,
};

const struct mempool_ops prealloc_failing_ops = {
	.name = "prealloc-failing",
	.summary = "made in advance; a get fails when none is left",
	.bound = 2,
	.size = sizeof(struct prealloc),
	.init = init_failing,
	.fini = fini,
	.get = prealloc_get,
	.put = prealloc_put,
	.evict = evict,
	.place = place,
};
