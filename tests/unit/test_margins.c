// SPDX-License-Identifier: MIT
/* test_margins.c - estimates from a sample: how far they may be off, and what a budget or a diff makes of that. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "analyzer/result/diff.h"
#include "judge_world.h"

#define SAMPLE_BYTES 65536.0
#define ERROR_MIB    (10 / 1.96) /* a margin of 10 MiB */
#define TRIALS	     2000u
#define MISSED_MIB   0.1875	 /* 3 x SAMPLE_BYTES */

static void estimate(struct pt_figures_row *row, double in_use_bytes, double error)
{
	row->values[PT_METRIC_IN_USE_AT_END_BYTES] = in_use_bytes;
	row->estimated = true;
	row->errors.in_use_bytes = error;
}

static void sampled(struct pt_figures *f, double in_use_mib, double error_mib)
{
	fb_figures(f, "app", "app.ptrace");
	f->sample_bytes = SAMPLE_BYTES;
	estimate(fb_row(f, PT_SCOPE_PROCESS, NULL, NULL), in_use_mib * MIB, error_mib * MIB);
}

/* A number in (0, 1). */
static double chance(void)
{
	return ((double)rand() + 0.5) / ((double)RAND_MAX + 1);
}

/* `blocks_nr` blocks of one size, sampled: what docs/report.md "Samples" makes of those that are drawn. */
static void draw(struct pt_figures_row *row, unsigned int blocks_nr, double bytes)
{
	double p = 1 - exp(-bytes / SAMPLE_BYTES), value = 0, variance = 0;

	for (unsigned int i = 0; i < blocks_nr; i++) {
		if (chance() > p)
			continue;
		value += bytes / p;
		variance += (1 - p) / (p * p) * bytes * bytes;
	}
	estimate(row, value, sqrt(variance));
}

/* Also where next to nothing was drawn, and the estimate's own error says nothing. */
static void the_truth_is_within_the_margin_19_times_of_20(void **state)
{
	static const double sizes[] = { 64, 1000, 30000, 200000 };
	static const double totals[] = { 0.3, 1, 3, 10, 40 }; /* in sampling distances */
	struct pt_figures f;

	(void)state;
	srand(1);
	sampled(&f, 0, 0);
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		for (size_t t = 0; t < sizeof(totals) / sizeof(totals[0]); t++) {
			unsigned int blocks_nr = (unsigned int)ceil(totals[t] * SAMPLE_BYTES / sizes[s]), missed = 0;
			double truth = blocks_nr * sizes[s];

			for (unsigned int i = 0; i < TRIALS; i++) {
				double value;
				struct pt_figure_margin m;

				f.rows[0].errors = (struct pt_errors){ 0 };
				draw(&f.rows[0], blocks_nr, sizes[s]);
				value = f.rows[0].values[PT_METRIC_IN_USE_AT_END_BYTES];
				m = pt_figures_margin(&f, &f.rows[0], PT_METRIC_IN_USE_AT_END_BYTES);
				missed += truth < value - m.below || truth > value + m.above;
			}
			if (missed > TRIALS / 20 + 3 * sqrt(TRIALS / 20 * 0.95)) /* three standard deviations of this count */
				fail_msg("%u blocks of %g bytes: %u of %u outside", blocks_nr, sizes[s], missed, TRIALS);
		}
	}
	pt_figures_fini(&f);
}

static void only_what_is_estimated_has_a_margin(void **state)
{
	struct pt_figures f;
	struct pt_figure_margin m;

	(void)state;
	sampled(&f, 100, ERROR_MIB);
	f.rows[0].values[PT_METRIC_RSS_PEAK_BYTES] = 7 * MIB;
	m = pt_figures_margin(&f, &f.rows[0], PT_METRIC_RSS_PEAK_BYTES);
	assert_true(m.below == 0 && m.above == 0);
	fb_row(&f, PT_SCOPE_POOL, "msgbuf", NULL)->values[PT_METRIC_IN_USE_AT_END_BYTES] = 5 * MIB;
	m = pt_figures_margin(&f, &f.rows[1], PT_METRIC_IN_USE_AT_END_BYTES);
	assert_true(m.below == 0 && m.above == 0);
	m = pt_figures_margin(&f, &f.rows[0], PT_METRIC_IN_USE_AT_END_OBJECTS); /* not known: no bound either */
	assert_true(isinf(m.above));
	pt_figures_fini(&f);
}

/* One budget on some runs: its state, and where the truth is. */
static void judged(const struct pt_figures *runs, size_t runs_nr, const char *item, enum pt_check_state state, double least_mib,
		   double most_mib)
{
	const struct pt_check_item *it = jw_judge(item, runs, runs_nr, NULL);

	if (it->state != state || fabs(it->least - least_mib * MIB) > 1 || fabs(it->most - most_mib * MIB) > 1)
		fail_msg("%s: state %d, %g to %g MiB: %s", item, it->state, it->least / MIB, it->most / MIB, it->text);
	assert_int_equal(it->estimated, least_mib != most_mib);
	assert_int_equal(it->reason != NULL, state == PT_CHECK_UNKNOWN);
	jw_done();
}

#define IN_USE "  - {metric: in_use_at_end_bytes, "

static void a_limit_within_the_margin_cannot_be_told(void **state)
{
	struct pt_figures f;
	const double most = 110 + MISSED_MIB;

	(void)state;
	sampled(&f, 100, ERROR_MIB);
	judged(&f, 1, IN_USE "max: 111 MiB}", PT_CHECK_WITHIN, 90, most);
	judged(&f, 1, IN_USE "max: 110 MiB}", PT_CHECK_UNKNOWN, 90, most);
	judged(&f, 1, IN_USE "max: 91 MiB}", PT_CHECK_UNKNOWN, 90, most);
	judged(&f, 1, IN_USE "max: 89 MiB}", PT_CHECK_BROKEN, 90, most);
	judged(&f, 1, IN_USE "max: 89 MiB, level: warning}", PT_CHECK_WARNED, 90, most);
	judged(&f, 1, IN_USE "min: 89 MiB}", PT_CHECK_WITHIN, 90, most);
	judged(&f, 1, IN_USE "min: 91 MiB}", PT_CHECK_UNKNOWN, 90, most);
	judged(&f, 1, IN_USE "min: 111 MiB}", PT_CHECK_BROKEN, 90, most);
	f.rows[0].estimated = false; /* of an exact number nothing is unsure */
	judged(&f, 1, IN_USE "max: 100 MiB}", PT_CHECK_WITHIN, 100, 100);
	judged(&f, 1, IN_USE "max: 99 MiB}", PT_CHECK_BROKEN, 100, 100);
	pt_figures_fini(&f);
}

static void an_increase_is_judged_likewise(void **state)
{
	struct pt_baseline base;
	struct pt_figures f[3];

	(void)state;
	for (size_t i = 0; i < 3; i++)
		sampled(&f[i], 80, 0);
	assert_int_equal(pt_baseline_make(f, 3, &base), 0);
	jw_free(f, 3);
	sampled(&f[0], 100, ERROR_MIB);
	jw_judge(IN_USE "max_increase: 12%}\n" IN_USE "max_increase: 25%}\n" IN_USE "max_increase: 40%}", f, 1, &base);
	assert_int_equal(jw_check.items[0].state, PT_CHECK_BROKEN); /* 89.6 MiB */
	assert_int_equal(jw_check.items[1].state, PT_CHECK_UNKNOWN);
	assert_int_equal(jw_check.items[2].state, PT_CHECK_WITHIN); /* 112 */
	jw_done();
	pt_figures_fini(&f[0]);
	pt_baseline_fini(&base);
}

/* Each run's truth is within its own margin: so is the median of them within the median of these. */
static void runs_have_the_median_of_their_margins(void **state)
{
	struct pt_figures f[3];

	(void)state;
	sampled(&f[0], 100, ERROR_MIB);
	sampled(&f[1], 101, 2 * ERROR_MIB);
	sampled(&f[2], 120, 0.1 * ERROR_MIB);
	judged(f, 3, IN_USE "max: 122 MiB}", PT_CHECK_WITHIN, 90, 121 + MISSED_MIB);
	jw_free(f, 3);
}

static void threads_together_and_ratios_have_margins(void **state)
{
	struct pt_figures f;
	struct pt_figures_row *row;

	(void)state;
	sampled(&f, 100, ERROR_MIB);
	estimate(fb_row(&f, PT_SCOPE_THREAD, NULL, "worker-*"), 30 * MIB, 3 / 1.96 * MIB);
	estimate(fb_row(&f, PT_SCOPE_THREAD, NULL, "worker-io-*"), 50 * MIB, 4 / 1.96 * MIB);
	judged(&f, 1, IN_USE "thread: worker-*, max: 90 MiB}", PT_CHECK_WITHIN, 75,
	       80 + hypot(3 + MISSED_MIB, 4 + MISSED_MIB));
	row = &f.rows[0];
	row->values[PT_METRIC_PEAK_IN_USE_BYTES] = 200 * MIB;
	row->errors.peak_in_use_bytes = ERROR_MIB * MIB;
	judged(&f, 1, IN_USE "per: peak_in_use_bytes, max: 60%}", PT_CHECK_WITHIN, 90 / (210 + MISSED_MIB) / MIB,
	       (110 + MISSED_MIB) / 190 / MIB);
	judged(&f, 1, IN_USE "per: peak_in_use_bytes, max: 55%}", PT_CHECK_UNKNOWN, 90 / (210 + MISSED_MIB) / MIB,
	       (110 + MISSED_MIB) / 190 / MIB);
	pt_figures_fini(&f);
}

static void a_run_that_was_not_recorded_throughout_cannot_be_told(void **state)
{
	struct pt_figures f;
	const struct pt_check_item *it;

	(void)state;
	jw_busy(&f, 1);
	f.gaps = "for a part of the run events were only counted";
	it = jw_judge("  - {metric: peak_held_bytes, max: 1 MiB}\n  - {metric: peak_held_bytes, max: 1000 MiB}", &f, 1, NULL);
	jw_states_are(0, 0, 0, 2);
	assert_string_equal(it->reason, "of app.ptrace: for a part of the run events were only counted; record it in one mode");
	jw_done();
	pt_figures_fini(&f);
}

/* changed: does a diff tell that in use at the end differs? */
static void differ(double a_mib, double a_error, double b_mib, double b_error, bool changed)
{
	struct pt_figures a, b;
	struct pt_diff d;

	sampled(&a, a_mib, a_error);
	sampled(&b, b_mib, b_error);
	assert_int_equal(pt_diff_make(&a, &b, &d), 0);
	assert_int_equal(d.changes_nr, changed);
	assert_int_equal(d.unsure_nr, !changed);
	pt_diff_fini(&d);
	pt_figures_fini(&a);
	pt_figures_fini(&b);
}

static void a_diff_leaves_out_what_margins_explain(void **state)
{
	(void)state;
	differ(100, ERROR_MIB, 114, ERROR_MIB, false); /* 10 and 10 are 14.1 together */
	differ(100, ERROR_MIB, 115, ERROR_MIB, true);
	differ(114, ERROR_MIB, 100, ERROR_MIB, false);
	differ(115, ERROR_MIB, 100, ERROR_MIB, true);
	differ(0, 0, 0.18, 0, false); /* nothing of it may have been drawn */
	differ(0, 0, 0.19, 0, true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_truth_is_within_the_margin_19_times_of_20),
		cmocka_unit_test(only_what_is_estimated_has_a_margin),
		cmocka_unit_test(a_limit_within_the_margin_cannot_be_told),
		cmocka_unit_test(an_increase_is_judged_likewise),
		cmocka_unit_test(runs_have_the_median_of_their_margins),
		cmocka_unit_test(threads_together_and_ratios_have_margins),
		cmocka_unit_test(a_run_that_was_not_recorded_throughout_cannot_be_told),
		cmocka_unit_test(a_diff_leaves_out_what_margins_explain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
