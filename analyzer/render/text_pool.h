/* SPDX-License-Identifier: MIT */
/*
 * text_pool.h - the parts of the text about annotated pools. 0 or -PT_ENOMEM each.
 */
#ifndef PT_TEXT_POOL_H
#define PT_TEXT_POOL_H

#include "../result/pool_rank.h"
#include "text.h"

/* How much of a pool's page. */
enum pt_page {
	PT_PAGE_SHORT,	/* the verdict and totals */
	PT_PAGE_DIGEST, /* that, and for a pool that is not sound what a digest has room for */
	PT_PAGE_WHOLE,	/* every table */
};

/* pt_text_pool() - the page of a pool. */
int pt_text_pool(const struct pt_render *to, const struct pt_report *r,
		 const struct pt_report_pool *p, enum pt_page page);

/* pt_text_pool_rows() - one table: all columns of shards, threads or CPUs, most idle first, the
 * rows behind the first `top` summed up. */
int pt_text_pool_rows(const struct pt_render *to, const struct pt_report *r,
		      const struct pt_report_pool *p, enum pt_pool_part part, size_t top);

/* pt_text_pool_sites() - call sites: those that put what is idle, that got what is in use, that
 * missed, that drop what is made again. */
int pt_text_pool_sites(const struct pt_render *to, const struct pt_report *r,
		       const struct pt_report_pool *p, size_t top, bool stacks);

/* Each prints a heading and its rows, or nothing when it has none. */
int pt_text_pool_stranded(const struct pt_render *to, const struct pt_report *r,
			  const struct pt_report_pool *p, enum pt_pool_part part);
int pt_text_pool_flow(const struct pt_render *to, const struct pt_report *r,
		      const struct pt_report_pool *p, enum pt_pool_part part);
int pt_text_pool_leaks(const struct pt_render *to, const struct pt_report *r,
		       const struct pt_report_pool *p);
int pt_text_pool_misuse(const struct pt_render *to, const struct pt_report *r,
			const struct pt_report_pool *p, bool whole);

/* What the idle bytes are due to, as bars that add up. */
int pt_text_pool_waterfall(const struct pt_render *to, const struct pt_report_pool *p);

/* Shard x time: how full each shard was. */
int pt_text_pool_strip(const struct pt_render *to, const struct pt_report *r,
		       const struct pt_report_pool *p);

/* Of the whole report: a row per pool; where every byte is; the program's own phases. */
int pt_text_pools_table(const struct pt_render *to, const struct pt_report *r);
int pt_text_layers(const struct pt_render *to, const struct pt_report *r);
int pt_text_marks(const struct pt_render *to, const struct pt_report *r);

/* The pages of the `top` worst pools (0 = all); the one table of every pool that to->by asks for
 * (shard, thread, cpu, site). */
int pt_text_pool_pages(const struct pt_render *to, const struct pt_report *r, size_t top,
		       bool whole);
int pt_text_pool_tables(const struct pt_render *to, const struct pt_report *r);

#endif
