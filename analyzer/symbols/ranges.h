/* SPDX-License-Identifier: MIT */
/*
 * ranges.h - address ranges that may overlap, sorted once and then searched.
 *
 * The one index behind symbol tables, compilation units and functions.
 */
#ifndef PT_RANGES_H
#define PT_RANGES_H

#include <stddef.h>
#include <stdint.h>

/* [start, end); end == start: a place of unknown length. `value` is the owner's business. */
struct pt_range {
	uint64_t start, end;
	uint64_t reach; /* the largest end up to and including this one, once sorted */
	uint32_t value;
	uint32_t rank; /* of ranges that are equal the lowest rank is found */
};

/* All zero is an empty set. */
struct pt_ranges {
	struct pt_range *ranges;
	size_t nr, room;
};

/* Returns 0 or -PT_ENOMEM. Empty, inverted and wrapped ranges are dropped. */
int pt_ranges_add(struct pt_ranges *s, uint64_t start, uint64_t end, uint32_t value, uint32_t rank);

/* pt_ranges_add_place() - the same for a place of unknown length. */
int pt_ranges_add_place(struct pt_ranges *s, uint64_t start, uint32_t value, uint32_t rank);

/* pt_ranges_sort() - after the last add, before the first find. */
void pt_ranges_sort(struct pt_ranges *s);

/*
 * pt_ranges_find() - the range around `addr` with the highest start, so an inner one before an
 * outer.
 *
 * If none covers addr but the nearest start below it is of a place of unknown length, that one;
 * its end equals its start, which tells. NULL: neither.
 */
const struct pt_range *pt_ranges_find(const struct pt_ranges *s, uint64_t addr);

void pt_ranges_fini(struct pt_ranges *s);

#endif
