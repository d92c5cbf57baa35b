// SPDX-License-Identifier: MIT
/*
 * amount.c - one number and its unit, which must be the metric's: a budget of "200 ms" for bytes is a mistake.
 */
#include "amount.h"

#include <ctype.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../result/quantity.h"

#define DIGITS_MAX 31u

/* Not what strtod() takes as well: hexadecimal, exponents, signs. */
static const char *digits(const char *text, double *out, const char **unit)
{
	size_t length = strspn(text, "0123456789.");
	char copy[DIGITS_MAX + 1], *end;
	const char *word = text + strspn(text, "+-.");

	if (!strncasecmp(word, "inf", 3) || !strncasecmp(word, "nan", 3))
		return "is no number that can be compared with; write one, or leave the key out";
	if (text[0] == '-')
		return "is negative, and nothing that is measured is; write 0 or more";
	if (length > DIGITS_MAX)
		return "has too many digits; write it with a unit";
	if (!isdigit((unsigned char)text[0]))
		return "is no number; write digits first";
	memcpy(copy, text, length);
	copy[length] = '\0';
	*out = strtod(copy, &end);
	if (*end)
		return "is no number; write it with one decimal point at most";
	*unit = text + length + strspn(text + length, " \t");
	return NULL;
}

static const char *size(double number, const char *unit, double *out)
{
	char text[64];
	uint64_t bytes;

	if (strlen(unit) > 3)
		return "is no size; write it like 64 MiB or 4096";
	if (!strcasecmp(unit, "kb") || !strcasecmp(unit, "mb") || !strcasecmp(unit, "gb") || !strcasecmp(unit, "tb"))
		return "is no size; they are binary here: write KiB, MiB or GiB";
	snprintf(text, sizeof(text), "%.9f%s", number, unit);
	if (pt_quantity_parse_bytes(text, &bytes))
		return "is no size; write it like 64 MiB or 4096";
	*out = (double)bytes;
	return NULL;
}

static const char *duration(double number, const char *unit, double *out)
{
	char text[64];
	uint64_t ns;

	if (!unit[0] && number > 0)
		return "has no unit of time; write it like 200 ms or 1.5 s";
	if (strlen(unit) > 3)
		return "is no time; write it like 200 ms or 1.5 s";
	snprintf(text, sizeof(text), "%.9f%s", number, unit);
	if (pt_quantity_parse_time(text, &ns))
		return "is no time; write it like 200 ms or 1.5 s";
	*out = (double)ns;
	return NULL;
}

/* "1.5 MiB s": the seconds may be left out. */
static const char *size_times_seconds(double number, const char *unit, double *out)
{
	size_t length = strlen(unit);
	char copy[8] = "";

	if (length > 6)
		return "is no size times seconds; write it like 1.5 MiB s";
	memcpy(copy, unit, length);
	if (length >= 2 && !strcmp(copy + length - 2, " s"))
		copy[length - 2] = '\0';
	else if (!strcmp(copy, "s"))
		copy[0] = '\0';
	if (size(number, copy, out))
		return "is no size times seconds; write it like 1.5 MiB s";
	return NULL;
}

bool pt_amount_is_share(const char *text)
{
	size_t length = strlen(text);

	return length && text[length - 1] == '%';
}

const char *pt_amount_read_share(const char *text, double *out)
{
	const char *unit, *problem = digits(text, out, &unit);

	if (problem)
		return problem;
	if (strcmp(unit, "%") != 0)
		return "is no share; write it like 10%";
	*out /= 100;
	return NULL;
}

const char *pt_amount_read(const char *text, enum pt_unit unit, double *out)
{
	const char *word, *problem = digits(text, out, &word);

	if (problem)
		return problem;
	if (unit == PT_UNIT_RATIO) {
		if (word[0] && strcmp(word, "%") != 0)
			return "is no ratio; write it like 1.5 or 25%";
		*out /= word[0] ? 100 : 1;
		return NULL;
	}
	if (!strcmp(word, "%"))
		return "is a share, and this is no ratio; give `per:` as well, or an amount";
	if (unit == PT_UNIT_BYTES)
		return size(*out, word, out);
	if (unit == PT_UNIT_NS)
		return duration(*out, word, out);
	if (unit == PT_UNIT_BYTE_SECONDS)
		return size_times_seconds(*out, word, out);
	return word[0] ? "is no count; write a number alone, like 16" : NULL;
}
