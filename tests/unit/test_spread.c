// SPDX-License-Identifier: MIT
/*
 * test_spread.c - deviations and bounds against printed tables, and the promised false-alarm rate.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analyzer/budget/spread.h"

static void close_to(double got, double want, double by)
{
	if (!(fabs(got - want) <= by))
		fail_msg("%.9g, not %.9g", got, want);
}

static void the_median_low_and_high_are_those_of_the_values(void **state)
{
	double odd[] = { 5, 1, 9 }, even[] = { 4, 1, 2, 8 }, gaps[] = { NAN, 7, NAN, 3 };
	struct pt_spread s;

	(void)state;
	pt_spread_of(odd, 3, &s);
	assert_true(s.runs == 3 && s.median == 5 && s.low == 1 && s.high == 9);
	pt_spread_of(even, 4, &s);
	assert_true(s.runs == 4 && s.median == 3 && s.low == 1 && s.high == 8);
	pt_spread_of(gaps, 4, &s);
	assert_true(s.runs == 2 && s.median == 5 && s.low == 3 && s.high == 7);
}

static void no_values_one_value_and_equal_values_do_not_scatter(void **state)
{
	double none[] = { NAN }, one[] = { 42 }, same[] = { 3, 3, 3, 3 };
	struct pt_spread s;

	(void)state;
	pt_spread_of(none, 1, &s);
	assert_true(s.runs == 0 && isnan(s.median) && isnan(s.low) && isnan(s.high) && s.deviation == 0);
	assert_true(isnan(pt_spread_bound(&s, 1, 1)));
	pt_spread_of(one, 1, &s);
	assert_true(s.runs == 1 && s.median == 42 && s.deviation == 0);
	assert_true(pt_spread_bound(&s, 3, 30) == 42);
	pt_spread_of(same, 4, &s);
	assert_true(s.deviation == 0 && pt_spread_bound(&s, 1, 30) == 3);
}

/* Where most values are the same the range is what remains: range / d2. d2: ASTM E2587, table 6. */
static void the_range_counts_by_the_table_of_d2(void **state)
{
	static const struct {
		size_t n;
		double d2;
	} table[] = { { 2, 1.128 },  { 3, 1.693 },  { 5, 2.326 },  { 10, 3.078 }, { 15, 3.472 },
		      { 20, 3.735 }, { 25, 3.931 }, { 100, 5.015 } };
	double values[100];
	struct pt_spread s;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		for (size_t k = 0; k < table[i].n; k++)
			values[k] = table[i].n == 3 ? 0 : 500; /* so that the MAD is smaller */
		values[0] = 0;
		values[table[i].n - 1] = 1000;
		pt_spread_of(values, table[i].n, &s);
		close_to(1000 / s.deviation, table[i].d2, 0.0006);
	}
}

static void of_two_clusters_the_mad_and_of_others_the_standard_deviation_is_larger(void **state)
{
	double two[] = { 0, 10, 0, 10, 0, 10, 0, 10, 0, 10, 0, 10 };
	double skewed[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 9, 9, 9, 9, 9 };
	struct pt_spread s;

	(void)state;
	pt_spread_of(two, 12, &s);
	close_to(s.deviation, 1.4826 * 5, 1e-9);
	pt_spread_of(skewed, 20, &s);
	close_to(s.deviation, 9 * sqrt(14 * 6 / 20.0 / 19), 1e-9);
}

/* How far a bound lies above the median, in deviations, without what n and m do to it. */
static double quantile(uint32_t n, uint32_t comparisons)
{
	struct pt_spread s = { .runs = n, .deviation = 1 };
	double variance = n < 3 ? 1.0 / n : M_PI / 2 / n;

	return pt_spread_bound(&s, 1, comparisons) / sqrt(variance + 1);
}

/* Upper points of Student's t: Beyer, CRC Standard Mathematical Tables. For 1 and 2 degrees of freedom there are formulas. */
static void the_quantile_is_students(void **state)
{
	static const struct {
		uint32_t df, comparisons;
		double t;
	} table[] = {
		{ 1, 1, 318.309 }, { 2, 1, 22.327 }, { 3, 1, 10.215 }, { 4, 1, 7.173 },	 { 9, 1, 4.297 },
		{ 29, 1, 3.396 },  { 120, 1, 3.160 }, { 2, 2, 31.599 }, { 4, 2, 8.610 }, { 9, 2, 4.781 },
		{ 29, 2, 3.659 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		close_to(quantile(table[i].df + 1, table[i].comparisons), table[i].t, 0.0006);
	for (uint32_t c = 10; c <= 100000; c *= 10) {
		double p = PT_FALSE_ALARM_RATE / c, two = (1 - 2 * p) * sqrt(2 / (4 * p * (1 - p)));

		close_to(quantile(2, c), 1 / tan(M_PI * p), 1e-6 / p);
		close_to(quantile(3, c), two, 1e-6 * two);
	}
}

static void more_runs_make_it_narrower_and_more_comparisons_wider(void **state)
{
	struct pt_spread s = { .runs = 5, .median = 100, .low = 99, .high = 101, .deviation = 1 };
	double bound = pt_spread_bound(&s, 1, 30);

	(void)state;
	assert_true(pt_spread_bound(&s, 3, 30) < bound && pt_spread_bound(&s, 1, 60) > bound);
	assert_true(pt_spread_bound(&s, 1, UINT32_MAX) > bound && isfinite(pt_spread_bound(&s, 1, UINT32_MAX)));
	s.runs = 10;
	assert_true(pt_spread_bound(&s, 1, 30) < bound);
	s.runs = UINT32_MAX;
	assert_true(pt_spread_bound(&s, 1, 30) < bound);
	/* What the baseline saw is no change. */
	s.high = 1000;
	assert_true(pt_spread_bound(&s, 1, 30) == 1000);
}

static uint64_t random_state = 1;

static double normal(void)
{
	double u[2];

	for (int i = 0; i < 2; i++) {
		random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
		u[i] = ((double)(random_state >> 11) + 0.5) * 0x1p-53;
	}
	return sqrt(-2 * log(u[0])) * cos(2 * M_PI * u[1]);
}

/* 100,000 single comparisons each: at most 100 alarms are promised, and 3 sigma of chance are 30. */
static void normal_values_give_no_more_false_alarms_than_promised(void **state)
{
	static const uint32_t runs[][2] = { { 3, 1 }, { 5, 3 }, { 10, 3 }, { 10, 10 }, { 25, 5 } };
	double values[25];

	(void)state;
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		struct pt_spread one = { .runs = runs[i][0], .deviation = 1 }, before, after;
		double factor = pt_spread_bound(&one, runs[i][1], 1);
		unsigned int alarms = 0;

		for (int k = 0; k < 100000; k++) {
			for (uint32_t v = 0; v < runs[i][0]; v++)
				values[v] = normal();
			pt_spread_of(values, runs[i][0], &before);
			for (uint32_t v = 0; v < runs[i][1]; v++)
				values[v] = normal();
			pt_spread_of(values, runs[i][1], &after);
			alarms += after.median > before.median + factor * before.deviation;
		}
		if (alarms > 130)
			fail_msg("%u and %u runs: %u alarms", runs[i][0], runs[i][1], alarms);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_median_low_and_high_are_those_of_the_values),
		cmocka_unit_test(no_values_one_value_and_equal_values_do_not_scatter),
		cmocka_unit_test(the_range_counts_by_the_table_of_d2),
		cmocka_unit_test(of_two_clusters_the_mad_and_of_others_the_standard_deviation_is_larger),
		cmocka_unit_test(the_quantile_is_students),
		cmocka_unit_test(more_runs_make_it_narrower_and_more_comparisons_wider),
		cmocka_unit_test(normal_values_give_no_more_false_alarms_than_promised),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
