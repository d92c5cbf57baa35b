/* SPDX-License-Identifier: MIT */
/*
 * span.c - the two shapes of a span: a few intervals, or bitmaps.
 */
#include "span.h"

#include <stdlib.h>

#include "../../format/error.h"

#define WORDS_NR (PT_SPAN_WORDS / 64)
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

static int to_maps(struct pt_span *s)
{
	struct pt_span_maps *m = calloc(1, sizeof(*m));

	if (!m)
		return -PT_ENOMEM;
	for (uint32_t i = 0; i < s->runs_nr; i++)
		maps_touch(m, s->runs[i].from, s->runs[i].to);
	for (uint32_t i = 0; i < s->starts_nr; i++)
		maps_start(m, s->starts[i]);
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

int pt_span_start(struct pt_span *s, uint32_t word)
{
	if (!s->maps && s->starts_nr < PT_SPAN_STARTS) {
		s->starts[s->starts_nr++] = (uint16_t)word;
		return 0;
	}
	if (!s->maps && to_maps(s))
		return -PT_ENOMEM;
	maps_start(s->maps, word);
	return 0;
}

void pt_span_unstart(struct pt_span *s, uint32_t word)
{
	if (s->maps) {
		uint64_t *bits = &s->maps->starts[word / 64];

		*bits &= ~(1ull << word % 64);
		if (!*bits)
			s->maps->starts_any &= ~(1u << word / 64);
		return;
	}
	for (uint32_t i = 0; i < s->starts_nr; i++) {
		if (s->starts[i] == word) {
			s->starts[i] = s->starts[--s->starts_nr];
			return;
		}
	}
}

static int maps_start_from(const struct pt_span_maps *m, uint32_t word)
{
	uint32_t i = word / 64, later;
	uint64_t bits = m->starts[i] & ~0ull << word % 64;

	if (!bits) {
		later = i == 31 ? 0 : m->starts_any & ~0u << (i + 1);
		if (!later)
			return -1;
		i = (uint32_t)__builtin_ctz(later);
		bits = m->starts[i];
	}
	return (int)(i * 64) + __builtin_ctzll(bits);
}

static int maps_start_below(const struct pt_span_maps *m, uint32_t word)
{
	uint32_t i = word / 64, earlier;
	uint64_t bits = i < WORDS_NR ? m->starts[i] & ((1ull << word % 64) - 1) : 0;

	if (!bits) {
		earlier = i < WORDS_NR ? m->starts_any & ((1u << i) - 1) : m->starts_any;
		if (!earlier)
			return -1;
		i = 31 - (uint32_t)__builtin_clz(earlier);
		bits = m->starts[i];
	}
	return (int)(i * 64) + 63 - __builtin_clzll(bits);
}

int pt_span_start_from(const struct pt_span *s, uint32_t word)
{
	int best = -1;

	if (word >= PT_SPAN_WORDS)
		return -1;
	if (s->maps)
		return maps_start_from(s->maps, word);
	for (uint32_t i = 0; i < s->starts_nr; i++) {
		if (s->starts[i] >= word && (best < 0 || s->starts[i] < best))
			best = s->starts[i];
	}
	return best;
}

int pt_span_start_below(const struct pt_span *s, uint32_t word)
{
	int best = -1;

	if (s->maps)
		return maps_start_below(s->maps, word);
	for (uint32_t i = 0; i < s->starts_nr; i++) {
		if (s->starts[i] < word && s->starts[i] > best)
			best = s->starts[i];
	}
	return best;
}
