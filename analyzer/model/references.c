// SPDX-License-Identifier: MIT
/*
 * references.c - words in, edges out. Places ascend, so where they lie is a walk over the nodes.
 */
#include "resolve.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

#define BATCH_EDGES 4096u
#define AHEAD	    16u /* words, a power of two; how far in front of its use a node is asked for */

static int add_root(struct pt_resolve *x, struct pt_root_word word, bool counted)
{
	struct pt_references *r = x->out;

	if (r->roots_nr == PT_OFFSET_POOL)
		return -PT_EINVAL;
	if (r->roots_nr == x->roots_max) {
		size_t max = x->roots_max ? 2 * (size_t)x->roots_max : 1024;
		struct pt_root_word *grown = reallocarray(r->roots, max, sizeof(*grown));

		if (!grown)
			return -PT_ENOMEM;
		r->roots = grown;
		x->roots_max = (uint32_t)(max < UINT32_MAX ? max : UINT32_MAX);
	}
	r->roots[r->roots_nr] = word;
	r->edges_nr += counted;
	r->interior_nr += counted && word.interior;
	return pt_graph_tell(&r->graph, PT_GRAPH_ROOT, word.node, r->roots_nr++, word.interior);
}

/* The node that `place` lies in. What ends at or below it ends below all later places. */
static uint32_t walk_to(struct pt_resolve *x, uint64_t place)
{
	const struct pt_cut *c = x->cut;

	while (x->next < c->nodes_nr && c->nodes[x->next].addr <= place)
		x->from = x->next++;
	while (x->from && pt_extent_end(c->nodes[x->from].addr, c->nodes[x->from].bytes) <= place)
		x->from = c->nodes[x->from].around;
	return x->from;
}

/* guess: pt_cut_cells_guess() of the value. */
static int resolve_one(struct pt_resolve *x, const struct pt_snap_edge *e, uint32_t guess)
{
	uint32_t from = walk_to(x, e->place), to = pt_cut_cells_from(&x->cells, guess, e->value);
	const struct pt_cut_node *node = &x->cut->nodes[to];
	struct pt_root_word word = { .place = e->place, .node = to };
	bool interior = e->value != node->addr;
	uint64_t offset;

	if (!to || from == to)
		return 0;
	if (!from) {
		bool into_end = !(e->value & 15) && pt_extent_end(node->addr, node->bytes) - e->value <= 8;

		word.interior = interior;
		return pt_roots_kind(&x->roots, e->place, into_end, &word) ? add_root(x, word, true) : 0;
	}
	offset = e->place - x->cut->nodes[from].addr;
	x->out->edges_nr++;
	x->out->interior_nr += interior;
	return pt_graph_tell(&x->out->graph, from, to, offset < PT_OFFSET_POOL ? offset : PT_GRAPH_OFFSET_FAR,
			     interior);
}

int pt_resolve_edges(struct pt_resolve *x, const struct pt_snap_edge *edges, uint32_t nr)
{
	uint32_t guesses[AHEAD];
	int r = 0;

	x->out->words += nr;
	for (uint32_t i = 0; i < nr + 2 * AHEAD && !r; i++) {
		if (i >= 2 * AHEAD)
			r = resolve_one(x, &edges[i - 2 * AHEAD], guesses[i % AHEAD]);
		if (i >= AHEAD && i < nr + AHEAD)
			guesses[i % AHEAD] = pt_cut_cells_guess(&x->cells, edges[i - AHEAD].value);
		if (i < nr)
			pt_cut_cells_ask(&x->cells, edges[i].value);
	}
	return r;
}

/* A node that a thread stands on: no word says so. */
static int hold(struct pt_resolve *x, uint64_t addr, uint32_t tid)
{
	struct pt_root_word word = { .place = addr, .kind = PT_ROOT_WORD_STACK, .tid = tid };

	word.node = addr ? pt_cut_cells_at(&x->cells, addr) : 0;
	return word.node ? add_root(x, word, false) : 0;
}

static int resolve_threads(struct pt_resolve *x, const struct pt_snapshot *s, const struct pt_trace *t)
{
	int r = 0;

	for (uint32_t i = 0; i < s->registers_nr && !r; i++) {
		const struct pt_snap_register *reg = &s->registers[i];
		struct pt_root_word word = { .place = reg->number, .kind = PT_ROOT_WORD_REGISTER, .tid = reg->tid };

		word.node = pt_cut_cells_at(&x->cells, reg->value);
		word.interior = reg->value != x->cut->nodes[word.node].addr;
		r = word.node ? add_root(x, word, true) : 0;
	}
	for (uint32_t i = 0; i < s->threads_nr && !r; i++) {
		r = hold(x, s->threads[i].sp, s->threads[i].tid);
		x->out->silent_nr += s->registers_asked && !(s->threads[i].flags & (PT_SNAP_THREAD_ANSWERED |
										    PT_SNAP_THREAD_CALLER));
	}
	x->out->silent_nr += s->registers_asked && s->unknown_threads; /* one at least */
	for (uint32_t i = 0; i < t->threads_nr && !r; i++)
		r = t->threads[i].exited ? 0 : hold(x, t->threads[i].pointer, t->threads[i].tid);
	return r;
}

int pt_resolve_begin(struct pt_resolve *x, struct pt_references *out, const struct pt_cut *c,
		     const struct pt_snapshot *s, const struct pt_trace *t, const struct pt_heap *heap)
{
	int r;

	memset(x, 0, sizeof(*x));
	memset(out, 0, sizeof(*out));
	x->out = out;
	x->cut = c;
	x->next = 1;
	r = pt_graph_init(&out->graph, c->nodes_nr);
	if (!r)
		r = pt_cut_cells_init(&x->cells, c);
	if (!r)
		r = pt_roots_init(&x->roots, s, t, heap);
	if (!r)
		r = resolve_threads(x, s, t);
	return r;
}

/* What no word says: what lies in what, and what pools hold. */
static int resolve_rest(struct pt_resolve *x)
{
	const struct pt_cut *c = x->cut;
	struct pt_graph *g = &x->out->graph;
	int r = 0;

	for (uint32_t i = 1; i < c->nodes_nr && !r; i++) {
		uint32_t around = c->nodes[i].around;

		g->shallow_bytes[i] = c->nodes[i].shallow_bytes;
		if (around)
			r = pt_graph_tell(g, i, around, PT_OFFSET_INSIDE, false);
		if (around && !r)
			r = pt_graph_tell(g, around, i, PT_OFFSET_INSIDE, false);
	}
	for (uint32_t i = 0; i < c->idle_nr && !r; i++)
		r = pt_graph_tell(g, PT_GRAPH_ROOT, c->idle[i].node, PT_OFFSET_POOL, false);
	return r;
}

int pt_resolve_end(struct pt_resolve *x, int r)
{
	if (!r)
		r = resolve_rest(x);
	pt_cut_cells_fini(&x->cells);
	pt_roots_fini(&x->roots);
	if (!r)
		r = pt_graph_seal(&x->out->graph);
	if (r)
		pt_references_fini(x->out);
	return r;
}

int pt_references_read(struct pt_references *r, const struct pt_cut *c, struct pt_snapshot *s, const struct pt_trace *t,
		       const struct pt_heap *heap)
{
	struct pt_snap_edge *edges = malloc(BATCH_EDGES * sizeof(*edges));
	struct pt_resolve x;
	int nr = 0, e = pt_resolve_begin(&x, r, c, s, t, heap);

	if (!e && !edges)
		e = -PT_ENOMEM;
	while (!e && (nr = pt_snapshot_edges(s, edges, BATCH_EDGES)) > 0)
		e = pt_resolve_edges(&x, edges, (uint32_t)nr);
	free(edges);
	return pt_resolve_end(&x, !e && nr < 0 ? nr : e);
}

void pt_references_fini(struct pt_references *r)
{
	pt_graph_fini(&r->graph);
	free(r->roots);
	memset(r, 0, sizeof(*r));
}
