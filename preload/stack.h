/* SPDX-License-Identifier: MIT */
/*
 * stack.h - a call stack as one number: a node in the writer's trie of frames.
 *
 * A node is one frame; its children are the frames that were seen further out. Each node
 * keeps the unwind rule of its address and the child that followed last time, so a stack that
 * was seen before costs one load and one compare a frame, and its id needs no hashing.
 */
#ifndef PT_STACK_H
#define PT_STACK_H

#include <stdbool.h>
#include <stdint.h>

#include "rule.h"
#include "scratch.h"

struct pt_stack_node_entry {
	uint64_t ip;
	struct pt_rule rule;
	uint32_t parent;
	uint32_t last_child; /* node that followed last time; 0 = none yet */
};

struct pt_stacks {
	struct pt_stack_node_entry *nodes; /* [0] is the root: no frame */
	uint32_t *hash;			   /* (parent, ip) to node; twice as many slots as nodes */
	uint32_t nodes_nr;		   /* with the root */
	uint32_t nodes_max;		   /* a power of two */
	uint32_t written_nr;		   /* nodes [1, written_nr) are defined in the file; emit.c's */
	uint32_t generation;		   /* of pt_process when the nodes were made */
	uint32_t epoch;			   /* how often the nodes were forgotten */
	struct pt_scratch scratch;	   /* libunwind runs there */
	struct pt_rule_walk *walk;	   /* room for its results; NULL until first used */
};

/* Where a hook was entered: enough to unwind from. */
struct pt_entry {
	uint64_t ip; /* return address of the hook: an address in the caller */
	uint64_t sp; /* the caller's stack pointer after the return */
	uint64_t bp; /* the caller's rbp */
};

/*
 * pt_stack_id() - the node of the stack that starts at `at`, at most `depth` frames.
 *
 * New nodes are [written_nr, nodes_nr). 0 when there is no memory. Async-signal-safe.
 */
uint32_t pt_stack_id(struct pt_stacks *s, const struct pt_entry *at, uint32_t depth);

/* pt_stacks_forget() - drop all nodes (table full, or code went away); counts an epoch. */
void pt_stacks_forget(struct pt_stacks *s);

#endif
