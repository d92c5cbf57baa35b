/* SPDX-License-Identifier: MIT */
/*
 * stack_nodes.h - the trie of frames: from a node and an address to the node one frame further in.
 *
 * A program that does the same again comes by the same nodes in the same order, and too many of them for a cache. So
 * nodes stand in the order they were made in, and the children of a node form a ring in that order: the one met last is
 * looked at first, then the one after it. Both fail for one look-up in twenty (CPython, recursion in json); then
 * all nodes are found by hash. One writer alone uses it; async-signal-safe.
 */
#ifndef PT_STACK_NODES_H
#define PT_STACK_NODES_H

#include "stack.h"

/* pt_nodes_grow() - room for twice as many, or for the first. False: no memory, or as many as there may be. */
bool pt_nodes_grow(struct pt_stacks *s);

/* pt_nodes_forget() - none is left but the root. */
void pt_nodes_forget(struct pt_stacks *s);

/* pt_node_look() - as pt_node_below(), among all; makes the node when it is new. */
uint32_t pt_node_look(struct pt_stacks *s, uint32_t parent, uint64_t ip);

/* pt_node_below() - the child of `parent` with that ip, made when it is new. 0 when there is no room: the caller
 * then starts over with an empty trie. */
static inline uint32_t pt_node_below(struct pt_stacks *s, uint32_t parent, uint64_t ip)
{
	struct pt_stack_node_entry *nodes = s->nodes;
	uint32_t child = nodes[parent].last;

	child = nodes[child].ip == ip ? child : nodes[child].sibling;
	if (__builtin_expect(nodes[child].ip == ip && child, 1)) {
		nodes[parent].last = child;
		return child;
	}
	return pt_node_look(s, parent, ip);
}

#endif
