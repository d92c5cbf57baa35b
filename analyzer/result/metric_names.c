// SPDX-License-Identifier: MIT
/*
 * metric_names.c - metrics by name, and their values as people read them.
 */
#include "metric.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "quantity.h"

#define NAME_MAX_BYTES 63u

enum pt_metric pt_metric_find(const char *name)
{
	int i = 0;

	while (i < PT_METRIC_NR && strcmp(pt_metrics[i].name, name) != 0)
		i++;
	return (enum pt_metric)i;
}

/* Levenshtein's distance; of `a` the first NAME_MAX_BYTES. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[NAME_MAX_BYTES + 1], a_nr = (unsigned int)strnlen(a, NAME_MAX_BYTES);

	for (unsigned int i = 0; i <= a_nr; i++)
		row[i] = i;
	for (unsigned int k = 1; *b; b++, k++) {
		unsigned int diagonal = row[0];

		row[0] = k;
		for (unsigned int i = 1; i <= a_nr; i++) {
			unsigned int exchanged = diagonal + (a[i - 1] != *b);

			diagonal = row[i];
			row[i] = (row[i] < row[i - 1] ? row[i] : row[i - 1]) + 1;
			if (exchanged < row[i])
				row[i] = exchanged;
		}
	}
	return row[a_nr];
}

const char *pt_metric_nearest(const char *name)
{
	unsigned int least = UINT32_MAX;
	const char *nearest = pt_metrics[0].name;

	for (int i = 0; i < PT_METRIC_NR; i++) {
		unsigned int d = distance(pt_metrics[i].name, name);

		if (d < least) {
			least = d;
			nearest = pt_metrics[i].name;
		}
	}
	return nearest;
}

const char *pt_scope_name(enum pt_scope scope)
{
	static const char *const names[PT_SCOPE_NR] = {
		[PT_SCOPE_PROCESS] = "process",	       [PT_SCOPE_POOL] = "pool",
		[PT_SCOPE_THREAD] = "thread",	       [PT_SCOPE_CPU] = "CPU",
		[PT_SCOPE_SITE] = "call site",	       [PT_SCOPE_POOL_THREAD] = "thread of a pool",
		[PT_SCOPE_POOL_CPU] = "CPU of a pool", [PT_SCOPE_POOL_SITE] = "call site of a pool",
	};

	return names[scope];
}

/* Medians of counts lie between two at times. */
static const char *counted(char out[PT_QUANTITY_BYTES], double value)
{
	if (value >= 1e18 || fabs(value - rint(value)) > 0.01)
		snprintf(out, PT_QUANTITY_BYTES, value < 1e6 ? "%.1f" : "%.4g", value);
	else
		pt_quantity_count(out, (uint64_t)(value + 0.5));
	return out;
}

const char *pt_figure_text(char out[PT_FIGURE_BYTES], double value, enum pt_unit unit)
{
	char text[PT_QUANTITY_BYTES];
	double size = fabs(value);

	if (isnan(value))
		return strcpy(out, "not known");
	if (isinf(value))
		return strcpy(out, value < 0 ? "-infinite" : "infinite");
	switch (unit) {
	case PT_UNIT_BYTES:
		pt_quantity_bytes(text, size < 0x1p63 ? (uint64_t)(size + 0.5) : UINT64_MAX - 1);
		break;
	case PT_UNIT_COUNT:
		counted(text, size);
		break;
	case PT_UNIT_NS:
		pt_quantity_time(text, size < 0x1p63 ? (uint64_t)(size + 0.5) : UINT64_MAX - 1);
		break;
	case PT_UNIT_BYTE_SECONDS:
		pt_quantity_byte_seconds(text, size);
		break;
	case PT_UNIT_RATIO:
	default:
		pt_quantity_ratio(text, size < 1e18 ? size : 1e18);
	}
	snprintf(out, PT_FIGURE_BYTES, "%s%s", value < 0 && strcspn(text, "123456789") < strlen(text) ? "-" : "", text);
	return out;
}
