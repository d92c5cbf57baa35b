// SPDX-License-Identifier: MIT
/* test_quantity.c - sizes, times and shares, as people write and read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analyzer/result/quantity.h"

static void times_and_sizes_are_read(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} times[] = { { "500ms", 500000000 }, { "1.5s", 1500000000 },  { "2", 2000000000 },
		      { "1m", 60000000000 },  { "2h", 7200000000000 }, { "7ns", 7 },
		      { "3us", 3000 } };
	static const char *const bad[] = { "",	   "s",	  "-1s",   "1x",  "1 s",
					   "0x10", "1e3", "1.2.3", "nan", "99999999999999999999h" };
	uint64_t value;

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		assert_int_equal(pt_quantity_parse_time(times[i].text, &value), 0);
		assert_int_equal(value, times[i].ns);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_true(pt_quantity_parse_time(bad[i], &value) < 0);
		assert_true(pt_quantity_parse_bytes(bad[i], &value) < 0);
	}
	assert_int_equal(pt_quantity_parse_bytes("64K", &value), 0);
	assert_int_equal(value, 65536);
	assert_int_equal(pt_quantity_parse_bytes("1.5GiB", &value), 0);
	assert_int_equal(value, 3ull << 29);
}

static void almost_all_is_not_all(void **state)
{
	char n[PT_QUANTITY_BYTES];

	(void)state;
	assert_string_equal(pt_quantity_share(n, 995, 1000), "99.5 %");
	assert_string_equal(pt_quantity_share(n, 999999, 1000000), "99.9 %");
	assert_string_equal(pt_quantity_share(n, 1000, 1000), "100 %");
	assert_string_equal(pt_quantity_share(n, 58, 100), "58 %");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_and_sizes_are_read),
		cmocka_unit_test(almost_all_is_not_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
