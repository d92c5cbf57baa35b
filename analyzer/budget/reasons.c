// SPDX-License-Identifier: MIT
/*
 * reasons.c - what cannot be told is mostly a name spelt wrong: so the names that there are.
 */
#include "reasons.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "nearest.h"

#define NAMES_SHOWN 5u
#define NAME_BYTES  60

struct name {
	const char *text;
	size_t distance;
};

struct names {
	struct name shown[NAMES_SHOWN]; /* nearest first */
	size_t nr;			/* of shown */
	bool more;
};

/* Keeps the nearest few; of those as near, the first. */
static void offer(struct names *n, const char *text, const char *like)
{
	struct name in = { text, like ? pt_spelling_distance(text, like) : 0 };
	size_t at = 0;

	for (size_t i = 0; i < n->nr; i++)
		if (!strcmp(n->shown[i].text, text))
			return;
	while (at < n->nr && n->shown[at].distance <= in.distance)
		at++;
	if (n->nr == NAMES_SHOWN)
		n->more = true;
	else
		n->nr++;
	for (size_t i = n->nr; i-- > at + 1;)
		n->shown[i] = n->shown[i - 1];
	if (at < NAMES_SHOWN)
		n->shown[at] = in;
}

/* "there are: a, b, ..." */
static void list(const struct names *n, char *out, size_t size)
{
	size_t length = (size_t)snprintf(out, size, n->nr ? "there are: " : "there are none");

	for (size_t i = 0; i < n->nr && length < size; i++)
		length += (size_t)snprintf(out + length, size - length, "%s%.*s", i ? ", " : "", NAME_BYTES, n->shown[i].text);
	if (n->more && length < size)
		snprintf(out + length, size - length, ", ...");
}

static const char *of_site(const struct pt_figures_row *row)
{
	return row->frames_nr ? row->frames[0].function : NULL;
}

static bool pool_fits(const struct pt_figures_row *row, const struct pt_budget *b)
{
	struct pt_budget pool_alone = { .line = 1, .where = { .pool = b->where.pool } };

	return pt_row_matches(row, &pool_alone);
}

/* A thread, CPU or site of a pool: is it the pool that is not there? */
static bool pool_is_missing(const struct pt_budget *b, const struct pt_figures *f)
{
	if (!b->where.pool)
		return false;
	for (size_t i = 0; i < f->rows_nr; i++)
		if (pool_fits(&f->rows[i], b))
			return false;
	return true;
}

static char *no_phase(const struct pt_budget *b, const struct pt_figures *f)
{
	struct names marks = { .nr = 0 };
	char text[512], *reason;

	offer(&marks, "start", NULL);
	for (size_t i = 0; i < f->rows_nr; i++)
		if (f->rows[i].scope == PT_SCOPE_PROCESS && f->rows[i].to)
			offer(&marks, f->rows[i].to, NULL);
	offer(&marks, "end", NULL);
	list(&marks, text, sizeof(text));
	return asprintf(&reason, "no mark \"%s\" with a mark \"%s\" behind it; %s", b->where.from, b->where.to, text) < 0 ?
		       NULL : reason;
}

char *pt_reason_no_match(const struct pt_budget *b, const struct pt_figures *f)
{
	const struct pt_selector *w = &b->where;
	bool pool = pool_is_missing(b, f) || !(w->thread || w->cpu || w->site);
	const char *like = pool ? w->pool : w->thread ? w->thread : w->cpu ? w->cpu : w->site;
	enum pt_scope scope = pool ? PT_SCOPE_POOL : pt_selector_scope(w);
	struct names names = { .nr = 0 };
	char text[512], *reason, *shown;

	if (w->from && !pool_is_missing(b, f))
		return no_phase(b, f);
	for (size_t i = 0; like && i < f->rows_nr; i++) {
		const struct pt_figures_row *row = &f->rows[i];
		const char *name = pool ? row->pool : w->site ? of_site(row) : row->name;

		if (row->scope == scope && !row->from && name)
			offer(&names, name, like);
	}
	list(&names, text, sizeof(text));
	shown = pt_selector_text(&(struct pt_selector){ .thread = (char *)(like ? like : "") });
	if (!shown)
		return NULL;
	if (asprintf(&reason, "no %s is called \"%s\"; %s", pt_scope_name(scope), shown + strlen("threads "), text) < 0)
		reason = NULL;
	free(shown);
	return reason;
}

int pt_reason_untold(const struct pt_budget *b, const struct pt_program *p, char **reason)
{
	const enum pt_scope scope = pt_selector_scope(&b->where);

	for (uint32_t run = 0; run < p->runs_nr; run++) {
		if (!(p->runs[run]->untold & PT_SCOPE_BIT(scope)))
			continue;
		return asprintf(reason, "%s says nothing of a %s: %s", p->runs[run]->trace, pt_scope_name(scope),
				p->runs[run]->untold_why) < 0 ? -PT_ENOMEM : 0;
	}
	return 0;
}

char *pt_reason_not_known(const struct pt_measured *m)
{
	const struct pt_budget *b = m->budget;
	const struct pt_figures *f = m->program->runs[0];
	enum pt_metric which = b->per < PT_METRIC_NR && f->reasons[b->per] ? b->per : b->metric;
	char *reason = NULL;
	int err;

	if (m->no_ratio)
		err = asprintf(&reason, "%s is 0, so there is no ratio to it", pt_metrics[b->per].name);
	else if (f->reasons[which])
		err = asprintf(&reason, "%s is not known: %s", pt_metrics[which].name, f->reasons[which]);
	else if (f->malloc_why && !b->where.pool)
		err = asprintf(&reason, "%s is not known: %s", pt_metrics[which].name, f->malloc_why);
	else if (b->where.pool && !strcmp(m->key ? m->key->pool : b->where.pool, "malloc"))
		err = asprintf(&reason, "%s is not known of malloc, only of annotated pools", pt_metrics[which].name);
	else
		err = asprintf(&reason, "%s is not known here", pt_metrics[which].name);
	return err < 0 ? NULL : reason;
}

char *pt_reason_unsure(const struct pt_check_item *item)
{
	char least[PT_FIGURE_BYTES], most[PT_FIGURE_BYTES], *reason;
	int length;

	pt_figure_text(least, item->least, item->unit);
	pt_figure_text(most, item->most, item->unit);
	length = asprintf(&reason, "the limit lies between %s and %s, where it may be; record every event, or a denser sample", least,
			  isinf(item->most) ? "any number, for too little was drawn" : most);
	return length < 0 ? NULL : reason;
}

char *pt_reason_no_baseline(const struct pt_measured *m, const struct pt_baseline *given)
{
	const char *again = "make it anew with `pooltrace baseline`";
	struct names names = { .nr = 0 };
	char text[512], *reason = NULL;
	int err;

	if (!given) {
		err = asprintf(&reason, "max_increase: needs a baseline; give one with --baseline FILE");
	} else if (!m->program->baseline) {
		for (size_t i = 0; i < given->programs_nr; i++)
			offer(&names, given->programs[i].program, m->program->name);
		list(&names, text, sizeof(text));
		err = asprintf(&reason, "the baseline knows no program \"%s\", %s; %s", m->program->name, text, again);
	} else {
		err = asprintf(&reason, "the baseline has no such %s of that; %s", pt_metrics[m->budget->metric].name, again);
	}
	return err < 0 ? NULL : reason;
}

char *pt_reason_no_program(const struct pt_budget *b, const struct pt_program *programs, size_t nr)
{
	struct names names = { .nr = 0 };
	char text[512], *reason;

	for (size_t i = 0; i < nr; i++)
		offer(&names, programs[i].name, b->where.program);
	list(&names, text, sizeof(text));
	return asprintf(&reason, "no trace is of a program called \"%s\"; %s",
			b->where.program ? b->where.program : "*", text) < 0 ? NULL : reason;
}
