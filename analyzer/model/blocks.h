/* SPDX-License-Identifier: MIT */
/*
 * blocks.h - blocks that are in use, inside a realloc, or idle, by address: those of one span.
 *
 * A small hash table for each 16 KiB of address space (span.h) instead of one large one, because
 * what costs time is not the look-up but the pages it touches: programs allocate near where
 * they have just allocated, and so the analyzer stays near too. An entry is 32 bytes, two to a
 * cache line: these tables are most of what the analyzer needs memory for.
 *
 * Blocks never overlap each other, so an address is a key. A pointer to a block lives until the
 * next pt_blocks_add() or pt_blocks_del() on the same table.
 */
#ifndef PT_BLOCKS_H
#define PT_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pt_block_state {
	PT_BLOCK_IN_USE = 1,
	PT_BLOCK_MOVING, /* between a realloc's begin and its end */
	PT_BLOCK_IDLE,
};

/* Sizes and times that do not fit cannot come from a real program (256 TiB, two years); the
 * heap takes the largest value instead. */
#define PT_BLOCK_SIZE_MAX ((1ull << 48) - 1)
#define PT_BLOCK_TIME_MAX ((1ull << 56) - 1)
#define PT_BLOCK_ROOM_MAX 63u

/* Written a word at a time: a processor that reads back a word of which it has just stored a part waits for the cache. */
struct pt_block {
	uint64_t addr; /* 0 = empty slot */
	union {
		struct {
			uint64_t since_ns : 56; /* in this state; MOVING: number of its pt_move instead */
			uint64_t state : 2;	/* enum pt_block_state */
			uint64_t room : 6;	/* words behind it that it once had and nobody has taken since */
		};
		uint64_t state_word;
	};
	union {
		struct {
			uint64_t size_bytes : 48;
			uint64_t cpu : 16; /* dense; that allocated it, IDLE: that freed it */
		};
		uint64_t size_word;
	};
	uint32_t thread;   /* that allocated it, IDLE: that freed it */
	uint32_t site;	   /* dense; where it was allocated */
};
_Static_assert(sizeof(struct pt_block) == 32, "two to a cache line");

/* pt_block_enter() - it is in `state` since then; its room stays. */
static inline void pt_block_enter(struct pt_block *b, enum pt_block_state state, uint64_t since_ns)
{
	b->state_word = (b->state_word & (uint64_t)PT_BLOCK_ROOM_MAX << 58) | (uint64_t)state << 56 |
			(since_ns & PT_BLOCK_TIME_MAX);
}

static inline void pt_block_set_room(struct pt_block *b, uint64_t room)
{
	b->state_word = (b->state_word & ~((uint64_t)PT_BLOCK_ROOM_MAX << 58)) | room << 58;
}

static inline void pt_block_set_size(struct pt_block *b, uint64_t size_bytes, uint16_t cpu)
{
	b->size_word = (size_bytes & PT_BLOCK_SIZE_MAX) | (uint64_t)cpu << 48;
}

#define PT_BLOCKS_SHIFT 14u /* a table is for so many bytes of addresses, as a power of two */
#define PT_BLOCKS_BYTES (1u << PT_BLOCKS_SHIFT)

/*
 * An all-zero struct is empty.
 *
 * A large table is in the order of addresses: with a slot for 32 bytes or less, blocks of most allocators do not get into
 * each other's way, and what is allocated together lies together. Where they do, and in small tables, a hash scatters
 * them.
 */
struct pt_blocks {
	struct pt_block *slots; /* 2^log2 of them; NULL = none */
	uint16_t nr;
	uint8_t log2;
	bool ordered; /* by address, no hash */
};

void pt_blocks_fini(struct pt_blocks *t);

/* Where a block belongs. Callers have seen that there are slots. */
static inline uint32_t pt_blocks_home(const struct pt_blocks *t, uint64_t addr)
{
	if (t->ordered)
		return ((uint32_t)addr & (PT_BLOCKS_BYTES - 1)) << t->log2 >> PT_BLOCKS_SHIFT;
	return (uint32_t)addr * 0x9e3779b1u >> 1 >> (31 - t->log2);
}

/* pt_blocks_find() - the block that starts at `addr`, or NULL. */
static inline struct pt_block *pt_blocks_find(const struct pt_blocks *t, uint64_t addr)
{
	uint32_t i, left, mask = (1u << t->log2) - 1;

	if (!t->slots)
		return NULL;
	i = pt_blocks_home(t, addr);
	for (left = mask + 1; left && t->slots[i].addr; left--, i = (i + 1) & mask) {
		if (t->slots[i].addr == addr)
			return &t->slots[i];
	}
	return NULL;
}

/* pt_blocks_add() - a slot for `addr` (not 0, not present), all else zero; NULL = no memory. */
struct pt_block *pt_blocks_add(struct pt_blocks *t, uint64_t addr);

/* pt_blocks_del() - when the last block goes, the table goes with it. */
void pt_blocks_del(struct pt_blocks *t, struct pt_block *b);

#endif
