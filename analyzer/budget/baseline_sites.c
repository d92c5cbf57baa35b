// SPDX-License-Identifier: MIT
/*
 * baseline_sites.c - the call sites that matter.
 */
#include "baseline_sites.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "baseline_parts.h"

struct ranked {
	const struct pt_baseline_row *row;
	int metric;
};

/* Scope by scope and pool by pool; in each the largest first. Equals in the order of the rows. */
static int by_rank(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;
	double value_x = x->row->metrics[x->metric].median, value_y = y->row->metrics[y->metric].median;
	const char *pool_x = x->row->is.pool ? x->row->is.pool : "", *pool_y = y->row->is.pool ? y->row->is.pool : "";
	int order = (int)x->row->is.scope - (int)y->row->is.scope;

	if (!order)
		order = strcmp(pool_x, pool_y);
	if (!order)
		order = (value_x < value_y) - (value_x > value_y);
	return order ? order : (x->row > y->row) - (x->row < y->row);
}

static bool same_rank_list(const struct ranked *a, const struct ranked *b)
{
	if (a->row->is.scope != b->row->is.scope)
		return false;
	return !a->row->is.pool || !b->row->is.pool || !strcmp(a->row->is.pool, b->row->is.pool);
}

/* Marks the first by metric `m` among sites of `scope`. */
static void rank(const struct pt_baseline_program *p, enum pt_scope scope, int m, struct ranked *list, bool *keep)
{
	size_t nr = 0, first = 0;

	for (size_t i = 0; i < p->rows_nr; i++)
		if (p->rows[i].is.scope == scope && p->rows[i].metrics[m].runs && p->rows[i].metrics[m].median > 0)
			list[nr++] = (struct ranked){ &p->rows[i], m };
	qsort(list, nr, sizeof(*list), by_rank);
	for (size_t i = 0; i < nr; i++) {
		if (!same_rank_list(&list[first], &list[i]))
			first = i;
		if (i - first < PT_BASELINE_SITES)
			keep[list[i].row - p->rows] = true;
	}
}

int pt_baseline_keep_sites(struct pt_baseline_program *p)
{
	struct ranked *list = malloc((p->rows_nr + 1) * sizeof(*list));
	bool *keep = calloc(p->rows_nr + 1, sizeof(*keep));
	bool blamed[PT_SCOPE_NR][PT_METRIC_NR] = { { false } };
	size_t kept = 0;

	if (!list || !keep) {
		free(list);
		free(keep);
		return -PT_ENOMEM;
	}
	for (int m = 0; m < PT_METRIC_NR; m++) {
		blamed[PT_SCOPE_SITE][pt_metrics[m].blame] = true;
		blamed[PT_SCOPE_POOL_SITE][pt_metrics[m].pool_blame] = true;
	}
	for (int m = 0; m < PT_METRIC_NR; m++) {
		if (blamed[PT_SCOPE_SITE][m])
			rank(p, PT_SCOPE_SITE, m, list, keep);
		if (blamed[PT_SCOPE_POOL_SITE][m])
			rank(p, PT_SCOPE_POOL_SITE, m, list, keep);
	}
	for (size_t i = 0; i < p->rows_nr; i++) {
		if (pt_is_site(p->rows[i].is.scope) && !keep[i])
			pt_figures_row_fini(&p->rows[i].is);
		else
			p->rows[kept++] = p->rows[i];
	}
	p->rows_nr = kept;
	free(list);
	free(keep);
	return 0;
}
