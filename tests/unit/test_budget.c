// SPDX-License-Identifier: MIT
/* test_budget.c - budget files: what each key means, and that any bytes are read or refused. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analyzer/budget/amount.h"
#include "analyzer/budget/nearest.h"
#include "budget_bytes.h"
#include "format/error.h"

static int read_text(const char *text, struct pt_budgets *out)
{
	return read_bytes(text, strlen(text), out);
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
		cmocka_unit_test(every_documented_key_is_read),
		cmocka_unit_test(amounts_are_in_the_unit_of_the_metric),
		cmocka_unit_test(names_that_are_spelt_alike_are_found),
		cmocka_unit_test(default_budgets_are_each_default_metric_once),
		cmocka_unit_test(any_valid_budget_is_read),
		cmocka_unit_test(any_bytes_are_read_or_refused_with_a_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
