/* SPDX-License-Identifier: MIT */
/*
 * pool_sums.c - the hash table of pool_sums.h, and its way into the report.
 */
#include "pool_sums.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_SLOTS 64u

void pt_pool_sums_fini(struct pt_pool_sums *s)
{
	free(s->slots);
	memset(s, 0, sizeof(*s));
}

static struct pt_pool_sum *slot_of(const struct pt_pool_sums *s, const uint32_t key[4])
{
	uint64_t hash = ((uint64_t)key[0] << 32 | key[1]) * 0x9e3779b97f4a7c15ull;
	size_t i;

	hash = (hash ^ hash >> 29 ^ ((uint64_t)key[2] << 32 | key[3])) * 0xbf58476d1ce4e5b9ull;
	i = (size_t)(hash >> 32) & (s->slots_nr - 1);
	while (s->slots[i].used && memcmp(s->slots[i].key, key, sizeof(s->slots[i].key)))
		i = (i + 1) & (s->slots_nr - 1);
	return &s->slots[i];
}

static int grow(struct pt_pool_sums *s)
{
	struct pt_pool_sums bigger = { .slots_nr = s->slots_nr ? 2 * s->slots_nr : FIRST_SLOTS,
				       .nr = s->nr };

	bigger.slots = calloc(bigger.slots_nr, sizeof(*bigger.slots));
	if (!bigger.slots)
		return -1;
	for (size_t i = 0; i < s->slots_nr; i++) {
		if (s->slots[i].used)
			*slot_of(&bigger, s->slots[i].key) = s->slots[i];
	}
	free(s->slots);
	*s = bigger;
	return 0;
}

uint64_t *pt_pool_sums_at(struct pt_pool_sums *s, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
	const uint32_t key[4] = { a, b, c, d };
	struct pt_pool_sum *slot;

	if (s->nr >= s->slots_nr / 2 && grow(s))
		return NULL;
	slot = slot_of(s, key);
	if (!slot->used) {
		memcpy(slot->key, key, sizeof(slot->key));
		slot->used = 1;
		s->nr++;
	}
	return slot->v;
}

void pt_pool_sums_fill(const struct pt_pool_sums *s, const struct pt_pool_finish *f,
		       void (*add)(struct pt_pool_row *row, const uint64_t *v))
{
	for (size_t i = 0; i < s->slots_nr; i++) {
		const struct pt_pool_sum *sum = &s->slots[i];
		struct pt_pool_row *row;

		if (!sum->used)
			continue;
		row = pt_pool_row_find(f, sum->key[0], sum->key[1], sum->key[2]);
		if (row)
			add(row, sum->v);
		if (sum->key[1] == PT_POOL_BY_SHARD)
			add(&f->rows[sum->key[0]].detail->row, sum->v);
	}
}
