/* SPDX-License-Identifier: MIT */
/*
 * nearest.h - "did you mean": names that are spelt alike.
 */
#ifndef PT_NEAREST_H
#define PT_NEAREST_H

#include <stddef.h>

/* pt_spelling_distance() - letters to insert, leave out, change or swap with their neighbour. Of names longer than 63
 * bytes the first 63 are looked at. */
size_t pt_spelling_distance(const char *a, const char *b);

/* pt_nearest() - of `names` the one spelt most like `name`; NULL: none is spelt alike (more than a third differs). */
const char *pt_nearest(const char *name, const char *const *names, size_t nr);

#endif
