// SPDX-License-Identifier: MIT
/* test_advice.c - what to do about what malloc holds: by what is wrong, and whose malloc it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "analyzer/result/allocator.h"
#include "analyzer/result/diagnosis.h"
#include "rendered.h"
#include "report_builder.h"

static struct pt_finding found[PT_FINDINGS_MAX];

static const struct pt_finding *finding(const struct pt_report *r, const char *kind)
{
	size_t nr = pt_diagnose(r, found);

	for (size_t i = 0; i < nr; i++)
		if (!strcmp(found[i].kind, kind))
			return &found[i];
	fail_msg("no %s", kind);
	return NULL;
}

static void advises(const struct pt_finding *f, const char *part)
{
	if (!strstr(f->advice, part))
		fail_msg("'%s' is not in '%s'", part, f->advice);
}

/* 256 MiB that 32 threads hold, as much each. */
static void spread(struct pt_report *r)
{
	rb_quiet(r, 32);
	for (size_t i = 0; i < 32; i++)
		rb_idle(r, i, 8 * RB_MIB, 3000000);
}

static void threads_are_to_share_arenas_by_the_means_of_their_allocator(void **state)
{
	static const struct {
		const char *name, *advice;
	} cases[] = {
		{ "", "Of glibc's malloc: run it with `MALLOC_ARENA_MAX=2`" },
		{ "glibc", "Of glibc's malloc: run it with `MALLOC_ARENA_MAX=2`" },
		{ "jemalloc", "Of jemalloc's malloc: run it with `MALLOC_CONF=dirty_decay_ms:0`" },
		{ "tcmalloc", "run it with `TCMALLOC_MAX_TOTAL_THREAD_CACHE_BYTES=524288`" },
		{ "mimalloc", "See the manual of mimalloc" },
	};
	struct pt_report r;

	(void)state;
	spread(&r);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		strcpy(r.allocator, cases[i].name);
		advises(finding(&r, "hoard"), cases[i].advice);
		advises(finding(&r, "hoard"), "`pooltrace diff BEFORE AFTER`");
		assert_string_equal(finding(&r, "blowup")->advice, ""); /* it would be the same */
	}
	pt_report_fini(&r);
}

static void a_burst_of_one_thread_is_to_be_trimmed_or_mapped(void **state)
{
	struct pt_report r;
	struct pt_tally *t;

	(void)state;
	rb_quiet(&r, 2);
	rb_idle(&r, 0, 64 * RB_MIB, 3000000);
	t = &r.threads[0].tally;
	t->idle_objects = 64 * RB_MIB / 1000;
	advises(finding(&r, "hoard"), "Of glibc's malloc: call `malloc_trim(0)`");
	t->idle_objects = 64;
	advises(finding(&r, "hoard"), "Of glibc's malloc: run it with `MALLOC_MMAP_THRESHOLD_=131072`");
	r.totals.idle_resident_at_most_bytes = RB_MIB; /* a note: nothing is to be done */
	assert_string_equal(finding(&r, "hoard")->advice, "");
	pt_report_fini(&r);
}

static void blocks_are_to_go_back_to_who_fills_them(void **state)
{
	struct pt_report r;

	(void)state;
	rb_quiet(&r, 3);
	r.threads[1].tally.allocated_bytes = 1024 * RB_MIB;
	rb_cell(&r.freed_by, 1, 2, 250000, 1000 * RB_MIB);
	advises(finding(&r, "flow"), "Hand empty blocks back to the thread that fills them");
	pt_report_fini(&r);
}

static void starving_beside_idle_memory_alone_has_its_advice(void **state)
{
	struct pt_report r;

	(void)state;
	rb_quiet(&r, 3);
	r.totals.stranded_misses = 90;
	r.threads[2].tally.stranded_bytes = 4 * RB_MIB;
	advises(finding(&r, "stranded"), "MALLOC_ARENA_MAX=2");
	pt_report_fini(&r);
}

static void what_never_was_resident_is_less_of_a_problem(void **state)
{
	struct pt_report r;

	(void)state;
	spread(&r);
	r.totals.rss.peak_bytes = 300 * RB_MIB;
	assert_int_equal(finding(&r, "blowup")->severity, PT_SEVERITY_PROBLEM);
	assert_null(strstr(finding(&r, "blowup")->text, "resident"));
	r.totals.rss.peak_bytes = 20 * RB_MIB;
	assert_non_null(strstr(finding(&r, "blowup")->text, "The resident set never passed 20.0 MiB: the rest was address space."));
	assert_int_equal(finding(&r, "blowup")->severity, PT_SEVERITY_WARNING);
	r.totals.rss.peak_told = false; /* then it may have been more */
	assert_int_equal(finding(&r, "blowup")->severity, PT_SEVERITY_PROBLEM);
	pt_report_fini(&r);
}

static void text_and_json_have_it(void **state)
{
	struct pt_report r;
	json_t *document, *item;
	char *text;
	size_t i, advised = 0;

	(void)state;
	spread(&r);
	strcpy(r.allocator, "jemalloc");
	text = rn_rendered("text", &r, (struct pt_render){ .top = 10 });
	assert_non_null(strstr(text, "\n  to do   Of jemalloc's malloc: run it with `MALLOC_CONF=dirty_decay_ms:0`"));
	free(text);
	text = rn_rendered("json", &r, (struct pt_render){ .top = 10 });
	document = json_loads(text, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(json_object_get(document, "trace"), "allocator")), "jemalloc");
	json_array_foreach(json_object_get(document, "diagnosis"), i, item)
		advised += json_is_string(json_object_get(item, "advice"));
	assert_int_equal(advised, 1);
	json_decref(document);
	free(text);
	pt_report_fini(&r);
}

static void an_allocator_is_known_by_its_library(void **state)
{
	(void)state;
	assert_string_equal(pt_allocator_of("/usr/lib/x86_64-linux-gnu/libjemalloc.so.2"), "jemalloc");
	assert_string_equal(pt_allocator_of("libtcmalloc_minimal.so.4"), "tcmalloc");
	assert_string_equal(pt_allocator_of("/lib/x86_64-linux-gnu/libc.so.6"), "glibc");
	assert_null(pt_allocator_of("/opt/libjemalloc/libfoo.so"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_are_to_share_arenas_by_the_means_of_their_allocator),
		cmocka_unit_test(a_burst_of_one_thread_is_to_be_trimmed_or_mapped),
		cmocka_unit_test(blocks_are_to_go_back_to_who_fills_them),
		cmocka_unit_test(starving_beside_idle_memory_alone_has_its_advice),
		cmocka_unit_test(what_never_was_resident_is_less_of_a_problem),
		cmocka_unit_test(text_and_json_have_it),
		cmocka_unit_test(an_allocator_is_known_by_its_library),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
