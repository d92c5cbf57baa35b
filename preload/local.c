/* SPDX-License-Identifier: MIT */
/* local.c - see local.h. Runs inside malloc(), by the thread that owns the writer and has set busy_sp. */
#include "local.h"

#include "../format/error.h"
#include "config.h"
#include "emit.h"

struct number {
	uint32_t tag; /* valid while it is pt_locals.tag */
	uint32_t nr;
};

struct pt_locals {
	struct number *numbers; /* by node */
	uint32_t numbers_max;
	uint32_t tag;	/* one for each chunk and each epoch of the nodes */
	uint32_t epoch; /* of the nodes */
	uint32_t nr;	/* numbers given out in this chunk */
	uint32_t chain[PT_STACK_DEPTH_MAX + 2]; /* nodes to be defined, innermost first */
};

int pt_local_begin(struct pt_writer *w)
{
	w->locals = pt_pages_alloc(sizeof(*w->locals));
	if (!w->locals)
		return -PT_ENOMEM;
	w->locals->tag = 1;
	w->stacks.anew = 1;
	w->stacks.written_nr = UINT32_MAX;
	return 0;
}

void pt_local_turn(struct pt_writer *w)
{
	w->locals->tag++;
	w->locals->nr = 0;
}

static bool prepare(struct pt_locals *l, const struct pt_stacks *s)
{
	if (l->epoch != s->epoch) {
		l->epoch = s->epoch;
		l->tag++; /* numbers that are given out stay so */
	}
	if (l->numbers_max == s->nodes_max)
		return true;
	if (l->numbers)
		pt_pages_free(l->numbers, l->numbers_max * sizeof(*l->numbers));
	l->numbers_max = 0;
	l->numbers = pt_pages_alloc(s->nodes_max * sizeof(*l->numbers));
	if (l->numbers)
		l->numbers_max = s->nodes_max;
	return l->numbers;
}

/* All frames of the stack that this chunk does not know, outermost first. */
static int define(struct pt_writer *w, uint32_t stack)
{
	struct pt_locals *l = w->locals;
	const struct pt_stack_node_entry *nodes = w->stacks.nodes;
	uint32_t nr = 0, seq = w->seq;

	for (; stack && l->numbers[stack].tag != l->tag && nr < sizeof(l->chain) / sizeof(l->chain[0]);
	     stack = nodes[stack].parent)
		l->chain[nr++] = stack;
	while (nr--) {
		const struct pt_stack_node_entry *n = &nodes[l->chain[nr]];
		const struct number *parent = &l->numbers[n->parent];

		if (pt_emit_frame(w, n->ip, n->parent && parent->tag == l->tag ? parent->nr : 0))
			return -PT_ENOSPC;
		if (w->seq != seq)
			return 0; /* another chunk: all over again */
		l->numbers[l->chain[nr]] = (struct number){ l->tag, ++l->nr };
	}
	return 0;
}

uint32_t pt_local_stack(struct pt_writer *w, uint32_t stack, size_t bytes)
{
	struct pt_locals *l = w->locals;
	uint32_t seq;

	if (stack && !prepare(l, &w->stacks))
		stack = 0;
	do {
		seq = w->seq;
		if ((stack && define(w, stack)) || pt_record_room(w, bytes))
			return PT_STACK_NO_ROOM;
	} while (w->seq != seq);
	return stack ? l->numbers[stack].nr : 0;
}
