/* SPDX-License-Identifier: MIT */
/* test_bars.c - which side of a bar is short, and what is said of bars that nothing was measured for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bars.h"

/* The table itself goes nowhere: stdout speaks TAP. */
static int short_nr(void)
{
	int nr, saved = dup(STDOUT_FILENO), null = open("/dev/null", O_WRONLY);

	fflush(stdout);
	dup2(null, STDOUT_FILENO);
	nr = bench_bars_print();
	dup2(saved, STDOUT_FILENO);
	close(saved);
	close(null);
	return nr;
}

static const char *result_of(const char *what)
{
	static char result[32];
	json_t *all = bench_bars_json(), *row;
	size_t i;

	result[0] = '\0';
	json_array_foreach(all, i, row)
		if (!strcmp(json_string_value(json_object_get(row, "what")), what))
			snprintf(result, sizeof(result), "%s", json_string_value(json_object_get(row, "result")));
	json_decref(all);
	return result;
}

static void a_bar_is_kept_on_its_own_side_only(void **state)
{
	(void)state;
	bench_bar("p", "at most, below", 0.19, BENCH_AT_MOST, 0.2);
	bench_bar("p", "at most, equal", 0.2, BENCH_AT_MOST, 0.2);
	bench_bar("p", "at least, above", 5.1, BENCH_AT_LEAST, 5);
	assert_int_equal(short_nr(), 0);
	bench_bar("p", "at most, above", 0.21, BENCH_AT_MOST, 0.2);
	bench_bar("p", "at least, below", 4.9, BENCH_AT_LEAST, 5);
	assert_int_equal(short_nr(), 2);
	assert_string_equal(result_of("at most, below"), "ok");
	assert_string_equal(result_of("at most, equal"), "ok");
	assert_string_equal(result_of("at most, above"), "short");
	assert_string_equal(result_of("at least, above"), "ok");
	assert_string_equal(result_of("at least, below"), "short");
}

static void no_figure_is_short_of_every_bar(void **state)
{
	int before = short_nr();

	(void)state;
	bench_bar("p", "nothing, at most", NAN, BENCH_AT_MOST, 1);
	bench_bar("p", "nothing, at least", NAN, BENCH_AT_LEAST, 1);
	assert_int_equal(short_nr(), before + 2);
	assert_string_equal(result_of("nothing, at least"), "short");
}

static void what_is_not_built_is_said_and_not_short(void **state)
{
	int before = short_nr();

	(void)state;
	bench_bar_unmeasured("p", "later", "not built");
	assert_int_equal(short_nr(), before);
	assert_string_equal(result_of("later"), "not built");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bar_is_kept_on_its_own_side_only),
		cmocka_unit_test(no_figure_is_short_of_every_bar),
		cmocka_unit_test(what_is_not_built_is_said_and_not_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
