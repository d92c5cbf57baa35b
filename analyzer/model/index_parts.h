// SPDX-License-Identifier: MIT
/* index_parts.h - what the files of the index share: an address is a span and a word in it. */
#ifndef PT_INDEX_PARTS_H
#define PT_INDEX_PARTS_H

#include "index.h"

static inline uint64_t pt_index_span_of(uint64_t addr)
{
	return addr >> PT_SPAN_SHIFT;
}

static inline uint32_t pt_index_word_of(uint64_t addr)
{
	return (uint32_t)(addr % PT_SPAN_BYTES) / 8;
}

static inline uint64_t pt_index_addr_of(uint64_t nr, int word)
{
	return nr << PT_SPAN_SHIFT | (uint64_t)word << 3;
}

#endif
