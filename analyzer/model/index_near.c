// SPDX-License-Identifier: MIT
/*
 * index_near.c - what lies around an address: the next block, the ones below that may reach it, a range within one span.
 */
#include "index_parts.h"

/* The first start of a small block in [from, end). */
static bool small_next(const struct pt_index *ix, uint64_t from, uint64_t end, uint64_t *addr)
{
	uint64_t at = from > UINT64_MAX - 7 ? UINT64_MAX : (from + 7) & ~7ull;
	const struct pt_span *s = pt_index_span(ix, pt_index_span_of(at));
	uint32_t word = pt_index_word_of(at);

	while (at < end) {
		struct pt_ordered_entry e;
		int start = s ? pt_span_start_from(s, word) : -1;

		if (start >= 0 && pt_index_addr_of(s->nr, start) >= end)
			return false;
		if (start >= 0) {
			*addr = pt_index_addr_of(s->nr, start);
			return true;
		}
		if (pt_index_span_of(at) == pt_index_span_of(end - 1) ||
		    !pt_ordered_from(&ix->by_nr, pt_index_span_of(at) + 1, &e))
			return false;
		at = pt_index_addr_of(e.key, 0);
		s = &ix->spans[e.value];
		word = 0;
	}
	return false;
}

/* The large one first: so spans behind it, perhaps many and all empty, are not looked at for it. */
bool pt_index_next(const struct pt_index *ix, uint64_t from, uint64_t end, uint64_t *addr)
{
	struct pt_ordered_entry large;
	bool found = pt_ordered_from(&ix->large, from, &large) && large.key < end;

	if (small_next(ix, from, found ? large.key : end, addr))
		return true;
	if (found)
		*addr = large.key;
	return found;
}

/* Looks for the gap between large blocks around `addr`, which is of none of them. */
static void find_gap(struct pt_index *ix, uint64_t addr)
{
	struct pt_ordered_entry e;
	const struct pt_block *b;

	ix->gap = ix->gap_end = 0;
	if (pt_ordered_below(&ix->large, addr + 1, &e)) {
		b = pt_index_find(ix, e.key);
		if (!b || pt_extent_end(b->addr, b->size_bytes) > addr)
			return;
		ix->gap = pt_extent_end(b->addr, b->size_bytes);
	}
	ix->gap_end = pt_ordered_from(&ix->large, addr, &e) ? e.key : UINT64_MAX;
}

struct pt_span *pt_index_one_span(struct pt_index *ix, uint64_t addr, uint64_t end)
{
	struct pt_span *s;

	if ((addr & 7) || pt_index_span_of(addr) != pt_index_span_of(end - 1))
		return NULL;
	s = pt_index_span_at(ix, pt_index_span_of(addr), ix->hint);
	if (!s || !s->maps)
		return NULL;
	if (addr < ix->gap || end > ix->gap_end)
		find_gap(ix, addr);
	return addr >= ix->gap && end <= ix->gap_end ? s : NULL;
}

unsigned int pt_index_below(const struct pt_index *ix, uint64_t addr, uint64_t out[2])
{
	const struct pt_span *s = pt_index_span(ix, pt_index_span_of(addr));
	struct pt_ordered_entry e;
	unsigned int nr = 0;
	/* The word of an odd address may itself hold a start below it. */
	int start = s ? pt_span_start_below(s, pt_index_word_of(addr) + !!(addr & 7)) : -1;

	if (start < 0 && pt_index_span_of(addr)) {
		s = pt_index_span(ix, pt_index_span_of(addr) - 1);
		start = s ? pt_span_start_below(s, PT_SPAN_WORDS) : -1;
	}
	if (start >= 0)
		out[nr++] = pt_index_addr_of(s->nr, start);
	if (pt_ordered_below(&ix->large, addr, &e))
		out[nr++] = e.key;
	return nr;
}
