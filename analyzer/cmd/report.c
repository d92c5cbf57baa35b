// SPDX-License-Identifier: MIT
/*
 * report.c - pooltrace report: who hoards memory, in one trace or several.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../format/error.h"
#include "../passes/analyse.h"
#include "../render/render.h"
#include "cmd.h"
#include "frames.h"
#include "paths.h"
#include "progress.h"
#include "screen.h"

#define TEXT_TOP	  10u	/* two screens in all */
#define JSON_TOP	  200u	/* by each rank: everything that matters, in some megabytes */
#define SITES_LOOKED_UP	  5000u /* well below a second */

enum { OPTION_JSON = PT_OPTION_LONG, OPTION_BY, OPTION_TOP };

static const struct pt_option options[] = {
	{ OPTION_JSON, "json", NULL, "write JSON (docs/report.md says every key)" },
	{ OPTION_BY, "by", "WHAT",
	  "which tables: thread, cpu, site or pool\n(default: a digest of all)" },
	{ OPTION_TOP, "top", "N",
	  "rows of a table, 0 for all (default: 10;\nwith --json 200 call sites by each rank)" },
	{ 'o', "output", "FILE", "write the report into FILE" },
	{ 0, NULL, NULL, NULL },
};

static const struct pt_usage usage = {
	.synopsis = "report [OPTION]... TRACE|FOLDER...",
	.about =
		"Says who hoards memory: which threads, CPUs and call sites hold freed blocks that\n"
		"nobody uses, and what that costs. The first lines say what is wrong and where, or\n"
		"that nothing is. A folder stands for all *.ptrace in it. A trace that is still\n"
		"being written is read up to now.\n",
	.options = options,
	.examples = "  pooltrace report server.ptrace\n"
		    "        A digest: findings, totals, threads, CPUs, call sites.\n"
		    "  pooltrace report --by site --top 3 server.ptrace\n"
		    "        The three worst call sites of each kind with their whole stacks.\n"
		    "  pooltrace report --json traces/ | jq '.reports[].totals.blowup'\n",
};

struct report_cmd {
	struct pt_render to;
	const struct pt_renderer *renderer;
	const char *output; /* NULL = stdout */
	bool top_given;
	size_t reports_done;
	struct pt_symbols *symbols;
};

static const char *const loss_causes[PT_LOST_NR] = {
	[PT_LOST_LIMIT] = "size limit",
	[PT_LOST_DISK] = "disk",
	[PT_LOST_MEMORY] = "memory",
	[PT_LOST_NESTED] = "nested",
	[PT_LOST_SANDBOX] = "sandbox",
};

/* What the file says about itself. 0 or -PT_ENOMEM. */
static int fill_file(const struct pt_trace *t, struct pt_report *r)
{
	const struct pt_trace_state *s = &t->state;
	struct pt_report_loss *losses = calloc(PT_LOST_NR, sizeof(*losses));

	if (!losses)
		return -PT_ENOMEM;
	for (size_t i = 0; i < PT_LOST_NR; i++)
		losses[i] = (struct pt_report_loss){ loss_causes[i], s->lost_allocs[i],
						     s->lost_frees[i] };
	r->file = (struct pt_report_file){
		.truncated = s->truncated,
		.stopped = s->stopped && s->stopped <= PT_LOST_NR ? loss_causes[s->stopped - 1]
								  : NULL,
		.corrupt_chunks = s->corrupt_chunks,
		.missing_chunks = s->missing_chunks,
		.events_nr = s->events_nr,
		.repaired_nr = s->repaired_nr,
		.file_bytes = s->file_bytes,
		.used_bytes = s->used_bytes,
		.stack_depth = t->header.stack_depth,
		.ppid = t->header.ppid,
		.forked = t->header.flags & PT_FILE_FORKED,
		.losses = losses,
		.losses_nr = PT_LOST_NR,
	};
	return 0;
}

/* The stream, opened when there is something to write. */
static int open_output(struct report_cmd *c)
{
	if (c->to.out)
		return PT_EXIT_OK;
	c->to.out = c->output ? fopen(c->output, "we") : stdout;
	if (!c->to.out)
		return pt_fail(c->output, "cannot be written (%s)", strerror(errno));
	if (c->renderer->begin && c->renderer->begin(&c->to) != 0)
		return PT_EXIT_ERROR;
	return PT_EXIT_OK;
}

/* How many sites by each rank are looked up: many that merge or fold make one row. */
static size_t sites_wanted(const struct report_cmd *c)
{
	size_t wanted = 4 * c->to.top + 16;

	if (!c->to.top)
		return 0;
	return wanted < SITES_LOOKED_UP ? SITES_LOOKED_UP : wanted;
}

static int report_one(struct report_cmd *c, const char *path)
{
	struct pt_progress p;
	struct pt_report r;
	struct pt_trace *t;
	int status, rc;

	rc = pt_trace_open(&t, path);
	if (rc)
		return pt_fail_trace(path, rc);
	pt_progress_start(&p, path);
	rc = pt_analyse(t, pt_progress_show, &p, &r);
	pt_progress_end(&p);
	if (rc) {
		status = pt_fail_trace(path, rc);
		pt_trace_close(t);
		return status;
	}
	snprintf(r.trace_path, sizeof(r.trace_path), "%s", path);
	rc = fill_file(t, &r);
	if (!rc)
		rc = pt_frames_fill(c->symbols, t, &r, sites_wanted(c));
	status = rc ? pt_fail_trace(path, rc) : open_output(c);
	if (status == PT_EXIT_OK) {
		rc = c->renderer->report(&c->to, &r, c->reports_done++);
		if (rc == -PT_ENOMEM)
			status = pt_fail_trace(path, rc);
	}
	pt_report_fini(&r);
	pt_trace_close(t);
	return status;
}

static int by_of(const char *what, enum pt_by *out)
{
	static const char *const names[] = {
		[PT_BY_THREAD] = "thread",
		[PT_BY_CPU] = "cpu",
		[PT_BY_SITE] = "site",
		[PT_BY_POOL] = "pool",
	};

	for (size_t i = PT_BY_THREAD; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(names[i], what)) {
			*out = (enum pt_by)i;
			return PT_EXIT_OK;
		}
	}
	return pt_fail(NULL, "--by: '%s' is none of thread, cpu, site, pool", what);
}

static int read_options(struct report_cmd *c, int argc, char **argv)
{
	int letter;

	c->renderer = pt_renderer_find("text");
	while ((letter = pt_usage_next(&usage, argc, argv)) != -1) {
		switch (letter) {
		case OPTION_JSON:
			c->renderer = pt_renderer_find("json");
			break;
		case OPTION_BY:
			if (by_of(optarg, &c->to.by) != PT_EXIT_OK)
				return PT_EXIT_ERROR;
			break;
		case OPTION_TOP:
			c->to.top = pt_number("top", optarg, UINT32_MAX);
			c->top_given = true;
			break;
		default:
			c->output = optarg;
			break;
		}
	}
	if (!c->top_given)
		c->to.top = !strcmp(c->renderer->name, "json") ? JSON_TOP : TEXT_TOP;
	if (!c->output) {
		c->to.width = pt_screen_width();
		c->to.colour = pt_screen_colour();
	}
	return PT_EXIT_OK;
}

static int finish_output(struct report_cmd *c)
{
	int status = PT_EXIT_OK;

	if (!c->to.out)
		return PT_EXIT_OK;
	if (c->renderer->end)
		c->renderer->end(&c->to);
	if (!c->output)
		return pt_flush();
	if (ferror(c->to.out) | (fclose(c->to.out) != 0))
		status = pt_fail(c->output, "cannot be written (%s)", strerror(errno));
	return status;
}

int cmd_report(int argc, char **argv)
{
	struct report_cmd c = { .to.by = PT_BY_ALL };
	struct pt_paths paths;
	int status = read_options(&c, argc, argv);

	if (status != PT_EXIT_OK)
		return status;
	status = pt_paths_expand(argv + optind, argc - optind, &paths);
	if (status != PT_EXIT_OK)
		return status;
	c.to.reports_nr = paths.names_nr;
	if (pt_symbols_init(&c.symbols) != 0)
		status = pt_fail(NULL, "not enough memory");
	for (size_t i = 0; c.symbols && i < paths.names_nr; i++)
		if (report_one(&c, paths.names[i]) != PT_EXIT_OK)
			status = PT_EXIT_ERROR;
	if (finish_output(&c) != PT_EXIT_OK)
		status = PT_EXIT_ERROR;
	pt_symbols_fini(c.symbols);
	pt_paths_fini(&paths);
	return status;
}
