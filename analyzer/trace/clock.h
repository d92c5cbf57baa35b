/* SPDX-License-Identifier: MIT */
/*
 * clock.h - from a recorder's ticks to nanoseconds since the start of the trace.
 *
 * Inside trace/ only. Pure arithmetic but for pt_clock_init(), which may read this machine's
 * clocks when the trace holds too little to go by.
 */
#ifndef PT_CLOCK_H
#define PT_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "source.h"

struct pt_clock {
	uint64_t start_tick;
	uint64_t ns_per_tick; /* 32.32 fixed point */
	uint64_t tsc_hz;
	bool estimated; /* tsc_hz is not from samples at least 1 ms apart in the trace itself */
};

/* pt_clock_init() - from the header's sample and the latest sample of a chunk. */
void pt_clock_init(struct pt_clock *c, const struct pt_file_header *h, const struct pt_clock_sample *latest);

/* pt_clock_now() - this machine's clocks; tsc = 0 where there is no TSC. */
void pt_clock_now(struct pt_clock_sample *now);

/*
 * pt_clock_cut() - the last tick that a reader should take, who began at `opened`.
 *
 * The writers of a trace that is still being written are read one after the other, and go on
 * meanwhile: what is later than the beginning of the reading would be there of one thread and
 * not of another. UINT64_MAX, no limit, when the trace's clocks are not this machine's.
 */
uint64_t pt_clock_cut(const struct pt_clock *c, const struct pt_file_header *h, const struct pt_clock_sample *opened);

static inline uint64_t pt_clock_ns(const struct pt_clock *c, uint64_t tick)
{
	unsigned __int128 ns;

	if (__builtin_expect(tick <= c->start_tick, 0))
		return 0;
	ns = (unsigned __int128)(tick - c->start_tick) * c->ns_per_tick >> 32;
	/* Only a damaged trace gets there (146 years). */
	return __builtin_expect(ns > UINT64_MAX >> 2, 0) ? UINT64_MAX >> 2 : (uint64_t)ns;
}

#endif
