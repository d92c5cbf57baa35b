/* SPDX-License-Identifier: MIT */
/*
 * pool_make.h - the rows of the report that passes over annotated pools fill, still empty.
 */
#ifndef PT_POOL_MAKE_H
#define PT_POOL_MAKE_H

#include "../model/pools.h"
#include "../result/report.h"
#include "cells.h"
#include "pool_rows.h"

/*
 * pt_pool_make() - append one row for each pool to out->pools: names, all shards in the order of
 * the model, threads and sites by index, CPUs by number. Makes out->pool_sites.
 *
 * 0 or -PT_ENOMEM; *out is good for pt_report_fini() either way.
 */
int pt_pool_make(const struct pt_pools *pools, struct pt_report *out);

/* pt_pool_row_of() - the row of shard `row`, or of thread_row, cpu_row or site_row `row` of the changes. */
struct pt_pool_row *pt_pool_row_of(const struct pt_pool *pool, struct pt_pool_detail *d, enum pt_pool_by by,
				   uint32_t row);

/* pt_pool_cpu_index() - of cpu_row `row` in d->cpus[]. */
uint32_t pt_pool_cpu_index(const struct pt_pool *pool, const struct pt_pool_detail *d, uint32_t row);

/* pt_pool_matrix_take() - as pt_cells_take(), in the order of struct pt_pool_matrix. 0 or -PT_ENOMEM;
 * `m` is empty afterwards. */
int pt_pool_matrix_take(struct pt_cells *m, struct pt_pool_matrix *out);

#endif
