// SPDX-License-Identifier: MIT
/* test_diagnosis.c - the first lines of a report, from reports whose truth is known. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/result/ages.h"
#include "analyzer/result/diagnosis.h"
#include "report_builder.h"

static struct pt_finding found[PT_FINDINGS_MAX];

/* The finding of that kind, or NULL; `found` holds all of them. */
static const struct pt_finding *finding(const struct pt_report *r, const char *kind)
{
	size_t nr = pt_diagnose(r, found);

	assert_in_range(nr, 1, PT_FINDINGS_MAX);
	for (size_t i = 0; i < nr; i++)
		if (!strcmp(found[i].kind, kind))
			return &found[i];
	return NULL;
}

static void says(const struct pt_finding *f, const char *part)
{
	assert_non_null(f);
	if (!strstr(f->text, part))
		fail_msg("'%s' is not in '%s'", part, f->text);
}

static void a_quiet_program_is_said_to_be_fine(void **state)
{
	struct pt_report r;

	(void)state;
	rb_quiet(&r, 3);
	assert_int_equal(pt_diagnose(&r, found), 1);
	assert_string_equal(found[0].kind, "fine");
	assert_int_equal(found[0].severity, PT_SEVERITY_FINE);
	says(&found[0], "held 10.5 MiB for a need of 10.0 MiB (blowup 1.05)");
	pt_report_fini(&r);
}

static void the_hoarding_thread_is_named_with_its_bytes_age_and_line(void **state)
{
	struct pt_report r;
	const struct pt_finding *f;

	(void)state;
	rb_hoard(&r);
	f = finding(&r, "hoard");
	says(f, "Thread 2 \"hoarder\" holds 64.0 MiB");
	says(f, "97 % of all idle memory");
	says(f, "16,384 blocks");
	says(f, "at least 4.2 s");
	says(f, "parse_message (parser.c:120)");
	assert_int_equal(f->severity, PT_SEVERITY_PROBLEM);
	assert_ptr_equal(f, &found[0]);
	pt_report_fini(&r);
}

static void the_site_named_is_that_of_the_holder_not_the_largest_of_all(void **state)
{
	struct pt_report r;
	uint32_t other;

	(void)state;
	rb_hoard(&r);
	other = rb_site(&r, "elsewhere", "/src/else.c", 9, 100 * RB_MIB, 0);
	rb_cell(&r.idle_sites, other, 3, 25600, 100 * RB_MIB);
	says(finding(&r, "hoard"), "parse_message");
	pt_report_fini(&r);
}

static void stacks_of_one_line_are_added_up_before_the_line_is_named(void **state)
{
	struct pt_report r;

	(void)state;
	rb_quiet(&r, 1);
	rb_idle(&r, 0, 64 * RB_MIB, 5000000);
	rb_cell(&r.idle_sites, rb_site(&r, "one_stack", "/a.c", 1, 24 * RB_MIB, 0), 0, 1,
		24 * RB_MIB);
	for (uint32_t i = 0; i < 4; i++) {
		uint32_t site = rb_site(&r, "many_stacks", "/b.c", 2, 10 * RB_MIB, 0);

		r.sites[site].frames[0].offset_bytes = 0x9000 + i;
		rb_cell(&r.idle_sites, site, 0, 1, 10 * RB_MIB);
	}
	says(finding(&r, "hoard"),
	     "largest part of it (62 %) was allocated at many_stacks (b.c:2)");
	pt_report_fini(&r);
}

static void the_cpu_with_most_idle_memory_is_named(void **state)
{
	struct pt_report r;

	(void)state;
	rb_hoard(&r);
	says(finding(&r, "hoard"), "By CPU, 100 % of all idle memory lies with CPU 7.");
	r.cpus_nr = 1; /* then there is no choice */
	assert_null(strstr(finding(&r, "hoard")->text, "CPU"));
	pt_report_fini(&r);
}

static void a_hoard_over_many_threads_is_said_to_be_spread(void **state)
{
	struct pt_report r;

	(void)state;
	rb_quiet(&r, 32);
	for (size_t i = 0; i < 32; i++)
		rb_idle(&r, i, 8 * RB_MIB, 3000000);
	says(finding(&r, "hoard"), "256.0 MiB lie idle");
	says(finding(&r, "hoard"), "spread over 32 threads");
	says(finding(&r, "blowup"), "spread over 32 threads");
	pt_report_fini(&r);
}

static void what_is_freed_just_before_the_end_is_no_hoard(void **state)
{
	struct pt_report r;

	(void)state;
	rb_quiet(&r, 1);
	r.totals.peak_in_use_bytes = 100 * RB_MIB;
	rb_idle(&r, 0, 60 * RB_MIB, 1000);
	assert_null(finding(&r, "hoard"));
	says(finding(&r, "fine"), "60.0 MiB were freed shortly before");
	/* The same bytes, idle for half of the run. */
	memset(r.threads[0].tally.idle_age, 0, sizeof(*r.threads[0].tally.idle_age));
	r.threads[0].tally.idle_age->bytes[22] = 60 * RB_MIB;
	assert_non_null(finding(&r, "hoard"));
	assert_null(finding(&r, "fine"));
	pt_report_fini(&r);
}

static void a_small_share_of_the_peak_is_no_hoard(void **state)
{
	struct pt_report r;

	(void)state;
	rb_quiet(&r, 2);
	r.totals.peak_in_use_bytes = 1000 * RB_MIB;
	r.totals.peak_held_bytes = 1000 * RB_MIB;
	rb_idle(&r, 1, 50 * RB_MIB, 5000000);
	assert_null(finding(&r, "hoard"));
	rb_idle(&r, 1, 100 * RB_MIB, 5000000);
	assert_int_equal(finding(&r, "hoard")->severity, PT_SEVERITY_WARNING);
	rb_idle(&r, 1, 500 * RB_MIB, 5000000);
	assert_int_equal(finding(&r, "hoard")->severity, PT_SEVERITY_PROBLEM);
	pt_report_fini(&r);
}

static void a_program_that_never_held_a_megabyte_hoards_nothing(void **state)
{
	struct pt_report r;

	(void)state;
	rb_quiet(&r, 1);
	r.totals.peak_in_use_bytes = 20480;
	r.totals.peak_held_bytes = 20480;
	rb_idle(&r, 0, 512 * 1024, 5000000);
	assert_null(finding(&r, "hoard"));
	assert_null(finding(&r, "blowup"));
	says(finding(&r, "fine"), "512.0 KiB had been idle for long");
	pt_report_fini(&r);
}

static void idle_memory_that_rss_does_not_allow_is_called_address_space(void **state)
{
	struct pt_report r;

	(void)state;
	rb_quiet(&r, 1);
	rb_idle(&r, 0, 64 * RB_MIB, 5000000);
	r.totals.idle_resident_at_most_bytes = 2 * RB_MIB;
	says(finding(&r, "hoard"), "at most 2.0 MiB can be resident: the rest is address space");
	assert_int_equal(finding(&r, "hoard")->severity, PT_SEVERITY_NOTE);
	assert_null(finding(&r, "fine"));
	r.totals.idle_resident_at_most_bytes = PT_UNKNOWN;
	assert_null(strstr(finding(&r, "hoard")->text, "address space"));
	pt_report_fini(&r);
}

static void blowup_says_what_was_held_for_which_need(void **state)
{
	struct pt_report r;

	(void)state;
	rb_hoard(&r);
	says(finding(&r, "blowup"), "Blowup 7.65: at its peak, 5.0 s in, the heap held 76.5 MiB");
	says(finding(&r, "blowup"), "never passed 10.0 MiB");
	says(finding(&r, "blowup"), "thread 2 \"hoarder\"");
	r.totals.blowup = 1.4;
	assert_null(finding(&r, "blowup"));
	r.totals.blowup = NAN;
	assert_null(finding(&r, "blowup"));
	pt_report_fini(&r);
}

static void stranded_misses_name_the_starved_and_the_holder(void **state)
{
	struct pt_report r;

	(void)state;
	rb_hoard(&r);
	says(finding(&r, "stranded"), "4,096 allocations (50 %");
	says(finding(&r, "stranded"), "by thread 5 \"starved\" while thread 2 \"hoarder\" held it");
	r.totals.stranded_misses = 10;
	assert_null(finding(&r, "stranded"));
	pt_report_fini(&r);
}

static void a_one_way_flow_comes_after_the_good_news(void **state)
{
	struct pt_report r;

	(void)state;
	rb_quiet(&r, 3);
	r.threads[1].tally.allocated_bytes = 1024 * RB_MIB;
	rb_cell(&r.freed_by, 1, 2, 250000, 1000 * RB_MIB);
	assert_int_equal(pt_diagnose(&r, found), 2);
	assert_string_equal(found[0].kind, "fine");
	assert_string_equal(found[1].kind, "flow");
	says(&found[1],
	     "Thread 2 \"worker-1\" allocates and thread 3 \"worker-2\" frees 98 % of it (1000.0 MiB)");
	pt_report_fini(&r);
}

static void what_a_thread_frees_itself_is_no_flow(void **state)
{
	struct pt_report r;

	(void)state;
	rb_quiet(&r, 3);
	r.threads[1].tally.allocated_bytes = 1024 * RB_MIB;
	rb_cell(&r.freed_by, 1, 1, 250000, 1000 * RB_MIB);
	assert_null(finding(&r, "flow"));
	pt_report_fini(&r);
}

static void losses_come_first(void **state)
{
	struct pt_report r;

	(void)state;
	rb_hoard(&r);
	r.totals.lost_events = 1234;
	r.file.losses[1].frees = 1234;
	r.file.truncated = true;
	r.alloc_of_live = 2;
	pt_diagnose(&r, found);
	assert_string_equal(found[0].kind, "incomplete");
	says(&found[0], "1,234 events");
	says(&found[0], "cause: disk;");
	says(&found[0], "cut short");
	assert_string_equal(found[1].kind, "disorder");
	pt_report_fini(&r);
}

static void a_trace_without_allocations_says_so_and_nothing_else(void **state)
{
	struct pt_report r;

	(void)state;
	rb_quiet(&r, 1);
	r.totals.allocations = 0;
	assert_int_equal(pt_diagnose(&r, found), 1);
	assert_string_equal(found[0].kind, "empty");
	pt_report_fini(&r);
}

static void the_median_age_is_that_of_bytes(void **state)
{
	struct pt_age_histogram h = { 0 };

	(void)state;
	assert_int_equal(pt_median_age_us(&h), 0);
	h.objects[3] = 1000;
	h.bytes[3] = 1000;
	h.objects[20] = 1;
	h.bytes[20] = 999;
	assert_int_equal(pt_median_age_us(&h), 1 << 3);
	h.bytes[20] = 1001;
	assert_int_equal(pt_median_age_us(&h), 1 << 20);
	h.bytes[20] = 0;
	h.bytes[3] = 0;
	h.bytes[0] = 5;
	assert_int_equal(pt_median_age_us(&h), 0);
}

static void names_of_any_length_are_cut_not_overrun(void **state)
{
	struct pt_report r;
	char name[4000];

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	rb_quiet(&r, 1);
	rb_idle(&r, 0, 64 * RB_MIB, 5000000);
	memset(r.threads[0].name, 'n', sizeof(r.threads[0].name) - 1);
	rb_cell(&r.idle_sites, rb_site(&r, name, name, 1, 64 * RB_MIB, 0), 0, 1, 64 * RB_MIB);
	assert_in_range(strlen(finding(&r, "hoard")->text), 100, PT_FINDING_TEXT_BYTES - 1);
	pt_report_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quiet_program_is_said_to_be_fine),
		cmocka_unit_test(the_hoarding_thread_is_named_with_its_bytes_age_and_line),
		cmocka_unit_test(the_site_named_is_that_of_the_holder_not_the_largest_of_all),
		cmocka_unit_test(stacks_of_one_line_are_added_up_before_the_line_is_named),
		cmocka_unit_test(the_cpu_with_most_idle_memory_is_named),
		cmocka_unit_test(a_hoard_over_many_threads_is_said_to_be_spread),
		cmocka_unit_test(what_is_freed_just_before_the_end_is_no_hoard),
		cmocka_unit_test(a_small_share_of_the_peak_is_no_hoard),
		cmocka_unit_test(a_program_that_never_held_a_megabyte_hoards_nothing),
		cmocka_unit_test(idle_memory_that_rss_does_not_allow_is_called_address_space),
		cmocka_unit_test(blowup_says_what_was_held_for_which_need),
		cmocka_unit_test(stranded_misses_name_the_starved_and_the_holder),
		cmocka_unit_test(a_one_way_flow_comes_after_the_good_news),
		cmocka_unit_test(what_a_thread_frees_itself_is_no_flow),
		cmocka_unit_test(losses_come_first),
		cmocka_unit_test(a_trace_without_allocations_says_so_and_nothing_else),
		cmocka_unit_test(the_median_age_is_that_of_bytes),
		cmocka_unit_test(names_of_any_length_are_cut_not_overrun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
