/* SPDX-License-Identifier: MIT */
/* test_ranges.c - the range index against a look at every range. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analyzer/symbols/ranges.h"

#define RANGES_NR    60
#define ADDRESSES_NR 200

static bool covers(const struct pt_range *range, uint64_t addr)
{
	return range->start <= addr && addr < range->end;
}

/* The highest start, then the lowest end, rank and value. */
static bool better(const struct pt_range *a, const struct pt_range *b)
{
	if (a->start != b->start)
		return a->start > b->start;
	if (a->end != b->end)
		return a->end < b->end;
	if (a->rank != b->rank)
		return a->rank < b->rank;
	return a->value < b->value;
}

static const struct pt_range *look_at_all(const struct pt_range *ranges, uint64_t addr)
{
	const struct pt_range *best = NULL, *nearest = NULL;

	for (size_t i = 0; i < RANGES_NR; i++) {
		if (covers(&ranges[i], addr) && (!best || better(&ranges[i], best)))
			best = &ranges[i];
		/* Where a place and a range start together, the place is the shorter one. */
		if (ranges[i].start <= addr && (!nearest || better(&ranges[i], nearest)))
			nearest = &ranges[i];
	}
	if (best)
		return best;
	return nearest && nearest->start == nearest->end ? nearest : NULL;
}

static void the_found_range_is_the_innermost_around_the_address(void **state)
{
	(void)state;
	srandom(1);
	for (int round = 0; round < 500; round++) {
		struct pt_range plain[RANGES_NR];
		struct pt_ranges ranges = { 0 };

		for (uint32_t i = 0; i < RANGES_NR; i++) {
			uint64_t start = (uint64_t)random() % ADDRESSES_NR;
			uint64_t end = start + (uint64_t)random() % (i % 3 ? 8 : 80);
			uint32_t rank = (uint32_t)random() % 3;

			plain[i] = (struct pt_range){ start, end, 0, i, rank };
			if (start == end)
				assert_int_equal(pt_ranges_add_place(&ranges, start, i, rank), 0);
			else
				assert_int_equal(pt_ranges_add(&ranges, start, end, i, rank), 0);
		}
		pt_ranges_sort(&ranges);
		for (uint64_t addr = 0; addr < ADDRESSES_NR + 100; addr++) {
			const struct pt_range *expected = look_at_all(plain, addr);
			const struct pt_range *found = pt_ranges_find(&ranges, addr);

			assert_int_equal(!expected, !found);
			if (found)
				assert_int_equal(found->value, expected->value);
		}
		pt_ranges_fini(&ranges);
	}
}

static void an_empty_or_inverted_range_is_dropped(void **state)
{
	struct pt_ranges ranges = { 0 };

	(void)state;
	assert_int_equal(pt_ranges_add(&ranges, 10, 10, 0, 0), 0);
	assert_int_equal(pt_ranges_add(&ranges, UINT64_MAX - 1, 5, 0, 0), 0);
	pt_ranges_sort(&ranges);
	for (uint64_t addr = 0; addr < 20; addr++)
		assert_null(pt_ranges_find(&ranges, addr));
	assert_null(pt_ranges_find(&ranges, UINT64_MAX));
	pt_ranges_fini(&ranges);
}

static void the_highest_address_is_found(void **state)
{
	struct pt_ranges ranges = { 0 };

	(void)state;
	assert_int_equal(pt_ranges_add(&ranges, UINT64_MAX - 4, UINT64_MAX, 7, 0), 0);
	pt_ranges_sort(&ranges);
	assert_int_equal(pt_ranges_find(&ranges, UINT64_MAX - 1)->value, 7);
	assert_null(pt_ranges_find(&ranges, UINT64_MAX));
	assert_null(pt_ranges_find(&ranges, UINT64_MAX - 5));
	pt_ranges_fini(&ranges);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_found_range_is_the_innermost_around_the_address),
		cmocka_unit_test(an_empty_or_inverted_range_is_dropped),
		cmocka_unit_test(the_highest_address_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
