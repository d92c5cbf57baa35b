/* SPDX-License-Identifier: MIT */
/*
 * pool_rank.h - rows of an annotated pool: ranked, summed, and sites that read alike made one.
 */
#ifndef PT_POOL_RANK_H
#define PT_POOL_RANK_H

#include "report.h"

/* What rows are ranked by. */
enum pt_pool_key {
	PT_POOL_IDLE,	/* idle_bytes, then idle_objects */
	PT_POOL_IN_USE, /* in_use_bytes, then in_use_objects */
	PT_POOL_MISSES, /* misses */
	PT_POOL_REGRET, /* regretted_drops */
	PT_POOL_HOARD,	/* hoard_byte_seconds */
	PT_POOL_PEAK,	/* peak_idle_bytes */
	PT_POOL_KEY_NR
};

/* Which rows. */
enum pt_pool_part { PT_POOL_SHARDS, PT_POOL_THREADS, PT_POOL_CPUS, PT_POOL_SITES, PT_POOL_PART_NR };

/* A row and its index in shards[], threads[], cpus[] or sites[]. */
struct pt_pool_ranked {
	const struct pt_pool_row *row;
	uint32_t index;
};

double pt_pool_row_value(const struct pt_pool_row *row, enum pt_pool_key key);

/* pt_pool_row_add() - adds `row` to `into`; own peaks, which do not add up, become PT_UNKNOWN. */
void pt_pool_row_add(struct pt_pool_row *into, const struct pt_pool_row *row);

/*
 * pt_pool_rank() - all rows of a part, largest by `key` first, equals as they came.
 *
 * out: an array for the caller to free, of *out_nr. 0 or -PT_ENOMEM.
 */
int pt_pool_rank(const struct pt_pool_detail *d, enum pt_pool_part part, enum pt_pool_key key,
		 struct pt_pool_ranked **out, size_t *out_nr);

/*
 * pt_pool_sites_fold() - a copy of d->sites with those that a digest shows alike added up.
 *
 * out: for the caller to free, of *out_nr; each has the `site` of the first of its group.
 * 0 or -PT_ENOMEM.
 */
int pt_pool_sites_fold(const struct pt_report *r, const struct pt_pool_detail *d,
		       struct pt_pool_site **out, size_t *out_nr);

/*
 * pt_pool_sites_choose() - which of r->pool_sites can come to be shown: of each pool the first
 * `top` by each key, the sites of its first `top` leaks and of all misuse. top: 0 = all.
 *
 * Returns an array of r->pool_sites_nr for the caller to free, or NULL: no memory.
 */
bool *pt_pool_sites_choose(const struct pt_report *r, size_t top);

/*
 * pt_pool_site_worst() - the site of d->sites whose line has most by `key`.
 *
 * value: of that line, all its stacks together. Returns NULL when all have 0, or no frames.
 */
const struct pt_report_site *pt_pool_site_worst(const struct pt_report *r,
						const struct pt_pool_detail *d,
						enum pt_pool_key key, struct pt_pool_row *row);

#endif
