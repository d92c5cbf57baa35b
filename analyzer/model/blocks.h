/* SPDX-License-Identifier: MIT */
/*
 * blocks.h - every block that is in use, inside a realloc, or idle, by its address.
 *
 * Open addressing with linear probing: an event costs one cache miss. An entry is 32 bytes, two
 * to a cache line, because this table is most of what the analyzer needs memory for. Blocks
 * never overlap each other, so an address is a key. Pointers into the table live until the
 * next pt_blocks_add() or pt_blocks_del().
 */
#ifndef PT_BLOCKS_H
#define PT_BLOCKS_H

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

struct pt_block {
	uint64_t addr;		/* 0 = empty slot */
	uint64_t since_ns : 56; /* in this state; MOVING: number of its pt_move instead */
	uint64_t state : 2;	/* enum pt_block_state */
	uint64_t room : 6;	/* words behind it that it once had and nobody has taken since */
	uint64_t size_bytes : 48;
	uint64_t cpu : 16; /* dense; that allocated it, IDLE: that freed it */
	uint32_t thread;   /* that allocated it, IDLE: that freed it */
	uint32_t site;	   /* dense; where it was allocated */
};
_Static_assert(sizeof(struct pt_block) == 32, "two to a cache line");

struct pt_blocks {
	struct pt_block *slots;
	size_t slots_nr;
	size_t nr, nr_max; /* blocks; how many there may be before the table grows */
};

/* pt_blocks_init() - 0 or -PT_ENOMEM. */
int pt_blocks_init(struct pt_blocks *t);
void pt_blocks_fini(struct pt_blocks *t);

/* Where a block belongs: its hash as a fraction of the table, which need not be a power of two.
 * A larger table keeps the order of homes; growing in place relies on that. */
static inline size_t pt_blocks_home(const struct pt_blocks *t, uint64_t addr)
{
	__extension__ typedef unsigned __int128 wide;
	uint64_t hash = (addr >> 3) * 0x9e3779b97f4a7c15ull;

	return (size_t)((wide)hash * t->slots_nr >> 64);
}

/* Ask for the cache line of a block that will be looked up soon. */
static inline void pt_blocks_prefetch(const struct pt_blocks *t, uint64_t addr)
{
	__builtin_prefetch(&t->slots[pt_blocks_home(t, addr)], 1);
}

/* pt_blocks_find() - the block that starts at `addr`, or NULL. Address 0 is never found. */
static inline struct pt_block *pt_blocks_find(const struct pt_blocks *t, uint64_t addr)
{
	struct pt_block *b = &t->slots[pt_blocks_home(t, addr)], *end = t->slots + t->slots_nr;

	for (;;) {
		if (!b->addr)
			return NULL;
		if (b->addr == addr)
			return b;
		if (__builtin_expect(++b == end, 0))
			b = t->slots;
	}
}

/* pt_blocks_add() - a slot for `addr` (not 0, not present), all else zero; NULL = no memory. */
struct pt_block *pt_blocks_add(struct pt_blocks *t, uint64_t addr);

void pt_blocks_del(struct pt_blocks *t, struct pt_block *b);

#endif
