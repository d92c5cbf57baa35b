/* SPDX-License-Identifier: MIT */
/*
 * decode.h - pt_decode() for the many: allocations and frees far from the end of the window.
 *
 * Inside trace/ only. The same result as pt_decode() of codec.h, without its checks of the end:
 * whatever the bytes are, a record of these kinds is no longer than PT_DECODE_BYTES. A test holds
 * the two against each other.
 */
#ifndef PT_DECODE_H
#define PT_DECODE_H

#include "../../format/codec.h"
#include "../../format/error.h"

/* What must be readable at `p`: head, four varints, function byte, and a varint's 8-byte load. */
#define PT_DECODE_BYTES (1 + 4 * PT_VARINT_BYTES_MAX + 1 + 8)

static inline const uint8_t *pt_varint_get_far(const uint8_t *p, uint64_t *v)
{
	unsigned int n, above;
	uint64_t word;

	memcpy(&word, p, 8);
	if (__builtin_expect(!(word & 0xff), 0)) {
		memcpy(v, p + 1, 8);
		return p + 9;
	}
	n = (unsigned int)__builtin_ctz((unsigned int)word) + 1;
	above = 64 - 8 * n;
	*v = word << above >> (above + n);
	return p + n;
}

static inline const uint8_t *pt_addr_get_far(struct pt_codec *c, const uint8_t *p, uint8_t head, uint64_t *addr)
{
	uint64_t v;

	if (head & PT_REC_ADDR_HIT) {
		*addr = c->addrs[*p];
		c->addr = pt_addr_fold(*addr);
		return p + 1;
	}
	p = pt_varint_get_far(p, &v);
	c->addr += pt_unzigzag(v);
	*addr = pt_addr_unfold(c->addr);
	c->addrs[pt_addr_slot(*addr)] = *addr;
	return p;
}

/* NULL: not a stack that any recorder writes. */
static inline const uint8_t *pt_alloc_get_far(struct pt_codec *c, const uint8_t *p, uint8_t head,
					      struct pt_record *out)
{
	uint32_t *next = &c->next_stack[c->stack % PT_CODEC_SLOTS];
	uint32_t *size;
	uint64_t v;

	if (head & PT_REC_STACK_SAME) {
		out->stack = *next;
	} else {
		p = pt_varint_get_far(p, &v);
		if (v > UINT32_MAX)
			return NULL;
		*next = out->stack = (uint32_t)v;
	}
	c->stack = out->stack;
	size = &c->sizes[out->stack % PT_CODEC_SLOTS];
	if (head & PT_REC_SIZE_SAME) {
		out->size_bytes = *size;
	} else {
		p = pt_varint_get_far(p, &v);
		out->size_bytes = v;
		*size = v <= UINT32_MAX ? (uint32_t)v : 0;
	}
	return p;
}

/*
 * pt_decode_far() - one PT_REC_ALLOC or PT_REC_FREE at p.
 *
 * Returns its length, 0 when pt_decode() has to look at it (another kind, a rare function; *c is
 * as before), -PT_ECORRUPT.
 */
static inline int pt_decode_far(struct pt_codec *c, const uint8_t *p, struct pt_record *out)
{
	const uint8_t *start = p;
	uint8_t head = *p, kind = head & PT_REC_KIND_MASK;
	unsigned int fn = head >> PT_REC_FN_SHIFT;
	uint64_t dt;

	if (__builtin_expect((kind != PT_REC_ALLOC && kind != PT_REC_FREE) || fn >= PT_FN_REALLOC, 0))
		return 0;
	if (__builtin_expect(kind == PT_REC_FREE && fn, 0))
		return 0;
	p = pt_varint_get_far(p + 1, &dt);
	out->tick = c->tick += dt;
	p = pt_addr_get_far(c, p, head, &out->addr);
	out->kind = kind;
	out->fn = kind == PT_REC_FREE ? PT_API_FREE : fn ? PT_API_CALLOC : PT_API_MALLOC;
	if (kind == PT_REC_ALLOC)
		p = pt_alloc_get_far(c, p, head, out);
	return p ? (int)(p - start) : -PT_ECORRUPT;
}

#endif
