// SPDX-License-Identifier: MIT
/*
 * check_text.c - a check for people: the verdict, what is broken and by whom, then every number.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "check.h"
#include "check_words.h"
#include "table.h"
#include "text.h"

static enum pt_style style_of(enum pt_check_state state)
{
	static const enum pt_style styles[] = { [PT_CHECK_WITHIN] = PT_STYLE_GOOD,
						[PT_CHECK_WARNED] = PT_STYLE_WARN,
						[PT_CHECK_BROKEN] = PT_STYLE_BAD,
						[PT_CHECK_UNKNOWN] = PT_STYLE_WARN };

	return styles[state];
}

static void labelled(const struct pt_render *to, enum pt_style style, const char *label, const char *text)
{
	fprintf(to->out, "%s%-*s%s", pt_style(to, style), (int)PT_TEXT_LABEL, label, pt_style(to, PT_STYLE_PLAIN));
	pt_text_wrap(to, text, PT_TEXT_LABEL);
}

static int verdict(const struct pt_render *to, const struct pt_check *c)
{
	enum pt_check_state worst = c->states[PT_CHECK_BROKEN]			 ? PT_CHECK_BROKEN
				    : c->states[PT_CHECK_UNKNOWN]		 ? PT_CHECK_UNKNOWN
				    : c->states[PT_CHECK_WARNED]		 ? PT_CHECK_WARNED
										 : PT_CHECK_WITHIN;
	char *text = pt_check_verdict(c);

	if (!text)
		return -PT_ENOMEM;
	labelled(to, style_of(worst), pt_check_state_name(worst), text);
	free(text);
	return 0;
}

/* One item whole: sentence, sites, what to do. */
static int tell(const struct pt_render *to, const struct pt_check_item *item)
{
	char *sentence = pt_check_sentence(item);
	int rc = sentence ? 0 : -PT_ENOMEM;

	if (sentence)
		labelled(to, style_of(item->state), pt_check_state_name(item->state), sentence);
	free(sentence);
	for (uint32_t i = 0; !rc && i < item->sites_nr; i++) {
		char *words = pt_check_site_words(item, &item->sites[i]);

		if (words)
			labelled(to, PT_STYLE_PLAIN, i ? "" : "  at", words);
		else
			rc = -PT_ENOMEM;
		free(words);
	}
	if (!rc && item->advice)
		labelled(to, PT_STYLE_PLAIN, "  to do", item->advice);
	return rc;
}

/* Items that cannot be told for one and the same reason: a torn trace is to be told once. 0: told with another. */
static size_t alike(const struct pt_check *c, size_t i)
{
	const char *reason = c->items[i].reason;
	size_t nr = 1;

	if (c->items[i].state != PT_CHECK_UNKNOWN || !reason)
		return nr;
	for (size_t k = 0; k < c->items_nr; k++) {
		if (k == i || c->items[k].state != PT_CHECK_UNKNOWN || !c->items[k].reason ||
		    strcmp(c->items[k].reason, reason) != 0)
			continue;
		if (k < i)
			return 0;
		nr++;
	}
	return nr;
}

static int tell_several(const struct pt_render *to, const char *reason, size_t nr)
{
	char *text;

	if (asprintf(&text, "%zu budgets cannot be told: %s", nr, reason) < 0)
		return -PT_ENOMEM;
	labelled(to, style_of(PT_CHECK_UNKNOWN), pt_check_state_name(PT_CHECK_UNKNOWN), text);
	free(text);
	return 0;
}

/* All items of a state; beyond `top` only how many. */
static int tell_all(const struct pt_render *to, const struct pt_check *c, enum pt_check_state state)
{
	size_t told = 0, items_nr = 0;
	int rc = 0;

	for (size_t i = 0; !rc && i < c->items_nr; i++) {
		size_t nr = c->items[i].state == state ? alike(c, i) : 0;

		if (!nr)
			continue;
		if (to->top && told == to->top)
			break;
		rc = nr == 1 ? tell(to, &c->items[i]) : tell_several(to, c->items[i].reason, nr);
		told++;
		items_nr += nr;
	}
	if (!rc && items_nr < c->states[state])
		fprintf(to->out, "%-*sand %zu more: see the table\n", (int)PT_TEXT_LABEL, "", c->states[state] - items_nr);
	return rc;
}

static void remarks(const struct pt_render *to, const struct pt_check *c)
{
	bool single = false, noise = false;

	for (size_t i = 0; i < c->items_nr; i++) {
		single |= c->items[i].baseline_runs == 1;
		noise |= c->items[i].is_noise && c->items[i].state == PT_CHECK_WITHIN;
	}
	if (noise)
		labelled(to, PT_STYLE_PLAIN, "remark",
			 "noise: more than max_increase allows, but no more than runs of the baseline scatter");
	if (single)
		labelled(to, PT_STYLE_PLAIN, "remark",
			 "the baseline has one run, so nothing is known of how far runs scatter: make it from ten, "
			 "pooltrace record --runs 10");
}

static void number_cell(struct pt_table *t, double value, enum pt_unit unit)
{
	char text[PT_FIGURE_BYTES];

	pt_table_cell(t, "%s", isfinite(value) ? pt_figure_text(text, value, unit) : "-");
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), end_length = strlen(end);

	return length >= end_length && !strcmp(text + length - end_length, end);
}

static int row(struct pt_table *t, const struct pt_check_item *item, bool programs)
{
	char low[PT_FIGURE_BYTES], high[PT_FIGURE_BYTES], *allowed = pt_check_allowed(item), *title = pt_check_title(item);

	if (!allowed || !title) {
		free(allowed);
		free(title);
		return -PT_ENOMEM;
	}
	pt_table_cell(t, "%s", item->is_noise && item->state == PT_CHECK_WITHIN ? "noise" :
			       pt_check_state_name(item->state));
	pt_table_cell(t, "%s", title);
	pt_table_cell(t, "%s", programs && item->program ? item->program : "");
	pt_table_cell(t, "%s", item->row && !ends_with(title, item->row) ? item->row : "");
	number_cell(t, item->measured, item->unit);
	if (item->runs > 1 && isfinite(item->low) && isfinite(item->high))
		pt_table_cell(t, "%s to %s", pt_figure_text(low, item->low, item->unit),
			      pt_figure_text(high, item->high, item->unit));
	else
		pt_table_cell(t, "%s", "");
	pt_table_cell(t, "%s", item->state == PT_CHECK_UNKNOWN ? "" : allowed);
	if (isfinite(item->baseline))
		number_cell(t, item->baseline, item->unit);
	else
		pt_table_cell(t, "%s", "");
	free(allowed);
	free(title);
	return 0;
}

static int table(const struct pt_render *to, const struct pt_check *c)
{
	static const struct pt_column columns[] = {
		{ "", true, 0, false },		    { "budget", true, 0, true },
		{ "program", true, 4, true },	    { "of", true, 5, true },
		{ "measured", false, 0, false },    { "lowest to highest", false, 3, false },
		{ "allowed", false, 0, false }, { "baseline", false, 2, false },
	};
	struct pt_table t;
	bool programs = false;
	int rc = 0;

	for (size_t i = 1; i < c->items_nr; i++)
		programs |= c->items[i].program && c->items[0].program &&
			    strcmp(c->items[i].program, c->items[0].program) != 0;
	pt_text_heading(to, "All budgets");
	pt_table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < c->items_nr; i++)
		if (row(&t, &c->items[i], programs) != 0)
			rc = -PT_ENOMEM;
	return pt_table_print(&t, to) || rc ? -PT_ENOMEM : 0;
}

static int render(const struct pt_check_render *r, const struct pt_check *c)
{
	int rc = verdict(&r->to, c);

	if (!rc)
		rc = tell_all(&r->to, c, PT_CHECK_BROKEN);
	if (!rc)
		rc = tell_all(&r->to, c, PT_CHECK_WARNED);
	if (!rc)
		rc = tell_all(&r->to, c, PT_CHECK_UNKNOWN);
	remarks(&r->to, c);
	if (!rc && c->items_nr)
		rc = table(&r->to, c);
	if (rc)
		return rc;
	return ferror(r->to.out) ? -PT_EIO : 0;
}

const struct pt_check_renderer pt_check_text = { "text", render };
