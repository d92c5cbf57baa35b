/* SPDX-License-Identifier: MIT */
/*
 * span.h - 16 KiB of address space: which words were ever handed out, where blocks start.
 *
 * A word is 8 bytes, the smallest alignment that an allocator gives. A span starts as a few
 * intervals in one cache line, so that big blocks (and hostile traces that touch one word in
 * each span) cost 64 bytes and not 512; with more it turns into bitmaps and stays so.
 */
#ifndef PT_SPAN_H
#define PT_SPAN_H

#include <stdbool.h>
#include <stdint.h>

#define PT_SPAN_SHIFT  14u
#define PT_SPAN_BYTES  (1u << PT_SPAN_SHIFT)
#define PT_SPAN_WORDS  (PT_SPAN_BYTES / 8)
#define PT_SPAN_RUNS   7u
#define PT_SPAN_STARTS 8u

struct pt_span_maps {
	uint32_t starts_any; /* bit i: starts[i] is not 0 */
	uint64_t ever[PT_SPAN_WORDS / 64];
	uint64_t starts[PT_SPAN_WORDS / 64];
};

struct pt_span {
	uint64_t nr;		   /* address >> PT_SPAN_SHIFT */
	struct pt_span_maps *maps; /* NULL: what follows */
	uint8_t runs_nr, starts_nr;
	struct {
		uint16_t from, to; /* words [from, to), disjoint, not touching, in no order */
	} runs[PT_SPAN_RUNS];
	uint16_t starts[PT_SPAN_STARTS]; /* words, in no order */
};
_Static_assert(sizeof(struct pt_span) == 64, "one cache line");

/* pt_span_touched() - whether a word of [from, to) was ever handed out. */
bool pt_span_touched(const struct pt_span *s, uint32_t from, uint32_t to);

/* Both return 0 or -PT_ENOMEM, then without effect. from < to <= PT_SPAN_WORDS. */
int pt_span_touch(struct pt_span *s, uint32_t from, uint32_t to);
int pt_span_start(struct pt_span *s, uint32_t word); /* not a start yet */

void pt_span_unstart(struct pt_span *s, uint32_t word);

/* The first start >= `word`, the last start < `word`; -1 when there is none. */
int pt_span_start_from(const struct pt_span *s, uint32_t word);
int pt_span_start_below(const struct pt_span *s, uint32_t word);

#endif
