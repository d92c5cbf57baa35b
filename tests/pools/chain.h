/* SPDX-License-Identifier: MIT */
/*
 * chain.h - a queue with one owner and many thieves: the poolChain of Go's sync.Pool.
 *
 * A list of rings, each twice as large as the one before. The owner pushes and pops at the head,
 * anybody may pop at the tail; no locks. "Owner" is whoever excludes other owners, such as a thread
 * that has the processor. Drained rings stay linked until chain_fini(): they are fewer than 32.
 */
#ifndef TESTS_CHAIN_H
#define TESTS_CHAIN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct chain_ring;

struct chain {
	struct chain_ring *first; /* ever; owner */
	struct chain_ring *head;  /* owner */
	struct chain_ring *_Atomic tail;
};

/* All zero is an empty chain. Nobody may use it while it is freed; it is empty afterwards. */
void chain_fini(struct chain *c);

/* chain_push() - owner only. Aborts when there is no memory. `value` is not NULL. */
void chain_push(struct chain *c, void *value);
/* chain_pop() - owner only: the latest. NULL: empty. */
void *chain_pop(struct chain *c);
/* chain_steal() - anybody: the oldest. NULL: it was empty at some moment within the call. */
void *chain_steal(struct chain *c);

#endif
