/* SPDX-License-Identifier: MIT */
/* line.c - see line.h. */
#include "line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../format/error.h"
#include "../render/json_put.h"
#include "../render/utf8.h"

#define BUFFER_BYTES (256u * 1024)

int pt_line_init(struct pt_line *l)
{
	memset(l, 0, sizeof(*l));
	l->buffer = malloc(BUFFER_BYTES);
	return l->buffer ? 0 : -PT_ENOMEM;
}

void pt_line_fini(struct pt_line *l)
{
	free(l->buffer);
	l->buffer = NULL;
}

bool pt_line_flush(struct pt_line *l)
{
	size_t done = 0;

	while (done < l->nr && !l->failed) {
		ssize_t n = write(STDOUT_FILENO, l->buffer + done, l->nr - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			l->failed = true;
			l->error = errno;
		} else {
			done += (size_t)n;
		}
	}
	l->nr = 0;
	return !l->failed;
}

static void put(struct pt_line *l, const char *bytes, size_t nr)
{
	while (nr) {
		size_t part = BUFFER_BYTES - l->nr;

		part = part < nr ? part : nr;
		memcpy(l->buffer + l->nr, bytes, part);
		l->nr += part;
		bytes += part;
		nr -= part;
		if (l->nr == BUFFER_BYTES)
			pt_line_flush(l);
	}
}

void pt_line_text(struct pt_line *l, const char *text)
{
	put(l, text, strlen(text));
}

static void put_number(struct pt_line *l, uint64_t value, unsigned int left, unsigned int right)
{
	char digits[24];
	char *end = digits + sizeof(digits), *at = end;
	unsigned int nr;

	do
		*--at = (char)('0' + value % 10);
	while (value /= 10);
	for (nr = (unsigned int)(end - at); nr < right; right--)
		put(l, " ", 1);
	put(l, at, nr);
	for (; nr < left; nr++)
		put(l, " ", 1);
}

void pt_line_number(struct pt_line *l, uint64_t value)
{
	put_number(l, value, 0, 0);
}

void pt_line_number_right(struct pt_line *l, uint64_t value, unsigned int columns)
{
	put_number(l, value, 0, columns);
}

void pt_line_number_left(struct pt_line *l, uint64_t value, unsigned int columns)
{
	put_number(l, value, columns, 0);
}

void pt_line_hex(struct pt_line *l, uint64_t value)
{
	char digits[18];
	char *end = digits + sizeof(digits), *at = end;

	do
		*--at = "0123456789abcdef"[value & 15];
	while (value >>= 4);
	*--at = 'x';
	*--at = '0';
	put(l, at, (size_t)(end - at));
}

void pt_line_text_left(struct pt_line *l, const char *text, unsigned int columns)
{
	size_t nr = strlen(text);

	put(l, text, nr);
	for (; nr < columns; nr++)
		put(l, " ", 1);
}

void pt_line_clean(struct pt_line *l, const char *text)
{
	while (*text) {
		const unsigned char *p = (const unsigned char *)text;
		size_t nr = pt_utf8_bytes(p);

		if (nr && !pt_utf8_is_control(p))
			put(l, text, nr);
		else
			put(l, "?", 1);
		text += nr ? nr : 1;
	}
}

/* Rare (names and paths), so a library may do it. */
void pt_line_json(struct pt_line *l, const char *text)
{
	json_t *value = pt_json_text(text);
	char *encoded = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;

	pt_line_text(l, encoded ? encoded : "null");
	free(encoded);
	json_decref(value);
}
