/* SPDX-License-Identifier: MIT */
/*
 * index.c - the address index: spans in a hash and in order, the starts of large blocks in order.
 *
 * A block that covers spans whole takes them out of the pool: they become one range in `full`.
 * So a big block costs what it removes, not what it spans.
 */
#include "index_parts.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

#define FIRST_SLOTS 256u

int pt_index_init(struct pt_index *ix)
{
	memset(ix, 0, sizeof(*ix));
	ix->slots_nr = FIRST_SLOTS;
	ix->slots = calloc(ix->slots_nr, sizeof(*ix->slots));
	return ix->slots ? 0 : -PT_ENOMEM;
}

static void free_span(struct pt_span *s)
{
	pt_blocks_fini(&s->blocks);
	free(s->maps);
}

void pt_index_fini(struct pt_index *ix)
{
	struct pt_ordered_entry e;

	for (uint64_t nr = 0; pt_ordered_from(&ix->by_nr, nr, &e); nr = e.key + 1)
		free_span(&ix->spans[e.value]);
	pt_ordered_fini(&ix->by_nr);
	pt_ordered_fini(&ix->full);
	pt_ordered_fini(&ix->large);
	pt_ordered_fini(&ix->marked);
	free(ix->spans);
	free(ix->slots);
	memset(ix, 0, sizeof(*ix));
}

static void slot_put(struct pt_index *ix, uint64_t nr, uint32_t place)
{
	size_t i = pt_index_home(ix, nr);

	while (ix->slots[i])
		i = (i + 1) & (ix->slots_nr - 1);
	ix->slots[i] = place + 1;
}

/* Later entries move back into the hole, as in blocks.c. */
static void slot_del(struct pt_index *ix, uint64_t nr)
{
	size_t mask = ix->slots_nr - 1, hole = pt_index_home(ix, nr);

	while (ix->spans[ix->slots[hole] - 1].nr != nr)
		hole = (hole + 1) & mask;
	for (size_t i = (hole + 1) & mask; ix->slots[i]; i = (i + 1) & mask) {
		size_t want = pt_index_home(ix, ix->spans[ix->slots[i] - 1].nr);

		if (((i - want) & mask) >= ((i - hole) & mask)) {
			ix->slots[hole] = ix->slots[i];
			hole = i;
		}
	}
	ix->slots[hole] = 0;
}

static int grow_slots(struct pt_index *ix)
{
	uint32_t *old = ix->slots;
	size_t old_nr = ix->slots_nr;
	uint32_t *slots = calloc(2 * old_nr, sizeof(*slots));

	if (!slots)
		return -PT_ENOMEM;
	ix->slots = slots;
	ix->slots_nr = 2 * old_nr;
	for (size_t i = 0; i < old_nr; i++) {
		if (old[i])
			slot_put(ix, ix->spans[old[i] - 1].nr, old[i] - 1);
	}
	free(old);
	return 0;
}

static int grow_spans(struct pt_index *ix)
{
	uint32_t max = ix->spans_max ? 2 * ix->spans_max : 64;
	struct pt_span *spans = max > ix->spans_max ? realloc(ix->spans, max * sizeof(*spans))
						    : NULL;

	if (!spans)
		return -PT_ENOMEM;
	ix->spans = spans;
	ix->spans_max = max;
	return 0;
}

static bool is_full(const struct pt_index *ix, uint64_t nr)
{
	struct pt_ordered_entry e;

	return pt_ordered_below(&ix->full, nr + 1, &e) && e.value > nr;
}

/* The span, made when it is not there yet. */
static struct pt_span *get(struct pt_index *ix, uint64_t nr)
{
	struct pt_span *s = pt_index_span(ix, nr);
	uint32_t place;

	if (s)
		return s;
	if (ix->used_nr >= ix->slots_nr / 2 && grow_slots(ix))
		return NULL;
	if (!ix->free_span && ix->spans_nr == ix->spans_max && grow_spans(ix))
		return NULL;
	place = ix->free_span ? ix->free_span - 1 : ix->spans_nr;
	if (pt_ordered_put(&ix->by_nr, nr, place))
		return NULL;
	s = &ix->spans[place];
	if (ix->free_span)
		ix->free_span = (uint32_t)s->nr;
	else
		ix->spans_nr++;
	memset(s, 0, sizeof(*s));
	s->nr = nr;
	slot_put(ix, nr, place);
	ix->used_nr++;
	if (is_full(ix, nr))
		pt_span_touch(s, 0, PT_SPAN_WORDS); /* the first run needs no memory */
	return s;
}

static void drop(struct pt_index *ix, uint32_t place)
{
	struct pt_span *s = &ix->spans[place];

	if (s->marked)
		pt_index_unmark(ix, s);
	slot_del(ix, s->nr);
	pt_ordered_del(&ix->by_nr, s->nr);
	free_span(s);
	s->nr = ix->free_span;
	ix->free_span = place + 1;
	ix->used_nr--;
}

/* Whether words [from, to) of a span, which need not exist, were handed out. */
static bool touched(const struct pt_index *ix, uint64_t nr, uint32_t from, uint32_t to)
{
	const struct pt_span *s = pt_index_span(ix, nr);

	return s ? pt_span_touched(s, from, to) : is_full(ix, nr);
}

/* Whether anything in the spans [nr, end) was handed out. */
static bool any_touched(const struct pt_index *ix, uint64_t nr, uint64_t end)
{
	struct pt_ordered_entry e;

	if (nr >= end)
		return false;
	if (pt_ordered_from(&ix->by_nr, nr, &e) && e.key < end)
		return true;
	return pt_ordered_below(&ix->full, end, &e) && e.value > nr;
}

bool pt_index_fresh(const struct pt_index *ix, uint64_t addr, uint64_t end)
{
	uint64_t first = pt_index_span_of(addr), last = pt_index_span_of(end - 1);
	uint32_t from = pt_index_word_of(addr), to = pt_index_word_of(end - 1) + 1;

	if (first == last)
		return !touched(ix, first, from, to);
	return !touched(ix, first, from, PT_SPAN_WORDS) && !touched(ix, last, 0, to) &&
	       !any_touched(ix, first + 1, last);
}

static int touch(struct pt_index *ix, uint64_t nr, uint32_t from, uint32_t to)
{
	struct pt_span *s = get(ix, nr);

	return s ? pt_span_touch(s, from, to) : -PT_ENOMEM;
}

/* The spans [nr, end) are handed out whole, by one block. */
static int cover(struct pt_index *ix, uint64_t nr, uint64_t end)
{
	struct pt_ordered_entry e;

	if (nr >= end)
		return 0;
	while (pt_ordered_from(&ix->by_nr, nr, &e) && e.key < end)
		drop(ix, (uint32_t)e.value);
	if (pt_ordered_below(&ix->full, nr + 1, &e) && e.value >= nr) {
		if (e.value >= end)
			return 0;
		nr = e.key;
	}
	while (pt_ordered_from(&ix->full, nr + 1, &e) && e.key <= end) {
		if (e.value > end)
			end = e.value;
		pt_ordered_del(&ix->full, e.key);
	}
	return pt_ordered_put(&ix->full, nr, end);
}

struct pt_block *pt_index_add(struct pt_index *ix, uint64_t addr, uint64_t size_bytes)
{
	uint64_t end = pt_extent_end(addr, size_bytes);
	uint64_t first = pt_index_span_of(addr), last = pt_index_span_of(end - 1);
	uint32_t to = pt_index_word_of(end - 1) + 1;
	int r;

	if (first == last) {
		r = touch(ix, first, pt_index_word_of(addr), to);
	} else {
		r = touch(ix, first, pt_index_word_of(addr), PT_SPAN_WORDS);
		if (!r)
			r = touch(ix, last, 0, to);
		if (!r)
			r = cover(ix, first + 1, last);
	}
	if (!r && !pt_span_is_small(addr, size_bytes)) {
		ix->gap = ix->gap_end = 0;
		r = pt_ordered_put(&ix->large, addr, 0);
	}
	return r ? NULL : pt_span_add(pt_index_span(ix, first), addr, size_bytes);
}

void pt_index_del(struct pt_index *ix, struct pt_block *b)
{
	if (!pt_span_is_small(b->addr, b->size_bytes))
		pt_ordered_del(&ix->large, b->addr);
	pt_span_del(pt_index_span(ix, pt_index_span_of(b->addr)), b);
}

int pt_index_set_mark(struct pt_index *ix, struct pt_span *s)
{
	s->marked = true;
	return pt_ordered_put(&ix->marked, s->nr, 0);
}

void pt_index_unmark(struct pt_index *ix, struct pt_span *s)
{
	s->marked = false;
	pt_ordered_del(&ix->marked, s->nr);
}

struct pt_span *pt_index_marked(const struct pt_index *ix, uint64_t nr)
{
	struct pt_ordered_entry e;

	return pt_ordered_from(&ix->marked, nr, &e) ? pt_index_span(ix, e.key) : NULL;
}

void pt_index_each(const struct pt_index *ix, void (*fn)(void *arg, const struct pt_block *b),
		   void *arg)
{
	struct pt_ordered_entry e;

	for (uint64_t nr = 0; pt_ordered_from(&ix->by_nr, nr, &e); nr = e.key + 1) {
		const struct pt_blocks *t = &ix->spans[e.value].blocks;

		for (uint32_t i = 0; t->slots && i < 1u << t->log2; i++) {
			if (t->slots[i].addr)
				fn(arg, &t->slots[i]);
		}
	}
}

void pt_index_ascending(const struct pt_index *ix, void (*fn)(void *arg, const struct pt_block *b),
			void *arg)
{
	struct pt_ordered_entry e;

	for (uint64_t nr = 0; pt_ordered_from(&ix->by_nr, nr, &e); nr = e.key + 1)
		pt_span_each(&ix->spans[e.value], fn, arg);
}
