// SPDX-License-Identifier: MIT
/* test_budget.c - budget files: what each key means, and one exact line for everything that is wrong. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "analyzer/budget/amount.h"
#include "analyzer/budget/budget.h"
#include "analyzer/budget/nearest.h"
#include "format/error.h"

static char error[PT_BUDGET_ERROR_BYTES];

static int read_bytes(const char *bytes, size_t size, struct pt_budgets *out)
{
	int fd = memfd_create("budget", MFD_CLOEXEC), rc;
	char path[64];

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	rc = pt_budgets_read(path, out, error);
	close(fd);
	return rc;
}

static int read_text(const char *text, struct pt_budgets *out)
{
	return read_bytes(text, strlen(text), out);
}

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

/* One budget below the usual head: its first line is line 3, its keys are in column 5. */
#define HEAD "version: 1\nbudgets:\n  - "

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

/* The file of docs/ci.md. */
static const char documented[] =
	"version: 1\n"
	"limits:                      # beyond these no verdict: exit 2\n"
	"  lost: 0%                   # events that are missing, of all events\n"
	"  torn: 0.5%\n"
	"budgets:\n"
	"  - metric: blowup\n"
	"    pool: msgbuf\n"
	"    max: 2.0\n"
	"  - name: workers give back what they take\n"
	"    metric: in_use_at_end_bytes\n"
	"    thread: worker-*\n"
	"    max: 1 MiB\n"
	"  - metric: idle_at_end_bytes\n"
	"    per: peak_held_bytes     # a ratio of two metrics\n"
	"    max: 25%\n"
	"  - metric: peak_in_use_bytes\n"
	"    max_increase: 10%        # against the baseline's median\n"
	"  - metric: misses\n"
	"    pool: msgbuf\n"
	"    phase: warm..drain       # between two marks: pooltrace_mark()\n"
	"    max: 0\n";

static void every_documented_key_is_read(void **state)
{
	struct pt_budgets b;

	(void)state;
	if (read_text(documented, &b))
		fail_msg("%s", error);
	assert_true(b.lost_max == 0 && b.torn_max == 0.005);
	assert_int_equal(b.budgets_nr, 5);
	assert_string_equal(b.budgets[0].name, "blowup of pool msgbuf");
	assert_int_equal(b.budgets[0].line, 6);
	assert_int_equal(b.budgets[0].column, 5);
	assert_true(b.budgets[0].max == 2 && isnan(b.budgets[0].min) && !b.budgets[0].max_increase.given);
	assert_int_equal(b.budgets[0].per, PT_METRIC_NR);
	assert_string_equal(b.budgets[1].name, "workers give back what they take");
	assert_string_equal(b.budgets[1].where.thread, "worker-*");
	assert_true(b.budgets[1].max == 1048576);
	assert_int_equal(b.budgets[2].per, PT_METRIC_PEAK_HELD_BYTES);
	assert_string_equal(b.budgets[2].name, "idle_at_end_bytes per peak_held_bytes of the process");
	assert_true(b.budgets[2].max == 0.25);
	assert_true(b.budgets[3].max_increase.given && b.budgets[3].max_increase.is_share);
	assert_true(b.budgets[3].max_increase.value == 0.1 && isnan(b.budgets[3].max));
	assert_string_equal(b.budgets[4].where.from, "warm");
	assert_string_equal(b.budgets[4].where.to, "drain");
	assert_string_equal(b.budgets[4].name, "misses of phase warm..drain of pool msgbuf");
	pt_budgets_fini(&b);
	if (read_text(HEAD "{metric: gets, pool: a*, cpu: 3, each: true, optional: true, level: warning, program: 'app*', min: 5, "
			   "max_increase: 16}\n  - {metric: in_use_at_end_bytes, thread: 'worker-17', max_increase: 1.5 MiB}\n"
			   "  - {metric: allocations, pool: malloc, site: 'take (a.c)', max: 7}\n", &b))
		fail_msg("%s", error);
	assert_true(b.budgets[0].each && b.budgets[0].optional && b.budgets[0].warning && b.budgets[0].min == 5);
	assert_true(!b.budgets[0].max_increase.is_share && b.budgets[0].max_increase.value == 16);
	assert_string_equal(b.budgets[0].name, "gets of CPU 3 of pool a* in app*");
	assert_int_equal(pt_selector_scope(&b.budgets[0].where), PT_SCOPE_POOL_CPU);
	assert_string_equal(b.budgets[1].where.thread, "worker-\\*");
	assert_string_equal(b.budgets[1].name, "in_use_at_end_bytes of threads worker-*");
	assert_true(!b.budgets[1].each && !b.budgets[1].optional && !b.budgets[1].warning);
	assert_true(b.budgets[1].max_increase.value == 1572864);
	assert_int_equal(pt_selector_scope(&b.budgets[2].where), PT_SCOPE_SITE); /* malloc's sites are the process's */
	pt_budgets_fini(&b);
}

static void amounts_are_in_the_unit_of_the_metric(void **state)
{
	static const struct {
		const char *text;
		enum pt_unit unit;
		double value;
	} good[] = {
		{ "0", PT_UNIT_BYTES, 0 },	    { "4096", PT_UNIT_BYTES, 4096 },
		{ "64 MiB", PT_UNIT_BYTES, 0x1p26 },    { "64MiB", PT_UNIT_BYTES, 0x1p26 },
		{ "1.5K", PT_UNIT_BYTES, 1536 },	    { "2  GiB", PT_UNIT_BYTES, 0x1p31 },
		{ "16", PT_UNIT_COUNT, 16 },	    { "0.5", PT_UNIT_COUNT, 0.5 },
		{ "200 ms", PT_UNIT_NS, 2e8 },	    { "1.5 s", PT_UNIT_NS, 1.5e9 },
		{ "2 min", PT_UNIT_NS, 120e9 },	    { "0", PT_UNIT_NS, 0 },
		{ "1.5", PT_UNIT_RATIO, 1.5 },	    { "25%", PT_UNIT_RATIO, 0.25 },
		{ "250 %", PT_UNIT_RATIO, 2.5 },	    { "1.5 MiB s", PT_UNIT_BYTE_SECONDS, 1572864 },
		{ "4096", PT_UNIT_BYTE_SECONDS, 4096 }, { "4096 s", PT_UNIT_BYTE_SECONDS, 4096 },
		{ "1 GiB", PT_UNIT_BYTE_SECONDS, 0x1p30 },
	};
	double value;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		const char *problem = pt_amount_read(good[i].text, good[i].unit, &value);

		if (problem || value != good[i].value)
			fail_msg("%s: %s, %f", good[i].text, problem ? problem : "", value);
	}
}

static void names_that_are_spelt_alike_are_found(void **state)
{
	static const char *const names[] = { "max", "metric", "optional" };

	(void)state;
	assert_int_equal(pt_spelling_distance("", ""), 0);
	assert_int_equal(pt_spelling_distance("kitten", "sitting"), 3);
	assert_int_equal(pt_spelling_distance("lost", "lots"), 1); /* swapped */
	assert_int_equal(pt_spelling_distance("abc", ""), 3);
	assert_string_equal(pt_nearest("mertic", names, 3), "metric");
	assert_null(pt_nearest("zebra", names, 3));
	assert_null(pt_nearest("", names, 3));
}

static void default_budgets_are_each_default_metric_once(void **state)
{
	struct pt_budgets b;
	size_t process = 0, pools = 0;

	(void)state;
	assert_int_equal(pt_budgets_default(&b), 0);
	for (size_t i = 0; i < b.budgets_nr; i++) {
		const struct pt_budget *one = &b.budgets[i];

		assert_true(pt_metrics[one->metric].by_default && pt_budget_is_default(one));
		assert_true(pt_metrics[one->metric].scopes & PT_SCOPE_BIT(pt_selector_scope(&one->where)));
		if (one->metric == PT_METRIC_MISUSE) { /* none at all */
			assert_true(one->max_increase.given && one->max_increase.value == 0 && one->max_increase.at_least == 0);
			pools++;
			continue;
		}
		assert_true(one->max_increase.is_share && one->max_increase.value == 0.05);
		if (pt_metrics[one->metric].unit == PT_UNIT_BYTES)
			assert_true(one->max_increase.at_least == 65536);
		if (pt_metrics[one->metric].unit == PT_UNIT_COUNT)
			assert_true(one->max_increase.at_least == 16);
		if (pt_metrics[one->metric].unit == PT_UNIT_RATIO)
			assert_true(one->max_increase.at_least == 0.1);
		process += pt_selector_scope(&one->where) == PT_SCOPE_PROCESS;
		pools += pt_selector_scope(&one->where) == PT_SCOPE_POOL && one->each;
	}
	for (int i = 0; i < PT_METRIC_NR; i++) {
		process -= (pt_metrics[i].by_default & pt_metrics[i].scopes & PT_SCOPE_BIT(PT_SCOPE_PROCESS)) != 0;
		pools -= (pt_metrics[i].by_default & pt_metrics[i].scopes & PT_SCOPE_BIT(PT_SCOPE_POOL)) != 0;
	}
	assert_string_equal(b.budgets[0].name, "peak_held_bytes of pool *");
	assert_true(!b.path && process == 0 && pools == 0 && b.budgets_nr > 4);
	pt_budgets_fini(&b);
}

static uint32_t random_state = 1;
static uint32_t chance(uint32_t below)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % below;
}

static const char *const units[] = {
	[PT_UNIT_BYTES] = "MiB", [PT_UNIT_COUNT] = "", [PT_UNIT_NS] = "ms", [PT_UNIT_RATIO] = "%", [PT_UNIT_BYTE_SECONDS] = "KiB s",
};

/* Writes a valid budget; what it must be read as goes into *b. */
static int random_item(char *out, size_t size, struct pt_budget *b)
{
	static const char *const where[PT_SCOPE_NR] = {
		"", ", pool: 'm*'", ", thread: w", ", cpu: 3", ", site: 'f (a.c)'", ", pool: m, thread: w", ", cpu: 3, pool: m",
		", pool: m, site: '?'",
	};
	uint32_t scope = chance(PT_SCOPE_NR), metric, amount = chance(1000);
	bool each = chance(2), warning = chance(2), share = chance(2), phase;

	do {
		metric = chance(PT_METRIC_NR);
	} while (!(pt_metrics[metric].scopes & PT_SCOPE_BIT(scope)));
	phase = scope <= PT_SCOPE_POOL && pt_metrics[metric].phases && chance(2);
	*b = (struct pt_budget){ .metric = (enum pt_metric)metric, .each = each, .warning = warning,
				 .max = amount, .max_increase = { .given = share, .value = 0.07 } };
	return snprintf(out, size, "  - {%s%smetric: %s%s%s, each: %s, level: %s, max: %u %s}\n", phase ? "phase: a..b, " : "",
			share ? "max_increase: 7%, " : "", pt_metrics[metric].name, where[scope],
			chance(2) ? ", name: \"it's\"" : "", each ? "true" : "false", warning ? "warning" : "error", amount,
			units[pt_metrics[metric].unit]);
}

static void any_valid_budget_is_read(void **state)
{
	(void)state;
	for (int round = 0; round < 300; round++) {
		struct pt_budget expected[8];
		uint32_t nr = 1 + chance(8);
		char text[4096] = "budgets:\n";
		size_t length = strlen(text);
		struct pt_budgets b;

		for (uint32_t i = 0; i < nr; i++)
			length += (size_t)random_item(text + length, sizeof(text) - length, &expected[i]);
		strcpy(text + length, "version: 1\n");
		if (read_text(text, &b))
			fail_msg("%s\n%s", error, text);
		assert_int_equal(b.budgets_nr, nr);
		for (uint32_t i = 0; i < nr; i++) {
			const struct pt_budget *is = &b.budgets[i];

			assert_int_equal(is->line, i + 2);
			assert_int_equal(is->metric, expected[i].metric);
			assert_int_equal(is->each, expected[i].each);
			assert_int_equal(is->warning, expected[i].warning);
			assert_int_equal(is->max_increase.given, expected[i].max_increase.given);
			assert_true((is->max > 0) == (expected[i].max > 0) && is->name[0]);
		}
		pt_budgets_fini(&b);
	}
}

/* Bytes changed, left out, doubled: whatever comes of it is read, or refused with one line that names a place. */
static void any_bytes_are_read_or_refused_with_a_place(void **state)
{
	static const char spice[] = "\0\n\t :-[]{}*&!|>'\"%@`#,?~\\\x80\xff\xc2\x9b<1e.";
	char bytes[2 * sizeof(documented)];
	size_t read = 0, refusals = 0;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		size_t size = sizeof(documented) - 1;
		struct pt_budgets b;
		unsigned int line, column;
		int rc;

		memcpy(bytes, documented, size);
		for (uint32_t i = 1 + chance(4); i; i--) {
			size_t at = chance((uint32_t)size);

			if (chance(3) == 0) {
				memmove(bytes + at, bytes + at + 1, --size - at);
			} else if (chance(2) && size + 1 < sizeof(bytes)) {
				memmove(bytes + at + 1, bytes + at, size++ - at);
				bytes[at] = spice[chance(sizeof(spice) - 1)];
			} else {
				bytes[at] = spice[chance(sizeof(spice) - 1)];
			}
		}
		rc = read_bytes(bytes, size, &b);
		read += !rc;
		refusals += rc == -PT_EINVAL;
		if (rc == -PT_EINVAL && (sscanf(error, "%u:%u: ", &line, &column) != 2 || !line || !column || !strchr(error, ' ') ||
					 strpbrk(error, "\n\033")))
			fail_msg("'%s'", error);
		assert_true(!rc || rc == -PT_EINVAL);
		pt_budgets_fini(&b);
	}
	assert_in_range(read, 1000, 19000);
	assert_in_range(refusals, 1000, 19000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_mistake_in_a_budget_has_its_line),
		cmocka_unit_test(each_mistake_in_a_file_has_its_line),
		cmocka_unit_test(what_is_too_large_is_not_read),
		cmocka_unit_test(a_file_that_is_not_there_is_an_error_of_the_system),
		cmocka_unit_test(every_documented_key_is_read),
		cmocka_unit_test(amounts_are_in_the_unit_of_the_metric),
		cmocka_unit_test(names_that_are_spelt_alike_are_found),
		cmocka_unit_test(default_budgets_are_each_default_metric_once),
		cmocka_unit_test(any_valid_budget_is_read),
		cmocka_unit_test(any_bytes_are_read_or_refused_with_a_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
