/* SPDX-License-Identifier: MIT */
/*
 * counted_rows.h - blocks of counters summed up by thread name, CPU, class and pool. For counted*.c alone.
 */
#ifndef PT_COUNTED_ROWS_H
#define PT_COUNTED_ROWS_H

#include "counted.h"

/* pt_counted_rows() - reads all blocks into *out, which is all zero. 0, -PT_EIO or -PT_ENOMEM. */
int pt_counted_rows(struct pt_counted *c, const struct pt_trace *t, struct pt_report_counts *out);

/* pt_counted_settle() - all names are there: from now on they can be looked up. */
void pt_counted_settle(struct pt_counted *c);

/* pt_counted_name() - the last name of a pool (shard: PT_SHARD_ALL) or of a shard; NULL: it has none. */
const struct pt_counted_name *pt_counted_name(const struct pt_counted *c, uint64_t pool, uint64_t shard);

#endif
