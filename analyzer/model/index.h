/* SPDX-License-Identifier: MIT */
/*
 * index.h - where blocks start and which words were ever handed out, by address.
 *
 * Answers what the block table cannot: which blocks may overlap a range, and whether a range is
 * fresh. Only allocations that are not an exact reuse of an idle block come here. Small blocks
 * (at most a span long, 8-aligned) are found through their span; all others through one sorted
 * map, so nothing is ever proportional to a size or an address that a trace claims.
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
	struct pt_ordered by_nr; /* span number -> place in `spans` */
	struct pt_ordered full;	 /* spans [key, value) that one block once covered whole */
	struct pt_ordered large; /* starts of blocks that are not small */
};

/* The first byte after a block; a size that leads past the end of the addresses ends there. */
static inline uint64_t pt_extent_end(uint64_t addr, uint64_t size_bytes)
{
	uint64_t extent = size_bytes ? size_bytes : 1;

	return extent > UINT64_MAX - addr ? UINT64_MAX : addr + extent;
}

static inline bool pt_index_is_small(uint64_t addr, uint64_t size_bytes)
{
	return !(addr & 7) && size_bytes <= PT_SPAN_BYTES;
}

int pt_index_init(struct pt_index *ix);
void pt_index_fini(struct pt_index *ix);

/* pt_index_fresh() - whether no word of [addr, end) was ever part of a block. */
bool pt_index_fresh(const struct pt_index *ix, uint64_t addr, uint64_t end);

/*
 * pt_index_add() - a block starts at `addr`. No block in the index may overlap it.
 * pt_index_del() - it is gone; its words stay "handed out".
 *
 * size_bytes: as requested. Returns 0 or -PT_ENOMEM, then the block is not in the index.
 */
int pt_index_add(struct pt_index *ix, uint64_t addr, uint64_t size_bytes);
void pt_index_del(struct pt_index *ix, uint64_t addr, uint64_t size_bytes);

/* pt_index_next() - the first block that starts in [from, end); false when there is none. */
bool pt_index_next(const struct pt_index *ix, uint64_t from, uint64_t end, uint64_t *addr);

/*
 * pt_index_below() - the blocks that start before `addr` and may reach beyond it: the nearest
 * small and the nearest large one. Returns how many there are, 0 to 2.
 */
unsigned int pt_index_below(const struct pt_index *ix, uint64_t addr, uint64_t out[2]);

#endif
