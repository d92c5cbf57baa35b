// SPDX-License-Identifier: MIT
/* test_budget_mistakes.c - budget files: one exact line for everything that is wrong. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "budget_bytes.h"
#include "format/error.h"

static void refused_bytes(const char *text, size_t size, const char *expected)
{
	struct pt_budgets b;
	int rc = read_bytes(text, size, &b);

	if (rc != -PT_EINVAL || strcmp(error, expected) != 0)
		fail_msg("of\n%.*s\nexpected %s\ngot (%d)  %s", size < 500 ? (int)size : 500, text, expected, rc, error);
	pt_budgets_fini(&b);
}

static void refused(const char *text, const char *expected)
{
	refused_bytes(text, strlen(text), expected);
}

static const struct {
	const char *text, *error;
} bad_items[] = {
	{ "metric: misess\n    pool: a\n    max: 0",
	  "3:13: metric: \"misess\" is no metric; did you mean \"misses\"? `pooltrace check --metrics` lists all" },
	{ "metric: blowup\n    mx: 2", "4:5: \"mx\" is no key of a budget; did you mean \"max\"?" },
	{ "metric: blowup\n    zzzzzz: 2",
	  "4:5: \"zzzzzz\" is no key of a budget; there are: metric, per, max, min, max_increase, pool, thread, cpu, site, "
	  "phase, each, optional, level, program, name" },
	{ "metric: blowup\n    <<: 2",
	  "4:5: \"<<\" is no key of a budget; there are: metric, per, max, min, max_increase, pool, thread, cpu, site, "
	  "phase, each, optional, level, program, name" },
	{ "metric: blowup\n    max: 2\n    max: 3", "5:5: \"max\" is given twice, first on line 4; keep one" },
	{ "max: 3", "3:5: no metric; say which number with metric:, `pooltrace check --metrics` lists all" },
	{ "metric: blowup", "3:5: a budget that allows everything; give max:, min: or max_increase:" },
	{ "metric: blowup\n    max:", "4:9: max: no value; write one, or leave the key out" },
	{ "metric: blowup\n    max: ~", "4:10: max: no value; write one, or leave the key out" },
	{ "metric: blowup\n    max: 'a\\n'", "4:10: max: \"a\\n\" is no number; write digits first" },
	{ "metric: blowup\n    max: [1]", "4:10: max: a list, where one value belongs; put a pattern that starts with [ in "
					    "quotes" },
	{ "metric: blowup\n    max: {a: 1}", "4:10: max: keys and values, where one value belongs; write it behind the colon" },
	{ "metric: blowup\n    pool: [a-z]*\n    max: 2", "4:17: not YAML: did not find expected alphabetic or numeric character "
		"(while scanning an alias); put a pattern that starts with * in quotes" },
	{ "metric: blowup\n    pool: *msg\n    max: 2", "4:11: *msg is an alias in YAML; put a pattern that starts with * in "
							 "quotes" },
	{ "metric: blowup\n    pool: &msg a\n    max: 2", "4:11: an anchor (&msg); write the value out where it is used, and put "
							   "text that starts with & in quotes" },
	{ "metric: blowup\n    pool: !!str a\n    max: 2", "4:11: a tag (tag:yaml.org,2002:str); leave it out, and put text that "
							    "starts with ! in quotes" },
	{ "metric: blowup\n    max: .nan", "4:10: max: \".nan\" is no number that can be compared with; write one, or leave the key "
					    "out" },
	{ "metric: blowup\n    max: NaN", "4:10: max: \"NaN\" is no number that can be compared with; write one, or leave the key "
					   "out" },
	{ "metric: blowup\n    max: -.inf", "4:10: max: \"-.inf\" is no number that can be compared with; write one, or leave the "
					     "key out" },
	{ "metric: blowup\n    max: Infinity", "4:10: max: \"Infinity\" is no number that can be compared with; write one, or "
						"leave the key out" },
	{ "metric: blowup\n    max: -1", "4:10: max: \"-1\" is negative, and nothing that is measured is; write 0 or more" },
	{ "metric: blowup\n    max_increase: -10%", "4:19: max_increase: \"-10%\" is negative, and nothing that is measured is; "
						     "write 0 or more" },
	{ "metric: blowup\n    max: 1.2.3", "4:10: max: \"1.2.3\" is no number; write it with one decimal point at most" },
	{ "metric: blowup\n    max: 1e3", "4:10: max: \"1e3\" is no ratio; write it like 1.5 or 25%" },
	{ "metric: blowup\n    max: 0x10", "4:10: max: \"0x10\" is no ratio; write it like 1.5 or 25%" },
	{ "metric: blowup\n    max: 2 MiB", "4:10: max: \"2 MiB\" is no ratio; write it like 1.5 or 25%" },
	{ "metric: peak_held_bytes\n    max: 25%", "4:10: max: \"25%\" is a share, and this is no ratio; give `per:` as well, or an "
						    "amount" },
	{ "metric: peak_held_bytes\n    max: 25 s", "4:10: max: \"25 s\" is no size; write it like 64 MiB or 4096" },
	{ "metric: peak_held_bytes\n    max: 25 MB", "4:10: max: \"25 MB\" is no size; they are binary here: write KiB, MiB or "
						      "GiB" },
	{ "metric: peak_held_bytes\n    max: 99999999999999 TiB", "4:10: max: \"99999999999999 TiB\" is no size; write it like "
								   "64 MiB or 4096" },
	{ "metric: allocations\n    max: 1 MiB", "4:10: max: \"1 MiB\" is no count; write a number alone, like 16" },
	{ "metric: allocations\n    max: 1,000", "4:10: max: \"1,000\" is no count; write a number alone, like 16" },
	{ "metric: duration_ns\n    max: 200", "4:10: max: \"200\" has no unit of time; write it like 200 ms or 1.5 s" },
	{ "metric: duration_ns\n    max: 200 MiB", "4:10: max: \"200 MiB\" is no time; write it like 200 ms or 1.5 s" },
	{ "metric: hoard_byte_seconds\n    max: 200 ms", "4:10: max: \"200 ms\" is no size times seconds; write it like 1.5 MiB s" },
	{ "metric: allocations\n    max: 11111111112222222222333333333344444444445555555555",
	  "4:10: max: \"11111111112222222222333333333344444444445555555555\" has too many digits; write it with a unit" },
	{ "metric: blowup\n    max: 1\n    min: 2", "5:10: min: more than max:, so nothing is allowed; swap them" },
	{ "metric: misses\n    max: 0", "3:13: metric: misses does not exist for a process, but for: pool, thread of a pool, CPU of "
		"a pool, call site of a pool; say whose with pool:, thread:, cpu: or site:" },
	{ "metric: gets\n    thread: a\n    max: 0", "3:13: metric: gets does not exist for a thread, but for: pool, thread of a "
		"pool, CPU of a pool, call site of a pool; say whose with pool:, thread:, cpu: or site:" },
	{ "metric: peak_held_bytes\n    site: a\n    max: 0", "3:13: metric: peak_held_bytes does not exist for a call site, but for: "
		"process, pool, thread of a pool, CPU of a pool; say whose with pool:, thread:, cpu: or site:" },
	{ "metric: blowup\n    per: rss_peak_bytes\n    pool: a\n    max: 0", "4:10: per: rss_peak_bytes does not exist for a pool, "
		"but for: process; say whose with pool:, thread:, cpu: or site:" },
	{ "metric: misuse\n    pool: a\n    phase: a..b\n    max: 0", "3:13: metric: misuse does not exist for a phase; leave out "
									"phase:" },
	{ "metric: allocations\n    thread: a\n    cpu: 3\n    max: 0", "5:10: cpu: does not go together with thread:; make two "
									 "budgets" },
	{ "metric: allocations\n    site: a\n    phase: a..b\n    max: 0", "5:12: phase: is of the process or of a pool; leave out "
									    "site:" },
#define PHASE(phase) "metric: blowup\n    phase: " phase "\n    max: 0"
#define PHASE_ERROR(phase) "4:12: phase: \"" phase "\" does not go from one mark to another; write FROM..TO, like start..warm"
	{ PHASE("warm"), PHASE_ERROR("warm") },
	{ PHASE("warm.."), PHASE_ERROR("warm..") },
	{ PHASE("..warm"), PHASE_ERROR("..warm") },
	{ PHASE("a..b..c"), PHASE_ERROR("a..b..c") },
	{ PHASE("a...b"), PHASE_ERROR("a...b") },
	{ PHASE("end..a"), PHASE_ERROR("end..a") },
	{ PHASE("a..start"), PHASE_ERROR("a..start") },
	{ "metric: blowup\n    each: yes\n    max: 0", "4:11: each: \"yes\" is neither true nor false; write one of them" },
	{ "metric: blowup\n    optional: 1\n    max: 0", "4:15: optional: \"1\" is neither true nor false; write one of them" },
	{ "metric: blowup\n    level: fatal\n    max: 0", "4:12: level: \"fatal\" is neither warning nor error; write one of them" },
	{ "metric: blowup\n    name: \"a\\eb\"\n    max: 0", "4:11: name: a control character; write one line of text" },
	{ "metric: blowup\n    name: \"a\\0b\"\n    max: 0", "4:11: name: a control character; write one line of text" },
	{ "metric: blowup\n    name: \"a\\x9bb\"\n    max: 0", "4:11: name: a control character; write one line of text" },
	{ "metric: blowup\n    \"m\\e\\0ax\": 1", "4:5: \"m?\" is no key of a budget; there are: metric, per, max, min, "
		"max_increase, pool, thread, cpu, site, phase, each, optional, level, program, name" },
	{ "metric: blowup\n    ? [a]\n    : 1", "4:7: a key that is no text; write `KEY: VALUE`, one a line" },
	{ "blowup", "3:5: a budget is keys and values; write `KEY: VALUE`, one a line" },
	{ "metric: blowup\n     max: 2", "4:9: not YAML: mapping values are not allowed in this context; look at quotes and "
					  "indentation" },
	{ "metric: 'blowup\n    max: 2", "5:1: not YAML: found unexpected end of stream (while scanning a quoted scalar); look at "
					  "quotes and indentation" },
	{ "metric: blowup\n    name: [[[[[[a]]]]]]\n    max: 0", "4:16: nested more than 8 deep; a budget is one list of keys and "
								  "values" },
};

static void each_mistake_in_a_budget_has_its_line(void **state)
{
	char text[1024];

	(void)state;
	for (size_t i = 0; i < sizeof(bad_items) / sizeof(bad_items[0]); i++) {
		snprintf(text, sizeof(text), HEAD "%s\n", bad_items[i].text);
		refused(text, bad_items[i].error);
	}
}

static const struct {
	const char *text, *error;
} bad_files[] = {
	{ "", "1:1: there is nothing in this file; `pooltrace check --init TRACE` writes one to start from" },
	{ "# only words\n", "1:1: there is nothing in this file; `pooltrace check --init TRACE` writes one to start from" },
	{ "---\n", "2:1: a budget file is keys and values; write `KEY: VALUE`, one a line" },
	{ "- a\n", "1:1: a budget file is keys and values; write `KEY: VALUE`, one a line" },
	{ "just words", "1:1: a budget file is keys and values; write `KEY: VALUE`, one a line" },
	{ "{}", "1:1: no version; write `version: 1` first" },
	{ "budgets: []\n", "1:1: no version; write `version: 1` first" },
	{ "version: 2\n", "1:10: version: \"2\" is not known here; write 1, or use a newer pooltrace" },
	{ "version: 1.0\n", "1:10: version: \"1.0\" is not known here; write 1, or use a newer pooltrace" },
	{ "version: [1]\n", "1:10: version: a list, where one value belongs; put a pattern that starts with [ in quotes" },
	{ "version: 1\n", "1:1: no budgets; write a list below `budgets:`" },
	{ "version: 1\nbudgets:\n", "2:9: budgets: is no list; begin each budget with `- metric: NAME`" },
	{ "version: 1\nbudgets: []\n", "2:10: budgets: is empty; begin each budget with `- metric: NAME`" },
	{ "version: 1\nbudgets:\n  metric: blowup\n", "3:3: budgets: is no list; begin each budget with `- metric: NAME`" },
	{ "version: 1\nversion: 1\n", "2:1: \"version\" is given twice, first on line 1; keep one" },
	{ "versoin: 1\n", "1:1: \"versoin\" is no key of a budget file; did you mean \"version\"?" },
	{ "version: 1\nlimits:\n  lots: 1%\n", "3:3: \"lots\" is no key of limits; did you mean \"lost\"?" },
	{ "version: 1\nlimits: 1%\n", "2:9: limits is keys and values; write `KEY: VALUE`, one a line" },
	{ "version: 1\nlimits:\n  lost: 101%\n", "3:9: lost: \"101%\" is more than all; write 100% or less" },
	{ "version: 1\nlimits:\n  torn: 5 MiB\n", "3:9: torn: \"5 MiB\" is no ratio; write it like 1.5 or 25%" },
	{ "version: 1\n--- \nversion: 1\n", "2:1: a second document; keep all budgets in one" },
	{ "a: &a [x, x]\nb: &b [*a, *a]\n", "1:4: an anchor (&a); write the value out where it is used, and put text that starts "
					     "with & in quotes" },
	{ "version: 1\nbudgets: [\n", "3:1: not YAML: did not find expected node content (while parsing a flow node); look at quotes "
				       "and indentation" },
	{ "version: 1\n\tbudgets: 1\n", "2:1: not YAML: found a tab character that violates indentation (while scanning a "
					 "plain scalar); look at quotes and indentation" },
	{ "version: 1\nx\xff\n", "2:2: not YAML: invalid leading UTF-8 octet; look at quotes and indentation" },
};

static void each_mistake_in_a_file_has_its_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad_files) / sizeof(bad_files[0]); i++)
		refused(bad_files[i].text, bad_files[i].error);
}

static void what_is_too_large_is_not_read(void **state)
{
	size_t size = (1u << 20) + 1;
	char *bytes = malloc(size), *deep = malloc(200001);
	struct pt_budgets b;

	(void)state;
	assert_non_null(bytes);
	assert_non_null(deep);
	memset(bytes, '#', size);
	refused_bytes(bytes, size, "1:1: more than 1048576 bytes; that is no budget file");
	memcpy(bytes, "version: 1\nbudgets:\n  - metric: blowup\n    max: 2\n#", 50);
	assert_int_equal(read_bytes(bytes, size - 1, &b), 0); /* as much as is allowed */
	pt_budgets_fini(&b);
	memset(deep, '[', 200000);
	deep[200000] = '\0';
	refused_bytes(deep, 200000, "1:9: nested more than 8 deep; a budget is one list of keys and values");
	memset(bytes, 'a', 400);
	memcpy(bytes, HEAD "metric: ", strlen(HEAD "metric: "));
	refused_bytes(bytes, 400, "3:13: metric: longer than 255 bytes; shorten it");
	free(bytes);
	free(deep);
}

static void a_file_that_is_not_there_is_an_error_of_the_system(void **state)
{
	struct pt_budgets b;

	(void)state;
	errno = 0;
	assert_int_equal(pt_budgets_read("/no/such/budget.yml", &b, error), -PT_EIO);
	assert_int_equal(errno, ENOENT);
	pt_budgets_fini(&b);
	assert_int_equal(pt_budgets_read("/", &b, error), -PT_EIO);
	assert_int_equal(errno, EISDIR);
	pt_budgets_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_mistake_in_a_budget_has_its_line),
		cmocka_unit_test(each_mistake_in_a_file_has_its_line),
		cmocka_unit_test(what_is_too_large_is_not_read),
		cmocka_unit_test(a_file_that_is_not_there_is_an_error_of_the_system),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
