// SPDX-License-Identifier: MIT
/*
 * check_init.c - a first budget file, made from what was measured.
 */
#include "check_init.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "../../format/error.h"
#include "../render/utf8.h"

#define HEAD_ROOM   1.25
#define BYTES_LEAST 65536.0 /* less than this is nothing to break a build for */
#define ALLOCATOR   "malloc"

enum rounding {
	ROOM,  /* head-room; bytes at least BYTES_LEAST */
	EXACT, /* what ought to be 0 may not grow */
};

struct line {
	enum pt_metric metric;
	enum rounding rounding;
	bool if_any; /* only when it is not 0 */
	const char *why;
};

static const struct line of_process[] = {
	{ PT_METRIC_PEAK_IN_USE_BYTES, ROOM, false, "what the program needs at most" },
	{ PT_METRIC_BLOWUP, ROOM, false, "what it held at most, as a multiple of what it needed" },
	{ PT_METRIC_IN_USE_AT_END_BYTES, ROOM, false, "never freed: leaks, or left for exit to free" },
	{ PT_METRIC_UNREACHABLE_BYTES, ROOM, false, "leaks: nothing points there any more" },
};

static const struct line of_pool[] = {
	{ PT_METRIC_PEAK_HELD_BYTES, ROOM, false, "in use and idle together, at most" },
	{ PT_METRIC_BLOWUP, ROOM, false, "what it held at most, as a multiple of what was needed" },
	{ PT_METRIC_IDLE_AT_END_BYTES, ROOM, false, "what it keeps, and nobody uses" },
	{ PT_METRIC_LEAKED_OBJECTS, EXACT, false, "objects that were never put back" },
	{ PT_METRIC_MISUSE, EXACT, false, "objects put twice, or put without being known" },
	{ PT_METRIC_GRAPH_RETAINED_BYTES, ROOM, true, "what idle objects keep alive" },
};

static void put_bytes(FILE *out, double bytes)
{
	static const struct {
		double bytes;
		const char *name;
	} units[] = { { 0x1p30, "GiB" }, { 0x1p20, "MiB" }, { 0x1p10, "KiB" } };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (bytes >= 10 * units[i].bytes) {
			fprintf(out, "%.0f %s", ceil(bytes / units[i].bytes), units[i].name);
			return;
		}
	}
	fprintf(out, "%.0f", ceil(bytes));
}

static void put_limit(FILE *out, const struct line *l, double measured)
{
	double limit = l->rounding == ROOM ? HEAD_ROOM * measured : measured;
	enum pt_unit unit = pt_metrics[l->metric].unit;

	if (unit == PT_UNIT_RATIO)
		fprintf(out, "%.1f", ceil(10 * limit) / 10);
	else if (unit == PT_UNIT_BYTES)
		put_bytes(out, l->rounding == ROOM && limit < BYTES_LEAST ? BYTES_LEAST : limit);
	else
		fprintf(out, "%.0f", ceil(limit));
}

/* Bytes at p that YAML takes as they are; 0 = none. */
static size_t printable(const unsigned char *p)
{
	size_t n = pt_utf8_bytes(p);

	if (n && pt_utf8_is_control(p))
		return 0;
	return n == 3 && p[0] == 0xef && (p[1] == 0xbb || p[1] == 0xbf) ? 0 : n; /* U+FEFF, U+FFFE and their like */
}

/* A name as a pattern that matches it alone, in YAML's double quotes. Of what is no text each byte becomes "?", which
 * matches it. */
static void put_pattern(FILE *out, const char *name)
{
	const unsigned char *p = (const unsigned char *)name;
	bool plain = isalpha(*p);

	for (const unsigned char *q = p; *q; q++)
		plain &= isalnum(*q) || *q == '_' || *q == '.' || *q == '-';
	if (plain && strcasecmp(name, "null") && strcasecmp(name, "true") && strcasecmp(name, "false") &&
	    strcasecmp(name, "yes") && strcasecmp(name, "no") && strcasecmp(name, "on") && strcasecmp(name, "off")) {
		fputs(name, out);
		return;
	}
	fputc('"', out);
	for (size_t n; *p; p += n ? n : 1) {
		n = printable(p);
		if (!n)
			fputc('?', out);
		else if (*p == '\\')
			fputs("\\\\\\\\", out); /* for the pattern, and each of the two for YAML */
		else if (*p == '"')
			fputs("\\\"", out);
		else if (strchr("*?[]", *p))
			fprintf(out, "\\\\%c", *p);
		else
			fwrite(p, n, 1, out);
	}
	fputc('"', out);
}

/* The largest of the program's runs; NAN when no run knows it. */
static double largest(const struct pt_figures *runs, size_t runs_nr, const char *program,
		      const struct pt_figures_row *row, enum pt_metric m)
{
	double most = NAN;

	for (size_t i = 0; i < runs_nr; i++)
		for (size_t k = 0; !strcmp(runs[i].program, program) && k < runs[i].rows_nr; k++)
			if (pt_figures_row_same(&runs[i].rows[k], row))
				most = fmax(most, runs[i].rows[k].values[m]);
	return most;
}

static void put_line(FILE *out, const struct line *l, double measured, const char *program,
		     const struct pt_figures_row *row)
{
	char text[PT_FIGURE_BYTES];

	if (isnan(measured) || (l->if_any && measured == 0))
		return;
	fprintf(out, "  - metric: %s # %s\n", pt_metrics[l->metric].name, l->why);
	if (program) {
		fputs("    program: ", out);
		put_pattern(out, program);
		fputc('\n', out);
	}
	if (row->pool) {
		fputs("    pool: ", out);
		put_pattern(out, row->pool);
		fputc('\n', out);
	}
	fputs("    max: ", out);
	put_limit(out, l, measured);
	fprintf(out, " # measured: %s\n", pt_figure_text(text, measured, pt_metrics[l->metric].unit));
}

static void put_comment_name(FILE *out, const char *name)
{
	const unsigned char *p = (const unsigned char *)name;

	for (size_t n; *p; p += n ? n : 1) {
		n = printable(p);
		if (!n)
			fputc('?', out);
		else
			fwrite(p, n, 1, out);
	}
}

/* Has a run before `i` this row? */
static bool is_repeated(const struct pt_figures *runs, size_t i, const struct pt_figures_row *row)
{
	for (size_t k = 0; k < i; k++)
		for (size_t n = 0; !strcmp(runs[k].program, runs[i].program) && n < runs[k].rows_nr; n++)
			if (pt_figures_row_same(&runs[k].rows[n], row))
				return true;
	return false;
}

/* What one run adds to what those before it have. several: name the program. */
static void put_run(FILE *out, const struct pt_figures *runs, size_t runs_nr, size_t i, bool several)
{
	const char *program = runs[i].program;

	for (size_t k = 0; k < runs[i].rows_nr; k++) {
		const struct pt_figures_row *row = &runs[i].rows[k];
		bool is_pool = row->scope == PT_SCOPE_POOL;
		const struct line *lines = is_pool ? of_pool : of_process;
		size_t lines_nr = is_pool ? sizeof(of_pool) / sizeof(of_pool[0]) :
					    sizeof(of_process) / sizeof(of_process[0]);

		if ((!is_pool && row->scope != PT_SCOPE_PROCESS) || row->from || is_repeated(runs, i, row))
			continue;
		if (is_pool && !strcmp(row->pool, ALLOCATOR))
			continue;
		fputs("\n  # ", out);
		put_comment_name(out, program);
		fputs(is_pool ? ", its pool " : ", the whole process", out);
		put_comment_name(out, is_pool ? row->pool : "");
		fputc('\n', out);
		for (size_t n = 0; n < lines_nr; n++)
			put_line(out, &lines[n], largest(runs, runs_nr, program, row, lines[n].metric),
				 several ? program : NULL, row);
	}
}

/* "0%", or enough for what is missing from these very traces. */
static void put_share(FILE *out, const char *key, double share, const char *what)
{
	fprintf(out, "  %s: %g%% # %s\n", key, ceil(HEAD_ROOM * 1000 * share) / 10, what);
}

int pt_check_init(const struct pt_figures *runs, size_t runs_nr, FILE *out)
{
	double lost = 0, torn = 0;
	bool several = false;

	for (size_t i = 0; i < runs_nr; i++) {
		lost = fmax(lost, runs[i].lost_share);
		torn = fmax(torn, runs[i].torn_share);
		several |= strcmp(runs[i].program, runs[0].program) != 0;
	}
	fprintf(out,
		"# Budgets for `pooltrace check`, a first set: `pooltrace check --init` made it from %zu trace%s. A limit is\n"
		"# what was measured and a quarter more; what ought to be 0 gets none. Tighten those that matter to you, delete\n"
		"# the others. `pooltrace check --metrics` lists all metrics; pooltrace-check(1) says every key.\n"
		"version: 1\n\n"
		"limits: # beyond these there is no verdict: exit status 2\n",
		runs_nr, runs_nr == 1 ? "" : "s");
	put_share(out, "lost", lost, "events that are missing, of all events");
	put_share(out, "torn", torn, "of a trace's chunks or bytes, that could not be read");
	fputs("\nbudgets:", out);
	for (size_t i = 0; i < runs_nr; i++)
		put_run(out, runs, runs_nr, i, several);
	fputs("\n"
	      "  # Against a baseline (pooltrace baseline base.*.ptrace -o pooltrace-baseline.json) growth can be limited,\n"
	      "  # and needs no number that grows old:\n"
	      "  # - metric: peak_in_use_bytes\n"
	      "  #   max_increase: 10%\n"
	      "  # Of threads, CPUs and call sites by name, and between two marks of pooltrace_mark():\n"
	      "  # - metric: in_use_at_end_bytes\n"
	      "  #   thread: worker-*\n"
	      "  #   max: 1 MiB\n"
	      "  # - metric: peak_in_use_bytes\n"
	      "  #   phase: load..drain\n"
	      "  #   max: 64 MiB\n",
	      out);
	return ferror(out) ? -PT_EIO : 0;
}
