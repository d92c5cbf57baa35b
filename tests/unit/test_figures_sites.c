// SPDX-License-Identifier: MIT
/*
 * test_figures_sites.c - a report's call sites as rows: which are one, by what name, and what is known of each.
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

#include "figures_row.h"
#include "pool_builder.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(call_sites_that_read_the_same_without_lines_are_one),
		cmocka_unit_test(a_site_has_at_most_so_many_frames),
		cmocka_unit_test(sites_of_pools_have_what_pools_count),
		cmocka_unit_test(a_snapshot_names_who_leaked_and_who_put),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
