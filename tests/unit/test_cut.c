// SPDX-License-Identifier: MIT
/*
 * test_cut.c - blocks and objects of pools become nodes: one or two, nested, cut short.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../analyzer/model/cells.h"

static int no_change(void *arg, const struct pt_change *c, size_t nr)
{
	(void)arg, (void)c, (void)nr;
	return 0;
}

static int no_pool_change(void *arg, const struct pt_pool_change *c)
{
	(void)arg, (void)c;
	return 0;
}

struct world {
	struct pt_heap heap;
	struct pt_pools *pools;
	struct pt_cut cut;
};

static void begin(struct world *w)
{
	memset(w, 0, sizeof(*w));
	assert_int_equal(pt_heap_init(&w->heap, 0, no_change, NULL), 0);
	w->pools = pt_pools_open(no_pool_change, NULL);
	assert_non_null(w->pools);
}

static void end(struct world *w)
{
	pt_cut_fini(&w->cut);
	pt_heap_fini(&w->heap);
	pt_pools_close(w->pools);
}

static void heap_event(struct world *w, uint8_t kind, uint64_t addr, uint64_t bytes, uint32_t stack)
{
	struct pt_event ev = { .kind = kind, .addr = addr, .size_bytes = bytes, .stack = stack };

	assert_int_equal(pt_heap_apply(&w->heap, &ev, pt_heap_find(&w->heap, addr)), 0);
}

static void pool_event(struct world *w, uint8_t kind, uint64_t pool, uint64_t addr, uint64_t bytes, uint64_t time_ns)
{
	struct pt_event ev = { .kind = kind, .addr = addr, .size_bytes = bytes, .pool = pool, .time_ns = time_ns };

	ev.shard = 3;
	ev.stack = 9;
	assert_int_equal(pt_pools_apply(w->pools, &ev), 0);
}

static void an_object_on_a_block_is_one_node_with_the_larger_size(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	heap_event(&w, PT_EV_ALLOC, 0x20000, 100, 5);
	heap_event(&w, PT_EV_ALLOC, 0x10000, 64, 4);
	heap_event(&w, PT_EV_ALLOC, 0x10080, 64, 4);
	heap_event(&w, PT_EV_FREE, 0x10080, 0, 0);
	pool_event(&w, PT_EV_POOL_GET, 1, 0x20000, 80, 1);
	pool_event(&w, PT_EV_POOL_PUT, 1, 0x20000, 0, 2);
	pool_event(&w, PT_EV_POOL_GET, 2, 0x20000, 120, 3);
	assert_int_equal(pt_cut_take(&w.cut, &w.heap, w.pools, 10), 0);
	assert_int_equal(w.cut.nodes_nr, 3);
	assert_int_equal(w.cut.nodes[1].addr, 0x10000);
	assert_int_equal(w.cut.nodes[1].state, PT_CUT_BLOCK);
	assert_int_equal(w.cut.nodes[2].bytes, 120);
	assert_int_equal(w.cut.nodes[2].stack, 5);
	assert_int_equal(w.cut.nodes[2].state, PT_CUT_IDLE);
	assert_int_equal(w.cut.nodes[2].pool, 0);
	assert_int_equal(w.cut.idle_nr, 1);
	assert_int_equal(w.cut.idle[0].node, 2);
	assert_int_equal(w.cut.idle[0].since_ns, 2);
	assert_int_equal(w.cut.idle[0].shard, 3);
	assert_int_equal(w.cut.idle[0].put_stack, 9);
	end(&w);
}

static void objects_in_a_slab_are_nested_and_what_overlaps_is_cut_short(void **state)
{
	struct world w;

	(void)state;
	begin(&w);
	heap_event(&w, PT_EV_ALLOC, 0x10000, 256, 4);
	pool_event(&w, PT_EV_POOL_GET, 1, 0x10040, 0x30, 1);
	pool_event(&w, PT_EV_POOL_GET, 1, 0x10000, 0x40, 1);
	pool_event(&w, PT_EV_POOL_GET, 1, 0x100f0, 0x40, 1); /* beyond the block's end */
	assert_int_equal(pt_cut_take(&w.cut, &w.heap, w.pools, 10), 0);
	assert_int_equal(w.cut.nodes_nr, 5);
	assert_int_equal(w.cut.nodes[1].block, 1);
	assert_int_equal(w.cut.nodes[1].bytes, 0xf0);
	assert_int_equal(w.cut.nodes[1].shallow_bytes, 0xf0 - 0x70);
	assert_int_equal(w.cut.nodes[2].addr, 0x10000);
	assert_int_equal(w.cut.nodes[2].around, 1);
	assert_int_equal(w.cut.nodes[2].stack, 4);
	assert_int_equal(w.cut.nodes[3].around, 1);
	assert_int_equal(w.cut.nodes[4].around, 0);
	assert_int_equal(pt_cut_at(&w.cut, 0x1003f), 2);
	assert_int_equal(pt_cut_at(&w.cut, 0x10070), 1);
	assert_int_equal(pt_cut_at(&w.cut, 0x1012f), 4);
	assert_int_equal(pt_cut_at(&w.cut, 0x10130), 0);
	end(&w);
}

static void cells_find_what_a_search_finds(void **state)
{
	struct pt_cut_cells cells;
	struct world w;
	uint64_t random = 1;

	(void)state;
	begin(&w);
	for (uint64_t i = 0; i < 3000; i++) {
		random = random * 6364136223846793005ull + 1442695040888963407ull;
		heap_event(&w, PT_EV_ALLOC, 0x100000 + random / 4 % 0x200000, 1 + (i % 50 ? random % 200 : 9000), 1);
	}
	assert_int_equal(pt_cut_take(&w.cut, &w.heap, NULL, 0), 0);
	assert_int_equal(pt_cut_cells_init(&cells, &w.cut), 0);
	for (uint32_t i = 1; i + 1 < w.cut.nodes_nr; i++)
		assert_true(w.cut.nodes[i].addr < w.cut.nodes[i + 1].addr);
	for (uint64_t addr = 0xff000; addr < 0x310000; addr += 7)
		assert_int_equal(pt_cut_cells_at(&cells, addr), pt_cut_at(&w.cut, addr));
	pt_cut_cells_fini(&cells);
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_object_on_a_block_is_one_node_with_the_larger_size),
		cmocka_unit_test(objects_in_a_slab_are_nested_and_what_overlaps_is_cut_short),
		cmocka_unit_test(cells_find_what_a_search_finds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
