// SPDX-License-Identifier: MIT
/*
 * test_pool_holders.c - who holds most, and how many are large enough, against counting them all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../analyzer/passes/pool_holders.h"

static void sizes_are_counted_from_any_size_on(void **state)
{
	static uint32_t count[3000];
	struct pt_pool_sizes s = { 0 };
	uint64_t random = 1, nr = 0;

	(void)state;
	for (int i = 0; i < 40000; i++) {
		uint64_t bytes, want = 0, grow = i / 10000 != 2;

		random = random * 6364136223846793005ull + 1442695040888963407ull;
		bytes = (random >> 33) % 3000;
		if (random >> 62 ? grow : !grow) {
			assert_int_equal(pt_pool_sizes_add(&s, bytes), 0);
			count[bytes]++;
			nr++;
		} else if (count[bytes]) {
			pt_pool_sizes_del(&s, bytes);
			count[bytes]--;
			nr--;
		}
		assert_int_equal(pt_pool_sizes_from(&s, 0), nr);
		if (i % 16)
			continue;
		bytes = (random >> 40) % 3100;
		for (uint64_t k = bytes; k < 3000; k++)
			want += count[k];
		assert_int_equal(pt_pool_sizes_from(&s, bytes), want);
	}
	pt_pool_sizes_fini(&s);
}

#define HOLDERS 300u
#define SIZES	8u

static void the_holder_is_the_first_of_those_with_most(void **state)
{
	static uint32_t has[HOLDERS][SIZES];
	struct pt_pool_holders both[2] = { { 0 } }; /* one is asked with ranks */
	uint32_t rank[HOLDERS];
	uint64_t random = 7, others, all;

	(void)state;
	for (uint32_t i = 0; i < HOLDERS; i++)
		rank[i] = (i * 7) % HOLDERS;
	for (int i = 0; i < 40000; i++) {
		uint32_t holder, self, size, want = PT_NO_HOLDER, most = 0;
		uint64_t fit = 0, bytes;
		bool ranked = i & 1;

		random = random * 6364136223846793005ull + 1442695040888963407ull;
		holder = (uint32_t)(random >> 33) % HOLDERS;
		self = (uint32_t)(random >> 40) % HOLDERS;
		size = (uint32_t)(random >> 50) % SIZES;
		if (has[holder][size] && random >> 63) {
			pt_pool_holders_take(&both[0], holder, size);
			pt_pool_holders_take(&both[1], holder, size);
			has[holder][size]--;
		} else {
			assert_int_equal(pt_pool_holders_put(&both[0], holder, size), 0);
			assert_int_equal(pt_pool_holders_put(&both[1], holder, size), 0);
			has[holder][size]++;
		}
		bytes = i % 3 ? (random >> 29) % (SIZES + 1) : PT_ANY_SIZE;
		all = 0;
		for (uint32_t k = 0; k < HOLDERS; k++) {
			uint32_t nr = 0;

			for (uint64_t s = bytes == PT_ANY_SIZE ? 0 : bytes; s < SIZES; s++)
				nr += has[k][s];
			fit += nr;
			if (k == self || !nr)
				continue;
			all += nr;
			if (nr > most || (nr == most && ranked && rank[k] < rank[want])) {
				want = k;
				most = nr;
			}
		}
		assert_int_equal(pt_pool_holders_ask(&both[ranked], bytes, fit, self, ranked ? rank : NULL,
						     &others),
				 want);
		assert_int_equal(others, all);
	}
	pt_pool_holders_fini(&both[0]);
	pt_pool_holders_fini(&both[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_counted_from_any_size_on),
		cmocka_unit_test(the_holder_is_the_first_of_those_with_most),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
