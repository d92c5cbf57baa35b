/* SPDX-License-Identifier: MIT */
/*
 * pairs.h - a number for each pair of numbers that occurs: (pool, thread), (slot, shard) ...
 *
 * Where one of the two comes from a wide range and few pairs of all possible ones occur; memory
 * follows those that do. 16 to 32 bytes a pair, never taken out again.
 */
#ifndef PT_PAIRS_H
#define PT_PAIRS_H

#include <stddef.h>
#include <stdint.h>

#define PT_PAIR_NONE UINT32_MAX

struct pt_pair {
	uint32_t a, b;
	uint32_t value; /* + 1; 0 = a free slot */
};

struct pt_pairs {
	struct pt_pair *slots; /* open addressing */
	size_t slots_nr, nr;   /* slots_nr is 0 or a power of two */
};

/* An all-zero struct is empty. */
void pt_pairs_fini(struct pt_pairs *p);

/* pt_pairs_grow() - room for one more. 0 or -PT_ENOMEM. */
int pt_pairs_grow(struct pt_pairs *p);

static inline struct pt_pair *pt_pairs_slot(const struct pt_pairs *p, uint32_t a, uint32_t b)
{
	uint64_t key = (uint64_t)a << 32 | b;
	size_t i = (size_t)(key * 0x9e3779b97f4a7c15ull >> 32) & (p->slots_nr - 1);

	while (p->slots[i].value && (p->slots[i].a != a || p->slots[i].b != b))
		i = (i + 1) & (p->slots_nr - 1);
	return &p->slots[i];
}

/* pt_pairs_get() - the number of (a, b), or PT_PAIR_NONE. */
static inline uint32_t pt_pairs_get(const struct pt_pairs *p, uint32_t a, uint32_t b)
{
	return p->slots_nr ? pt_pairs_slot(p, a, b)->value - 1 : PT_PAIR_NONE;
}

/* pt_pairs_put() - (a, b), which has none, gets `value` < PT_PAIR_NONE. 0 or -PT_ENOMEM. */
static inline int pt_pairs_put(struct pt_pairs *p, uint32_t a, uint32_t b, uint32_t value)
{
	if (p->nr >= p->slots_nr / 2) {
		int r = pt_pairs_grow(p);

		if (r)
			return r;
	}
	*pt_pairs_slot(p, a, b) = (struct pt_pair){ a, b, value + 1 };
	p->nr++;
	return 0;
}

#endif
