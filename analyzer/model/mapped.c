/* SPDX-License-Identifier: MIT */
/*
 * mapped.c - ranges in, ranges out; a range that is cut keeps its two ends.
 */
#include "mapped.h"

#include <string.h>

void pt_mapped_fini(struct pt_mapped *m)
{
	pt_ordered_fini(&m->ranges);
	memset(m, 0, sizeof(*m));
}

int pt_mapped_del(struct pt_mapped *m, uint64_t start, uint64_t end)
{
	struct pt_ordered_entry e;
	int r = 0;

	if (start >= end)
		return 0;
	if (pt_ordered_below(&m->ranges, start, &e) && e.value > start) {
		r = pt_ordered_put(&m->ranges, e.key, start);
		if (!r && e.value > end)
			r = pt_ordered_put(&m->ranges, end, e.value);
		m->bytes -= (e.value < end ? e.value : end) - start;
	}
	while (!r && pt_ordered_from(&m->ranges, start, &e) && e.key < end) {
		pt_ordered_del(&m->ranges, e.key);
		if (e.value > end)
			r = pt_ordered_put(&m->ranges, end, e.value);
		m->bytes -= (e.value < end ? e.value : end) - e.key;
	}
	return r;
}

int pt_mapped_add(struct pt_mapped *m, uint64_t start, uint64_t end)
{
	int r;

	if (start >= end)
		return 0;
	r = pt_mapped_del(m, start, end);
	if (!r)
		r = pt_ordered_put(&m->ranges, start, end);
	if (!r)
		m->bytes += end - start;
	return r;
}

bool pt_mapped_has(const struct pt_mapped *m, uint64_t addr)
{
	struct pt_ordered_entry e;

	return pt_ordered_from(&m->ranges, addr, &e) && e.key == addr
		       ? true
		       : pt_ordered_below(&m->ranges, addr, &e) && e.value > addr;
}
