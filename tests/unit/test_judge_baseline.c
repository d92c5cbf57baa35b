// SPDX-License-Identifier: MIT
/* test_judge_baseline.c - figures made by hand against a baseline of others: what has grown, what only scatters, by whom. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "judge_world.h"

static void ends(struct pt_figures *f, struct pt_baseline *base)
{
	jw_done();
	pt_figures_fini(f);
	pt_baseline_fini(base);
}

static const double steady[] = { 1, 1, 1, 1, 1 };

static void an_increase_is_measured_from_the_baselines_median(void **state)
{
	struct pt_baseline base;
	struct pt_figures f;
	const struct pt_check_item *it;

	(void)state;
	jw_baseline(&base, steady, 5);
	jw_busy(&f, 1.1);
	it = jw_judge("  - {metric: peak_held_bytes, max_increase: 10%}\n  - {metric: peak_held_bytes, max_increase: 9.9%}\n"
		   "  - {metric: peak_held_bytes, max_increase: 10 MiB}\n  - {metric: peak_held_bytes, max_increase: 9 MiB}\n"
		   "  - {metric: peak_held_bytes, max_increase: 50%, max: 105 MiB}\n"
		   "  - {metric: peak_held_bytes, max_increase: 9%, level: warning}\n"
		   "  - {metric: peak_held_bytes, per: peak_in_use_bytes, max_increase: 0%}", &f, 1, &base);
	jw_states_are(3, 1, 3, 0);
	assert_int_equal(it[1].state, PT_CHECK_BROKEN);
	assert_int_equal(it[3].state, PT_CHECK_BROKEN);
	assert_int_equal(it[4].state, PT_CHECK_BROKEN);
	assert_true(it[4].max == 105 * MIB && fabs(it[3].max - 109 * MIB) < 1);
	assert_true(it[0].baseline == 100 * MIB && it[0].baseline_runs == 5 && !it[0].is_noise);
	assert_string_equal(it[3].text, "peak_held_bytes of the process is 110.0 MiB; allowed: 9.0 MiB more than the baseline's "
					"median, 100.0 MiB");
	assert_string_equal(it[1].text, "peak_held_bytes of the process is 110.0 MiB; allowed: 9.9 MiB (9.9%) more than the baseline's "
					"median, 100.0 MiB");
	assert_string_equal(it[1].advice, "More is used than before or than allowed: look at what these lines take. If it is meant to "
					  "be so, change the budget or make the baseline anew with `pooltrace baseline`.");
	assert_true(fabs(it[6].baseline - 1.25) < 1e-9);
	ends(&f, &base);
}

static void a_share_of_nothing_is_the_floor(void **state)
{
	struct pt_baseline base;
	struct pt_figures f, old;

	(void)state;
	jw_busy(&old, 1);
	jw_values(&old, PT_SCOPE_POOL, "msgbuf", NULL)[PT_METRIC_MISSES] = 0;
	jw_values(&old, PT_SCOPE_THREAD, NULL, "main")[PT_METRIC_IN_USE_AT_END_BYTES] = 0;
	assert_int_equal(pt_baseline_make(&old, 1, &base), 0);
	jw_busy(&f, 1);
	jw_values(&f, PT_SCOPE_POOL, "msgbuf", NULL)[PT_METRIC_MISSES] = 16;
	jw_values(&f, PT_SCOPE_THREAD, NULL, "main")[PT_METRIC_IN_USE_AT_END_BYTES] = 65536;
	jw_judge("  - {metric: misses, pool: msgbuf, max_increase: 5%}\n  - {metric: in_use_at_end_bytes, thread: main, max_increase: 5%}",
	      &f, 1, &base);
	jw_states_are(2, 0, 0, 0);
	jw_done();
	jw_values(&f, PT_SCOPE_POOL, "msgbuf", NULL)[PT_METRIC_MISSES] = 17;
	jw_values(&f, PT_SCOPE_THREAD, NULL, "main")[PT_METRIC_IN_USE_AT_END_BYTES] = 65537;
	jw_judge("  - {metric: misses, pool: msgbuf, max_increase: 5%}\n  - {metric: in_use_at_end_bytes, thread: main, max_increase: 5%}",
	      &f, 1, &base);
	jw_states_are(0, 0, 2, 0);
	jw_done();
	pt_figures_fini(&f);
	pt_figures_fini(&old);
	pt_baseline_fini(&base);
}

static void scatter_of_the_baseline_holds_back(void **state)
{
	const double wide[] = { 0.9, 1.1, 1.0, 0.95, 1.05 };
	struct pt_baseline base;
	struct pt_figures f;
	const struct pt_check_item *it;
	/* One row; of several rows together; and of two metrics. */
	const char *items = "  - {metric: peak_held_bytes, max_increase: 5%}\n"
			    "  - {metric: in_use_at_end_bytes, thread: 'worker*', max_increase: 5%}\n"
			    "  - {metric: peak_held_bytes, per: allocations, max_increase: 5%}\n";

	(void)state;
	jw_baseline(&base, wide, 5);
	jw_busy(&f, 1.2);
	it = jw_judge(items, &f, 1, &base);
	jw_states_are(3, 0, 0, 0);
	for (int i = 0; i < 3; i++)
		assert_true(it[i].is_noise && it[i].max > it[i].measured && it[i].measured > it[i].baseline * 1.05);
	assert_non_null(strstr(it[0].text, "its runs scatter up to"));
	assert_true(fabs(it[1].baseline - 8 * MIB) < 1);
	jw_done();
	pt_figures_fini(&f);
	jw_busy(&f, 9); /* that is no scatter */
	jw_judge(items, &f, 1, &base);
	jw_states_are(0, 0, 3, 0);
	jw_done();
	pt_baseline_fini(&base);
	pt_figures_fini(&f);
	jw_baseline(&base, wide, 1); /* of one run nothing is known: it holds nothing back */
	jw_busy(&f, 1);
	it = jw_judge(items, &f, 1, &base);
	jw_states_are(0, 0, 3, 0);
	assert_non_null(strstr(it[0].text, "(one run in the baseline: its scatter is not known)"));
	ends(&f, &base);
}

static void phases_are_compared_with_phases(void **state)
{
	struct pt_baseline base;
	struct pt_figures f;
	const struct pt_check_item *it;

	(void)state;
	jw_baseline(&base, steady, 3);
	jw_busy(&f, 1);
	for (size_t i = 0; i < f.rows_nr; i++)
		if (f.rows[i].from && !strcmp(f.rows[i].from, "warm"))
			f.rows[i].values[PT_METRIC_MISSES] += 60;
	it = jw_judge("  - {metric: misses, pool: msgbuf, phase: start..warm, max_increase: 0}\n"
		   "  - {metric: misses, pool: msgbuf, phase: warm..drain, max_increase: 59}\n"
		   "  - {metric: misses, pool: msgbuf, phase: start..end, max_increase: 60}", &f, 1, &base);
	jw_states_are(2, 0, 1, 0);
	assert_int_equal(it[1].state, PT_CHECK_BROKEN);
	assert_true(it[1].baseline == 2 && it[1].measured == 62 && it[2].baseline == 50);
	assert_string_equal(it[1].row, "phase warm..drain of pool msgbuf");
	ends(&f, &base);
}

static void call_sites_that_grew_are_blamed_not_those_that_are_large(void **state)
{
	struct pt_baseline base;
	struct pt_figures f;
	const struct pt_check_item *it;

	(void)state;
	jw_baseline(&base, steady, 3);
	jw_busy(&f, 2);
	jw_values(&f, PT_SCOPE_SITE, NULL, "log")[PT_METRIC_HELD_AT_PEAK_BYTES] = 25 * MIB;
	jw_values(&f, PT_SCOPE_SITE, NULL, "index")[PT_METRIC_HELD_AT_PEAK_BYTES] = 31 * MIB;
	jw_values(&f, PT_SCOPE_SITE, NULL, "parse")[PT_METRIC_HELD_AT_PEAK_BYTES] = 59 * MIB;
	/* An edit above moved its lines. */
	for (size_t i = 0; i < f.rows_nr; i++)
		for (uint32_t k = 0; k < f.rows[i].frames_nr; k++)
			f.rows[i].frames[k].line += 3;
	it = jw_judge("  - {metric: peak_held_bytes, max_increase: 5%}\n  - {metric: peak_held_bytes, max: 1}\n"
		   "  - {metric: misses, pool: msgbuf, max: 1}", &f, 1, &base);
	jw_states_are(0, 0, 3, 0);
	jw_blamed(&it[0], 2, (const char *[]){ "log", "index" }, (double[]){ 15 * MIB, 1 * MIB });
	assert_true(it[0].sites[0].before == 10 * MIB);
	assert_int_equal(it[0].sites[0].line, 10);
	jw_blamed(&it[1], 2, (const char *[]){ "log", "index" }, (double[]){ 15 * MIB, 1 * MIB });
	jw_blamed(&it[2], 1, (const char *[]){ "take" }, (double[]){ 50 }); /* nothing grew: it was so before */
	assert_true(isnan(it[2].sites[0].before));
	jw_done();
	pt_figures_fini(&f);
	/* What grew a little does not explain what was over before. */
	jw_busy(&f, 1.1);
	jw_values(&f, PT_SCOPE_SITE, NULL, "log")[PT_METRIC_HELD_AT_PEAK_BYTES] = 11 * MIB;
	it = jw_judge("  - {metric: peak_held_bytes, max_increase: 5%}\n  - {metric: peak_held_bytes, max: 1}", &f, 1, &base);
	jw_blamed(&it[0], 1, (const char *[]){ "log" }, (double[]){ 1 * MIB });
	jw_blamed(&it[1], 3, (const char *[]){ "parse", "index", "log" }, (double[]){ 60 * MIB, 30 * MIB, 11 * MIB });
	ends(&f, &base);
}

/* take < mid < `outer`, of `bytes`. */
static void deep_site(struct pt_figures *f, const char *outer, double bytes)
{
	struct pt_figures_row *r;

	jw_site(f, NULL, "take", 1)[PT_METRIC_HELD_AT_PEAK_BYTES] = bytes;
	r = &f->rows[f->rows_nr - 1];
	r->frames = realloc(r->frames, 3 * sizeof(r->frames[0]));
	free(r->frames[1].function);
	r->frames[1].function = strdup("mid");
	r->frames[2] = (struct pt_figure_frame){ strdup(outer), strdup("/src/main.c"), 99 };
	r->frames_nr = 3;
	free(r->name);
	r->name = pt_figures_site_name(r->frames, r->frames_nr);
}

static void each_call_site_is_compared_with_the_one_most_like_it(void **state)
{
	struct pt_baseline base;
	struct pt_figures f, old;
	const struct pt_check_item *it;

	(void)state;
	fb_figures(&old, "app", "old");
	deep_site(&old, "alpha", 1 * MIB);
	deep_site(&old, "beta", 8 * MIB);
	assert_int_equal(pt_baseline_make(&old, 1, &base), 0);
	fb_figures(&f, "app", "new");
	deep_site(&f, "beta", 9 * MIB);
	deep_site(&f, "gamma", 2 * MIB); /* reads like none, most like either */
	it = jw_judge("  - {metric: held_at_peak_bytes, site: take, each: true, max_increase: 1 MiB}", &f, 1, &base);
	jw_states_are(2, 0, 0, 0);
	assert_true(it[0].baseline == 8 * MIB && it[0].measured == 9 * MIB);
	assert_true(it[1].baseline == 1 * MIB && it[1].measured == 2 * MIB);
	assert_string_equal(it[0].row, "call sites take (pool.c) < mid (main.c) < beta (main.c)");
	jw_done();
	pt_figures_fini(&f);
	pt_figures_fini(&old);
	pt_baseline_fini(&base);
}

static void what_the_baseline_does_not_have_cannot_be_told(void **state)
{
	struct pt_baseline base;
	struct pt_figures f;
	const struct pt_check_item *it;

	(void)state;
	jw_baseline(&base, steady, 3);
	jw_busy(&f, 1);
	fb_row(&f, PT_SCOPE_CPU, NULL, "9")->values[PT_METRIC_ALLOCATIONS] = 1;
	it = jw_judge("  - {metric: allocations, cpu: 9, max_increase: 5%}\n  - {metric: allocations, cpu: 9, max: 0, max_increase: 5%}",
		   &f, 1, &base);
	jw_states_are(0, 0, 1, 1);
	assert_string_equal(it[0].reason, "the baseline has no such allocations of that; make it anew with `pooltrace baseline`");
	jw_done();
	free(f.program);
	f.program = strdup("apps");
	it = jw_judge("  - {metric: blowup, max_increase: 5%}", &f, 1, &base);
	jw_states_are(0, 0, 0, 1);
	assert_string_equal(it[0].reason, "the baseline knows no program \"apps\", there are: app; make it anew with `pooltrace "
					  "baseline`");
	ends(&f, &base);
}

static const struct pt_check_item *item_of(const char *metric, const char *where)
{
	for (size_t i = 0; i < jw_check.items_nr; i++)
		if (!strcmp(pt_metrics[jw_check.items[i].metric].name, metric) && !strcmp(jw_check.items[i].row, where))
			return &jw_check.items[i];
	return NULL;
}

static void judge_default(const struct pt_figures *f, const struct pt_baseline *base)
{
	assert_int_equal(pt_budgets_default(&jw_budgets), 0);
	assert_int_equal(pt_judge(&jw_budgets, f, 1, base, &jw_check), 0);
}

static void default_budgets_take_what_is_new_or_gone_as_it_is(void **state)
{
	struct pt_baseline base;
	struct pt_figures f;
	const struct pt_check_item *it;

	(void)state;
	jw_baseline(&base, steady, 3);
	jw_busy(&f, 1);
	judge_default(&f, &base);
	jw_states_are(jw_check.items_nr, 0, 0, 0);
	assert_true(jw_check.items_nr >= 6);
	assert_null(item_of("peak_held_bytes", "pool malloc")); /* is the process */
	assert_non_null(item_of("misses", "pool orders"));
	assert_null(item_of("unreachable_bytes", "process")); /* known neither then nor now */
	jw_done();
	for (size_t i = 0; i < f.rows_nr; i++)
		if (f.rows[i].pool && !strcmp(f.rows[i].pool, "orders"))
			memcpy(f.rows[i].pool, "outers", 6);
	judge_default(&f, &base);
	jw_states_are(jw_check.items_nr, 0, 0, 0);
	it = item_of("misses", "pool outers");
	assert_non_null(it);
	assert_non_null(strstr(it->text, "it is new, the baseline does not have it"));
	it = item_of("peak_held_bytes", "pool orders");
	assert_non_null(it);
	assert_non_null(strstr(it->text, "this program does no longer"));
	assert_null(item_of("misses", "pool orders")); /* told once */
	jw_done();
	jw_values(&f, PT_SCOPE_POOL, "msgbuf", NULL)[PT_METRIC_MISSES] = 66;
	judge_default(&f, &base);
	jw_states_are(jw_check.items_nr, 0, 0, 0);
	jw_done();
	jw_values(&f, PT_SCOPE_POOL, "msgbuf", NULL)[PT_METRIC_MISSES] = 67; /* 50 + 5 % is less than 50 + 16 */
	jw_values(&f, PT_SCOPE_PROCESS, NULL, NULL)[PT_METRIC_PEAK_HELD_BYTES] = 105.01 * MIB;
	judge_default(&f, &base);
	jw_states_are(jw_check.items_nr - 2, 0, 2, 0);
	assert_int_equal(item_of("misses", "pool msgbuf")->state, PT_CHECK_BROKEN);
	assert_int_equal(item_of("peak_held_bytes", "process")->state, PT_CHECK_BROKEN);
	jw_done();
	free(f.program);
	f.program = strdup("other");
	judge_default(&f, &base);
	jw_states_are(0, 0, 0, jw_check.items_nr); /* of it nothing is known */
	assert_true(jw_check.items_nr > 0);
	ends(&f, &base);
}

/* All threads of a pool may happen to run one after another: less in use at once, and the ratio is higher. */
static void by_default_blowup_breaks_only_when_more_is_held(void **state)
{
	struct pt_baseline base;
	struct pt_figures f;
	double *msgbuf;

	(void)state;
	jw_baseline(&base, steady, 3);
	jw_busy(&f, 1);
	msgbuf = jw_values(&f, PT_SCOPE_POOL, "msgbuf", NULL);
	msgbuf[PT_METRIC_BLOWUP] = 2;
	msgbuf[PT_METRIC_PEAK_HELD_BYTES] = 40 * MIB;
	judge_default(&f, &base);
	assert_int_equal(item_of("blowup", "pool msgbuf")->state, PT_CHECK_WITHIN);
	assert_non_null(strstr(item_of("blowup", "pool msgbuf")->text, "less was in use, and no more is held than before"));
	jw_done();
	msgbuf[PT_METRIC_PEAK_HELD_BYTES] = 40.01 * MIB; /* by itself allowed */
	judge_default(&f, &base);
	assert_int_equal(item_of("blowup", "pool msgbuf")->state, PT_CHECK_BROKEN);
	assert_int_equal(item_of("peak_held_bytes", "pool msgbuf")->state, PT_CHECK_WITHIN);
	jw_done();
	msgbuf[PT_METRIC_PEAK_HELD_BYTES] = 10 * MIB; /* who asks for the ratio gets the ratio */
	jw_judge("  - {metric: blowup, pool: msgbuf, max_increase: 5%}", &f, 1, &base);
	jw_states_are(0, 0, 1, 0);
	ends(&f, &base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_increase_is_measured_from_the_baselines_median),
		cmocka_unit_test(a_share_of_nothing_is_the_floor),
		cmocka_unit_test(scatter_of_the_baseline_holds_back),
		cmocka_unit_test(phases_are_compared_with_phases),
		cmocka_unit_test(call_sites_that_grew_are_blamed_not_those_that_are_large),
		cmocka_unit_test(each_call_site_is_compared_with_the_one_most_like_it),
		cmocka_unit_test(what_the_baseline_does_not_have_cannot_be_told),
		cmocka_unit_test(default_budgets_take_what_is_new_or_gone_as_it_is),
		cmocka_unit_test(by_default_blowup_breaks_only_when_more_is_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
