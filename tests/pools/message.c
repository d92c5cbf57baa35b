/* SPDX-License-Identifier: MIT */
/* message.c - the life of a message and of what it points at. See message.h. */
#include "message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "include/pooltrace.h"
#include "market.h"

#define LEVELS_MAX     16u /* of a side of a book */
#define FILLS_MAX      8u
#define SESSION_ENDS   8u /* a message in so many is the last of its session */
#define REPLY	       4u /* a message in so many is one */

struct platform platform = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void *zeroed(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

static struct session *session_open(void)
{
	struct session *s = zeroed(calloc(1, sizeof(*s)));

	s->inbox = zeroed(calloc(1, INBOX_BYTES));
	s->users = 1;
	return s;
}

static void session_release(struct session *s)
{
	if (!s || --s->users)
		return;
	free(s->inbox);
	free(s);
}

/* What the message came in on. Now and then it is closed, and its place in the table is another's. */
static struct session *session_of_next(uint64_t *random)
{
	struct session **place = &platform.sessions[market_random(random) % SESSIONS], *s;

	pthread_mutex_lock(&platform.lock);
	s = *place;
	s->users++;
	if (market_random(random) % SESSION_ENDS == 0) {
		session_release(s);
		*place = session_open();
	}
	pthread_mutex_unlock(&platform.lock);
	return s;
}

static struct level *levels(unsigned int nr, int64_t price, int64_t step)
{
	struct level *first = NULL;

	while (nr--) {
		struct level *l = zeroed(calloc(1, sizeof(*l)));

		*l = (struct level){ first, price + step * nr, 100 };
		first = l;
	}
	return first;
}

static void levels_free(struct level *l)
{
	while (l) {
		struct level *next = l->next;

		free(l);
		l = next;
	}
}

static struct book *book_copy(const struct instrument *of, unsigned int depth)
{
	struct book *b = zeroed(calloc(1, sizeof(*b)));

	b->instrument = of;
	b->bids = levels(depth, 10000, -of->tick);
	b->asks = levels(depth, 10001, of->tick);
	b->levels_nr = 2 * depth;
	return b;
}

static void book_free(struct book *b)
{
	if (!b)
		return;
	levels_free(b->bids);
	levels_free(b->asks);
	free(b);
}

static void fill_append(struct message *m)
{
	struct fill *f = zeroed(calloc(1, sizeof(*f)));

	f->instrument = m->instrument;
	f->price = 10000;
	f->quantity = 1;
	if (m->last_fill)
		m->last_fill->next = f;
	else
		m->fills = f;
	m->last_fill = f;
}

/* All that it points at but its request. */
static void let_go(struct message *m)
{
	pthread_mutex_lock(&platform.lock);
	session_release(m->session);
	pthread_mutex_unlock(&platform.lock);
	book_free(m->book);
	while (m->fills) {
		struct fill *next = m->fills->next;

		free(m->fills);
		m->fills = next;
	}
	m->instrument = NULL;
	m->session = NULL;
	m->book = NULL;
	m->last_fill = NULL;
}

static void clear(struct message *m, uint32_t shard, bool request_too)
{
	struct message *request = m->request;

	let_go(m);
	m->request = NULL;
	if (request)
		message_put(&request->head, shard, request_too);
}

/* The last of it: the pool drops it. Its request goes as well. */
static void unmake(struct mempool_object *o)
{
	struct message *m = (struct message *)o, *request = m->request;

	let_go(m);
	pthread_mutex_lock(&platform.lock);
	platform.messages[m->number] = 0;
	pthread_mutex_unlock(&platform.lock);
	if (!request)
		return;
	pooltrace_drop(platform.pool, request);
	truth_drop(&platform.pool->truth, &request->head);
	mempool_free(&request->head);
}

/* Zeroed like all memory: what is left in it of lists of free chunks points into messages. */
static void more_messages(void)
{
	uint32_t old = platform.messages_max, max = old * 2 + 64;

	platform.messages = zeroed(realloc(platform.messages, max * sizeof(*platform.messages)));
	memset(&platform.messages[old], 0, (max - old) * sizeof(*platform.messages));
	platform.messages_max = max;
}

struct mempool_object *message_make(void)
{
	struct message *m = zeroed(calloc(1, sizeof(*m)));

	m->head.bytes = m->head.room = sizeof(*m);
	m->head.unmake = unmake;
	pthread_mutex_lock(&platform.lock);
	if (platform.messages_nr == platform.messages_max)
		more_messages();
	m->number = platform.messages_nr++;
	platform.messages[m->number] = ~(uintptr_t)m;
	pthread_mutex_unlock(&platform.lock);
	return &m->head;
}

static void fill(struct message *m, uint32_t shard, uint64_t *random)
{
	m->idle = false;
	clear(m, shard, false);
	m->instrument = platform.instruments[market_random(random) % INSTRUMENTS];
	m->session = session_of_next(random);
	m->book = book_copy(m->instrument, 1 + market_random(random) % LEVELS_MAX);
	for (unsigned int i = market_random(random) % (FILLS_MAX + 1); i; i--)
		fill_append(m);
	memset(m->text, 'x', 64);
}

void message_fill(struct mempool_object *o, uint32_t shard, uint64_t *random)
{
	struct message *m = (struct message *)o;

	fill(m, shard, random);
	if (market_random(random) % REPLY)
		return;
	m->request = (struct message *)platform.pool->ops->get(platform.pool, shard, MESSAGE_OBJECT_BYTES);
	if (m->request)
		fill(m->request, shard, random);
}

void message_put(struct mempool_object *o, uint32_t shard, bool clear_it)
{
	struct message *m = (struct message *)o;

	if (clear_it)
		clear(m, shard, true);
	m->idle = true;
	platform.pool->ops->put(platform.pool, shard, o);
}

static void sweep(struct mempool *pool, uint32_t shard)
{
	struct mempool_object *all = NULL, *o;

	while ((o = pool->ops->evict(pool, shard))) {
		o->next = all;
		all = o;
	}
	while ((o = all)) {
		all = o->next;
		o->next = NULL;
		clear((struct message *)o, shard, true);
		if (pool->ops->place(pool, shard, o))
			continue;
		pooltrace_drop(pool, o); /* requests that came back took its place */
		truth_drop(&pool->truth, o);
		mempool_free(o);
	}
}

void message_sweep(void)
{
	for (uint32_t i = 0; i < platform.pool->shards_nr; i++)
		sweep(platform.pool, i);
}

void message_open(void)
{
	for (uint32_t i = 0; i < INSTRUMENTS; i++) {
		struct instrument *made = zeroed(calloc(1, sizeof(*made)));

		snprintf(made->symbol, sizeof(made->symbol), "INST%u", i);
		made->tick = 1;
		platform.instruments[i] = made;
	}
	for (uint32_t i = 0; i < SESSIONS; i++)
		platform.sessions[i] = session_open();
}
