// SPDX-License-Identifier: MIT
/* test_judge.c - budgets against figures made by hand: which rows, which state, which limit, whose line. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "judge_world.h"

/* One budget, one run, no baseline: one item. */
static void judged(const char *item, enum pt_check_state state, double measured)
{
	struct pt_figures f;
	const struct pt_check_item *it;

	jw_busy(&f, 1);
	it = jw_judge(item, &f, 1, NULL);
	assert_int_equal(jw_check.items_nr, 1);
	if (it->state != state || !(isnan(measured) ? isnan(it->measured) : fabs(it->measured - measured) < 1e-6))
		fail_msg("%s: state %d, measured %g: %s", item, it->state, it->measured, it->text);
	assert_int_equal(jw_check.states[state], 1);
	jw_done();
	pt_figures_fini(&f);
}

static void every_selector_finds_its_rows(void **state)
{
	(void)state;
	judged("  - {metric: peak_held_bytes, max: 100 MiB}", PT_CHECK_WITHIN, 100 * MIB);
	judged("  - {metric: peak_held_bytes, max: 99 MiB}", PT_CHECK_BROKEN, 100 * MIB);
	judged("  - {metric: peak_held_bytes, pool: msgbuf, max: 40 MiB}", PT_CHECK_WITHIN, 40 * MIB);
	judged("  - {metric: in_use_at_end_bytes, thread: 'worker-*', max: 7 MiB}", PT_CHECK_BROKEN, 8 * MIB);
	judged("  - {metric: in_use_at_end_bytes, thread: worker-7, max: 3 MiB}", PT_CHECK_WITHIN, 3 * MIB);
	judged("  - {metric: in_use_at_end_bytes, thread: 'm[a-z]?n', max: 1}", PT_CHECK_BROKEN, 1 * MIB);
	judged("  - {metric: in_use_at_end_bytes, cpu: 1, max: 1}", PT_CHECK_BROKEN, 2 * MIB);
	judged("  - {metric: held_at_peak_bytes, site: parse, max: 1}", PT_CHECK_BROKEN, 60 * MIB);
	judged("  - {metric: held_at_peak_bytes, site: 'i* (pool.c)', max: 1}", PT_CHECK_BROKEN, 30 * MIB);
	judged("  - {metric: held_at_peak_bytes, site: 'main (main.c)', max: 1}", PT_CHECK_BROKEN, 100 * MIB);
	judged("  - {metric: held_at_peak_bytes, pool: malloc, site: log, max: 1}", PT_CHECK_BROKEN, 10 * MIB);
	judged("  - {metric: misses, pool: msgbuf, thread: worker-1, max: 1}", PT_CHECK_BROKEN, 45);
	judged("  - {metric: misses, pool: '*', thread: worker-1, max: 1}", PT_CHECK_BROKEN, 75);
	judged("  - {metric: misses, pool: orders, site: 'ord*', max: 1}", PT_CHECK_BROKEN, 30);
}

static void phases_are_put_together_of_those_between(void **state)
{
	(void)state;
	judged("  - {metric: misses, pool: msgbuf, phase: warm..drain, max: 2}", PT_CHECK_WITHIN, 2);
	judged("  - {metric: misses, pool: msgbuf, phase: start..drain, max: 2}", PT_CHECK_BROKEN, 50);
	judged("  - {metric: peak_held_bytes, phase: drain..end, max: 60 MiB}", PT_CHECK_WITHIN, 60 * MIB);
	judged("  - {metric: peak_held_bytes, phase: start..end, max: 60 MiB}", PT_CHECK_BROKEN, 100 * MIB);
}

static void several_rows_are_their_sum_or_of_peaks_and_ratios_the_largest(void **state)
{
	(void)state;
	judged("  - {metric: misses, pool: '[mo]*', max: 79}", PT_CHECK_BROKEN, 80); /* malloc has none */
	judged("  - {metric: peak_held_bytes, pool: '*[fs]', max: 39 MiB}", PT_CHECK_BROKEN, 40 * MIB);
	judged("  - {metric: misses, per: gets, pool: msgbuf, max: 25%}", PT_CHECK_WITHIN, 0.25);
	judged("  - {metric: misses, per: gets, pool: '*', max: 0.5}", PT_CHECK_BROKEN, 0.75);
	judged("  - {metric: peak_held_bytes, per: peak_in_use_bytes, min: 1.25}", PT_CHECK_WITHIN, 1.25);
}

static void limits_hold_at_their_value_and_break_beyond(void **state)
{
	(void)state;
	judged("  - {metric: blowup, max: 1.25}", PT_CHECK_WITHIN, 1.25);
	judged("  - {metric: blowup, max: 1.24}", PT_CHECK_BROKEN, 1.25);
	judged("  - {metric: blowup, min: 1.25}", PT_CHECK_WITHIN, 1.25);
	judged("  - {metric: blowup, min: 1.26}", PT_CHECK_BROKEN, 1.25);
	judged("  - {metric: blowup, max: 1.24, level: warning}", PT_CHECK_WARNED, 1.25);
	judged("  - {metric: blowup, max: 1.24, program: 'a*'}", PT_CHECK_BROKEN, 1.25);
}

static void unknown(const char *item, const char *reason, double measured)
{
	struct pt_figures f;
	const struct pt_check_item *it;

	jw_busy(&f, 1);
	f.reasons[PT_METRIC_RSS_PEAK_BYTES] = "no RSS sample in the trace";
	it = jw_judge(item, &f, 1, NULL);
	jw_states_are(0, 0, 0, 1);
	if (!it->reason || strcmp(it->reason, reason) != 0)
		fail_msg("%s:\n%s\nnot\n%s", item, it->reason, reason);
	assert_true(isnan(measured) ? isnan(it->measured) : it->measured == measured);
	assert_true(it->text && it->text[0] && !it->advice && !it->sites_nr);
	jw_done();
	pt_figures_fini(&f);
}

static void what_cannot_be_told_says_why_and_what_there_is(void **state)
{
	(void)state;
	unknown("  - {metric: misses, pool: msgbfu, max: 1}", "no pool is called \"msgbfu\"; there are: msgbuf, malloc, orders",
		NAN);
	unknown("  - {metric: misses, pool: msgbfu, thread: x, max: 1}",
		"no pool is called \"msgbfu\"; there are: msgbuf, malloc, orders", NAN);
	unknown("  - {metric: misses, pool: msgbuf, thread: wroker-1, max: 1}",
		"no thread of a pool is called \"wroker-*\"; there are: worker-*", NAN);
	unknown("  - {metric: allocations, thread: worker, max: 1}",
		"no thread is called \"worker\"; there are: worker-*, worker-io-*, main", NAN);
	unknown("  - {metric: allocations, cpu: 7, max: 1}", "no CPU is called \"7\"; there are: 0, 1", NAN);
	unknown("  - {metric: allocations, site: prase, max: 1}", "no call site is called \"prase\"; there are: parse, index, log",
		NAN);
	unknown("  - {metric: misses, pool: msgbuf, phase: warm..dry, max: 1}",
		"no mark \"warm\" with a mark \"dry\" behind it; there are: start, warm, drain, end", NAN);
	unknown("  - {metric: blowup, program: bap, max: 1}", "no trace is of a program called \"bap\"; there are: app", NAN);
	unknown("  - {metric: rss_peak_bytes, max: 1}", "rss_peak_bytes is not known: no RSS sample in the trace", NAN);
	unknown("  - {metric: peak_held_bytes, per: rss_peak_bytes, max: 1}",
		"rss_peak_bytes is not known: no RSS sample in the trace", NAN);
	unknown("  - {metric: misses, pool: malloc, max: 1}", "misses is not known of malloc, only of annotated pools", NAN);
	unknown("  - {metric: blowup, max_increase: 5%}", "max_increase: needs a baseline; give one with --baseline FILE", 1.25);
	unknown("  - {metric: blowup, max_increase: 5%, max: 2}", "max_increase: needs a baseline; give one with --baseline FILE",
		1.25);
	judged("  - {metric: blowup, max_increase: 5%, max: 1}", PT_CHECK_BROKEN, 1.25); /* that is sure */
}

static void optional_budgets_ask_for_nothing(void **state)
{
	struct pt_figures f;

	(void)state;
	jw_busy(&f, 1);
	jw_judge("  - {metric: misses, pool: none, max: 1, optional: true}\n  - {metric: blowup, program: z, max: 1, optional: true}\n"
	      "  - {metric: misses, pool: msgbuf, phase: a..b, max: 1, optional: true}", &f, 1, NULL);
	jw_states_are(0, 0, 0, 0);
	jw_done();
	jw_judge("  - {metric: misses, pool: msgbuf, max: 1, optional: true}", &f, 1, NULL);
	jw_states_are(0, 0, 1, 0);
	jw_done();
	pt_figures_fini(&f);
}

static void a_ratio_to_nothing_is_none_or_cannot_be_told(void **state)
{
	struct pt_figures f;
	const struct pt_check_item *it;

	(void)state;
	jw_busy(&f, 1);
	jw_values(&f, PT_SCOPE_POOL, "msgbuf", NULL)[PT_METRIC_GETS] = 0;
	it = jw_judge("  - {metric: misses, per: gets, pool: msgbuf, max: 1}", &f, 1, NULL);
	jw_states_are(0, 0, 0, 1);
	assert_string_equal(it->reason, "gets is 0, so there is no ratio to it");
	jw_done();
	jw_values(&f, PT_SCOPE_POOL, "msgbuf", NULL)[PT_METRIC_MISSES] = 0;
	it = jw_judge("  - {metric: misses, per: gets, pool: msgbuf, max: 0}", &f, 1, NULL);
	jw_states_are(1, 0, 0, 0);
	assert_true(it->measured == 0);
	jw_done();
	pt_figures_fini(&f);
}

static void each_row_is_an_item_of_its_own(void **state)
{
	struct pt_figures f;
	const struct pt_check_item *it;

	(void)state;
	jw_busy(&f, 1);
	it = jw_judge("  - {metric: misses, pool: '[mo][sr]*', each: true, max: 40}\n"
		   "  - {metric: in_use_at_end_bytes, thread: '*', each: true, max: 4 MiB}", &f, 1, NULL);
	jw_states_are(3, 0, 2, 0);
	assert_string_equal(it[0].row, "pool msgbuf");
	assert_int_equal(it[0].state, PT_CHECK_BROKEN);
	assert_string_equal(it[1].row, "pool orders");
	assert_int_equal(it[1].state, PT_CHECK_WITHIN);
	assert_string_equal(it[2].row, "threads main");
	assert_string_equal(it[4].row, "threads worker-io-*");
	assert_int_equal(it[4].state, PT_CHECK_BROKEN);
	assert_int_equal(it[4].line, 4);
	assert_int_equal(it[4].column, 5);
	jw_done();
	pt_figures_fini(&f);
}

static void several_runs_are_judged_by_their_median(void **state)
{
	const double scales[] = { 1.4, 1.0, 1.2, 0.9, 3.0 };
	struct pt_figures runs[5];
	const struct pt_check_item *it;

	(void)state;
	for (int i = 0; i < 5; i++)
		jw_busy(&runs[i], scales[i]);
	jw_values(&runs[2], PT_SCOPE_SITE, NULL, "parse")[PT_METRIC_HELD_AT_PEAK_BYTES] = 77 * MIB;
	it = jw_judge("  - {metric: peak_held_bytes, max: 119 MiB}", runs, 5, NULL);
	jw_states_are(0, 0, 1, 0);
	jw_blamed(it, 3, (const char *[]){ "parse", "index", "log" }, (double[]){ 77 * MIB, 30 * MIB, 10 * MIB }); /* of that run */
	jw_done();
	it = jw_judge("  - {metric: peak_held_bytes, max: 120 MiB}\n  - {metric: peak_held_bytes, pool: '*', each: true, max: 47 MiB}",
		   runs, 5, NULL);
	jw_states_are(2, 0, 2, 0); /* malloc has 100 MiB */
	assert_int_equal(it[0].runs, 5);
	assert_true(fabs(it[0].measured - 120 * MIB) < 1 && it[0].low == 90 * MIB && it[0].high == 300 * MIB);
	assert_string_equal(it[0].text, "peak_held_bytes of the process is 120.0 MiB (median of 5 runs, 90.0 MiB to 300.0 MiB); "
					"allowed: at most 120.0 MiB");
	assert_true(fabs(it[2].measured - 48 * MIB) < 1);
	jw_done();
	/* Where a run has no such pool, it held nothing; a ratio it does not have. */
	for (size_t k = 0; k < 3; k++)
		jw_values(&runs[k], PT_SCOPE_POOL, "orders", NULL)[PT_METRIC_MISSES] = 10 + (double)k;
	for (size_t i = 0; i < 3; i++)
		for (size_t k = 0; k < runs[i].rows_nr; k++)
			if (runs[i].rows[k].scope == PT_SCOPE_POOL && !strcmp(runs[i].rows[k].pool, "msgbuf"))
				memcpy(runs[i].rows[k].pool, "absent", 6);
	it = jw_judge("  - {metric: misses, pool: msgbuf, max: 0}\n  - {metric: misses, per: gets, pool: msgbuf, max: 0}", runs, 5, NULL);
	jw_states_are(1, 0, 1, 0);
	assert_true(it[0].measured == 0 && it[0].high == 50 && it[0].runs == 5);
	assert_true(it[1].measured == 0.25 && it[1].runs == 2);
	jw_done();
	jw_free(runs, 5);
}

static void programs_are_judged_apart(void **state)
{
	struct pt_figures runs[3];
	const struct pt_check_item *it;

	(void)state;
	for (int i = 0; i < 3; i++)
		jw_busy(&runs[i], i == 1 ? 2 : 1);
	free(runs[1].program);
	runs[1].program = strdup("child");
	it = jw_judge("  - {metric: peak_held_bytes, max: 150 MiB}\n  - {metric: blowup, program: 'c?ild', max: 2}", runs, 3, NULL);
	jw_states_are(2, 0, 1, 0);
	assert_string_equal(it[0].program, "app");
	assert_int_equal(it[0].runs, 2);
	assert_string_equal(it[1].program, "child");
	assert_int_equal(it[1].state, PT_CHECK_BROKEN);
	assert_string_equal(it[2].program, "child");
	assert_int_equal(jw_check.traces_nr, 3);
	assert_string_equal(jw_check.traces[2], "app.ptrace");
	jw_done();
	jw_free(runs, 3);
}

static void beyond_the_limits_nothing_is_told(void **state)
{
	struct pt_figures f;
	const struct pt_check_item *it;

	(void)state;
	jw_busy(&f, 1);
	f.lost_share = 0.03;
	it = jw_judge("  - {metric: blowup, max: 1}", &f, 1, NULL);
	jw_states_are(0, 0, 0, 1);
	assert_string_equal(it->reason, "app.ptrace has lost 3% of its events, and limits: allow 0%; record it again");
	assert_true(it->measured == 1.25 && it->max == 1);
	jw_done();
	jw_judge("version: 1\nlimits: {lost: 3%}\nbudgets:\n  - {metric: blowup, max: 1}", &f, 1, NULL);
	jw_states_are(0, 0, 1, 0);
	jw_done();
	f.torn_share = 0.5;
	it = jw_judge("version: 1\nlimits: {lost: 3%, torn: 49%}\nbudgets:\n  - {metric: blowup, max: 1}\n"
		   "  - {metric: misses, pool: x, max: 1}", &f, 1, NULL);
	jw_states_are(0, 0, 0, 2);
	assert_string_equal(it[1].reason, "app.ptrace is torn: it lacks 50% of its bytes or chunks, and limits: allow 49%; record it "
					  "again");
	jw_done();
	pt_figures_fini(&f);
}

static void the_largest_call_sites_are_blamed(void **state)
{
	struct pt_figures f;
	const struct pt_check_item *it;

	(void)state;
	jw_busy(&f, 1);
	/* The same line again, further out called from elsewhere; and one that has least. */
	jw_site(&f, NULL, "tiny", 1)[PT_METRIC_HELD_AT_PEAK_BYTES] = 1 * MIB;
	jw_site(&f, NULL, "index", 40)[PT_METRIC_HELD_AT_PEAK_BYTES] = 35 * MIB;
	it = jw_judge("  - {metric: peak_held_bytes, max: 1}\n  - {metric: misses, pool: '*', max: 1}\n"
		   "  - {metric: misses, per: gets, pool: '*', max: 0}\n  - {metric: misses, pool: orders, thread: '*', max: 0}\n"
		   "  - {metric: held_at_peak_bytes, site: 'l*', max: 1}\n  - {metric: peak_held_bytes, min: 1 GiB}", &f, 1, NULL);
	jw_states_are(0, 0, 6, 0);
	jw_blamed(&it[0], 3, (const char *[]){ "index", "parse", "log" }, (double[]){ 65 * MIB, 60 * MIB, 10 * MIB });
	assert_int_equal(it[0].blame, PT_METRIC_HELD_AT_PEAK_BYTES);
	assert_string_equal(it[0].sites[1].text, "parse (pool.c:120), called from main (main.c:1200)");
	assert_string_equal(it[0].sites[1].file, "/src/pool.c");
	assert_int_equal(it[0].sites[1].line, 120);
	assert_true(isnan(it[0].sites[1].before));
	jw_blamed(&it[1], 2, (const char *[]){ "take", "order" }, (double[]){ 50, 30 });
	jw_blamed(&it[2], 1, (const char *[]){ "order" }, (double[]){ 30 }); /* the pool with the largest ratio alone */
	assert_non_null(strstr(it[2].text, "the largest of 2: orders"));
	jw_blamed(&it[3], 1, (const char *[]){ "order" }, (double[]){ 30 });
	jw_blamed(&it[4], 1, (const char *[]){ "log" }, (double[]){ 10 * MIB });
	assert_int_equal(it[5].sites_nr, 0); /* too little has no line that made it */
	assert_non_null(it[0].advice);
	jw_done();
	pt_figures_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_selector_finds_its_rows),
		cmocka_unit_test(phases_are_put_together_of_those_between),
		cmocka_unit_test(several_rows_are_their_sum_or_of_peaks_and_ratios_the_largest),
		cmocka_unit_test(limits_hold_at_their_value_and_break_beyond),
		cmocka_unit_test(what_cannot_be_told_says_why_and_what_there_is),
		cmocka_unit_test(optional_budgets_ask_for_nothing),
		cmocka_unit_test(a_ratio_to_nothing_is_none_or_cannot_be_told),
		cmocka_unit_test(each_row_is_an_item_of_its_own),
		cmocka_unit_test(several_runs_are_judged_by_their_median),
		cmocka_unit_test(programs_are_judged_apart),
		cmocka_unit_test(beyond_the_limits_nothing_is_told),
		cmocka_unit_test(the_largest_call_sites_are_blamed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
