/* SPDX-License-Identifier: MIT */
/* stack_nodes.c - see stack_nodes.h. */
#include "stack_nodes.h"

#include <stdatomic.h>
#include <string.h>

#include "process.h"
#include "sys.h"

#define NODES_MIN 128u
/* 14 MiB a writer at most, then it starts again. A script of CPython's json and recursion has 205,714; with
 * 2^17 it spent most of its trace on defining them anew. */
#define NODES_MAX (1u << 19)

static size_t bytes_of(const struct pt_stacks *s, uint32_t nodes_max)
{
	return nodes_max * (sizeof(*s->nodes) + sizeof(*s->chains));
}

static uint32_t *chain_of(const struct pt_stacks *s, uint32_t parent, uint64_t ip)
{
	uint64_t hash = ip * 0x9e3779b97f4a7c15ull + parent * 0xc2b2ae3d27d4eb4full;

	return &s->chains[hash >> 40 & (s->nodes_max - 1)];
}

static void chain_in(struct pt_stacks *s, uint32_t id)
{
	struct pt_stack_node_entry *n = &s->nodes[id];
	uint32_t *chain = chain_of(s, n->parent, n->ip);

	n->chain = *chain;
	*chain = id;
}

bool pt_nodes_grow(struct pt_stacks *s)
{
	uint32_t i, old_max = s->nodes_max, max = old_max ? 2 * old_max : NODES_MIN;
	struct pt_stack_node_entry *nodes, *old = s->nodes;

	if (max > NODES_MAX)
		return false;
	nodes = pt_pages_alloc(bytes_of(s, max));
	if (!nodes)
		return false;
	/* A handler may jump out of here: what pt_nodes_forget() then finds is nothing, or fits together. */
	s->nodes = NULL;
	s->nodes_max = 0;
	atomic_signal_fence(memory_order_seq_cst);
	if (old) {
		memcpy(nodes, old, s->nodes_nr * sizeof(*nodes));
		pt_pages_free(old, bytes_of(s, old_max));
		PT_POINT("grow");
	} else {
		s->nodes_nr = 1;
		s->written_nr = s->anew ? UINT32_MAX : 1;
	}
	s->chains = (uint32_t *)(nodes + max);
	s->nodes_max = max;
	atomic_signal_fence(memory_order_seq_cst);
	s->nodes = nodes;
	for (i = 1; i < s->nodes_nr; i++)
		chain_in(s, i);
	return true;
}

void pt_nodes_forget(struct pt_stacks *s)
{
	if (s->nodes) {
		memset(s->chains, 0, s->nodes_max * sizeof(*s->chains));
		memset(&s->nodes[0], 0, sizeof(s->nodes[0]));
	}
	s->nodes_nr = 1;
	s->written_nr = s->anew ? UINT32_MAX : 1;
}

/* A new child, after the one met last in the ring: where the next round will look for it. */
static uint32_t make(struct pt_stacks *s, uint32_t parent, uint64_t ip)
{
	uint32_t id = s->nodes_nr, last = s->nodes[parent].last;

	s->nodes[id] = (struct pt_stack_node_entry){ .ip = ip, .parent = parent, .sibling = id };
	if (last) {
		s->nodes[id].sibling = s->nodes[last].sibling;
		s->nodes[last].sibling = id;
	}
	s->nodes_nr++;
	chain_in(s, id);
	return id;
}

uint32_t pt_node_look(struct pt_stacks *s, uint32_t parent, uint64_t ip)
{
	uint32_t id = *chain_of(s, parent, ip);

	while (id && (s->nodes[id].ip != ip || s->nodes[id].parent != parent))
		id = s->nodes[id].chain;
	if (!id) {
		if (s->nodes_nr == s->nodes_max && !pt_nodes_grow(s))
			return 0;
		id = make(s, parent, ip);
	}
	s->nodes[parent].last = id;
	return id;
}
