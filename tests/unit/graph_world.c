// SPDX-License-Identifier: MIT
/*
 * graph_world.c - see graph_world.h.
 */
#include "graph_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

const char names[POOLS][64] = { "conn", "buf", "row" };

struct world *open_world(uint32_t nodes_nr)
{
	struct world *w = calloc(1, sizeof(*w));

	w->p.nodes_nr = w->cut.nodes_nr = nodes_nr;
	w->cut.time_ns = 1000;
	w->cut.nodes = calloc(nodes_nr, sizeof(*w->cut.nodes));
	w->cut.idle = calloc(nodes_nr, sizeof(*w->cut.idle));
	w->refs.roots = calloc(EDGES_MAX, sizeof(*w->refs.roots));
	w->report.snapshots = w->out = calloc(1, sizeof(*w->out));
	w->report.snapshots_nr = 1;
	return w;
}

void close_world(struct world *w)
{
	pt_graph_report_fini(&w->report);
	pt_graph_fini(&w->refs.graph);
	free(w->refs.roots);
	free(w->cut.idle);
	free(w->cut.nodes);
	free(w);
}

void tell(struct world *w, uint32_t from, uint32_t to, uint64_t offset, bool interior)
{
	w->p.edges[w->p.edges_nr].from = from;
	w->p.edges[w->p.edges_nr].to = to;
	w->p.edges[w->p.edges_nr].offset_bytes = offset;
	w->p.edges[w->p.edges_nr++].interior = interior;
}

void root(struct world *w, uint32_t to, enum pt_root_word_kind kind, bool interior)
{
	w->refs.roots[w->refs.roots_nr] = (struct pt_root_word){ .place = 8 * w->refs.roots_nr, .kind = kind };
	tell(w, 0, to, w->refs.roots_nr++, interior);
}

void node(struct world *w, uint32_t v, uint64_t bytes, uint32_t stack, uint32_t pool, bool idle)
{
	struct pt_cut_node *n = &w->cut.nodes[v];

	w->p.shallow_bytes[v] = bytes;
	*n = (struct pt_cut_node){ .addr = 4096ull * v, .bytes = bytes, .shallow_bytes = bytes, .stack = stack };
	n->pool = pool == POOLS ? PT_CUT_NO_POOL : pool;
	n->state = pool == POOLS ? PT_CUT_BLOCK : idle ? PT_CUT_IDLE : PT_CUT_IN_USE;
	if (!idle)
		return;
	n->idle = w->cut.idle_nr;
	w->cut.idle[w->cut.idle_nr++] = (struct pt_cut_idle){ .node = v, .put_stack = PUT_STACK, .since_ns = 10 * v };
	tell(w, 0, v, PT_OFFSET_POOL, false);
}

void fill(struct world *w, const struct pt_graph_ask *ask)
{
	struct pt_graph_parts parts = { .cut = &w->cut, .refs = &w->refs, .ask = ask, .out = w->out };

	parts.names = names;
	parts.pools_nr = POOLS;
	assert_true(brute_graph_build(&w->p, &w->refs.graph));
	assert_int_equal(pt_graph_tables(&parts), 0);
}

void link_inside(struct world *w, uint32_t around, uint32_t nested)
{
	tell(w, around, nested, PT_OFFSET_INSIDE, false);
	tell(w, nested, around, PT_OFFSET_INSIDE, false);
}
