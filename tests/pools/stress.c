/* SPDX-License-Identifier: MIT */
/*
 * stress.c - each pool on its own under many threads; built with ThreadSanitizer where there is one.
 *
 * Threads get, write to, hand over and put objects on changing processors, while one collects. No
 * object may be handed out twice (a holder is written into it), none lost (what was made is at the
 * end idle, or was dropped), and bounds are kept at every moment. TAP on stdout.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chain.h"
#include "mempool.h"

#define THREADS	   8u
#define PROCESSORS 6u /* fewer: two threads meet on one */
#define OPS	   20000u
#define HELD	   6u /* objects in the hands of a thread at most */
#define CAPACITY   8u

static struct mempool *pool;
static struct mempool_object *_Atomic handed_over[THREADS]; /* from one thread to any other */
static _Atomic uint32_t twice, failed_gets;
static _Atomic bool over;
static unsigned int tests_nr;

static void ok(bool kept, const char *name, const char *promise)
{
	printf("%sok %u - %s_%s\n", kept ? "" : "not ", ++tests_nr, name, promise);
}

static uint32_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(*state >> 33);
}

static void take(struct mempool_object *o, uint32_t me)
{
	if (atomic_exchange_explicit(&o->holder, me, memory_order_relaxed))
		atomic_fetch_add(&twice, 1);
	/* Not atomic: whoever else has it, or has it too late, is a race. */
	memset((char *)o + sizeof(*o), (int)me, o->bytes - sizeof(*o));
	o->serial = me;
}

static void give_back(struct mempool_object *o, uint32_t me, uint32_t processor)
{
	if (o->serial != me ||
	    atomic_exchange_explicit(&o->holder, 0, memory_order_relaxed) != me)
		atomic_fetch_add(&twice, 1);
	pool->ops->put(pool, mempool_shard(pool, processor), o);
}

/* What I have becomes somebody else's, and what lay there mine. */
static struct mempool_object *swap(struct mempool_object *o, uint32_t me, uint32_t where)
{
	if (o)
		atomic_store_explicit(&o->holder, 0, memory_order_relaxed);
	o = atomic_exchange(&handed_over[where], o);
	if (o)
		take(o, me);
	return o;
}

static void *work(void *arg)
{
	uint32_t me = (uint32_t)(uintptr_t)arg, held_nr = 0, processor = me;
	struct mempool_object *held[HELD];
	uint64_t random = me;

	for (uint32_t i = 0; i < OPS; i++) {
		uint32_t r = next_random(&random);

		if (r % 16 == 0)
			processor = r / 16 % PROCESSORS;
		if (held_nr < HELD && (held_nr == 0 || r / 256 % 2)) {
			struct mempool_object *o =
				pool->ops->get(pool, mempool_shard(pool, processor), 0);

			if (o) {
				take(o, me);
				held[held_nr++] = o;
			} else {
				atomic_fetch_add(&failed_gets, 1);
			}
		} else if (r / 512 % 4 == 0) {
			held[held_nr - 1] = swap(held[held_nr - 1], me, r % THREADS);
			held_nr -= !held[held_nr - 1];
		} else {
			give_back(held[--held_nr], me, processor);
		}
		if (r / 4096 % 64 == 0)
			sched_yield();
	}
	while (held_nr)
		give_back(held[--held_nr], me, processor);
	return NULL;
}

static void *collect(void *arg)
{
	while (!atomic_load(&over)) {
		if (pool->ops->gc)
			pool->ops->gc(pool);
		sched_yield();
	}
	return arg;
}

static void run_threads(void)
{
	pthread_t threads[THREADS], collector;

	atomic_store(&over, false);
	for (uint32_t i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, work, (void *)(uintptr_t)(i + 1)))
			abort();
	if (pthread_create(&collector, NULL, collect, NULL))
		abort();
	for (uint32_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	atomic_store(&over, true);
	pthread_join(collector, NULL);
	for (uint32_t i = 0; i < THREADS; i++) {
		struct mempool_object *o = atomic_exchange(&handed_over[i], NULL);

		if (o)
			pool->ops->put(pool, 0, o);
	}
}

/* The largest number of idle objects that any shard ever had. */
static int64_t largest_shard(void)
{
	int64_t most = 0;

	for (uint32_t i = 0; i < pool->shards_nr; i++) {
		int64_t peak = atomic_load(&pool->truth.shards[i].peak_idle_objects);

		most = peak > most ? peak : most;
	}
	return most;
}

static uint64_t drain(void)
{
	struct mempool_object *o;
	uint64_t nr = 0;

	for (uint32_t i = 0; i < pool->shards_nr; i++) {
		for (; (o = pool->ops->evict(pool, i)); nr++) {
			if (o->shard != i || o->used)
				atomic_fetch_add(&twice, 1);
			mempool_free(o);
		}
	}
	return nr;
}

static void try_pool(const struct mempool_ops *ops)
{
	struct mempool_config config = {
		.name = ops->name, .processors = PROCESSORS, .object_bytes = 256, .capacity = CAPACITY
	};
	const struct truth *t;
	uint64_t idle, gets;

	/* A pool that blocks needs more than what waiting threads may sit on. */
	if (strcmp(ops->name, "prealloc-failing") == 0)
		config.capacity *= 2;
	if (strcmp(ops->name, "prealloc") == 0)
		config.capacity = THREADS * (HELD + 1) - HELD;
	pool = mempool_open(ops, &config);
	if (!pool)
		abort();
	t = &pool->truth;
	atomic_store(&twice, 0);
	atomic_store(&failed_gets, 0);
	run_threads();
	gets = TRUTH_SUM(t, gets);
	idle = drain();
	ok(twice == 0, ops->name, "hands_no_object_out_twice");
	ok(idle + t->dropped == t->made + t->stocked && (int64_t)idle == t->held_objects &&
		   t->in_use_objects == 0,
	   ops->name, "loses_no_object");
	ok(gets > OPS && gets == TRUTH_SUM(t, hits) + TRUTH_SUM(t, misses) && TRUTH_SUM(t, hits) > OPS / 2,
	   ops->name, "was_really_used");
	if (ops->bound)
		ok(largest_shard() <= pool->config.capacity && largest_shard() > 0, ops->name,
		   "never_caches_more_than_its_capacity");
	if (strcmp(ops->name, "syncpool-capped") == 0)
		ok(largest_shard() <= 2 * CAPACITY && t->dropped > 0, ops->name,
		   "never_caches_more_than_its_cap_and_as_many_victims");
	if (t->stocked)
		ok(t->made == 0 && t->stocked == pool->config.capacity, ops->name,
		   "never_makes_another_object");
	if (strcmp(ops->name, "prealloc-failing") == 0)
		ok(failed_gets > 0 && failed_gets == pool->failures, ops->name, "fails_when_empty");
	if (strcmp(ops->name, "prealloc") == 0)
		ok(failed_gets == 0, ops->name, "never_fails");
	mempool_close(pool);
}

/* The chain alone, as bare as it can be: one owner, all others steal. */
#define VALUES 60000u
static struct chain chain;
static _Atomic uint8_t seen[VALUES + 1];
static _Atomic uint32_t stolen_nr;

static void *steal(void *arg)
{
	while (!atomic_load(&over)) {
		uintptr_t value = (uintptr_t)chain_steal(&chain);

		if (value)
			atomic_fetch_add(&seen[value], 1), atomic_fetch_add(&stolen_nr, 1);
		else
			sched_yield();
	}
	return arg;
}

/* A value that got lost never comes back: do not wait for it for ever. */
static bool gives_up(uint32_t *times)
{
	sched_yield();
	return ++*times > 50 * VALUES;
}

/* The owner never has more than `most` values in the chain: with few of them it goes round and round
 * in its first ring, and meets thieves who have not yet left a slot. */
static void try_chain(uint32_t most, const char *promise)
{
	pthread_t thieves[THREADS - 1];
	uint64_t random = 1;
	uintptr_t value;
	uint32_t i, wrong = 0, popped = 0, give_ups = 0;

	memset(seen, 0, sizeof(seen));
	atomic_store(&stolen_nr, 0);
	atomic_store(&over, false);
	for (i = 0; i < THREADS - 1; i++)
		if (pthread_create(&thieves[i], NULL, steal, NULL))
			abort();
	for (i = 1; i <= VALUES; i++) {
		chain_push(&chain, (void *)(uintptr_t)i);
		if (next_random(&random) % 3 == 0 && (value = (uintptr_t)chain_pop(&chain)))
			atomic_fetch_add(&seen[value], 1), popped++;
		while (i - popped - atomic_load(&stolen_nr) >= most && !gives_up(&give_ups))
			;
	}
	while ((value = (uintptr_t)chain_pop(&chain)))
		atomic_fetch_add(&seen[value], 1);
	atomic_store(&over, true);
	for (i = 0; i < THREADS - 1; i++)
		pthread_join(thieves[i], NULL);
	for (i = 1; i <= VALUES; i++)
		wrong += seen[i] != 1;
	chain_fini(&chain);
	ok(wrong == 0, "chain", promise);
}

static void try_chain_alone(void)
{
	uint32_t wrong = 0;
	uintptr_t i;

	for (i = 1; i <= 1000; i++) {
		chain_push(&chain, (void *)i);
		wrong += chain_steal(&chain) != (void *)i;
	}
	ok(!wrong && chain.head == chain.first, "chain", "uses_its_slots_again");
	for (i = 1; i <= 1000; i++)
		chain_push(&chain, (void *)i);
	for (i = 1; i <= 500; i++)
		wrong += chain_steal(&chain) != (void *)i;
	for (i = 1000; i > 500; i--)
		wrong += chain_pop(&chain) != (void *)i;
	ok(!wrong && !chain_pop(&chain) && !chain_steal(&chain), "chain",
	   "is_a_stack_to_its_owner_and_a_queue_to_thieves");
	chain_fini(&chain);
}

static struct mempool *sync_open(uint32_t processors)
{
	struct mempool_config config = { .name = "syncpool", .processors = processors, .object_bytes = 256 };
	struct mempool *p = mempool_open(mempool_find("syncpool"), &config);

	if (!p)
		abort();
	return p;
}

/* One thread; the order of Go's get, and how long an object outlives. */
static void try_order(void)
{
	struct mempool *p = sync_open(2);
	struct mempool_object *o[5], *again;
	uint64_t misses;
	int i;

	for (i = 0; i < 5; i++)
		o[i] = p->ops->get(p, 0, 0);
	for (i = 0; i < 5; i++)
		p->ops->put(p, 0, o[i]); /* 0 is private; 1, 2, 3, 4 shared */
	ok(p->ops->get(p, 0, 0) == o[0], "syncpool", "looks_into_private_first");
	ok(p->ops->get(p, 0, 0) == o[4], "syncpool", "then_takes_the_latest_of_its_own_shared");
	ok(p->ops->get(p, 1, 0) == o[1], "syncpool", "then_steals_the_oldest_of_another");
	p->ops->put(p, 0, o[0]); /* private of 0 */
	p->ops->put(p, 0, o[4]);
	p->ops->gc(p); /* victims: private 0, shared 2 3 4 */
	p->ops->put(p, 0, o[1]); /* private of 0 */
	ok(p->ops->get(p, 1, 0) == o[2], "syncpool", "then_steals_victims");
	ok(p->ops->get(p, 0, 0) == o[1], "syncpool", "prefers_what_is_not_a_victim");
	ok(p->ops->get(p, 0, 0) == o[0], "syncpool", "then_takes_its_own_private_victim");
	p->ops->put(p, 0, o[0]);
	p->ops->gc(p); /* drops 3 and 4, 0 is a victim */
	ok(p->truth.dropped == 2, "syncpool", "drops_at_the_second_collection");
	misses = TRUTH_SUM(&p->truth, misses);
	again = p->ops->get(p, 1, 0); /* cannot see private of 0 */
	ok(TRUTH_SUM(&p->truth, misses) == misses + 1 && again != o[0], "syncpool",
	   "never_gives_away_what_is_private_of_another");
	again = p->ops->get(p, 0, 0);
	ok(TRUTH_SUM(&p->truth, misses) == misses + 2 && again != o[0], "syncpool",
	   "forgets_victims_once_a_get_found_none");
	ok(TRUTH_SUM(&p->truth, stranded_misses) == 1, "syncpool", "counts_a_stranded_miss_by_itself");
	mempool_close(p);
}

static void try_cap(void)
{
	struct mempool_config config = { .name = "capped", .processors = 1, .object_bytes = 256, .capacity = 3 };
	struct mempool *p = mempool_open(mempool_find("syncpool-capped"), &config);
	struct mempool_object *o[5];

	if (!p)
		abort();
	for (int i = 0; i < 5; i++)
		o[i] = p->ops->get(p, 0, 0);
	for (int i = 0; i < 5; i++)
		p->ops->put(p, 0, o[i]);
	ok(p->truth.dropped == 2 && p->truth.held_objects == 3, "syncpool-capped", "drops_what_is_beyond_its_cap");
	for (int i = 0; i < 3; i++)
		p->ops->get(p, 0, 0);
	ok(TRUTH_SUM(&p->truth, misses) == 5, "syncpool-capped", "keeps_the_rest");
	mempool_close(p);
}

int main(void)
{
	try_chain_alone();
	try_chain(UINT32_MAX, "gives_each_value_to_exactly_one");
	try_chain(7, "gives_each_value_to_exactly_one_while_short");
	try_order();
	try_cap();
	for (size_t i = 0; mempool_table[i]; i++)
		try_pool(mempool_table[i]);
	printf("1..%u\n", tests_nr);
	return 0;
}
