/* SPDX-License-Identifier: MIT */
/*
 * blocks.c - growing and shrinking of the table of blocks.h.
 *
 * Linear probing, at most 3/4 full: a hit looks at 2.5 slots on average, a miss at 8.5 (Knuth
 * 6.4); up to 8 slots it may be full, for the sake of spans that hold one or two big blocks. In the order of addresses
 * nearly all are where they belong, until one is not and the table is scattered. A
 * deletion moves later entries back instead of leaving a tombstone, so that years of churn
 * leave the table as fast as it was.
 */
#include "blocks.h"

#include <stdlib.h>
#include <string.h>

#define LINE_BYTES   64u
#define ORDERED_LOG2 9u	 /* 16 KiB, as much as the span has: only where there are blocks enough */
#define DISTANCE_MAX 16u /* eight cache lines */

void pt_blocks_fini(struct pt_blocks *t)
{
	free(t->slots);
	memset(t, 0, sizeof(*t));
}

/* *distance: how far it is from where it belongs. */
static struct pt_block *free_slot(const struct pt_blocks *t, uint64_t addr, uint32_t *distance)
{
	uint32_t mask = (1u << t->log2) - 1, i = pt_blocks_home(t, addr), nr = 0;

	for (; t->slots[i].addr; i = (i + 1) & mask)
		nr++;
	*distance = nr;
	return &t->slots[i];
}

/* 0, or -1 without memory. */
static int rebuild(struct pt_blocks *t, uint8_t log2, bool ordered)
{
	struct pt_blocks to = { .nr = t->nr, .log2 = log2, .ordered = ordered };
	size_t bytes = sizeof(*t->slots) << log2;
	uint32_t distance;

	to.slots = bytes < LINE_BYTES ? malloc(bytes) : aligned_alloc(LINE_BYTES, bytes);
	if (!to.slots)
		return -1;
	memset(to.slots, 0, bytes);
	for (uint32_t i = 0; t->slots && i < 1u << t->log2; i++) {
		if (t->slots[i].addr)
			*free_slot(&to, t->slots[i].addr, &distance) = t->slots[i];
	}
	free(t->slots);
	*t = to;
	return 0;
}

/* A table that a hash has once scattered stays so. */
static int grow(struct pt_blocks *t)
{
	uint8_t log2 = (uint8_t)(t->slots ? t->log2 + 1 : 0);

	return rebuild(t, log2, log2 == ORDERED_LOG2 || (log2 > ORDERED_LOG2 && t->ordered));
}

struct pt_block *pt_blocks_add(struct pt_blocks *t, uint64_t addr)
{
	uint32_t slots_nr = t->slots ? 1u << t->log2 : 0;
	struct pt_block *b;
	uint32_t distance;

	if (t->nr >= (slots_nr <= 8 ? slots_nr : slots_nr / 4 * 3) && grow(t))
		return NULL;
	b = free_slot(t, addr, &distance);
	if (__builtin_expect(distance > DISTANCE_MAX && t->ordered, 0)) {
		if (rebuild(t, t->log2, false))
			return NULL;
		b = free_slot(t, addr, &distance);
	}
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
