// SPDX-License-Identifier: MIT
/*
 * judge.c - every budget against every program it is for.
 *
 * First all is measured, for how wide scatter reaches depends on how many comparisons there are; then it is judged.
 */
#include "judge.h"

#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "blame.h"
#include "reasons.h"
#include "verdict.h"

struct judge {
	const struct pt_budgets *budgets;
	const struct pt_baseline *baseline;
	struct pt_program *programs;
	size_t programs_nr;
	struct pt_check *out;
	struct pt_measured *measured; /* of each item */
	size_t max;
};

/* Beyond the limits nothing is told of a program: what is missing may be what would have broken a budget. */
static int find_unfit(struct pt_program *p, const struct pt_budgets *limits)
{
	for (uint32_t i = 0; i < p->runs_nr && !p->unfit; i++) {
		const struct pt_figures *f = p->runs[i];
		bool lost = f->lost_share > limits->lost_max;
		int length;

		if (!lost && !(f->torn_share > limits->torn_max) && !f->gaps)
			continue;
		if (f->gaps)
			length = asprintf(&p->unfit, "of %s: %s; record it in one mode", f->trace, f->gaps);
		else
			length = asprintf(&p->unfit, "%s %s %.2g%% of its %s, and limits: allow %g%%; record it again", f->trace,
					  lost ? "has lost" : "is torn: it lacks", 100 * (lost ? f->lost_share : f->torn_share),
					  lost ? "events" : "bytes or chunks",
					  100 * (lost ? limits->lost_max : limits->torn_max));
		if (length < 0) {
			p->unfit = NULL;
			return -PT_ENOMEM;
		}
	}
	return 0;
}

static int gather_programs(struct judge *j, const struct pt_figures *runs, size_t runs_nr)
{
	int err = 0;

	j->programs = calloc(runs_nr + 1, sizeof(j->programs[0]));
	if (!j->programs)
		return -PT_ENOMEM;
	for (size_t i = 0; i < runs_nr; i++) {
		struct pt_program *p = j->programs;

		while (p->name && strcmp(p->name, runs[i].program) != 0)
			p++;
		if (!p->name) {
			p->name = runs[i].program;
			p->runs = calloc(runs_nr, sizeof(p->runs[0]));
			p->baseline = j->baseline ? pt_baseline_find(j->baseline, p->name) : NULL;
			j->programs_nr++;
		}
		if (!p->runs)
			return -PT_ENOMEM;
		p->runs[p->runs_nr++] = &runs[i];
	}
	for (size_t i = 0; i < j->programs_nr && !err; i++)
		err = find_unfit(&j->programs[i], j->budgets);
	return err;
}

static char *row_text(const struct pt_budget *b, const struct pt_figures_row *key)
{
	struct pt_selector one = b->where;
	char *name = key ? key->name : NULL, *text, escaped[512];

	/* pt_selector_text() takes a pattern: a name must come out of it as it is. */
	if (name) {
		size_t length = 0;

		for (; *name && length + 3 < sizeof(escaped); name++) {
			if (*name == '\\')
				escaped[length++] = '\\';
			escaped[length++] = *name;
		}
		escaped[length] = '\0';
		*(one.thread ? &one.thread : one.cpu ? &one.cpu : &one.site) = escaped;
	}
	if (key && key->pool)
		one.pool = key->pool;
	text = pt_selector_text(&one);
	return text;
}

/* NULL: no memory. */
static struct pt_check_item *add_item(struct judge *j, const struct pt_measured *m, const char *program)
{
	struct pt_check *out = j->out;
	struct pt_check_item *item;

	if (out->items_nr == j->max) {
		size_t max = j->max ? 2 * j->max : 16;
		struct pt_check_item *items = realloc(out->items, max * sizeof(*items));
		struct pt_measured *measured;

		if (items)
			out->items = items;
		measured = items ? realloc(j->measured, max * sizeof(*measured)) : NULL;
		if (!measured)
			return NULL;
		j->measured = measured;
		j->max = max;
	}
	j->measured[out->items_nr] = *m;
	item = &out->items[out->items_nr++];
	*item = (struct pt_check_item){
		.line = m->budget->line, .column = m->budget->column, .metric = m->budget->metric, .per = m->budget->per,
		.unit = pt_budget_unit(m->budget), .measured = NAN, .low = NAN, .high = NAN, .baseline = NAN,
		.max = m->budget->max, .min = m->budget->min,
		.blame = pt_metrics[m->budget->metric].blame,
	};
	item->name = strdup(m->budget->name);
	item->program = strdup(program);
	item->row = row_text(m->budget, m->key);
	return item->name && item->program && item->row ? item : NULL;
}

static int add_unknown(struct judge *j, const struct pt_measured *m, const char *program, char *reason)
{
	struct pt_check_item *item = reason ? add_item(j, m, program) : NULL;

	if (!item) {
		free(reason);
		return -PT_ENOMEM;
	}
	item->state = PT_CHECK_UNKNOWN;
	item->reason = reason;
	return 0;
}

static int add_measured(struct judge *j, struct pt_measured *m, const struct pt_pick *all, size_t nr)
{
	struct pt_check_item *item;
	int err = pt_measure_now(m, all, nr);

	if (!err && m->budget->max_increase.given)
		err = pt_measure_before(m);
	if (!err)
		err = pt_measure_held(m, all, nr);
	if (err)
		return err;
	if (pt_budget_is_default(m->budget) && !m->now.runs && (!j->baseline || m->program->baseline) && !m->before.runs)
		return 0; /* nobody asked, and nothing was known before */
	item = add_item(j, m, m->program->name);
	if (!item)
		return -PT_ENOMEM;
	item->runs = m->now.runs;
	if (m->now.runs) {
		item->measured = m->now.median;
		item->low = m->now.low;
		item->high = m->now.high;
		item->least = m->least;
		item->most = m->most;
		item->estimated = m->least < m->now.median || m->most > m->now.median;
	}
	if (m->before.runs) {
		item->baseline = m->before.median;
		item->baseline_runs = m->before.runs;
	}
	return 0;
}

/* Default budgets ask for nothing by name: what the baseline has and the runs do not is told once, by the first metric. */
static int add_gone(struct judge *j, const struct pt_budget *b, const struct pt_program *p, const struct pt_picks *here)
{
	int err = 0;

	if (!pt_budget_is_default(b) || !b->each || b->metric != PT_METRIC_PEAK_HELD_BYTES || !p->baseline)
		return 0;
	for (size_t i = 0; i < p->baseline->rows_nr && !err; i++) {
		struct pt_measured m = { .budget = b, .program = p, .key = &p->baseline->rows[i].is, .gone = true };
		bool found = !pt_row_matches(m.key, b);

		for (size_t k = 0; k < here->nr && !found; k++)
			found = pt_picks_same(here->all[k].row, m.key);
		if (!found)
			err = add_measured(j, &m, NULL, 0);
	}
	return err;
}

static int judge_program(struct judge *j, const struct pt_budget *b, const struct pt_program *p)
{
	struct pt_measured m = { .budget = b, .program = p };
	struct pt_picks picks = { 0 };
	char *untold = NULL;
	int err = pt_reason_untold(b, p, &untold);

	if (err || untold)
		return err ? err : add_unknown(j, &m, p->name, untold);

	for (uint32_t run = 0; run < p->runs_nr && !err; run++)
		err = pt_picks_add(&picks, p->runs[run], run, b);
	if (!err && !picks.nr && !b->optional)
		err = add_unknown(j, &m, p->name, p->unfit ? strdup(p->unfit) : pt_reason_no_match(b, p->runs[0]));
	if (!err && !picks.nr && pt_measure_may_be_missed(&m))
		err = add_measured(j, &m, NULL, 0);
	if (b->each)
		pt_picks_sort(&picks);
	for (size_t i = 0, end; i < picks.nr && !err; i = end) {
		for (end = b->each ? i + 1 : picks.nr; end < picks.nr && pt_picks_same(picks.all[i].row, picks.all[end].row);)
			end++;
		m = (struct pt_measured){ .budget = b, .program = p, .key = b->each ? picks.all[i].row : NULL };
		err = add_measured(j, &m, &picks.all[i], end - i);
	}
	if (!err)
		err = add_gone(j, b, p, &picks);
	free(picks.all);
	return err;
}

static int judge_budget(struct judge *j, const struct pt_budget *b)
{
	struct pt_measured m = { .budget = b };
	bool any = false;
	int err = 0;

	for (size_t i = 0; i < j->programs_nr && !err; i++) {
		if (b->where.program && fnmatch(b->where.program, j->programs[i].name, 0) != 0)
			continue;
		any = true;
		err = judge_program(j, b, &j->programs[i]);
	}
	if (!err && !any && !b->optional)
		err = add_unknown(j, &m, b->where.program ? b->where.program : "?",
				  pt_reason_no_program(b, j->programs, j->programs_nr));
	return err;
}

/* Whether a baseline that was needed is not there. Default budgets take what is new as it is, but not a program. */
static bool lacks_baseline(const struct judge *j, const struct pt_measured *m)
{
	if (!m->budget->max_increase.given || m->before.runs)
		return false;
	return !pt_budget_is_default(m->budget) || !j->baseline || !m->program->baseline;
}

static int conclude(struct judge *j, size_t i, uint32_t comparisons)
{
	struct pt_check_item *item = &j->out->items[i];
	const struct pt_measured *m = &j->measured[i];

	if (item->state == PT_CHECK_UNKNOWN)
		return pt_verdict_text(item, m);
	pt_verdict(item, m, comparisons);
	if (m->program->unfit) {
		item->state = PT_CHECK_UNKNOWN;
		item->reason = strdup(m->program->unfit);
	} else if (!item->runs) {
		item->state = PT_CHECK_UNKNOWN;
		item->reason = pt_reason_not_known(m);
	} else if (item->is_unsure) {
		item->reason = pt_reason_unsure(item);
	} else if (item->state != PT_CHECK_BROKEN && item->state != PT_CHECK_WARNED && lacks_baseline(j, m)) {
		item->state = PT_CHECK_UNKNOWN;
		item->reason = pt_reason_no_baseline(m, j->baseline);
	}
	if (item->state == PT_CHECK_UNKNOWN && !item->reason)
		return -PT_ENOMEM;
	/* Too little has no line that made it. */
	if ((item->state == PT_CHECK_BROKEN || item->state == PT_CHECK_WARNED) && !(item->measured < m->budget->min) &&
	    pt_blame(m, item))
		return -PT_ENOMEM;
	return pt_verdict_text(item, m);
}

int pt_judge(const struct pt_budgets *budgets, const struct pt_figures *runs, size_t runs_nr,
	     const struct pt_baseline *baseline, struct pt_check *out)
{
	struct judge j = { .budgets = budgets, .baseline = baseline, .out = out };
	uint32_t comparisons = 0;
	int err;

	memset(out, 0, sizeof(*out));
	if (budgets->path && !(out->budget_path = strdup(budgets->path)))
		return -PT_ENOMEM;
	for (size_t i = 0; i < runs_nr; i++)
		if (pt_check_add_trace(out, runs[i].trace))
			return -PT_ENOMEM;
	err = gather_programs(&j, runs, runs_nr);
	for (size_t i = 0; i < budgets->budgets_nr && !err; i++)
		err = judge_budget(&j, &budgets->budgets[i]);
	for (size_t i = 0; i < out->items_nr && !err; i++)
		comparisons += j.measured[i].before.runs > 0;
	for (size_t i = 0; i < out->items_nr && !err; i++) {
		err = conclude(&j, i, comparisons);
		out->states[out->items[i].state]++;
	}
	for (size_t i = 0; i < j.programs_nr; i++) {
		free(j.programs[i].runs);
		free(j.programs[i].unfit);
	}
	free(j.programs);
	free(j.measured);
	return err;
}
