// SPDX-License-Identifier: MIT
/*
 * test_graph_fill_random.c - a snapshot's tables of random heaps against brute force: take nodes, words or kinds of
 * words away and see what is no longer reached.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "graph_world.h"

#define ROUNDS 3000u
#define STACKS 5u
#define FIELDS 4u /* offsets 0, 8, 16, 24 */

/* A random heap in the shape of brute_graph's graphs. */
static struct world *random_heap(void)
{
	struct brute_graph p;
	struct world *w;

	do
		brute_graph_make(&p);
	while (p.edges_nr > EDGES_MAX - 2 * NODES_MAX);
	w = open_world(p.nodes_nr);
	for (uint32_t v = 1; v < p.nodes_nr; v++) {
		uint32_t pool = brute_roll(3) ? POOLS : brute_roll(POOLS);

		node(w, v, 1 + p.shallow_bytes[v], brute_roll(STACKS), pool, pool < POOLS && brute_roll(2));
	}
	for (uint32_t i = 0; i < p.edges_nr; i++) {
		if (p.edges[i].from == p.edges[i].to)
			continue;
		if (!p.edges[i].from)
			root(w, p.edges[i].to, (enum pt_root_word_kind)brute_roll(PT_ROOT_WORD_NR), p.edges[i].interior);
		else
			tell(w, p.edges[i].from, p.edges[i].to, 8 * brute_roll(FIELDS), p.edges[i].interior);
	}
	if (w->p.nodes_nr > 3 && brute_roll(2))
		link_inside(w, 1, 2);
	return w;
}

/* Bytes and objects reached, less those that are reached without some nodes or edges; of no idle object. */
static void lost(const struct world *w, const struct brute_graph *less, const bool *without, uint64_t *bytes, uint64_t *objects)
{
	const bool nothing[NODES_MAX] = { false };
	bool all[NODES_MAX], rest[NODES_MAX];

	brute_graph_reach(&w->p, nothing, all);
	brute_graph_reach(less, without ? without : nothing, rest);
	*bytes = *objects = 0;
	for (uint32_t v = 1; v < w->p.nodes_nr; v++) {
		if (!all[v] || rest[v] || (without && w->cut.nodes[v].state == PT_CUT_IDLE))
			continue;
		*bytes += w->p.shallow_bytes[v];
		++*objects;
	}
}

static void check_pools(const struct world *w)
{
	bool without[NODES_MAX], every[NODES_MAX] = { false };
	uint64_t bytes, objects;

	for (uint32_t v = 1; v < w->p.nodes_nr; v++)
		every[v] = w->cut.nodes[v].state == PT_CUT_IDLE;
	lost(w, &w->p, every, &bytes, &objects);
	assert_int_equal(w->out->idle_retained_bytes, bytes);
	assert_int_equal(w->out->idle_retained_objects, objects);
	for (size_t i = 0; i < w->out->pools_nr; i++) {
		const struct pt_graph_pool *pool = &w->out->pools[i];

		for (uint32_t v = 0; v < w->p.nodes_nr; v++)
			without[v] = every[v] && !strcmp(names[w->cut.nodes[v].pool], pool->name);
		lost(w, &w->p, without, &bytes, &objects);
		assert_int_equal(pool->graph_retained_bytes, bytes);
		assert_int_equal(pool->graph_retained_objects, objects);
		assert_true(!i || bytes <= pool[-1].graph_retained_bytes);
		for (size_t f = 0; f < w->out->fields_nr; f++)
			bytes -= w->out->fields[f].pool == i ? w->out->fields[f].retained_bytes : 0;
		assert_int_equal(pool->fields_more_bytes, bytes);
	}
}

static uint32_t check_fields(const struct world *w)
{
	uint32_t telling = 0;

	for (size_t i = 0; i < w->out->fields_nr; i++) {
		const struct pt_graph_field *f = &w->out->fields[i];
		struct brute_graph less = w->p;
		uint64_t bytes, objects, of = 0;
		bool seen[NODES_MAX] = { false };

		less.edges_nr = 0;
		for (uint32_t e = 0; e < w->p.edges_nr; e++) {
			const struct pt_cut_node *from = &w->cut.nodes[w->p.edges[e].from];

			if (!w->p.edges[e].from || from->state != PT_CUT_IDLE ||
			    w->p.edges[e].offset_bytes != f->offset_bytes ||
			    strcmp(names[from->pool], w->out->pools[f->pool].name)) {
				less.edges[less.edges_nr++] = w->p.edges[e];
				continue;
			}
			of += !seen[w->p.edges[e].from];
			seen[w->p.edges[e].from] = true;
		}
		lost(w, &less, NULL, &bytes, &objects);
		assert_int_equal(f->retained_bytes, bytes);
		assert_int_equal(f->retained_objects, objects);
		assert_int_equal(f->objects, of);
		telling += bytes != 0;
	}
	return telling;
}

static void check_doubts(const struct world *w)
{
	struct brute_graph sure = w->p, base = w->p;
	uint64_t bytes, objects;

	sure.edges_nr = base.edges_nr = 0;
	for (uint32_t e = 0; e < w->p.edges_nr; e++) {
		__typeof__(w->p.edges[0]) edge = w->p.edges[e];

		if (edge.from || edge.offset_bytes == PT_OFFSET_POOL ||
		    w->refs.roots[edge.offset_bytes].kind != PT_ROOT_WORD_STALE)
			sure.edges[sure.edges_nr++] = edge;
		if (!edge.interior)
			base.edges[base.edges_nr++] = edge;
	}
	lost(w, &sure, NULL, &bytes, &objects);
	assert_int_equal(w->out->stale_only_bytes, bytes);
	lost(w, &base, NULL, &bytes, &objects);
	assert_int_equal(w->out->interior_only_bytes, bytes);
}

/* A head: every unreachable node that reaches it is reached by it, and none of those lies lower. */
static void check_heads(const struct world *w)
{
	const bool nothing[NODES_MAX] = { false };
	bool all[NODES_MAX], to[NODES_MAX][NODES_MAX];
	uint64_t heads = 0, told = 0;

	brute_graph_reach(&w->p, nothing, all);
	for (uint32_t v = 1; v < w->p.nodes_nr; v++) {
		struct brute_graph from = w->p;

		from.edges_nr = 0;
		for (uint32_t e = 0; e < w->p.edges_nr; e++) {
			if (w->p.edges[e].from)
				from.edges[from.edges_nr++] = w->p.edges[e];
		}
		from.edges[from.edges_nr].from = 0;
		from.edges[from.edges_nr++].to = v;
		brute_graph_reach(&from, nothing, to[v]);
	}
	for (uint32_t v = 1; v < w->p.nodes_nr; v++) {
		bool head = !all[v];

		for (uint32_t u = 1; u < w->p.nodes_nr; u++)
			head &= all[u] || !to[u][v] || (to[v][u] && u >= v);
		heads += head;
	}
	for (size_t i = 0; i < w->out->leaks_nr; i++)
		told += w->out->leaks[i].heads;
	assert_int_equal(told, heads);
}

/* --nodes: each node's retained bytes are what is lost without it; its dominator loses it, and nothing nearer does. */
static void check_list(const struct world *w)
{
	const bool nothing[NODES_MAX] = { false };
	bool all[NODES_MAX], rest[NODES_MAX][NODES_MAX];

	brute_graph_reach(&w->p, nothing, all);
	for (uint32_t d = 1; d < w->p.nodes_nr; d++) {
		bool without[NODES_MAX] = { false };

		without[d] = true;
		brute_graph_reach(&w->p, without, rest[d]);
	}
	assert_int_equal(w->out->list_nr, w->p.nodes_nr - 1);
	for (uint32_t v = 1; v < w->p.nodes_nr; v++) {
		const struct pt_graph_node *n = &w->out->list[v - 1];
		uint64_t retained = 0, words = 0;
		uint32_t above = (uint32_t)(n->dominator / 4096);

		for (uint32_t u = 1; u < w->p.nodes_nr; u++)
			retained += all[u] && !rest[v][u] ? w->p.shallow_bytes[u] : 0;
		for (uint32_t e = 0; e < w->p.edges_nr; e++)
			words += w->p.edges[e].to == v && w->p.edges[e].offset_bytes != PT_OFFSET_POOL &&
				 w->p.edges[e].offset_bytes != PT_OFFSET_INSIDE;
		assert_int_equal(n->addr, 4096 * v);
		assert_int_equal(n->reachable, all[v]);
		assert_true(n->retained_bytes == (all[v] ? retained : PT_UNKNOWN));
		assert_int_equal(n->single_word, words == 1);
		assert_int_equal(n->label.pool == PT_GRAPH_ROW_NONE, w->cut.nodes[v].pool == PT_CUT_NO_POOL);
		assert_true(!above || (all[v] && !rest[above][v]));
		for (uint32_t d = 1; d < w->p.nodes_nr; d++)
			assert_true(!all[v] || d == v || rest[d][v] || d == above || (above && !rest[d][above]));
	}
}

static bool same_label(const struct pt_graph_label *a, const struct pt_graph_label *b)
{
	if (a->pool != b->pool)
		return false;
	return a->pool == PT_GRAPH_ROW_NONE ? a->site == b->site : a->idle == b->idle;
}

static void check_rows(const struct world *w)
{
	uint64_t top_bytes = 0, objects = 0, bytes = 0;

	for (size_t i = 0; i < w->out->rows_nr; i++) {
		const struct pt_graph_row *row = &w->out->rows[i];
		uint64_t below = 0, last = UINT64_MAX;

		objects += row->objects;
		bytes += row->shallow_bytes;
		top_bytes += row->depth ? 0 : row->retained_bytes;
		assert_true(row->parent == PT_GRAPH_ROW_NONE ? !row->depth : row->parent < i);
		for (size_t j = i + 1; j < w->out->rows_nr; j++) {
			if (w->out->rows[j].parent != i)
				continue;
			assert_int_equal(w->out->rows[j].depth, row->depth + 1);
			assert_true(w->out->rows[j].retained_bytes <= last);
			assert_false(same_label(&row->label, &w->out->rows[j].label));
			for (size_t k = i + 1; k < j; k++)
				assert_false(w->out->rows[k].parent == i &&
					     same_label(&w->out->rows[k].label, &w->out->rows[j].label));
			last = w->out->rows[j].retained_bytes;
			below += last;
		}
		assert_int_equal(row->retained_bytes, row->shallow_bytes + below);
	}
	assert_int_equal(objects, w->out->reachable_objects);
	assert_int_equal(bytes, w->out->reachable_bytes);
	assert_int_equal(top_bytes, w->out->reachable_bytes);
}

static void random_heaps_are_as_by_force(void **state)
{
	const struct pt_graph_ask ask = { .nodes = true };
	uint32_t telling = 0;

	(void)state;
	srandom(7);
	for (uint32_t round = 0; round < ROUNDS; round++) {
		struct world *w = random_heap();

		fill(w, &ask);
		check_pools(w);
		telling += check_fields(w);
		check_doubts(w);
		check_heads(w);
		check_rows(w);
		check_list(w);
		close_world(w);
	}
	print_message("# %u fields keep something\n", telling);
	assert_true(telling > ROUNDS / 2); /* or the heaps would show little */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_heaps_are_as_by_force),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
