/* SPDX-License-Identifier: MIT */
/*
 * chain.c - after Go's src/sync/poolqueue.go (1.13 to 1.22), with its order of loads and stores.
 *
 * Differences: a slot is one pointer, so the store of NULL alone gives it back to the owner; and a
 * drained ring is not freed while a thief may still look at it, as there is no collector here.
 */
#include "chain.h"

#include <stdlib.h>

/* stress.c makes the moment longer in which a thief has a value, and its slot is not yet free. */
#ifdef CHAIN_STRESS
#include <sched.h>
#define TEST_POINT() sched_yield()
#else
#define TEST_POINT() ((void)0)
#endif

#define RING_FIRST 8u	       /* slots */
#define RING_MAX   (1u << 30) /* head and tail are 32 bits, and must not meet when full */

struct chain_ring {
	struct chain_ring *_Atomic next; /* NULL -> set, once, by the owner */
	struct chain_ring *_Atomic prev; /* set -> NULL, once, by a thief */
	_Atomic uint64_t head_tail;	 /* head in the high half: where the next push goes */
	uint32_t slots_nr;		 /* a power of two */
	void *_Atomic slots[];
};

static uint64_t pack(uint32_t head, uint32_t tail)
{
	return (uint64_t)head << 32 | tail;
}

static struct chain_ring *ring_make(uint32_t slots_nr)
{
	struct chain_ring *r = calloc(1, sizeof(*r) + slots_nr * sizeof(r->slots[0]));

	if (!r)
		abort();
	r->slots_nr = slots_nr;
	return r;
}

static bool ring_push(struct chain_ring *r, void *value)
{
	uint64_t both = atomic_load(&r->head_tail);
	uint32_t head = (uint32_t)(both >> 32), tail = (uint32_t)both;
	void *_Atomic *slot = &r->slots[head & (r->slots_nr - 1)];

	if (tail + r->slots_nr == head)
		return false;
	if (atomic_load(slot)) /* a thief has moved the tail and still holds the slot */
		return false;
	atomic_store(slot, value);
	atomic_fetch_add(&r->head_tail, 1ull << 32); /* now thieves may see it */
	return true;
}

static void *ring_pop(struct chain_ring *r)
{
	uint64_t both = atomic_load(&r->head_tail);
	void *_Atomic *slot;
	uint32_t head;
	void *value;

	do {
		head = (uint32_t)(both >> 32);
		if (head == (uint32_t)both)
			return NULL;
		head--;
	} while (!atomic_compare_exchange_weak(&r->head_tail, &both, pack(head, (uint32_t)both)));
	slot = &r->slots[head & (r->slots_nr - 1)];
	value = atomic_load(slot);
	atomic_store(slot, NULL);
	return value;
}

static void *ring_steal(struct chain_ring *r)
{
	uint64_t both = atomic_load(&r->head_tail);
	void *_Atomic *slot;
	uint32_t tail;
	void *value;

	do {
		tail = (uint32_t)both;
		if ((uint32_t)(both >> 32) == tail)
			return NULL;
	} while (!atomic_compare_exchange_weak(&r->head_tail, &both,
					       pack((uint32_t)(both >> 32), tail + 1)));
	slot = &r->slots[tail & (r->slots_nr - 1)];
	value = atomic_load(slot);
	TEST_POINT();
	atomic_store(slot, NULL); /* from here on the owner may use it again */
	return value;
}

void chain_push(struct chain *c, void *value)
{
	struct chain_ring *r = c->head, *larger;

	if (!r) {
		r = c->first = c->head = ring_make(RING_FIRST);
		atomic_store(&c->tail, r);
	}
	if (ring_push(r, value))
		return;
	larger = ring_make(r->slots_nr < RING_MAX ? r->slots_nr * 2 : RING_MAX);
	atomic_store(&larger->prev, r);
	c->head = larger;
	atomic_store(&r->next, larger);
	ring_push(larger, value);
}

void *chain_pop(struct chain *c)
{
	for (struct chain_ring *r = c->head; r; r = atomic_load(&r->prev)) {
		void *value = ring_pop(r);

		if (value)
			return value;
	}
	return NULL;
}

void *chain_steal(struct chain *c)
{
	struct chain_ring *r = atomic_load(&c->tail);

	while (r) {
		/* Before the pop: a ring with a successor gets no more pushes, so empty stays empty. */
		struct chain_ring *next = atomic_load(&r->next), *was = r;
		void *value = ring_steal(r);

		if (value)
			return value;
		if (!next)
			return NULL;
		if (atomic_compare_exchange_strong(&c->tail, &was, next))
			atomic_store(&next->prev, NULL);
		r = next;
	}
	return NULL;
}

void chain_fini(struct chain *c)
{
	struct chain_ring *r = c->first;

	while (r) {
		struct chain_ring *next = atomic_load(&r->next);

		free(r);
		r = next;
	}
	c->first = c->head = NULL;
	atomic_store(&c->tail, NULL);
}
