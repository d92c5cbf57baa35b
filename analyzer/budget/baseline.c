// SPDX-License-Identifier: MIT
/*
 * baseline.c - runs of programs into medians and spreads, row by row.
 *
 * CPUs are left out: which one a thread ran on is the system's choice.
 */
#include "baseline.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "baseline_parts.h"
#include "baseline_rows.h"

static const char *const scope_names[PT_SCOPE_NR] = {
	[PT_SCOPE_PROCESS] = "process",		[PT_SCOPE_POOL] = "pool",	    [PT_SCOPE_THREAD] = "thread",
	[PT_SCOPE_SITE] = "site",		[PT_SCOPE_POOL_THREAD] = "pool+thread",
	[PT_SCOPE_POOL_SITE] = "pool+site",
};

const char *pt_baseline_scope(enum pt_scope scope)
{
	return scope_names[scope];
}

bool pt_is_site(enum pt_scope scope)
{
	return scope == PT_SCOPE_SITE || scope == PT_SCOPE_POOL_SITE;
}

static int compare_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) : (a != NULL) - (b != NULL);
}

int pt_baseline_order(const struct pt_figures_row *a, const struct pt_figures_row *b)
{
	int order = (int)a->scope - (int)b->scope;

	if (!order)
		order = (a->from != NULL) - (b->from != NULL);
	if (!order)
		order = compare_text(a->pool, b->pool);
	if (!order)
		order = compare_text(a->name, b->name);
	if (!order)
		order = compare_text(a->from, b->from);
	return order ? order : compare_text(a->to, b->to);
}

static int make_program(const struct pt_baseline_runs *runs, struct pt_baseline_program *p)
{
	p->runs = runs->nr;
	p->program = strdup(runs->all[0]->program);
	return p->program ? pt_baseline_make_rows(runs, p) : -PT_ENOMEM;
}

static int by_program(const void *a, const void *b)
{
	const struct pt_figures *const *x = a, *const *y = b;
	int order = strcmp((*x)->program, (*y)->program);

	return order ? order : (*x > *y) - (*x < *y);
}

int pt_baseline_make(const struct pt_figures *runs, size_t runs_nr, struct pt_baseline *out)
{
	const struct pt_figures **all = malloc((runs_nr + 1) * sizeof(const struct pt_figures *));
	double *values = malloc((runs_nr + 1) * sizeof(*values));
	int rc = 0;
	size_t end;

	*out = (struct pt_baseline){ .programs = calloc(runs_nr + 1, sizeof(*out->programs)) };
	if (!all || !values || !out->programs)
		rc = -PT_ENOMEM;
	for (size_t i = 0; i < runs_nr && !rc; i++)
		all[i] = &runs[i];
	if (!rc)
		qsort(all, runs_nr, sizeof(const struct pt_figures *), by_program);
	for (size_t i = 0; i < runs_nr && !rc; i = end) {
		for (end = i + 1; end < runs_nr && !strcmp(all[i]->program, all[end]->program);)
			end++;
		rc = make_program(&(struct pt_baseline_runs){ all + i, (uint32_t)(end - i), values },
				  &out->programs[out->programs_nr++]);
	}
	free(all);
	free(values);
	return rc;
}

void pt_baseline_fini(struct pt_baseline *b)
{
	for (size_t i = 0; i < b->programs_nr; i++) {
		struct pt_baseline_program *p = &b->programs[i];

		for (size_t k = 0; k < p->rows_nr; k++)
			pt_figures_row_fini(&p->rows[k].is);
		free(p->rows);
		free(p->program);
	}
	free(b->programs);
	*b = (struct pt_baseline){ 0 };
}

const struct pt_baseline_program *pt_baseline_find(const struct pt_baseline *b, const char *program)
{
	for (size_t i = 0; i < b->programs_nr; i++)
		if (!strcmp(b->programs[i].program, program))
			return &b->programs[i];
	return NULL;
}
