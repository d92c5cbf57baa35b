// SPDX-License-Identifier: MIT
/*
 * measure.c - runs and baselines go through the same selection and the same sums, so that like is compared with like.
 */
#include "measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "../result/site_match.h"

/* Of a run's rows together; one without any has 0, and of a sample that says little. */
static struct pt_figure_margin margin_of(const struct pt_measured *m, const struct pt_pick *all, size_t nr, uint32_t run, bool has_any)
{
	if (has_any)
		return pt_picks_margin(all, nr, run, m->budget);
	if (pt_selector_scope(&m->budget->where) != PT_SCOPE_SITE)
		return (struct pt_figure_margin){ 0, 0 };
	return pt_figures_margin(m->program->runs[run], NULL, m->budget->metric);
}

/* The median of what is least in each run is least of the median: no assumption is made on how runs scatter. least, most: of each
 * run; overwritten. */
static void bound(struct pt_measured *m, double *least, double *most)
{
	struct pt_spread spread;

	pt_spread_of(least, m->program->runs_nr, &spread);
	m->least = spread.median;
	pt_spread_of(most, m->program->runs_nr, &spread);
	m->most = spread.median;
}

int pt_measure_now(struct pt_measured *m, const struct pt_pick *all, size_t nr)
{
	uint32_t runs_nr = m->program->runs_nr;
	double *values = calloc(4 * (size_t)runs_nr, sizeof(values[0])), *sorted = values + runs_nr, closest = INFINITY;
	double *least = sorted + runs_nr, *most = least + runs_nr;

	if (!values)
		return -PT_ENOMEM;
	for (size_t i = 0; i < nr; i++) {
		sorted[all[i].run] = 1; /* it has some */
		m->no_ratio |= all[i].no_ratio;
	}
	for (uint32_t run = 0; run < runs_nr; run++) {
		struct pt_figure_margin margin = margin_of(m, all, nr, run, sorted[run] > 0);

		if (sorted[run] > 0)
			values[run] = pt_picks_together(all, nr, run, m->budget, NULL);
		else
			values[run] = pt_budget_unit(m->budget) == PT_UNIT_RATIO ? NAN : 0;
		least[run] = isnan(values[run]) ? NAN : fmax(values[run] - margin.below, 0);
		most[run] = values[run] + margin.above;
	}
	bound(m, least, most);
	memcpy(sorted, values, runs_nr * sizeof(values[0]));
	pt_spread_of(sorted, runs_nr, &m->now);
	for (uint32_t run = 0; run < runs_nr; run++) {
		double distance = fabs(values[run] - m->now.median);

		if (distance < closest) {
			closest = distance;
			m->median_run = run;
		}
	}
	pt_picks_together(all, nr, m->median_run, m->budget, &m->largest);
	for (size_t i = 0; i < nr; i++)
		m->rows_nr += all[i].run == m->median_run && !isnan(all[i].value);
	free(values);
	return 0;
}

bool pt_measure_may_be_missed(const struct pt_measured *m)
{
	const struct pt_budget *b = m->budget;
	bool sampled = false;

	for (uint32_t run = 0; run < m->program->runs_nr; run++)
		sampled |= m->program->runs[run]->sample_bytes > 0;
	return sampled && b->optional && !b->each && !pt_budget_is_default(b) && pt_selector_scope(&b->where) == PT_SCOPE_SITE;
}

int pt_baseline_view(const struct pt_baseline_program *p, enum pt_scope scope, struct pt_figures *out,
		     const struct pt_baseline_row ***from)
{
	memset(out, 0, sizeof(*out));
	out->rows = calloc(p->rows_nr + 1, sizeof(out->rows[0]));
	*from = calloc(p->rows_nr + 1, sizeof(**from));
	if (!out->rows || !*from)
		return -PT_ENOMEM;
	out->program = p->program;
	for (size_t i = 0; i < p->rows_nr; i++) {
		struct pt_figures_row *row = &out->rows[out->rows_nr];

		/* Which step of a pool lies between which marks is told by the steps of the process. */
		if (p->rows[i].is.scope != scope && !(scope == PT_SCOPE_POOL && p->rows[i].is.scope == PT_SCOPE_PROCESS))
			continue;
		*row = p->rows[i].is;
		for (int metric = 0; metric < PT_METRIC_NR; metric++)
			row->values[metric] = p->rows[i].metrics[metric].runs ? p->rows[i].metrics[metric].median : NAN;
		(*from)[out->rows_nr++] = &p->rows[i];
	}
	return 0;
}

/* What the number is divided by: less of it makes more. */
static enum pt_metric divisor(const struct pt_budget *b)
{
	if (b->per < PT_METRIC_NR)
		return b->per;
	if (b->metric == PT_METRIC_BLOWUP)
		return PT_METRIC_PEAK_IN_USE_BYTES;
	return b->metric == PT_METRIC_MEAN_IDLE_BYTES ? PT_METRIC_DURATION_NS : PT_METRIC_NR;
}

/* From medians to what runs reach when they scatter upwards, all of them at once. */
static void scatter(struct pt_figures *view, const struct pt_baseline_row *const *from, const struct pt_budget *b)
{
	enum pt_metric below = divisor(b);

	for (size_t i = 0; i < view->rows_nr; i++) {
		double *values = view->rows[i].values;

		for (int metric = 0; metric < PT_METRIC_NR; metric++)
			values[metric] += from[i]->metrics[metric].deviation;
		if (below < PT_METRIC_NR && from[i]->metrics[below].runs)
			values[below] = from[i]->metrics[below].low > 0 ? from[i]->metrics[below].low : from[i]->metrics[below].median;
	}
}

static bool has_same(const struct pt_figures *f, const struct pt_figures_row *row)
{
	for (size_t i = 0; i < f->rows_nr; i++)
		if (f->rows[i].scope == row->scope && pt_picks_same(&f->rows[i], row))
			return true;
	return false;
}

/* Of call sites the one that reads the same, else the most alike that is no other one of the run's: compilers inline
 * differently, and a baseline leaves out call sites that matter little. */
static bool keep_alike(struct pt_picks *p, const struct pt_figures_row *key, const struct pt_figures *run)
{
	double best = 0;
	size_t found = 0, i = 0;

	for (; i < p->nr && best < 1; i++) {
		double alike = pt_picks_same(p->all[i].row, key) ? 1 : pt_sites_alike(p->all[i].row, key);

		if (alike > best && (!key->pool || !strcmp(key->pool, p->all[i].row->pool)) &&
		    (alike >= 1 || !has_same(run, p->all[i].row))) {
			best = alike;
			found = i;
		}
	}
	if (best <= 0)
		return false;
	p->all[0] = p->all[found];
	p->nr = 1;
	return true;
}

static void keep(struct pt_picks *p, const struct pt_figures_row *key, const struct pt_figures *run)
{
	size_t nr = 0;

	if (!key)
		return;
	if ((key->scope == PT_SCOPE_SITE || key->scope == PT_SCOPE_POOL_SITE) && keep_alike(p, key, run))
		return;
	for (size_t i = 0; i < p->nr; i++)
		if (pt_picks_same(p->all[i].row, key))
			p->all[nr++] = p->all[i];
	p->nr = nr;
}

/* One row's one metric is in the baseline as it is. */
static void of_one(struct pt_measured *m, const struct pt_picks *p, const struct pt_figures *view,
		   const struct pt_baseline_row *const *from)
{
	m->before = from[p->all[0].row - view->rows]->metrics[m->budget->metric];
}

static int of_several(struct pt_measured *m, struct pt_picks *p, struct pt_figures *view,
		      const struct pt_baseline_row *const *from)
{
	double median = pt_picks_together(p->all, p->nr, 0, m->budget, NULL), high;
	int err;

	if (isnan(median))
		return 0;
	scatter(view, from, m->budget);
	p->nr = 0;
	err = pt_picks_add(p, view, 0, m->budget);
	keep(p, m->key, m->program->runs[m->median_run]);
	high = pt_picks_together(p->all, p->nr, 0, m->budget, NULL);
	m->before.runs = m->program->baseline->runs;
	m->before.median = median;
	m->before.deviation = high > median ? high - median : 0;
	m->before.high = median + m->before.deviation;
	m->before.low = fmax(median - m->before.deviation, 0);
	return err;
}

int pt_measure_before(struct pt_measured *m)
{
	const struct pt_baseline_row **from = NULL;
	struct pt_figures view = { 0 };
	struct pt_picks picks = { 0 };
	int err;

	m->before = (struct pt_spread){ .median = NAN, .low = NAN, .high = NAN };
	if (!m->program->baseline)
		return 0;
	err = pt_baseline_view(m->program->baseline, pt_selector_scope(&m->budget->where), &view, &from);
	if (!err)
		err = pt_picks_add(&picks, &view, 0, m->budget);
	keep(&picks, m->key, m->program->runs[m->median_run]);
	if (!err && picks.nr == 1 && m->budget->per == PT_METRIC_NR && !m->budget->where.from)
		of_one(m, &picks, &view, from);
	else if (!err && picks.nr)
		err = of_several(m, &picks, &view, from);
	if (!m->before.runs)
		m->before.median = m->before.low = m->before.high = NAN;
	free(picks.all);
	free(from);
	free(view.rows);
	return err;
}

int pt_measure_held(struct pt_measured *m, const struct pt_pick *all, size_t nr)
{
	struct pt_budget budget = *m->budget;
	struct pt_measured held = { .budget = &budget, .program = m->program, .key = m->key };
	struct pt_pick *picks;
	int err;

	if (!pt_metrics[budget.metric].of_held || !pt_budget_is_default(m->budget) || !m->before.runs)
		return 0;
	picks = calloc(nr + 1, sizeof(picks[0]));
	if (!picks)
		return -PT_ENOMEM;
	budget.metric = PT_METRIC_PEAK_HELD_BYTES;
	for (size_t i = 0; i < nr; i++) {
		picks[i] = all[i];
		picks[i].value = all[i].row->values[budget.metric];
	}
	err = pt_measure_now(&held, picks, nr);
	if (!err)
		err = pt_measure_before(&held);
	m->no_more_held = held.now.runs && held.before.runs && held.now.median <= held.before.median;
	free(picks);
	return err;
}
