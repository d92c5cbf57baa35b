/* SPDX-License-Identifier: MIT */
/*
 * cut.h - what there is in memory at one moment: malloc's blocks in use and the objects of pools.
 *
 * The nodes of docs/graph.md, "Nodes", numbered by address, an enclosing one before those inside it;
 * so a number is a place in an array and the array can be searched. Node 0 is the super-root of
 * graph.h. Taken while events are applied; afterwards heap and pools may go on.
 * Memory: 40 bytes a node, 24 more for an idle object.
 */
#ifndef PT_CUT_H
#define PT_CUT_H

#include <stdbool.h>
#include <stdint.h>

#include "heap.h"
#include "pools.h"

#define PT_CUT_NO_POOL UINT32_MAX

enum pt_cut_state {
	PT_CUT_BLOCK = 0, /* of malloc, and of no pool */
	PT_CUT_IN_USE,	  /* a pool's object */
	PT_CUT_IDLE,
};

struct pt_cut_node {
	uint64_t addr;
	uint64_t bytes : 48; /* as asked for; it covers max(bytes, 1) */
	uint64_t state : 8;  /* enum pt_cut_state */
	uint64_t block : 1;  /* it is (also) a block of malloc */
	uint64_t unused : 7;
	uint64_t shallow_bytes;
	uint32_t stack;	 /* where it was allocated: index into pt_trace.stacks; 0 = not known, or a pool's object in no block */
	uint32_t pool;	 /* index of pt_pools_get(), or PT_CUT_NO_POOL */
	uint32_t around; /* the node directly around it, 0 = none */
	uint32_t idle;	 /* state PT_CUT_IDLE: index into pt_cut.idle */
};

struct pt_cut_idle {
	uint32_t node;
	uint32_t put_stack; /* index into pt_trace.stacks; 0 = not known */
	uint32_t shard;	    /* its number, or PT_SHARD_THREAD */
	uint64_t since_ns;
};

struct pt_cut {
	uint64_t time_ns;
	struct pt_cut_node *nodes; /* [0] is all zero */
	uint32_t nodes_nr;	   /* with [0] */
	struct pt_cut_idle *idle;
	uint32_t idle_nr;
};

/* pt_cut_take() - 0, -PT_ENOMEM, or -PT_EINVAL: more than PT_GRAPH_NODES_MAX nodes. On error nothing to fini. */
int pt_cut_take(struct pt_cut *c, const struct pt_heap *heap, const struct pt_pools *pools, uint64_t time_ns);
void pt_cut_fini(struct pt_cut *c);

/* pt_cut_at() - the innermost node that covers `addr`, 0 when there is none. O(log nodes). */
uint32_t pt_cut_at(const struct pt_cut *c, uint64_t addr);

#endif
