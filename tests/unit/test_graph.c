/* SPDX-License-Identifier: MIT */
/*
 * test_graph.c - graph, dominators and kept bytes against brute force: take a node, or a set, away
 * and see what is no longer reached.
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
#include "analyzer/model/kept.h"
#include "brute_graph.h"
#include "format/error.h"

#define ROUNDS	 4000u
#define SETS_MAX 150u /* more than two rounds of kept.c */
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

/* What is reached, but not past the marked nodes, and not marked itself. */
static struct pt_kept kept_by_force(const struct brute_graph *p, const bool *marked)
{
	const bool nothing[NODES_MAX] = { false };
	bool reached[NODES_MAX], rest[NODES_MAX];
	struct pt_kept kept = { 0 };

	brute_graph_reach(p, nothing, reached);
	brute_graph_reach(p, marked, rest);
	for (uint32_t v = 0; v < p->nodes_nr; v++) {
		if (!reached[v] || rest[v] || marked[v])
			continue;
		kept.bytes += p->shallow_bytes[v];
		kept.nodes_nr++;
	}
	return kept;
}

static void check_sets(const struct brute_graph *p, const struct pt_graph *g, uint32_t sets_nr,
		       uint32_t one_in)
{
	uint32_t set_of[NODES_MAX] = { 0 };
	struct pt_kept kept[SETS_MAX], together, expected;
	bool marked[NODES_MAX] = { false };

	for (uint32_t v = 1; v < p->nodes_nr; v++)
		set_of[v] = sets_nr && !brute_roll(one_in) ? 1 + brute_roll(sets_nr) : 0;
	assert_int_equal(pt_kept_by_sets(g, set_of, sets_nr, kept, &together), 0);
	for (uint32_t set = 1; set <= sets_nr; set++) {
		for (uint32_t v = 0; v < p->nodes_nr; v++)
			marked[v] = set_of[v] == set;
		expected = kept_by_force(p, marked);
		assert_int_equal(kept[set - 1].bytes, expected.bytes);
		assert_int_equal(kept[set - 1].nodes_nr, expected.nodes_nr);
	}
	for (uint32_t v = 0; v < p->nodes_nr; v++)
		marked[v] = set_of[v] != 0;
	expected = kept_by_force(p, marked);
	assert_int_equal(together.bytes, expected.bytes);
	assert_int_equal(together.nodes_nr, expected.nodes_nr);
}

static void kept_bytes_are_what_is_lost_without_a_set(void **state)
{
	(void)state;
	srandom(3);
	for (uint32_t round = 0; round < ROUNDS; round++) {
		struct brute_graph p;
		struct pt_graph g;

		brute_graph_make(&p);
		assert_true(brute_graph_build(&p, &g));
		check_sets(&p, &g, brute_roll(50) ? brute_roll(5) : SETS_MAX - brute_roll(30),
			   1 + brute_roll(8));
		pt_graph_fini(&g);
	}
}

/* The reachable nodes of a set told as one node: it retains what the set keeps, and the set. */
static void a_single_set_is_as_if_merged_into_one_node(void **state)
{
	(void)state;
	srandom(4);
	for (uint32_t round = 0; round < ROUNDS; round++) {
		const bool nothing[NODES_MAX] = { false };
		bool reached[NODES_MAX], merged[NODES_MAX] = { false };
		uint32_t set_of[NODES_MAX] = { 0 }, first = 0;
		uint64_t set_bytes = 0;
		struct brute_graph p;
		struct pt_graph g;
		struct pt_dominators d;
		struct pt_kept kept, together;

		brute_graph_make(&p);
		assert_true(brute_graph_build(&p, &g));
		brute_graph_reach(&p, nothing, reached);
		for (uint32_t v = 1; v < p.nodes_nr; v++) {
			if (!reached[v] || brute_roll(4))
				continue;
			merged[v] = true;
			set_of[v] = 1;
			set_bytes += p.shallow_bytes[v];
			p.shallow_bytes[v] = 0;
			first = first ? first : v;
		}
		assert_int_equal(pt_kept_by_sets(&g, set_of, 1, &kept, &together), 0);
		assert_memory_equal(&kept, &together, sizeof(kept.bytes));
		pt_graph_fini(&g);
		p.shallow_bytes[first] = set_bytes;
		for (uint32_t i = 0; i < p.edges_nr; i++) {
			p.edges[i].from = merged[p.edges[i].from] ? first : p.edges[i].from;
			p.edges[i].to = merged[p.edges[i].to] ? first : p.edges[i].to;
		}
		assert_true(brute_graph_build(&p, &g));
		assert_int_equal(pt_dominators_init(&d, &g), 0);
		if (first)
			assert_int_equal(d.retained_bytes[first], set_bytes + kept.bytes);
		pt_dominators_fini(&d);
		pt_graph_fini(&g);
	}
}

/*
 * 1 (set 1) -> 2 (set 2) -> 4, and the root -> 3 (set 2). Set 1 keeps 4 alive; were 2 and 3 one
 * node, 4 would seem to be reached past set 1.
 */
static void a_neighbour_set_does_not_hide_what_a_set_keeps(void **state)
{
	const uint32_t set_of[] = { 0, 1, 2, 2, 0 };
	struct pt_kept kept[2], together;
	struct pt_graph g;

	(void)state;
	assert_int_equal(pt_graph_init(&g, 5), 0);
	for (uint32_t v = 1; v < 5; v++)
		g.shallow_bytes[v] = 10 * v;
	assert_int_equal(pt_graph_tell(&g, PT_GRAPH_ROOT, 1, 0, false), 0);
	assert_int_equal(pt_graph_tell(&g, PT_GRAPH_ROOT, 3, 0, false), 0);
	assert_int_equal(pt_graph_tell(&g, 1, 2, 0, false), 0);
	assert_int_equal(pt_graph_tell(&g, 2, 4, 0, false), 0);
	assert_int_equal(pt_graph_seal(&g), 0);
	assert_int_equal(pt_kept_by_sets(&g, set_of, 2, kept, &together), 0);
	assert_int_equal(kept[0].bytes, 20 + 40);
	assert_int_equal(kept[1].bytes, 40);
	assert_int_equal(together.bytes, 40);
	assert_int_equal(pt_kept_by_sets(&g, set_of, 1, kept, &together), -PT_EINVAL);
	pt_graph_fini(&g);
}

/* A list of DEEP links, forth and back, from its head alone; without recursion and in no time. */
static void a_chain_of_a_million_is_no_deeper_than_any(void **state)
{
	uint32_t *set_of = calloc(DEEP + 1, sizeof(*set_of));
	struct pt_kept kept[2], together;
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
	set_of[1000] = 1;
	set_of[DEEP / 2] = 2;
	assert_int_equal(pt_kept_by_sets(&g, set_of, 2, kept, &together), 0);
	assert_int_equal(kept[0].bytes, DEEP - 1000);
	assert_int_equal(kept[1].bytes, DEEP - DEEP / 2);
	assert_int_equal(together.bytes, DEEP - 1001);
	pt_graph_fini(&g);
	free(set_of);
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
		cmocka_unit_test(kept_bytes_are_what_is_lost_without_a_set),
		cmocka_unit_test(a_single_set_is_as_if_merged_into_one_node),
		cmocka_unit_test(a_neighbour_set_does_not_hide_what_a_set_keeps),
		cmocka_unit_test(a_chain_of_a_million_is_no_deeper_than_any),
		cmocka_unit_test(a_deep_list_of_shared_items_is_not_quadratic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
