// SPDX-License-Identifier: MIT
/*
 * json_stream.c - a document written while it is made: a row is kilobytes as json_t, and there may be 100,000.
 *
 * Containers that were begun and not yet ended are written as far as they are filled. What is put into the
 * innermost of them is written at once, as json_dumpf() would have written it in its place.
 */
#include "json_put.h"

#define DUMP_FLAGS (JSON_INDENT(1) | JSON_REAL_PRECISION(12) | JSON_ENCODE_ANY)

static void new_line(const struct pt_json *d)
{
	fprintf(d->out, "\n%*s", (int)d->open_nr, "");
}

/* What stands before a value of the innermost container. key: NULL in an array. */
static void lead(struct pt_json *d, const char *key)
{
	struct pt_json_level *level;

	if (!d->open_nr)
		return;
	level = &d->open[d->open_nr - 1];
	if (level->filled)
		fputc(',', d->out);
	level->filled = true;
	new_line(d);
	if (key)
		fprintf(d->out, "\"%s\": ", key);
}

/* Each line of it lies as deep as the container. */
static int put_text(const char *text, size_t bytes, void *arg)
{
	const struct pt_json *d = arg;

	for (size_t i = 0; i < bytes; i++) {
		if (text[i] == '\n')
			new_line(d);
		else
			fputc(text[i], d->out);
	}
	return ferror(d->out) ? -1 : 0;
}

bool pt_json_is_open(const struct pt_json *d, const json_t *container)
{
	return d->open_nr && d->open[d->open_nr - 1].container == container;
}

void pt_json_write(struct pt_json *d, const char *key, json_t *value)
{
	lead(d, key);
	if (!value)
		d->failed = true;
	else if (json_dump_callback(value, put_text, d, DUMP_FLAGS) && !ferror(d->out))
		d->failed = true;
	json_decref(value);
}

json_t *pt_json_begin(struct pt_json *d, json_t *in, const char *key, enum pt_json_kind kind)
{
	json_t *container = json_null(); /* never one of another's: they are objects and arrays */

	if (d->open_nr == PT_JSON_OPEN_MAX || (d->open_nr && !pt_json_is_open(d, in))) {
		d->failed = true; /* out of turn */
		return container;
	}
	container = kind == PT_JSON_ARRAY ? json_array() : json_object();
	d->failed |= !container;
	lead(d, key);
	fputc(kind == PT_JSON_ARRAY ? '[' : '{', d->out);
	d->open[d->open_nr++] = (struct pt_json_level){ container, kind, false };
	return container;
}

void pt_json_end(struct pt_json *d, json_t *container)
{
	struct pt_json_level level;

	if (!pt_json_is_open(d, container)) {
		d->failed = true;
		return;
	}
	level = d->open[--d->open_nr];
	d->failed |= json_object_size(container) + json_array_size(container) > 0; /* something came out of turn */
	if (level.filled)
		new_line(d);
	fputc(level.kind == PT_JSON_ARRAY ? ']' : '}', d->out);
	json_decref(container);
}
