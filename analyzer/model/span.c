/* SPDX-License-Identifier: MIT */
/*
 * span.c - the two shapes of a span: a few intervals and blocks, or bitmaps.
 */
#include "span.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

#define WORDS_NR	 (PT_SPAN_WORDS / 64)
#define BLOCKS_LOOKED_AT 8u /* with more than these, starts are found by bitmap */

_Static_assert(WORDS_NR == 32, "starts_any has one bit for each word of the bitmap");

/* Bits [from, to) of the i-th 64-bit word of a bitmap. */
static uint64_t mask_of(uint32_t i, uint32_t from, uint32_t to)
{
	uint64_t mask = ~0ull;

	if (from > i * 64)
		mask &= ~0ull << (from - i * 64);
	if (to < (i + 1) * 64)
		mask &= ~0ull >> ((i + 1) * 64 - to);
	return mask;
}

static void maps_touch(struct pt_span_maps *m, uint32_t from, uint32_t to)
{
	for (uint32_t i = from / 64; i <= (to - 1) / 64; i++)
		m->ever[i] |= mask_of(i, from, to);
}

static void maps_start(struct pt_span_maps *m, uint32_t word)
{
	m->starts[word / 64] |= 1ull << word % 64;
	m->starts_any |= 1u << word / 64;
}

static uint32_t word_of(const struct pt_block *b)
{
	return (uint32_t)(b->addr % PT_SPAN_BYTES) / 8;
}

static int to_maps(struct pt_span *s)
{
	struct pt_span_maps *m = calloc(1, sizeof(*m));

	if (!m)
		return -PT_ENOMEM;
	for (uint32_t i = 0; i < s->runs_nr; i++)
		maps_touch(m, s->runs[i].from, s->runs[i].to);
	for (uint32_t i = 0; s->blocks.slots && i < 1u << s->blocks.log2; i++) {
		const struct pt_block *b = &s->blocks.slots[i];

		if (b->addr && pt_span_is_small(b->addr, b->size_bytes))
			maps_start(m, word_of(b));
	}
	s->maps = m;
	return 0;
}

bool pt_span_touched(const struct pt_span *s, uint32_t from, uint32_t to)
{
	if (!s->maps) {
		for (uint32_t i = 0; i < s->runs_nr; i++) {
			if (s->runs[i].from < to && from < s->runs[i].to)
				return true;
		}
		return false;
	}
	for (uint32_t i = from / 64; i <= (to - 1) / 64; i++) {
		if (s->maps->ever[i] & mask_of(i, from, to))
			return true;
	}
	return false;
}

int pt_span_touch(struct pt_span *s, uint32_t from, uint32_t to)
{
	uint32_t kept = 0, run_from = from, run_to = to;

	if (s->maps) {
		maps_touch(s->maps, from, to);
		return 0;
	}
	for (uint32_t i = 0; i < s->runs_nr; i++) {
		if (s->runs[i].from > run_to || run_from > s->runs[i].to) {
			s->runs[kept++] = s->runs[i];
			continue;
		}
		/* One pass is enough: runs do not touch each other, so a kept one, which does not
		 * touch the new words, does not touch a run that is melted into them either. */
		if (s->runs[i].from < run_from)
			run_from = s->runs[i].from;
		if (s->runs[i].to > run_to)
			run_to = s->runs[i].to;
	}
	s->runs_nr = (uint8_t)kept;
	if (kept == PT_SPAN_RUNS) {
		if (to_maps(s))
			return -PT_ENOMEM;
		maps_touch(s->maps, from, to);
		return 0;
	}
	s->runs[kept].from = (uint16_t)run_from;
	s->runs[kept].to = (uint16_t)run_to;
	s->runs_nr++;
	return 0;
}

struct pt_block *pt_span_add(struct pt_span *s, uint64_t addr, uint64_t size_bytes)
{
	struct pt_block *b;

	if (!s->maps && s->blocks.nr == BLOCKS_LOOKED_AT && to_maps(s))
		return NULL;
	b = pt_blocks_add(&s->blocks, addr);
	if (!b)
		return NULL;
	pt_block_set_size(b, size_bytes, 0);
	if (s->maps && pt_span_is_small(addr, size_bytes))
		maps_start(s->maps, word_of(b));
	return b;
}

void pt_span_del(struct pt_span *s, struct pt_block *b)
{
	if (s->maps && pt_span_is_small(b->addr, b->size_bytes)) {
		uint32_t word = word_of(b);
		uint64_t *bits = &s->maps->starts[word / 64];

		*bits &= ~(1ull << word % 64);
		if (!*bits)
			s->maps->starts_any &= ~(1u << word / 64);
	}
	pt_blocks_del(&s->blocks, b);
}

/* The word of the first small block with a word in [from, to), or of the last one; -1 = none. */
static int look(const struct pt_span *s, uint32_t from, uint32_t to, bool last)
{
	int best = -1;

	for (uint32_t i = 0; s->blocks.slots && i < 1u << s->blocks.log2; i++) {
		const struct pt_block *b = &s->blocks.slots[i];
		int word = (int)word_of(b);

		if (!b->addr || !pt_span_is_small(b->addr, b->size_bytes) || word < (int)from ||
		    word >= (int)to)
			continue;
		if (best < 0 || (last ? word > best : word < best))
			best = word;
	}
	return best;
}

int pt_span_start_from(const struct pt_span *s, uint32_t word)
{
	if (word >= PT_SPAN_WORDS)
		return -1;
	return s->maps ? pt_maps_start_from(s->maps, word) : look(s, word, PT_SPAN_WORDS, false);
}

int pt_span_start_below(const struct pt_span *s, uint32_t word)
{
	if (!s->maps)
		return look(s, 0, word, true);
	if (word < PT_SPAN_WORDS)
		return pt_maps_start_below(s->maps, word);
	return pt_span_start_from(s, PT_SPAN_WORDS - 1) < 0 ? pt_maps_start_below(s->maps, PT_SPAN_WORDS - 1) :
							      (int)PT_SPAN_WORDS - 1;
}

/* No two blocks start at one address: the offsets are sorted by marking them in a bitmap. */
void pt_span_each(const struct pt_span *s, void (*fn)(void *arg, const struct pt_block *b), void *arg)
{
	uint64_t bits[PT_SPAN_BYTES / 64];
	uint16_t slot[PT_SPAN_BYTES];

	if (!s->blocks.slots)
		return;
	memset(bits, 0, sizeof(bits));
	for (uint32_t i = 0; i < 1u << s->blocks.log2; i++) {
		uint32_t at = (uint32_t)(s->blocks.slots[i].addr % PT_SPAN_BYTES);

		if (!s->blocks.slots[i].addr)
			continue;
		bits[at / 64] |= 1ull << at % 64;
		slot[at] = (uint16_t)i;
	}
	for (uint32_t w = 0; w < PT_SPAN_BYTES / 64; w++) {
		for (uint64_t left = bits[w]; left; left &= left - 1)
			fn(arg, &s->blocks.slots[slot[64 * w + (uint32_t)__builtin_ctzll(left)]]);
	}
}
