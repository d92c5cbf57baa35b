// SPDX-License-Identifier: MIT
/*
 * test_graph_fill.c - a snapshot's tables: one small heap reckoned by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "graph_world.h"

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
		cmocka_unit_test(a_silent_thread_makes_leaks_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
