/* SPDX-License-Identifier: MIT */
/*
 * index.h - all blocks by address, and which words were ever handed out.
 *
 * Three questions: which block starts here, which blocks may overlap a range, is a range fresh.
 * Small blocks (at most a span long, 8-aligned) are found through their span; the others also
 * through one sorted map, so nothing is ever proportional to a size or an address that a trace
 * claims.
 *
 * "Ever" is kept in aligned words of 8 bytes. That is exact for 8-aligned blocks: two of them
 * that touch the same word both hold its first byte. For odd addresses it errs to "not fresh".
 */
#ifndef PT_INDEX_H
#define PT_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ordered.h"
#include "span.h"

struct pt_index {
	struct pt_span *spans; /* a pool; free ones are chained through `nr` */
	uint32_t spans_nr, spans_max;
	uint32_t free_span; /* + 1; 0 = none */
	uint32_t *slots;    /* hash of span numbers: place in `spans` + 1 */
	size_t slots_nr, used_nr;
	struct pt_ordered by_nr;  /* span number -> place in `spans` */
	struct pt_ordered full;	  /* spans [key, value) that one block once covered whole */
	struct pt_ordered large;  /* starts of blocks that are not small */
	struct pt_ordered marked; /* numbers of marked spans */
	uint64_t gap, gap_end;	  /* no block of `large` is in [gap, gap_end): where it was looked last */
	uint32_t hint;		  /* place of the span that will be asked for next, + 1; or any other */
};

/* The first byte after a block; a size that leads past the end of the addresses ends there. */
static inline uint64_t pt_extent_end(uint64_t addr, uint64_t size_bytes)
{
	uint64_t extent = size_bytes ? size_bytes : 1;

	return extent > UINT64_MAX - addr ? UINT64_MAX : addr + extent;
}

int pt_index_init(struct pt_index *ix);
void pt_index_fini(struct pt_index *ix);

/* pt_index_fresh() - whether no word of [addr, end) was ever part of a block. */
bool pt_index_fresh(const struct pt_index *ix, uint64_t addr, uint64_t end);

static inline size_t pt_index_home(const struct pt_index *ix, uint64_t nr)
{
	return (size_t)(nr * 0x9e3779b97f4a7c15ull >> 20) & (ix->slots_nr - 1);
}

/* pt_index_span() - the span with this number, or NULL. */
static inline struct pt_span *pt_index_span(const struct pt_index *ix, uint64_t nr)
{
	for (size_t i = pt_index_home(ix, nr); ix->slots[i]; i = (i + 1) & (ix->slots_nr - 1)) {
		struct pt_span *s = &ix->spans[ix->slots[i] - 1];

		if (s->nr == nr)
			return s;
	}
	return NULL;
}

/* pt_index_find() - the block that starts at `addr`, or NULL. Address 0 is never found. */
static inline struct pt_block *pt_index_find(const struct pt_index *ix, uint64_t addr)
{
	const struct pt_span *s = pt_index_span(ix, addr >> PT_SPAN_SHIFT);

	return s ? pt_blocks_find(&s->blocks, addr) : NULL;
}

/* pt_index_prefetch_span(), pt_index_prefetch() - ask for the cache line of the span, then of the
 * block, that will be looked up soon. The latter returns the place of the span + 1, or 0, for pt_index_span_at(). */
static inline void pt_index_prefetch_span(const struct pt_index *ix, uint64_t addr)
{
	uint32_t slot = ix->slots[pt_index_home(ix, addr >> PT_SPAN_SHIFT)];

	if (slot)
		__builtin_prefetch(&ix->spans[slot - 1]);
}

static inline uint32_t pt_index_prefetch(const struct pt_index *ix, uint64_t addr)
{
	const struct pt_span *s = pt_index_span(ix, addr >> PT_SPAN_SHIFT);

	if (!s || !s->blocks.slots)
		return 0;
	__builtin_prefetch(&s->blocks.slots[pt_blocks_home(&s->blocks, addr)], 1);
	return (uint32_t)(s - ix->spans) + 1;
}

/* pt_index_span_at() - pt_index_span(), told what pt_index_prefetch() had returned for an address in it. */
static inline struct pt_span *pt_index_span_at(const struct pt_index *ix, uint64_t nr, uint32_t place)
{
	struct pt_span *s = place && place <= ix->spans_nr ? &ix->spans[place - 1] : NULL;

	return s && s->nr == nr && s->blocks.slots ? s : pt_index_span(ix, nr);
}

/*
 * pt_index_add() - a block starts at `addr`, which is not 0. No block in the index may overlap it.
 * pt_index_del() - it is gone; its words stay "handed out".
 *
 * size_bytes: as requested, <= PT_BLOCK_SIZE_MAX. Returns the block, its address and size set and
 * all else zero, or NULL without memory. It stays where it is until another block is added to or
 * deleted from the index.
 */
struct pt_block *pt_index_add(struct pt_index *ix, uint64_t addr, uint64_t size_bytes);
void pt_index_del(struct pt_index *ix, struct pt_block *b);

/*
 * Marks on spans keep it cheap to look for a few blocks in a range of any size. The heap marks the
 * span of a block that the next unmapping must see, and takes the mark away when it has.
 *
 * pt_index_mark() - of the span in which `addr` starts a block. 0 or -PT_ENOMEM.
 * pt_index_marked() - the first marked span from number `nr` on, or NULL.
 */
int pt_index_set_mark(struct pt_index *ix, struct pt_span *s);
void pt_index_unmark(struct pt_index *ix, struct pt_span *s);
struct pt_span *pt_index_marked(const struct pt_index *ix, uint64_t nr);

static inline int pt_index_mark(struct pt_index *ix, uint64_t addr)
{
	struct pt_span *s = pt_index_span(ix, addr >> PT_SPAN_SHIFT);

	return __builtin_expect(s->marked, 1) ? 0 : pt_index_set_mark(ix, s);
}

/* pt_index_each() - fn(arg, block) for every block, by address of their spans. */
void pt_index_each(const struct pt_index *ix, void (*fn)(void *arg, const struct pt_block *b),
		   void *arg);

/* pt_index_ascending() - the same, by address. */
void pt_index_ascending(const struct pt_index *ix, void (*fn)(void *arg, const struct pt_block *b),
			void *arg);

/* pt_index_next() - the first block that starts in [from, end); false when there is none. */
bool pt_index_next(const struct pt_index *ix, uint64_t from, uint64_t end, uint64_t *addr);

/*
 * pt_index_one_span() - the span in which [addr, end) lies, if that alone knows what blocks the range overlaps.
 *
 * NULL: the range crosses spans or its word is shared, the span keeps no map of starts or is not there, or a large block
 * is there or may be. What starts below may still start in the span before, when nothing does in this one.
 */
struct pt_span *pt_index_one_span(struct pt_index *ix, uint64_t addr, uint64_t end);

/*
 * pt_index_below() - the blocks that start before `addr` and may reach beyond it: the nearest
 * small and the nearest large one. Returns how many there are, 0 to 2.
 */
unsigned int pt_index_below(const struct pt_index *ix, uint64_t addr, uint64_t out[2]);

#endif
