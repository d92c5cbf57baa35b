// SPDX-License-Identifier: MIT
/*
 * budget.c - budgets as data: those that hold when nobody wrote any, and what each is called.
 */
#include "budget.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

void pt_budgets_fini(struct pt_budgets *b)
{
	for (size_t i = 0; i < b->budgets_nr; i++) {
		struct pt_selector *where = &b->budgets[i].where;
		char *owned[] = { b->budgets[i].name, where->program, where->pool, where->thread, where->cpu,
				  where->site, where->from, where->to };

		for (size_t k = 0; k < sizeof(owned) / sizeof(owned[0]); k++)
			free(owned[k]);
	}
	free(b->budgets);
	free(b->path);
	memset(b, 0, sizeof(*b));
}

bool pt_budget_is_default(const struct pt_budget *b)
{
	return b->line == 0;
}

enum pt_scope pt_selector_scope(const struct pt_selector *where)
{
	bool pool = where->pool && strcmp(where->pool, "malloc") != 0;

	if (where->thread)
		return pool ? PT_SCOPE_POOL_THREAD : PT_SCOPE_THREAD;
	if (where->cpu)
		return pool ? PT_SCOPE_POOL_CPU : PT_SCOPE_CPU;
	if (where->site)
		return pool ? PT_SCOPE_POOL_SITE : PT_SCOPE_SITE;
	return where->pool ? PT_SCOPE_POOL : PT_SCOPE_PROCESS;
}

/* A pattern as it was meant: the star that stands for a number was written without a backslash. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		if (*from == '\\' && from[1])
			from++;
		*to++ = *from;
	}
	*to = '\0';
}

char *pt_selector_text(const struct pt_selector *where)
{
	const char *part = where->thread ? where->thread : where->cpu ? where->cpu : where->site;
	const char *kind = where->thread ? "threads " : where->cpu ? "CPU " : where->site ? "call sites " : NULL;
	char *text = NULL, *phase = NULL;
	int err;

	if (where->from && asprintf(&phase, "phase %s..%s%s", where->from, where->to, where->pool ? " of " : "") < 0)
		return NULL;
	if (kind)
		err = asprintf(&text, "%s%s%s%s", kind, part, where->pool ? " of pool " : "", where->pool ? where->pool : "");
	else if (where->pool)
		err = asprintf(&text, "%spool %s", phase ? phase : "", where->pool);
	else
		err = asprintf(&text, "%s", phase ? phase : pt_scope_name(PT_SCOPE_PROCESS));
	free(phase);
	if (err < 0)
		return NULL;
	unescape(text);
	return text;
}

char *pt_budget_name(const struct pt_budget *b)
{
	bool process = !b->where.from && pt_selector_scope(&b->where) == PT_SCOPE_PROCESS;
	char *where = pt_selector_text(&b->where), *name = NULL;

	if (where && asprintf(&name, "%s%s%s of %s%s%s%s", pt_metrics[b->metric].name, b->per < PT_METRIC_NR ? " per " : "",
			      b->per < PT_METRIC_NR ? pt_metrics[b->per].name : "", process ? "the " : "", where,
			      b->where.program ? " in " : "", b->where.program ? b->where.program : "") < 0)
		name = NULL;
	free(where);
	return name;
}

double pt_budget_floor(enum pt_unit unit)
{
	switch (unit) {
	case PT_UNIT_BYTES:
	case PT_UNIT_BYTE_SECONDS: /* for a second */
		return PT_BUDGET_TOLERANCE_BYTES;
	case PT_UNIT_COUNT:
		return PT_BUDGET_TOLERANCE_COUNT;
	case PT_UNIT_NS:
	case PT_UNIT_RATIO:
		break;
	}
	return 0;
}

static int add_default(struct pt_budgets *out, enum pt_metric metric, const char *pool)
{
	struct pt_budget *b = &out->budgets[out->budgets_nr++];
	enum pt_unit unit = pt_metrics[metric].unit;

	*b = (struct pt_budget){
		.metric = metric, .per = PT_METRIC_NR, .each = pool != NULL, .optional = true, .max = NAN, .min = NAN,
		.max_increase = { .given = true, .is_share = true, .value = PT_BUDGET_TOLERANCE,
				  .at_least = unit == PT_UNIT_RATIO ? PT_BUDGET_TOLERANCE_RATIO : pt_budget_floor(unit) },
	};
	if (pool)
		b->where.pool = strdup(pool);
	if (pool && !b->where.pool)
		return -PT_ENOMEM;
	if (metric == PT_METRIC_MISUSE) /* is wrong each time it happens */
		b->max_increase = (struct pt_increase){ .given = true };
	b->name = pt_budget_name(b);
	return b->name ? 0 : -PT_ENOMEM;
}

/* Pools first: what is wrong with one is in the process's numbers as well, where it says less. */
int pt_budgets_default(struct pt_budgets *out)
{
	int err = 0;

	memset(out, 0, sizeof(*out));
	out->budgets = calloc(2 * PT_METRIC_NR, sizeof(out->budgets[0]));
	if (!out->budgets)
		return -PT_ENOMEM;
	for (int metric = 0; metric < PT_METRIC_NR && !err; metric++)
		if (pt_metrics[metric].by_default & pt_metrics[metric].scopes & PT_SCOPE_BIT(PT_SCOPE_POOL))
			err = add_default(out, (enum pt_metric)metric, "*");
	for (int metric = 0; metric < PT_METRIC_NR && !err; metric++)
		if (pt_metrics[metric].by_default & pt_metrics[metric].scopes & PT_SCOPE_BIT(PT_SCOPE_PROCESS))
			err = add_default(out, (enum pt_metric)metric, NULL);
	return err;
}
