// SPDX-License-Identifier: MIT
/* size.c - see size.h. */
#include "size.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

unsigned long long pt_size_parse(const char *text, unsigned long long min, unsigned long long max)
{
	static const char units[] = "KMGT";
	unsigned long long size, unit = 1;
	const char *found;
	char *end;

	errno = 0;
	size = strtoull(text, &end, 10);
	if (errno || !isdigit((unsigned char)text[0]))
		return 0;
	found = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
	if (found) {
		unit <<= 10 * (found - units + 1);
		end++;
	}
	return *end || size > max / unit || size * unit < min ? 0 : size * unit;
}
