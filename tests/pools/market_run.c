/* SPDX-License-Identifier: MIT */
/*
 * market_run.c - the trading platform at work: threads that get buffers, fill them and put them.
 *
 * Buffers are numbered in the order in which they are due; each free worker takes the next number.
 * A worker has a processor, which is what the pool calls a shard, and changes it now and then.
 * With `cross` half of the workers get and fill, and the others put.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "include/pooltrace.h"
#include "latency.h"
#include "market.h"
#include "message.h"
#include "queue.h"

#define MESSAGE_BYTES 4096u /* at most, of what filling writes for each */

/* Behind a buffer's head. */
struct payload {
	uint64_t due_ns;
	unsigned char messages[];
};

struct worker {
	struct run *run;
	pthread_t thread;
	unsigned int nth, processor, migrates_in, forgets_in;
	uint64_t random;
	struct latency latency;
	struct mempool_object **held; /* a ring of `hold` */
	unsigned int held_first, held_nr;
};

struct run {
	const struct market *m;
	struct mempool *pool;
	uint64_t start_ns, end_ns, buffers; /* how many, or UINT64_MAX: until end_ns */
	_Atomic uint64_t next, refused;
	_Atomic unsigned int producers;
	_Atomic bool load_over;
	sem_t permits;
	struct queue queue;
};

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static void sleep_until(uint64_t at_ns)
{
	struct timespec t = { (time_t)(at_ns / 1000000000ull), (long)(at_ns % 1000000000ull) };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

/* When the messages of a buffer come in; 0: now. */
static uint64_t due_ns(const struct run *r, uint64_t buffer)
{
	const struct market *m = r->m;

	if (m->burst)
		return r->start_ns +
		       (uint64_t)((double)(buffer * m->batch / m->burst) * m->burst_every_ms * 1e6);
	if (m->rate)
		return r->start_ns + (uint64_t)((double)(buffer * m->batch) * 1e9 / (double)m->rate);
	return 0;
}

static uint32_t shard_of(const struct worker *w)
{
	return mempool_shard(w->run->pool, w->processor);
}

static void maybe_migrate(struct worker *w)
{
	const struct market *m = w->run->m;

	if (m->migrate_every && --w->migrates_in == 0) {
		w->processor = market_random(&w->random) % m->processors;
		w->migrates_in = m->migrate_every;
	}
}

static void finish(struct worker *w, struct mempool_object *o)
{
	const struct market *m = w->run->m;
	const struct payload *load = (const struct payload *)(o + 1);

	latency_add(&w->latency, now_ns() - load->due_ns, m->batch);
	if (m->cross)
		maybe_migrate(w);
	if (m->clear_on_put)
		mempool_clear(o);
	if (m->forget_every && --w->forgets_in == 0)
		w->forgets_in = m->forget_every;
	else if (m->pointers)
		message_put(o, shard_of(w), m->clear_on_put);
	else
		w->run->pool->ops->put(w->run->pool, shard_of(w), o);
	if (m->in_flight)
		sem_post(&w->run->permits);
}

static void finish_oldest(struct worker *w)
{
	finish(w, w->held[w->held_first]);
	w->held_first = (w->held_first + 1) % w->run->m->hold;
	w->held_nr--;
}

/* Leave to use one more buffer; a worker that holds some gives those up before it waits. */
static void want_permit(struct worker *w)
{
	if (!w->run->m->in_flight)
		return;
	while (sem_trywait(&w->run->permits)) {
		if (w->held_nr)
			finish_oldest(w);
		else if (!sem_wait(&w->run->permits))
			return;
	}
}

static struct mempool_object *fill(struct worker *w, struct mempool_object *o)
{
	const struct market *m = w->run->m;
	struct payload *load;
	size_t step, room;

	if (m->pointers) {
		message_fill(o, shard_of(w), &w->random);
		return o;
	}
	if (m->grow_to > m->bytes) {
		/* Mostly small, seldom large: the square of a uniform number. */
		double u = (double)(market_random(&w->random) % 4096) / 4095.0;
		size_t need = m->bytes + (size_t)((double)(m->grow_to - m->bytes) * u * u);

		if (need > o->bytes)
			o = mempool_resize(w->run->pool, o, need);
	}
	if (m->children && !o->children)
		mempool_keep(o, m->children, m->bytes / 4);
	load = (struct payload *)(o + 1);
	room = o->bytes - sizeof(*o) - sizeof(*load);
	step = room / m->batch;
	for (unsigned int i = 0; i < m->batch; i++)
		memset(load->messages + i * step, (int)i, step < MESSAGE_BYTES ? step : MESSAGE_BYTES);
	return o;
}

/* One buffer of messages that came in; 0 due: it is now. */
static void handle(struct worker *w, uint64_t due)
{
	struct run *r = w->run;
	struct mempool_object *o;

	want_permit(w);
	maybe_migrate(w);
	if (!due)
		due = now_ns();
	o = r->pool->ops->get(r->pool, shard_of(w), r->m->bytes);
	if (!o) {
		atomic_fetch_add(&r->refused, 1);
		if (r->m->in_flight)
			sem_post(&r->permits);
		if (w->held_nr) /* others need it more */
			finish_oldest(w);
		return;
	}
	o = fill(w, o);
	((struct payload *)(o + 1))->due_ns = due;
	if (r->m->cross) {
		queue_push(&r->queue, o);
		return;
	}
	if (w->held_nr == r->m->hold)
		finish_oldest(w);
	w->held[(w->held_first + w->held_nr++) % r->m->hold] = o;
}

static void *produce(void *arg)
{
	struct worker *w = arg;
	struct run *r = w->run;
	uint64_t buffer;

	while ((buffer = atomic_fetch_add(&r->next, 1)) < r->buffers) {
		uint64_t due = due_ns(r, buffer), now = now_ns();

		if (due >= r->end_ns || now >= r->end_ns)
			break;
		if (due > now) {
			while (w->held_nr) /* nothing to do: nothing is held */
				finish_oldest(w);
			sleep_until(due);
		}
		handle(w, due);
	}
	while (w->held_nr)
		finish_oldest(w);
	if (atomic_fetch_sub(&r->producers, 1) == 1)
		queue_close(&r->queue);
	return NULL;
}

static void *consume(void *arg)
{
	struct worker *w = arg;
	struct mempool_object *o;

	while ((o = queue_pop(&w->run->queue)))
		finish(w, o);
	return NULL;
}

static void *collect(void *arg)
{
	struct run *r = arg;
	uint64_t period_ns = (uint64_t)(r->m->gc_ms * 1e6), next = now_ns();

	while (!atomic_load(&r->load_over)) {
		sleep_until(next += period_ns);
		r->pool->ops->gc(r->pool);
	}
	return NULL;
}

static void print_snapshots(const struct market *m)
{
	printf(",\n \"snapshots\":[");
	message_snapshot();
	if (m->sweep) {
		message_sweep();
		printf(",\n ");
		message_snapshot();
	}
	printf("]");
}

static void print_run(const struct run *r, const struct latency *all, double seconds)
{
	const struct market *m = r->m;

	printf("{\"processors\":%u,\"workers\":%u,\"messages\":%" PRIu64 ",\"refused\":%" PRIu64
	       ",\n \"seconds\":%.3f,\"messages_per_s\":%.0f,"
	       "\"latency_p50_ns\":%" PRIu64 ",\"latency_p99_ns\":%" PRIu64 ",\n \"pools\":[",
	       m->processors, m->workers, all->nr, atomic_load(&r->refused) * m->batch, seconds,
	       (double)all->nr / seconds, latency_quantile(all, 0.5), latency_quantile(all, 0.99));
	market_truth(r->pool, false);
	printf("]");
	if (m->pointers)
		print_snapshots(m);
	printf("}\n");
}

static int start_workers(struct run *r, struct worker *workers)
{
	const struct market *m = r->m;
	unsigned int producers = m->cross ? (m->workers + 1) / 2 : m->workers;
	char name[32]; /* 15 are used */

	atomic_store(&r->producers, producers);
	for (unsigned int i = 0; i < m->workers; i++) {
		struct worker *w = &workers[i];

		w->run = r;
		w->nth = i;
		w->processor = i % m->processors;
		w->random = m->seed * 1000003 + i;
		w->migrates_in = m->migrate_every ? 1 + market_random(&w->random) % m->migrate_every : 0;
		w->forgets_in = m->forget_every;
		w->held = calloc(m->hold, sizeof(*w->held));
		if (!w->held || pthread_create(&w->thread, NULL, i < producers ? produce : consume, w))
			return 1;
		snprintf(name, sizeof(name), "%s-%u", !m->cross ? "worker" : i < producers ? "producer" : "consumer", i);
		pthread_setname_np(w->thread, name);
	}
	return 0;
}

static struct mempool *open_pool(const struct market *m)
{
	struct mempool_config config = {
		.name = m->pool->name,
		.processors = m->processors,
		.object_bytes = m->bytes, /* when it is made; it may grow */
		.capacity = m->capacity,
	};

	if (!m->pointers)
		return mempool_open(m->pool, &config);
	message_open();
	config.make = message_make;
	platform.pool = mempool_open(m->pool, &config);
	return platform.pool;
}

static void load(struct run *r)
{
	const struct market *m = r->m;

	pooltrace_mark("load");
	r->start_ns = now_ns();
	r->end_ns = m->messages ? UINT64_MAX : r->start_ns + (uint64_t)(m->seconds * 1e9);
	r->buffers = m->messages ? (m->messages + m->batch - 1) / m->batch : UINT64_MAX;
}

int market_run(const struct market *m)
{
	static struct latency all;
	struct run r = { .m = m };
	struct worker *workers = calloc(m->workers, sizeof(*workers));
	pthread_t collector;
	double seconds;

	r.pool = open_pool(m);
	if (!r.pool || !workers || queue_init(&r.queue, 1024) || sem_init(&r.permits, 0, m->in_flight))
		return 1;
	load(&r);
	if (start_workers(&r, workers))
		return 1;
	if (m->gc_ms > 0 && m->pool->gc && pthread_create(&collector, NULL, collect, &r))
		return 1;
	for (unsigned int i = 0; i < m->workers; i++) {
		pthread_join(workers[i].thread, NULL);
		latency_merge(&all, &workers[i].latency);
		free(workers[i].held);
	}
	seconds = (double)(now_ns() - r.start_ns) * 1e-9;
	atomic_store(&r.load_over, true);
	if (m->gc_ms > 0 && m->pool->gc)
		pthread_join(collector, NULL);
	if (m->quiet_ms > 0) {
		pooltrace_mark("quiet");
		sleep_until(now_ns() + (uint64_t)(m->quiet_ms * 1e6));
	}
	print_run(&r, &all, seconds);
	free(workers);
	return 0; /* the pool stays as it is: that is what the report is about */
}
