// SPDX-License-Identifier: MIT
/*
 * check.c - pooltrace check: traces against budgets and a baseline. 0 within, 1 broken, 2 cannot be told.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../format/error.h"
#include "../budget/judge.h"
#include "../render/check.h"
#include "../render/check_words.h"
#include "check_init.h"
#include "cmd.h"
#include "figured.h"
#include "outfile.h"
#include "screen.h"

#define TEXT_TOP 20u /* items that are told whole; all are in the table */

enum { OPTION_BUDGET = PT_OPTION_LONG, OPTION_BASELINE, OPTION_FORMAT, OPTION_INIT, OPTION_METRICS };

static const struct pt_option options[] = {
	{ OPTION_BUDGET, "budget", "FILE",
	  "what is allowed: YAML (pooltrace-check(1) says\n"
	  "every key; --init writes a first one)" },
	{ OPTION_BASELINE, "baseline", "FILE",
	  "what it was before: made by pooltrace baseline.\n"
	  "Alone it allows each default metric 5 % more, and\n"
	  "at least 64 KiB or 16 of what is counted" },
	{ OPTION_FORMAT, "format", "FORMAT",
	  "text, junit (XML), sarif (2.1.0), github\n"
	  "(annotations) or json (docs/check.schema.json);\n"
	  "default: text" },
	{ OPTION_INIT, "init", NULL,
	  "write a first budget file, with comments, from\n"
	  "TRACE; -o FILE does not overwrite" },
	{ OPTION_METRICS, "metrics", NULL,
	  "print every metric that a budget can name, and exit\n"
	  "(with --format text or json)" },
	{ 'o', "output", "FILE", "write into FILE" },
	{ 0, NULL, NULL, NULL },
};

static const struct pt_usage usage = {
	.synopsis = "check [OPTION]... TRACE|FOLDER...\n"
		    "       pooltrace check --init [-o FILE] TRACE|FOLDER...\n"
		    "       pooltrace check --metrics",
	.about =
		"Compares traces with budgets and with a baseline, and says which line of code\n"
		"to look at. Several traces of one program are runs of it: their median counts.\n"
		"Exits with 0 when all budgets hold, 1 when one is broken, and 2 when it cannot\n"
		"be told: bad input, a torn trace, losses, a pool that is not there.\n",
	.options = options,
	.examples =
		"  pooltrace check --init -o budget.yml base.ptrace\n"
		"        A first budget file from a run that was good.\n"
		"  pooltrace check --budget budget.yml new.ptrace\n"
		"        Is it kept? What is broken comes with three call sites, file and line.\n"
		"  pooltrace record --runs 10 -o 'base.%r.ptrace' -- ./app --load test\n"
		"  pooltrace baseline base.*.ptrace -o pooltrace-baseline.json\n"
		"  pooltrace check --baseline pooltrace-baseline.json --format github new.ptrace\n"
		"        In CI: annotations at the lines that grew.\n",
};

struct check_cmd {
	struct pt_check_render render;
	const struct pt_check_renderer *renderer;
	const char *budget, *baseline, *output; /* NULL: not given */
	bool init, metrics;
	char folder[PATH_MAX];
};

static int read_option(struct check_cmd *c, int letter)
{
	switch (letter) {
	case OPTION_BUDGET:
		c->budget = optarg;
		return PT_EXIT_OK;
	case OPTION_BASELINE:
		c->baseline = optarg;
		return PT_EXIT_OK;
	case OPTION_FORMAT:
		c->renderer = pt_check_renderer_find(optarg);
		if (!c->renderer)
			return pt_fail(NULL, "--format: '%s' is none of text, junit, sarif, github, json", optarg);
		return PT_EXIT_OK;
	case OPTION_INIT:
		c->init = true;
		return PT_EXIT_OK;
	case OPTION_METRICS:
		c->metrics = true;
		return PT_EXIT_OK;
	default:
		c->output = optarg;
		return PT_EXIT_OK;
	}
}

/* What does not go together. */
static int check_options(const struct check_cmd *c, int operands_nr)
{
	bool is_text = c->renderer == &pt_check_text;

	if (c->metrics && (c->init || c->budget || c->baseline || operands_nr))
		return pt_fail(NULL, "check: --metrics goes with --format and -o only; it takes no trace");
	if (c->metrics && !is_text && c->renderer != &pt_check_json)
		return pt_fail(NULL, "check: --metrics is text or json; not %s", c->renderer->name);
	if (c->init && (c->budget || c->baseline || !is_text))
		return pt_fail(NULL, "check: --init goes with -o and traces only; it writes a budget file");
	if (!c->metrics && !c->init && !c->budget && !c->baseline)
		return pt_fail(NULL, "check: neither --budget nor --baseline given, so there is nothing to compare with; "
				     "pooltrace check --init TRACE writes a first budget file");
	return PT_EXIT_OK;
}

static int read_options(struct check_cmd *c, int argc, char **argv)
{
	int letter;

	c->renderer = &pt_check_text;
	while ((letter = pt_usage_next(&usage, argc, argv)) != -1)
		if (read_option(c, letter) != PT_EXIT_OK)
			return PT_EXIT_ERROR;
	c->render.to.top = TEXT_TOP;
	if (!c->output) {
		c->render.to.width = pt_screen_width();
		c->render.to.colour = pt_screen_colour();
	}
	if (getcwd(c->folder, sizeof(c->folder)) && c->folder[0] == '/' && c->folder[1])
		c->render.folder = c->folder;
	c->render.time_s = time(NULL);
	return check_options(c, argc - optind);
}

/* For -PT_EINVAL `error` is "LINE:COLUMN: what is wrong". */
static int fail_file(const char *path, int code, const char *error)
{
	if (code == -PT_EINVAL)
		return pt_fail(NULL, "%s:%s", path, error);
	if (code == -PT_EIO)
		return pt_fail(path, "cannot be read (%s)", strerror(errno));
	return pt_fail(path, "%s", pt_error_text(code));
}

/* Both are to be freed in all cases. */
static int read_allowed(const struct check_cmd *c, struct pt_budgets *budgets, struct pt_baseline *baseline)
{
	char budget_error[PT_BUDGET_ERROR_BYTES] = "", baseline_error[PT_BASELINE_ERROR_BYTES] = "";
	int rc;

	memset(baseline, 0, sizeof(*baseline));
	if (c->budget)
		rc = pt_budgets_read(c->budget, budgets, budget_error);
	else
		rc = pt_budgets_default(budgets);
	if (rc)
		return fail_file(c->budget ? c->budget : "the default budgets", rc, budget_error);
	if (!c->baseline)
		return PT_EXIT_OK;
	rc = pt_baseline_read(c->baseline, baseline, baseline_error);
	return rc ? fail_file(c->baseline, rc, baseline_error) : PT_EXIT_OK;
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* Into a file: what the job's log is to say. */
static void say_verdict(const struct check_cmd *c, const struct pt_check *result)
{
	enum pt_check_state worst = result->states[PT_CHECK_BROKEN] ? PT_CHECK_BROKEN : PT_CHECK_UNKNOWN;
	char *verdict = pt_check_verdict(result), *sentence = NULL;

	for (size_t i = 0; i < result->items_nr && !sentence; i++)
		if (result->items[i].state == worst)
			sentence = pt_check_sentence(&result->items[i]);
	if (verdict && sentence)
		pt_fail(c->output, "%s: %s", verdict, sentence);
	free(verdict);
	free(sentence);
}

static int write_check(struct check_cmd *c, const struct pt_check *result)
{
	struct pt_outfile out;
	int rc;

	if (pt_outfile_open(&out, c->output, PT_OUTFILE_REPLACE) != PT_EXIT_OK)
		return PT_EXIT_ERROR;
	c->render.to.out = out.stream;
	rc = c->renderer->render(&c->render, result);
	if (rc == -PT_ENOMEM)
		pt_fail(NULL, "not enough memory");
	if (pt_outfile_close(&out, rc != -PT_ENOMEM) != PT_EXIT_OK)
		return PT_EXIT_ERROR;
	if (c->output && pt_check_status(result) != PT_EXIT_OK)
		say_verdict(c, result);
	return pt_check_status(result);
}

/* What the judge does not know: which files were given. 0 or -PT_ENOMEM. */
static int name_files(const struct check_cmd *c, const struct pt_paths *paths, struct pt_check *result)
{
	if (c->budget && !result->budget_path && !(result->budget_path = strdup(c->budget)))
		return -PT_ENOMEM;
	if (c->baseline && !result->baseline_path && !(result->baseline_path = strdup(c->baseline)))
		return -PT_ENOMEM;
	if (result->traces)
		return 0;
	result->traces = calloc(paths->names_nr + 1, sizeof(*result->traces));
	for (size_t i = 0; result->traces && i < paths->names_nr; i++) {
		result->traces[i] = strdup(paths->names[i]);
		if (!result->traces[i])
			return -PT_ENOMEM;
		result->traces_nr++;
	}
	return result->traces ? 0 : -PT_ENOMEM;
}

static int check(struct check_cmd *c, const struct pt_paths *paths, const struct pt_budgets *budgets,
		 const struct pt_baseline *baseline)
{
	uint64_t start_ns = now_ns();
	struct pt_figured figured;
	struct pt_check result;
	int rc, status = pt_figured_read_all(paths, &figured);

	if (status == PT_EXIT_OK) {
		rc = pt_judge(budgets, figured.runs, figured.runs_nr, c->baseline ? baseline : NULL, &result);
		if (!rc)
			rc = name_files(c, paths, &result);
		result.duration_ns = now_ns() - start_ns;
		status = rc ? pt_fail(NULL, "not enough memory") : write_check(c, &result);
		pt_check_fini(&result);
	}
	pt_figured_fini(&figured);
	return status;
}

static int init(const struct check_cmd *c, const struct pt_paths *paths)
{
	struct pt_figured figured;
	struct pt_outfile out;
	int status = pt_figured_read_all(paths, &figured);

	if (status == PT_EXIT_OK)
		status = pt_outfile_open(&out, c->output, PT_OUTFILE_NEW);
	if (status == PT_EXIT_OK) {
		pt_check_init(figured.runs, figured.runs_nr, out.stream);
		status = pt_outfile_close(&out, true);
	}
	pt_figured_fini(&figured);
	return status;
}

static int metrics(struct check_cmd *c)
{
	struct pt_outfile out;
	int rc;

	if (pt_outfile_open(&out, c->output, PT_OUTFILE_REPLACE) != PT_EXIT_OK)
		return PT_EXIT_ERROR;
	c->render.to.out = out.stream;
	rc = c->renderer == &pt_check_text ? pt_metrics_text(&c->render.to) : pt_metrics_json(&c->render.to);
	if (rc == -PT_ENOMEM)
		pt_fail(NULL, "not enough memory");
	return pt_outfile_close(&out, rc != -PT_ENOMEM);
}

int cmd_check(int argc, char **argv)
{
	struct check_cmd c = { 0 };
	struct pt_budgets budgets;
	struct pt_baseline baseline;
	struct pt_paths paths;
	int status = read_options(&c, argc, argv);

	if (status != PT_EXIT_OK)
		return status;
	if (c.metrics)
		return metrics(&c);
	if (c.init) {
		status = pt_paths_expand(argv + optind, argc - optind, &paths);
		if (status == PT_EXIT_OK) {
			status = init(&c, &paths);
			pt_paths_fini(&paths);
		}
		return status;
	}
	status = read_allowed(&c, &budgets, &baseline); /* before the traces, which may take a while */
	if (status == PT_EXIT_OK)
		status = pt_paths_expand(argv + optind, argc - optind, &paths);
	if (status == PT_EXIT_OK) {
		status = check(&c, &paths, &budgets, &baseline);
		pt_paths_fini(&paths);
	}
	pt_budgets_fini(&budgets);
	pt_baseline_fini(&baseline);
	return status;
}
