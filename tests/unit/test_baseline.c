// SPDX-License-Identifier: MIT
/*
 * test_baseline.c - baselines made of runs: medians and spreads, phases, and which call sites are kept.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "baseline_runs.h"
#include "figures_builder.h"

static void runs_become_medians_and_spreads(void **state)
{
	struct pt_figures runs[RUNS + 1];
	struct pt_baseline b;
	const struct pt_baseline_program *p;
	const struct pt_spread *s;

	(void)state;
	make_runs(runs);
	assert_int_equal(pt_baseline_make(runs, RUNS + 1, &b), 0);
	assert_int_equal(b.programs_nr, 2);
	assert_null(pt_baseline_find(&b, "other"));
	p = pt_baseline_find(&b, "app");
	assert_true(p && p->runs == 3);
	s = &row_of(p, PT_SCOPE_PROCESS)->metrics[PT_METRIC_PEAK_HELD_BYTES];
	assert_true(s->runs == 3 && s->median == 1001000 && s->low == 1000000 && s->high == 1002000 && s->deviation > 1000);
	assert_int_equal(row_of(p, PT_SCOPE_PROCESS)->metrics[PT_METRIC_GETS].runs, 0);
	/* A ratio that was not known once; a thread that was not there once. */
	assert_int_equal(row_of(p, PT_SCOPE_POOL)->metrics[PT_METRIC_BLOWUP].runs, 2);
	s = &row_of(p, PT_SCOPE_THREAD)->metrics[PT_METRIC_IDLE_AT_END_BYTES];
	assert_true(s->runs == 3 && s->median == 64 && s->low == 0);
	for (size_t i = 0; i < p->rows_nr; i++)
		assert_true(p->rows[i].is.scope != PT_SCOPE_CPU);
	pt_baseline_fini(&b);
	free_runs(runs, RUNS + 1);
}

static void phases_stay_in_order_of_time_and_are_told_apart(void **state)
{
	static const char *const from[] = { "start", "warm", "load", "warm", "load" };
	struct pt_figures runs[RUNS + 1];
	struct pt_baseline b;

	(void)state;
	make_runs(runs);
	assert_int_equal(pt_baseline_make(runs, RUNS, &b), 0);
	for (size_t i = 0; i < 5; i++) {
		const struct pt_baseline_row *row = &b.programs[0].rows[1 + i];

		assert_string_equal(row->is.from, from[i]);
		assert_true(row->metrics[PT_METRIC_ALLOCATIONS].median == 10.0 * (double)(i + 1) + (i == 3));
	}
	pt_baseline_fini(&b);
	free_runs(runs, RUNS + 1);
}

/* The second run has a mark more in front. */
static void a_step_is_the_same_wherever_it_stands(void **state)
{
	static const char *const names[] = { "start", "boot", "warm", "load", "warm", "load", "end" };
	static const char *const want[][2] = { { "start", "boot" }, { "start", "warm" }, { "boot", "warm" }, { "warm", "load" },
					       { "load", "warm" }, { "warm", "load" }, { "load", "end" } };
	struct pt_figures runs[2];
	struct pt_baseline b;

	(void)state;
	for (int r = 0; r < 2; r++) {
		fb_figures(&runs[r], "app", "x");
		for (size_t i = 0; i < 6; i++)
			if (r || i)
				fb_phase(&runs[r], NULL, r || i > 1 ? names[i] : "start", names[i + 1])->values[PT_METRIC_ALLOCATIONS] =
					10.0 * (double)i + r;
	}
	assert_int_equal(pt_baseline_make(runs, 2, &b), 0);
	assert_int_equal(b.programs[0].rows_nr, 7);
	for (size_t i = 0; i < 7; i++) {
		assert_string_equal(b.programs[0].rows[i].is.from, want[i][0]);
		assert_string_equal(b.programs[0].rows[i].is.to, want[i][1]);
	}
	assert_true(b.programs[0].rows[3].metrics[PT_METRIC_ALLOCATIONS].median == 20.5);
	assert_true(b.programs[0].rows[5].metrics[PT_METRIC_ALLOCATIONS].median == 40.5);
	pt_baseline_fini(&b);
	free_runs(runs, 2);
}

/* 100 sites: the first 20 by each of two metrics that something is blamed by, and none of those with nothing. */
static void of_call_sites_those_that_matter_are_kept(void **state)
{
	struct pt_figures f;
	struct pt_baseline b;
	char stack[64];

	(void)state;
	fb_figures(&f, "app", "x");
	for (int i = 0; i < 100; i++) {
		double *v;

		snprintf(stack, sizeof(stack), "f%03d a.c < main m.c", i);
		v = fb_site(&f, NULL, stack)->values;
		v[PT_METRIC_IN_USE_AT_END_BYTES] = i >= 50 ? 1000 - i : 0;
		v[PT_METRIC_ALLOCATIONS] = i >= 20 && i < 50 ? 1000 - i : 0;
		v[PT_METRIC_FREES] = 0;
	}
	assert_int_equal(pt_baseline_make(&f, 1, &b), 0);
	assert_int_equal(b.programs[0].rows_nr, 40);
	assert_string_equal(b.programs[0].rows[19].is.frames[0].function, "f039");
	assert_string_equal(b.programs[0].rows[20].is.frames[0].function, "f050");
	pt_baseline_fini(&b);
	pt_figures_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_become_medians_and_spreads),
		cmocka_unit_test(phases_stay_in_order_of_time_and_are_told_apart),
		cmocka_unit_test(a_step_is_the_same_wherever_it_stands),
		cmocka_unit_test(of_call_sites_those_that_matter_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
