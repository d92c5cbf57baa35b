// SPDX-License-Identifier: MIT
/*
 * quantity.c - numbers as people read them. Binary units, for memory comes in pages.
 */
#include "quantity.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "report.h"

static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
#define UNITS_NR (sizeof(units) / sizeof(units[0]))

/* Three digits at least and one decimal below 100, so that columns of sizes compare at a glance. */
static const char *scaled(char *out, double bytes, const char *suffix)
{
	size_t unit = 0;

	while (bytes >= 1023.95 && unit + 1 < UNITS_NR) {
		bytes /= 1024;
		unit++;
	}
	snprintf(out, PT_QUANTITY_BYTES, unit ? "%.1f %s%s" : "%.0f %s%s", bytes, units[unit],
		 suffix);
	return out;
}

const char *pt_quantity_bytes(char out[PT_QUANTITY_BYTES], uint64_t bytes)
{
	if (bytes == PT_UNKNOWN)
		return strcpy(out, "?");
	return scaled(out, (double)bytes, "");
}

const char *pt_quantity_byte_seconds(char out[PT_QUANTITY_BYTES], double byte_seconds)
{
	if (isnan(byte_seconds))
		return strcpy(out, "?");
	return scaled(out, byte_seconds, " s");
}

const char *pt_quantity_count(char out[PT_QUANTITY_BYTES], uint64_t count)
{
	char digits[24];
	size_t length, at = 0;

	if (count == PT_UNKNOWN)
		return strcpy(out, "?");
	length = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, count);
	for (size_t i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			out[at++] = ',';
		out[at++] = digits[i];
	}
	out[at] = '\0';
	return out;
}

const char *pt_quantity_counted(char out[PT_QUANTITY_BYTES], uint64_t count, const char *noun)
{
	size_t length = strlen(pt_quantity_count(out, count));

	snprintf(out + length, PT_QUANTITY_BYTES - length, " %.12s%s", noun, count == 1 ? "" : "s");
	return out;
}

const char *pt_quantity_time(char out[PT_QUANTITY_BYTES], uint64_t ns)
{
	uint64_t s = (ns + 500000000) / 1000000000;

	if (ns == PT_UNKNOWN)
		return strcpy(out, "?");
	if (ns < 1000000)
		snprintf(out, PT_QUANTITY_BYTES, "%" PRIu64 " us", ns / 1000);
	else if (ns < 999500000)
		snprintf(out, PT_QUANTITY_BYTES, "%.0f ms", (double)ns / 1e6);
	else if (s < 100)
		snprintf(out, PT_QUANTITY_BYTES, "%.1f s", (double)ns / 1e9);
	else if (s < 3600)
		snprintf(out, PT_QUANTITY_BYTES, "%" PRIu64 " min %" PRIu64 " s", s / 60, s % 60);
	else
		snprintf(out, PT_QUANTITY_BYTES, "%" PRIu64 " h %" PRIu64 " min", s / 3600,
			 s % 3600 / 60);
	return out;
}

const char *pt_quantity_share(char out[PT_QUANTITY_BYTES], double part, double whole)
{
	double percent = part / whole * 100;

	if (!(whole > 0))
		return strcpy(out, "-");
	if (part <= 0)
		return strcpy(out, "0 %");
	if (percent < 0.1)
		return strcpy(out, "< 0.1 %");
	if (part < whole && percent > 99.9) /* all but something is not all */
		percent = 99.9;
	snprintf(out, PT_QUANTITY_BYTES,
		 percent < 9.95 || (percent > 99 && part < whole) ? "%.1f %%" : "%.0f %%", percent);
	return out;
}

const char *pt_quantity_ratio(char out[PT_QUANTITY_BYTES], double ratio)
{
	if (isnan(ratio))
		return strcpy(out, "?");
	snprintf(out, PT_QUANTITY_BYTES, ratio < 100 ? "%.2f" : "%.0f", ratio);
	return out;
}

struct unit {
	const char *name;
	double factor;
};

/* A decimal number and one of the units. Exact below 2^53 of the smallest. */
static int parse(const char *text, const struct unit *known, size_t known_nr, uint64_t *out)
{
	size_t length = strspn(text, "0123456789.");
	char digits[32], *end;
	double value;

	if (!isdigit((unsigned char)text[0]) || length >= sizeof(digits))
		return -PT_EINVAL;
	memcpy(digits, text, length);
	digits[length] = '\0';
	value = strtod(digits, &end);
	if (*end)
		return -PT_EINVAL;
	for (size_t i = 0; i < known_nr; i++) {
		if (strcmp(text + length, known[i].name) != 0)
			continue;
		value *= known[i].factor;
		if (!(value < 9.2e18)) /* 63 bits: what JSON readers have */
			return -PT_EINVAL;
		*out = (uint64_t)(value + 0.5);
		return 0;
	}
	return -PT_EINVAL;
}

int pt_quantity_parse_time(const char *text, uint64_t *ns)
{
	static const struct unit known[] = {
		{ "ns", 1 }, { "us", 1e3 }, { "ms", 1e6 },   { "s", 1e9 },
		{ "", 1e9 }, { "m", 60e9 }, { "min", 60e9 }, { "h", 3600e9 },
	};

	return parse(text, known, sizeof(known) / sizeof(known[0]), ns);
}

int pt_quantity_parse_bytes(const char *text, uint64_t *bytes)
{
	static const struct unit known[] = {
		{ "", 1 },	 { "B", 1 },	    { "K", 0x1p10 }, { "KiB", 0x1p10 },
		{ "M", 0x1p20 }, { "MiB", 0x1p20 }, { "G", 0x1p30 }, { "GiB", 0x1p30 },
		{ "T", 0x1p40 }, { "TiB", 0x1p40 }, { "k", 0x1p10 }, { "m", 0x1p20 },
		{ "g", 0x1p30 }, { "t", 0x1p40 },
	};

	return parse(text, known, sizeof(known) / sizeof(known[0]), bytes);
}
