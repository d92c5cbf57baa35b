// SPDX-License-Identifier: MIT
/* test_sites.c - call sites: ranked, merged, named by a line; and the numbers people read. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/result/fold.h"
#include "analyzer/result/quantity.h"
#include "analyzer/result/site.h"
#include "analyzer/result/wrappers.h"
#include "report_builder.h"

static void sites_are_ranked_largest_first_and_empty_ones_left_out(void **state)
{
	struct pt_report r;
	uint32_t top[8];

	(void)state;
	rb_quiet(&r, 1);
	rb_site(&r, "a", "/a.c", 1, 10, 0);
	rb_site(&r, "b", "/b.c", 1, 30, 7);
	rb_site(&r, "c", "/c.c", 1, 20, 9);
	assert_int_equal(pt_sites_top(&r, PT_SITE_IDLE, top, 8), 3);
	assert_int_equal(top[0], 1);
	assert_int_equal(top[1], 2);
	assert_int_equal(top[2], 0);
	assert_int_equal(pt_sites_top(&r, PT_SITE_IDLE, top, 2), 2);
	assert_int_equal(pt_sites_top(&r, PT_SITE_IN_USE, top, 8), 2);
	assert_int_equal(top[0], 2);
	assert_int_equal(pt_sites_top(&r, PT_SITE_TEMPORARY, top, 8), 0);
	pt_report_fini(&r);
}

/* Before means: more of it, or as much and an earlier place. */
static void the_first_of_a_rank_are_those_with_none_before_them_left_out(void **state)
{
	uint32_t out[80];

	(void)state;
	srandom(11);
	for (size_t max = 0; max < 75; max++) {
		struct pt_report r;
		size_t n;

		rb_quiet(&r, 1);
		for (int i = 0; i < 70; i++)
			rb_site(&r, "f", "/f.c", 1, (uint64_t)random() % 30, 0); /* some of them 0 */
		n = pt_sites_top(&r, PT_SITE_IDLE, out, max);
		for (uint32_t i = 0; i < 70; i++) {
			size_t before = 0, at = 0;

			for (uint32_t k = 0; k < 70; k++)
				before += r.sites[k].tally.idle_bytes > r.sites[i].tally.idle_bytes ||
					  (r.sites[k].tally.idle_bytes == r.sites[i].tally.idle_bytes && k < i);
			while (at < n && out[at] != i)
				at++;
			assert_int_equal(at, before < max && r.sites[i].tally.idle_bytes ? before : n);
		}
		pt_report_fini(&r);
	}
}

static void sites_that_read_the_same_become_one(void **state)
{
	struct pt_report r;

	(void)state;
	rb_quiet(&r, 2);
	rb_site(&r, "f", "/f.c", 1, 100, 1);
	rb_site(&r, "g", "/g.c", 2, 10, 2);
	rb_site(&r, "f", "/f.c", 1, 1000, 4);
	rb_site(&r, "f", "/f.c", 2, 5, 0); /* another line */
	rb_site(&r, "g", "/g.c", 2, 20, 8);
	rb_site(&r, "f", "/f.c", 1, 10000, 16);
	rb_cell(&r.idle_sites, 5, 0, 1, 10000);
	rb_cell(&r.idle_sites, 2, 1, 1, 1000);
	rb_cell(&r.idle_sites, 0, 0, 1, 100);
	rb_cell(&r.idle_sites, 4, 1, 1, 20);
	assert_int_equal(pt_sites_merge(&r), 0);
	assert_int_equal(r.sites_nr, 3);
	assert_int_equal(r.sites[0].tally.idle_bytes, 11100);
	assert_int_equal(r.sites[0].tally.in_use_bytes, 21);
	assert_int_equal(r.sites[0].tally.allocations, 300);
	assert_true(r.sites[0].tally.peak_idle_bytes == PT_UNKNOWN);
	assert_int_equal(r.sites[1].tally.idle_bytes, 30);
	assert_int_equal(r.sites[2].tally.idle_bytes, 5);
	assert_int_equal(r.sites[2].tally.peak_idle_bytes, 5);
	assert_int_equal(r.idle_sites.cells_nr, 3);
	assert_int_equal(r.idle_sites.cells[0].bytes, 10100); /* f, thread 0: two cells in one */
	assert_int_equal(r.idle_sites.cells[0].objects, 2);
	assert_int_equal(r.idle_sites.cells[0].from, 0);
	assert_int_equal(r.idle_sites.cells[1].bytes, 1000);
	assert_int_equal(r.idle_sites.cells[2].from, 1);
	pt_report_fini(&r);
}

static void merging_keeps_every_sum(void **state)
{
	(void)state;
	srandom(7);
	for (int round = 0; round < 50; round++) {
		struct pt_report r;
		uint64_t idle = 0, after = 0;
		bool seen[12] = { false };
		size_t different = 0;

		rb_quiet(&r, 1);
		for (int i = 0; i < 60; i++) {
			uint32_t line = (uint32_t)random() % 12 + 1;
			uint64_t bytes = (uint64_t)random() % 100000;

			rb_site(&r, "f", "/f.c", line, bytes, 0);
			idle += bytes;
			different += !seen[line - 1];
			seen[line - 1] = true;
		}
		assert_int_equal(pt_sites_merge(&r), 0);
		assert_int_equal(r.sites_nr, different);
		for (size_t i = 0; i < r.sites_nr; i++)
			after += r.sites[i].tally.idle_bytes;
		assert_int_equal(after, idle);
		pt_report_fini(&r);
	}
}

static void sites_without_frames_are_not_merged(void **state)
{
	struct pt_report r;

	(void)state;
	rb_quiet(&r, 1);
	rb_site(&r, "f", "/f.c", 1, 100, 1);
	rb_site(&r, "f", "/f.c", 1, 100, 1);
	pt_report_site_fini(&r.sites[0]);
	pt_report_site_fini(&r.sites[1]);
	assert_int_equal(pt_sites_merge(&r), 0);
	assert_int_equal(r.sites_nr, 2);
	pt_report_fini(&r);
}

static void sites_that_a_digest_shows_alike_are_folded(void **state)
{
	struct pt_report r;
	struct pt_report_site *folded;
	size_t folded_nr;

	(void)state;
	rb_quiet(&r, 1);
	rb_site(&r, "f", "/f.c", 1, 100, 1);
	rb_site(&r, "g", "/g.c", 2, 10, 2);
	rb_site(&r, "f", "/f.c", 1, 1000, 4);
	r.sites[2].frames[0].offset_bytes = 0x7777; /* another way into operator new */
	rb_site(&r, "f", "/f.c", 1, 10000, 8);
	r.sites[3].frames[2].line = 11; /* called from another line */
	assert_true(pt_sites_same_line(&r.sites[0], &r.sites[2]));
	assert_false(pt_sites_same_line(&r.sites[0], &r.sites[3]));
	assert_false(pt_sites_same_line(&r.sites[0], &r.sites[1]));
	assert_int_equal(pt_sites_merge(&r), 0);
	assert_int_equal(r.sites_nr, 4); /* as stacks they differ */
	assert_int_equal(pt_sites_fold(&r, &folded, &folded_nr), 0);
	assert_int_equal(folded_nr, 3);
	assert_int_equal(folded[0].tally.idle_bytes, 1100);
	assert_int_equal(folded[1].tally.idle_bytes, 10);
	assert_int_equal(folded[2].tally.idle_bytes, 10000);
	assert_int_equal(r.sites[0].tally.idle_bytes, 100);
	free(folded);
	pt_report_fini(&r);
}

static void a_site_is_named_by_the_first_frame_that_is_no_wrapper(void **state)
{
	static const struct {
		struct pt_report_frame frame;
		bool wrapper;
	} cases[] = {
		{ { .function = "operator new(unsigned long)" }, true },
		{ { .function = "std::vector<int>::push_back(int const&)" }, true },
		{ { .function = "__gnu_cxx::new_allocator<char>::allocate(unsigned long)" }, true },
		{ { .function = "g_malloc0" }, true },
		{ { .function = "xstrdup" }, true },
		{ { .function = "alloc::raw_vec::RawVec<T>::reserve" }, true },
		{ { .function = "_PyObject_GC_NewVar" }, true },
		{ { .function = "anything", .file = "/build/redis/src/zmalloc.c" }, true },
		{ { .function = "anything", .file = "/build/git/alloc.c" }, true },
		{ { .function = "prealloc_put", .file = "/home/me/pools/prealloc.c" }, false },
		{ { .function = "getdelim", .module = "/lib/x86_64-linux-gnu/libc.so.6" }, true },
		{ { .function = "parse_message", .file = "/src/parser.c" }, false },
		{ { .function = "my_std_thing" }, false },
		{ { .function = NULL, .module = "/usr/bin/app" }, false },
		{ { .function = "main" }, false },
	};
	struct pt_report r;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (pt_frame_is_wrapper(&cases[i].frame) != cases[i].wrapper)
			fail_msg("%s", cases[i].frame.function);
	rb_quiet(&r, 1);
	rb_site(&r, "f", "/f.c", 1, 1, 1);
	assert_int_equal(pt_site_frame(&r.sites[0]), 1);
	r.sites[0].frames_nr = 1; /* nothing but the wrapper: better it than nothing */
	assert_int_equal(pt_site_frame(&r.sites[0]), 0);
	r.sites[0].frames_nr = 3;
	pt_report_fini(&r);
}

static void a_frame_reads_as_function_file_and_line_or_what_is_known(void **state)
{
	struct pt_report_frame f = { .function = "f",
				     .file = "/a/b.c",
				     .line = 7,
				     .module = "/x/libm.so",
				     .offset_bytes = 0x12 };
	char out[64];

	(void)state;
	assert_string_equal(pt_frame_text(&f, out, sizeof(out)), "f (b.c:7)");
	f.line = 0;
	assert_string_equal(pt_frame_text(&f, out, sizeof(out)), "f (b.c)");
	f.file = NULL;
	assert_string_equal(pt_frame_text(&f, out, sizeof(out)), "f (libm.so)");
	f.function = NULL;
	assert_string_equal(pt_frame_text(&f, out, sizeof(out)), "libm.so+0x12");
	f.module = NULL;
	assert_string_equal(pt_frame_text(&f, out, sizeof(out)), "?+0x12");
	f.function = "f";
	assert_string_equal(pt_frame_text(&f, out, sizeof(out)), "f");
}

static void quantities_read_as_people_write_them(void **state)
{
	char o[PT_QUANTITY_BYTES];

	(void)state;
	assert_string_equal(pt_quantity_bytes(o, 0), "0 B");
	assert_string_equal(pt_quantity_bytes(o, 1023), "1023 B");
	assert_string_equal(pt_quantity_bytes(o, 1536), "1.5 KiB");
	assert_string_equal(pt_quantity_bytes(o, 1048575), "1.0 MiB");
	assert_string_equal(pt_quantity_bytes(o, 64 << 20), "64.0 MiB");
	assert_string_equal(pt_quantity_bytes(o, UINT64_MAX - 1), "16.0 EiB");
	assert_string_equal(pt_quantity_bytes(o, PT_UNKNOWN), "?");
	assert_string_equal(pt_quantity_count(o, 999), "999");
	assert_string_equal(pt_quantity_count(o, 1234567), "1,234,567");
	assert_string_equal(pt_quantity_count(o, UINT64_MAX - 1), "18,446,744,073,709,551,614");
	assert_string_equal(pt_quantity_counted(o, 1, "block"), "1 block");
	assert_string_equal(pt_quantity_counted(o, 0, "block"), "0 blocks");
	assert_string_equal(pt_quantity_counted(o, UINT64_MAX - 1, "allocation"),
			    "18,446,744,073,709,551,614 allocations");
	assert_string_equal(pt_quantity_time(o, 999), "0 us");
	assert_string_equal(pt_quantity_time(o, 999400000), "999 ms");
	assert_string_equal(pt_quantity_time(o, 999600000), "1.0 s");
	assert_string_equal(pt_quantity_time(o, 125000000000), "2 min 5 s");
	assert_string_equal(pt_quantity_time(o, 3599600000000), "1 h 0 min");
	assert_string_equal(pt_quantity_share(o, 0, 10), "0 %");
	assert_string_equal(pt_quantity_share(o, 1, 0), "-");
	assert_string_equal(pt_quantity_share(o, 1, 100000), "< 0.1 %");
	assert_string_equal(pt_quantity_share(o, 3, 100), "3.0 %");
	assert_string_equal(pt_quantity_share(o, 58, 100), "58 %");
	assert_string_equal(pt_quantity_ratio(o, 16.2), "16.20");
	assert_string_equal(pt_quantity_ratio(o, NAN), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sites_are_ranked_largest_first_and_empty_ones_left_out),
		cmocka_unit_test(the_first_of_a_rank_are_those_with_none_before_them_left_out),
		cmocka_unit_test(sites_that_read_the_same_become_one),
		cmocka_unit_test(merging_keeps_every_sum),
		cmocka_unit_test(sites_without_frames_are_not_merged),
		cmocka_unit_test(sites_that_a_digest_shows_alike_are_folded),
		cmocka_unit_test(a_site_is_named_by_the_first_frame_that_is_no_wrapper),
		cmocka_unit_test(a_frame_reads_as_function_file_and_line_or_what_is_known),
		cmocka_unit_test(quantities_read_as_people_write_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
