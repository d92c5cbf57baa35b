/* SPDX-License-Identifier: MIT */
/*
 * pool_sums.h - small sums under four-part keys, such as (pool, breakdown, number).
 *
 * For what happens to some objects only: a site that drops nothing costs nothing, in whichever
 * of how many pools.
 */
#ifndef PT_POOL_SUMS_H
#define PT_POOL_SUMS_H

#include <stddef.h>
#include <stdint.h>

#include "pool_rows.h"

#define PT_POOL_SUM_VALUES 5

struct pt_pool_sum {
	uint32_t key[4];
	uint32_t used; /* 0 = a free slot */
	uint64_t v[PT_POOL_SUM_VALUES];
};

struct pt_pool_sums {
	struct pt_pool_sum *slots; /* open addressing */
	size_t slots_nr, nr;	   /* slots_nr is 0 or a power of two */
};

/* An all-zero struct is empty. */
void pt_pool_sums_fini(struct pt_pool_sums *s);

/* pt_pool_sums_at() - the values under a key, all 0 at first; until the next call. NULL = no
 * memory. */
uint64_t *pt_pool_sums_at(struct pt_pool_sums *s, uint32_t a, uint32_t b, uint32_t c, uint32_t d);

/* pt_pool_sums_fill() - for sums under (pool, enum pt_pool_by, number, 0): `add` each to its row,
 * and those of the shards to the pool's own row. */
void pt_pool_sums_fill(const struct pt_pool_sums *s, const struct pt_pool_finish *f,
		       void (*add)(struct pt_pool_row *row, const uint64_t *v));

#endif
