/* SPDX-License-Identifier: MIT */
/*
 * message.h - buffers that are messages, and point to what they are about.
 *
 * Who is done with a message puts it, and what it points at stays alive until it is used again, unless
 * the program clears it before. The program knows by itself what only idle messages keep: see
 * message_truth.c. All memory is zeroed when it is made, so no word of it is left from another life.
 */
#ifndef TESTS_MESSAGE_H
#define TESTS_MESSAGE_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mempool.h"

#define MESSAGE_OBJECT_BYTES 4096u
#define INBOX_BYTES	     16384u
#define SESSIONS	     16u /* that are open */
#define INSTRUMENTS	     64u

struct instrument {
	char symbol[24];
	int64_t tick;
};

/* A client's connection. It lives as long as it is open, and as long as messages point at it. */
struct session {
	char *inbox;
	uint32_t users; /* with the table's one */
	uint32_t mark;
};

struct level {
	struct level *next;
	int64_t price, quantity;
};

/* The message's own copy: the best of both sides. */
struct book {
	struct level *bids, *asks;
	const struct instrument *instrument;
	uint32_t levels_nr;
};

struct fill {
	struct fill *next;
	const struct instrument *instrument;
	int64_t price, quantity;
};

struct message {
	struct mempool_object head;
	uint64_t due_ns; /* where market_run.c has it in every buffer */
	const struct instrument *instrument; /* the table has it, too */
	struct session *session;
	struct book *book;
	struct fill *fills, *last_fill;
	struct message *request; /* of a reply: in use until the reply lets go of it */
	uint32_t number, mark;
	bool idle;
	char text[MESSAGE_OBJECT_BYTES - sizeof(struct mempool_object) - 8 * sizeof(uint64_t) - sizeof(bool)];
};
_Static_assert(sizeof(struct message) == MESSAGE_OBJECT_BYTES, "there is no padding");

struct platform {
	struct mempool *pool;
	pthread_mutex_t lock; /* sessions and messages */
	struct session *sessions[SESSIONS];
	struct instrument *instruments[INSTRUMENTS];
	uintptr_t *messages; /* ~address of each, 0 = gone: what the program keeps books on is no pointer */
	uint32_t messages_nr, messages_max;
};
extern struct platform platform;

/* message_open() - before the pool is made; then platform.pool is set. Aborts without memory, as all here. */
void message_open(void);
struct mempool_object *message_make(void); /* mempool_config.make */

/* message_fill() - one that was got: what it pointed at is let go, and it gets what comes in now. */
void message_fill(struct mempool_object *o, uint32_t shard, uint64_t *random);
/* message_put() - with all it points at, or cleared before. */
void message_put(struct mempool_object *o, uint32_t shard, bool clear);

/* message_sweep() - clears all that lies idle, where it lies. No other thread may run. */
void message_sweep(void);

/*
 * message_snapshot() - takes one and says what only idle messages keep alive, as a JSON object. Other threads
 * may not touch messages meanwhile.
 */
void message_snapshot(void);

#endif
