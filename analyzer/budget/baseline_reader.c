// SPDX-License-Identifier: MIT
/*
 * baseline_reader.c - values of a baseline file, and words for what is wrong with them.
 */
#include "baseline_reader.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../../format/error.h"

#define NAME_BYTES_MAX 4096u

void pt_reader_into(struct pt_reader *r, const char *key, size_t index)
{
	if (r->path_nr < PT_READER_STEPS)
		r->path[r->path_nr++] = (struct pt_step){ key, index };
}

void pt_reader_out_of(struct pt_reader *r)
{
	r->path_nr--;
}

int pt_reader_wrong(struct pt_reader *r, const char *format, ...)
{
	uint32_t line, column;
	size_t length;
	va_list args;

	pt_baseline_place(r->text, r->path, r->path_nr, &line, &column);
	length = (size_t)snprintf(r->error, PT_BASELINE_ERROR_BYTES, "%u:%u: ", line, column);
	va_start(args, format);
	vsnprintf(r->error + length, PT_BASELINE_ERROR_BYTES - length, format, args);
	va_end(args);
	return -PT_EINVAL;
}

int pt_reader_keys(struct pt_reader *r, json_t *object, const char *const *known)
{
	const char *key;
	json_t *value;
	size_t i;

	json_object_foreach(object, key, value)
	{
		for (i = 0; known[i] && strcmp(known[i], key) != 0;)
			i++;
		if (known[i])
			continue;
		pt_reader_into(r, key, 0);
		return pt_reader_wrong(r, "unknown key \"%.60s\"", key);
	}
	return 0;
}

int pt_reader_text(struct pt_reader *r, json_t *object, const char *key, bool must, char **out)
{
	json_t *value = json_object_get(object, key);
	int rc = 0;

	*out = NULL;
	if (!value)
		return must ? pt_reader_wrong(r, "\"%s\" is missing", key) : 0;
	pt_reader_into(r, key, 0);
	if (!json_is_string(value) || !json_string_length(value))
		rc = pt_reader_wrong(r, "\"%s\" is no name", key);
	else if (json_string_length(value) > NAME_BYTES_MAX)
		rc = pt_reader_wrong(r, "\"%s\" is longer than %u bytes", key, NAME_BYTES_MAX);
	else if (!(*out = pt_text_from_utf8(json_string_value(value))))
		rc = -PT_ENOMEM;
	if (!rc)
		pt_reader_out_of(r);
	return rc;
}

int pt_reader_runs(struct pt_reader *r, json_t *value, double most, uint32_t *out)
{
	double number = json_number_value(value);

	if (!json_is_number(value) || number != floor(number) || number < 1 || number > most)
		return pt_reader_wrong(r, "a number of runs is a whole number from 1 to %.0f", most);
	*out = (uint32_t)number;
	return 0;
}
