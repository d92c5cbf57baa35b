/* SPDX-License-Identifier: MIT */
/* mempool.c - the table of pools, and what all of them share: making, growing, trimming objects. */
#include "mempool.h"

#include <stdlib.h>
#include <string.h>

#include "include/pooltrace.h"

/* One row a pool. */
#define POOLS(row)            \
	row(syncpool)         \
	row(syncpool_capped)  \
	row(sharded)          \
	row(ring)             \
	row(prealloc)         \
	row(prealloc_failing)

#define DECLARED(pool) extern const struct mempool_ops pool##_ops;
#define LISTED(pool)   &pool##_ops,
POOLS(DECLARED)
const struct mempool_ops *const mempool_table[] = { POOLS(LISTED) NULL };

const struct mempool_ops *mempool_find(const char *name)
{
	for (size_t i = 0; mempool_table[i]; i++)
		if (strcmp(mempool_table[i]->name, name) == 0)
			return mempool_table[i];
	return NULL;
}

struct mempool *mempool_open(const struct mempool_ops *ops, const struct mempool_config *config)
{
	/* Shards lie on cache lines of their own, and so does what holds them. */
	struct mempool *p = aligned_alloc(128, (ops->size + 127) / 128 * 128);

	if (!p)
		return NULL;
	memset(p, 0, ops->size);
	p->ops = ops;
	p->config = *config;
	if (!p->config.capacity)
		p->config.capacity = 64;
	p->shards_nr = ops->bound == 2 ? 1 : config->processors;
	if (truth_init(&p->truth, p->shards_nr, !config->object_bytes, config->keep_list)) {
		free(p);
		return NULL;
	}
	pooltrace_pool_create(p, config->name, config->object_bytes, p->shards_nr);
	if (ops->init(p)) {
		pooltrace_pool_destroy(p);
		truth_fini(&p->truth);
		free(p);
		return NULL;
	}
	return p;
}

void mempool_close(struct mempool *p)
{
	pooltrace_pool_destroy(p);
	for (uint32_t i = 0; i < p->shards_nr; i++)
		for (struct mempool_object *o; (o = p->ops->evict(p, i));)
			mempool_free(o);
	p->ops->fini(p);
	truth_fini(&p->truth);
	free(p);
}

size_t mempool_bytes(const struct mempool *p, size_t bytes)
{
	if (p->config.object_bytes)
		bytes = p->config.object_bytes;
	return bytes < MEMPOOL_OBJECT_MIN ? MEMPOOL_OBJECT_MIN : bytes;
}

static struct mempool_object *make(size_t bytes)
{
	struct mempool_object *o = malloc(bytes);

	if (!o)
		abort();
	memset(o, 0, sizeof(*o));
	o->bytes = o->room = bytes;
	return o;
}

struct mempool_object *mempool_make(struct mempool *p, size_t bytes)
{
	return p->config.make ? p->config.make() : make(mempool_bytes(p, bytes));
}

void mempool_keep(struct mempool_object *o, unsigned int children, size_t bytes)
{
	while (children--) {
		struct mempool_child *child = malloc(bytes < sizeof(*child) ? sizeof(*child) : bytes);

		if (!child)
			abort();
		child->next = o->children;
		o->children = child;
	}
}

void mempool_clear(struct mempool_object *o)
{
	while (o->children) {
		struct mempool_child *child = o->children;

		o->children = child->next;
		free(child);
	}
}

void mempool_free(struct mempool_object *o)
{
	if (o->unmake)
		o->unmake(o);
	mempool_clear(o);
	free(o);
}

unsigned int mempool_trim(struct mempool *p, uint32_t shard)
{
	struct mempool_object *o = p->ops->evict(p, shard);

	if (!o)
		return 0;
	pooltrace_drop(p, o);
	truth_drop(&p->truth, o);
	mempool_free(o);
	return 1;
}

unsigned int mempool_move(struct mempool *p, uint32_t from, uint32_t to)
{
	struct mempool_object *o = p->ops->evict(p, from);

	if (!o)
		return 0;
	pooltrace_move(p, o, to);
	truth_move(&p->truth, to, o);
	if (!p->ops->place(p, to, o)) { /* full */
		pooltrace_drop(p, o);
		truth_drop(&p->truth, o);
		mempool_free(o);
	}
	return 1;
}

unsigned int mempool_purge(struct mempool *p, uint32_t shard)
{
	unsigned int nr = 0;

	pooltrace_purge(p, shard);
	for (uint32_t i = 0; i < p->shards_nr; i++) {
		if (shard != POOLTRACE_ALL_SHARDS && shard != i)
			continue;
		for (struct mempool_object *o; (o = p->ops->evict(p, i)); nr++) {
			truth_purged(&p->truth, o);
			mempool_free(o);
		}
	}
	return nr;
}

struct mempool_object *mempool_resize(struct mempool *p, struct mempool_object *o, size_t bytes)
{
	struct mempool_object *now = o;
	size_t old_bytes = o->bytes;

	bytes = bytes < MEMPOOL_OBJECT_MIN ? MEMPOOL_OBJECT_MIN : bytes;
	if (bytes > o->room) {
		/* Not realloc(): the old block must not be free before its successor is told. */
		now = malloc(bytes);
		if (!now)
			abort();
		memcpy(now, o, old_bytes < bytes ? old_bytes : bytes);
		now->room = bytes;
	}
	now->bytes = bytes;
	pooltrace_resize(p, o, now, bytes);
	truth_resize(&p->truth, old_bytes, now);
	if (now != o)
		free(o);
	return now;
}
