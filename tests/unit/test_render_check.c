// SPDX-License-Identifier: MIT
/*
 * test_render_check.c - checks and diffs made by hand in every format: what is said first, what is escaped, what fits.
 *
 * Whether the formats are valid is told by validators: check.sh.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "../../analyzer/render/check.h"
#include "../../analyzer/render/check_words.h"
#include "../../analyzer/render/diff.h"
#include "../../analyzer/render/utf8.h"
#include "check_items.h"

static const char *const kinds[] = { "within", "broken", "nowarning", "unknown", "torn", "noise", "one", "empty", "hostile" };
#define KINDS_NR (sizeof(kinds) / sizeof(kinds[0]))

static char *render(const char *format, const char *kind, unsigned int width, bool colour)
{
	struct pt_check_render r = { .to = { .width = width, .colour = colour, .top = 20 }, .folder = "/src/app" };
	const struct pt_check_renderer *renderer = pt_check_renderer_find(format);
	const struct pt_check *c = check_items(kind);
	char *out = NULL;
	size_t bytes;

	assert_non_null(renderer);
	assert_non_null(c);
	r.to.out = open_memstream(&out, &bytes);
	assert_non_null(r.to.out);
	assert_int_equal(renderer->render(&r, c), 0);
	assert_int_equal(fclose(r.to.out), 0);
	return out;
}

static char *render_diff(const struct pt_diff_renderer *renderer, const char *kind, unsigned int width, size_t top)
{
	struct pt_render to = { .width = width, .top = top };
	char *out = NULL;
	size_t bytes;

	to.out = open_memstream(&out, &bytes);
	assert_non_null(to.out);
	assert_int_equal(renderer->render(&to, check_items_diff(kind)), 0);
	assert_int_equal(fclose(to.out), 0);
	return out;
}

static void holds(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no \"%s\" in:\n%s", part, text);
}

static void starts(const char *text, const char *part)
{
	if (strncmp(text, part, strlen(part)) != 0)
		fail_msg("\"%s\" does not begin:\n%s", part, text);
}

/* Calls `each` for every line, NUL-terminated. */
static void lines(char *text, void (*each)(const char *line, const void *arg), const void *arg)
{
	char *save = NULL;

	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		each(line, arg);
}

static void the_status_is_the_exit_status(void **state)
{
	(void)state;
	assert_int_equal(pt_check_status(check_items("within")), 0);
	assert_int_equal(pt_check_status(check_items("noise")), 0);
	assert_int_equal(pt_check_status(check_items("broken")), 1);
	assert_int_equal(pt_check_status(check_items("unknown")), 2);
	assert_int_equal(pt_check_status(check_items("empty")), 0);
}

static void the_verdict_comes_first(void **state)
{
	static const char *const first[][2] = {
		{ "within", "within    all 2 budgets hold\n" },
		{ "one", "within    the only budget holds\n" },
		{ "broken", "broken    1 of 4 budgets is broken; 1 cannot be told; 1 warning\nbroken " },
		{ "unknown", "unknown   1 of 1 budget cannot be told; none is broken\nunknown " },
		{ "empty", "within    nothing was checked" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++) {
		char *text = render("text", first[i][0], 0, false);

		starts(text, first[i][1]);
		free(text);
	}
}

static void what_is_broken_comes_with_three_sites_and_what_to_do(void **state)
{
	char *text = render("text", "broken", 0, false);

	(void)state;
	holds(text, "is 3.0 MiB, at most 1.0 MiB is allowed\n"
		    "  at      take_buffer (pool.c:120), called from handle (server.c:40): 2.0 MiB more than the 1.0 KiB\n"
		    "          of the baseline\n"
		    "          grow (list.c:7): 512.0 KiB, all of it new\n"
		    "          libz.so.1+0x1234: 1.0 KiB\n"
		    "  to do   free it when the worker ends\n");
	holds(text, "unknown   blowup of pool mgsbuf cannot be told: no such pool; there is: msgbuf\n");
	assert_true(strstr(text, "\nwarning ") < strstr(text, "\nunknown "));
	free(text);
}

static void one_reason_is_told_once(void **state)
{
	char *text = render("text", "torn", 0, false), *first;

	(void)state;
	starts(text, "unknown   2 of 2 budgets cannot be told; none is broken\n"
		     "unknown   2 budgets cannot be told: no such pool; there is: msgbuf\n\n");
	first = strstr(text, "no such pool");
	assert_null(strstr(first + 1, "no such pool"));
	free(text);
}

static void the_table_has_every_run_from_lowest_to_highest(void **state)
{
	char *text = render("text", "broken", 0, false);

	(void)state;
	holds(text, "3.0 MiB  2.0 MiB to 4.0 MiB  1.0 MiB  512.0 KiB\n");
	free(text);
}

static void one_run_of_a_baseline_is_remarked(void **state)
{
	char *text = render("text", "noise", 0, false);

	(void)state;
	holds(text, "\nremark    the baseline has one run");
	holds(text, "\n  noise  ");
	free(text);
	text = render("text", "broken", 0, false);
	assert_null(strstr(text, "remark"));
	free(text);
}

static void fits(const char *line, const void *arg)
{
	if (pt_utf8_columns(line) > *(const unsigned int *)arg)
		fail_msg("longer than %u: %s", *(const unsigned int *)arg, line);
}

static void lines_fit_the_terminal(void **state)
{
	static const unsigned int widths[] = { 60, 80, 120 };

	(void)state;
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		for (size_t k = 0; k + 1 < KINDS_NR; k++) { /* a hostile word cannot be broken */
			char *text = render("text", kinds[k], widths[i], false);

			lines(text, fits, &widths[i]);
			free(text);
		}
	}
}

static void colour_is_for_terminals(void **state)
{
	char *with = render("text", "broken", 80, true), *without = render("text", "broken", 80, false);

	(void)state;
	holds(with, "\033[31;1mbroken");
	assert_null(strchr(without, '\033'));
	free(with);
	free(without);
}

static void no_name_reaches_a_terminal_raw(void **state)
{
	char *text = render("text", "hostile", 0, false);

	(void)state;
	for (const char *p = text; *p; p++)
		assert_true(*p == '\n' || ((unsigned char)*p >= 0x20 && *p != 0x7f));
	free(text);
}

static void is_command(const char *line, const void *arg)
{
	(void)arg;
	if (strncmp(line, "::error ", 8) && strncmp(line, "::warning ", 10) && strncmp(line, "::notice ", 9) &&
	    strncmp(line, "pooltrace check: ", 17))
		fail_msg("no command: %s", line);
	for (const char *p = line; *p; p++)
		assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
}

static void github_gets_one_line_a_command_whatever_names_hold(void **state)
{
	(void)state;
	for (size_t k = 0; k < KINDS_NR; k++) {
		char *text = render("github", kinds[k], 0, false);

		lines(text, is_command, NULL);
		free(text);
	}
}

static void github_is_sent_to_the_line(void **state)
{
	char *text = render("github", "broken", 0, false);

	(void)state;
	starts(text, "::error file=src/pool.c,line=120,title=pooltrace%3A workers give back::in_use_at_end_bytes of");
	holds(text, "of the baseline%0Aat grow (list.c:7)");
	holds(text, "\n::notice file=/usr/include/list%2C 1%3A2.c,line=7,title=");
	holds(text, "\n::error file=budget.yml,line=9,col=3,title=pooltrace%3A blowup of pool mgsbuf::");
	holds(text, "\n::warning title=pooltrace%3A misses of pool msgbuf::");
	holds(text, "\npooltrace check: 1 of 4 budgets is broken");
	free(text);
	text = render("github", "hostile", 0, false);
	holds(text, "<a href=\"&amp;\">'%2525%0D%0A%3A%3Aerror file=x%2Cline=1%3A%3Ano");
	free(text);
}

static void junit_says_failure_error_and_skipped(void **state)
{
	char *text = render("junit", "broken", 0, false);

	(void)state;
	holds(text, "<testsuite name=\"server\" package=\"pooltrace\" id=\"0\" hostname=\"localhost\" "
		    "timestamp=\"1970-01-01T00:00:00\" tests=\"2\" failures=\"1\" errors=\"0\" time=\"0.750000\">");
	holds(text, "<testsuite name=\"client\" package=\"pooltrace\" id=\"1\"");
	holds(text, "tests=\"2\" failures=\"0\" errors=\"1\" skipped=\"1\"");
	holds(text, "<failure type=\"in_use_at_end_bytes\" message=\"in_use_at_end_bytes of threads worker-* is");
	holds(text, "<error type=\"blowup\" message=\"blowup of pool mgsbuf cannot be told: no such pool");
	holds(text, "<skipped>warning: misses of pool msgbuf are 12");
	holds(text, "<testcase name=\"blowup of pool msgbuf\" classname=\"server\" time=\"0.375000\"/>");
	free(text);
}

static void junit_escapes_what_xml_cannot_hold(void **state)
{
	char *text = render("junit", "hostile", 0, false);

	(void)state;
	holds(text, "name=\"&lt;a href=&quot;&amp;amp;&quot;&gt;'%25&#13;&#10;::error file=x,line=1::no"
		    "\xef\xbf\xbd[31m\xef\xbf\xbd\x7f\xef\xbf\xbd\xef\xbf\xbd(\xef\xbf\xbd]]&gt;\\\xe2\x82\xac");
	free(text);
}

static void sarif_lies_at_the_line_and_leaves_out_what_is_within(void **state)
{
	char *text = render("sarif", "broken", 0, false);
	json_t *document = json_loads(text, 0, NULL), *results, *place;

	(void)state;
	assert_non_null(document);
	results = json_object_get(json_array_get(json_object_get(document, "runs"), 0), "results");
	assert_int_equal(json_array_size(results), 3);
	place = json_object_get(json_array_get(json_object_get(json_array_get(results, 0), "locations"), 0), "physicalLocation");
	assert_string_equal(json_string_value(json_object_get(json_object_get(place, "artifactLocation"), "uri")), "src/pool.c");
	assert_int_equal(json_integer_value(json_object_get(json_object_get(place, "region"), "startLine")), 120);
	holds(text, "file:///usr/include/list%2C%201%3A2.c");
	assert_string_equal(json_string_value(json_object_get(json_array_get(results, 2), "kind")), "open");
	json_decref(document);
	free(text);
}

static void json_is_null_where_nothing_is_known(void **state)
{
	char *text = render("json", "unknown", 0, false);
	json_t *document = json_loads(text, 0, NULL), *item;

	(void)state;
	assert_non_null(document);
	assert_int_equal(json_integer_value(json_object_get(document, "status")), 2);
	item = json_array_get(json_object_get(document, "items"), 0);
	assert_true(json_is_null(json_object_get(item, "measured")));
	assert_true(json_is_null(json_object_get(item, "baseline")));
	assert_true(json_real_value(json_object_get(item, "max")) == 2.0);
	json_decref(document);
	free(text);
}

static void source_files_are_named_from_the_folder(void **state)
{
	static const char *const paths[][2] = {
		{ "/src/app/a.c", "a.c" },
		{ "/src/app/build/../lib/./a.c", "lib/a.c" },
		{ "/src/application/a.c", "/src/application/a.c" },
		{ "/usr/include/x.h", "/usr/include/x.h" },
		{ "../src/a.c", "src/a.c" },
		{ "./a.c", "a.c" },
		{ "/src/app/../../../a.c", "/a.c" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		char *path = pt_check_path("/src/app", paths[i][0]);

		assert_string_equal(path, paths[i][1]);
		free(path);
	}
}

static void every_metric_is_listed(void **state)
{
	struct pt_render to = { 0 };
	char *out = NULL;
	size_t bytes;

	(void)state;
	to.out = open_memstream(&out, &bytes);
	assert_int_equal(pt_metrics_text(&to), 0);
	fclose(to.out);
	for (int m = 0; m < PT_METRIC_NR; m++) {
		char name[96];

		snprintf(name, sizeof(name), "\n  %s ", pt_metrics[m].name);
		holds(out, name);
	}
	holds(out, "of: process pool pool+thread pool+cpu phase\n"); /* peak_held_bytes */
	free(out);
}

static void a_diff_says_first_what_changed_most(void **state)
{
	char *text = render_diff(&pt_diff_text, "grown", 0, 10);

	(void)state;
	starts(text, "From a.ptrace (server) to b.ptrace (server)\n"
		     "more      pool msgbuf: idle_at_end_bytes (idle at the end) grew from 1.0 MiB to 64.0 MiB, 64 times\n"
		     "more      grow (list.c:7) is new: in_use_at_end_bytes");
	holds(text, "sites     40 call sites are in both, 1 only before, 2 only after\n");
	holds(text, "remark    5 changes too small to mean anything are left out\n");
	holds(text, "misses                 100        90  -10 (-10 %)");
	holds(text, "gone");
	free(text);
	text = render_diff(&pt_diff_text, "same", 0, 10);
	holds(text, "\nsame      nothing has changed\n");
	free(text);
	text = render_diff(&pt_diff_text, "grown", 0, 1);
	holds(text, "\nPools (1 of 2 changes)\n");
	free(text);
	text = render_diff(&pt_diff_text, "hostile", 0, 10);
	for (const char *p = text; *p; p++)
		assert_true(*p == '\n' || ((unsigned char)*p >= 0x20 && *p != 0x7f));
	free(text);
}

static void the_lines_of_a_diff_fit_the_terminal(void **state)
{
	static const unsigned int widths[] = { 60, 80, 120 };

	(void)state;
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		char *text = render_diff(&pt_diff_text, "grown", widths[i], 0);

		lines(text, fits, &widths[i]);
		free(text);
	}
}

static void two_programs_are_said_to_be_two(void **state)
{
	struct pt_diff d = *check_items_diff("grown");
	struct pt_render to = { .width = 120 };
	char *out = NULL;
	size_t bytes;

	(void)state;
	to.out = open_memstream(&out, &bytes);
	assert_int_equal(pt_diff_text.render(&to, &d), 0);
	fflush(to.out);
	assert_null(strstr(out, "two programs"));
	d.after_program = "client";
	assert_int_equal(pt_diff_text.render(&to, &d), 0);
	fclose(to.out);
	holds(out, "remark    the traces are of two programs");
	free(out);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_status_is_the_exit_status),
		cmocka_unit_test(the_verdict_comes_first),
		cmocka_unit_test(what_is_broken_comes_with_three_sites_and_what_to_do),
		cmocka_unit_test(one_reason_is_told_once),
		cmocka_unit_test(the_table_has_every_run_from_lowest_to_highest),
		cmocka_unit_test(one_run_of_a_baseline_is_remarked),
		cmocka_unit_test(lines_fit_the_terminal),
		cmocka_unit_test(colour_is_for_terminals),
		cmocka_unit_test(no_name_reaches_a_terminal_raw),
		cmocka_unit_test(github_gets_one_line_a_command_whatever_names_hold),
		cmocka_unit_test(github_is_sent_to_the_line),
		cmocka_unit_test(junit_says_failure_error_and_skipped),
		cmocka_unit_test(junit_escapes_what_xml_cannot_hold),
		cmocka_unit_test(sarif_lies_at_the_line_and_leaves_out_what_is_within),
		cmocka_unit_test(json_is_null_where_nothing_is_known),
		cmocka_unit_test(source_files_are_named_from_the_folder),
		cmocka_unit_test(every_metric_is_listed),
		cmocka_unit_test(a_diff_says_first_what_changed_most),
		cmocka_unit_test(the_lines_of_a_diff_fit_the_terminal),
		cmocka_unit_test(two_programs_are_said_to_be_two),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
