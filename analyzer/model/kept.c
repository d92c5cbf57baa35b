/* SPDX-License-Identifier: MIT */
/*
 * kept.c - one bit a set: there is a path from the super-root here that avoids it.
 *
 * First all that can be reached past every set, breadth first: each node once, and what comes next
 * can be asked for ahead. What is behind the sets is mostly small: there a node passes its bits on,
 * less those of its own set, each time it gets more of them, at most once a bit. What is reached
 * and lacks a set's bit is kept by that set.
 */
#include "kept.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

#define AHEAD	     4u /* nodes of the queue, and edges of a node */
#define SETS_A_ROUND 61u
#define ALL_SETS     (1ull << 61) /* avoids every set: the bit of the union */
#define REACHED	     (1ull << 62)
#define WAITING	     (1ull << 63)

struct round {
	const struct pt_graph *graph;
	const uint32_t *set_of;
	uint32_t base, nr; /* the sets base + 1 ... base + nr */
	uint64_t *bits;	   /* by node */
	uint32_t *waiting; /* low end: a queue of nodes that have all bits; high end: a stack */
	uint32_t queued_nr, stack_from;
};

static uint64_t barred(const struct round *r, uint32_t node)
{
	uint32_t set = r->set_of[node];

	if (!set)
		return 0;
	if (set <= r->base || set > r->base + r->nr)
		return ALL_SETS;
	return ALL_SETS | 1ull << (set - r->base - 1);
}

/* What comes later in the queue is asked for in three steps, each of which needs the one before. */
static void prefetch(const struct round *r, uint32_t at)
{
	const struct pt_graph *g = r->graph;
	uint32_t node, end;

	if (at + 3 * AHEAD < r->queued_nr)
		__builtin_prefetch(&g->start[r->waiting[at + 3 * AHEAD]]);
	if (at + 2 * AHEAD < r->queued_nr)
		__builtin_prefetch(&g->edges[g->start[r->waiting[at + 2 * AHEAD]]]);
	if (at + AHEAD >= r->queued_nr)
		return;
	node = r->waiting[at + AHEAD];
	end = g->start[node + 1];
	if (end - g->start[node] > AHEAD)
		end = g->start[node] + AHEAD;
	for (uint32_t e = g->start[node]; e < end; e++) {
		__builtin_prefetch(&r->bits[g->edges[e].to], 1);
		__builtin_prefetch(&r->set_of[g->edges[e].to]);
	}
}

static void pass_on(struct round *r, uint32_t node)
{
	const struct pt_graph *g = r->graph;
	uint64_t bits = r->bits[node];

	for (uint32_t e = g->start[node]; e < g->start[node + 1]; e++) {
		uint32_t to = g->edges[e].to;
		uint64_t more = bits & ~r->bits[to];

		if (!more)
			continue;
		more &= ~barred(r, to);
		if (!more)
			continue;
		r->bits[to] |= more;
		if (more & ALL_SETS) {
			r->waiting[r->queued_nr++] = to;
		} else if (!(r->bits[to] & WAITING)) {
			r->bits[to] |= WAITING;
			r->waiting[--r->stack_from] = to;
		}
	}
}

static void spread(struct round *r)
{
	memset(r->bits, 0, r->graph->nodes_nr * sizeof(*r->bits));
	r->stack_from = r->graph->nodes_nr;
	r->waiting[0] = PT_GRAPH_ROOT;
	r->queued_nr = 1;
	r->bits[PT_GRAPH_ROOT] = ~WAITING;
	for (uint32_t at = 0; at < r->queued_nr; at++) {
		prefetch(r, at);
		pass_on(r, r->waiting[at]);
	}
	while (r->stack_from < r->graph->nodes_nr) {
		uint32_t node = r->waiting[r->stack_from++];

		r->bits[node] &= ~WAITING;
		pass_on(r, node);
	}
}

static void add(struct pt_kept *kept, uint64_t bytes)
{
	kept->bytes += bytes;
	kept->nodes_nr++;
}

static void sum_up(const struct round *r, struct pt_kept *kept, struct pt_kept *together)
{
	uint64_t all = (1ull << r->nr) - 1;

	for (uint32_t node = 0; node < r->graph->nodes_nr; node++) {
		uint64_t bits = r->bits[node], bytes = r->graph->shallow_bytes[node];
		uint64_t lacks = ~bits & ~barred(r, node) & all;

		if (!(bits & REACHED))
			continue;
		for (; lacks; lacks &= lacks - 1)
			add(&kept[r->base + (uint32_t)__builtin_ctzll(lacks)], bytes);
		if (!r->base && !(bits & ALL_SETS) && !r->set_of[node])
			add(together, bytes);
	}
}

int pt_kept_by_sets(const struct pt_graph *g, const uint32_t *set_of, uint32_t sets_nr,
		    struct pt_kept *kept, struct pt_kept *together)
{
	struct round r = { .graph = g, .set_of = set_of };
	int err = -PT_ENOMEM;

	memset(together, 0, sizeof(*together));
	if (set_of[PT_GRAPH_ROOT])
		return -PT_EINVAL;
	for (uint32_t node = 0; node < g->nodes_nr; node++) {
		if (set_of[node] > sets_nr)
			return -PT_EINVAL;
	}
	r.bits = malloc(g->nodes_nr * sizeof(*r.bits));
	r.waiting = malloc(g->nodes_nr * sizeof(*r.waiting));
	if (r.bits && r.waiting) {
		if (sets_nr)
			memset(kept, 0, sets_nr * sizeof(*kept));
		for (; r.base < sets_nr; r.base += r.nr) {
			r.nr = sets_nr - r.base < SETS_A_ROUND ? sets_nr - r.base : SETS_A_ROUND;
			spread(&r);
			sum_up(&r, kept, together);
		}
		err = 0;
	}
	free(r.waiting);
	free(r.bits);
	return err;
}
