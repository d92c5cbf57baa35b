// SPDX-License-Identifier: MIT
/*
 * columns.c - see columns.h. Splitting and joining walk a record the same way, field by field.
 *
 * Fields are copied eight bytes at a time and then cut, as the codec does; that is what the slack is for.
 */
#include "columns.h"

#include <string.h>

#include "../../format/codec.h"

/* Longest record of kinds 1 to 4: first byte, six varints, function byte. */
#define RECORD_BYTES_MAX (1 + 6 * PT_VARINT_BYTES_MAX + 1)
_Static_assert(RECORD_BYTES_MAX <= PT_COLUMN_SLACK, "a record may be joined past the end by as much");

/* One or the other way through a record; `p` is in the records, `ok` falls when a column is empty. */
struct walk {
	struct pt_columns *c;
	uint8_t *p;
	bool ok;
};

static inline unsigned int varint_bytes(uint8_t first)
{
	return first ? (unsigned int)__builtin_ctz(first) + 1 : PT_VARINT_BYTES_MAX;
}

/* `n` bytes, 8 at most, from the record to the column, or back. */
static inline __attribute__((always_inline)) void move(struct walk *w, bool join, enum pt_column to, unsigned int n)
{
	uint8_t **at = &w->c->at[to];

	if (join) {
		if (__builtin_expect(w->c->end[to] - *at < (ptrdiff_t)n, 0)) {
			w->ok = false;
			return;
		}
		memcpy(w->p, *at, 8);
	} else {
		memcpy(*at, w->p, 8);
	}
	*at += n;
	w->p += n;
}

static inline __attribute__((always_inline)) void move_varint(struct walk *w, bool join, enum pt_column first,
							      enum pt_column more)
{
	const uint8_t *start = w->p;

	move(w, join, first, 1);
	if (w->ok && !(*start & 1))
		move(w, join, more, varint_bytes(*start) - 1);
}

/* The columns `first`, the one after it, and the one after that. */
static inline __attribute__((always_inline)) void move_address(struct walk *w, bool join, enum pt_column first)
{
	const uint8_t *start = w->p;
	unsigned int n;

	move(w, join, first, 1);
	if (!w->ok || *start & 1)
		return;
	n = varint_bytes(*start);
	move(w, join, first + 1, 1);
	if (n > 2)
		move(w, join, first + 2, n - 2);
}

/* The fields of a record of kinds 1 to 4 whose first byte is `head`. */
static inline __attribute__((always_inline)) void move_fields(struct walk *w, bool join, uint8_t head)
{
	const unsigned int kind = head & PT_REC_KIND_MASK;
	const bool back = !(kind & 1);

	move_varint(w, join, back ? PT_COLUMN_TIME_BACK : PT_COLUMN_TIME_OUT, PT_COLUMN_TIME_MORE);
	if (head & PT_REC_ADDR_HIT)
		move(w, join, back ? PT_COLUMN_SLOT_BACK : PT_COLUMN_SLOT_OUT, 1);
	else
		move_address(w, join, back ? PT_COLUMN_ADDR_BACK : PT_COLUMN_ADDR_OUT);
	if (kind != PT_REC_FREE && !(head & PT_REC_STACK_SAME))
		move_varint(w, join, PT_COLUMN_STACK, PT_COLUMN_STACK_MORE);
	if (!back && !(head & PT_REC_SIZE_SAME))
		move_varint(w, join, PT_COLUMN_SIZE, PT_COLUMN_SIZE_MORE);
	if (kind <= PT_REC_FREE) {
		if (head >> PT_REC_FN_SHIFT == PT_FN_BYTE)
			move(w, join, PT_COLUMN_FN, 1);
	} else if (head & PT_REC_POOL_HIT) {
		move(w, join, PT_COLUMN_POOL, 1);
	} else {
		move_varint(w, join, PT_COLUMN_POOL, PT_COLUMN_POOL);
		move_varint(w, join, PT_COLUMN_POOL, PT_COLUMN_POOL);
	}
}
_Static_assert((PT_REC_ALLOC & 1) && !(PT_REC_FREE & 1) && (PT_REC_GET & 1) && !(PT_REC_PUT & 1), "bit 0 tells out from back");

/* Length of a record of kind 7 at [p, end) without its first byte; 0 when it does not fit. */
static size_t ext_bytes(const uint8_t *p, const uint8_t *end)
{
	const uint8_t *q;
	uint64_t n;

	q = end - p > 1 ? pt_varint_get(p + 1, end, &n) : NULL;
	return q && n <= PT_EXT_BYTES_MAX && n <= (uint64_t)(end - q) ? (size_t)(q - p) + (size_t)n : 0;
}

size_t pt_columns_split(struct pt_columns *c, const uint8_t *p, const uint8_t *end)
{
	/* It is only read from: move() writes to w.p when it joins. */
	struct walk w = { .c = c, .p = (uint8_t *)p, .ok = true };

	while (end - w.p >= (ptrdiff_t)PT_COLUMN_SLACK && *w.p) {
		uint8_t head = *w.p;
		unsigned int kind = head & PT_REC_KIND_MASK;

		if (kind >= PT_REC_ALLOC && kind <= PT_REC_PUT) {
			move(&w, false, PT_COLUMN_HEAD, 1);
			move_fields(&w, false, head);
		} else {
			size_t n = kind == PT_REC_EXT ? ext_bytes(w.p + 1, end) : 0;

			if (!n)
				break;
			*c->at[PT_COLUMN_HEAD]++ = head;
			memcpy(c->at[PT_COLUMN_EXT], w.p + 1, n);
			c->at[PT_COLUMN_EXT] += n;
			w.p += 1 + n;
		}
	}
	return (size_t)(w.p - p);
}

static bool join_ext(struct walk *w, const uint8_t *end)
{
	uint8_t **at = &w->c->at[PT_COLUMN_EXT];
	size_t n = ext_bytes(*at, w->c->end[PT_COLUMN_EXT]);

	if (!n || (ptrdiff_t)n > end - w->p)
		return false;
	memcpy(w->p, *at, n);
	*at += n;
	w->p += n;
	return true;
}

bool pt_columns_join(struct pt_columns *c, uint8_t *out, size_t bytes)
{
	const uint8_t *end = out + bytes;
	struct walk w = { .c = c, .p = out, .ok = true };

	while (w.p < end) {
		unsigned int kind;
		uint8_t head;

		if (c->at[PT_COLUMN_HEAD] == c->end[PT_COLUMN_HEAD])
			return false;
		head = *w.p++ = *c->at[PT_COLUMN_HEAD]++;
		kind = head & PT_REC_KIND_MASK;
		if (kind >= PT_REC_ALLOC && kind <= PT_REC_PUT)
			move_fields(&w, true, head);
		else if (kind != PT_REC_EXT || !join_ext(&w, end))
			return false;
		if (!w.ok)
			return false;
	}
	return w.p == end;
}
