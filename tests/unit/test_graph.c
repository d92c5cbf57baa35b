/* SPDX-License-Identifier: MIT */
/*
 * test_graph.c - graph and dominators against brute force: take a node away and see what is no longer
 * reached.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/model/dominators.h"
#include "brute_graph.h"
#include "format/error.h"

#define ROUNDS	 4000u
#define DEEP	 1000000u

static void every_edge_is_found_once_and_in_its_order(void **state)
{
	(void)state;
	srandom(1);
	for (uint32_t round = 0; round < ROUNDS; round++) {
		struct brute_graph p;
		struct pt_graph g;
		uint32_t seen = 0;

		brute_graph_make(&p);
		assert_true(brute_graph_build(&p, &g));
		assert_int_equal(g.edges_nr, p.edges_nr);
		for (uint32_t v = 0; v < p.nodes_nr; v++) {
			uint32_t at = g.start[v];

			for (uint32_t i = 0; i < p.edges_nr; i++) {
				uint64_t offset = p.edges[i].offset_bytes;

				if (p.edges[i].from != v)
					continue;
				assert_true(at < g.start[v + 1]);
				assert_int_equal(g.edges[at].to, p.edges[i].to);
				assert_int_equal(pt_graph_offset_bytes(g.edges[at]),
						 offset > PT_GRAPH_OFFSET_FAR ? PT_GRAPH_OFFSET_FAR
									      : offset);
				assert_int_equal(pt_graph_interior(g.edges[at]),
						 p.edges[i].interior);
				at++;
				seen++;
			}
			assert_int_equal(at, g.start[v + 1]);
		}
		assert_int_equal(seen, p.edges_nr);
		pt_graph_fini(&g);
	}
}

static void more_edges_than_a_chunk_holds_are_all_put_in_place(void **state)
{
	struct pt_graph g;
	uint32_t nr = 300000;

	(void)state;
	assert_int_equal(pt_graph_init(&g, 1001), 0);
	for (uint32_t i = 0; i < nr; i++)
		assert_int_equal(pt_graph_tell(&g, i * 7 % 1001, 1 + i % 1000, i, false), 0);
	assert_int_equal(pt_graph_seal(&g), 0);
	for (uint32_t v = 0, at = 0; v < 1001; v++) {
		uint32_t before = 0;

		for (; at < g.start[v + 1]; at++) {
			uint32_t i = pt_graph_offset_bytes(g.edges[at]);

			assert_int_equal(i * 7 % 1001, v);
			assert_int_equal(g.edges[at].to, 1 + i % 1000);
			assert_true(at == g.start[v] || i > before);
			before = i;
		}
	}
	assert_int_equal(g.start[1001], nr);
	pt_graph_fini(&g);
}

static void what_is_out_of_range_is_refused_and_changes_nothing(void **state)
{
	struct pt_graph g;

	(void)state;
	assert_int_equal(pt_graph_init(&g, 0), -PT_EINVAL);
	assert_int_equal(pt_graph_init(&g, PT_GRAPH_NODES_MAX + 1), -PT_EINVAL);
	assert_int_equal(pt_graph_init(&g, 3), 0);
	assert_int_equal(pt_graph_tell(&g, 3, 1, 0, false), -PT_EINVAL);
	assert_int_equal(pt_graph_tell(&g, 1, 3, 0, false), -PT_EINVAL);
	assert_int_equal(pt_graph_tell(&g, 1, PT_GRAPH_ROOT, 0, false), -PT_EINVAL);
	assert_int_equal(pt_graph_tell(&g, 1, 2, 0, false), 0);
	assert_int_equal(g.edges_nr, 1);
	assert_int_equal(pt_graph_seal(&g), 0);
	assert_int_equal(pt_graph_tell(&g, 1, 2, 0, false), -PT_EINVAL);
	assert_int_equal(pt_graph_seal(&g), -PT_EINVAL);
	assert_int_equal(g.start[3], 1);
	pt_graph_fini(&g);
}

/* lost[v][w]: w is reached, but not without v. */
static void lose(const struct brute_graph *p, bool lost[NODES_MAX][NODES_MAX], bool *reached)
{
	bool without[NODES_MAX] = { false }, rest[NODES_MAX];

	brute_graph_reach(p, without, reached);
	for (uint32_t v = 0; v < p->nodes_nr; v++) {
		without[v] = true;
		brute_graph_reach(p, without, rest);
		without[v] = false;
		for (uint32_t w = 0; w < p->nodes_nr; w++)
			lost[v][w] = reached[w] && !rest[w];
	}
}

/* The dominators of w are a chain: the immediate one has one dominator fewer than w has. */
static uint32_t idom_by_force(const struct brute_graph *p, bool lost[NODES_MAX][NODES_MAX],
			      uint32_t w)
{
	uint32_t best = PT_GRAPH_NONE, best_depth = 0;

	for (uint32_t v = 0; v < p->nodes_nr; v++) {
		uint32_t depth = 0;

		if (v == w || !lost[v][w])
			continue;
		for (uint32_t u = 0; u < p->nodes_nr; u++)
			depth += lost[u][v];
		if (depth > best_depth) {
			best_depth = depth;
			best = v;
		}
	}
	return best;
}

static void check_dominators(const struct brute_graph *p, const struct pt_dominators *d)
{
	bool lost[NODES_MAX][NODES_MAX], reached[NODES_MAX], seen[NODES_MAX] = { false };
	uint64_t unreachable_bytes = 0;
	uint32_t reachable_nr = 0;

	lose(p, lost, reached);
	for (uint32_t v = 0; v < p->nodes_nr; v++) {
		uint64_t retained_bytes = 0;

		assert_int_equal(pt_dominators_reachable(d, v), reached[v]);
		assert_int_equal(d->idom[v], idom_by_force(p, lost, v));
		for (uint32_t w = 0; w < p->nodes_nr; w++)
			retained_bytes += lost[v][w] ? p->shallow_bytes[w] : 0;
		assert_int_equal(d->retained_bytes[v], retained_bytes);
		reachable_nr += reached[v];
		unreachable_bytes += reached[v] ? 0 : p->shallow_bytes[v];
	}
	assert_int_equal(d->reachable_nr, reachable_nr);
	assert_int_equal(d->unreachable_bytes, unreachable_bytes);
	for (uint32_t i = 0; i < d->reachable_nr; i++) {
		assert_true(i == 0 || seen[d->idom[d->node[i]]]);
		assert_false(seen[d->node[i]]);
		seen[d->node[i]] = true;
	}
}

static void dominators_and_retained_bytes_are_what_is_lost_without_a_node(void **state)
{
	uint32_t deep = 0;

	(void)state;
	srandom(2);
	for (uint32_t round = 0; round < ROUNDS; round++) {
		struct brute_graph p;
		struct pt_graph g;
		struct pt_dominators d;

		brute_graph_make(&p);
		assert_true(brute_graph_build(&p, &g));
		assert_int_equal(pt_dominators_init(&d, &g), 0);
		check_dominators(&p, &d);
		for (uint32_t v = 1; v < p.nodes_nr; v++)
			deep += d.idom[v] != PT_GRAPH_NONE && d.idom[v] != PT_GRAPH_ROOT;
		pt_dominators_fini(&d);
		pt_graph_fini(&g);
	}
	assert_true(deep > 5 * ROUNDS); /* or the graphs would show little */
}

/* A list of DEEP links, forth and back, from its head alone; without recursion and in no time. */
static void a_chain_of_a_million_is_no_deeper_than_any(void **state)
{
	struct pt_dominators d;
	struct pt_graph g;

	(void)state;
	assert_int_equal(pt_graph_init(&g, DEEP + 1), 0);
	for (uint32_t v = 1; v <= DEEP; v++) {
		g.shallow_bytes[v] = 1;
		assert_int_equal(pt_graph_tell(&g, v - 1, v, 0, false), 0);
		if (v > 1)
			assert_int_equal(pt_graph_tell(&g, v, v - 1, 8, false), 0);
	}
	assert_int_equal(pt_graph_seal(&g), 0);
	assert_int_equal(pt_dominators_init(&d, &g), 0);
	for (uint32_t v = 1; v <= DEEP; v++) {
		assert_int_equal(d.idom[v], v - 1);
		assert_int_equal(d.retained_bytes[v], DEEP - v + 1);
	}
	pt_dominators_fini(&d);
	pt_graph_fini(&g);
}

/*
 * The same list, each link with an item that the root has too: semidominator far above the parent,
 * on which semi-NCA and Cooper-Harvey-Kennedy walk up the whole list for each item. Told in both
 * orders, for one of them goes down the whole list before it sees an item.
 */
static void check_shared_items(bool list_first)
{
	struct pt_dominators d;
	struct pt_graph g;

	assert_int_equal(pt_graph_init(&g, 2 * DEEP + 1), 0);
	for (uint32_t v = 1; v <= DEEP; v++) {
		g.shallow_bytes[v] = 1;
		g.shallow_bytes[DEEP + v] = 100;
		if (list_first)
			assert_int_equal(pt_graph_tell(&g, v - 1, v, 0, false), 0);
		assert_int_equal(pt_graph_tell(&g, PT_GRAPH_ROOT, DEEP + v, 0, false), 0);
		assert_int_equal(pt_graph_tell(&g, v, DEEP + v, 16, false), 0);
	}
	for (uint32_t v = 1; v <= DEEP && !list_first; v++)
		assert_int_equal(pt_graph_tell(&g, v - 1, v, 0, false), 0);
	assert_int_equal(pt_graph_seal(&g), 0);
	assert_int_equal(pt_dominators_init(&d, &g), 0);
	for (uint32_t v = 1; v <= DEEP; v++) {
		assert_int_equal(d.idom[v], v - 1);
		assert_int_equal(d.idom[DEEP + v], PT_GRAPH_ROOT);
		assert_int_equal(d.retained_bytes[v], DEEP - v + 1);
	}
	pt_dominators_fini(&d);
	pt_graph_fini(&g);
}

static void a_deep_list_of_shared_items_is_not_quadratic(void **state)
{
	(void)state;
	check_shared_items(false);
	check_shared_items(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_edge_is_found_once_and_in_its_order),
		cmocka_unit_test(more_edges_than_a_chunk_holds_are_all_put_in_place),
		cmocka_unit_test(what_is_out_of_range_is_refused_and_changes_nothing),
		cmocka_unit_test(dominators_and_retained_bytes_are_what_is_lost_without_a_node),
		cmocka_unit_test(a_chain_of_a_million_is_no_deeper_than_any),
		cmocka_unit_test(a_deep_list_of_shared_items_is_not_quadratic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
