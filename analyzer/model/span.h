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

/* pt_span_add() - a new block, its address and size set and all else zero; NULL = no memory. */
struct pt_block *pt_span_add(struct pt_span *s, uint64_t addr, uint64_t size_bytes);
void pt_span_del(struct pt_span *s, struct pt_block *b);

/* pt_span_each() - fn(arg, block) for each block that starts here, ascending. */
void pt_span_each(const struct pt_span *s, void (*fn)(void *arg, const struct pt_block *b), void *arg);

/* The first small block at a word >= `word`, the last one at a word < `word`: its word, or -1. */
int pt_span_start_from(const struct pt_span *s, uint32_t word);
int pt_span_start_below(const struct pt_span *s, uint32_t word);

#endif
