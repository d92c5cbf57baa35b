// SPDX-License-Identifier: MIT
/*
 * test_figures.c - a report as rows and columns: what is a row, what is a column, what is not known and why.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "figures_row.h"
#include "pool_builder.h"

static void each_metric_has_one_whole_row(void **state)
{
	(void)state;
	for (int m = 0; m < PT_METRIC_NR; m++) {
		const struct pt_metric_row *row = &pt_metrics[m];

		assert_non_null(row->name);
		assert_int_equal(pt_metric_find(row->name), m); /* no name twice */
		assert_true(strlen(row->about) > 10 && row->about[strlen(row->about) - 1] != '.');
		assert_true(row->scopes);
		assert_int_equal(strspn(row->name, "abcdefghijklmnopqrstuvwxyz_"), strlen(row->name));
		if (strlen(row->name) > 6 && !strcmp(row->name + strlen(row->name) - 6, "_bytes"))
			assert_int_equal(row->unit, PT_UNIT_BYTES);
		/* What is told of call sites is blamed on itself, unless on something they have as well. */
		if (row->scopes & PT_SCOPE_BIT(PT_SCOPE_SITE))
			assert_true(pt_metrics[row->blame].scopes & PT_SCOPE_BIT(PT_SCOPE_SITE));
		if (row->scopes & PT_SCOPE_BIT(PT_SCOPE_POOL))
			assert_true(!(row->scopes & PT_SCOPE_BIT(PT_SCOPE_POOL_SITE)) ||
				    pt_metrics[row->pool_blame].scopes & PT_SCOPE_BIT(PT_SCOPE_POOL_SITE));
		if (row->by_default)
			assert_true(row->scopes & (PT_SCOPE_BIT(PT_SCOPE_PROCESS) | PT_SCOPE_BIT(PT_SCOPE_POOL)));
	}
	assert_int_equal(pt_metric_find("rss"), PT_METRIC_NR);
	assert_string_equal(pt_metric_nearest("peak_held"), "peak_held_bytes");
	assert_string_equal(pt_metric_nearest("mises"), "misses");
	assert_string_equal(pt_metric_nearest("in_use_at_end_object"), "in_use_at_end_objects");
	assert_false(pt_metrics[PT_METRIC_RSS_PEAK_BYTES].by_default);
	assert_false(pt_metrics[PT_METRIC_DURATION_NS].by_default);
}

static void a_value_reads_in_its_unit(void **state)
{
	char t[PT_FIGURE_BYTES];

	(void)state;
	assert_string_equal(pt_figure_text(t, 64 * 1048576.0, PT_UNIT_BYTES), "64.0 MiB");
	assert_string_equal(pt_figure_text(t, -4096, PT_UNIT_BYTES), "-4.0 KiB");
	assert_string_equal(pt_figure_text(t, 1234, PT_UNIT_COUNT), "1,234");
	assert_string_equal(pt_figure_text(t, 12.5, PT_UNIT_COUNT), "12.5"); /* the median of two */
	assert_string_equal(pt_figure_text(t, 3.2e9, PT_UNIT_NS), "3.2 s");
	assert_string_equal(pt_figure_text(t, 16, PT_UNIT_RATIO), "16.00");
	assert_string_equal(pt_figure_text(t, 1.5 * 1048576, PT_UNIT_BYTE_SECONDS), "1.5 MiB s");
	assert_string_equal(pt_figure_text(t, NAN, PT_UNIT_COUNT), "not known");
	assert_string_equal(pt_figure_text(t, 1e300, PT_UNIT_BYTES), "16.0 EiB");
	assert_string_equal(pt_figure_text(t, -0.1, PT_UNIT_BYTES), "0 B");
}

static void the_process_is_its_totals(void **state)
{
	struct pt_figures f;
	struct pt_report r;

	(void)state;
	rb_hoard(&r);
	assert_int_equal(pt_figures_make(&r, NULL, &f), 0);
	assert_string_equal(f.program, "app");
	assert_string_equal(f.trace, "traces/app.1234.ptrace");
#define OF(metric) value_of(&f, PT_SCOPE_PROCESS, NULL, NULL, PT_METRIC_##metric)
	SAME(OF(PEAK_HELD_BYTES), r.totals.peak_held_bytes);
	SAME(OF(IN_USE_AT_PEAK_BYTES), r.totals.peak_held_bytes - r.totals.idle_at_peak_bytes);
	SAME(OF(BLOWUP), r.totals.blowup);
	SAME(OF(IDLE_AT_END_BYTES), 66 * RB_MIB);
	SAME(OF(MEAN_IDLE_BYTES), r.totals.hoard_byte_seconds / 10);
	SAME(OF(STRANDED_MISSES), 4096);
	SAME(OF(RSS_PEAK_BYTES), 20 * RB_MIB);
	SAME(OF(DURATION_NS), 10 * RB_SECOND);
	assert_true(isnan(OF(GETS)) && isnan(OF(UNREACHABLE_BYTES)));
	assert_string_equal(f.reasons[PT_METRIC_GETS], "no annotated pool in the trace");
	assert_string_equal(f.reasons[PT_METRIC_UNREACHABLE_BYTES], "no whole snapshot in the trace");
	assert_null(f.reasons[PT_METRIC_PEAK_HELD_BYTES]);
	pt_figures_fini(&f);

	r.totals.rss.samples_nr = 0;
	r.totals.blowup = r.pools[0].blowup = NAN;
	assert_int_equal(pt_figures_make(&r, NULL, &f), 0);
	assert_string_equal(f.reasons[PT_METRIC_RSS_END_BYTES], "no RSS sample in the trace");
	assert_string_equal(f.reasons[PT_METRIC_BLOWUP], "nothing was ever in use");
	pt_figures_fini(&f);
	pt_report_fini(&r);
#undef OF
}

static void a_pool_is_its_own_row(void **state)
{
	struct pt_figures f;
	struct pt_report r;

	(void)state;
	pb_trading(&r);
	assert_int_equal(pt_figures_make(&r, NULL, &f), 0);
#define OF(pool, metric) value_of(&f, PT_SCOPE_POOL, pool, NULL, PT_METRIC_##metric)
	SAME(OF("msgbuf", PEAK_HELD_BYTES), r.pools[1].peak_held_bytes);
	SAME(OF("msgbuf", BLOWUP), r.pools[1].blowup);
	SAME(OF("msgbuf", MISSES), 12345);
	SAME(OF("msgbuf", AMBIGUOUS_MISSES), 380);
	SAME(OF("apr:allocator", REGRETTED_DROPS), 8000);
	SAME(OF("apr:allocator", PURGED), 9000);
	SAME(OF("apr:allocator", DEAD_HOARD_BYTES), 4 * RB_MIB);
	SAME(OF("apr:allocator", LEAKED_OBJECTS), 4);
	SAME(OF("apr:allocator", LEAKED_BYTES), 12388);
	SAME(OF("apr:allocator", MISUSE), 9);
	assert_true(isnan(OF("msgbuf", ALLOCATIONS)) && isnan(OF("malloc", GETS)));
	assert_true(isnan(OF("msgbuf", GRAPH_RETAINED_BYTES)));
	assert_true(isnan(OF("msgbuf", DURATION_NS)));
	SAME(value_of(&f, PT_SCOPE_POOL_CPU, "msgbuf", "7", PT_METRIC_GETS), 500000);
	SAME(value_of(&f, PT_SCOPE_POOL_THREAD, "apr:allocator", "worker-*", PT_METRIC_LEAKED_OBJECTS), 3);
	assert_true(isnan(value_of(&f, PT_SCOPE_POOL_THREAD, "msgbuf", "main", PT_METRIC_REGRETTED_DROPS)));
	assert_null(f.reasons[PT_METRIC_GETS]);
	pt_figures_fini(&f);

	r.pools[1].detail->graph_retained_bytes = 77;
	r.pools[1].detail->row.dead_hoard_bytes = PT_UNKNOWN;
	assert_int_equal(pt_figures_make(&r, NULL, &f), 0);
	SAME(OF("msgbuf", GRAPH_RETAINED_BYTES), 77);
	assert_true(isnan(OF("msgbuf", DEAD_HOARD_BYTES)));
	pt_figures_fini(&f);
	pt_report_fini(&r);
#undef OF
}

static void threads_whose_names_differ_by_a_number_are_one(void **state)
{
	struct pt_figures f;
	struct pt_report r;

	(void)state;
	rb_quiet(&r, 12); /* main, worker-1 to worker-11 */
	strcpy(r.threads[3].name, "io");
	strcpy(r.threads[4].name, "");
	strcpy(r.threads[5].name, "2024");
	r.threads[11].tally.peak_in_use_bytes = 500;
	r.threads[10].tally.peak_in_use_bytes = 700;
	assert_int_equal(pt_figures_make(&r, NULL, &f), 0);
	SAME(value_of(&f, PT_SCOPE_THREAD, NULL, "worker-*", PT_METRIC_ALLOCATIONS), 8000);
	SAME(value_of(&f, PT_SCOPE_THREAD, NULL, "worker-*", PT_METRIC_PEAK_IN_USE_BYTES), 700);
	SAME(value_of(&f, PT_SCOPE_THREAD, NULL, "main", PT_METRIC_ALLOCATIONS), 1000);
	SAME(value_of(&f, PT_SCOPE_THREAD, NULL, "io", PT_METRIC_ALLOCATIONS), 1000);
	row_of(&f, PT_SCOPE_THREAD, NULL, "?");
	row_of(&f, PT_SCOPE_THREAD, NULL, "*");
	row_of(&f, PT_SCOPE_CPU, NULL, "7");
	pt_figures_fini(&f);
	pt_report_fini(&r);
}

static void rows_come_in_one_order(void **state)
{
	struct pt_report_site swapped;
	struct pt_figures a, b;
	struct pt_report r;

	(void)state;
	pb_trading(&r);
	rb_site(&r, "b", "/src/b.c", 1, 10, 0);
	rb_site(&r, "a", "/src/a.c", 1, 20, 0);
	assert_int_equal(pt_figures_make(&r, NULL, &a), 0);
	swapped = r.sites[0];
	r.sites[0] = r.sites[1];
	r.sites[1] = swapped;
	assert_int_equal(pt_figures_make(&r, NULL, &b), 0);
	assert_int_equal(a.rows_nr, b.rows_nr);
	for (size_t i = 0; i < a.rows_nr; i++) {
		assert_true(pt_figures_row_same(&a.rows[i], &b.rows[i]));
		assert_true(!i || a.rows[i].scope >= a.rows[i - 1].scope);
		assert_true(!i || !pt_figures_row_same(&a.rows[i], &b.rows[i - 1]));
	}
	pt_figures_fini(&a);
	pt_figures_fini(&b);
	pt_report_fini(&r);
}

static void what_is_missing_is_a_share(void **state)
{
	struct pt_figures f;
	struct pt_report r;

	(void)state;
	rb_quiet(&r, 1); /* 1,990 events */
	assert_int_equal(pt_figures_make(&r, NULL, &f), 0);
	SAME(f.lost_share, 0);
	SAME(f.torn_share, 0);
	pt_figures_fini(&f);
	r.totals.lost_events = 10;
	r.file.chunks_nr = 9;
	r.file.missing_chunks = 1;
	r.file.claimed_bytes = 1000;
	r.file.used_bytes = 980;
	assert_int_equal(pt_figures_make(&r, NULL, &f), 0);
	SAME(f.lost_share, 0.005);
	SAME(f.torn_share, 0.1);
	pt_figures_fini(&f);
	r.file.corrupt_bytes = 480;
	assert_int_equal(pt_figures_make(&r, NULL, &f), 0);
	SAME(f.torn_share, 0.5);
	pt_figures_fini(&f);
	pt_report_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_metric_has_one_whole_row),
		cmocka_unit_test(a_value_reads_in_its_unit),
		cmocka_unit_test(the_process_is_its_totals),
		cmocka_unit_test(a_pool_is_its_own_row),
		cmocka_unit_test(threads_whose_names_differ_by_a_number_are_one),
		cmocka_unit_test(rows_come_in_one_order),
		cmocka_unit_test(what_is_missing_is_a_share),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
