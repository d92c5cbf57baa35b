/* SPDX-License-Identifier: MIT */
/*
 * blocks.c - growing and shrinking of the table of blocks.h.
 *
 * Linear probing, at most 3/4 full: a hit looks at 2.5 slots on average, a miss at 8.5 (Knuth
 * 6.4); up to 8 slots it may be full, for the sake of spans that hold one or two big blocks. A
 * deletion moves later entries back instead of leaving a tombstone, so that years of churn
 * leave the table as fast as it was.
 */
#include "blocks.h"

#include <stdlib.h>
#include <string.h>

#define LINE_BYTES 64u

void pt_blocks_fini(struct pt_blocks *t)
{
	free(t->slots);
	memset(t, 0, sizeof(*t));
}

static struct pt_block *free_slot(const struct pt_blocks *t, uint64_t addr)
{
	uint32_t i = pt_blocks_home(t, addr);

	while (t->slots[i].addr)
		i = (i + 1) & ((1u << t->log2) - 1);
	return &t->slots[i];
}

static int grow(struct pt_blocks *t)
{
	struct pt_blocks larger = { .nr = t->nr, .log2 = (uint8_t)(t->slots ? t->log2 + 1 : 0) };
	size_t bytes = sizeof(*t->slots) << larger.log2;

	larger.slots = bytes < LINE_BYTES ? malloc(bytes) : aligned_alloc(LINE_BYTES, bytes);
	if (!larger.slots)
		return -1;
	memset(larger.slots, 0, bytes);
	for (uint32_t i = 0; t->slots && i < 1u << t->log2; i++) {
		if (t->slots[i].addr)
			*free_slot(&larger, t->slots[i].addr) = t->slots[i];
	}
	free(t->slots);
	*t = larger;
	return 0;
}

struct pt_block *pt_blocks_add(struct pt_blocks *t, uint64_t addr)
{
	uint32_t slots_nr = t->slots ? 1u << t->log2 : 0;
	struct pt_block *b;

	if (t->nr >= (slots_nr <= 8 ? slots_nr : slots_nr / 4 * 3) && grow(t))
		return NULL;
	b = free_slot(t, addr);
	b->addr = addr;
	t->nr++;
	return b;
}

/* Entries after the hole move back into it unless that would put them before their home. */
void pt_blocks_del(struct pt_blocks *t, struct pt_block *b)
{
	uint32_t mask = (1u << t->log2) - 1, first = (uint32_t)(b - t->slots), hole = first;

	if (t->nr == 1) {
		pt_blocks_fini(t);
		return;
	}
	for (uint32_t i = (first + 1) & mask; i != first && t->slots[i].addr; i = (i + 1) & mask) {
		uint32_t home = pt_blocks_home(t, t->slots[i].addr);

		if (((i - home) & mask) >= ((i - hole) & mask)) {
			t->slots[hole] = t->slots[i];
			hole = i;
		}
	}
	memset(&t->slots[hole], 0, sizeof(t->slots[hole]));
	t->nr--;
}
