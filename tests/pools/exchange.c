// SPDX-License-Identifier: MIT
/*
 * exchange.c - a small exchange in rounds, and what careless changes do to it.
 *
 * Workers go through each round side by side: all take, all give back, then the first keeps house. What is taken and
 * given back, and where, is the same in each run; in which order threads do it is not. Five pools of the reference
 * designs, and memory of malloc. --inject switches on one defect of inject.h.
 * Usage: exchange [--inject NAME] [--rounds N]; exchange --list
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exchange.h"
#include "include/pooltrace.h"
#include "inject.h"
#include "message.h"

struct exchange exchange = { .rounds = 100 };

static struct mempool *open_pool(const char *design, const char *name, uint32_t processors, uint32_t capacity, size_t bytes)
{
	const struct mempool_config config = {
		.name = name,
		.processors = processors,
		.capacity = capacity,
		.object_bytes = bytes,
		.make = bytes == MESSAGE_OBJECT_BYTES ? message_make : NULL,
	};
	struct mempool *p = mempool_open(mempool_find(design), &config);

	if (!p)
		abort();
	return p;
}

/* Some like to have made in advance what will be needed, and nobody asks how much that is. */
static void prewarm(struct mempool *p)
{
	struct mempool_object *made[4 * FILLS_KEPT];

	for (unsigned int i = 0; i < 4 * FILLS_KEPT; i++)
		made[i] = p->ops->get(p, i % 4, FILL_BYTES); /* inject: prewarmed */
	for (unsigned int i = 0; i < 4 * FILLS_KEPT; i++)
		p->ops->put(p, i % 4, made[i]);
}

static void open_all(void)
{
	struct exchange *x = &exchange;

	x->quotes = open_pool("syncpool-capped", "quotes", WORKERS, 4, QUOTE_BYTES);
	x->orders = open_pool("syncpool", "orders", ORDER_PROCESSORS, 0, ORDER_BYTES);
	x->fills = open_pool("sharded", "fills", WORKERS, FILLS_KEPT, FILL_BYTES);
	for (unsigned int i = 0; i < WORKERS; i++)
		x->scratch[i] = i && !INJECTED(CACHE_PER_THREAD) ?
					x->scratch[0] :
					open_pool("ring", "scratch", 1, SCRATCH_BUFFERS, SCRATCH_BYTES);
	message_open();
	platform.pool = open_pool("ring", "messages", 1, 128, MESSAGE_OBJECT_BYTES);
	if (INJECTED(PREWARMED))
		prewarm(x->fills);
}

static void *work(void *arg)
{
	struct worker *w = arg;

	for (w->round = 0; w->round < exchange.rounds; w->round++) {
		worker_take(w);
		pthread_barrier_wait(&exchange.barrier);
		worker_give(w);
		pthread_barrier_wait(&exchange.barrier);
		if (w->nth == 0)
			worker_keep_house(w);
		pthread_barrier_wait(&exchange.barrier);
	}
	return NULL;
}

static void run(void)
{
	static struct worker workers[WORKERS];
	char name[32]; /* 15 are used */

	if (pthread_barrier_init(&exchange.barrier, NULL, WORKERS))
		abort();
	pooltrace_mark("load");
	for (unsigned int i = 0; i < WORKERS; i++) {
		workers[i] = (struct worker){ .nth = i, .random = i + 1 };
		if (pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			abort();
		snprintf(name, sizeof(name), "worker-%u", i);
		pthread_setname_np(workers[i].thread, name);
	}
	for (unsigned int i = 0; i < WORKERS; i++)
		pthread_join(workers[i].thread, NULL);
	pooltrace_mark("over");
	pooltrace_snapshot();
}

static int list(void)
{
	for (unsigned int i = 1; i < INJECT_NR; i++)
		printf("%-18s %s\n", inject_table[i].name, inject_table[i].what);
	return 0;
}

int main(int argc, char **argv)
{
	bool known = argc % 2 == 1;

	if (argc == 2 && strcmp(argv[1], "--list") == 0)
		return list();
	for (int i = 1; i + 1 < argc; i += 2) {
		unsigned int k = 0;

		while (k < INJECT_NR && strcmp(inject_table[k].name, argv[i + 1]) != 0)
			k++;
		if (strcmp(argv[i], "--inject") == 0 && k < INJECT_NR)
			inject = (enum inject)k;
		else if (strcmp(argv[i], "--rounds") == 0)
			exchange.rounds = (unsigned int)atoi(argv[i + 1]);
		else
			known = false;
	}
	if (!known) {
		fprintf(stderr, "exchange: not understood; --list says what can be injected\n");
		return 2;
	}
	open_all();
	run();
	return 0; /* all stays as it is: that is what is looked at */
}
