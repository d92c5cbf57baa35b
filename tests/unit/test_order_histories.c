/* SPDX-License-Identifier: MIT */
/*
 * test_order_histories.c - random histories whose stamps ran early come out as they can have happened.
 *
 * A truth in which blocks are handed between threads is stamped early by up to PT_EARLY_NS, sorted by
 * stamp and repaired. The check is an independent one: the result must be possible, event by event, and
 * hold each thread's own order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "order_bench.h"

#define PT_EARLY_NS 400u
#define THREADS_MAX 4u
#define ADDRS_MAX 5u

struct stamped {
	struct pt_event ev;
	uint32_t nr; /* in truth */
};

static uint64_t seed;

static uint64_t draw(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (seed >> 11) % below;
}

struct history {
	struct stamped events[OUT_MAX];
	size_t nr;
	bool live[ADDRS_MAX];
	uint64_t inside[THREADS_MAX]; /* a realloc of this address has begun */
	uint64_t stamps[THREADS_MAX];
	uint64_t now_ns;
};

static void record(struct history *h, uint32_t thread, enum pt_event_kind kind, uint64_t at, uint64_t old)
{
	uint64_t stamp = h->now_ns - draw(2) * draw(PT_EARLY_NS);
	struct stamped *s = &h->events[h->nr];

	stamp -= stamp % 12; /* a tick */
	if (stamp < h->stamps[thread])
		stamp = h->stamps[thread];
	h->stamps[thread] = stamp;
	s->ev = (struct pt_event){ .kind = (uint8_t)kind, .thread = thread, .time_ns = stamp,
				   .addr = at ? at * 0x1000 : 0, .old_addr = old ? old * 0x1000 : 0 };
	s->nr = (uint32_t)h->nr++;
}

/* One thing that can happen in truth: `thread` does something to block `at` (1..). */
static void happen(struct history *h, uint32_t thread, uint64_t at, bool reallocs)
{
	bool *live = &h->live[at - 1];

	if (h->inside[thread]) {
		uint64_t old = h->inside[thread];

		if (!draw(4) && !h->live[old - 1]) {
			record(h, thread, PT_EV_REALLOC_FAILED, old, old);
			h->live[old - 1] = true;
		} else if (!*live) {
			record(h, thread, PT_EV_REALLOC_END, at, old);
			*live = true;
		} else {
			return;
		}
		h->inside[thread] = 0;
	} else if (!*live) {
		record(h, thread, PT_EV_ALLOC, at, 0);
		*live = true;
	} else if (reallocs && !draw(4)) {
		record(h, thread, PT_EV_REALLOC_BEGIN, at, 0);
		h->inside[thread] = at;
		*live = false;
	} else {
		record(h, thread, PT_EV_FREE, at, 0);
		*live = false;
	}
}

/* A failed realloc's block cannot have been given to anybody: keep others off it. */
static bool is_taken(const struct history *h, uint64_t at)
{
	uint32_t thread;

	for (thread = 0; thread < THREADS_MAX; thread++)
		if (h->inside[thread] == at)
			return true;
	return false;
}

static int by_stamp(const void *left, const void *right)
{
	const struct stamped *a = left, *b = right;

	if (a->ev.time_ns != b->ev.time_ns)
		return a->ev.time_ns < b->ev.time_ns ? -1 : 1;
	if (a->ev.thread != b->ev.thread)
		return a->ev.thread < b->ev.thread ? -1 : 1;
	return a->nr < b->nr ? -1 : 1;
}

/* Every event that came out is possible where it stands, whatever the repair thinks. */
static void assert_possible(const struct bench *b)
{
	bool live[ADDRS_MAX + 1] = { false };
	size_t i;

	for (i = 0; i < b->out_nr; i++) {
		const struct pt_event *ev = &b->out[i];
		bool *at = &live[ev->addr / 0x1000];

		assert_int_equal(ev->flags, PT_FITS);
		if (ev->kind == PT_EV_FREE || ev->kind == PT_EV_REALLOC_BEGIN)
			assert_true(*at);
		else
			assert_false(*at);
		*at = !*at;
	}
}

/* Each thread's events on one address, and a realloc's end after its begin, as they happened. */
static void assert_threads_in_order(const struct history *h, const struct bench *b)
{
	uint32_t thread;
	uint64_t at;

	for (thread = 0; thread < THREADS_MAX; thread++) {
		for (at = 1; at <= ADDRS_MAX; at++) {
			size_t i, j = 0;

			for (i = 0; i < h->nr; i++) {
				const struct pt_event *ev = &h->events[i].ev;

				if (ev->thread != thread || ev->addr != at * 0x1000)
					continue;
				while (j < b->out_nr && (b->out[j].thread != thread || b->out[j].addr != ev->addr))
					j++;
				assert_true(j < b->out_nr);
				assert_int_equal(b->out[j++].kind, ev->kind);
			}
		}
	}
}

struct tally {
	uint64_t events, repaired, swapped;
};

static void one_history(struct tally *tally, uint32_t threads, uint64_t addrs, uint64_t pace_ns, bool reallocs)
{
	struct history *h = calloc(1, sizeof(*h));
	struct bench *b = bench_open();
	struct stamped *sorted;
	size_t i;

	h->now_ns = 100000;
	while (h->nr < 200) {
		uint32_t thread = (uint32_t)draw(threads);
		uint64_t at = 1 + draw(addrs);

		h->now_ns += draw(pace_ns);
		if (!is_taken(h, at) || h->inside[thread] == at)
			happen(h, thread, at, reallocs);
	}
	sorted = malloc(h->nr * sizeof(*sorted));
	memcpy(sorted, h->events, h->nr * sizeof(*sorted));
	qsort(sorted, h->nr, sizeof(*sorted), by_stamp);
	for (i = 0; i < h->nr; i++)
		bench_feed(b, &sorted[i].ev);
	assert_int_equal(pt_order_flush(&b->order), 0);
	assert_no_anomaly(b);
	assert_int_equal(b->out_nr, h->nr);
	assert_possible(b);
	if (!b->counts.exchanged_nr)
		assert_threads_in_order(h, b);
	tally->events += h->nr;
	tally->repaired += b->counts.repaired_nr;
	tally->swapped += b->counts.exchanged_nr;
	free(sorted);
	free(h);
	bench_close(b);
}

static void histories(struct tally *tally, unsigned int nr, uint64_t pace_ns, bool reallocs)
{
	unsigned int round;

	for (round = 0; round < nr; round++) {
		seed = 0x9e3779b97f4a7c15ull * (round + 1) + pace_ns;
		one_history(tally, 2 + round % (THREADS_MAX - 1), 1 + round % ADDRS_MAX, pace_ns, reallocs);
	}
}

/* Hand-offs as fast as cache lines travel: 100 ns and more. Ten times denser than real ones. */
static void random_histories_are_repaired(void **state)
{
	struct tally tally = { 0 };

	(void)state;
	histories(&tally, 3000, 300, false);
	assert_true(tally.repaired > tally.events / 100);
	print_message("# %llu events, %llu repaired, %llu exchanged\n", (unsigned long long)tally.events,
		      (unsigned long long)tally.repaired, (unsigned long long)tally.swapped);
}

static void random_histories_with_realloc_are_repaired(void **state)
{
	struct tally tally = { 0 };

	(void)state;
	histories(&tally, 3000, 300, true);
	assert_true(tally.repaired > tally.events / 100);
	print_message("# %llu events, %llu repaired, %llu exchanged\n", (unsigned long long)tally.events,
		      (unsigned long long)tally.repaired, (unsigned long long)tally.swapped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_histories_are_repaired),
		cmocka_unit_test(random_histories_with_realloc_are_repaired),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
