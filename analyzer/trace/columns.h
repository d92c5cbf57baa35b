/* SPDX-License-Identifier: MIT */
/*
 * columns.h - records taken apart into columns, field by field, and put together again byte for byte.
 *
 * Inside trace/ only. zstd packs like bytes beside each other to less than half (docs/design/0008): so what
 * allocations and frees say of one field gets a column each, and the first byte of a long number stands
 * apart from the others. No number is decoded; nothing but a record's own first byte and the lengths of
 * its fields decides what goes where.
 */
#ifndef PT_COLUMNS_H
#define PT_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* OUT: of kinds 1 and 3, a block or an object is handed out; BACK: of 2 and 4. */
enum pt_column {
	PT_COLUMN_HEAD,
	PT_COLUMN_TIME_OUT, /* first byte of dt */
	PT_COLUMN_TIME_BACK,
	PT_COLUMN_TIME_MORE, /* the bytes after it, of both */
	PT_COLUMN_SLOT_OUT,
	PT_COLUMN_SLOT_BACK,
	PT_COLUMN_ADDR_OUT, /* first, second and further bytes */
	PT_COLUMN_ADDR_OUT_SECOND,
	PT_COLUMN_ADDR_OUT_MORE,
	PT_COLUMN_ADDR_BACK,
	PT_COLUMN_ADDR_BACK_SECOND,
	PT_COLUMN_ADDR_BACK_MORE,
	PT_COLUMN_STACK,
	PT_COLUMN_STACK_MORE,
	PT_COLUMN_SIZE,
	PT_COLUMN_SIZE_MORE,
	PT_COLUMN_FN,
	PT_COLUMN_POOL,
	PT_COLUMN_EXT,	/* a record of kind 7 after its first byte */
	PT_COLUMN_REST, /* what was not taken apart */
	PT_COLUMN_NR
};

/* Bytes around a column and a chunk that may be read, or written over, in vain. */
#define PT_COLUMN_SLACK 64u

/* Splitting: where each column goes on. Joining: what is left of each. */
struct pt_columns {
	uint8_t *at[PT_COLUMN_NR];
	const uint8_t *end[PT_COLUMN_NR]; /* joining only */
};

/*
 * pt_columns_split() - the records at [p, end) into the columns; each must have room for end - p bytes and
 * PT_COLUMN_SLACK.
 *
 * Returns how many bytes were taken apart. It stops at a zero, at what is no record, and some way before
 * `end`; the caller keeps the rest as it is.
 */
size_t pt_columns_split(struct pt_columns *c, const uint8_t *p, const uint8_t *end);

/*
 * pt_columns_join() - the next `bytes` bytes of records to `out`, which has room for them and PT_COLUMN_SLACK.
 *
 * Behind the last column PT_COLUMN_SLACK bytes can be read. False when the columns hold no such records;
 * nothing beyond the slack is touched then either.
 */
bool pt_columns_join(struct pt_columns *c, uint8_t *out, size_t bytes);

#endif
