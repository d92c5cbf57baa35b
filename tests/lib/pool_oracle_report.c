/* SPDX-License-Identifier: MIT */
/*
 * pool_oracle_report.c - the report, brought into the oracle's shape and compared.
 *
 * A call site of the report becomes the number that the oracle has for the same frames; keys whose
 * values are no numbers of docs/pools.md go.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pool_oracle.h"

/* Frames of the report as pool_oracle_load.c writes those of the dump: inlined ones have no address. */
static char *frames_text(const json_t *frames)
{
	char *text = NULL;
	size_t text_bytes, i;
	json_t *frame;
	FILE *out = open_memstream(&text, &text_bytes);

	if (!out)
		pool_oracle_die(2, "no memory");
	json_array_foreach(frames, i, frame) {
		const char *module = json_string_value(json_object_get(frame, "module"));

		if (json_is_true(json_object_get(frame, "inlined")))
			continue;
		fprintf(out, "%s+%" JSON_INTEGER_FORMAT " ", module ? module : "",
			json_integer_value(json_object_get(frame, "offset_bytes")));
	}
	fclose(out);
	return text;
}

/* The oracle's number of the site that `holder` has the frames of. */
static json_t *site_number(const struct oracle *o, const json_t *holder)
{
	char *frames = frames_text(json_object_get(holder, "frames"));
	json_t *number = NULL;

	for (size_t i = 0; i < o->sites_nr && !number; i++)
		if (strcmp(o->sites[i].frames, frames) == 0)
			number = pool_oracle_number(i);
	if (!number)
		pool_oracle_die(2, "the report has a call site that the dump has not: %s", frames);
	free(frames);
	return number;
}

static void drop_keys(json_t *object, const char *const *keys)
{
	for (; *keys; keys++)
		json_object_del(object, *keys);
}

static void number_sites(const struct oracle *o, json_t *table)
{
	static const char *const frames[] = { "frames", "named_frame", "stack_end", NULL };
	json_t *row;
	size_t i;

	json_array_foreach(table, i, row) {
		pool_oracle_set(row, "site", site_number(o, row));
		drop_keys(row, frames);
	}
}

static void number_misuse(const struct oracle *o, json_t *table)
{
	static const char *const stacks[] = { "stack", "other_stack", NULL };
	json_t *row;
	size_t i;

	json_array_foreach(table, i, row) {
		const json_t *other = json_object_get(row, "other_stack");

		pool_oracle_set(row, "other_site", json_is_object(other) ? site_number(o, other) : json_null());
		pool_oracle_set(row, "site", site_number(o, json_object_get(row, "stack")));
		drop_keys(row, stacks);
	}
}

static json_t *pool_named(const json_t *document, const struct row *r)
{
	json_t *pool;
	size_t i;

	json_array_foreach(json_object_get(document, "pools"), i, pool) {
		const char *name = json_string_value(json_object_get(pool, "name"));
		const char *source = json_string_value(json_object_get(pool, "source"));

		if (name && source && strcmp(name, r->name) == 0 && strcmp(source, "allocator"))
			return pool;
	}
	return NULL;
}

static size_t pools_nr(const json_t *document)
{
	json_t *pool;
	size_t i, nr = 0;

	json_array_foreach(json_object_get(document, "pools"), i, pool) {
		const char *source = json_string_value(json_object_get(pool, "source"));

		nr += source && strcmp(source, "allocator") != 0;
	}
	return nr;
}

/* Words, and numbers that docs/report.md defines. */
static const char *const not_ours[] = { "verdict", "old_idle_bytes", NULL };

static void compare_pool(const struct oracle *o, const json_t *document, const struct row *r,
			 struct compare *c)
{
	json_t *pool = pool_named(document, r);

	c->pool = r->name;
	if (!pool) {
		pool_oracle_differs(c, "", NULL, json_object_get(r->json, "name"));
		return;
	}
	drop_keys(pool, not_ours);
	number_sites(o, json_object_get(pool, "sites"));
	number_sites(o, json_object_get(pool, "leaks"));
	number_misuse(o, json_object_get(pool, "misuse"));
	pool_oracle_merge_ties(o, r, json_object_get(pool, "misuse"));
	pool_oracle_merge_ties(o, r, json_object_get(r->json, "misuse"));
	pool_oracle_values(c, "", "", pool, r->json);
}

size_t pool_oracle_compare(struct oracle *o, const char *report_path, size_t *compared)
{
	json_t *document = json_load_file(report_path, 0, NULL), *whole, *mark;
	struct compare c = { .pool = "(all)" };
	const char *key;
	json_t *value;
	size_t k;

	if (!document)
		pool_oracle_die(2, "%s is no JSON", report_path);
	pool_oracle_values(&c, "number of pools", "", pool_oracle_number(pools_nr(document)),
			   pool_oracle_number(o->rows_nr));
	value = json_object_get(json_object_get(document, "totals"), "duration_ns");
	if ((uint64_t)json_integer_value(value) != o->end_ns)
		pool_oracle_die(3, "dump and report have read different clocks from the trace");
	json_array_foreach(json_object_get(document, "marks"), k, mark)
		json_object_del(mark, "idle_bytes"); /* malloc's */
	whole = pool_oracle_whole(o, document);
	json_object_foreach(whole, key, value)
		pool_oracle_values(&c, key, "", json_object_get(document, key), value);
	for (size_t i = 0; i < o->rows_nr; i++)
		compare_pool(o, document, &o->rows[i], &c);
	*compared = c.compared;
	json_decref(whole);
	json_decref(document);
	return c.differ;
}
