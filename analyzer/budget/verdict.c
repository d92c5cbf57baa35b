// SPDX-License-Identifier: MIT
/*
 * verdict.c - measured against allowed. docs/ci.md "What counts as a regression".
 */
#include "verdict.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

/* 110 is not above 100 + 10 %, whatever the last bit says. */
static bool is_above(double value, double limit)
{
	return value - limit > 1e-9 * fabs(limit);
}

/* How much more than the baseline's median. A share of nothing is nothing: then the floor. */
static double increase(const struct pt_budget *b, double median)
{
	double by = b->max_increase.value;

	if (b->max_increase.is_share)
		by = median > 0 ? by * median : pt_budget_floor(pt_budget_unit(b));
	return fmax(by, b->max_increase.at_least);
}

void pt_verdict(struct pt_check_item *item, const struct pt_measured *m, uint32_t comparisons)
{
	const struct pt_budget *b = m->budget;
	bool broken = is_above(m->least, b->max) || is_above(b->min, m->most);
	bool may_be = is_above(m->most, b->max) || is_above(b->min, m->least); /* the same when it is exact */

	item->max = b->max;
	item->min = b->min;
	item->state = PT_CHECK_WITHIN;
	if (b->max_increase.given && m->before.runs) {
		double limit = m->before.median + increase(b, m->before.median);
		double noise = m->before.runs > 1 ? pt_spread_bound(&m->before, item->runs, comparisons) : -INFINITY;
		double allowed = noise > limit ? noise : limit;

		broken |= is_above(m->least, allowed) && !m->no_more_held;
		may_be |= is_above(m->most, allowed) && !m->no_more_held;
		item->is_noise = is_above(item->measured, limit) && !is_above(item->measured, allowed);
		item->max = isnan(b->max) || b->max > allowed ? allowed : b->max;
	} else if (b->max_increase.given && !pt_budget_is_default(b)) {
		item->state = PT_CHECK_UNKNOWN;
	}
	if (broken)
		item->state = b->warning ? PT_CHECK_WARNED : PT_CHECK_BROKEN;
	item->is_unsure = may_be && !broken;
	if (item->is_unsure)
		item->state = PT_CHECK_UNKNOWN;
}

struct sentence {
	char text[1024];
	size_t length;
};

static void say(struct sentence *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(struct sentence *s, const char *format, ...)
{
	va_list values;
	int length;

	va_start(values, format);
	length = vsnprintf(s->text + s->length, sizeof(s->text) - s->length, format, values);
	va_end(values);
	if (length > 0)
		s->length += (size_t)length;
	if (s->length >= sizeof(s->text))
		s->length = sizeof(s->text) - 1;
}

static void say_measured(struct sentence *s, const struct pt_check_item *item, const struct pt_measured *m)
{
	char a[PT_FIGURE_BYTES], b[PT_FIGURE_BYTES];

	say(s, "%s%s%s of %s%s", pt_metrics[item->metric].name, item->per < PT_METRIC_NR ? " per " : "",
	    item->per < PT_METRIC_NR ? pt_metrics[item->per].name : "",
	    strcmp(item->row, pt_scope_name(PT_SCOPE_PROCESS)) != 0 ? "" : "the ", item->row);
	if (isnan(item->measured))
		return;
	say(s, " is %s", pt_figure_text(a, item->measured, item->unit));
	if (item->is_unsure)
		say(s, ", estimated from a sample"); /* the reason says from where to where */
	else if (item->estimated)
		say(s, ", estimated from a sample: %s to %s", pt_figure_text(a, item->least, item->unit),
		    pt_figure_text(b, item->most, item->unit));
	if (item->runs > 1)
		say(s, " (median of %u runs, %s to %s)", item->runs, pt_figure_text(a, item->low, item->unit),
		    pt_figure_text(b, item->high, item->unit));
	if (m->largest && m->rows_nr > 1 && !pt_budget_adds_up(m->budget))
		say(s, ", the largest of %u: %s%s%s", m->rows_nr, m->largest->pool ? m->largest->pool : "",
		    m->largest->pool && m->largest->name ? ", " : "", m->largest->name ? m->largest->name : "");
}

static void say_increase(struct sentence *s, const struct pt_check_item *item, const struct pt_measured *m)
{
	const struct pt_increase *more = &m->budget->max_increase;
	char a[PT_FIGURE_BYTES];
	double limit = item->baseline + increase(m->budget, item->baseline);

	say(s, "; %s%s ", item->is_noise ? "" : "allowed: ", pt_figure_text(a, limit - item->baseline, item->unit));
	if (more->is_share && item->baseline > 0 && more->value * item->baseline >= more->at_least)
		say(s, "(%g%%) ", more->value * 100);
	say(s, "more than the baseline's median, %s", pt_figure_text(a, item->baseline, item->unit));
	if (item->is_noise)
		say(s, ", would be allowed, but its runs scatter up to %s", pt_figure_text(a, item->max, item->unit));
	else if (is_above(item->max, limit))
		say(s, ", or as far as its runs scatter: %s", pt_figure_text(a, item->max, item->unit));
	if (m->no_more_held && is_above(item->measured, item->max))
		say(s, "; less was in use, and no more is held than before");
	if (item->baseline_runs == 1)
		say(s, " (one run in the baseline: its scatter is not known)");
}

static void say_allowed(struct sentence *s, const struct pt_check_item *item, const struct pt_measured *m)
{
	char a[PT_FIGURE_BYTES];

	if (!isnan(m->budget->max))
		say(s, "; allowed: at most %s", pt_figure_text(a, m->budget->max, item->unit));
	if (!isnan(m->budget->min))
		say(s, "; asked for: at least %s", pt_figure_text(a, m->budget->min, item->unit));
	if (m->budget->max_increase.given && !isnan(item->baseline))
		say_increase(s, item, m);
	else if (m->budget->max_increase.given && item->state == PT_CHECK_WITHIN)
		say(s, "; it is new, the baseline does not have it");
	if (m->gone)
		say(s, "; the baseline has it, and this program does no longer");
}

/* What to do about a number that is over, in general; the lines to look at are the item's sites. */
static const char *advice_of(enum pt_metric metric)
{
	switch (metric) {
	case PT_METRIC_PEAK_IDLE_BYTES:
	case PT_METRIC_IDLE_AT_PEAK_BYTES:
	case PT_METRIC_IDLE_AT_END_BYTES:
	case PT_METRIC_IDLE_AT_END_OBJECTS:
	case PT_METRIC_BLOWUP:
	case PT_METRIC_HOARD_BYTE_SECONDS:
	case PT_METRIC_MEAN_IDLE_BYTES:
	case PT_METRIC_DEAD_HOARD_BYTES:
		return "Memory is kept that nobody uses: put a cap on what is kept, or give it back after a peak";
	case PT_METRIC_IN_USE_AT_END_BYTES:
	case PT_METRIC_IN_USE_AT_END_OBJECTS:
	case PT_METRIC_LEAKED_OBJECTS:
	case PT_METRIC_LEAKED_BYTES:
	case PT_METRIC_UNREACHABLE_BYTES:
	case PT_METRIC_UNREACHABLE_OBJECTS:
		return "It was taken and never given back: look for a way out of the function that does not";
	case PT_METRIC_STRANDED_MISSES:
	case PT_METRIC_STRANDED_BYTES:
	case PT_METRIC_MISSES:
		return "Objects are made while others lie idle elsewhere, or too few are kept: look where they are put";
	case PT_METRIC_DROPS:
	case PT_METRIC_PURGED:
	case PT_METRIC_REGRETTED_DROPS:
	case PT_METRIC_REGRETTED_BYTES:
		return "What is dropped is needed again soon: purge less often, or keep more";
	case PT_METRIC_RATCHET_BYTES:
		return "Objects grow and stay large: drop those that grew instead of putting them back";
	case PT_METRIC_GRAPH_RETAINED_BYTES:
		return "Idle objects keep others alive: clear their pointers before they are put";
	case PT_METRIC_MISUSE:
		return "An object is put twice, or put where it does not belong: `pooltrace report` shows both stacks";
	default:
		return "More is used than before or than allowed: look at what these lines take";
	}
}

int pt_verdict_text(struct pt_check_item *item, const struct pt_measured *m)
{
	struct sentence s = { .length = 0 };

	say_measured(&s, item, m);
	if (item->reason)
		say(&s, "%s", isnan(item->measured) ? " cannot be told" : ", but whether that is allowed cannot be told");
	else
		say_allowed(&s, item, m);
	item->text = strdup(s.text);
	if (!item->text)
		return -PT_ENOMEM;
	if (item->state != PT_CHECK_BROKEN && item->state != PT_CHECK_WARNED)
		return 0;
	s.length = 0;
	if (is_above(m->budget->min, item->measured))
		say(&s, "Less than it was meant to be: look at what does no longer happen");
	else
		say(&s, "%s", advice_of(item->metric));
	say(&s, ". If it is meant to be so, %s%s%s.", item->line ? "change the budget" : "",
	    item->line && !isnan(item->baseline) ? " or " : "",
	    isnan(item->baseline) ? "" : "make the baseline anew with `pooltrace baseline`");
	item->advice = strdup(s.text);
	return item->advice ? 0 : -PT_ENOMEM;
}
