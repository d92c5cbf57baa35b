/* SPDX-License-Identifier: MIT */
/*
 * ranges.c - a sorted array, a binary search, and a bounded walk back for what overlaps.
 *
 * Spans come out of files that nobody vouches for, so a million of them may overlap: the walk back
 * looks at WALK_MAX ranges at most and then gives up. Real files nest one or two deep.
 */
#include "ranges.h"

#include <stdlib.h>

#include "format/error.h"

#define WALK_MAX 256

static int add(struct pt_ranges *s, uint64_t start, uint64_t end, uint32_t value, uint32_t rank)
{
	if (s->nr == s->room) {
		size_t room = s->room ? 2 * s->room : 64;
		struct pt_range *ranges = reallocarray(s->ranges, room, sizeof(*ranges));

		if (!ranges)
			return -PT_ENOMEM;
		s->ranges = ranges;
		s->room = room;
	}
	s->ranges[s->nr++] =
		(struct pt_range){ .start = start, .end = end, .value = value, .rank = rank };
	return 0;
}

int pt_ranges_add(struct pt_ranges *s, uint64_t start, uint64_t end, uint32_t value, uint32_t rank)
{
	return start < end ? add(s, start, end, value, rank) : 0;
}

int pt_ranges_add_place(struct pt_ranges *s, uint64_t start, uint32_t value, uint32_t rank)
{
	return add(s, start, start, value, rank);
}

/* By start; then outer before inner; then the preferred rank last, as the search looks back. */
static int compare(const void *left, const void *right)
{
	const struct pt_range *a = left, *b = right;

	if (a->start != b->start)
		return a->start < b->start ? -1 : 1;
	if (a->end != b->end)
		return a->end > b->end ? -1 : 1;
	if (a->rank != b->rank)
		return a->rank > b->rank ? -1 : 1;
	return a->value > b->value ? -1 : a->value < b->value;
}

void pt_ranges_sort(struct pt_ranges *s)
{
	uint64_t reach = 0;

	if (s->nr)
		qsort(s->ranges, s->nr, sizeof(*s->ranges), compare);
	for (size_t i = 0; i < s->nr; i++) {
		if (s->ranges[i].end > reach)
			reach = s->ranges[i].end;
		s->ranges[i].reach = reach;
	}
}

const struct pt_range *pt_ranges_find(const struct pt_ranges *s, uint64_t addr)
{
	size_t low = 0, high = s->nr;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->ranges[middle].start <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	for (size_t i = low; i-- > 0 && low - i <= WALK_MAX && s->ranges[i].reach > addr;) {
		if (s->ranges[i].end > addr)
			return &s->ranges[i];
	}
	if (low && s->ranges[low - 1].end == s->ranges[low - 1].start)
		return &s->ranges[low - 1];
	return NULL;
}

void pt_ranges_fini(struct pt_ranges *s)
{
	free(s->ranges);
	*s = (struct pt_ranges){ 0 };
}
