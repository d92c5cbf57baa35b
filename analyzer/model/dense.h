/* SPDX-License-Identifier: MIT */
/*
 * dense.h - numbers from a wide range, renumbered 0, 1, 2 ... in the order they first occur.
 *
 * For CPUs and call sites, of which few of many possible numbers occur. 4 bytes for each number
 * up to the largest seen; the trace has checked that they are indexes.
 */
#ifndef PT_DENSE_H
#define PT_DENSE_H

#include <stdint.h>

#define PT_DENSE_NONE UINT32_MAX

struct pt_dense {
	uint32_t *numbers; /* by key; + 1, 0 = none yet */
	uint32_t numbers_max;
	uint32_t *keys; /* by number */
	uint32_t nr, keys_max;
	uint32_t limit;	   /* of numbers; what is new beyond it is counted and gets the number of key 0. 0 = none */
	uint64_t left_out; /* so often */
};

/* An all-zero struct is empty. */
void pt_dense_fini(struct pt_dense *d);

/* pt_dense_make() - the number of `key`, a new one if need be; PT_DENSE_NONE = no memory. */
uint32_t pt_dense_make(struct pt_dense *d, uint32_t key);

static inline uint32_t pt_dense_get(struct pt_dense *d, uint32_t key)
{
	if (key < d->numbers_max && d->numbers[key])
		return d->numbers[key] - 1;
	return pt_dense_make(d, key);
}

#endif
