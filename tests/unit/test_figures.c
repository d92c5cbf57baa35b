// SPDX-License-Identifier: MIT
/*
 * test_figures.c - a report as rows and columns: what is a row, what is a column, what is not known and why.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../analyzer/result/figures.h"
#include "../../format/error.h"
#include "analysed.h"
#include "pool_builder.h"

static const struct pt_figures_row *row_of(const struct pt_figures *f, enum pt_scope scope, const char *pool,
					   const char *name)
{
	const struct pt_figures_row *found = NULL;

	for (size_t i = 0; i < f->rows_nr; i++) {
		const struct pt_figures_row *row = &f->rows[i];

		if (row->scope != scope || row->from || (pool && strcmp(row->pool, pool) != 0) ||
		    (name && strcmp(row->name, name) != 0))
			continue;
		assert_null(found); /* one of each name */
		found = row;
	}
	assert_non_null(found);
	return found;
}

static double value_of(const struct pt_figures *f, enum pt_scope scope, const char *pool, const char *name,
		       enum pt_metric metric)
{
	return row_of(f, scope, pool, name)->values[metric];
}

#define SAME(got, want) assert_true(fabs((got) - (double)(want)) < 1e-6)

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

static void add_frame(struct pt_report_site *site, const char *function, const char *file, const char *module)
{
	struct pt_report_frame *frame;

	site->frames = realloc(site->frames, (site->frames_nr + 1) * sizeof(*site->frames));
	assert_non_null(site->frames);
	frame = &site->frames[site->frames_nr++];
	memset(frame, 0, sizeof(*frame));
	frame->function = rb_text(function);
	frame->file = rb_text(file);
	frame->module = rb_text(module);
	frame->line = file ? 9 : 0;
}

#define PARSE "parse_message (parser.c) < main (main.c)"

static void call_sites_that_read_the_same_without_lines_are_one(void **state)
{
	const struct pt_figures_row *row;
	struct pt_figures f;
	struct pt_report r;
	uint32_t site;

	(void)state;
	rb_quiet(&r, 1);
	rb_site(&r, "parse_message", "/home/a/parser.c", 120, 100, 5);
	rb_site(&r, "parse_message.constprop.0", "../b/parser.c", 130, 4000, 7); /* another line, another build's path */
	rb_site(&r, "parse_message", "/home/a/other.c", 120, 1, 0);
	site = rb_site(&r, "worker", "/src/worker.c", 5, 8, 0); /* a thread's stack ends in the C library */
	r.sites[site].frames[2].function = "loop";
	add_frame(&r.sites[site], "start_thread", NULL, "/lib/libc.so.6");
	add_frame(&r.sites[site], NULL, NULL, "/lib/libc.so.6");
	site = rb_site(&r, NULL, NULL, 0, 8, 0);
	r.sites[site].frames[1].line = 44; /* of nothing */
	assert_int_equal(pt_figures_make(&r, NULL, &f), 0);
	row = row_of(&f, PT_SCOPE_SITE, NULL, PARSE);
	SAME(row->values[PT_METRIC_IDLE_AT_END_BYTES], 4100);
	SAME(row->values[PT_METRIC_IN_USE_AT_END_BYTES], 12);
	assert_true(isnan(row->values[PT_METRIC_PEAK_IDLE_BYTES]));
	assert_int_equal(row->frames_nr, 2); /* not operator new, nothing beyond main() */
	assert_int_equal(row->frames[0].line, 130); /* of the heavier */
	assert_string_equal(row->frames[0].file, "../b/parser.c");
	assert_string_equal(row->frames[0].function, "parse_message");
	row_of(&f, PT_SCOPE_SITE, NULL, "parse_message (other.c) < main (main.c)");
	row_of(&f, PT_SCOPE_SITE, NULL, "worker (worker.c) < loop (main.c)");
	row = row_of(&f, PT_SCOPE_SITE, NULL, "app < main (main.c)");
	assert_null(row->frames[0].function);
	assert_int_equal(row->frames[0].line, 0);
	pt_figures_fini(&f);
	pt_report_fini(&r);
}

static void a_site_has_at_most_so_many_frames(void **state)
{
	struct pt_figures f;
	struct pt_report r;
	char name[16];

	(void)state;
	rb_quiet(&r, 1);
	rb_site(&r, "deep", "/src/a.c", 1, 10, 0);
	rb_site(&r, "deep", "/src/a.c", 1, 10, 0);
	for (int site = 0; site < 2; site++) {
		r.sites[site].frames[2].function = "run";
		for (int i = 0; i < 40; i++) { /* the same, but far out */
			snprintf(name, sizeof(name), "f%d", i == 30 ? 100 + site : i);
			add_frame(&r.sites[site], name, "/src/b.c", "/usr/bin/app");
		}
	}
	assert_int_equal(pt_figures_make(&r, NULL, &f), 0);
	assert_int_equal(row_of(&f, PT_SCOPE_SITE, NULL, NULL)->frames_nr, PT_FIGURE_FRAMES_MAX);
	pt_figures_fini(&f);
	pt_report_fini(&r);
}

static void sites_of_pools_have_what_pools_count(void **state)
{
	static const char get[] = "open_session (session.c) < main (main.c)",
			  put[] = "close_session (session.c) < main (main.c)",
			  purge[] = "reap_idle (reaper.c) < main (main.c)";
	struct pt_figures f;
	struct pt_report r;

	(void)state;
	pb_trading(&r);
	assert_int_equal(pt_figures_make(&r, NULL, &f), 0);
#define OF(site, metric) value_of(&f, PT_SCOPE_POOL_SITE, "apr:allocator", site, PT_METRIC_##metric)
	SAME(OF(purge, REGRETTED_DROPS), 8000);
	SAME(OF(purge, PURGED), 9000);
	SAME(OF(purge, MISUSE), 0);
	SAME(OF(get, LEAKED_OBJECTS), 3);
	SAME(OF(get, MISUSE), 1);
	SAME(OF(put, MISUSE), 8);
	SAME(OF(put, LEAKED_BYTES), 100);
	assert_true(isnan(OF(put, ALLOCATIONS)) && isnan(OF(put, PEAK_HELD_BYTES)));
	SAME(value_of(&f, PT_SCOPE_POOL_SITE, "msgbuf", "recv_message (feed.c) < main (main.c)", PT_METRIC_MISSES),
	     12345);
	pt_figures_fini(&f);
	pt_report_fini(&r);
#undef OF
}

static void a_snapshot_names_who_leaked_and_who_put(void **state)
{
	static const char put[] = "release_message (book.c) < main (main.c)";
	struct pt_graph_site sites[2] = { 0 };
	struct pt_graph_leak leak = { .site = 0, .objects = 3, .bytes = 300 };
	struct pt_graph_field fields[2] = { { .pool = 0, .retained_bytes = 1000, .put_site = 1 },
					    { .pool = 0, .retained_bytes = 24, .put_site = 1, .offset_bytes = 8 } };
	struct pt_graph_pool pool = { .name = "msgbuf" };
	struct pt_graph_snapshot s = { .whole = true, .sites = sites, .sites_nr = 2, .leaks = &leak, .leaks_nr = 1,
				       .fields = fields, .fields_nr = 2, .pools = &pool, .pools_nr = 1,
				       .idle_retained_bytes = 1100, .unreachable_bytes = 300, .unreachable_objects = 3 };
	struct pt_figures f;
	struct pt_report r;

	(void)state;
	pb_trading(&r);
	rb_site(&r, "parse_message", "/src/parser.c", 120, 0, 4096);
	rb_site(&r, "quiet", "/src/parser.c", 7, 0, 4096);
	sites[0].site = r.sites[0];
	sites[1].site = r.pool_sites[1];
	assert_int_equal(pt_figures_make(&r, &s, &f), 0);
	SAME(value_of(&f, PT_SCOPE_PROCESS, NULL, NULL, PT_METRIC_GRAPH_RETAINED_BYTES), 1100);
	SAME(value_of(&f, PT_SCOPE_PROCESS, NULL, NULL, PT_METRIC_UNREACHABLE_OBJECTS), 3);
	SAME(value_of(&f, PT_SCOPE_SITE, NULL, PARSE, PT_METRIC_UNREACHABLE_BYTES), 300);
	SAME(value_of(&f, PT_SCOPE_SITE, NULL, PARSE, PT_METRIC_IN_USE_AT_END_BYTES), 4096);
	SAME(value_of(&f, PT_SCOPE_SITE, NULL, "quiet (parser.c) < main (main.c)", PT_METRIC_UNREACHABLE_BYTES), 0);
	SAME(value_of(&f, PT_SCOPE_SITE, NULL, put, PT_METRIC_GRAPH_RETAINED_BYTES), 1024);
	SAME(value_of(&f, PT_SCOPE_SITE, NULL, put, PT_METRIC_ALLOCATIONS), 0);
	SAME(value_of(&f, PT_SCOPE_POOL_SITE, "msgbuf", put, PT_METRIC_GRAPH_RETAINED_BYTES), 1024);
	pt_figures_fini(&f);

	s.unreachable_bytes = PT_UNKNOWN;
	s.leaks_nr = 0;
	assert_int_equal(pt_figures_make(&r, &s, &f), 0);
	assert_true(isnan(value_of(&f, PT_SCOPE_SITE, NULL, PARSE, PT_METRIC_UNREACHABLE_BYTES)));
	assert_non_null(strstr(f.reasons[PT_METRIC_UNREACHABLE_BYTES], "did not answer"));
	pt_figures_fini(&f);

	s.whole = false; /* says nothing */
	assert_int_equal(pt_figures_make(&r, &s, &f), 0);
	assert_true(isnan(value_of(&f, PT_SCOPE_PROCESS, NULL, NULL, PT_METRIC_GRAPH_RETAINED_BYTES)));
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

static void put_mark(struct tb *b, uint32_t w, uint64_t time_ns, const char *name)
{
	const uint64_t none = 0;

	tb_ext(b, w, PT_EXT_MARK, time_ns, &none, 1, name, strlen(name));
}

/* At 16 ms 1000 bytes; "warm" at 32; at 48 two objects of 64; "warm" at 64; at 80 all is given back; the
 * end at 96, with 10 bytes more. */
static void phased_report(struct pt_report *out)
{
	const uint64_t create[] = { 0x900, 64, 0, 0 };
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 1, 0);

	tb_alloc(b, w, 16 * PB_MS, 0x10000, 1000, 0);
	put_mark(b, w, 32 * PB_MS, "warm");
	tb_ext(b, w, PT_EXT_POOL_CREATE, 40 * PB_MS, create, 4, "pool", 4);
	tb_get(b, w, 48 * PB_MS, 0x900, 0x20000, 64, 0, 0);
	tb_get(b, w, 48 * PB_MS, 0x900, 0x21000, 64, 0, 0);
	put_mark(b, w, 64 * PB_MS, "warm");
	tb_put(b, w, 80 * PB_MS, 0x900, 0x20000, 0, 0);
	tb_free(b, w, 80 * PB_MS, 0x10000);
	tb_alloc(b, w, 96 * PB_MS, 0x30000, 10, 0);
	an_report(b, out);
	tb_close(b);
}

static void a_phase_is_put_together_from_steps(void **state)
{
	double v[PT_METRIC_NR];
	struct pt_figures f;
	struct pt_report r;

	(void)state;
	phased_report(&r);
	assert_int_equal(r.phases_nr, 3);
	assert_int_equal(pt_figures_make(&r, NULL, &f), 0);

	assert_int_equal(pt_figures_phase(&f, NULL, "start", "warm", v), 0);
	SAME(v[PT_METRIC_ALLOCATIONS], 1);
	SAME(v[PT_METRIC_PEAK_HELD_BYTES], 1000);
	SAME(v[PT_METRIC_DURATION_NS], 32 * PB_MS);
	assert_int_equal(pt_figures_phase(&f, NULL, "warm", "end", v), 0); /* the first of that name */
	SAME(v[PT_METRIC_ALLOCATIONS], 1);
	SAME(v[PT_METRIC_FREES], 1);
	SAME(v[PT_METRIC_PEAK_IN_USE_BYTES], 1000); /* what it began with */
	SAME(v[PT_METRIC_PEAK_HELD_BYTES], 1010);
	SAME(v[PT_METRIC_BLOWUP], 1.01);
	SAME(v[PT_METRIC_IN_USE_AT_END_BYTES], 10);
	SAME(v[PT_METRIC_IDLE_AT_END_BYTES], 1000);
	SAME(v[PT_METRIC_HOARD_BYTE_SECONDS], 16);
	SAME(v[PT_METRIC_MEAN_IDLE_BYTES], 250);
	assert_true(isnan(v[PT_METRIC_RSS_END_BYTES]) && isnan(v[PT_METRIC_GETS]));
	assert_int_equal(pt_figures_phase(&f, "malloc", "warm", "end", v), 0);
	SAME(v[PT_METRIC_MEAN_IDLE_BYTES], 250);
	assert_int_equal(pt_figures_phase(&f, "pool", "start", "warm", v), 0); /* it was not there yet */
	SAME(v[PT_METRIC_GETS], 0);
	assert_true(isnan(v[PT_METRIC_BLOWUP]));
	assert_int_equal(pt_figures_phase(&f, "pool", "warm", "warm", v), 0); /* to the next */
	SAME(v[PT_METRIC_MISSES], 2);
	SAME(v[PT_METRIC_IN_USE_AT_END_OBJECTS], 2);
	assert_int_equal(pt_figures_phase(&f, "pool", "start", "end", v), 0);
	SAME(v[PT_METRIC_GETS], 2);
	SAME(v[PT_METRIC_PUTS], 1);
	SAME(v[PT_METRIC_IN_USE_AT_END_OBJECTS], 1);
	SAME(v[PT_METRIC_MEAN_IDLE_BYTES], 64 * 16 / 96.0);

	assert_int_equal(pt_figures_phase(&f, NULL, "cold", "end", v), -PT_EINVAL);
	assert_true(isnan(v[PT_METRIC_ALLOCATIONS]));
	assert_int_equal(pt_figures_phase(&f, NULL, "warm", "cold", v), -PT_EINVAL);
	assert_int_equal(pt_figures_phase(&f, "pond", "start", "end", v), -PT_EINVAL);
	pt_figures_fini(&f);
	pt_report_fini(&r);
}

/* Each metric that the catalogue calls one of phases is there, and no other. */
static void the_catalogue_knows_what_phases_have(void **state)
{
	bool seen[PT_METRIC_NR] = { false };
	struct pt_figures f;
	struct pt_report r;

	(void)state;
	phased_report(&r);
	assert_int_equal(pt_figures_make(&r, NULL, &f), 0);
	for (size_t i = 0; i < f.rows_nr; i++)
		for (int m = 0; m < PT_METRIC_NR; m++) {
			bool known = !isnan(f.rows[i].values[m]);

			seen[m] |= f.rows[i].from && known;
			if (known) /* and in scopes that it has */
				assert_true(pt_metrics[m].scopes & PT_SCOPE_BIT(f.rows[i].scope));
		}
	for (int m = 0; m < PT_METRIC_NR; m++)
		assert_int_equal(seen[m], pt_metrics[m].phases);
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
		cmocka_unit_test(call_sites_that_read_the_same_without_lines_are_one),
		cmocka_unit_test(a_site_has_at_most_so_many_frames),
		cmocka_unit_test(sites_of_pools_have_what_pools_count),
		cmocka_unit_test(a_snapshot_names_who_leaked_and_who_put),
		cmocka_unit_test(rows_come_in_one_order),
		cmocka_unit_test(what_is_missing_is_a_share),
		cmocka_unit_test(a_phase_is_put_together_from_steps),
		cmocka_unit_test(the_catalogue_knows_what_phases_have),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
