// SPDX-License-Identifier: MIT
/*
 * baseline_text.c - names that may be any bytes as UTF-8 and back, and where a value stands in a JSON text.
 */
#include <stdlib.h>
#include <string.h>

#include "baseline_parts.h"

/* Bytes 0x80 to 0xff that belong to no UTF-8 sequence: MirBSD's OPTU-8/16 puts them at U+EF80 to U+EFFF. */
#define RAW_FIRST 0xef80u
#define RAW_LAST  0xefffu

/* Bytes of the valid sequence at p, 1 to 4, and what it stands for; 0: none. RFC 3629, table 3-7 of Unicode. */
static size_t decode(const unsigned char *p, uint32_t *point)
{
	static const struct {
		unsigned char first, last, bytes;
	} leads[] = { { 0x00, 0x7f, 1 }, { 0xc2, 0xdf, 2 }, { 0xe0, 0xef, 3 }, { 0xf0, 0xf4, 4 } };
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t bytes = 0;

	for (size_t i = 0; i < 4; i++)
		if (*p >= leads[i].first && *p <= leads[i].last)
			bytes = leads[i].bytes;
	*point = bytes == 1 ? *p : *p & (0x7fu >> bytes);
	for (size_t i = 1; i < bytes; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*point = *point << 6 | (p[i] & 0x3f);
	}
	if (bytes && (*point < least[bytes] || *point > 0x10ffff || (*point >= 0xd800 && *point <= 0xdfff)))
		return 0;
	return bytes;
}

static bool is_raw(uint32_t point)
{
	return point >= RAW_FIRST && point <= RAW_LAST;
}

char *pt_text_to_utf8(const char *bytes)
{
	const unsigned char *p = (const unsigned char *)bytes;
	unsigned char *text = malloc(3 * strlen(bytes) + 1), *out = text;
	uint32_t point;

	while (text && *p) {
		size_t n = decode(p, &point);

		if (n && !is_raw(point)) {
			memcpy(out, p, n);
			out += n;
			p += n;
			continue;
		}
		point = RAW_FIRST + (*p++ - 0x80); /* a name's own U+EF80 to U+EFFF too, else they would not come back */
		*out++ = 0xe0 | point >> 12;
		*out++ = 0x80 | (point >> 6 & 0x3f);
		*out++ = 0x80 | (point & 0x3f);
	}
	if (text)
		*out = '\0';
	return (char *)text;
}

char *pt_text_from_utf8(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	char *bytes = malloc(strlen(text) + 1), *out = bytes;
	uint32_t point;

	while (bytes && *p) {
		size_t n = decode(p, &point);

		if (n && is_raw(point)) {
			*out++ = (char)(point - RAW_FIRST + 0x80);
			p += n;
		} else {
			*out++ = (char)*p++;
		}
	}
	if (bytes)
		*out = '\0';
	return bytes;
}

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " \t\r\n");
}

/* p: at the quote that opens. */
static const char *skip_string(const char *p)
{
	for (p++; *p && *p != '"'; p++)
		if (*p == '\\' && p[1])
			p++;
	return *p ? p + 1 : p;
}

/* Behind the value at p. */
static const char *skip_value(const char *p)
{
	size_t depth = 0;

	do {
		p = skip_blanks(p);
		if (*p == '"') {
			p = skip_string(p);
		} else if (*p == '{' || *p == '[') {
			depth++;
			p++;
		} else if (*p == '}' || *p == ']') {
			depth -= depth > 0;
			p++;
		} else if (*p == ',' || *p == ':') {
			p++;
		} else {
			p += strcspn(p, ",:]} \t\r\n");
		}
	} while (depth && *p);
	return p;
}

/* p: at the string that is a member's name. Names in a baseline need no escapes. */
static bool is_member(const char *p, const char *key)
{
	return !strncmp(p + 1, key, strlen(key)) && p[1 + strlen(key)] == '"';
}

/* The value one step further in; NULL: it has none such. */
static const char *step_into(const char *p, const struct pt_step *step)
{
	size_t i = 0;

	if (*p != (step->key ? '{' : '['))
		return NULL;
	for (p = skip_blanks(p + 1); *p && *p != '}' && *p != ']'; i++) {
		bool found = step->key ? is_member(p, step->key) : i == step->index;

		if (step->key)
			p = skip_blanks(skip_blanks(skip_string(p)) + 1);
		if (found)
			return p;
		p = skip_blanks(skip_value(p));
		p = *p == ',' ? skip_blanks(p + 1) : p;
	}
	return NULL;
}

void pt_baseline_place(const char *text, const struct pt_step *path, size_t path_nr, uint32_t *line, uint32_t *column)
{
	const char *at = skip_blanks(text), *next = at;

	for (size_t i = 0; i < path_nr && next; i++) {
		next = step_into(at, &path[i]);
		at = next ? next : at;
	}
	*line = *column = 1;
	for (const char *p = text; p < at; p++) {
		*column = *p == '\n' ? 1 : *column + 1;
		*line += *p == '\n';
	}
}
