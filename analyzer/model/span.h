/* SPDX-License-Identifier: MIT */
/*
 * span.h - 16 KiB of address space: its blocks, and which words were ever handed out.
 *
 * A word is 8 bytes, the smallest alignment that an allocator gives. A span is one cache line with
 * a few intervals in it and its blocks beside it, so that big blocks (and hostile traces that
 * touch one word in each span) cost little; with more of either it gets bitmaps and keeps them.
 */
#ifndef PT_SPAN_H
#define PT_SPAN_H

#include <stdbool.h>
#include <stdint.h>

#include "blocks.h"

#define PT_SPAN_SHIFT 14u
#define PT_SPAN_BYTES (1u << PT_SPAN_SHIFT)
#define PT_SPAN_WORDS (PT_SPAN_BYTES / 8)
#define PT_SPAN_RUNS  7u

struct pt_span_maps {
	uint32_t starts_any; /* bit i: starts[i] is not 0 */
	uint64_t ever[PT_SPAN_WORDS / 64];
	uint64_t starts[PT_SPAN_WORDS / 64];
};

struct pt_span {
	uint64_t nr;		   /* address >> PT_SPAN_SHIFT */
	struct pt_blocks blocks;   /* that start here */
	struct pt_span_maps *maps; /* NULL: `runs` and `blocks` say it all */
	struct {
		uint16_t from, to; /* words [from, to), disjoint, not touching, in no order */
	} runs[PT_SPAN_RUNS];
	uint8_t runs_nr;
	bool marked; /* see pt_index_mark() */
};
_Static_assert(sizeof(struct pt_span) == 64, "one cache line");

/* A block that can be found through the spans alone: it starts on a word and reaches into the next
 * span at most. */
static inline bool pt_span_is_small(uint64_t addr, uint64_t size_bytes)
{
	return !(addr & 7) && size_bytes <= PT_SPAN_BYTES;
}

/* pt_span_touched() - whether a word of [from, to) was ever handed out. */
bool pt_span_touched(const struct pt_span *s, uint32_t from, uint32_t to);

/* pt_span_touch() - they are handed out. 0 or -PT_ENOMEM. from < to <= PT_SPAN_WORDS. */
int pt_span_touch(struct pt_span *s, uint32_t from, uint32_t to);

/* The first start at a word >= `word`, the last one at a word < `word`, which is in the span: its word, or -1. */
static inline int pt_maps_start_from(const struct pt_span_maps *m, uint32_t word)
{
	uint32_t i = word / 64, later;
	uint64_t bits = m->starts[i] & ~0ull << word % 64;

	if (!bits) {
		later = m->starts_any & (uint32_t)(~1ull << i);
		if (!later)
			return -1;
		i = (uint32_t)__builtin_ctz(later);
		bits = m->starts[i];
	}
	return (int)(i * 64) + __builtin_ctzll(bits);
}

static inline int pt_maps_start_below(const struct pt_span_maps *m, uint32_t word)
{
	uint32_t i = word / 64, earlier;
	uint64_t bits = m->starts[i] & ((1ull << word % 64) - 1);

	if (!bits) {
		earlier = m->starts_any & ((1u << i) - 1);
		if (!earlier)
			return -1;
		i = 31 - (uint32_t)__builtin_clz(earlier);
		bits = m->starts[i];
	}
	return (int)(i * 64) + 63 - __builtin_clzll(bits);
}

/* pt_span_retake() - pt_span_touch(), if pt_span_touched(); whether it was. Of a span with maps, which needs no memory. */
static inline bool pt_span_retake(struct pt_span *s, uint32_t from, uint32_t to)
{
	uint64_t mask, *ever = &s->maps->ever[from / 64];

	if (from / 64 != (to - 1) / 64)
		return pt_span_touched(s, from, to) && !pt_span_touch(s, from, to);
	mask = ~0ull >> (64 - (to - from)) << from % 64;
	if (!(*ever & mask))
		return false;
	*ever |= mask;
	return true;
}

/* pt_span_add() - a new block, its address and size set and all else zero; NULL = no memory. */
struct pt_block *pt_span_add(struct pt_span *s, uint64_t addr, uint64_t size_bytes);
void pt_span_del(struct pt_span *s, struct pt_block *b);

/* pt_span_each() - fn(arg, block) for each block that starts here, ascending. */
void pt_span_each(const struct pt_span *s, void (*fn)(void *arg, const struct pt_block *b), void *arg);

/* The first small block at a word >= `word`, the last one at a word < `word`: its word, or -1. */
int pt_span_start_from(const struct pt_span *s, uint32_t word);
int pt_span_start_below(const struct pt_span *s, uint32_t word);

#endif
