// SPDX-License-Identifier: MIT
/*
 * diff.c - pooltrace diff: what changed from one trace to another.
 */
#include <getopt.h>
#include <stdint.h>
#include <string.h>

#include "../../format/error.h"
#include "../render/diff.h"
#include "cmd.h"
#include "figured.h"
#include "outfile.h"
#include "screen.h"

#define TEXT_TOP 10u

enum { OPTION_JSON = PT_OPTION_LONG, OPTION_TOP };

static const struct pt_option options[] = {
	{ OPTION_JSON, "json", NULL, "write JSON (docs/diff.schema.json)" },
	{ OPTION_TOP, "top", "N",
	  "changes of each kind, 0 for all (default: 10; with\n"
	  "--json all)" },
	{ 'o', "output", "FILE", "write into FILE" },
	{ 0, NULL, NULL, NULL },
};

static const struct pt_usage usage = {
	.synopsis = "diff [OPTION]... BEFORE AFTER",
	.about =
		"Says what changed from one trace to another: the process, pools, threads by\n"
		"name, call sites, and what idle objects keep alive when both have snapshots.\n"
		"The first lines say what changed most. Call sites are compared by functions and\n"
		"files, not by addresses or lines: the program may have been rebuilt in between,\n"
		"with another compiler too.\n",
	.options = options,
	.examples =
		"  pooltrace diff before.ptrace after.ptrace\n"
		"        The changes that matter, most first.\n"
		"  pooltrace diff --json before.ptrace after.ptrace |\n"
		"    jq '.changes[] | select(.scope == \"site\")'\n",
};

struct diff_cmd {
	struct pt_render to;
	const struct pt_diff_renderer *renderer;
	const char *output; /* NULL = stdout */
};

static int read_options(struct diff_cmd *c, int argc, char **argv)
{
	bool top_given = false;
	int letter;

	c->renderer = &pt_diff_text;
	while ((letter = pt_usage_next(&usage, argc, argv)) != -1) {
		switch (letter) {
		case OPTION_JSON:
			c->renderer = &pt_diff_json;
			break;
		case OPTION_TOP:
			c->to.top = pt_number("top", optarg, UINT32_MAX);
			top_given = true;
			break;
		default:
			c->output = optarg;
		}
	}
	if (argc - optind != 2)
		return pt_fail(NULL, "diff: wants two traces, BEFORE and AFTER; see pooltrace diff --help");
	if (!top_given)
		c->to.top = c->renderer == &pt_diff_text ? TEXT_TOP : 0;
	if (!c->output) {
		c->to.width = pt_screen_width();
		c->to.colour = pt_screen_colour();
	}
	return PT_EXIT_OK;
}

static int write_diff(struct diff_cmd *c, const struct pt_diff *d)
{
	struct pt_outfile out;
	int rc;

	if (pt_outfile_open(&out, c->output, PT_OUTFILE_REPLACE) != PT_EXIT_OK)
		return PT_EXIT_ERROR;
	c->to.out = out.stream;
	rc = c->renderer->render(&c->to, d);
	if (rc == -PT_ENOMEM)
		pt_fail(NULL, "not enough memory");
	return pt_outfile_close(&out, rc != -PT_ENOMEM);
}

int cmd_diff(int argc, char **argv)
{
	struct diff_cmd c = { 0 };
	struct pt_figured figured;
	struct pt_paths paths;
	struct pt_diff diff;
	int status = read_options(&c, argc, argv);

	if (status != PT_EXIT_OK)
		return status;
	paths = (struct pt_paths){ argv + optind, 2 };
	status = pt_figured_read_all(&paths, &figured);
	if (status == PT_EXIT_OK) {
		if (pt_diff_make(&figured.runs[0], &figured.runs[1], &diff) == 0)
			status = write_diff(&c, &diff);
		else
			status = pt_fail(NULL, "not enough memory");
		pt_diff_fini(&diff);
	}
	pt_figured_fini(&figured);
	return status;
}
