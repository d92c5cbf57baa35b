// SPDX-License-Identifier: MIT
/* test_render.c - the text fits, lines up and carries no foreign escape; the JSON says what the
 * report says. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "analyzer/render/render.h"
#include "analyzer/render/table.h"
#include "analyzer/render/utf8.h"
#include "rendered.h"
#include "report_builder.h"

static json_t *parsed(const struct pt_report *r, size_t top)
{
	char *text = rn_rendered("json", r, (struct pt_render){ .top = top });
	json_error_t error;
	json_t *document = json_loads(text, 0, &error);

	if (!document)
		fail_msg("%s", error.text);
	free(text);
	return document;
}

static json_int_t integer(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_integer(value))
		fail_msg("%s is no integer", key);
	return json_integer_value(value);
}

static void lines_fit_the_terminal(void **state)
{
	static const unsigned int widths[] = { 60, 80, 120 };

	(void)state;
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		for (enum pt_by by = PT_BY_ALL; by <= PT_BY_POOL; by++) {
			struct pt_report r;
			char *text, *save;

			rb_hoard(&r);
			text = rn_rendered(
				"text", &r,
				(struct pt_render){ .width = widths[i], .top = 10, .by = by });
			for (char *line = strtok_r(text, "\n", &save); line;
			     line = strtok_r(NULL, "\n", &save))
				if (pt_utf8_columns(line) > widths[i])
					fail_msg("%u columns: '%s'", widths[i], line);
			free(text);
			pt_report_fini(&r);
		}
	}
}

static void in_a_pipe_names_are_whole_and_nothing_is_coloured(void **state)
{
	struct pt_report r;
	char *text;

	(void)state;
	rb_hoard(&r);
	text = rn_rendered("text", &r, (struct pt_render){ .top = 10 });
	assert_non_null(strstr(
		text,
		"produce(std::vector<std::string, std::allocator<std::string> >&) (flow.cc:42)"));
	assert_null(strchr(text, '\033'));
	free(text);
	text = rn_rendered("text", &r, (struct pt_render){ .top = 10, .width = 80, .colour = true });
	assert_null(
		strstr(text, "produce(std::vector<std::string, std::allocator<std::string> >&)"));
	assert_non_null(strstr(text, "\033[1m"));
	free(text);
	pt_report_fini(&r);
}

static void no_line_ends_in_a_blank(void **state)
{
	struct pt_report r;
	char *text;

	(void)state;
	rb_hoard(&r);
	text = rn_rendered("text", &r, (struct pt_render){ .top = 10, .width = 80 });
	assert_null(strstr(text, " \n"));
	free(text);
	pt_report_fini(&r);
}

static void the_first_lines_are_the_diagnosis(void **state)
{
	struct pt_report r;
	char *text;

	(void)state;
	rb_hoard(&r);
	text = rn_rendered("text", &r, (struct pt_render){ .top = 10, .width = 80 });
	assert_in_range(strstr(text, "problem   Thread 2 \"hoarder\" holds 64.0 MiB") - text, 1,
			100);
	assert_true(strstr(text, "parse_message") < strstr(text, "Totals"));
	free(text);
	pt_report_fini(&r);
}

static void bytes_of_a_trace_cannot_drive_the_terminal(void **state)
{
	struct pt_report r;
	char *text;

	(void)state;
	rb_hoard(&r);
	strcpy(r.threads[1].name, "a\033[2Jb\xc2\x9b"
				  "c\xff\x80");
	strcpy(r.program, "/x\033]0;evil\007");
	pt_report_note(&r, "note\033[31m");
	r.sites[0].frames[1].function = "f\033[5m\r\n";
	text = rn_rendered("text", &r, (struct pt_render){ .top = 10 });
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < 0x20 && *p != '\n')
			fail_msg("control character %d", *p);
	assert_null(strstr(text, "\xc2\x9b"));
	assert_non_null(strstr(text, "a?[2Jb??c??"));
	free(text);
	pt_report_fini(&r);
}

static void top_rows_are_shown_and_the_rest_summed_up(void **state)
{
	struct pt_report r;
	char *text;

	(void)state;
	rb_quiet(&r, 30);
	for (size_t i = 0; i < 30; i++)
		rb_idle(&r, i, (i + 1) * RB_MIB, 5000000);
	text = rn_rendered("text", &r, (struct pt_render){ .top = 3, .by = PT_BY_THREAD });
	assert_non_null(strstr(text, "30 \"worker-29\""));
	assert_non_null(strstr(text, "28 \"worker-27\""));
	assert_null(strstr(text, "27 \"worker-26\""));
	assert_non_null(strstr(text, "and 27 more threads: idle 378.0 MiB"));
	free(text);
	text = rn_rendered("text", &r, (struct pt_render){ .top = 0, .by = PT_BY_THREAD });
	assert_non_null(strstr(text, "1 \"main\""));
	free(text);
	pt_report_fini(&r);
}

static void a_trace_without_allocations_has_no_tables(void **state)
{
	struct pt_report r;
	char *text;

	(void)state;
	rb_quiet(&r, 1);
	r.totals.allocations = 0;
	text = rn_rendered("text", &r, (struct pt_render){ .top = 10 });
	assert_non_null(strstr(text, "Nothing was allocated"));
	assert_null(strstr(text, "Totals"));
	free(text);
	pt_report_fini(&r);
}

static void json_has_the_keys_and_exact_numbers_that_others_rely_on(void **state)
{
	struct pt_report r;
	json_t *document, *thread, *site;

	(void)state;
	rb_hoard(&r);
	r.threads[1].tally.in_use_bytes = (1ull << 53) + 1; /* a double would lose the last bit */
	document = parsed(&r, 0);
	assert_string_equal(json_string_value(json_object_get(document, "schema")),
			    "pooltrace-report-1");
	assert_int_equal(integer(json_object_get(document, "totals"), "idle_at_end_bytes"),
			 66 * RB_MIB);
	thread = json_array_get(json_object_get(document, "threads"), 1);
	assert_int_equal(integer(thread, "serial"), 2);
	assert_int_equal(integer(thread, "tid"), 1235);
	assert_int_equal(integer(thread, "in_use_bytes"), (1ll << 53) + 1);
	assert_int_equal(integer(thread, "idle_bytes"), 64 * RB_MIB);
	assert_int_equal(integer(thread, "old_idle_bytes"), 64 * RB_MIB);
	site = json_array_get(json_object_get(document, "sites"), 0);
	assert_int_equal(integer(site, "named_frame"), 1);
	assert_string_equal(
		json_string_value(json_object_get(
			json_array_get(json_object_get(site, "frames"), 1), "function")),
		"parse_message");
	assert_int_equal(
		integer(json_array_get(json_object_get(site, "idle_holders"), 0), "thread"), 2);
	json_decref(document);
	pt_report_fini(&r);
}

static void matrices_speak_of_serials_and_cpu_numbers_not_of_indexes(void **state)
{
	struct pt_report r;
	json_t *document, *cell;

	(void)state;
	rb_hoard(&r);
	document = parsed(&r, 0);
	cell = json_array_get(json_object_get(document, "stranded"), 0);
	assert_int_equal(integer(cell, "from"), 5);
	assert_int_equal(integer(cell, "to"), 2);
	cell = json_array_get(json_object_get(document, "stranded_cpus"), 0);
	assert_int_equal(integer(cell, "from"), 3);
	assert_int_equal(integer(cell, "to"), 7);
	json_decref(document);
	pt_report_fini(&r);
}

static void what_is_unknown_is_null_and_has_a_reason(void **state)
{
	struct pt_report r;
	json_t *document, *totals, *reasons;

	(void)state;
	rb_quiet(&r, 1);
	r.totals.blowup = NAN;
	r.totals.idle_resident_at_most_bytes = PT_UNKNOWN;
	memset(&r.totals.rss, 0, sizeof(r.totals.rss));
	document = parsed(&r, 0);
	totals = json_object_get(document, "totals");
	reasons = json_object_get(document, "reasons");
	assert_true(json_is_null(json_object_get(totals, "blowup")));
	assert_true(json_is_null(json_object_get(totals, "idle_resident_at_most_bytes")));
	assert_true(json_is_null(json_object_get(json_object_get(totals, "rss"), "peak_bytes")));
	assert_true(json_is_string(json_object_get(reasons, "totals.blowup")));
	assert_true(json_is_string(json_object_get(reasons, "totals.idle_resident_at_most_bytes")));
	assert_true(json_is_string(json_object_get(reasons, "totals.rss.peak_bytes")));
	json_decref(document);
	pt_report_fini(&r);
}

static void sites_left_out_are_summed_up(void **state)
{
	struct pt_report r;
	json_t *document, *left;

	(void)state;
	rb_quiet(&r, 1);
	for (uint32_t i = 1; i <= 20; i++)
		rb_site(&r, "f", "/f.c", i, i * 1000, 1);
	document = parsed(&r, 3);
	left = json_object_get(document, "sites_left_out");
	/* 3 by idle (and hoard, and allocated: the same), and the first 3 by in use, where all are
	 * equal */
	assert_int_equal(json_array_size(json_object_get(document, "sites")), 6);
	assert_int_equal(integer(left, "sites"), 14);
	assert_int_equal(integer(left, "idle_bytes"), 210000 - 57000 - 6000);
	json_decref(document);
	document = parsed(&r, 0);
	assert_int_equal(json_array_size(json_object_get(document, "sites")), 20);
	json_decref(document);
	pt_report_fini(&r);
}

static void utf8_is_told_from_what_is_none(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "plain", "plain" },
		{ "\xc3\xa4", "\xc3\xa4" },
		{ "\xe2\x82\xac", "\xe2\x82\xac" },
		{ "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
		{ "\xc0\xaf", "??" },
		{ "\xed\xa0\x80", "???" },
		{ "\xf5\x80\x80\x80", "????" },
		{ "\xe2\x82", "??" },
		{ "\x7f\t", "??" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[16];

		strcpy(text, cases[i].in);
		pt_utf8_clean(text);
		assert_string_equal(text, cases[i].out);
	}
}

static void a_unit_is_not_parted_from_its_number(void **state)
{
	char *out = NULL;
	size_t out_bytes;
	struct pt_render to = { .width = 12 };

	(void)state;
	to.out = open_memstream(&out, &out_bytes);
	pt_text_wrap(&to, "it held 640.0 MiB, 58 % of 2 words", 2);
	fclose(to.out);
	assert_string_equal(out, "it held\n  640.0 MiB,\n  58 % of 2\n  words\n");
	free(out);
}

/* The last line of a table that is `width` wide, of one row. */
static char *row(unsigned int width)
{
	static const struct pt_column columns[] = { { "name", true, 0, true }, { "what", false, 1, false }, { "bytes", false, 0, false } };
	char *out = NULL, *last;
	size_t out_bytes;
	struct pt_render to = { .width = width };
	struct pt_table t;

	pt_table_init(&t, columns, 3);
	pt_table_cell(&t, "a_name_of_thirty_columns_at_all");
	pt_table_cell(&t, "some words that take room");
	pt_table_cell(&t, "12");
	to.out = open_memstream(&out, &out_bytes);
	assert_int_equal(pt_table_print(&t, &to), 0);
	fclose(to.out);
	last = strdup(strchr(out, '\n') + 1);
	free(out);
	return last;
}

static void a_name_is_whole_again_when_a_column_was_left_out(void **state)
{
	char *narrow = row(50), *wide = row(80), *narrower = row(36);

	(void)state;
	assert_string_equal(wide, "  a_name_of_thirty_columns_at_all  some words that take room     12\n");
	assert_string_equal(narrow, "  a_name_of_thirty_columns_at_all     12\n");
	assert_string_equal(narrower, "  a_name_of_th...lumns_at_all     12\n");
	free(narrow);
	free(wide);
	free(narrower);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_fit_the_terminal),
		cmocka_unit_test(in_a_pipe_names_are_whole_and_nothing_is_coloured),
		cmocka_unit_test(no_line_ends_in_a_blank),
		cmocka_unit_test(the_first_lines_are_the_diagnosis),
		cmocka_unit_test(bytes_of_a_trace_cannot_drive_the_terminal),
		cmocka_unit_test(top_rows_are_shown_and_the_rest_summed_up),
		cmocka_unit_test(a_trace_without_allocations_has_no_tables),
		cmocka_unit_test(json_has_the_keys_and_exact_numbers_that_others_rely_on),
		cmocka_unit_test(matrices_speak_of_serials_and_cpu_numbers_not_of_indexes),
		cmocka_unit_test(what_is_unknown_is_null_and_has_a_reason),
		cmocka_unit_test(sites_left_out_are_summed_up),
		cmocka_unit_test(utf8_is_told_from_what_is_none),
		cmocka_unit_test(a_unit_is_not_parted_from_its_number),
		cmocka_unit_test(a_name_is_whole_again_when_a_column_was_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
