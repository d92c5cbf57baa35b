// SPDX-License-Identifier: MIT
/*
 * cut.c - blocks and objects into one array by address, then what lies in what.
 *
 * Blocks come ascending out of the index; objects are sorted, and both are merged from the end of
 * the array that the blocks are in already.
 */
#include "cut.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "graph.h"

/* What pools know at one address. */
struct object {
	struct pt_pool_known known; /* of the pool whose it is; bytes: the most of any */
};

struct taking {
	struct pt_cut *cut;
	const struct pt_heap *heap;
	struct object *objects;
	size_t objects_nr, objects_max, idle_nr;
	size_t blocks_nr, filled; /* filled: the last place of nodes[] that is taken */
	int error;
};

static void count_block(void *arg, const struct pt_block *b)
{
	struct taking *t = arg;

	t->blocks_nr += b->state != PT_BLOCK_IDLE;
}

static void take_block(void *arg, const struct pt_block *b)
{
	struct taking *t = arg;
	struct pt_cut_node *n;

	if (b->state == PT_BLOCK_IDLE)
		return;
	n = &t->cut->nodes[++t->filled];
	memset(n, 0, sizeof(*n));
	n->addr = b->addr;
	n->bytes = b->size_bytes;
	n->block = 1;
	n->pool = PT_CUT_NO_POOL;
	n->stack = t->heap->sites.keys[b->site];
}

/* Of several at one address, which come one after the other: an idle one goes before those in use. */
static int take_object(void *arg, const struct pt_pool_known *o)
{
	struct taking *t = arg;
	struct object *last = t->objects_nr ? &t->objects[t->objects_nr - 1] : NULL;

	if (last && last->known.addr == o->addr) {
		uint64_t bytes = last->known.bytes > o->bytes ? last->known.bytes : o->bytes;

		if (o->idle && !last->known.idle)
			last->known = *o;
		last->known.bytes = bytes;
		return 0;
	}
	if (t->objects_nr == t->objects_max) {
		size_t max = t->objects_max ? 2 * t->objects_max : 1024;
		struct object *grown = reallocarray(t->objects, max, sizeof(*grown));

		if (!grown)
			return -PT_ENOMEM;
		t->objects = grown;
		t->objects_max = max;
	}
	t->objects[t->objects_nr++].known = *o;
	return 0;
}

static int by_addr(const void *a, const void *b)
{
	const struct object *x = a, *y = b;

	return x->known.addr < y->known.addr ? -1 : x->known.addr > y->known.addr;
}

static uint64_t node_end(const struct pt_cut_node *n)
{
	return pt_extent_end(n->addr, n->bytes);
}

/* Whether an object but that at its start lies in the block; `next`: the first above its start. */
static bool holds_object(const struct taking *t, const struct pt_cut_node *block, size_t next)
{
	uint64_t end = node_end(block);

	for (; next < t->objects_nr && t->objects[next].known.addr < end; next++) {
		if (pt_extent_end(t->objects[next].known.addr, t->objects[next].known.bytes) <= end)
			return true;
	}
	return false;
}

/* The object's node at n; its idle entry gets its number when the place is final. */
static void put_object(struct taking *t, struct pt_cut_node *n, const struct object *o)
{
	n->addr = o->known.addr;
	if (o->known.bytes > n->bytes || !n->block)
		n->bytes = o->known.bytes ? o->known.bytes : 1;
	n->state = o->known.idle ? PT_CUT_IDLE : PT_CUT_IN_USE;
	n->pool = o->known.pool;
	if (o->known.idle) {
		struct pt_cut_idle *idle = &t->cut->idle[--t->idle_nr];

		n->idle = (uint32_t)t->idle_nr;
		idle->put_stack = o->known.stack;
		idle->shard = o->known.shard;
		idle->since_ns = o->known.since_ns;
	}
}

/* A block with other objects inside, and the object at its start: the longer one goes first. */
static void put_both(struct taking *t, struct pt_cut_node *at, const struct pt_cut_node *block,
		     const struct object *o)
{
	struct object sized = *o;
	bool object_first;

	if (!sized.known.bytes)
		sized.known.bytes = block->bytes;
	object_first = sized.known.bytes > block->bytes;
	memset(at, 0, 2 * sizeof(*at));
	put_object(t, &at[!object_first], &sized);
	at[object_first] = *block;
}

/* Where each block and object goes, from the last down. nodes[0] stays free: what is merged into one
 * node leaves holes at the start, which are closed. */
static void merge(struct taking *t)
{
	struct pt_cut *c = t->cut;
	size_t b = t->blocks_nr, o = t->objects_nr, at = t->blocks_nr + t->objects_nr + 1;

	while (o) {
		const struct object *object = &t->objects[o - 1];
		struct pt_cut_node block = c->nodes[b];

		if (b && block.addr > object->known.addr) {
			c->nodes[--at] = block;
			b--;
		} else if (b && block.addr == object->known.addr) {
			if (holds_object(t, &block, o)) {
				at -= 2;
				put_both(t, &c->nodes[at], &block, object);
			} else {
				c->nodes[--at] = block;
				put_object(t, &c->nodes[at], object);
			}
			b--;
			o--;
		} else {
			memset(&c->nodes[--at], 0, sizeof(c->nodes[at]));
			put_object(t, &c->nodes[at], object);
			o--;
		}
	}
	c->nodes_nr = (uint32_t)(t->blocks_nr + t->objects_nr + 1);
	if (at > b + 1) {
		memmove(&c->nodes[b + 1], &c->nodes[at], (c->nodes_nr - at) * sizeof(*c->nodes));
		c->nodes_nr -= (uint32_t)(at - b - 1);
	}
}

/* What lies in what; of two that overlap the first ends where the second starts. */
static void nest(struct pt_cut *c)
{
	uint32_t around = 0;

	for (uint32_t i = 1; i < c->nodes_nr; i++) {
		struct pt_cut_node *n = &c->nodes[i];

		while (around && node_end(&c->nodes[around]) < node_end(n)) {
			struct pt_cut_node *before = &c->nodes[around];

			if (node_end(before) > n->addr)
				before->bytes = n->addr - before->addr;
			around = before->around;
		}
		while (around && node_end(&c->nodes[around]) <= n->addr)
			around = c->nodes[around].around;
		n->around = around;
		if (!n->block)
			n->stack = c->nodes[around].stack;
		if (n->state == PT_CUT_IDLE)
			c->idle[n->idle].node = i;
		around = i;
	}
	for (uint32_t i = 1; i < c->nodes_nr; i++)
		c->nodes[i].shallow_bytes = c->nodes[i].bytes;
	for (uint32_t i = 1; i < c->nodes_nr; i++) {
		struct pt_cut_node *outer = &c->nodes[c->nodes[i].around];
		uint64_t bytes = c->nodes[i].bytes;

		if (c->nodes[i].around)
			outer->shallow_bytes -= bytes < outer->shallow_bytes ? bytes : outer->shallow_bytes;
	}
}

int pt_cut_take(struct pt_cut *c, const struct pt_heap *heap, const struct pt_pools *pools, uint64_t time_ns)
{
	struct taking t = { .cut = c, .heap = heap };
	int r = pools ? pt_pools_each(pools, take_object, &t) : 0;

	memset(c, 0, sizeof(*c));
	c->time_ns = time_ns;
	pt_index_each(&heap->index, count_block, &t);
	if (!r && t.blocks_nr + t.objects_nr >= PT_GRAPH_NODES_MAX)
		r = -PT_EINVAL;
	for (size_t i = 0; i < t.objects_nr; i++)
		t.idle_nr += t.objects[i].known.idle;
	c->idle_nr = (uint32_t)t.idle_nr;
	if (!r) {
		c->nodes = malloc((t.blocks_nr + t.objects_nr + 1) * sizeof(*c->nodes));
		c->idle = calloc(t.idle_nr + 1, sizeof(*c->idle));
		r = c->nodes && c->idle ? 0 : -PT_ENOMEM;
	}
	if (!r) {
		memset(c->nodes, 0, sizeof(*c->nodes));
		pt_index_ascending(&heap->index, take_block, &t);
		if (t.objects_nr)
			qsort(t.objects, t.objects_nr, sizeof(*t.objects), by_addr);
		merge(&t);
		nest(c);
	} else {
		pt_cut_fini(c);
	}
	free(t.objects);
	return r;
}

void pt_cut_fini(struct pt_cut *c)
{
	free(c->nodes);
	free(c->idle);
	memset(c, 0, sizeof(*c));
}

uint32_t pt_cut_at(const struct pt_cut *c, uint64_t addr)
{
	uint32_t low = 0, high = c->nodes_nr; /* the last that starts at or below is in [low, high) */

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (c->nodes[middle].addr <= addr)
			low = middle;
		else
			high = middle;
	}
	while (low && node_end(&c->nodes[low]) <= addr)
		low = c->nodes[low].around;
	return low;
}
