// SPDX-License-Identifier: MIT
/*
 * test_graph_fill.c - a snapshot's tables: one small heap reckoned by hand, and random ones against brute force:
 * take nodes, words or kinds of words away and see what is no longer reached.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/passes/graph_parts.h"
#include "brute_graph.h"

#define ROUNDS	 3000u
#define POOLS	 3u
#define STACKS	 5u
#define FIELDS	 4u /* offsets 0, 8, 16, 24 */
#define PUT_STACK 9u

static const char names[POOLS][64] = { "conn", "buf", "row" };

/* A heap: nodes, words, and what is made of them. */
struct world {
	struct brute_graph p; /* edges' offsets as the graph has them */
	struct pt_cut cut;
	struct pt_references refs;
	struct pt_graph_report report;
	struct pt_graph_snapshot *out;
};

static struct world *open_world(uint32_t nodes_nr)
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

static void close_world(struct world *w)
{
	pt_graph_report_fini(&w->report);
	pt_graph_fini(&w->refs.graph);
	free(w->refs.roots);
	free(w->cut.idle);
	free(w->cut.nodes);
	free(w);
}

static void tell(struct world *w, uint32_t from, uint32_t to, uint64_t offset, bool interior)
{
	w->p.edges[w->p.edges_nr].from = from;
	w->p.edges[w->p.edges_nr].to = to;
	w->p.edges[w->p.edges_nr].offset_bytes = offset;
	w->p.edges[w->p.edges_nr++].interior = interior;
}

static void root(struct world *w, uint32_t to, enum pt_root_word_kind kind, bool interior)
{
	w->refs.roots[w->refs.roots_nr] = (struct pt_root_word){ .place = 8 * w->refs.roots_nr, .kind = kind };
	tell(w, 0, to, w->refs.roots_nr++, interior);
}

/* pool: POOLS = none. Idle objects are held by their pool. */
static void node(struct world *w, uint32_t v, uint64_t bytes, uint32_t stack, uint32_t pool, bool idle)
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

static void fill(struct world *w, const struct pt_graph_ask *ask)
{
	struct pt_graph_parts parts = { .cut = &w->cut, .refs = &w->refs, .ask = ask, .out = w->out };

	parts.names = names;
	parts.pools_nr = POOLS;
	assert_true(brute_graph_build(&w->p, &w->refs.graph));
	assert_int_equal(pt_graph_tables(&parts), 0);
}

static void link_inside(struct world *w, uint32_t around, uint32_t nested)
{
	tell(w, around, nested, PT_OFFSET_INSIDE, false);
	tell(w, nested, around, PT_OFFSET_INSIDE, false);
}

/*
 * static -> 1 -> 2 -> 3 (a list of one site), stale -> 4, interior -> 5; idle 6 (conn): +0 -> 7 -> 8, +8 -> 9;
 * idle 10 (conn): +8 -> 9, +16 -> 3. 11 <-> 12 a leaked cycle with a tail 13; 14 leaked alone.
 */
static struct world *small_heap(void)
{
	static const uint64_t bytes[] = { 0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130, 140 };
	struct world *w = open_world(15);

	for (uint32_t v = 1; v < 15; v++)
		node(w, v, bytes[v], v < 4 ? 1 : v > 10 ? 3 : 2, v == 6 || v == 10 ? 0 : POOLS, v == 6 || v == 10);
	root(w, 1, PT_ROOT_WORD_STATIC, false);
	root(w, 4, PT_ROOT_WORD_STALE, false);
	root(w, 5, PT_ROOT_WORD_STACK, true);
	tell(w, 1, 2, 0, false);
	tell(w, 2, 3, 0, false);
	tell(w, 6, 7, 0, false);
	tell(w, 7, 8, 0, true);
	tell(w, 6, 9, 8, false);
	tell(w, 10, 9, 8, false);
	tell(w, 10, 3, 16, false);
	tell(w, 11, 12, 0, false);
	tell(w, 12, 11, 0, false);
	tell(w, 12, 13, 8, false);
	return w;
}

static void a_small_heap_is_as_reckoned_by_hand(void **state)
{
	struct world *w = small_heap();
	const struct pt_graph_snapshot *s = w->out;

	(void)state;
	fill(w, NULL);
	assert_int_equal(s->nodes, 14);
	assert_int_equal(s->reachable_bytes, 550);
	assert_int_equal(s->unreachable_bytes, 110 + 120 + 130 + 140);
	assert_int_equal(s->unreachable_objects, 4);
	assert_int_equal(s->stale_only_bytes, 40);
	assert_int_equal(s->interior_only_bytes, 50 + 80);
	assert_int_equal(s->idle_bytes, 160);
	assert_int_equal(s->idle_retained_bytes, 70 + 80 + 90);
	assert_int_equal(s->idle_retained_objects, 3);
	assert_int_equal(s->roots[PT_ROOT_POOL].nodes, 2);
	assert_int_equal(s->roots[PT_ROOT_POOL].words, 0);
	assert_int_equal(s->pools_nr, 1);
	assert_string_equal(s->pools[0].name, "conn");
	assert_int_equal(s->pools[0].graph_retained_bytes, 240);
	assert_int_equal(s->pools[0].object_bytes, 0);
	assert_int_equal(s->pools[0].fields_more_bytes, 0);
	assert_int_equal(s->fields_nr, 3);
	assert_int_equal(s->fields[0].offset_bytes, 0);
	assert_int_equal(s->fields[0].retained_bytes, 150);
	assert_int_equal(s->fields[0].retained_objects, 2);
	assert_int_equal(s->fields[1].offset_bytes, 8);
	assert_int_equal(s->fields[1].retained_bytes, 90);
	assert_int_equal(s->fields[1].objects, 2);
	assert_int_equal(s->fields[1].put_objects, 2);
	assert_int_equal(s->sites[s->fields[1].put_site].site.stack, PUT_STACK);
	assert_int_equal(s->sites[s->fields[1].site].site.stack, 2);
	assert_int_equal(s->fields[2].retained_bytes, 0);
	assert_int_equal(s->idle_nr, 1); /* 9 is kept by both, by neither alone */
	assert_int_equal(s->idle[0].kept_bytes, 150);
	assert_int_equal(s->idle[0].idle_ns, 1000 - 60);
	assert_int_equal(s->leaks_nr, 1);
	assert_int_equal(s->leaks[0].objects, 4);
	assert_int_equal(s->leaks[0].heads, 2);
	assert_int_equal(s->leaks[0].addr, 4096 * 11);
	/* At the top: idle 6 and 10 with 7 (and 8) below; 4, 5, 9 of site 2; 1 and 2; 3, which two keep. */
	assert_int_equal(s->rows_nr, 4);
	assert_int_equal(s->rows[0].label.pool, 0);
	assert_true(s->rows[0].label.idle);
	assert_int_equal(s->rows[0].retained_bytes, 60 + 70 + 80 + 100);
	assert_int_equal(s->rows[1].parent, 0);
	assert_int_equal(s->rows[1].objects, 2);
	assert_int_equal(s->rows[1].retained_bytes, 150);
	assert_int_equal(s->rows[1].interior_objects, 1);
	assert_int_equal(s->rows[2].shallow_bytes, 40 + 50 + 90);
	assert_int_equal(s->rows[2].stale_objects, 1);
	assert_int_equal(s->rows[2].single_word_objects, 2);
	assert_int_equal(s->rows[3].objects, 3);
	assert_int_equal(s->rows[3].retained_bytes, 60);
	close_world(w);
}

static void a_path_is_the_shortest_and_tells_its_dominators(void **state)
{
	const struct pt_graph_ask ask = { .path = true, .path_addr = 4096 * 3 };
	struct world *w = small_heap();
	const struct pt_graph_path *path;

	(void)state;
	tell(w, 8, 3, 40, false);
	fill(w, &ask);
	path = w->out->path;
	assert_true(path->found && path->reachable);
	assert_int_equal(path->steps_nr, 2);
	assert_int_equal(path->root, PT_ROOT_POOL);
	assert_int_equal(path->steps[0].addr, 4096 * 10);
	assert_int_equal(path->steps[1].offset_bytes, 16);
	assert_int_equal(path->words_nr, 3);
	assert_int_equal(path->dominators_nr, 0);
	close_world(w);
	w = small_heap();
	fill(w, &(struct pt_graph_ask){ .path = true, .path_addr = 4096 * 8 });
	path = w->out->path;
	assert_int_equal(path->steps_nr, 3);
	assert_int_equal(path->dominators_nr, 2);
	assert_int_equal(path->dominators[0], 0);
	assert_int_equal(path->dominators[1], 1);
	assert_true(path->steps[2].interior);
	close_world(w);
}

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

static void a_silent_thread_makes_leaks_unknown(void **state)
{
	struct world *w = small_heap();

	(void)state;
	w->refs.silent_nr = 1;
	fill(w, NULL);
	assert_true(w->out->unreachable_bytes == PT_UNKNOWN && w->out->unreachable_objects == PT_UNKNOWN);
	assert_int_equal(w->out->leaks_nr, 0);
	assert_int_equal(w->out->reachable_bytes, 550);
	close_world(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_small_heap_is_as_reckoned_by_hand),
		cmocka_unit_test(a_path_is_the_shortest_and_tells_its_dominators),
		cmocka_unit_test(random_heaps_are_as_by_force),
		cmocka_unit_test(a_silent_thread_makes_leaks_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
