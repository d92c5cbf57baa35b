// SPDX-License-Identifier: MIT
/* exchange_work.c - what a worker does in a round. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "exchange.h"
#include "include/pooltrace.h"
#include "inject.h"
#include "market.h"
#include "message.h"

static bool is_producer(const struct worker *w)
{
	return w->nth < WORKERS / 2;
}

static unsigned int quotes_of(const struct worker *w)
{
	return w->round % 50 == 20 ? QUOTES_BURST : QUOTES;
}

static bool orders_are_due(const struct worker *w)
{
	return w->round % 3 == 0;
}

static void write_to(struct mempool_object *o, const struct worker *w)
{
	memset(o + 1, (int)w->round, 64);
}

static void take_buffers(struct worker *w)
{
	struct exchange *x = &exchange;

	for (unsigned int i = 0; i < quotes_of(w); i++) {
		w->quotes[i] = x->quotes->ops->get(x->quotes, w->nth, QUOTE_BYTES);
		write_to(w->quotes[i], w);
	}
	for (unsigned int i = 0; i < ORDERS && orders_are_due(w); i++) {
		w->orders[i] = x->orders->ops->get(x->orders, w->nth, ORDER_BYTES);
		write_to(w->orders[i], w);
	}
	for (unsigned int i = 0; i < FILLS && is_producer(w); i++) {
		exchange.filled[w->nth][i] = x->fills->ops->get(x->fills, w->nth, FILL_BYTES);
		write_to(exchange.filled[w->nth][i], w);
	}
}

static void take_messages(struct worker *w)
{
	for (unsigned int i = 0; i < MESSAGES; i++) {
		w->messages[i] = platform.pool->ops->get(platform.pool, 0, MESSAGE_OBJECT_BYTES);
		message_fill(w->messages[i], 0, &w->random);
	}
}

/* One of the workers at a time has much to work out. */
static void take_scratch(struct worker *w)
{
	struct mempool *p = exchange.scratch[w->nth];

	if (w->round % WORKERS != w->nth)
		return;
	for (unsigned int i = 0; i < SCRATCH_BUFFERS; i++) {
		w->scratch[i] = p->ops->get(p, 0, SCRATCH_BYTES);
		if (i % 2 == w->round / WORKERS % 2)
			w->scratch[i] = mempool_resize(p, w->scratch[i], 4 * SCRATCH_BYTES);
		write_to(w->scratch[i], w);
	}
}

/* The parts of a message that came in, and the latest records. */
static void take_memory(struct worker *w)
{
	struct record **place = &w->records[w->round % RECORDS];
	unsigned char *frame = malloc(65536); /* a mapping's worth of what came in */

	if (!frame)
		abort();
	memset(frame, (int)w->round, 4096);
	free(*place);
	*place = malloc(INJECTED(LARGE_RECORDS) ? 32768 : 2048); /* inject: large-records */
	if (!*place)
		abort();
	memcpy((*place)->text, frame, 1024);
	for (unsigned int i = 0; i < 32 && INJECTED(HOT_LOOP); i++) {
		char *volatile word = malloc(24 + i); /* inject: hot-loop */

		free(word);
	}
	free(frame);
}

void worker_take(struct worker *w)
{
	take_buffers(w);
	take_messages(w);
	take_scratch(w);
	take_memory(w);
}

static void give_buffers(struct worker *w)
{
	struct exchange *x = &exchange;
	uint32_t shard = w->nth;

	for (unsigned int i = 0; i < quotes_of(w); i++)
		x->quotes->ops->put(x->quotes, w->nth, w->quotes[i]);
	for (unsigned int i = 0; i < ORDERS && orders_are_due(w); i++) {
		if (INJECTED(PUT_ELSEWHERE))
			shard = market_random(&w->random) % ORDER_PROCESSORS;
		x->orders->ops->put(x->orders, shard, w->orders[i]); /* inject: put-elsewhere */
	}
	for (unsigned int i = 0; i < FILLS && !is_producer(w); i++) {
		struct mempool_object *o = x->filled[w->nth - WORKERS / 2][i];

		x->fills->ops->put(x->fills, w->nth, o);
		if (INJECTED(DOUBLE_PUT) && i == 0)
			pooltrace_put(x->fills, o, w->nth); /* inject: double-put */
	}
}

static void give_scratch(struct worker *w)
{
	struct mempool *p = exchange.scratch[w->nth];

	if (w->round % WORKERS != w->nth)
		return;
	for (unsigned int i = 0; i < SCRATCH_BUFFERS; i++) {
		if (!INJECTED(STAYS_LARGE))
			w->scratch[i] = mempool_resize(p, w->scratch[i], SCRATCH_BYTES);
		p->ops->put(p, 0, w->scratch[i]); /* inject: stays-large, cache-per-thread */
	}
}

/* Looks at a fill, of which something may be odd. */
static bool is_odd(struct worker *w)
{
	struct mempool *p = exchange.fills;
	struct mempool_object *o = p->ops->get(p, w->nth, FILL_BYTES); /* inject: borrow-leak */
	bool odd = w->round % 4 == 3;

	write_to(o, w);
	if (odd && INJECTED(BORROW_LEAK))
		return true;
	p->ops->put(p, w->nth, o);
	return odd;
}

void worker_give(struct worker *w)
{
	give_buffers(w);
	for (unsigned int i = 0; i < MESSAGES; i++)
		message_put(w->messages[i], 0, !INJECTED(CLEAR_REMOVED)); /* inject: clear-removed */
	give_scratch(w);
	is_odd(w);
}

static void journal_append(struct worker *w)
{
	struct record *entry = malloc(16000), *last; /* inject: never-trimmed */

	if (!entry)
		abort();
	entry->next = exchange.journal;
	entry->text[0] = (char)w->round;
	exchange.journal = last = entry;
	for (unsigned int i = 1; i < JOURNAL_ENTRIES && last; i++)
		last = last->next;
	if (!last || INJECTED(NEVER_TRIMMED))
		return;
	free(last->next);
	last->next = NULL;
}

static void report_to_the_authorities(const struct worker *w)
{
	char *volatile text = malloc(3000); /* inject: lost-pointer */

	if (!text)
		abort();
	memset(text, (int)w->round, 3000);
	if (!INJECTED(LOST_POINTER))
		free(text);
	text = NULL;
}

/* All of it at once, and then never again. */
static void close_of_day(struct worker *w)
{
	void *pages[HOARD_PAGES];

	for (unsigned int i = 0; i < HOARD_PAGES; i++) {
		pages[i] = malloc(4096); /* inject: thread-hoard */
		if (!pages[i])
			abort();
		memset(pages[i], (int)w->round, 64);
	}
	for (unsigned int i = 0; i < HOARD_PAGES; i++)
		free(pages[i]);
}

void worker_keep_house(struct worker *w)
{
	journal_append(w);
	report_to_the_authorities(w);
	if (w->round % 40 == 39)
		exchange.quotes->ops->gc(exchange.quotes);
	if (w->round % 40 == 39 || INJECTED(PURGE_TOO_OFTEN))
		exchange.orders->ops->gc(exchange.orders); /* inject: purge-too-often */
	if (w->round == exchange.rounds - 2 && INJECTED(THREAD_HOARD))
		close_of_day(w);
}
