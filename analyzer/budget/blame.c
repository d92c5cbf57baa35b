// SPDX-License-Identifier: MIT
/*
 * blame.c - call sites ranked by what a metric is blamed on.
 *
 * Rows are taken from one run, so that they are parts of one whole; their own before is the baseline's median.
 */
#include "blame.h"

#include <fnmatch.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "../result/site.h"
#include "../result/site_match.h"
#include "blame_place.h"

/* An absolute budget may have been over for long: what grew is to blame when it is at least this share of all there is. */
#define GREW_SHARE 0.1

/* A line, called from a line. */
struct suspect {
	const struct pt_figures_row *row; /* the first of those that read alike */
	struct pt_figure_frame at, from;  /* with the lines that have most of the metric; from: the next out, or all zero */
	double value, before, growth;	  /* before: 0 when none of them is in the baseline */
	bool known;			  /* in the baseline */
};

struct suspects {
	struct suspect *all;
	size_t nr;
	enum pt_metric metric;
	bool by_growth;
};

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool same_frame(const struct pt_figure_frame *a, const struct pt_figure_frame *b)
{
	return a->line == b->line && same_text(a->function, b->function) && same_text(a->file, b->file);
}

/* The next one out that is another line: a recursion says nothing. */
static struct pt_figure_frame caller(const struct pt_figures_row *row, enum pt_metric metric)
{
	struct pt_figure_frame own = pt_figures_frame(row, 0, metric);

	for (uint32_t i = 1; i < row->frames_nr; i++) {
		struct pt_figure_frame frame = pt_figures_frame(row, i, metric);

		if ((frame.function || frame.file) && !same_frame(&own, &frame))
			return frame;
	}
	return (struct pt_figure_frame){ 0 };
}

static bool reads_alike(const struct suspect *a, const struct suspect *b)
{
	return same_frame(&a->at, &b->at) && same_frame(&a->from, &b->from);
}

/* Is this site's number part of the item's? */
static bool is_part(const struct pt_measured *m, const struct pt_figures_row *row, enum pt_scope scope)
{
	const struct pt_budget *b = m->budget;
	enum pt_scope of = pt_selector_scope(&b->where);
	const struct pt_figures_row *only = m->key;

	if (row->scope != scope || !row->frames_nr)
		return false;
	if (!only && !pt_budget_adds_up(b))
		only = m->largest; /* what is judged is that one alone */
	if (of == scope)
		return pt_row_matches(row, b) && (!only || pt_picks_same(row, only));
	if (scope == PT_SCOPE_SITE || !b->where.pool)
		return true;
	if (only && only->pool)
		return same_text(row->pool, only->pool);
	return fnmatch(b->where.pool, row->pool, 0) == 0;
}

static int compare_frames(const struct pt_figure_frame *a, const struct pt_figure_frame *b)
{
	int order = strcmp(a->function ? a->function : "", b->function ? b->function : "");
	if (!order)
		order = strcmp(a->file ? a->file : "", b->file ? b->file : "");
	return order ? order : (a->line > b->line) - (a->line < b->line);
}

static int by_reading(const void *a, const void *b)
{
	const struct suspect *x = a, *y = b;
	int order = compare_frames(&x->at, &y->at);

	if (!order)
		order = compare_frames(&x->from, &y->from);
	return order ? order : (x->row > y->row) - (x->row < y->row);
}

static void fold(struct suspects *s)
{
	size_t nr = 0;

	if (s->nr)
		qsort(s->all, s->nr, sizeof(s->all[0]), by_reading);
	for (size_t i = 0; i < s->nr; i++) {
		if (!nr || !reads_alike(&s->all[nr - 1], &s->all[i])) {
			s->all[nr++] = s->all[i];
			continue;
		}
		s->all[nr - 1].value += s->all[i].value;
		s->all[nr - 1].before += s->all[i].before;
		s->all[nr - 1].growth += s->all[i].growth;
		s->all[nr - 1].known |= s->all[i].known;
	}
	s->nr = nr;
}

static int by_growth(const void *a, const void *b)
{
	const struct suspect *x = a, *y = b;

	return x->growth != y->growth ? (x->growth < y->growth) - (x->growth > y->growth) : by_reading(a, b);
}

static int by_value(const void *a, const void *b)
{
	const struct suspect *x = a, *y = b;

	return x->value != y->value ? (x->value < y->value) - (x->value > y->value) : by_reading(a, b);
}

static void rank(struct suspects *s, const struct pt_measured *m)
{
	double grown = 0, has = 0;

	for (size_t i = 0; i < s->nr; i++) {
		grown += fmax(s->all[i].growth, 0);
		has += s->all[i].value;
	}
	s->by_growth = m->program->baseline && grown > 0 &&
		       (m->budget->max_increase.given || grown >= GREW_SHARE * has);
	if (s->nr)
		qsort(s->all, s->nr, sizeof(s->all[0]), s->by_growth ? by_growth : by_value);
}

/* Rows i to i + nr are of one pool; what they were in the baseline. */
static int look_back(struct suspects *s, const struct pt_figures_row *rows, size_t i, size_t nr,
		     const struct pt_figures *view)
{
	uint32_t *to = malloc((nr + 1) * sizeof(*to));
	size_t first = 0, end;
	int err;

	if (!to)
		return -PT_ENOMEM;
	while (first < view->rows_nr && !same_text(view->rows[first].pool, rows[i].pool))
		first++;
	for (end = first; end < view->rows_nr && same_text(view->rows[end].pool, rows[i].pool);)
		end++;
	err = pt_sites_match(&rows[i], nr, &view->rows[first], end - first, to);
	for (size_t k = 0; !err && k < nr; k++) {
		double before = to[k] == PT_SITE_NONE ? NAN : view->rows[first + to[k]].values[s->metric];

		if (isnan(before))
			continue;
		s->all[i + k].known = true;
		s->all[i + k].before = before;
		s->all[i + k].growth -= before;
	}
	free(to);
	return err;
}

static int look_back_all(struct suspects *s, const struct pt_figures_row *rows, const struct pt_measured *m,
			 enum pt_scope scope)
{
	const struct pt_baseline_row **from = NULL;
	struct pt_figures view = { 0 };
	int err = 0;

	if (!m->program->baseline)
		return 0;
	err = pt_baseline_view(m->program->baseline, scope, &view, &from);
	for (size_t i = 0, end; !err && i < s->nr; i = end) {
		for (end = i + 1; end < s->nr && same_text(rows[end].pool, rows[i].pool);)
			end++;
		err = look_back(s, rows, i, end - i, &view);
	}
	free(from);
	free(view.rows);
	return err;
}

/* All that have some of it, in the run of the median. rows: those of s->all, one behind the other as pt_sites_match() wants. */
static int gather(struct suspects *s, const struct pt_measured *m, enum pt_scope scope)
{
	const struct pt_figures *f = m->program->runs[m->median_run];
	struct pt_figures_row *rows = calloc(f->rows_nr + 1, sizeof(*rows));
	int err;

	s->metric = scope == PT_SCOPE_SITE ? pt_metrics[m->budget->metric].blame : pt_metrics[m->budget->metric].pool_blame;
	s->all = calloc(f->rows_nr + 1, sizeof(s->all[0]));
	s->nr = 0;
	if (!rows || !s->all) {
		free(rows);
		return -PT_ENOMEM;
	}
	for (size_t i = 0; i < f->rows_nr && s->metric < PT_METRIC_NR; i++) {
		double value = f->rows[i].values[s->metric];

		if (!(value > 0) || !is_part(m, &f->rows[i], scope))
			continue;
		s->all[s->nr] = (struct suspect){
			.row = &f->rows[i], .value = value, .growth = value,
			.at = pt_figures_frame(&f->rows[i], 0, s->metric), .from = caller(&f->rows[i], s->metric),
		};
		rows[s->nr++] = f->rows[i];
	}
	err = look_back_all(s, rows, m, scope);
	free(rows);
	return err;
}

static int frame_text(const struct pt_figure_frame *frame, char **out)
{
	const char *file = frame->file ? pt_base_name(frame->file) : NULL;

	if (!frame->function || !file)
		return asprintf(out, "%s", frame->function ? frame->function : file ? file : "?");
	if (!frame->line)
		return asprintf(out, "%s (%s)", frame->function, file);
	return asprintf(out, "%s (%s:%u)", frame->function, file, frame->line);
}

/* `place`: where people are sent to. */
static char *site_text(const struct suspect *s, const struct pt_figure_frame *place)
{
	bool is_caller = !same_frame(&s->at, place);
	const struct pt_figure_frame *other = is_caller ? &s->at : &s->from;
	char *first = NULL, *second = NULL, *both = NULL;

	if (frame_text(place, &first) < 0)
		return NULL;
	if (!other->function && !other->file)
		return first;
	if (frame_text(other, &second) < 0 ||
	    asprintf(&both, "%s, %s %s", first, is_caller ? "through" : "called from", second) < 0)
		both = NULL;
	free(first);
	free(second);
	return both;
}

static int copy(char **to, const char *from)
{
	*to = from ? strdup(from) : NULL;
	return from && !*to ? -PT_ENOMEM : 0;
}

static int fill(struct pt_check_item *item, const struct suspects *s, const struct pt_figures *f)
{
	item->blame = s->metric;
	for (size_t i = 0; i < s->nr && item->sites_nr < PT_CHECK_SITES; i++) {
		const struct suspect *from = &s->all[i];
		struct pt_check_site *to = &item->sites[item->sites_nr];
		struct pt_figure_frame place = from->at;

		if (s->by_growth && !(from->growth > 0))
			break;
		item->sites_nr++;
		if (from->row->scope == PT_SCOPE_POOL_SITE && pt_metrics[item->metric].of_callers)
			place = pt_blame_place(f, from->row, s->metric);
		to->line = place.line;
		to->value = s->by_growth ? from->growth : from->value;
		to->before = s->by_growth && from->known ? from->before : NAN;
		to->text = site_text(from, &place);
		if (!to->text || copy(&to->function, place.function) || copy(&to->file, place.file))
			return -PT_ENOMEM;
	}
	return 0;
}

static bool is_of_pools(const struct pt_measured *m)
{
	const struct pt_figures_row *only = m->key ? m->key : m->largest;
	enum pt_scope scope = pt_selector_scope(&m->budget->where);

	if (scope == PT_SCOPE_POOL)
		return !only || strcmp(only->pool, "malloc") != 0;
	return scope >= PT_SCOPE_POOL_THREAD;
}

int pt_blame(const struct pt_measured *m, struct pt_check_item *item)
{
	enum pt_scope first = is_of_pools(m) ? PT_SCOPE_POOL_SITE : PT_SCOPE_SITE;
	struct suspects s = { 0 };
	int err = gather(&s, m, first);

	/* What no line of malloc's is blamed for may be a pool's. */
	if (!err && !s.nr && first == PT_SCOPE_SITE && pt_selector_scope(&m->budget->where) == PT_SCOPE_PROCESS) {
		free(s.all);
		err = gather(&s, m, PT_SCOPE_POOL_SITE);
	}
	if (!err) {
		fold(&s);
		rank(&s, m);
		err = fill(item, &s, m->program->runs[m->median_run]);
	}
	free(s.all);
	return err;
}
