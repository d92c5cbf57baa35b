/* SPDX-License-Identifier: MIT */
/* graph_oracle_world.c - docs/graph.md, "Nodes" and "Edges", in so many words. */
#include "graph_oracle.h"

#include <stdlib.h>
#include <string.h>

static uint64_t max(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static const struct extent *block_at(const struct truth *t, uint64_t addr)
{
	for (size_t i = 0; i < t->blocks_nr; i++)
		if (t->blocks[i].addr == addr)
			return &t->blocks[i];
	return NULL;
}

/* "told without a size: those of the block that starts there, else 1" */
static uint64_t bytes_of(const struct truth *t, const struct object *o)
{
	const struct extent *block = block_at(t, o->addr);

	if (o->bytes)
		return o->bytes;
	return block ? block->bytes : 1;
}

/* Objects of several pools at one address are one: the first of them is told everything, the others nothing. */
static bool is_first(const struct truth *t, size_t object)
{
	for (size_t i = 0; i < object; i++)
		if (t->objects[i].addr == t->objects[object].addr)
			return false;
	return true;
}

static struct node object_node(const struct truth *t, uint64_t addr)
{
	struct node n = { .addr = addr };
	uint64_t order = 0;

	for (size_t i = 0; i < t->objects_nr; i++) {
		const struct object *o = &t->objects[i];

		if (o->addr != addr)
			continue;
		n.bytes = max(n.bytes, bytes_of(t, o));
		if (n.pool && (n.idle != o->idle ? n.idle : o->order < order))
			continue;
		n.pool = o->pool;
		n.idle = o->idle;
		order = o->order;
	}
	return n;
}

/* Whether an object but that at its start lies inside the block. */
static bool holds_another(const struct truth *t, const struct extent *block)
{
	for (size_t i = 0; i < t->objects_nr; i++) {
		uint64_t addr = t->objects[i].addr, end = addr + object_node(t, addr).bytes;

		if (addr > block->addr && end <= block->addr + max(block->bytes, 1))
			return true;
	}
	return false;
}

static void add_node(struct world *w, struct node n)
{
	n.end = n.addr + max(n.bytes, 1);
	n.around = NOBODY;
	w->nodes[w->nodes_nr++] = n;
}

/* By address, the longer first; of a block and an object that are the same the block. */
static int outer_first(const void *a, const void *b)
{
	const struct node *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	if (x->end != y->end)
		return x->end > y->end ? -1 : 1;
	return (x->pool != NULL) - (y->pool != NULL);
}

static void make_nodes(const struct truth *t, struct world *w)
{
	for (size_t i = 0; i < t->blocks_nr; i++) {
		const struct extent *b = &t->blocks[i];
		struct node object = object_node(t, b->addr), block = { .addr = b->addr, .bytes = b->bytes };

		if (!object.pool) {
			add_node(w, block);
		} else if (holds_another(t, b)) {
			add_node(w, block);
			add_node(w, object);
		} else {
			object.bytes = max(object.bytes, block.bytes);
			add_node(w, object);
		}
	}
	for (size_t i = 0; i < t->objects_nr; i++)
		if (is_first(t, i) && !block_at(t, t->objects[i].addr))
			add_node(w, object_node(t, t->objects[i].addr));
	qsort(w->nodes, w->nodes_nr, sizeof(*w->nodes), outer_first);
}

/* Of two that overlap the first ends where the second starts. */
static void part_nodes(struct world *w)
{
	for (size_t i = 0; i < w->nodes_nr; i++)
		for (size_t j = i + 1; j < w->nodes_nr; j++)
			if (w->nodes[j].addr < w->nodes[i].end && w->nodes[j].end > w->nodes[i].end) {
				w->nodes[i].end = w->nodes[j].addr;
				w->nodes[i].bytes = w->nodes[i].end - w->nodes[i].addr;
			}
}

/* The innermost of the first `nr` nodes that covers [addr, end). */
static size_t node_around(const struct world *w, size_t nr, uint64_t addr, uint64_t end)
{
	while (nr--)
		if (w->nodes[nr].addr <= addr && end <= w->nodes[nr].end)
			return nr;
	return NOBODY;
}

static void nest_nodes(struct world *w)
{
	for (size_t i = 0; i < w->nodes_nr; i++)
		w->nodes[i].around = node_around(w, i, w->nodes[i].addr, w->nodes[i].end);
	for (size_t i = 0; i < w->nodes_nr; i++) {
		w->nodes[i].shallow_bytes += w->nodes[i].bytes;
		if (w->nodes[i].around != NOBODY)
			w->nodes[w->nodes[i].around].shallow_bytes -= w->nodes[i].bytes;
	}
}

static void add_word(struct world *w, size_t from, uint64_t offset, uint64_t value)
{
	size_t to = node_around(w, w->nodes_nr, value, value + 1);

	if (to == NOBODY || to == from)
		return;
	w->nodes[to].words++;
	w->edges[w->edges_nr++] =
		(struct edge){ from, to, offset, value != w->nodes[to].addr, false };
}

static bool in_zone(const struct truth *t, uint64_t place)
{
	for (size_t i = 0; i < t->zones_nr; i++)
		if (t->zones[i].addr <= place && place < t->zones[i].addr + t->zones[i].bytes)
			return true;
	return false;
}

static void make_edges(const struct truth *t, struct world *w)
{
	for (size_t i = 0; i < t->words_nr; i++) {
		uint64_t place = t->words[i].place;
		size_t from = node_around(w, w->nodes_nr, place, place + 1);

		if (from != NOBODY)
			add_word(w, from, place - w->nodes[from].addr, t->words[i].value);
		else if (in_zone(t, place))
			add_word(w, NOBODY, 0, t->words[i].value);
	}
	for (size_t i = 0; i < t->registers_nr; i++)
		add_word(w, NOBODY, 0, t->registers[i]);
	for (size_t i = 0; i < w->nodes_nr; i++) {
		size_t around = w->nodes[i].around;

		if (w->nodes[i].idle) /* its pool holds it */
			w->edges[w->edges_nr++] = (struct edge){ NOBODY, i, 0, false, true };
		if (around == NOBODY)
			continue;
		w->edges[w->edges_nr++] = (struct edge){ i, around, 0, false, true };
		w->edges[w->edges_nr++] = (struct edge){ around, i, 0, false, true };
	}
}

void oracle_world(const struct truth *t, struct world *w)
{
	size_t nodes_max = t->blocks_nr + t->objects_nr;

	w->nodes = oracle_alloc(nodes_max, sizeof(*w->nodes));
	w->edges = oracle_alloc(t->words_nr + t->registers_nr + 3 * nodes_max, sizeof(*w->edges));
	make_nodes(t, w);
	part_nodes(w);
	nest_nodes(w);
	make_edges(t, w);
}
