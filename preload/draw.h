/* SPDX-License-Identifier: MIT */
/*
 * draw.h - a Poisson sample of allocations, by bytes, and which blocks are in it.
 *
 * The bytes that a thread allocates are a line, points lie on it with mean distance R; the block into which one
 * falls is drawn. Distances are exponential, so what is left of one after any block is as good as a new one: that
 * makes each draw independent, and lets a signal handler that comes in between draw anew. Integers only.
 */
#ifndef PT_DRAW_H
#define PT_DRAW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "way.h"

/* A thread's. */
struct pt_draw {
	int64_t left_bytes; /* to the next point, or to where the clock is looked at; <= 0: that is under way */
	uint64_t random;
	bool is_point;
};

/* pt_draw_begin() - from here on, with that R. No further than `most_bytes` at once. */
void pt_draw_begin(struct pt_draw *d, uint32_t mean_bytes, int64_t most_bytes);

/* Is a block of that size drawn? It made pt_draw_spend() say so. */
bool pt_draw_reached(struct pt_draw *d, uint32_t mean_bytes, int64_t most_bytes, uint64_t size_bytes);

#define PT_DRAW_SIZE_MAX (1ll << 62)

/* Of 0 bytes: as of 1. More than there can be are asked for by mistake, and would be taken off as less than none. */
static inline int64_t pt_draw_size(uint64_t size_bytes)
{
	if (__builtin_expect((int64_t)size_bytes <= 0, 0))
		return size_bytes ? PT_DRAW_SIZE_MAX : 1;
	return (int64_t)size_bytes;
}

/* pt_draw_spend() - a block of that size; false, nearly always: it is not drawn. One instruction on memory. */
static inline bool pt_draw_spend(struct pt_draw *d, uint64_t size_bytes)
{
	bool reached;

	__asm__ volatile("subq %2, %1" : "=@ccle"(reached), "+m"(d->left_bytes) : "r"(pt_draw_size(size_bytes)));
	return __builtin_expect(reached, 0);
}

/*
 * The blocks in the sample that were not freed yet: a table of addresses, each in one of two buckets, and in front of
 * it how many of them lie in each piece of 1 KiB (of all that are the same modulo 256 MiB). So a block on a piece without any,
 * as 99 of 100 are at the default R, costs one load, of a line that 32 neighbouring pieces share.
 */
#define PT_DRAWN_PIECE_BITS 10u
#define PT_DRAWN_PIECES (1u << 18)
#define PT_DRAWN_BUCKET 16u
#define PT_DRAWN_BUCKETS (1u << 14) /* 262,144 blocks, 2 MiB: 128 GiB in use at the default R */
#define PT_DRAWN_PIECE_MAX 0xff00u
struct pt_drawn {
	_Atomic uint16_t pieces[PT_DRAWN_PIECES];
	_Atomic uint64_t blocks[PT_DRAWN_BUCKETS][PT_DRAWN_BUCKET]; /* address | tag << 48; 0 = none */
};

/* pt_drawn_make() - have pt_way.drawn. False: no memory. */
bool pt_drawn_make(void);

static inline _Atomic uint16_t *pt_drawn_piece(struct pt_drawn *d, uint64_t p)
{
	return &d->pieces[p >> PT_DRAWN_PIECE_BITS & (PT_DRAWN_PIECES - 1)];
}

/* Maybe also: of the early arena. */
static inline bool pt_drawn_maybe(const void *p)
{
	return __builtin_expect(atomic_load_explicit(pt_drawn_piece(pt_way.drawn, (uintptr_t)p), memory_order_relaxed), 0);
}

/* pt_drawn_put() - `p` is in the sample; tag: the sample's number. False: no place for it. */
bool pt_drawn_put(const void *p, uint32_t tag);

/* pt_drawn_take() - it is no longer. False: it was not, or in an earlier sample. */
bool pt_drawn_take(const void *p, uint32_t tag);

#endif
