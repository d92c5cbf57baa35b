// SPDX-License-Identifier: MIT
/*
 * diff_text.c - what changed, for people: what changed most in words, then a table for each scope.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "diff.h"
#include "table.h"
#include "text.h"

#define TWICE 1.995 /* from here on "N times" says more than the two numbers */

typedef char figure[PT_FIGURE_BYTES];

static const char *const headings[PT_SCOPE_NR] = {
	[PT_SCOPE_PROCESS] = "The process",
	[PT_SCOPE_POOL] = "Pools",
	[PT_SCOPE_THREAD] = "Threads, by name",
	[PT_SCOPE_CPU] = "CPUs",
	[PT_SCOPE_SITE] = "Call sites of malloc",
	[PT_SCOPE_POOL_THREAD] = "Threads of pools",
	[PT_SCOPE_POOL_CPU] = "CPUs of pools",
	[PT_SCOPE_POOL_SITE] = "Call sites of pools",
};

static void title(const struct pt_render *to, const struct pt_diff *d)
{
	char *line;

	if (asprintf(&line, "From %s (%s) to %s (%s)", d->before_path ? d->before_path : "?",
		     d->before_program ? d->before_program : "?", d->after_path ? d->after_path : "?",
		     d->after_program ? d->after_program : "?") < 0)
		return;
	fputs(pt_style(to, PT_STYLE_TITLE), to->out);
	pt_text_wrap(to, line, 0);
	fputs(pt_style(to, PT_STYLE_PLAIN), to->out);
	free(line);
}

/* "pool msgbuf: idle_at_end_bytes (idle at the end) grew from 1.0 MiB to 64.0 MiB, 64 times" */
static char *sentence(const struct pt_diff_change *c)
{
	const struct pt_metric_row *m = &pt_metrics[c->metric];
	const char *what = c->what ? c->what : "?";
	figure a, b, times = "";
	char *out;
	int rc;

	pt_figure_text(a, c->before, m->unit);
	pt_figure_text(b, c->after, m->unit);
	if (c->before > 0 && c->after / c->before >= TWICE && isfinite(c->after / c->before))
		snprintf(times, sizeof(times), c->after / c->before < 9.95 ? "%.1f" : "%.0f", c->after / c->before);
	if (c->only_after)
		rc = asprintf(&out, "%s is new: %s (%s) is %s", what, m->name, m->about, b);
	else if (c->only_before)
		rc = asprintf(&out, "%s is gone: %s (%s) was %s", what, m->name, m->about, a);
	else
		rc = asprintf(&out, "%s: %s (%s) %s from %s to %s%s%s%s", what, m->name, m->about,
			      c->after > c->before ? "grew" : "shrank", a, b, times[0] ? ", " : "", times,
			      times[0] ? " times" : "");
	return rc < 0 ? NULL : out;
}

/* The three questions: what has changed, in whose hands, at which line. */
static const struct {
	enum pt_scope own, of_pool;
} groups[] = {
	{ PT_SCOPE_PROCESS, PT_SCOPE_POOL },
	{ PT_SCOPE_THREAD, PT_SCOPE_POOL_THREAD },
	{ PT_SCOPE_SITE, PT_SCOPE_POOL_SITE },
};

/* How well a change answers: at a line what the first one is blamed on; else what a check would look at, which leaves out
 * what is noisy or merely follows from how much work there was. */
static int rank_of(const struct pt_diff_change *c, const struct pt_diff_change *first)
{
	const struct pt_metric_row *m = first ? &pt_metrics[first->metric] : NULL;

	if (m && first->scope != c->scope && c->metric == (c->scope == PT_SCOPE_SITE ? m->blame : m->pool_blame))
		return 2;
	return pt_metrics[c->metric].by_default != 0;
}

static int most(const struct pt_render *to, const struct pt_diff *d)
{
	const struct pt_diff_change *first = NULL;

	for (size_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
		const struct pt_diff_change *best = NULL;
		char *text;

		for (size_t i = 0; i < d->changes_nr; i++) {
			const struct pt_diff_change *c = &d->changes[i];
			int better = best ? rank_of(c, first) - rank_of(best, first) : 1;

			if ((c->scope == groups[g].own || c->scope == groups[g].of_pool) &&
			    (better > 0 || (!better && c->weight > best->weight)))
				best = c;
		}
		if (!best)
			continue;
		if (!first)
			first = best;
		text = sentence(best);
		if (!text)
			return -PT_ENOMEM;
		fprintf(to->out, "%s%-*s%s", pt_style(to, best->after > best->before ? PT_STYLE_WARN : PT_STYLE_GOOD),
			(int)PT_TEXT_LABEL, best->after > best->before ? "more" : "less", pt_style(to, PT_STYLE_PLAIN));
		pt_text_wrap(to, text, PT_TEXT_LABEL);
		free(text);
	}
	return 0;
}

/* "+3.0 MiB (+12 %)"; "new", "gone". */
static void change_cell(struct pt_table *t, const struct pt_diff_change *c)
{
	enum pt_unit unit = pt_metrics[c->metric].unit;
	double by = c->after - c->before, share = c->before > 0 ? 100 * by / c->before : NAN;
	figure text;

	if (c->only_after || c->only_before)
		pt_table_cell(t, "%s", c->only_after ? "new" : "gone");
	else if (!isfinite(by))
		pt_table_cell(t, "%s", "");
	else if (isfinite(share) && fabs(share) < 1000)
		pt_table_cell(t, "%s%s (%+.*f %%)", by > 0 ? "+" : "", pt_figure_text(text, by, unit),
			      fabs(share) < 9.95 ? 1 : 0, share);
	else
		pt_table_cell(t, "%s%s", by > 0 ? "+" : "", pt_figure_text(text, by, unit));
}

static int table(const struct pt_render *to, const struct pt_diff *d, enum pt_scope scope)
{
	static const struct pt_column columns[] = {
		{ "metric", true, 0, false }, { "before", false, 2, false }, { "after", false, 0, false },
		{ "change", false, 3, false }, { "of", true, 0, true },
	};
	size_t shown = 0, all = 0;
	struct pt_table t;
	int rc;

	pt_table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < d->changes_nr; i++) {
		const struct pt_diff_change *c = &d->changes[i];
		figure a, b;

		if (c->scope != scope)
			continue;
		all++;
		if (to->top && shown == to->top)
			continue;
		shown++;
		pt_table_cell(&t, "%s", pt_metrics[c->metric].name);
		pt_table_cell(&t, "%s", isfinite(c->before) ? pt_figure_text(a, c->before, pt_metrics[c->metric].unit) : "-");
		pt_table_cell(&t, "%s", isfinite(c->after) ? pt_figure_text(b, c->after, pt_metrics[c->metric].unit) : "-");
		change_cell(&t, c);
		pt_table_cell(&t, "%s", c->what && scope != PT_SCOPE_PROCESS ? c->what : "");
	}
	if (!all)
		return 0;
	if (shown < all)
		pt_text_heading(to, "%s (%zu of %zu changes)", headings[scope], shown, all);
	else
		pt_text_heading(to, "%s", headings[scope]);
	rc = pt_table_print(&t, to);
	return rc;
}

static void left_out(const struct pt_render *to, size_t nr, const char *why)
{
	char text[160];

	if (!nr)
		return;
	snprintf(text, sizeof(text), "%zu change%s %s %s left out", nr, nr == 1 ? "" : "s", why, nr == 1 ? "is" : "are");
	fprintf(to->out, "%-*s", (int)PT_TEXT_LABEL, "remark");
	pt_text_wrap(to, text, PT_TEXT_LABEL);
}

/* What the tables do not show. */
static void rest(const struct pt_render *to, const struct pt_diff *d)
{
	char text[160];

	if (d->sites_matched || d->sites_only_before || d->sites_only_after) {
		snprintf(text, sizeof(text), "%zu call sites are in both, %zu only before, %zu only after",
			 d->sites_matched, d->sites_only_before, d->sites_only_after);
		fprintf(to->out, "%-*s", (int)PT_TEXT_LABEL, "sites");
		pt_text_wrap(to, text, PT_TEXT_LABEL);
	}
	if (d->before_program && d->after_program && strcmp(d->before_program, d->after_program) != 0) {
		fprintf(to->out, "%-*s", (int)PT_TEXT_LABEL, "remark");
		pt_text_wrap(to, "the traces are of two programs: what only one of them has is told as gone or new", PT_TEXT_LABEL);
	}
	left_out(to, d->hidden_nr, "too small to mean anything");
	left_out(to, d->unsure_nr, "within the margins of a sample");
}

static int render(const struct pt_render *to, const struct pt_diff *d)
{
	int rc;

	title(to, d);
	if (!d->changes_nr)
		fprintf(to->out, "%s%-*s%snothing has changed%s\n", pt_style(to, PT_STYLE_GOOD), (int)PT_TEXT_LABEL, "same",
			pt_style(to, PT_STYLE_PLAIN), d->hidden_nr || d->unsure_nr ? " that means anything" : "");
	rc = most(to, d);
	rest(to, d);
	for (int s = 0; !rc && s < PT_SCOPE_NR; s++)
		rc = table(to, d, (enum pt_scope)s);
	if (rc)
		return rc;
	return ferror(to->out) ? -PT_EIO : 0;
}

const struct pt_diff_renderer pt_diff_text = { "text", render };
