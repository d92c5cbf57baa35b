/* SPDX-License-Identifier: MIT */
/* market.h - the parts of marketdata: its options, its runs and how it prints the truth. */
#ifndef TESTS_MARKET_H
#define TESTS_MARKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mempool.h"

struct market {
	const struct mempool_ops *pool;
	unsigned int processors, workers;
	uint64_t rate;	   /* messages a second, all workers; 0 = as fast as it goes */
	uint64_t messages; /* 0 = seconds count */
	double seconds;
	unsigned int batch;	    /* messages a buffer */
	size_t bytes, grow_to;	    /* of a buffer; grow_to 0 = fixed */
	unsigned int children;	    /* blocks that each buffer points to */
	bool clear_on_put, cross;   /* cross: who puts is not who got */
	bool pointers, sweep;	    /* message.h */
	unsigned int in_flight;	    /* buffers in use at most; 0 = any number */
	unsigned int hold;	    /* buffers that a worker holds before it puts the oldest */
	unsigned int migrate_every; /* buffers, then the worker is on another processor; 0 = never */
	unsigned int forget_every;  /* buffers, of which one is never put; 0 = none */
	unsigned int burst;	    /* messages that are due at once; 0 = evenly */
	double burst_every_ms, gc_ms, quiet_ms;
	unsigned int capacity;
	uint64_t seed;
	/* scripted */
	const char *script;
	unsigned int scripts, ops;
	bool misuse, print_script;
};

/* market_run() - threads. market_play() - scripts. Both print JSON. 0, or an exit status. */
int market_run(const struct market *m);
int market_play(const struct market *m);

/* market_truth() - one pool, as a JSON object. `destroyed`: nothing of it is left at the end. */
void market_truth(const struct mempool *p, bool destroyed);

static inline uint32_t market_random(uint64_t *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(*state >> 33);
}

#endif
