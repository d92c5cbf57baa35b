/* SPDX-License-Identifier: MIT */
/*
 * brute_heap_state.h - what the files of brute_heap share: all blocks, and what follows from them.
 */
#ifndef PT_BRUTE_HEAP_STATE_H
#define PT_BRUTE_HEAP_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "brute_heap.h"

__extension__ typedef unsigned __int128 wide;

enum state { USED, MOVING, IDLE, ENDED };

struct block {
	uint64_t addr, size;
	enum state state;
	uint32_t got_thread, got_cpu, site;
	uint32_t put_thread, put_cpu;
	uint64_t since; /* IDLE */
	uint32_t mover, mover_cpu;
	uint64_t begin, gone; /* MOVING; gone = UINT64_MAX: not */
	bool brief;	      /* MOVING: its begin was its thread's next event after getting it */
};

struct brute {
	struct block *blocks; /* all there ever were */
	size_t nr;
	long last_got[BRUTE_THREADS]; /* what its last allocation event was: the block it got, or -1 */
	uint64_t now;
	uint64_t in_use_at_rss; /* bytes, at the last sample */
	struct brute_report *out;
	wide hoard_thread[BRUTE_THREADS], hoard_cpu[BRUTE_CPUS], hoard_site[BRUTE_SITES], hoard;
	struct {
		uint64_t size, usable;
		bool settled;
	} * usable;
	size_t usable_nr;
	struct {
		uint64_t start, end;
	} * maps;
	size_t maps_nr;
};

static inline uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* brute_heap_blocks.c */
wide brute_end_of(const struct block *b);
bool brute_overlap(const struct block *a, const struct block *b);

/* The same in 8-byte words, which is what "ever handed out" means for odd addresses. */
bool brute_share_a_word(const struct block *a, const struct block *b);

/* The block that starts there and has not ended, or -1. */
long brute_block_at(const struct brute *h, uint64_t addr);

void brute_add_age(struct pt_age_histogram *h, uint64_t age, uint64_t bytes);
void brute_add_hoard(struct brute *h, const struct block *b, uint64_t from, uint64_t to);

/* A block's ways to its end; see there. */
void brute_give_back(struct brute *h, struct block *b, uint32_t thread, uint32_t cpu, bool by_free,
		     bool brief);
void brute_become_idle(struct brute *h, struct block *b, uint32_t thread, uint32_t cpu,
		       uint64_t since, bool by_free, bool brief);
void brute_end_idle(struct brute *h, struct block *b, uint64_t when, bool gone);
void brute_leave_realloc(struct brute *h, struct block *b, bool by_free, bool reused);

/* Counts a block of new memory, and who held one that would have done. */
void brute_fresh(struct brute *h, const struct block *b);
void brute_told_usable(struct brute *h, const struct pt_event *ev);

/* brute_heap_sums.c: everything that is summed over all blocks, after each event and at the end. */
void brute_after_event(struct brute *h);
void brute_finish(struct brute *h);

#endif
