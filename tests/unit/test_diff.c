// SPDX-License-Identifier: MIT
/*
 * test_diff.c - what a diff tells of two traces, in which order, and what it leaves out.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/result/diff.h"
#include "figures_builder.h"

#define MIB (1024.0 * 1024)

struct world {
	struct pt_figures a, b;
	struct pt_diff diff;
};

/* A process that holds 100 MiB for 10 s, with a million allocations. */
static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	fb_figures(&w->a, "app", "a.ptrace");
	fb_figures(&w->b, "app2", "b.ptrace");
	for (int i = 0; i < 2; i++) {
		double *v = fb_row(i ? &w->b : &w->a, PT_SCOPE_PROCESS, NULL, NULL)->values;

		v[PT_METRIC_PEAK_HELD_BYTES] = 100 * MIB;
		v[PT_METRIC_DURATION_NS] = 10e9;
		v[PT_METRIC_ALLOCATIONS] = 1e6;
	}
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	pt_figures_fini(&w->a);
	pt_figures_fini(&w->b);
	pt_diff_fini(&w->diff);
	free(w);
	return 0;
}

static void make(struct world *w)
{
	assert_int_equal(pt_diff_make(&w->a, &w->b, &w->diff), 0);
}

static const struct pt_diff_change *nth(const struct world *w, size_t i)
{
	assert_true(i < w->diff.changes_nr);
	return &w->diff.changes[i];
}

static void the_same_twice_is_no_change(void **state)
{
	struct world *w = *state;

	fb_row(&w->a, PT_SCOPE_POOL, "msgbuf", NULL)->values[PT_METRIC_GETS] = 5;
	fb_row(&w->b, PT_SCOPE_POOL, "msgbuf", NULL)->values[PT_METRIC_GETS] = 5;
	make(w);
	assert_true(w->diff.changes_nr == 0 && w->diff.hidden_nr == 0);
	assert_string_equal(w->diff.before_path, "a.ptrace");
	assert_string_equal(w->diff.after_program, "app2");
}

static void pools_and_threads_are_paired_by_name(void **state)
{
	struct world *w = *state;

	fb_row(&w->a, PT_SCOPE_POOL, "one", NULL)->values[PT_METRIC_IDLE_AT_END_BYTES] = MIB;
	fb_row(&w->a, PT_SCOPE_POOL, "two", NULL)->values[PT_METRIC_IDLE_AT_END_BYTES] = 2 * MIB;
	fb_row(&w->a, PT_SCOPE_THREAD, NULL, "rx-*")->values[PT_METRIC_IDLE_AT_END_BYTES] = MIB;
	fb_row(&w->b, PT_SCOPE_POOL, "two", NULL)->values[PT_METRIC_IDLE_AT_END_BYTES] = 7 * MIB;
	fb_row(&w->b, PT_SCOPE_POOL, "zero", NULL)->values[PT_METRIC_IDLE_AT_END_BYTES] = 3 * MIB;
	fb_row(&w->b, PT_SCOPE_THREAD, NULL, "rx-*")->values[PT_METRIC_IDLE_AT_END_BYTES] = 4 * MIB;
	make(w);
	assert_int_equal(w->diff.changes_nr, 4);
	assert_string_equal(nth(w, 0)->what, "pool two");
	assert_true(nth(w, 0)->before == 2 * MIB && nth(w, 0)->after == 7 * MIB && fabs(nth(w, 0)->weight - 0.05) < 1e-9);
	assert_string_equal(nth(w, 1)->what, "pool zero");
	assert_true(nth(w, 1)->only_after && nth(w, 1)->before == 0);
	assert_string_equal(nth(w, 2)->what, "pool one");
	assert_true(nth(w, 2)->only_before && nth(w, 2)->after == 0);
	assert_string_equal(nth(w, 3)->what, "threads rx-*");
}

static void call_sites_are_matched_and_shown_with_their_new_line(void **state)
{
	struct world *w = *state;

	fb_site(&w->a, NULL, "take src/pool.c:10 < handle s.c:3 < main m.c:1")->values[PT_METRIC_IN_USE_AT_END_BYTES] = MIB;
	fb_site(&w->a, NULL, "old o.c:5 < main m.c:1")->values[PT_METRIC_IN_USE_AT_END_BYTES] = 2 * MIB;
	fb_site(&w->a, "msgbuf", "get g.c:5 < main m.c:1")->values[PT_METRIC_GETS] = 1e5;
	fb_site(&w->b, NULL, "fresh f.c:9")->values[PT_METRIC_IN_USE_AT_END_BYTES] = 3 * MIB;
	fb_site(&w->b, NULL, "take pool.c:12 < main m.c:2")->values[PT_METRIC_IN_USE_AT_END_BYTES] = 9 * MIB;
	fb_site(&w->b, "msgbuf", "get g.c:6 < main m.c:1")->values[PT_METRIC_GETS] = 3e5;
	make(w);
	assert_int_equal(w->diff.changes_nr, 4);
	assert_string_equal(nth(w, 0)->what, "take (pool.c:12), called from main (m.c:2)");
	assert_true(nth(w, 0)->before == MIB && nth(w, 0)->after == 9 * MIB);
	assert_string_equal(nth(w, 1)->what, "fresh (f.c:9)");
	assert_string_equal(nth(w, 2)->what, "old (o.c:5), called from main (m.c:1)");
	assert_string_equal(nth(w, 3)->what, "get (g.c:6), called from main (m.c:1) of pool msgbuf");
	assert_true(nth(w, 3)->before == 1e5 && nth(w, 3)->after == 3e5);
	assert_true(w->diff.sites_matched == 2 && w->diff.sites_only_before == 1 && w->diff.sites_only_after == 1);
}

static void sites_of_one_pool_are_not_those_of_another(void **state)
{
	struct world *w = *state;

	fb_site(&w->a, "one", "get g.c:5 < main m.c:1")->values[PT_METRIC_GETS] = 1e5;
	fb_site(&w->b, "two", "get g.c:5 < main m.c:1")->values[PT_METRIC_GETS] = 1e5;
	make(w);
	assert_true(w->diff.sites_matched == 0 && w->diff.sites_only_before == 1 && w->diff.sites_only_after == 1);
}

/* 1 % of what was there, 5 % of what depends on the machine, a ten thousandth of the whole. */
static void noise_is_hidden_and_counted(void **state)
{
	struct world *w = *state;
	double *a = w->a.rows[0].values, *b = w->b.rows[0].values;

	b[PT_METRIC_PEAK_HELD_BYTES] = 100.9 * MIB;
	b[PT_METRIC_DURATION_NS] = 10.4e9;
	a[PT_METRIC_IDLE_AT_END_BYTES] = 1000;
	b[PT_METRIC_IDLE_AT_END_BYTES] = 10000;
	b[PT_METRIC_ALLOCATIONS] = 1e6 + 50;
	make(w);
	assert_true(w->diff.changes_nr == 0 && w->diff.hidden_nr == 4);
	pt_diff_fini(&w->diff);
	b[PT_METRIC_PEAK_HELD_BYTES] = 102 * MIB;
	b[PT_METRIC_DURATION_NS] = 11e9;
	b[PT_METRIC_IDLE_AT_END_BYTES] = 20000;
	b[PT_METRIC_ALLOCATIONS] = 1.1e6;
	make(w);
	assert_true(w->diff.changes_nr == 4 && w->diff.hidden_nr == 0);
	/* 10 % more allocations matter more than 10 % more time, and that less than 2 % more memory. */
	assert_true(nth(w, 0)->metric == PT_METRIC_ALLOCATIONS && nth(w, 1)->metric == PT_METRIC_PEAK_HELD_BYTES);
	assert_true(nth(w, 2)->metric == PT_METRIC_DURATION_NS);
}

static void leaks_and_misuse_are_never_hidden(void **state)
{
	struct world *w = *state;
	double *a = fb_row(&w->a, PT_SCOPE_POOL, "msgbuf", NULL)->values;
	double *b = fb_row(&w->b, PT_SCOPE_POOL, "msgbuf", NULL)->values;

	a[PT_METRIC_MISUSE] = a[PT_METRIC_LEAKED_OBJECTS] = 0;
	b[PT_METRIC_MISUSE] = b[PT_METRIC_LEAKED_OBJECTS] = 1;
	make(w);
	assert_int_equal(w->diff.changes_nr, 2);
	assert_true(nth(w, 0)->metric == PT_METRIC_MISUSE && nth(w, 0)->weight == 1);
	assert_true(nth(w, 1)->metric == PT_METRIC_LEAKED_OBJECTS);
}

static void what_is_not_known_on_one_side_is_no_change(void **state)
{
	struct world *w = *state;
	double *v;

	w->b.rows[0].values[PT_METRIC_RSS_PEAK_BYTES] = 50 * MIB;
	v = fb_row(&w->b, PT_SCOPE_POOL, "new", NULL)->values;
	v[PT_METRIC_BLOWUP] = 3;
	v[PT_METRIC_PEAK_IN_USE_BYTES] = 10 * MIB;
	make(w);
	assert_true(w->diff.changes_nr == 1 && w->diff.hidden_nr == 0);
	assert_int_equal(nth(w, 0)->metric, PT_METRIC_PEAK_IN_USE_BYTES); /* 0 before; a blowup of nothing is none */
}

/* A blowup of 2 more on 10 MiB in use is 20 MiB. Byte-seconds: of 100 MiB x 10 s. */
static void ratios_and_byte_seconds_weigh_as_the_bytes_they_stand_for(void **state)
{
	struct world *w = *state;
	double *a = fb_row(&w->a, PT_SCOPE_POOL, "msgbuf", NULL)->values;
	double *b = fb_row(&w->b, PT_SCOPE_POOL, "msgbuf", NULL)->values;

	a[PT_METRIC_BLOWUP] = 1;
	b[PT_METRIC_BLOWUP] = 3;
	a[PT_METRIC_PEAK_IN_USE_BYTES] = b[PT_METRIC_PEAK_IN_USE_BYTES] = 10 * MIB;
	a[PT_METRIC_HOARD_BYTE_SECONDS] = 0;
	b[PT_METRIC_HOARD_BYTE_SECONDS] = 100 * MIB;
	make(w);
	assert_int_equal(w->diff.changes_nr, 2);
	assert_true(nth(w, 0)->metric == PT_METRIC_BLOWUP && fabs(nth(w, 0)->weight - 0.2) < 1e-9);
	assert_true(nth(w, 1)->metric == PT_METRIC_HOARD_BYTE_SECONDS && fabs(nth(w, 1)->weight - 0.1) < 1e-9);
}

static void cpus_and_phases_are_left_out(void **state)
{
	struct world *w = *state;

	fb_row(&w->b, PT_SCOPE_CPU, NULL, "3")->values[PT_METRIC_IDLE_AT_END_BYTES] = 50 * MIB;
	fb_row(&w->b, PT_SCOPE_POOL_CPU, "msgbuf", "3")->values[PT_METRIC_IDLE_AT_END_BYTES] = 50 * MIB;
	fb_phase(&w->b, NULL, "start", "warm")->values[PT_METRIC_PEAK_HELD_BYTES] = 50 * MIB;
	fb_phase(&w->b, "other", "start", "warm")->values[PT_METRIC_PEAK_HELD_BYTES] = 50 * MIB;
	make(w);
	assert_true(w->diff.changes_nr == 0 && w->diff.hidden_nr == 0);
}

static void without_totals_nothing_divides_by_zero(void **state)
{
	struct world *w = *state;

	for (int m = 0; m < PT_METRIC_NR; m++) {
		w->a.rows[0].values[m] = m % 2;
		w->b.rows[0].values[m] = 1 - m % 2;
	}
	w->a.rows[0].scope = w->b.rows[0].scope = PT_SCOPE_POOL_THREAD;
	make(w);
	for (size_t i = 0; i < w->diff.changes_nr; i++)
		assert_true(nth(w, i)->weight >= 0 && nth(w, i)->weight <= 1);
	assert_int_equal(w->diff.changes_nr + w->diff.hidden_nr, PT_METRIC_NR);
	assert_true(w->diff.changes_nr > 20);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_same_twice_is_no_change),
		TEST(pools_and_threads_are_paired_by_name),
		TEST(call_sites_are_matched_and_shown_with_their_new_line),
		TEST(sites_of_one_pool_are_not_those_of_another),
		TEST(noise_is_hidden_and_counted),
		TEST(leaks_and_misuse_are_never_hidden),
		TEST(what_is_not_known_on_one_side_is_no_change),
		TEST(ratios_and_byte_seconds_weigh_as_the_bytes_they_stand_for),
		TEST(cpus_and_phases_are_left_out),
		TEST(without_totals_nothing_divides_by_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
