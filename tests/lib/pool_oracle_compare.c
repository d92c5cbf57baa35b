/* SPDX-License-Identifier: MIT */
/*
 * pool_oracle_compare.c - the report beside the oracle, value by value.
 *
 * Both are JSON of the same shape. Every key of the one must be in the other, but those of the report
 * that are no numbers of docs/pools.md. Rows of a table are matched by what identifies them.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pool_oracle.h"

#define TOLERANCE 1e-9

static char *text_of(const json_t *value)
{
	char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

	return text ? text : strdup("(missing)");
}

void pool_oracle_differs(struct compare *c, const char *path, const json_t *report, const json_t *oracle)
{
	char *a = text_of(report), *b = text_of(oracle);

	printf("pool %s: %s: report %.300s, oracle %.300s\n", c->pool, path, a, b);
	c->differ++;
	free(a);
	free(b);
}

static bool same(const json_t *a, const json_t *b)
{
	double x, y;

	if (!json_is_real(a) && !json_is_real(b))
		return json_equal(a, b);
	if (!json_is_number(a) || !json_is_number(b))
		return false;
	x = json_number_value(a);
	y = json_number_value(b);
	return fabs(x - y) <= TOLERANCE * fmax(fabs(x), fabs(y)) + TOLERANCE;
}

/* What makes a row of a table the same row in both. NULL: its place in the array does. */
static char *identity(const char *table, const json_t *row)
{
	static const char *const keys[][8] = {
		{ "shards", "index" },
		{ "threads", "thread" },
		{ "cpus", "cpu" },
		{ "sites", "site" },
		{ "stranded", "from", "to" },
		{ "stranded_threads", "from", "to" },
		{ "stranded_cpus", "from", "to" },
		{ "flow", "from", "to" },
		{ "flow_threads", "from", "to" },
		{ "leaks", "site", "thread" },
		{ "misuse", "kind", "site", "other_site" },
		{ "waterfall", "term" },
	};
	char text[4096] = "";

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(keys[i][0], table))
			continue;
		for (int k = 1; keys[i][k]; k++) {
			char *part = text_of(json_object_get(row, keys[i][k]));

			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", k > 1 ? "," : "", part);
			free(part);
		}
		return strdup(text);
	}
	return NULL;
}

static bool all_zero(const json_t *row)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)row, key, value)
		if (strcmp(key, "site") && json_is_number(value) && json_number_value(value) != 0)
			return false;
	return true;
}

static json_t *find(const char *table, const json_t *array, const char *id)
{
	json_t *row;
	size_t i;

	json_array_foreach(array, i, row) {
		char *other = identity(table, row);
		bool is_it = other && strcmp(other, id) == 0;

		free(other);
		if (is_it)
			return row;
	}
	return NULL;
}

static void objects(struct compare *c, const char *path, json_t *a, json_t *b)
{
	char deeper[512];
	const char *key;
	json_t *value;

	json_object_foreach(b, key, value) {
		snprintf(deeper, sizeof(deeper), "%s%s%s", path, *path ? "." : "", key);
		pool_oracle_values(c, deeper, key, json_object_get(a, key), value);
	}
	json_object_foreach(a, key, value)
		if (!json_object_get(b, key)) {
			snprintf(deeper, sizeof(deeper), "%s%s%s", path, *path ? "." : "", key);
			pool_oracle_differs(c, deeper, value, NULL);
		}
}

/* Rows by identity; a row of a site where nothing counts may be missing. */
static void rows(struct compare *c, const char *path, const char *table, const json_t *a, const json_t *b)
{
	char deeper[512], *id;
	json_t *row;
	size_t i;

	json_array_foreach(b, i, row) {
		json_t *twin;

		id = identity(table, row);
		twin = find(table, a, id);
		snprintf(deeper, sizeof(deeper), "%s[%s]", path, id);
		if (twin)
			objects(c, deeper, twin, row);
		else if (strcmp(table, "sites") || !all_zero(row))
			pool_oracle_differs(c, deeper, NULL, row);
		free(id);
	}
	json_array_foreach(a, i, row) {
		id = identity(table, row);
		snprintf(deeper, sizeof(deeper), "%s[%s]", path, id);
		if (!find(table, b, id))
			pool_oracle_differs(c, deeper, row, NULL);
		free(id);
	}
}

static void places(struct compare *c, const char *path, const json_t *a, const json_t *b)
{
	size_t nr = json_array_size(a) > json_array_size(b) ? json_array_size(a) : json_array_size(b);
	char deeper[512];

	for (size_t i = 0; i < nr; i++) {
		snprintf(deeper, sizeof(deeper), "%s[%zu]", path, i);
		pool_oracle_values(c, deeper, "", json_array_get(a, i), json_array_get(b, i));
	}
}

void pool_oracle_values(struct compare *c, const char *path, const char *key, const json_t *a, const json_t *b)
{
	char *id;

	if (json_is_object(a) && json_is_object(b)) {
		objects(c, path, (json_t *)a, (json_t *)b);
	} else if (json_is_array(a) && json_is_array(b)) {
		id = json_array_size(b) ? identity(key, json_array_get(b, 0)) :
					  identity(key, json_array_get(a, 0));
		if (id)
			rows(c, path, key, a, b);
		else
			places(c, path, a, b);
		free(id);
	} else {
		c->compared++;
		if (!a || !b || !same(a, b))
			pool_oracle_differs(c, path, a, b);
	}
}
