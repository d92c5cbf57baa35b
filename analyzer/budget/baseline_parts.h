/* SPDX-License-Identifier: MIT */
/*
 * baseline_parts.h - what making, writing and reading a baseline share.
 */
#ifndef PT_BASELINE_PARTS_H
#define PT_BASELINE_PARTS_H

#include "baseline.h"

#define PT_BASELINE_VERSION 1
#define PT_BASELINE_SITES   20u /* of each metric that something is blamed by */

/* pt_baseline_scope() - "process", "pool", "thread", "site", "pool+thread", "pool+site"; NULL: not in a baseline. */
const char *pt_baseline_scope(enum pt_scope scope);

/* pt_baseline_order() - 0: the same thing. Of phases, which come in order of time in the file, by the names of their marks. */
int pt_baseline_order(const struct pt_figures_row *a, const struct pt_figures_row *b);

bool pt_is_site(enum pt_scope scope);

/*
 * pt_baseline_place() - line and column, from 1, of a value in a valid JSON text.
 *
 * path: from the outside in: `key` of an object, or with NULL the element `index` of an array. A path that leads nowhere
 * ends at the last value there is.
 */
struct pt_step {
	const char *key;
	size_t index;
};
void pt_baseline_place(const char *text, const struct pt_step *path, size_t path_nr, uint32_t *line, uint32_t *column);

/*
 * pt_text_to_utf8(), pt_text_from_utf8() - names are any bytes, JSON is UTF-8: what is no UTF-8 becomes U+EF80 to
 * U+EFFF, one a byte, as in OPTU-8. Malloc'ed; NULL: no memory.
 */
char *pt_text_to_utf8(const char *bytes);
char *pt_text_from_utf8(const char *text);

#endif
