// SPDX-License-Identifier: MIT
/*
 * relay.c - see relay.h.
 *
 * Nobody sleeps for ever: who is about to says so first, then looks at the other's counter once more; the other
 * moves its counter first, then looks whether anybody sleeps. All four are sequentially consistent, so one of
 * the two sees what the other did.
 */
#include "relay.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* A tenth of a second of work: not worth two rings of some megabytes. */
#define FEW_BYTES (4u << 20)

void pt_relay_init(struct pt_relay *r, uint32_t slots_nr)
{
	memset(r, 0, sizeof(*r));
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->to_filler, NULL);
	pthread_cond_init(&r->to_emptier, NULL);
	r->slots_nr = slots_nr;
}

void pt_relay_fini(struct pt_relay *r)
{
	pthread_cond_destroy(&r->to_emptier);
	pthread_cond_destroy(&r->to_filler);
	pthread_mutex_destroy(&r->lock);
}

static uint64_t own(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static void wake(struct pt_relay *r, pthread_cond_t *who)
{
	pthread_mutex_lock(&r->lock);
	pthread_cond_signal(who);
	pthread_mutex_unlock(&r->lock);
}

/* The filler sleeps until so many slots are given back, or nobody wants more. */
static void sleep_until_done(struct pt_relay *r, uint64_t done)
{
	pthread_mutex_lock(&r->lock);
	atomic_store(&r->wanted, done);
	pthread_cond_signal(&r->to_emptier);
	while (atomic_load(&r->done) < done && !atomic_load(&r->stopped))
		pthread_cond_wait(&r->to_filler, &r->lock);
	atomic_store(&r->wanted, 0);
	pthread_mutex_unlock(&r->lock);
	r->done_seen = atomic_load(&r->done);
}

uint32_t pt_relay_free(struct pt_relay *r)
{
	r->done_seen = atomic_load_explicit(&r->done, memory_order_acquire);
	return r->slots_nr - (uint32_t)(own(&r->put) - r->done_seen);
}

uint32_t pt_relay_room(struct pt_relay *r)
{
	uint64_t put = own(&r->put);

	if (put - r->done_seen == r->slots_nr) {
		r->done_seen = atomic_load_explicit(&r->done, memory_order_acquire);
		if (put - r->done_seen == r->slots_nr)
			sleep_until_done(r, put - r->slots_nr / 2);
		if (atomic_load(&r->stopped))
			return PT_RELAY_NONE;
	}
	return (uint32_t)(put % r->slots_nr);
}

void pt_relay_put(struct pt_relay *r)
{
	uint64_t put = own(&r->put) + 1;

#ifdef __SSE2__
	_mm_sfence(); /* behind pt_relay_copy() */
#endif
	atomic_store(&r->put, put);
	if (atomic_load(&r->asleep) && put - atomic_load(&r->done) >= r->slots_nr / 2)
		wake(r, &r->to_emptier);
}

bool pt_relay_drain(struct pt_relay *r)
{
	uint64_t put = own(&r->put);

	if (atomic_load(&r->done) < put)
		sleep_until_done(r, put);
	return !atomic_load(&r->stopped);
}

void pt_relay_close(struct pt_relay *r)
{
	atomic_store(&r->closed, true);
	wake(r, &r->to_emptier);
}

/* Whether it is worth to get up for what there is. Looks at `closed` first: what was put before that is seen then. */
static bool is_worth(const struct pt_relay *r, uint64_t done, uint64_t *put_seen)
{
	bool ends = atomic_load(&r->closed);
	uint64_t ready;

	*put_seen = atomic_load(&r->put);
	ready = *put_seen - done;
	return ends || ready >= r->slots_nr / 2 || (ready && atomic_load(&r->wanted));
}

uint32_t pt_relay_waiting(const struct pt_relay *r)
{
	uint64_t done = own(&r->done), put;
	bool worth = is_worth(r, done, &put);

	return worth || done < r->put_seen ? (uint32_t)(put - done) : 0;
}

uint32_t pt_relay_ready(struct pt_relay *r)
{
	uint64_t done = own(&r->done);

	if (done == r->put_seen)
		r->put_seen = atomic_load_explicit(&r->put, memory_order_acquire);
	return done < r->put_seen ? (uint32_t)(done % r->slots_nr) : PT_RELAY_NONE;
}

uint32_t pt_relay_next(struct pt_relay *r)
{
	uint64_t done = own(&r->done);

	if (done == r->put_seen)
		r->put_seen = atomic_load_explicit(&r->put, memory_order_acquire);
	if (done == r->put_seen) {
		pthread_mutex_lock(&r->lock);
		atomic_store(&r->asleep, true);
		while (!is_worth(r, done, &r->put_seen))
			pthread_cond_wait(&r->to_emptier, &r->lock);
		atomic_store(&r->asleep, false);
		pthread_mutex_unlock(&r->lock);
	}
	return done < r->put_seen ? (uint32_t)(done % r->slots_nr) : PT_RELAY_NONE;
}

void pt_relay_done(struct pt_relay *r)
{
	uint64_t done = own(&r->done) + 1, wanted;

	atomic_store(&r->done, done);
	wanted = atomic_load(&r->wanted);
	if (wanted && done >= wanted)
		wake(r, &r->to_filler);
}

void pt_relay_stop(struct pt_relay *r)
{
	atomic_store(&r->stopped, true);
	wake(r, &r->to_filler);
}

void pt_relay_copy(void *to, const void *from, size_t lines)
{
#ifdef __SSE2__
	const __m128i *in = from;
	__m128i *out = to;

	for (; lines; lines--, in += 4, out += 4) {
		__m128i a = in[0], b = in[1], c = in[2], d = in[3];

		_mm_stream_si128(out, a);
		_mm_stream_si128(out + 1, b);
		_mm_stream_si128(out + 2, c);
		_mm_stream_si128(out + 3, d);
	}
#else
	memcpy(to, from, 64 * lines);
#endif
}

unsigned int pt_threads_wanted(uint64_t trace_bytes)
{
	const char *said = getenv("POOLTRACE_THREADS");
	long wanted = said ? strtol(said, NULL, 10) : 0;
	cpu_set_t cpus;

	if (wanted <= 0 && trace_bytes < FEW_BYTES)
		return 1;
	if (wanted > 0)
		return wanted < (long)PT_THREADS_MAX ? (unsigned int)wanted : PT_THREADS_MAX;
	if (sched_getaffinity(0, sizeof(cpus), &cpus)) /* more CPUs than a cpu_set_t can tell are many */
		return errno == EINVAL ? PT_THREADS_MAX : 1;
	return CPU_COUNT(&cpus) < (int)PT_THREADS_MAX ? (unsigned int)CPU_COUNT(&cpus) : PT_THREADS_MAX;
}
