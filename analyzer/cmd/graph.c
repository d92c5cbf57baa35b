// SPDX-License-Identifier: MIT
/*
 * graph.c - pooltrace graph: what idle objects keep alive, from the snapshots of a trace.
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../format/error.h"
#include "../passes/graph.h"
#include "../render/graph.h"
#include "../trace/snapshot.h"
#include "cmd.h"
#include "frames.h"
#include "outfile.h"
#include "progress.h"
#include "screen.h"

#define TEXT_TOP 10u /* about two screens in all */
#define DOT_TOP	 60u /* what a drawing can show */

#define HOW_TO_ASK \
	"record with POOLTRACE_SNAPSHOT=exit, call pooltrace_snapshot() in the program, or ask while it runs: pooltrace snapshot PID"

enum {
	OPTION_JSON = PT_OPTION_LONG,
	OPTION_SNAPSHOT,
	OPTION_PATH,
	OPTION_FOLDED,
	OPTION_DOT,
	OPTION_NODES,
	OPTION_DIFF,
	OPTION_TOP,
};

static const struct pt_option options[] = {
	{ OPTION_SNAPSHOT, "snapshot", "N",
	  "snapshot number N, or 'all' (default: the last\n"
	  "whole one)" },
	{ OPTION_PATH, "path", "ADDRESS",
	  "why the block there lives: the shortest way to it\n"
	  "from a root (with text or --json)" },
	{ OPTION_JSON, "json", NULL, "write JSON (docs/graph.schema.json)" },
	{ OPTION_FOLDED, "folded", NULL, "write folded stacks: retained size as a flame graph" },
	{ OPTION_DOT, "dot", NULL, "write a drawing for dot(1)" },
	{ OPTION_NODES, "nodes", NULL,
	  "write every block and object with what it retains,\n"
	  "a line of JSON each" },
	{ OPTION_DIFF, "diff", NULL,
	  "what grew from the first snapshot to the second:\n"
	  "two of TRACE, or TRACE:N (text)" },
	{ OPTION_TOP, "top", "N",
	  "rows of a table, 0 for all (default: 10; with\n"
	  "--json all, with --dot 60)" },
	{ 'o', "output", "FILE", "write into FILE" },
	{ 0, NULL, NULL, NULL },
};

static const struct pt_usage usage = {
	.synopsis = "graph [OPTION]... TRACE\n       pooltrace graph --diff [OPTION]... TRACE[:N] TRACE[:N]",
	.about =
		"Says what objects that lie idle in a pool keep alive, by the field that points\n"
		"at it; what keeps what, as a tree; and what nobody can reach any more. A trace\n"
		"has snapshots when they were asked for:\n"
		"POOLTRACE_SNAPSHOT=exit,signal=USR2,every=30s while recording,\n"
		"pooltrace_snapshot() in the program, or `pooltrace snapshot PID`.\n",
	.options = options,
	.examples =
		"  POOLTRACE_SNAPSHOT=exit pooltrace record -o server.ptrace -- ./server\n"
		"  pooltrace graph server.ptrace\n"
		"        Which pool, which field, how many bytes, and where to clear it.\n"
		"  pooltrace graph --path=0x7f3a5c001240 server.ptrace\n"
		"        Why that block lives.\n"
		"  pooltrace graph --folded server.ptrace | flamegraph.pl >retained.svg\n"
		"  pooltrace graph --diff server.ptrace:1 server.ptrace:4\n"
		"        What grew between two snapshots.\n",
};

struct graph_cmd {
	struct pt_render to;
	int (*render)(const struct pt_render *to, const struct pt_graph_report *r);
	struct pt_graph_ask ask;
	const char *output; /* NULL = stdout */
	bool top_given, diff;
};

/* where: what the complaint is about. */
static int snapshot_of(struct pt_graph_ask *ask, const char *text, const char *where, bool all_too)
{
	unsigned long long number;
	char *end;

	ask->number = 0; /* the last option counts */
	ask->all = all_too && !strcmp(text, "all");
	if (ask->all)
		return PT_EXIT_OK;
	errno = 0;
	number = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)text[0]) || *end || errno || !number || number > UINT32_MAX)
		return pt_fail(NULL, "%s: '%s' is not a number from 1 on%s", where, text,
			       all_too ? "; write one, or all" : "");
	ask->number = (uint32_t)number;
	return PT_EXIT_OK;
}

static int address_of(struct graph_cmd *c, const char *text)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = hex ? text + 2 : text;
	char *end;

	errno = 0;
	c->ask.path_addr = strtoull(digits, &end, hex ? 16 : 10);
	if (!isxdigit((unsigned char)digits[0]) || *end || errno)
		return pt_fail(NULL, "--path: '%s' is not an address; write 0x7f..., or a decimal number", text);
	c->ask.path = true;
	return PT_EXIT_OK;
}

static int read_option(struct graph_cmd *c, int letter)
{
	switch (letter) {
	case OPTION_SNAPSHOT:
		return snapshot_of(&c->ask, optarg, "--snapshot", true);
	case OPTION_PATH:
		return address_of(c, optarg);
	case OPTION_JSON:
		c->render = pt_graph_json;
		return PT_EXIT_OK;
	case OPTION_FOLDED:
		c->render = pt_graph_folded;
		return PT_EXIT_OK;
	case OPTION_DOT:
		c->render = pt_graph_dot;
		return PT_EXIT_OK;
	case OPTION_NODES:
		c->render = pt_graph_nodes;
		return PT_EXIT_OK;
	case OPTION_DIFF:
		c->diff = true;
		return PT_EXIT_OK;
	case OPTION_TOP:
		c->to.top = pt_number("top", optarg, UINT32_MAX);
		c->top_given = true;
		return PT_EXIT_OK;
	default:
		c->output = optarg;
		return PT_EXIT_OK;
	}
}

static int read_options(struct graph_cmd *c, int argc, char **argv)
{
	int letter;

	while ((letter = pt_usage_next(&usage, argc, argv)) != -1)
		if (read_option(c, letter) != PT_EXIT_OK)
			return PT_EXIT_ERROR;
	c->ask.nodes = c->render == pt_graph_nodes;
	if (c->ask.path && c->render != pt_graph_text && c->render != pt_graph_json)
		return pt_fail(NULL, "graph: --path goes with text or --json only");
	if (c->diff && (c->render != pt_graph_text || c->ask.path || c->ask.number || c->ask.all))
		return pt_fail(NULL, "graph: --diff goes with --top and --output only; write TRACE:N for a snapshot");
	if (c->diff && argc - optind != 2)
		return pt_fail(NULL, "graph: --diff wants two traces, TRACE or TRACE:N");
	if (!c->diff && argc - optind != 1)
		return pt_fail(NULL, "graph: %s; see pooltrace graph --help",
			       optind == argc ? "no trace given" : "one trace at a time");
	if (!c->top_given)
		c->to.top = c->render == pt_graph_text ? TEXT_TOP : c->render == pt_graph_dot ? DOT_TOP : 0;
	if (!c->output) {
		c->to.width = pt_screen_width();
		c->to.colour = pt_screen_colour();
	}
	c->to.utf8 = pt_screen_utf8();
	return PT_EXIT_OK;
}

/* There is nothing to show, and why. */
static int complain(const struct pt_graph_ask *ask, const char *path, uint32_t snapshots_nr)
{
	if (!snapshots_nr)
		return pt_fail(path, "has no snapshot; " HOW_TO_ASK);
	if (ask->number)
		return pt_fail(path, "has no snapshot %" PRIu32 "; it has 1 to %" PRIu32, ask->number,
			       snapshots_nr);
	return pt_fail(path, "no snapshot of %" PRIu32 " is whole; --snapshot=all says why", snapshots_nr);
}

/* Asked for a block that is in no snapshot that could have it. */
static int check_path(const struct pt_graph_ask *ask, const char *path, const struct pt_graph_report *r)
{
	for (size_t i = 0; i < r->snapshots_nr; i++)
		if (!ask->path || (r->snapshots[i].path && r->snapshots[i].path->found))
			return PT_EXIT_OK;
	return pt_fail(path,
		       "--path: no block in use and no object of a pool covers 0x%" PRIx64
		       " in the snapshot; take an address from --json",
		       ask->path_addr);
}

/* The trace is read to its end: is there what was asked for? Then names for its sites. */
static int complete(const struct pt_graph_ask *ask, struct pt_symbols *symbols, const char *path,
		    const struct pt_trace *t, struct pt_graph_report *r)
{
	int status, rc;

	if (!r->snapshots_nr)
		return complain(ask, path, pt_snapshots_nr(t));
	status = check_path(ask, path, r);
	if (status != PT_EXIT_OK)
		return status;
	snprintf(r->trace_path, sizeof(r->trace_path), "%s", path);
	rc = pt_frames_fill_graph(symbols, t, r);
	return rc ? pt_fail_trace(path, rc) : PT_EXIT_OK;
}

/* PT_EXIT_OK, then *r is to be freed; else complains. */
static int load(const struct pt_graph_ask *ask, struct pt_symbols *symbols, const char *path,
		struct pt_graph_report *r)
{
	struct pt_progress p;
	struct pt_trace *t;
	int status, rc;

	rc = pt_trace_open(&t, path);
	if (rc)
		return pt_fail_trace(path, rc);
	if (!pt_snapshots_nr(t) || ask->number > pt_snapshots_nr(t)) { /* before reading it all */
		status = complain(ask, path, pt_snapshots_nr(t));
		pt_trace_close(t);
		return status;
	}
	pt_progress_start(&p, path);
	rc = pt_graph_analyse(t, ask, pt_progress_show, &p, r);
	pt_progress_end(&p);
	if (rc) {
		status = pt_fail_trace(path, rc);
	} else {
		status = complete(ask, symbols, path, t, r);
		if (status != PT_EXIT_OK)
			pt_graph_report_fini(r);
	}
	pt_trace_close(t);
	return status;
}

/* Writes `r`, or what grew since it up to `after` unless that is NULL. */
static int write_out(struct graph_cmd *c, const char *path, const struct pt_graph_report *r,
		     const struct pt_graph_report *after)
{
	struct pt_outfile out;
	int rc;

	if (pt_outfile_open(&out, c->output, PT_OUTFILE_REPLACE) != PT_EXIT_OK)
		return PT_EXIT_ERROR;
	c->to.out = out.stream;
	rc = after ? pt_graph_text_diff(&c->to, r, after) : c->render(&c->to, r);
	if (rc == -PT_ENOMEM)
		pt_fail_trace(path, rc);
	return pt_outfile_close(&out, rc != -PT_ENOMEM);
}

/* TRACE or TRACE:N, unless there is a file of that whole name: cuts it at the colon. */
static int diff_operand(char *operand, struct pt_graph_ask *ask)
{
	char *colon = strrchr(operand, ':');

	*ask = (struct pt_graph_ask){ 0 };
	if (!colon || access(operand, F_OK) == 0)
		return PT_EXIT_OK;
	*colon = '\0';
	return snapshot_of(ask, colon + 1, "--diff: TRACE:N", false);
}

static int graph_diff(struct graph_cmd *c, struct pt_symbols *symbols, char **operands)
{
	struct pt_graph_report r[2];
	struct pt_graph_ask ask;
	int nr = 0, status = PT_EXIT_OK;

	while (status == PT_EXIT_OK && nr < 2) {
		status = diff_operand(operands[nr], &ask);
		if (status == PT_EXIT_OK)
			status = load(&ask, symbols, operands[nr], &r[nr]);
		if (status != PT_EXIT_OK)
			break;
		nr++;
		if (!r[nr - 1].snapshots[0].whole)
			status = pt_fail(operands[nr - 1], "snapshot %" PRIu32 " is not whole; take another",
					 r[nr - 1].snapshots[0].number);
	}
	if (status == PT_EXIT_OK)
		status = write_out(c, operands[0], &r[0], &r[1]);
	while (nr--)
		pt_graph_report_fini(&r[nr]);
	return status;
}

static int graph_one(struct graph_cmd *c, struct pt_symbols *symbols, const char *path)
{
	struct pt_graph_report r;
	int status = load(&c->ask, symbols, path, &r);

	if (status != PT_EXIT_OK)
		return status;
	status = write_out(c, path, &r, NULL);
	pt_graph_report_fini(&r);
	return status;
}

int cmd_graph(int argc, char **argv)
{
	struct graph_cmd c = { .render = pt_graph_text };
	struct pt_symbols *symbols;
	int status = read_options(&c, argc, argv);

	if (status != PT_EXIT_OK)
		return status;
	if (pt_symbols_init(&symbols) != 0)
		return pt_fail(NULL, "not enough memory");
	if (c.diff)
		status = graph_diff(&c, symbols, argv + optind);
	else
		status = graph_one(&c, symbols, argv[optind]);
	pt_symbols_fini(symbols);
	return status;
}
