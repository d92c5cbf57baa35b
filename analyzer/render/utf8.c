// SPDX-License-Identifier: MIT
/*
 * utf8.c - which bytes are text. Names in a trace may be anything.
 */
#include "utf8.h"

size_t pt_utf8_bytes(const unsigned char *p)
{
	size_t n = p[0] < 0x80			 ? 1
		   : p[0] >= 0xc2 && p[0] < 0xe0 ? 2
		   : p[0] >= 0xe0 && p[0] < 0xf0 ? 3
		   : p[0] >= 0xf0 && p[0] < 0xf5 ? 4
						 : 0;

	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

void pt_utf8_clean(char *text)
{
	unsigned char *p = (unsigned char *)text;

	while (*p) {
		size_t n = pt_utf8_bytes(p);
		bool control = *p < 0x20 || *p == 0x7f ||
			       (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0);

		if (n && !control) {
			p += n;
		} else {
			*p++ = '?';
		}
	}
}

size_t pt_utf8_columns(const char *text)
{
	size_t columns = 0;

	for (; *text; text++)
		columns += ((unsigned char)*text & 0xc0) != 0x80;
	return columns;
}
