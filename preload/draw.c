/* SPDX-License-Identifier: MIT */
/* draw.c - see draw.h. Runs inside malloc() and in signal handlers: no locks; one compare-and-swap a change. */
#include "draw.h"

#include "early.h"
#include "process.h"

#define GOLDEN 0x9e3779b97f4a7c15ull
#define PIECE_BYTES (1u << PT_DRAWN_PIECE_BITS)
#define LN2_Q32 2977044472ull /* ln 2 * 2^32 */

/* splitmix64 (Steele et al. 2014); one instruction takes a number, so a handler never gets the same. */
static uint64_t next(struct pt_draw *d)
{
	uint64_t z = GOLDEN;

	__asm__ volatile("xaddq %0, %1" : "+r"(z), "+m"(d->random) : : "cc");
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/* -log2(u / 2^64) * 2^32, by squaring: each one tells one more bit. Some 30 ns. */
static uint64_t minus_log2(uint64_t u)
{
	unsigned int zeros = (unsigned int)__builtin_clzll(u | 1), i;
	uint64_t m = u << zeros >> 1, log = 0; /* in [1, 2) * 2^62 */

	for (i = 0; i < 32; i++) {
		m = (uint64_t)((unsigned __int128)m * m >> 62);
		log = log << 1 | m >> 63;
		m >>= m >> 63;
	}
	return ((uint64_t)(zeros + 1) << 32) - log;
}

/* Exponential with that mean, rounded up: P(distance <= n) = 1 - exp(-n / mean) for whole n. */
static int64_t distance(struct pt_draw *d, uint32_t mean_bytes)
{
	unsigned __int128 bytes = (unsigned __int128)mean_bytes * LN2_Q32 * minus_log2(next(d)); /* * 2^64 */

	return (int64_t)(bytes >> 64) + 1;
}

void pt_draw_begin(struct pt_draw *d, uint32_t mean_bytes, int64_t most_bytes)
{
	int64_t left = distance(d, mean_bytes);

	d->is_point = left <= most_bytes;
	atomic_signal_fence(memory_order_seq_cst);
	d->left_bytes = d->is_point ? left : most_bytes;
}

bool pt_draw_reached(struct pt_draw *d, uint32_t mean_bytes, int64_t most_bytes, uint64_t size_bytes)
{
	int64_t bytes = pt_draw_size(size_bytes), before = d->left_bytes + bytes;
	bool drawn;

	if (before <= 0) /* what was waited for is another's, whose draw we interrupt: one of our own */
		drawn = distance(d, mean_bytes) <= bytes;
	else /* behind a place that is no point there may be one yet */
		drawn = d->is_point || distance(d, mean_bytes) <= bytes - before;
	pt_draw_begin(d, mean_bytes, most_bytes);
	return drawn;
}

bool pt_drawn_make(void)
{
	struct pt_drawn *d, *none = NULL;
	uintptr_t p;

	if (__atomic_load_n(&pt_way.drawn, __ATOMIC_ACQUIRE))
		return true;
	d = pt_pages_alloc(sizeof(*d));
	if (!d)
		return false;
	for (p = (uintptr_t)pt_early_arena / PIECE_BYTES; p <= ((uintptr_t)pt_early_arena + PT_EARLY_BYTES - 1) / PIECE_BYTES; p++)
		atomic_fetch_add_explicit(pt_drawn_piece(d, p * PIECE_BYTES), 1, memory_order_relaxed);
	if (!__atomic_compare_exchange_n(&pt_way.drawn, &none, d, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		pt_pages_free(d, sizeof(*d));
	return true;
}

static _Atomic uint64_t *bucket(struct pt_drawn *d, uint64_t p, bool second)
{
	uint64_t hash = p * GOLDEN;

	return d->blocks[(second ? hash >> 20 : hash >> 40) % PT_DRAWN_BUCKETS];
}

/* Into a slot that is empty, or holds a block of an earlier sample. */
static bool put_into(struct pt_drawn *d, _Atomic uint64_t *slots, uint64_t p, uint64_t tag)
{
	unsigned int i;

	for (i = 0; i < PT_DRAWN_BUCKET; i++) {
		uint64_t was = atomic_load_explicit(&slots[i], memory_order_relaxed);

		if ((was && was >> 48 == tag) || !atomic_compare_exchange_strong(&slots[i], &was, p | tag << 48))
			continue;
		if (was)
			atomic_fetch_sub(pt_drawn_piece(d, was & ((1ull << 48) - 1)), 1);
		return true;
	}
	return false;
}

bool pt_drawn_put(const void *at, uint32_t tag)
{
	struct pt_drawn *d = pt_way.drawn;
	uint64_t p = (uintptr_t)at;

	if (p >> 48)
		return false;
	/* First: who frees it looks there first. */
	if (atomic_fetch_add(pt_drawn_piece(d, p), 1) < PT_DRAWN_PIECE_MAX &&
	    (put_into(d, bucket(d, p, false), p, tag & 0xffff) || put_into(d, bucket(d, p, true), p, tag & 0xffff)))
		return true;
	atomic_fetch_sub(pt_drawn_piece(d, p), 1);
	return false;
}

bool pt_drawn_take(const void *at, uint32_t tag)
{
	struct pt_drawn *d = pt_way.drawn;
	uint64_t p = (uintptr_t)at, entry = p | (uint64_t)(tag & 0xffff) << 48;
	unsigned int i;

	for (i = 0; i < 2 * PT_DRAWN_BUCKET; i++) {
		_Atomic uint64_t *slot = bucket(d, p, i >= PT_DRAWN_BUCKET) + i % PT_DRAWN_BUCKET;
		uint64_t was = entry;

		if (atomic_load_explicit(slot, memory_order_relaxed) != entry || !atomic_compare_exchange_strong(slot, &was, 0))
			continue;
		atomic_fetch_sub(pt_drawn_piece(d, p), 1);
		return true;
	}
	return false;
}
