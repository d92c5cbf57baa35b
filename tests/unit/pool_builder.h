/* SPDX-License-Identifier: MIT */
/*
 * pool_builder.h - annotated pools made by hand, in reports of report_builder.h.
 *
 * Aborts when it runs out of memory. Free with pt_report_fini().
 */
#ifndef PT_POOL_BUILDER_H
#define PT_POOL_BUILDER_H

#include "report_builder.h"

#define PB_MS 1000000ull

/* pb_pool() - a sound pool with `shards_nr` numbered shards: 10 MiB held, 9 MiB needed, 1,000,000
 * gets, 5,000 misses. `top` of the report's limits is set to the defaults. Returns it; another
 * pb_pool() moves it. */
struct pt_report_pool *pb_pool(struct pt_report *r, const char *name, size_t shards_nr);

/* pb_idle() - at the peak and at the end `bytes` of it lie idle in shard `i`; the waterfall calls
 * them the cost of sharding. */
void pb_idle(struct pt_report_pool *p, size_t i, uint64_t bytes);

/* pb_site() - one more stack of pool events, in FILE:LINE called from main(); its index. */
uint32_t pb_site(struct pt_report *r, const char *function, const char *file, uint32_t line);

/* pb_row() - the row of a site in the pool, zero at first. */
struct pt_pool_row *pb_row(struct pt_report_pool *p, uint32_t site);

void pb_cell(struct pt_pool_matrix *m, uint32_t from, uint32_t to, uint64_t objects,
	     uint64_t bytes);
void pb_leak(struct pt_report_pool *p, const struct pt_pool_leak *leak);
void pb_misuse(struct pt_report_pool *p, const struct pt_pool_misuse *misuse);
void pb_mark(struct pt_report *r, const char *name, uint64_t time_ns);

/* pb_trading() - the whole story: 32 shards that hoard "msgbuf", a sound "ring", a pool with
 * everything wrong, phases, layers. */
void pb_trading(struct pt_report *r);

#endif
