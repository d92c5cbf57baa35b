// SPDX-License-Identifier: MIT
/*
 * layers.c - idle objects of pools as address ranges, against malloc's blocks in use.
 *
 * Objects of several pools may lie within one another (pools on pools): their ranges are joined
 * first. Then each block in use finds the ranges that it overlaps; a slab may overlap many.
 */
#include "layers.h"

#include <stdlib.h>

#include "../../format/error.h"
#include "pool_rows.h"

struct range {
	uint64_t start, end;
};

struct ranges {
	struct range *all; /* sorted and disjoint once they are joined */
	uint32_t nr, max;
	uint64_t inside_bytes; /* of malloc's blocks in use */
	bool failed;
};

static void add(void *arg, uint64_t addr, uint64_t bytes)
{
	struct ranges *r = arg;
	struct range *all;

	if (!bytes || r->failed)
		return;
	all = pt_pool_grown(r->all, &r->max, r->nr, sizeof(*all));
	if (!all) {
		r->failed = true;
		return;
	}
	r->all = all;
	all[r->nr++] = (struct range){ addr, bytes > UINT64_MAX - addr ? UINT64_MAX : addr + bytes };
}

static int by_start(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

static uint64_t join(struct ranges *r)
{
	uint64_t bytes = 0;
	uint32_t nr = 0;

	if (r->nr)
		qsort(r->all, r->nr, sizeof(*r->all), by_start);
	for (uint32_t i = 0; i < r->nr; i++) {
		struct range *last = nr ? &r->all[nr - 1] : NULL;

		if (!last || r->all[i].start > last->end)
			r->all[nr++] = r->all[i];
		else if (r->all[i].end > last->end)
			last->end = r->all[i].end;
	}
	r->nr = nr;
	for (uint32_t i = 0; i < nr; i++)
		bytes += r->all[i].end - r->all[i].start;
	return bytes;
}

static void overlap(void *arg, const struct pt_block *b)
{
	struct ranges *r = arg;
	uint64_t end = b->addr + b->size_bytes;
	uint32_t low = 0, high = r->nr;

	if (b->state == PT_BLOCK_IDLE || !b->size_bytes)
		return;
	while (low < high) { /* the first range that ends behind the block's start */
		uint32_t middle = low + (high - low) / 2;

		if (r->all[middle].end <= b->addr)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < r->nr && r->all[low].start < end; low++) {
		uint64_t from = r->all[low].start > b->addr ? r->all[low].start : b->addr;
		uint64_t to = r->all[low].end < end ? r->all[low].end : end;

		r->inside_bytes += to - from;
	}
}

int pt_layers_fill(const struct pt_heap *heap, const struct pt_pools *pools, struct pt_report *out)
{
	struct pt_report_layers *layers;
	struct ranges r = { 0 };
	uint64_t bytes, sum, anon;

	if (!pt_pools_any(pools))
		return 0;
	pt_pools_idle(pools, add, &r);
	layers = r.failed ? NULL : calloc(1, sizeof(*layers));
	if (!layers) {
		free(r.all);
		return -PT_ENOMEM;
	}
	bytes = join(&r);
	pt_index_each(&heap->index, overlap, &r);
	free(r.all);
	layers->pool_idle_bytes = r.inside_bytes;
	layers->pool_idle_elsewhere_bytes = bytes - r.inside_bytes;
	layers->used_bytes = out->totals.in_use_at_end_bytes - r.inside_bytes;
	layers->allocator_idle_bytes = out->totals.idle_at_end_bytes;
	sum = out->totals.in_use_at_end_bytes + out->totals.idle_at_end_bytes;
	anon = out->totals.rss.end_anon_bytes;
	layers->rest_of_rss_bytes = out->totals.rss.samples_nr && anon >= sum ? anon - sum : PT_UNKNOWN;
	out->layers = layers;
	return 0;
}
