/* SPDX-License-Identifier: MIT */
/*
 * counts.h - counters of a trace: what was counted where no events were recorded (docs/format.md, "Counters").
 *
 * Blocks are found when the trace is opened and read when they are asked for: of a trace that is still being written,
 * as they are then. Trusts no byte. Memory: 32 bytes a block, and one block at a time.
 */
#ifndef PT_TRACE_COUNTS_H
#define PT_TRACE_COUNTS_H

#include "trace.h"

struct pt_source;

/* pt_counts_nr() - how many blocks there are; nobody's are among them. */
uint32_t pt_counts_nr(const struct pt_trace *t);

/*
 * pt_counts_each() - `take` with each block whose counts count, by its number, while it returns 0.
 *
 * NULL instead of a block: what was given before is void, all comes anew; the recorder has put counts of ended threads together
 * meanwhile. A block lives until the call ends. Its state is LIVE or ENDED, its name ends in NUL; all other numbers may be anything.
 * What is in `small` was added to `classes` and `requested_bytes`; `cpus` has the present CPU's counts as well.
 * damaged: how many are not whole in the file, or cannot be read, or have more by CPU than in all. Those are given, the present CPU
 * with nothing.
 *
 * 0, -PT_EIO, -PT_ENOMEM, or what `take` returned.
 */
int pt_counts_each(const struct pt_trace *t, int (*take)(void *arg, const struct pt_count_block *b), void *arg,
		   uint32_t *damaged);

/* The rest is for source.c. */

/* pt_counts_open() - does such a block begin so? */
static inline bool pt_counts_open(const struct pt_chunk_header *h)
{
	return h->magic == PT_COUNT_MAGIC && h->pages == PT_COUNT_PAGES && h->writer;
}

/* pt_counts_list() - `add` with each block of a packed trace, where they are among the pages that belong to no chunk. What `add`
 * returned, -PT_EIO, -PT_ENOMEM. */
int pt_counts_list(struct pt_source *s, int (*add)(void *arg, uint64_t page, const struct pt_chunk_header *h));

/* pt_counts_sort() - by number; of two with one number the second is counted as damage. */
void pt_counts_sort(struct pt_source *s, struct pt_trace_state *state);

#endif
