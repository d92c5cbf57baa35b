/* SPDX-License-Identifier: MIT */
/*
 * test_model.c - the parts that the heap and its passes stand on, each against the obvious way:
 * with more keys, holders and blocks than the scripts of test_heap.c reach.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../analyzer/model/heap.h"
#include "../../analyzer/passes/cells.h"
#include "../../analyzer/passes/shelves.h"
#include "roll.h"

#define KEYS 5000u

static void a_sorted_map_finds_its_neighbours(void **state)
{
	struct pt_ordered o = { 0 };
	static uint64_t value[KEYS]; /* 0 = not there */
	uint64_t random = 1;
	size_t nr = 0;

	(void)state;
	for (int i = 0; i < 60000; i++) {
		uint64_t key = roll(&random, KEYS), grow = i / 20000 != 1;
		struct pt_ordered_entry e;
		long near;

		if (roll(&random, 3) ? grow : !grow) {
			nr += !value[key];
			value[key] = 1 + roll(&random, 1000);
			assert_int_equal(pt_ordered_put(&o, key, value[key]), 0);
		} else {
			assert_int_equal(pt_ordered_del(&o, key), value[key] != 0);
			nr -= value[key] != 0;
			value[key] = 0;
		}
		assert_int_equal(o.nr, nr);
		key = roll(&random, KEYS);
		for (near = (long)key; near < (long)KEYS && !value[near]; near++)
			;
		assert_int_equal(pt_ordered_from(&o, key, &e), near < (long)KEYS);
		if (near < (long)KEYS)
			assert_true(e.key == (uint64_t)near && e.value == value[near]);
		for (near = (long)key - 1; near >= 0 && !value[near]; near--)
			;
		assert_int_equal(pt_ordered_below(&o, key, &e), near >= 0);
		if (near >= 0)
			assert_true(e.key == (uint64_t)near && e.value == value[near]);
	}
	pt_ordered_fini(&o);
}

static void a_table_of_blocks_loses_none(void **state)
{
	struct pt_blocks t = { 0 };
	static bool there[PT_SPAN_BYTES];
	uint64_t random = 2;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		uint64_t addr = 1 + roll(&random, i % 50000 < 25000 ? 16000 : 200);
		struct pt_block *b = pt_blocks_find(&t, addr);

		assert_int_equal(b != NULL, there[addr]);
		if (b) {
			assert_int_equal(b->site, addr * 3);
			pt_blocks_del(&t, b);
		} else {
			b = pt_blocks_add(&t, addr);
			assert_non_null(b);
			assert_true(b->addr == addr && !b->size_bytes && !b->state && !b->thread);
			b->site = (uint32_t)addr * 3;
		}
		there[addr] = !there[addr];
	}
	for (uint64_t addr = 1; addr < PT_SPAN_BYTES; addr++)
		assert_int_equal(pt_blocks_find(&t, addr) != NULL, there[addr]);
	pt_blocks_fini(&t);
}

/* How far the one that is furthest from where it belongs is from there. */
static uint32_t furthest(const struct pt_blocks *t)
{
	uint32_t mask = (1u << t->log2) - 1, most = 0;

	for (uint32_t i = 0; i <= mask; i++) {
		uint32_t distance = t->slots[i].addr ? (i - pt_blocks_home(t, t->slots[i].addr)) & mask : 0;

		most = distance > most ? distance : most;
	}
	return most;
}

/* In the order of addresses while that keeps each near its place; scattered when it does not. */
static void blocks_that_lie_close_are_found_fast(void **state)
{
	static const struct {
		uint32_t distance_bytes, nr;
		bool ordered;
	} cases[] = { { 64, 256, true }, { 32, 512, true }, { 16, 300, false }, { 8, 350, false }, { 1, 380, false },
		      { 16, 100, false }, { 8, 2000, false } };

	(void)state;
	for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const uint64_t first = 0x7f0000004000;
		struct pt_blocks t = { 0 };

		for (uint32_t k = 0; k < cases[i].nr; k++)
			assert_non_null(pt_blocks_add(&t, first + k * cases[i].distance_bytes));
		for (uint32_t k = 0; k < cases[i].nr; k++)
			assert_non_null(pt_blocks_find(&t, first + k * cases[i].distance_bytes));
		assert_int_equal(t.ordered, cases[i].ordered);
		assert_in_range(furthest(&t), 0, t.ordered ? 0 : 60);
		pt_blocks_fini(&t);
	}
}

#define HOLDERS 700u
#define SIZES	60u

static uint32_t most_by_brute_force(uint32_t held[SIZES][HOLDERS], uint64_t request,
				    uint32_t starved)
{
	uint32_t most = PT_HOLDER_NONE;
	uint64_t most_objects = 0;

	for (uint32_t holder = 0; holder < HOLDERS; holder++) {
		uint64_t objects = 0;

		for (uint32_t i = 0; i < SIZES; i++) {
			uint64_t usable = pt_usable_glibc(i * 40ull);

			if (usable >= request &&
			    (usable <= request + 16 || usable * 4 <= request * 5))
				objects += held[i][holder];
		}
		if (holder != starved && objects > most_objects) {
			most = holder;
			most_objects = objects;
		}
	}
	return most;
}

static void shelves_know_who_holds_most_also_when_holders_come_and_go(void **state)
{
	static uint32_t held[SIZES][HOLDERS];
	static struct pt_classes classes;
	struct pt_shelves s = { 0 };
	uint64_t random = 3;

	(void)state;
	assert_int_equal(pt_classes_init(&classes), 0);
	for (uint32_t i = 0; i < 30000; i++) {
		uint32_t size = (uint32_t)roll(&random, SIZES);
		uint32_t holder =
			(i / 100 + (uint32_t)roll(&random, 20)) % HOLDERS; /* a moving crowd */
		uint32_t old = (holder + HOLDERS - 25) % HOLDERS;
		uint32_t class = pt_classes_of(&classes, size * 40ull);

		assert_int_equal(pt_shelves_put(&s, class, holder), 0);
		held[size][holder]++;
		for (; held[size][old]; held[size][old]--)
			pt_shelves_take(&s, class, old);
		if (i % 50 == 0) {
			uint64_t request = roll(&random, SIZES * 40);

			assert_int_equal(pt_shelves_most(&s, &classes, request, holder, NULL),
					 most_by_brute_force(held, request, holder));
		}
	}
	assert_true(s.max < SIZES * HOLDERS / 4); /* empty shelves were swept out */
	pt_shelves_fini(&s);
	pt_classes_fini(&classes);
}

static void a_size_keeps_its_first_class(void **state)
{
	static struct pt_classes k;
	uint32_t class;

	(void)state;
	assert_int_equal(pt_classes_init(&k), 0);
	assert_int_equal(pt_classes_tell(&k, 100, 112), 0);
	class = pt_classes_of(&k, 100);
	assert_int_equal(k.classes[class].usable_bytes, 112);
	assert_int_equal(pt_classes_tell(&k, 100, 128), 0);
	assert_int_equal(pt_classes_of(&k, 100), class);
	assert_int_equal(k.classes[class].usable_bytes, 112);
	assert_int_equal(pt_classes_of(&k, 104), pt_classes_of(&k, 101)); /* glibc: both 104 */
	assert_int_not_equal(pt_classes_of(&k, 105), pt_classes_of(&k, 104));
	assert_int_equal(pt_usable_glibc(0), 24);
	assert_int_equal(pt_usable_glibc(25), 40);
	for (uint64_t size = 0; size < 100000; size += 7) {
		class = pt_classes_of(&k, size);
		assert_int_equal(k.classes[class].usable_bytes,
				 size == 100 ? 112 : pt_usable_glibc(size));
	}
	pt_classes_fini(&k);
}

static void a_matrix_is_sorted_by_bytes(void **state)
{
	struct pt_cells m = { 0 };
	struct pt_report_matrix out;

	(void)state;
	for (uint32_t i = 0; i < 1000; i++) {
		assert_int_equal(pt_cells_add(&m, i % 100, i % 10, i % 100), 0);
		assert_int_equal(pt_cells_add(&m, i % 100, i % 10, 0), 0);
	}
	pt_cells_take(&m, &out);
	assert_int_equal(out.cells_nr, 100);
	for (uint32_t i = 0; i < 100; i++) {
		assert_int_equal(out.cells[i].from, 99 - i);
		assert_int_equal(out.cells[i].to, (99 - i) % 10);
		assert_int_equal(out.cells[i].objects, 20);
		assert_int_equal(out.cells[i].bytes, 10 * (99 - i));
	}
	free(out.cells);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sorted_map_finds_its_neighbours),
		cmocka_unit_test(a_table_of_blocks_loses_none),
		cmocka_unit_test(blocks_that_lie_close_are_found_fast),
		cmocka_unit_test(shelves_know_who_holds_most_also_when_holders_come_and_go),
		cmocka_unit_test(a_size_keeps_its_first_class),
		cmocka_unit_test(a_matrix_is_sorted_by_bytes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
