/* SPDX-License-Identifier: MIT */
/*
 * pool_rows.h - what passes over annotated pools have in common: finding the rows they fill, and
 * arrays that grow as changes index them.
 */
#ifndef PT_POOL_ROWS_H
#define PT_POOL_ROWS_H

#include <stddef.h>
#include <stdint.h>

#include "pool_pass.h"

enum pt_pool_by {
	PT_POOL_BY_SHARD = 0,
	PT_POOL_BY_THREAD,
	PT_POOL_BY_CPU,
	PT_POOL_BY_SITE,
	PT_POOL_BY_NR
};

/* How many pools f->rows has. */
uint32_t pt_pool_rows_nr(const struct pt_pool_finish *f);

/* pt_pool_row_find() - the row of a shard, thread, CPU or site as changes number them; NULL when
 * the pool has no such row. */
struct pt_pool_row *pt_pool_row_find(const struct pt_pool_finish *f, uint32_t pool,
				     enum pt_pool_by by, uint32_t number);

/* pt_pool_row_at() - the i-th row of a table; NULL beyond its end. */
struct pt_pool_row *pt_pool_row_at(struct pt_pool_detail *d, enum pt_pool_by by, size_t i);

/* pt_pool_grow() - `array` with more elements than `i`, the new ones zero; NULL = no memory, and it
 * is as it was. Use pt_pool_grown(). */
void *pt_pool_grow(void *array, uint32_t *max, uint32_t i, size_t size);

/* pt_pool_grown() - `array`, grown if it has no element `i` yet. */
static inline void *pt_pool_grown(void *array, uint32_t *max, uint32_t i, size_t size)
{
	return __builtin_expect(i < *max, 1) ? array : pt_pool_grow(array, max, i, size);
}

#endif
