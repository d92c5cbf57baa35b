/* SPDX-License-Identifier: MIT */
/*
 * pool_holders.h - how many idle objects of which size each holder has, and who has most that are
 * large enough.
 *
 * A holder is a shard, a thread or a CPU of one pool, by its row. Of 64 holders at a time it is
 * known who has most, and how large the largest object is: most of them need no closer look.
 * Where sizes matter, those of each holder are kept sorted.
 */
#ifndef PT_POOL_HOLDERS_H
#define PT_POOL_HOLDERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PT_NO_HOLDER UINT32_MAX
#define PT_ANY_SIZE  UINT64_MAX

/* A multiset of sizes, in runs of a few dozen different ones. */
struct pt_pool_sizes {
	struct pt_size_run *runs;
	uint32_t nr, max;
};

/* An all-zero struct is empty. add: 0 or -PT_ENOMEM; del: it was added. */
void pt_pool_sizes_fini(struct pt_pool_sizes *s);
int pt_pool_sizes_add(struct pt_pool_sizes *s, uint64_t bytes);
void pt_pool_sizes_del(struct pt_pool_sizes *s, uint64_t bytes);

/* pt_pool_sizes_from() - how many are at least that large. */
uint64_t pt_pool_sizes_from(const struct pt_pool_sizes *s, uint64_t bytes);

/* pt_pool_sizes_top() - none is larger; 0 when there is none. */
uint64_t pt_pool_sizes_top(const struct pt_pool_sizes *s);

/* Bounds of 64 holders. */
struct pt_holder_group {
	uint32_t best;	 /* who has most, + 1; 0 = not known */
	bool top_known;
	uint64_t top_bytes; /* no object is larger */
};

struct pt_pool_holders {
	uint32_t *counts; /* by holder */
	uint32_t counts_max;
	struct pt_pool_sizes *sizes; /* by holder */
	uint32_t sizes_max;
	struct pt_holder_group *groups; /* by 64 holders */
	uint32_t groups_max;
	uint32_t nr; /* holders */
	uint64_t objects;
};

void pt_pool_holders_fini(struct pt_pool_holders *h);
int pt_pool_holders_put(struct pt_pool_holders *h, uint32_t holder, uint64_t bytes);
void pt_pool_holders_take(struct pt_pool_holders *h, uint32_t holder, uint64_t bytes);

/*
 * pt_pool_holders_ask() - who, other than `self`, has most objects of at least `bytes`.
 *
 * bytes:  PT_ANY_SIZE: all of them fit.
 * fit:    how many objects are so large, those of `self` included.
 * rank:   of those who have as many, the one with the smallest rank[holder]; NULL = the smallest. It
 *         never changes for the same `h`.
 * others: how many of them all others have.
 *
 * PT_NO_HOLDER when there is none.
 */
uint32_t pt_pool_holders_ask(struct pt_pool_holders *h, uint64_t bytes, uint64_t fit, uint32_t self,
			     const uint32_t *rank, uint64_t *others);

#endif
