// SPDX-License-Identifier: MIT
/*
 * nearest.c - optimal string alignment, three rows at a time.
 */
#include "nearest.h"

#include <stdint.h>
#include <string.h>

#define LETTERS_MAX 63u

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t pt_spelling_distance(const char *a, const char *b)
{
	size_t rows[3][LETTERS_MAX + 1], a_nr = strnlen(a, LETTERS_MAX), b_nr = strnlen(b, LETTERS_MAX);

	for (size_t j = 0; j <= b_nr; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_nr; i++) {
		size_t *now = rows[i % 3], *last = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= b_nr; j++) {
			now[j] = least(least(now[j - 1], last[j]) + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = least(now[j], before[j - 2] + 1);
		}
	}
	return rows[a_nr % 3][b_nr];
}

const char *pt_nearest(const char *name, const char *const *names, size_t nr)
{
	const char *found = NULL;
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < nr; i++) {
		size_t longer = strlen(name) > strlen(names[i]) ? strlen(name) : strlen(names[i]);
		size_t distance = pt_spelling_distance(name, names[i]);

		if (distance < best && distance * 3 <= longer) {
			best = distance;
			found = names[i];
		}
	}
	return found;
}
