// SPDX-License-Identifier: MIT
/*
 * diff.c - rows of two traces paired, and what changed in each pair.
 *
 * Process, pools and threads are paired by name, call sites as site_match.h says. What it is sorted by: diff_weight.c.
 * A row that only one trace has counts as 0 in the other, but for ratios; what is not known on one side is no change.
 */
#include "diff.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "diff_weight.h"
#include "site.h"
#include "site_match.h"

/* Rows that are one thing; NULL: not there. */
struct both {
	const struct pt_figures_row *before, *after;
};

struct pairs {
	struct both *all;
	size_t nr;
};

static bool is_site(const struct pt_figures_row *row)
{
	return row->scope == PT_SCOPE_SITE || row->scope == PT_SCOPE_POOL_SITE;
}

static bool is_compared(const struct pt_figures_row *row, unsigned int untold)
{
	return !row->from && row->scope != PT_SCOPE_CPU && row->scope != PT_SCOPE_POOL_CPU &&
	       !(PT_SCOPE_BIT(row->scope) & untold);
}

static int compare_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) : (a != NULL) - (b != NULL);
}

/* Sites of one pool together; what they are called does not pair them. */
static int compare_rows(const struct pt_figures_row *a, const struct pt_figures_row *b)
{
	int order = (int)a->scope - (int)b->scope;

	if (!order)
		order = compare_text(a->pool, b->pool);
	return order || is_site(a) ? order : compare_text(a->name, b->name);
}

static int by_thing(const void *a, const void *b)
{
	const struct pt_figures_row *x = a, *y = b;
	int order = compare_rows(x, y);

	return order ? order : compare_text(x->name, y->name);
}

/* Copies of the rows that are compared, each group side by side; they still own nothing. */
static struct pt_figures_row *sorted_rows(const struct pt_figures *f, unsigned int untold, size_t *nr)
{
	struct pt_figures_row *rows = malloc((f->rows_nr + 1) * sizeof(*rows));

	*nr = 0;
	for (size_t i = 0; rows && i < f->rows_nr; i++)
		if (is_compared(&f->rows[i], untold))
			rows[(*nr)++] = f->rows[i];
	if (rows)
		qsort(rows, *nr, sizeof(*rows), by_thing);
	return rows;
}

static size_t group_end(const struct pt_figures_row *rows, size_t nr, size_t first)
{
	size_t end = first + 1;

	while (end < nr && !compare_rows(&rows[first], &rows[end]))
		end++;
	return end;
}

/* Call sites of malloc, or of one pool. */
static int pair_sites(struct pairs *p, struct pt_diff *d, const struct pt_figures_row *a, size_t a_nr,
		      const struct pt_figures_row *b, size_t b_nr)
{
	uint32_t *to_b = malloc((a_nr + 1) * sizeof(*to_b));
	bool *taken = calloc(b_nr + 1, sizeof(*taken));
	int rc = to_b && taken ? pt_sites_match(a, a_nr, b, b_nr, to_b) : -PT_ENOMEM;

	for (size_t i = 0; i < a_nr && !rc; i++) {
		bool matched = to_b[i] != PT_SITE_NONE;

		p->all[p->nr++] = (struct both){ &a[i], matched ? &b[to_b[i]] : NULL };
		if (matched)
			taken[to_b[i]] = true;
		*(matched ? &d->sites_matched : &d->sites_only_before) += 1;
	}
	for (size_t i = 0; i < b_nr && !rc; i++) {
		if (taken[i])
			continue;
		p->all[p->nr++] = (struct both){ NULL, &b[i] };
		d->sites_only_after++;
	}
	free(to_b);
	free(taken);
	return rc;
}

static int pair_rows(struct pairs *p, struct pt_diff *d, const struct pt_figures_row *a, size_t a_nr,
		     const struct pt_figures_row *b, size_t b_nr)
{
	size_t i = 0, k = 0;
	int rc = 0;

	while ((i < a_nr || k < b_nr) && !rc) {
		int order = i == a_nr ? 1 : k == b_nr ? -1 : compare_rows(&a[i], &b[k]);
		size_t i_end = order <= 0 ? group_end(a, a_nr, i) : i;
		size_t k_end = order >= 0 ? group_end(b, b_nr, k) : k;

		if (is_site(order <= 0 ? &a[i] : &b[k]))
			rc = pair_sites(p, d, a + i, i_end - i, b + k, k_end - k);
		else
			p->all[p->nr++] = (struct both){ order <= 0 ? &a[i] : NULL, order >= 0 ? &b[k] : NULL };
		i = i_end;
		k = k_end;
	}
	return rc;
}

static void put_frame(FILE *out, const struct pt_figure_frame *f)
{
	const char *file = f->file ? pt_base_name(f->file) : NULL;

	if (!f->function)
		fputs(file ? file : "?", out);
	else if (!file)
		fputs(f->function, out);
	else if (!f->line)
		fprintf(out, "%s (%s)", f->function, file);
	else
		fprintf(out, "%s (%s:%" PRIu32 ")", f->function, file, f->line);
}

/* What a row is of, for people. NULL: no memory. */
static char *describe(const struct pt_figures_row *row)
{
	char *text;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);
	bool failed;

	if (!out)
		return NULL;
	if (is_site(row) && row->frames_nr) {
		put_frame(out, &row->frames[0]);
		if (row->frames_nr > 1) {
			fputs(", called from ", out);
			put_frame(out, &row->frames[1]);
		}
	} else if (row->name) {
		fprintf(out, "%s%s", is_site(row) ? "" : "threads ", row->name);
	}
	if (row->pool)
		fprintf(out, "%spool %s", row->scope == PT_SCOPE_POOL ? "" : " of ", row->pool);
	if (row->scope == PT_SCOPE_PROCESS)
		fputs("process", out);
	failed = ferror(out);
	if ((fclose(out) != 0) | failed) {
		free(text);
		return NULL;
	}
	return text;
}

static double value_of(const struct pt_figures_row *row, enum pt_metric m)
{
	if (row)
		return row->values[m];
	return pt_metrics[m].unit == PT_UNIT_RATIO ? NAN : 0;
}

static int add_change(struct pt_diff *d, size_t *room, const struct pt_diff_change *change)
{
	if (d->changes_nr == *room) {
		size_t more = *room ? 2 * *room : 64;
		struct pt_diff_change *all = realloc(d->changes, more * sizeof(*all));

		if (!all)
			return -PT_ENOMEM;
		d->changes = all;
		*room = more;
	}
	d->changes[d->changes_nr++] = *change;
	return 0;
}

/* The traces that are compared, and how their changes are weighed. */
struct sides {
	const struct pt_figures *before, *after;
	struct pt_diff_scale scale;
};

/* Of a thing that one of them does not have: a call site that was not drawn may be there; other things are in every trace. */
static struct pt_figure_margin margin_of(const struct pt_figures *f, const struct pt_figures_row *row, enum pt_scope scope, enum pt_metric m)
{
	if (!row && scope != PT_SCOPE_SITE)
		return (struct pt_figure_margin){ 0, 0 };
	return pt_figures_margin(f, row, m);
}

/* Estimates that may be of one and the same number. */
static bool is_unsure(const struct sides *s, const struct both *pair, const struct pt_diff_change *c)
{
	struct pt_figure_margin a = margin_of(s->before, pair->before, c->scope, c->metric);
	struct pt_figure_margin b = margin_of(s->after, pair->after, c->scope, c->metric);

	return fabs(c->after - c->before) <= (c->after > c->before ? hypot(a.above, b.below) : hypot(a.below, b.above));
}

static int compare_pair(struct pt_diff *d, size_t *room, const struct sides *sides, const struct both *pair)
{
	const struct pt_figures_row *shown = pair->after ? pair->after : pair->before;
	double in_use_a = value_of(pair->before, PT_METRIC_PEAK_IN_USE_BYTES);
	double in_use_b = value_of(pair->after, PT_METRIC_PEAK_IN_USE_BYTES);
	int rc = 0;

	for (int m = 0; m < PT_METRIC_NR && !rc; m++) {
		struct pt_diff_change c = {
			.scope = shown->scope, .metric = (enum pt_metric)m,
			.before = value_of(pair->before, (enum pt_metric)m), .after = value_of(pair->after, (enum pt_metric)m),
			.only_before = !pair->after, .only_after = !pair->before,
		};

		if (isnan(c.before) || isnan(c.after) || c.before == c.after)
			continue;
		if (is_unsure(sides, pair, &c)) {
			d->unsure_nr++;
			continue;
		}
		c.weight = pt_diff_weight(&sides->scale, c.metric, c.before, c.after, fmax(in_use_a, in_use_b));
		if (pt_diff_is_tiny(c.metric, c.before, c.after, c.weight)) {
			d->hidden_nr++;
			continue;
		}
		c.what = describe(shown);
		rc = c.what ? add_change(d, room, &c) : -PT_ENOMEM;
		if (rc)
			free(c.what);
	}
	return rc;
}

static int by_weight(const void *a, const void *b)
{
	const struct pt_diff_change *x = a, *y = b;
	int order = (int)x->scope - (int)y->scope;

	if (!order)
		order = (x->weight < y->weight) - (x->weight > y->weight);
	if (!order)
		order = strcmp(x->what, y->what);
	return order ? order : (int)x->metric - (int)y->metric;
}

static int set_names(const struct pt_figures *before, const struct pt_figures *after, struct pt_diff *out)
{
	out->before_path = strdup(before->trace);
	out->after_path = strdup(after->trace);
	out->before_program = strdup(before->program);
	out->after_program = strdup(after->program);
	return out->before_path && out->after_path && out->before_program && out->after_program ? 0 : -PT_ENOMEM;
}

int pt_diff_make(const struct pt_figures *before, const struct pt_figures *after, struct pt_diff *out)
{
	size_t a_nr = 0, b_nr = 0, room = 0;
	const unsigned int untold = before->untold | after->untold; /* by one of them */
	struct pt_figures_row *a = sorted_rows(before, untold, &a_nr), *b = sorted_rows(after, untold, &b_nr);
	struct pairs pairs = { .all = malloc((a_nr + b_nr + 1) * sizeof(*pairs.all)) };
	struct sides sides = { .before = before, .after = after };
	int rc;

	*out = (struct pt_diff){ 0 };
	rc = set_names(before, after, out);
	if (!rc && (!a || !b || !pairs.all))
		rc = -PT_ENOMEM;
	if (!rc)
		rc = pair_rows(&pairs, out, a, a_nr, b, b_nr);
	pt_diff_scale_of(before, after, &sides.scale);
	for (size_t i = 0; i < pairs.nr && !rc; i++)
		rc = compare_pair(out, &room, &sides, &pairs.all[i]);
	if (out->changes_nr)
		qsort(out->changes, out->changes_nr, sizeof(*out->changes), by_weight);
	free(a);
	free(b);
	free(pairs.all);
	return rc;
}

void pt_diff_fini(struct pt_diff *d)
{
	for (size_t i = 0; i < d->changes_nr; i++)
		free(d->changes[i].what);
	free(d->changes);
	free(d->before_path);
	free(d->after_path);
	free(d->before_program);
	free(d->after_program);
	*d = (struct pt_diff){ 0 };
}
