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
#include "../result/quantity.h"
#include "../symbols/opener.h"
#include "../trace/relay.h"
#include "choose.h"
#include "cmd.h"
#include "facts.h"
#include "frames.h"
#include "nameless.h"
#include "outfile.h"
#include "paths.h"
#include "progress.h"
#include "screen.h"

#define TEXT_TOP	10u   /* two screens in all */
#define JSON_TOP	200u  /* by each rank: everything that matters, in some megabytes */
#define SITES_LOOKED_UP 5000u /* well below a second */

enum {
	OPTION_JSON = PT_OPTION_LONG,
	OPTION_BY,
	OPTION_TOP,
	OPTION_POOL,
	OPTION_DEAD,
	OPTION_REGRET,
	OPTION_LIMIT,
};

static const struct pt_option options[] = {
	{ OPTION_JSON, "json", NULL, "write JSON (docs/report.md says every key)" },
	{ OPTION_BY, "by", "WHAT",
	  "which tables: thread, cpu, site, pool or shard\n"
	  "(default: a digest of all)" },
	{ OPTION_TOP, "top", "N",
	  "rows of a table, 0 for all (default: 10; with\n"
	  "--json 200 call sites by each rank)" },
	{ OPTION_POOL, "pool", "NAME",
	  "only pools of that name, which may be a pattern\n"
	  "like 'msg*'; malloc is one" },
	{ OPTION_DEAD, "dead-after", "TIME",
	  "objects of a pool that were idle for so long are a\n"
	  "dead hoard (default: 1s; also ms, m, h)" },
	{ OPTION_REGRET, "regret-within", "TIME",
	  "a dropped object that is made again within TIME is\n"
	  "regretted (default: 1s)" },
	{ OPTION_LIMIT, "limit", "SIZE",
	  "bytes that the forecast of a drift runs into\n"
	  "(default: 1G)" },
	{ 'o', "output", "FILE", "write the report into FILE" },
	{ 0, NULL, NULL, NULL },
};

static const struct pt_usage usage = {
	.synopsis = "report [OPTION]... TRACE|FOLDER...",
	.about =
		"Says who hoards memory: which threads, CPUs and call sites hold freed blocks\n"
		"that nobody uses, which of the program's own pools cache more than it needs,\n"
		"and what that costs. The first lines say what is wrong and where, or that\n"
		"nothing is. A folder stands for all *.ptrace in it, packed or not. A trace that\n"
		"is still being written is read up to now.\n",
	.options = options,
	.examples =
		"  pooltrace report server.ptrace\n"
		"        A digest: findings, pools, totals, threads, CPUs, call sites.\n"
		"  pooltrace report --by site --top 3 server.ptrace\n"
		"        The three worst call sites of each kind with their whole stacks.\n"
		"  pooltrace report --pool msgbuf server.ptrace\n"
		"        The whole page of one pool: the verdict, what to do, and every table.\n"
		"  pooltrace report --json traces/ | jq '.reports[].totals.blowup'\n",
};

struct report_cmd {
	struct pt_render to;
	const struct pt_renderer *renderer;
	const char *output; /* NULL = stdout */
	const char *pool;   /* of --pool; NULL = all */
	struct pt_pool_limits limits;
	bool top_given;
	size_t reports_done;
	struct pt_symbols *symbols;
	struct pt_outfile out;
	bool refused; /* there can be no output */
	bool torn;    /* what was written is not all */
};

/* The stream, opened when there is something to write. */
static int open_output(struct report_cmd *c)
{
	if (c->to.out)
		return PT_EXIT_OK;
	c->refused = pt_outfile_open(&c->out, c->output, PT_OUTFILE_REPLACE) != PT_EXIT_OK;
	if (c->refused)
		return PT_EXIT_ERROR;
	c->to.out = c->out.stream;
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

/* What the analysis does not know: the file, the command line, and frames. */
static int complete(struct report_cmd *c, const char *path, const struct pt_trace *t,
		    struct pt_report *r)
{
	int rc;

	snprintf(r->trace_path, sizeof(r->trace_path), "%s", path);
	r->limits = c->limits;
	if (c->pool && pt_choose_pools(r, path, c->pool) != PT_EXIT_OK)
		return PT_EXIT_ERROR;
	rc = pt_facts_fill(t, r);
	if (!rc)
		rc = pt_frames_fill(c->symbols, t, r, sites_wanted(c));
	if (!rc)
		rc = pt_nameless_note(r);
	return rc ? pt_fail_trace(path, rc) : PT_EXIT_OK;
}

static void open_module(void *opener, const struct pt_module_info *m)
{
	const struct pt_symbol_module module = { m->path, m->build_id, m->build_id_bytes };

	if (m->path)
		pt_opener_ask(opener, &module);
}

/* pt_analyse(); modules are opened meanwhile, where there is a CPU for it. */
static int analyse(struct report_cmd *c, struct pt_trace *t, const char *path, struct pt_report *r)
{
	struct pt_opener *opener = pt_threads_wanted(t->state.used_bytes) > 1 ? pt_opener_start(c->symbols) : NULL;
	struct pt_progress p;
	int rc;

	if (opener)
		pt_trace_watch_modules(t, open_module, opener);
	pt_progress_start(&p, path);
	rc = pt_analyse(t, &c->limits, pt_progress_show, &p, r);
	pt_progress_end(&p);
	pt_opener_end(opener);
	return rc;
}

static int report_one(struct report_cmd *c, const char *path)
{
	struct pt_report r;
	struct pt_trace *t;
	int status, rc;

	rc = pt_trace_open(&t, path);
	if (rc)
		return pt_fail_trace(path, rc);
	rc = analyse(c, t, path, &r);
	if (rc) {
		status = pt_fail_trace(path, rc);
		pt_trace_close(t);
		return status;
	}
	status = complete(c, path, t, &r);
	if (status == PT_EXIT_OK)
		status = open_output(c);
	if (status == PT_EXIT_OK) {
		rc = c->renderer->report(&c->to, &r, c->reports_done++);
		c->torn |= rc == -PT_ENOMEM;
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
		[PT_BY_THREAD] = "thread", [PT_BY_CPU] = "cpu",	    [PT_BY_SITE] = "site",
		[PT_BY_POOL] = "pool",	   [PT_BY_SHARD] = "shard",
	};

	for (size_t i = PT_BY_THREAD; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(names[i], what)) {
			*out = (enum pt_by)i;
			return PT_EXIT_OK;
		}
	}
	return pt_fail(NULL, "--by: '%s' is none of thread, cpu, site, pool, shard", what);
}

static int time_of(const char *name, const char *text, uint64_t *ns)
{
	if (!pt_quantity_parse_time(text, ns))
		return PT_EXIT_OK;
	return pt_fail(NULL, "--%s: '%s' is no time; write 500ms, 2s or 1m", name, text);
}

static int size_of(const char *name, const char *text, uint64_t *bytes)
{
	if (!pt_quantity_parse_bytes(text, bytes))
		return PT_EXIT_OK;
	return pt_fail(NULL, "--%s: '%s' is no size; write 500M or 2G", name, text);
}

static int read_option(struct report_cmd *c, int letter)
{
	switch (letter) {
	case OPTION_JSON:
		c->renderer = pt_renderer_find("json");
		return PT_EXIT_OK;
	case OPTION_BY:
		return by_of(optarg, &c->to.by);
	case OPTION_TOP:
		c->to.top = c->to.pool_top = pt_number("top", optarg, UINT32_MAX);
		c->top_given = true;
		return PT_EXIT_OK;
	case OPTION_POOL:
		c->pool = optarg;
		return PT_EXIT_OK;
	case OPTION_DEAD:
		return time_of("dead-after", optarg, &c->limits.dead_after_ns);
	case OPTION_REGRET:
		return time_of("regret-within", optarg, &c->limits.regret_within_ns);
	case OPTION_LIMIT:
		return size_of("limit", optarg, &c->limits.limit_bytes);
	default:
		c->output = optarg;
		return PT_EXIT_OK;
	}
}

static int read_options(struct report_cmd *c, int argc, char **argv)
{
	int letter;

	c->renderer = pt_renderer_find("text");
	while ((letter = pt_usage_next(&usage, argc, argv)) != -1)
		if (read_option(c, letter) != PT_EXIT_OK)
			return PT_EXIT_ERROR;
	if (!c->top_given)
		c->to.top = !strcmp(c->renderer->name, "json") ? JSON_TOP : TEXT_TOP;
	if (!c->output) {
		c->to.width = pt_screen_width();
		c->to.colour = pt_screen_colour();
	}
	c->to.utf8 = pt_screen_utf8();
	return PT_EXIT_OK;
}

static int finish_output(struct report_cmd *c)
{
	if (!c->to.out)
		return PT_EXIT_OK;
	if (c->renderer->end)
		c->renderer->end(&c->to);
	return pt_outfile_close(&c->out, !c->torn);
}

int cmd_report(int argc, char **argv)
{
	struct report_cmd c = { .to.by = PT_BY_ALL, .limits = PT_POOL_LIMITS_DEFAULT };
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
	for (size_t i = 0; c.symbols && !c.refused && i < paths.names_nr; i++)
		if (report_one(&c, paths.names[i]) != PT_EXIT_OK)
			status = PT_EXIT_ERROR;
	if (finish_output(&c) != PT_EXIT_OK)
		status = PT_EXIT_ERROR;
	pt_symbols_fini(c.symbols);
	pt_paths_fini(&paths);
	return status;
}
