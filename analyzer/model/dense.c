/* SPDX-License-Identifier: MIT */
/*
 * dense.c - growing the two arrays of dense.h.
 */
#include "dense.h"

#include <stdlib.h>
#include <string.h>

void pt_dense_fini(struct pt_dense *d)
{
	free(d->numbers);
	free(d->keys);
	memset(d, 0, sizeof(*d));
}

uint32_t pt_dense_make(struct pt_dense *d, uint32_t key)
{
	if (d->limit && d->nr >= d->limit && key) {
		d->left_out++;
		return pt_dense_get(d, 0);
	}
	if (key >= d->numbers_max) {
		uint64_t max = 64;
		uint32_t *numbers;

		while (max <= key)
			max *= 2;
		if (max > UINT32_MAX)
			return PT_DENSE_NONE;
		numbers = realloc(d->numbers, max * sizeof(*numbers));
		if (!numbers)
			return PT_DENSE_NONE;
		memset(numbers + d->numbers_max, 0, (max - d->numbers_max) * sizeof(*numbers));
		d->numbers = numbers;
		d->numbers_max = (uint32_t)max;
	}
	if (d->nr == d->keys_max) {
		uint32_t max = d->keys_max ? 2 * d->keys_max : 64;
		uint32_t *keys = realloc(d->keys, max * sizeof(*keys));

		if (!keys)
			return PT_DENSE_NONE;
		d->keys = keys;
		d->keys_max = max;
	}
	if (!d->numbers[key]) {
		d->keys[d->nr] = key;
		d->numbers[key] = ++d->nr;
	}
	return d->numbers[key] - 1;
}
