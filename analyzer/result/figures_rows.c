// SPDX-License-Identifier: MIT
/*
 * figures_rows.c - rows of figures as they come: those that are called the same become one.
 */
#include "figures_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "../../format/error.h"

struct pt_rows_place {
	size_t row;
	UT_hash_handle hh;
	char key[]; /* scope, pool, name */
};

void pt_rows_none(double values[PT_METRIC_NR])
{
	for (int m = 0; m < PT_METRIC_NR; m++)
		values[m] = NAN;
}

double pt_rows_known(uint64_t number)
{
	return number == PT_UNKNOWN ? NAN : (double)number;
}

static int grow(struct pt_rows *b)
{
	size_t max = b->max ? 2 * b->max : 64;
	struct pt_figures_row *rows;
	double *weights;

	if (b->out->rows_nr < b->max)
		return 0;
	rows = realloc(b->out->rows, max * sizeof(*rows));
	if (!rows)
		return -PT_ENOMEM;
	b->out->rows = rows;
	weights = realloc(b->weights, max * sizeof(*weights));
	if (!weights)
		return -PT_ENOMEM;
	b->weights = weights;
	b->max = max;
	return 0;
}

static char *copy(const char *text, int *err)
{
	char *out = text ? strdup(text) : NULL;

	if (text && !out)
		*err = -PT_ENOMEM;
	return out;
}

struct pt_figures_row *pt_rows_append(struct pt_rows *b, enum pt_scope scope, const char *pool, const char *name,
				      const double *values)
{
	struct pt_figures_row *row;
	int err = grow(b);

	if (err)
		return NULL;
	b->weights[b->out->rows_nr] = -1;
	row = &b->out->rows[b->out->rows_nr++];
	memset(row, 0, sizeof(*row));
	row->scope = scope;
	row->pool = copy(pool, &err);
	row->name = copy(name, &err);
	if (values)
		memcpy(row->values, values, sizeof(row->values));
	else
		pt_rows_none(row->values);
	return err ? NULL : row;
}

void pt_rows_add_values(double into[PT_METRIC_NR], const double values[PT_METRIC_NR])
{
	for (int m = 0; m < PT_METRIC_NR; m++) {
		if (isnan(into[m]) || isnan(values[m]))
			into[m] = NAN;
		else if (pt_metrics[m].together == PT_TOGETHER_SUM)
			into[m] += values[m];
		else
			into[m] = fmax(into[m], values[m]);
	}
}

static struct pt_rows_place *make_place(enum pt_scope scope, const char *pool, const char *name, size_t *key_bytes)
{
	size_t pool_bytes = pool ? strlen(pool) + 1 : 1, name_bytes = name ? strlen(name) + 1 : 1;
	struct pt_rows_place *place = calloc(1, sizeof(*place) + 1 + pool_bytes + name_bytes);

	if (!place)
		return NULL;
	place->key[0] = (char)scope;
	if (pool)
		memcpy(place->key + 1, pool, pool_bytes);
	if (name)
		memcpy(place->key + 1 + pool_bytes, name, name_bytes);
	*key_bytes = 1 + pool_bytes + name_bytes;
	return place;
}

struct pt_figures_row *pt_rows_add(struct pt_rows *b, enum pt_scope scope, const char *pool, const char *name,
				   const double values[PT_METRIC_NR])
{
	size_t key_bytes;
	struct pt_rows_place *place = make_place(scope, pool, name, &key_bytes), *found;
	struct pt_figures_row *row;

	if (!place)
		return NULL;
	HASH_FIND(hh, b->places, place->key, key_bytes, found);
	if (found) {
		free(place);
		row = &b->out->rows[found->row];
		pt_rows_add_values(row->values, values);
		return row;
	}
	place->row = b->out->rows_nr;
	row = pt_rows_append(b, scope, pool, name, values);
	if (!row) {
		free(place);
		return NULL;
	}
	HASH_ADD_KEYPTR(hh, b->places, place->key, key_bytes, place);
	return row;
}

static void rows_fini(struct pt_rows *b)
{
	struct pt_rows_place *place, *next;

	HASH_ITER (hh, b->places, place, next) {
		HASH_DELETE(hh, b->places, place);
		free(place);
	}
	free(b->weights);
}

static int compare_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

struct placed {
	struct pt_figures_row row;
	size_t at;
};

/* By scope; whole runs first, by pool and name; then phases as they came. */
static int by_place(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	int order = (x->row.scope > y->row.scope) - (x->row.scope < y->row.scope);

	if (!order)
		order = (x->row.from != NULL) - (y->row.from != NULL);
	if (!order && !x->row.from)
		order = compare_text(x->row.pool, y->row.pool);
	if (!order && !x->row.from)
		order = compare_text(x->row.name, y->row.name);
	return order ? order : (x->at > y->at) - (x->at < y->at);
}

static int sort(struct pt_figures *f)
{
	struct placed *placed = malloc((f->rows_nr + 1) * sizeof(*placed));

	if (!placed)
		return -PT_ENOMEM;
	for (size_t i = 0; i < f->rows_nr; i++) {
		placed[i].row = f->rows[i];
		placed[i].at = i;
	}
	qsort(placed, f->rows_nr, sizeof(*placed), by_place);
	for (size_t i = 0; i < f->rows_nr; i++)
		f->rows[i] = placed[i].row;
	free(placed);
	return 0;
}

static void find_reasons(const struct pt_rows *b)
{
	for (int m = 0; m < PT_METRIC_NR; m++) {
		bool known = false;

		for (size_t i = 0; i < b->out->rows_nr && !known; i++)
			known = !isnan(b->out->rows[i].values[m]);
		b->out->reasons[m] = known ? NULL : pt_rows_why(b, (enum pt_metric)m);
	}
}

int pt_rows_make(const struct pt_report *r, const struct pt_graph_snapshot *snapshot, struct pt_figures *out)
{
	struct pt_rows b = { .r = r, .snapshot = snapshot, .out = out };
	int err = pt_figures_of_whole(&b);

	if (!err)
		err = pt_figures_of_phases(&b);
	if (!err)
		err = pt_figures_of_threads(&b);
	if (!err)
		err = pt_figures_of_sites(&b);
	if (!err)
		err = pt_figures_of_graph(&b);
	if (!err)
		err = sort(out);
	if (!err)
		find_reasons(&b);
	rows_fini(&b);
	return err;
}
