/* SPDX-License-Identifier: MIT */
/*
 * ledger.h - the columns of struct pt_tally, kept for many threads, CPUs, sites or pools at once.
 *
 * Inline because every event goes through it three times. All sums are integers, so they are
 * exact; they become a pt_tally at the end.
 */
#ifndef PT_LEDGER_H
#define PT_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "../model/change.h"
#include "../result/report.h"

__extension__ typedef unsigned __int128 pt_byte_ns; /* 1 GB for 18 s is 2^64 already */

/* Blocks and their bytes, which go up and down together: one addition for both. */
typedef uint64_t pt_blocks_bytes __attribute__((vector_size(16)));
#define PT_BLOCKS 0
#define PT_BYTES  1

static inline pt_blocks_bytes pt_one_block(uint64_t bytes)
{
	return (pt_blocks_bytes){ 1, bytes };
}

/* In three cache lines: what each change looks at, what it adds to, and the rest. */
struct pt_row {
	_Alignas(64) pt_blocks_bytes in_use;
	pt_blocks_bytes idle;
	uint64_t peak_in_use_bytes, peak_idle_bytes;
	uint64_t epoch;
	uint64_t temporary_allocations;
	pt_blocks_bytes allocated, freed; /* freed: by realloc too */
	pt_byte_ns hoard;
	uint64_t frees;
	uint64_t fresh_allocations;
	pt_blocks_bytes freed_by_others;
	uint64_t idle_at_peak_bytes, in_use_at_peak_bytes; /* at peak number `epoch`; see pt_row_settle() */
	struct pt_age_histogram *idle_age;		   /* NULL until something is left idle */
};

struct pt_ledger {
	struct pt_row *rows;
	uint32_t nr, max; /* rows used; rows there are */
};

/* An all-zero struct is empty. */
void pt_ledger_fini(struct pt_ledger *l);

/* pt_ledger_grow() - make row `i` exist. 0 or -PT_ENOMEM. */
int pt_ledger_grow(struct pt_ledger *l, uint32_t i);

/* pt_ledger_left() - a block that is still idle at the end. 0 or -PT_ENOMEM. */
int pt_ledger_left(struct pt_row *row, const struct pt_change *c);

/* pt_ledger_tally() - a row as the report has it; all zero for a row there is not. `epoch`: the
 * last one of the heap. Stranded misses are left 0. The row's ages move to `out`. */
void pt_ledger_tally(struct pt_ledger *l, uint32_t i, uint64_t epoch, struct pt_tally *out);

/* pt_ledger_total() - the sum of all rows; own peaks, which do not add up, and ages are left 0. */
void pt_ledger_total(const struct pt_ledger *l, struct pt_tally *out);

/* pt_ledger_hoard() - the sum of all rows, exact. */
pt_byte_ns pt_ledger_hoard(const struct pt_ledger *l);

/* pt_age_bucket() - of struct pt_age_histogram. */
static inline unsigned int pt_age_bucket(uint64_t age_ns)
{
	uint64_t us = age_ns / 1000;
	unsigned int bucket = us ? 63 - (unsigned int)__builtin_clzll(us) : 0;

	return bucket < PT_AGE_BUCKETS ? bucket : PT_AGE_BUCKETS - 1;
}

static inline void pt_age_add(struct pt_age_histogram *h, uint64_t age_ns, uint64_t bytes)
{
	unsigned int bucket = pt_age_bucket(age_ns);

	h->objects[bucket]++;
	h->bytes[bucket] += bytes;
}

/*
 * Idle bytes or those in use are about to change. What a row held at the process's peak is looked at only
 * now: while a row does not change it still is what it was at the last peak, however many there were.
 */
static inline void pt_row_settle(struct pt_row *row, uint64_t epoch)
{
	if (row->epoch != epoch) {
		row->epoch = epoch;
		row->idle_at_peak_bytes = row->idle[PT_BYTES];
		row->in_use_at_peak_bytes = row->in_use[PT_BYTES];
	}
}

/* What rows are told of a change, in registers: a row may lie where the change does, for all the compiler knows. */
struct pt_row_told {
	pt_blocks_bytes one; /* the block */
	uint64_t epoch;
	pt_byte_ns hoard; /* of a block whose idle time ends */
	uint8_t flags;
};

static inline struct pt_row_told pt_row_told(const struct pt_change *c)
{
	return (struct pt_row_told){ pt_one_block(c->size_bytes), c->epoch, 0, c->flags };
}

static inline struct pt_row_told pt_row_told_idle(const struct pt_change *c)
{
	return (struct pt_row_told){ pt_one_block(c->size_bytes), c->epoch,
				 (pt_byte_ns)c->size_bytes * (c->time_ns - c->since_ns), c->flags };
}

/* The same of a small change; idle: of the block that was idle before it was got. */
static inline struct pt_row_told pt_row_told_plain(const struct pt_plain *p, uint64_t epoch)
{
	return (struct pt_row_told){ pt_one_block(p->size_bytes), epoch, 0, p->flags | PT_CHANGE_BY_FREE };
}

static inline struct pt_row_told pt_row_told_plain_idle(const struct pt_plain *p, uint64_t epoch)
{
	return (struct pt_row_told){ pt_one_block(p->idle_bytes), epoch, (pt_byte_ns)p->idle_bytes * p->idle_ns, 0 };
}

static inline void pt_row_got(struct pt_row *row, struct pt_row_told t)
{
	pt_blocks_bytes in_use = row->in_use + t.one;

	pt_row_settle(row, t.epoch);
	row->allocated += t.one;
	row->in_use = in_use;
	if (t.flags & PT_CHANGE_FRESH)
		row->fresh_allocations++;
	if (in_use[PT_BYTES] > row->peak_in_use_bytes)
		row->peak_in_use_bytes = in_use[PT_BYTES];
}

static inline void pt_row_unused(struct pt_row *owner, struct pt_row_told t, bool by_other)
{
	pt_row_settle(owner, t.epoch);
	owner->in_use -= t.one;
	if (by_other)
		owner->freed_by_others += t.one;
	if (t.flags & PT_CHANGE_TEMPORARY)
		owner->temporary_allocations++;
}

static inline void pt_row_freed(struct pt_row *row, struct pt_row_told t)
{
	row->frees += !!(t.flags & PT_CHANGE_BY_FREE);
	row->freed += t.one;
}

static inline void pt_row_idle_begins(struct pt_row *row, struct pt_row_told t)
{
	pt_blocks_bytes idle = row->idle + t.one;

	pt_row_settle(row, t.epoch);
	row->idle = idle;
	if (idle[PT_BYTES] > row->peak_idle_bytes)
		row->peak_idle_bytes = idle[PT_BYTES];
}

static inline void pt_row_idle_ends(struct pt_row *row, struct pt_row_told t)
{
	pt_row_settle(row, t.epoch);
	row->idle -= t.one;
	row->hoard += t.hoard;
}

/* pt_ledger_prefetch() - row `i`, if there is one, will be needed soon: its columns about in use
 * and idle bytes, and those that count calls. `i` may be anything. */
static inline void pt_ledger_prefetch(const struct pt_ledger *l, uint32_t i)
{
	if (i < l->nr) {
		__builtin_prefetch(&l->rows[i], 1);
		__builtin_prefetch(&l->rows[i].allocated, 1);
	}
}

/* pt_ledger_row() - row `i`, made if need be; NULL = no memory. May move all others. */
static inline struct pt_row *pt_ledger_row(struct pt_ledger *l, uint32_t i)
{
	if (__builtin_expect(i >= l->nr, 0) && pt_ledger_grow(l, i))
		return NULL;
	return &l->rows[i];
}

#endif
