// SPDX-License-Identifier: MIT
/*
 * site_match.c - call sites of two builds or runs paired.
 *
 * Three rounds, each with what the one before left: rows that read the same; rows named by the same function; rows of
 * which one is named by the other's first caller. In the last two the best fits come first.
 */
#include "site_match.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "site_frames.h"

/* Below this two sites are not one, unless one stack is the other with frames left out. */
#define SHARE_LEAST 0.5
/* When one lacks its naming frame there must be more: "main" alone is a caller of everything. */
#define SHARE_LEAST_UNNAMED 0.6
/* Of a function that names more sites than GROUP in both, a row is compared with those near it in two orders of frames: by
 * the innermost first, by the outermost first. */
#define GROUP 64u
#define NEAR  8u

/* Rows of one side. */
struct side {
	const struct pt_figures_row *rows;
	struct pt_site_frames *sites;
	uint32_t *order; /* those that are still alone; sorted for the round */
	uint32_t order_nr;
	bool *taken;
	uint32_t depth; /* of the frame that rows are grouped by in this round */
	bool outermost_first;
};

struct pair {
	double share;
	uint32_t a, b;
};

/* A list that grows; `failed` sticks. */
struct pairs {
	struct pair *all;
	size_t nr, room;
	bool failed;
};

static bool acceptable(const struct pt_site_fit *fit, bool named)
{
	double share = pt_site_fit_share(fit);

	if (!named)
		return !fit->replaced && share >= SHARE_LEAST_UNNAMED;
	return fit->within || share >= SHARE_LEAST;
}

double pt_sites_alike(const struct pt_figures_row *a, const struct pt_figures_row *b)
{
	struct pt_site_frames x, y;
	struct pt_site_fit fit;

	pt_site_frames_of(a, &x);
	pt_site_frames_of(b, &y);
	if (!x.frames_nr && !y.frames_nr)
		return a->name && b->name && !strcmp(a->name, b->name);
	if (pt_site_frames_fit(&x, 0, &y, 0, &fit))
		return pt_site_fit_share(&fit);
	if ((pt_site_frames_fit(&x, 1, &y, 0, &fit) || pt_site_frames_fit(&x, 0, &y, 1, &fit)) && acceptable(&fit, false))
		return pt_site_fit_share(&fit);
	return 0;
}

static int compare_frames(const struct pt_site_frame *x, const struct pt_site_frame *y)
{
	if (x->whole != y->whole)
		return x->whole < y->whole ? -1 : 1;
	return (x->file > y->file) - (x->file < y->file);
}

/* Frames of `x` from number from_x on, of `y` from from_y. */
static int compare_sites(const struct pt_site_frames *x, uint32_t from_x, const struct pt_site_frames *y, uint32_t from_y,
			 bool outermost_first)
{
	uint32_t x_nr = x->frames_nr - from_x, y_nr = y->frames_nr - from_y;
	int order = 0;

	for (uint32_t i = 0; !order && i < x_nr && i < y_nr; i++)
		order = outermost_first ? compare_frames(&x->frames[x->frames_nr - 1 - i], &y->frames[y->frames_nr - 1 - i])
					: compare_frames(&x->frames[i + from_x], &y->frames[i + from_y]);
	return order ? order : (x_nr > y_nr) - (x_nr < y_nr);
}

/* Rows without frames go by name. Equals by the line that names them: two calls in one function. */
static int compare_rows(const struct side *s, uint32_t x, const struct side *t, uint32_t y)
{
	int order = compare_sites(&s->sites[x], 0, &t->sites[y], 0, false);
	const char *a = s->rows[x].name, *b = t->rows[y].name;

	if (!order && !s->sites[x].frames_nr)
		order = a && b ? strcmp(a, b) : (a != NULL) - (b != NULL);
	return order;
}

static int by_reading(const void *a, const void *b, void *side)
{
	const uint32_t *x = a, *y = b;
	struct side *s = side;
	int order = compare_rows(s, *x, s, *y);

	if (!order && s->sites[*x].frames_nr)
		order = (s->rows[*x].frames[0].line > s->rows[*y].frames[0].line) -
			(s->rows[*x].frames[0].line < s->rows[*y].frames[0].line);
	return order ? order : (*x > *y) - (*x < *y);
}

/* Round 1: both sides in one order, and equals taken off both. */
static void pair_same(struct side *a, struct side *b, uint32_t *to_b)
{
	uint32_t i = 0, k = 0;

	qsort_r(a->order, a->order_nr, sizeof(*a->order), by_reading, a);
	qsort_r(b->order, b->order_nr, sizeof(*b->order), by_reading, b);
	while (i < a->order_nr && k < b->order_nr) {
		int order = compare_rows(a, a->order[i], b, b->order[k]);

		if (!order) {
			to_b[a->order[i]] = b->order[k];
			a->taken[a->order[i]] = b->taken[b->order[k]] = true;
		}
		i += order <= 0;
		k += order >= 0;
	}
}

static uint64_t group_of(const struct side *s, uint32_t row)
{
	return s->sites[row].frames[s->depth].function;
}

static int by_group(const void *a, const void *b, void *side)
{
	const uint32_t *x = a, *y = b;
	struct side *s = side;
	uint64_t gx = group_of(s, *x), gy = group_of(s, *y);
	int order;

	if (gx != gy)
		return gx < gy ? -1 : 1;
	order = compare_sites(&s->sites[*x], s->depth, &s->sites[*y], s->depth, s->outermost_first);
	return order ? order : (*x > *y) - (*x < *y);
}

/* What is still alone and deep enough for the round, in its order. */
static void line_up(struct side *s, size_t rows_nr, uint32_t depth, bool outermost_first)
{
	s->depth = depth;
	s->outermost_first = outermost_first;
	s->order_nr = 0;
	for (uint32_t i = 0; i < rows_nr; i++)
		if (!s->taken[i] && s->sites[i].frames_nr > depth)
			s->order[s->order_nr++] = i;
	qsort_r(s->order, s->order_nr, sizeof(*s->order), by_group, s);
}

static void consider(const struct side *a, uint32_t x, const struct side *b, uint32_t y, struct pairs *pairs)
{
	struct pt_site_fit fit;

	if (pairs->failed || !pt_site_frames_fit(&a->sites[x], a->depth, &b->sites[y], b->depth, &fit) ||
	    !acceptable(&fit, a->depth == b->depth))
		return;
	if (pairs->nr == pairs->room) {
		size_t room = pairs->room ? 2 * pairs->room : 256;
		struct pair *all = realloc(pairs->all, room * sizeof(*all));

		if (!all) {
			pairs->failed = true;
			return;
		}
		pairs->all = all;
		pairs->room = room;
	}
	pairs->all[pairs->nr++] = (struct pair){ pt_site_fit_share(&fit), x, y };
}

/* Rows of one group: a's from i to i_end in its order, b's from k to k_end. */
static void consider_group(const struct side *a, uint32_t i, uint32_t i_end, const struct side *b, uint32_t k,
			   uint32_t k_end, struct pairs *pairs)
{
	bool small = i_end - i <= GROUP && k_end - k <= GROUP;
	uint32_t at = k;

	if (small && a->outermost_first)
		return; /* all of them were compared in the other order */
	for (; i < i_end; i++) {
		uint32_t from = k, to = k_end;

		if (!small) {
			while (at < k_end && compare_sites(&b->sites[b->order[at]], b->depth, &a->sites[a->order[i]],
							   a->depth, a->outermost_first) < 0)
				at++;
			from = at - k > NEAR ? at - NEAR : k;
			to = k_end - at > NEAR ? at + NEAR : k_end;
		}
		for (uint32_t j = from; j < to; j++)
			consider(a, a->order[i], b, b->order[j], pairs);
	}
}

static void consider_all(const struct side *a, const struct side *b, struct pairs *pairs)
{
	uint32_t i = 0, k = 0, i_end, k_end;

	while (i < a->order_nr && k < b->order_nr) {
		uint64_t ga = group_of(a, a->order[i]), gb = group_of(b, b->order[k]);

		for (i_end = i; i_end < a->order_nr && group_of(a, a->order[i_end]) == ga;)
			i_end++;
		for (k_end = k; k_end < b->order_nr && group_of(b, b->order[k_end]) == gb;)
			k_end++;
		if (ga == gb)
			consider_group(a, i, i_end, b, k, k_end, pairs);
		i = ga <= gb ? i_end : i;
		k = gb <= ga ? k_end : k;
	}
}

static int by_share(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (x->share != y->share)
		return x->share < y->share ? 1 : -1;
	if (x->a != y->a)
		return x->a < y->a ? -1 : 1;
	return (x->b > y->b) - (x->b < y->b);
}

/* A later round: rows whose frame number depth_a (b) is the same, best fits first. */
static int pair_best(struct side *a, size_t a_nr, uint32_t depth_a, struct side *b, size_t b_nr, uint32_t depth_b,
		     uint32_t *to_b)
{
	struct pairs pairs = { 0 };

	for (int outermost_first = 0; outermost_first < 2; outermost_first++) {
		line_up(a, a_nr, depth_a, outermost_first);
		line_up(b, b_nr, depth_b, outermost_first);
		consider_all(a, b, &pairs);
	}
	if (pairs.nr)
		qsort(pairs.all, pairs.nr, sizeof(*pairs.all), by_share);
	for (size_t i = 0; i < pairs.nr && !pairs.failed; i++) {
		struct pair *p = &pairs.all[i];

		if (a->taken[p->a] || b->taken[p->b])
			continue;
		to_b[p->a] = p->b;
		a->taken[p->a] = b->taken[p->b] = true;
	}
	free(pairs.all);
	return pairs.failed ? -PT_ENOMEM : 0;
}

static int side_init(struct side *s, const struct pt_figures_row *rows, size_t rows_nr)
{
	*s = (struct side){ .rows = rows, .order_nr = (uint32_t)rows_nr };
	s->sites = malloc((rows_nr + 1) * sizeof(*s->sites));
	s->order = malloc((rows_nr + 1) * sizeof(*s->order));
	s->taken = calloc(rows_nr + 1, sizeof(*s->taken));
	if (!s->sites || !s->order || !s->taken)
		return -PT_ENOMEM;
	for (uint32_t i = 0; i < rows_nr; i++) {
		pt_site_frames_of(&rows[i], &s->sites[i]);
		s->order[i] = i;
	}
	return 0;
}

static void side_fini(struct side *s)
{
	free(s->sites);
	free(s->order);
	free(s->taken);
}

int pt_sites_match(const struct pt_figures_row *a, size_t a_nr, const struct pt_figures_row *b, size_t b_nr,
		   uint32_t *to_b)
{
	struct side x, y;
	int rc = side_init(&x, a, a_nr);
	int rc_y = side_init(&y, b, b_nr);

	for (size_t i = 0; i < a_nr; i++)
		to_b[i] = PT_SITE_NONE;
	if (rc || rc_y) {
		rc = -PT_ENOMEM;
		goto out;
	}
	pair_same(&x, &y, to_b);
	rc = pair_best(&x, a_nr, 0, &y, b_nr, 0, to_b);
	if (!rc)
		rc = pair_best(&x, a_nr, 1, &y, b_nr, 0, to_b);
	if (!rc)
		rc = pair_best(&x, a_nr, 0, &y, b_nr, 1, to_b);
out:
	side_fini(&x);
	side_fini(&y);
	return rc;
}
