/* SPDX-License-Identifier: MIT */
/* exchange.h - what the files of exchange.c share. */
#ifndef TESTS_EXCHANGE_H
#define TESTS_EXCHANGE_H

#include <pthread.h>
#include <stdint.h>

#include "mempool.h"

#define WORKERS		 4u
#define ORDER_PROCESSORS 32u
#define QUOTE_BYTES	 16384u
#define ORDER_BYTES	 8192u
#define FILL_BYTES	 16000u
#define FILLS_KEPT	 16u /* in a shard */
#define SCRATCH_BYTES	 16000u
#define SCRATCH_BUFFERS	 8u

#define QUOTES_BURST	12u /* of a worker, twice in a run; else QUOTES */
#define QUOTES		2u
#define ORDERS		2u
#define FILLS		4u
#define MESSAGES	8u
#define RECORDS		8u /* a worker's last ones */
#define JOURNAL_ENTRIES 32u
#define HOARD_PAGES	1024u

struct record {
	struct record *next;
	char text[];
};

struct worker {
	pthread_t thread;
	unsigned int nth, round;
	uint64_t random;
	struct mempool_object *quotes[QUOTES_BURST], *orders[ORDERS], *scratch[SCRATCH_BUFFERS], *messages[MESSAGES];
	struct record *records[RECORDS];
};

struct exchange {
	unsigned int rounds;
	pthread_barrier_t barrier;
	struct mempool *quotes; /* a cap on each processor; now and then many at once */
	struct mempool *orders; /* more processors than workers; seldom used, collected from time to time */
	struct mempool *fills;	/* who puts is not who got: lives on stealing */
	struct mempool *scratch[WORKERS]; /* one for all, of whom one works at a time */
	struct mempool_object *filled[WORKERS][FILLS]; /* from a producer to a consumer */
	struct record *journal; /* the first worker's: the latest first */
};
extern struct exchange exchange;

/* One round's parts; everybody is through with one before anybody begins the next. */
void worker_take(struct worker *w);
void worker_give(struct worker *w);
void worker_keep_house(struct worker *w);

#endif
