// SPDX-License-Identifier: MIT
/*
 * test_baseline_file.c - baselines written, read back, and files that are none.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "baseline_runs.h"
#include "figures_builder.h"
#include "format/error.h"

static char path[] = "/tmp/pt_baseline_XXXXXX";

static int setup(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 || close(fd);
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

static void put_file(const char *text, size_t bytes)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, bytes, f), bytes);
	assert_int_equal(fclose(f), 0);
}

/* What it is as text; free() it. */
static char *written(const struct pt_baseline *b)
{
	char *text;
	size_t bytes;
	FILE *f = open_memstream(&text, &bytes);

	assert_non_null(f);
	assert_int_equal(pt_baseline_write(b, f), 0);
	assert_int_equal(fclose(f), 0);
	return text;
}

static int read_back(struct pt_baseline *b, char error[PT_BASELINE_ERROR_BYTES])
{
	return pt_baseline_read(path, b, error);
}

static void steps_of_one_name_read_back_and_too_many_are_none(void **state)
{
	char error[PT_BASELINE_ERROR_BYTES], *text;
	struct pt_figures many;
	struct pt_baseline b;

	(void)state;
	fb_figures(&many, "app", "x");
	for (int i = 0; i < 3; i++)
		fb_phase(&many, NULL, "turn", "turn")->values[PT_METRIC_ALLOCATIONS] = i;
	assert_int_equal(pt_baseline_make(&many, 1, &b), 0);
	text = written(&b);
	put_file(text, strlen(text));
	pt_baseline_fini(&b);
	if (read_back(&b, error))
		fail_msg("%s", error);
	assert_int_equal(b.programs[0].rows_nr, 3);
	for (int i = 0; i < 3; i++)
		assert_true(b.programs[0].rows[i].metrics[PT_METRIC_ALLOCATIONS].median == i);
	pt_baseline_fini(&b);
	free(text);
	pt_figures_fini(&many);
	/* A part of them would add up to a wrong phase. */
	fb_figures(&many, "app", "x");
	for (int i = 0; i < 65; i++)
		fb_phase(&many, NULL, "turn", "turn")->values[PT_METRIC_ALLOCATIONS] = i;
	assert_int_equal(pt_baseline_make(&many, 1, &b), 0);
	assert_int_equal(b.programs[0].rows_nr, 0);
	pt_baseline_fini(&b);
	pt_figures_fini(&many);
}

static void what_is_written_reads_back_the_same(void **state)
{
	char error[PT_BASELINE_ERROR_BYTES], *first, *second;
	struct pt_figures runs[RUNS + 1];
	struct pt_baseline b, back;

	(void)state;
	make_runs(runs);
	assert_int_equal(pt_baseline_make(runs, RUNS + 1, &b), 0);
	first = written(&b);
	put_file(first, strlen(first));
	if (read_back(&back, error))
		fail_msg("%s", error);
	second = written(&back);
	assert_string_equal(first, second);
	assert_int_equal(back.programs_nr, b.programs_nr);
	for (size_t p = 0; p < b.programs_nr; p++) {
		assert_int_equal(back.programs[p].rows_nr, b.programs[p].rows_nr);
		for (size_t i = 0; i < b.programs[p].rows_nr; i++) {
			const struct pt_baseline_row *x = &b.programs[p].rows[i], *y = &back.programs[p].rows[i];

			assert_true(pt_figures_row_same(&x->is, &y->is));
			for (int m = 0; m < PT_METRIC_NR; m++)
				assert_true(x->metrics[m].runs == y->metrics[m].runs &&
					    (!x->metrics[m].runs || !memcmp(&x->metrics[m], &y->metrics[m], sizeof(x->metrics[m]))));
		}
	}
	assert_string_equal(row_of(&back.programs[0], PT_SCOPE_POOL)->is.pool, "msg\xff\"buf");
	free(first);
	free(second);
	pt_baseline_fini(&b);
	pt_baseline_fini(&back);
	free_runs(runs, RUNS + 1);
}

static void the_same_runs_in_another_order_give_the_same_bytes(void **state)
{
	struct pt_figures runs[RUNS + 1], other[RUNS + 1];
	struct pt_baseline b;
	char *first, *second;

	(void)state;
	make_runs(runs);
	for (int i = 0; i <= RUNS; i++)
		other[i] = runs[RUNS - i];
	assert_int_equal(pt_baseline_make(runs, RUNS + 1, &b), 0);
	first = written(&b);
	pt_baseline_fini(&b);
	assert_int_equal(pt_baseline_make(other, RUNS + 1, &b), 0);
	second = written(&b);
	pt_baseline_fini(&b);
	assert_string_equal(first, second);
	free(first);
	free(second);
	free_runs(runs, RUNS + 1);
}

static void one_metric_is_one_line(void **state)
{
	struct pt_figures runs[RUNS + 1];
	struct pt_baseline b;
	char *text;

	(void)state;
	make_runs(runs);
	assert_int_equal(pt_baseline_make(runs, RUNS + 1, &b), 0);
	text = written(&b);
	assert_non_null(strstr(text, "\n    \"misses\": [7, 7, 7, 0]\n"));
	assert_non_null(strstr(text, "\n    \"peak_held_bytes\": [1001000, 1000000, 1002000, "));
	assert_non_null(strstr(text, "{\"scope\": \"site\", \"frames\": [[\"take\", \"pool.c\"], [null, \"libx.so\"], [\"main\", \"main.c\"]], "));
	free(text);
	pt_baseline_fini(&b);
	free_runs(runs, RUNS + 1);
}

#define HEAD  "{\"pooltrace_baseline\": 1,\n \"programs\": [\n"
#define ROWS  HEAD "  {\"program\": \"app\", \"runs\": 3,\n   \"rows\": [\n"
#define ROW   ROWS "    {\"scope\": \"process\", \"metrics\": {\n"
#define TAIL  "]}]}"
#define SPREAD(numbers) ROW "     \"peak_held_bytes\": " numbers "}}" TAIL

static void it_is_as_its_schema_says(void **state)
{
	const char *src = getenv("PT_SRC");
	struct pt_figures runs[RUNS + 1];
	struct pt_baseline b;
	static const char no_pool[] = ROWS "{\"scope\": \"pool\", \"metrics\": {}}" TAIL;
	char command[4200], *text;

	(void)state;
	if (!src || system("command -v jsonschema >/dev/null") != 0)
		skip();
	make_runs(runs);
	assert_int_equal(pt_baseline_make(runs, RUNS + 1, &b), 0);
	text = written(&b);
	put_file(text, strlen(text));
	snprintf(command, sizeof(command), "jsonschema -i %s %s/docs/baseline.schema.json 2>/dev/null", path, src);
	assert_int_equal(system(command), 0);
	put_file(no_pool, strlen(no_pool));
	assert_int_not_equal(system(command), 0);
	free(text);
	pt_baseline_fini(&b);
	free_runs(runs, RUNS + 1);
}

static void bad_files_are_refused_with_line_and_column(void **state)
{
	static const struct {
		const char *text, *error; /* how it begins */
	} bad[] = {
		{ "", "1:" },
		{ "nonsense", "1:" },
		{ "{\"pooltrace_baseline\": 1", "1:" },
		{ "[1, 2]", "1:1: this is no baseline" },
		{ "{\"schema\": 1}", "1:1: this is no baseline" },
		{ "{\"pooltrace_baseline\": 2, \"programs\": []}", "1:24: a baseline of another version than 1" },
		{ "{\"pooltrace_baseline\": \"1\"}", "1:24: a baseline of another version" },
		{ "{\"pooltrace_baseline\": 1}", "1:1: \"programs\" is missing or empty" },
		{ HEAD " ], \"more\": 0}", "3:13: unknown key \"more\"" },
		{ HEAD "]}", "1:1: \"programs\" is missing or empty" },
		{ HEAD "7]}", "3:1: a program is an object" },
		{ HEAD "{\"runs\": 3, \"rows\": []}]}", "3:1: \"program\" is missing" },
		{ HEAD "{\"program\": \"\", \"runs\": 3, \"rows\": []}]}", "3:13: \"program\" is no name" },
		{ HEAD "{\"program\": \"a\", \"rows\": []}]}", "3:1: \"runs\" is missing" },
		{ HEAD "{\"program\": \"a\", \"runs\": 0, \"rows\": []}]}", "3:26: a number of runs" },
		{ HEAD "{\"program\": \"a\", \"runs\": 1.5, \"rows\": []}]}", "3:26: a number of runs" },
		{ HEAD "{\"program\": \"a\", \"runs\": 3}]}", "3:1: \"rows\" is missing" },
		{ HEAD "{\"program\": \"a\", \"runs\": 3, \"runs\": 3}]}", "3:" },
		{ HEAD "{\"program\": \"a\", \"runs\": 3, \"rows\": []},\n {\"program\": \"a\", \"runs\": 3, \"rows\": []}]}",
		  "4:2: program \"a\" is here twice" },
		{ ROWS "{}" TAIL, "5:1: \"scope\" is missing" },
		{ ROWS "{\"scope\": \"cpu\", \"metrics\": {}}" TAIL, "5:11: no scope is called \"cpu\"" },
		{ ROWS "{\"scope\": \"pool\", \"metrics\": {}}" TAIL, "5:1: \"pool\" is missing" },
		{ ROWS "{\"scope\": \"process\", \"pool\": \"a\", \"metrics\": {}}" TAIL, "5:30: unknown key \"pool\"" },
		{ ROWS "{\"scope\": \"process\", \"from\": \"a\", \"metrics\": {}}" TAIL, "5:1: \"to\" is missing" },
		{ ROWS "{\"scope\": \"process\", \"to\": \"a\", \"metrics\": {}}" TAIL, "5:1: \"from\" is missing" },
		{ ROWS "{\"scope\": \"process\"}" TAIL, "5:1: \"metrics\" is missing" },
		{ ROWS "{\"scope\": \"site\", \"metrics\": {}}" TAIL, "5:1: \"frames\" is missing" },
		{ ROWS "{\"scope\": \"site\", \"frames\": [[\"a\", 5]], \"metrics\": {}}" TAIL, "5:30: a frame is" },
		{ ROWS "{\"scope\": \"process\", \"metrics\": {}},\n {\"scope\": \"process\", \"metrics\": {}}" TAIL,
		  "6:2: this row is here twice" },
		{ ROW "     \"peak_hold_bytes\": [1, 1, 1, 0]}}" TAIL, "6:25: no metric is called \"peak_hold_bytes\"" },
		{ ROW "     \"gets\": [1, 1, 1, 0]}}" TAIL, "6:14: gets does not exist for a process" },
		{ SPREAD("5"), "6:25: a metric is [median" },
		{ SPREAD("[5, 5, 5]"), "6:25: a metric is [median" },
		{ SPREAD("[5, 5, \"6\", 0]"), "6:32: this is no number" },
		{ SPREAD("[NaN, 5, 5, 0]"), "6:" },
		{ SPREAD("[1e999, 5, 5, 0]"), "6:" },
		{ SPREAD("[5, -5, 6, 0]"), "6:29: a metric is never negative" },
		{ SPREAD("[5, 6, 7, 0]"), "6:25: the median 5 is not between low 6 and high 7" },
		{ SPREAD("[5, 5, 4, 0]"), "6:25: the median 5 is not between" },
		{ SPREAD("[5, 4, 6, 3]"), "6:25: the deviation 3 is more than high - low, 2" },
		{ SPREAD("[5, 4, 6, 1, 4]"), "6:38: a number of runs is a whole number from 1 to 3" },
		{ SPREAD("[5, 4, 6, 1, 1]"), "6:25: one run has no spread" },
		{ SPREAD("[1, 1, 1, 0], \"peak_held_bytes\": [1, 1, 1, 0]"), "6:" },
	};
	char error[PT_BASELINE_ERROR_BYTES];
	struct pt_baseline b;

	(void)state;
	put_file(SPREAD("[5, 4, 6, 1, 2]"), sizeof(SPREAD("[5, 4, 6, 1, 2]")) - 1);
	if (read_back(&b, error)) /* what the others differ from is good */
		fail_msg("%s", error);
	pt_baseline_fini(&b);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		put_file(bad[i].text, strlen(bad[i].text));
		assert_int_equal(read_back(&b, error), -PT_EINVAL);
		if (strncmp(error, bad[i].error, strlen(bad[i].error)) != 0 || strchr(error, '\n'))
			fail_msg("%s: %s, not %s", bad[i].text, error, bad[i].error);
		pt_baseline_fini(&b);
	}
}

static void a_file_that_is_not_there_or_too_large_is_told(void **state)
{
	char error[PT_BASELINE_ERROR_BYTES];
	struct pt_baseline b;

	(void)state;
	errno = 0;
	assert_int_equal(pt_baseline_read("/nonexistent/baseline.json", &b, error), -PT_EIO);
	assert_int_equal(errno, ENOENT);
	pt_baseline_fini(&b);
	assert_int_equal(pt_baseline_read("/dev/zero", &b, error), -PT_EINVAL);
	assert_non_null(strstr(error, "more than 16 MiB"));
	pt_baseline_fini(&b);
}

static void a_full_disk_is_told(void **state)
{
	struct pt_baseline b = { 0 };
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	if (!full)
		skip();
	assert_int_equal(pt_baseline_write(&b, full), -PT_EIO);
	fclose(full);
}

/* Any byte changed, added or cut: an error with a place or a baseline, and no third thing. */
static void damaged_files_never_crash_it(void **state)
{
	char error[PT_BASELINE_ERROR_BYTES], *text, *damaged;
	static const char bytes[] = "{}[]\",:0-9\\\n\xff" "en";
	struct pt_figures runs[RUNS + 1];
	uint32_t seed = 3, refused = 0;
	struct pt_baseline b;
	size_t length;

	(void)state;
	make_runs(runs);
	assert_int_equal(pt_baseline_make(runs, RUNS + 1, &b), 0);
	text = written(&b);
	pt_baseline_fini(&b);
	length = strlen(text);
	damaged = malloc(length + 1);
	assert_non_null(damaged);
	for (int i = 0; i < 1000; i++) {
		size_t cut = length;

		memcpy(damaged, text, length + 1);
		for (int k = 0; k <= i % 3; k++) {
			seed = seed * 1664525u + 1013904223u;
			damaged[(seed >> 4) % length] = bytes[(seed >> 24) % (sizeof(bytes) - 1)];
		}
		if (i % 7 == 0)
			cut = (seed >> 6) % length;
		put_file(damaged, cut);
		if (read_back(&b, error)) {
			unsigned int line, column;

			assert_int_equal(sscanf(error, "%u:%u: ", &line, &column), 2);
			refused++;
		}
		pt_baseline_fini(&b);
	}
	assert_true(refused > 600 && refused < 1000);
	free(text);
	free(damaged);
	free_runs(runs, RUNS + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_of_one_name_read_back_and_too_many_are_none),
		cmocka_unit_test(what_is_written_reads_back_the_same),
		cmocka_unit_test(the_same_runs_in_another_order_give_the_same_bytes),
		cmocka_unit_test(one_metric_is_one_line),
		cmocka_unit_test(it_is_as_its_schema_says),
		cmocka_unit_test(bad_files_are_refused_with_line_and_column),
		cmocka_unit_test(a_file_that_is_not_there_or_too_large_is_told),
		cmocka_unit_test(a_full_disk_is_told),
		cmocka_unit_test(damaged_files_never_crash_it),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
