/* SPDX-License-Identifier: MIT */
/*
 * figures_row.h - one row of figures by its name, and its values.
 */
#ifndef PT_FIGURES_ROW_H
#define PT_FIGURES_ROW_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../analyzer/result/figures.h"

static inline const struct pt_figures_row *row_of(const struct pt_figures *f, enum pt_scope scope,
						  const char *pool, const char *name)
{
	const struct pt_figures_row *found = NULL;

	for (size_t i = 0; i < f->rows_nr; i++) {
		const struct pt_figures_row *row = &f->rows[i];

		if (row->scope != scope || row->from || (pool && strcmp(row->pool, pool) != 0) ||
		    (name && strcmp(row->name, name) != 0))
			continue;
		assert_null(found); /* one of each name */
		found = row;
	}
	assert_non_null(found);
	return found;
}

static inline double value_of(const struct pt_figures *f, enum pt_scope scope, const char *pool, const char *name,
			      enum pt_metric metric)
{
	return row_of(f, scope, pool, name)->values[metric];
}

#define SAME(got, want) assert_true(fabs((got) - (double)(want)) < 1e-6)

#endif
