/* SPDX-License-Identifier: MIT */
/*
 * test_order.c - events whose stamps ran early come out so that every address alternates.
 *
 * First every shape of inversion by hand, then random histories: a truth in which blocks are
 * handed between threads is stamped early by up to PT_EARLY_NS, sorted by stamp and repaired. The
 * check is an independent one: the result must be possible, event by event, and hold each
 * thread's own order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../analyzer/model/liveness.h"
#include "../../analyzer/model/order.h"

#define OUT_MAX 512u
#define X 0x1000u
#define Y 0x2000u
#define Z 0x3000u

struct bench {
	struct pt_liveness live;
	struct pt_order order;
	struct pt_trace_state counts;
	struct pt_event out[OUT_MAX];
	size_t out_nr;
};

static enum pt_addr_state state_of(void *heap, uint64_t addr)
{
	return pt_liveness_state(&((struct bench *)heap)->live, addr);
}

static bool last_of(void *heap, uint64_t addr, uint64_t *time_ns, uint32_t *thread)
{
	return pt_liveness_last(&((struct bench *)heap)->live, addr, time_ns, thread);
}

static int apply(void *heap, const struct pt_event *ev)
{
	struct bench *b = heap;

	assert_true(b->out_nr < OUT_MAX);
	b->out[b->out_nr++] = *ev;
	return ev->flags == PT_FREE_OF_DEAD ? 0 : pt_liveness_apply(&b->live, ev);
}

static const struct pt_order_ops ops = { .state = state_of, .last = last_of, .apply = apply };

static struct bench *bench_open(void)
{
	struct bench *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	assert_int_equal(pt_liveness_init(&b->live), 0);
	assert_int_equal(pt_order_init(&b->order, &ops, b, &b->counts), 0);
	return b;
}

static void bench_close(struct bench *b)
{
	pt_order_fini(&b->order);
	pt_liveness_fini(&b->live);
	free(b);
}

/* As the users of order.h do it. */
static void feed(struct bench *b, const struct pt_event *ev)
{
	if (pt_order_passes(&b->order, ev, state_of(b, ev->addr)))
		assert_int_equal(apply(b, ev), 0);
	else
		assert_int_equal(pt_order_divert(&b->order, ev), 0);
}

static void event(struct bench *b, uint64_t time_ns, uint32_t thread, enum pt_event_kind kind, uint64_t addr,
		  uint64_t old_addr)
{
	const struct pt_event ev = { .kind = (uint8_t)kind, .thread = thread, .time_ns = time_ns, .addr = addr,
				     .old_addr = old_addr };

	feed(b, &ev);
}

#define ALLOC(b, t, thread, addr) event(b, t, thread, PT_EV_ALLOC, addr, 0)
#define FREE(b, t, thread, addr) event(b, t, thread, PT_EV_FREE, addr, 0)
#define BEGIN(b, t, thread, addr) event(b, t, thread, PT_EV_REALLOC_BEGIN, addr, 0)
#define END(b, t, thread, addr, old) event(b, t, thread, PT_EV_REALLOC_END, addr, old)

/* "A1 F2": kind and thread of every event, in the order they came out; flags behind. */
static void assert_came_out(struct bench *b, const char *want)
{
	static const char letters[] = "?AFBEKD";
	static const char *const verdicts[] = { "", "!live", "!dead", "!unknown" };
	char got[1024] = "", *to = got;
	size_t i;

	assert_int_equal(pt_order_flush(&b->order), 0);
	for (i = 0; i < b->out_nr; i++) {
		const struct pt_event *ev = &b->out[i];

		to += sprintf(to, "%s%c%u%s", i ? " " : "", ev->kind < sizeof(letters) - 1 ? letters[ev->kind] : '?',
			      ev->thread, verdicts[ev->flags]);
	}
	assert_string_equal(got, want);
	bench_close(b);
}

static void assert_no_anomaly(const struct bench *b)
{
	assert_int_equal(b->counts.alloc_of_live, 0);
	assert_int_equal(b->counts.free_of_dead, 0);
	assert_int_equal(b->counts.free_of_unknown, 0);
}

static void an_early_allocation_waits_for_the_free(void **state)
{
	struct bench *b = bench_open();

	(void)state;
	ALLOC(b, 0, 1, X);
	ALLOC(b, 990, 2, X);
	FREE(b, 1000, 1, X);
	assert_int_equal(b->counts.repaired_nr, 1);
	assert_true(b->out[2].repaired);
	assert_false(b->out[1].repaired);
	assert_no_anomaly(b);
	assert_came_out(b, "A1 F1 A2");
}

static void equal_stamps_are_repaired_too(void **state)
{
	struct bench *b = bench_open();

	(void)state;
	ALLOC(b, 0, 1, X);
	ALLOC(b, 1000, 2, X);
	FREE(b, 1000, 1, X);
	assert_no_anomaly(b);
	assert_came_out(b, "A1 F1 A2");
}

static void a_whole_life_can_be_early(void **state)
{
	struct bench *b = bench_open();

	(void)state;
	ALLOC(b, 0, 1, X);
	ALLOC(b, 990, 2, X);
	FREE(b, 992, 2, X);
	ALLOC(b, 994, 2, X);
	FREE(b, 1000, 1, X);
	assert_no_anomaly(b);
	assert_came_out(b, "A1 F1 A2 F2 A2");
}

static void an_early_free_waits_for_its_allocation(void **state)
{
	struct bench *b = bench_open();

	(void)state;
	FREE(b, 990, 2, X);
	ALLOC(b, 1000, 1, X);
	FREE(b, 1990, 3, X);
	ALLOC(b, 2000, 1, X);
	assert_no_anomaly(b);
	assert_int_equal(b->counts.repaired_nr, 2);
	assert_came_out(b, "A1 F2 A1 F3");
}

static void a_chain_of_three_threads_unwinds(void **state)
{
	struct bench *b = bench_open();

	(void)state;
	ALLOC(b, 0, 1, X);
	ALLOC(b, 980, 3, X);
	ALLOC(b, 990, 2, X);
	FREE(b, 995, 2, X);
	FREE(b, 1000, 1, X);
	assert_no_anomaly(b);
	/* 3's came first by stamp and fits after 1's free; then 2 waits for a free that is not there. */
	assert_int_equal(b->out_nr, 3);
	FREE(b, 1005, 3, X);
	assert_no_anomaly(b);
	assert_came_out(b, "A1 F1 A3 F3 A2 F2");
}

static void other_addresses_do_not_wait(void **state)
{
	struct bench *b = bench_open();

	(void)state;
	ALLOC(b, 0, 1, X);
	ALLOC(b, 990, 2, X);
	ALLOC(b, 991, 2, Y);
	FREE(b, 992, 2, Y);
	event(b, 993, 2, PT_EV_MMAP, Z, 0);
	FREE(b, 1000, 1, X);
	assert_no_anomaly(b);
	assert_came_out(b, "A1 A2 F2 ?2 F1 A2");
}

static void a_realloc_is_kept_together(void **state)
{
	struct bench *b = bench_open();

	(void)state;
	ALLOC(b, 0, 1, X);
	ALLOC(b, 10, 3, Y);
	BEGIN(b, 980, 2, Y); /* of the Y that 1 makes at 1010 */
	FREE(b, 990, 3, Y);
	END(b, 991, 2, X, Y);
	FREE(b, 1000, 1, X);
	ALLOC(b, 1010, 1, Y);
	assert_no_anomaly(b);
	/* 2's begin is taken for that of 3's block; 3's free waits for 1's allocation. */
	assert_came_out(b, "A1 A3 B2 F1 E2 A1 F3");
}

static void a_realloc_that_ends_early_waits_at_its_new_address(void **state)
{
	struct bench *b = bench_open();

	(void)state;
	ALLOC(b, 0, 1, X);
	ALLOC(b, 10, 2, Y);
	BEGIN(b, 900, 2, Y);
	END(b, 990, 2, X, Y);
	FREE(b, 992, 2, X);
	BEGIN(b, 1000, 1, X);
	END(b, 1010, 1, Y, X);
	assert_no_anomaly(b);
	assert_came_out(b, "A1 A2 B2 B1 E2 F2 E1");
}

static void a_held_begin_holds_its_end(void **state)
{
	struct bench *b = bench_open();

	(void)state;
	BEGIN(b, 990, 2, X);
	END(b, 992, 2, Y, X);
	FREE(b, 994, 3, Y);
	BEGIN(b, 996, 2, Z);
	event(b, 997, 2, PT_EV_REALLOC_FAILED, Z, Z);
	ALLOC(b, 1000, 1, X);
	ALLOC(b, 1001, 1, Z);
	assert_no_anomaly(b);
	assert_came_out(b, "A1 B2 E2 F3 A1 B2 K2");
}

static void a_stolen_generation_is_exchanged(void **state)
{
	struct bench *b = bench_open();

	(void)state;
	/* Truth: 1 frees X, allocates it again and gives it to 2, which frees it. 2's stamp is early. */
	ALLOC(b, 0, 1, X);
	FREE(b, 980, 2, X);
	FREE(b, 990, 1, X);
	ALLOC(b, 1000, 1, X);
	ALLOC(b, 9000, 3, X);
	assert_no_anomaly(b);
	assert_int_equal(b->counts.exchanged_nr, 1);
	assert_came_out(b, "A1 F2 A1 F1 A3");
}

static void what_nothing_explains_gets_a_verdict(void **state)
{
	struct bench *b = bench_open();

	(void)state;
	ALLOC(b, 0, 1, X);
	ALLOC(b, 1000, 1, X); /* 1's free was lost */
	FREE(b, 2000, 1, X);
	FREE(b, 900000, 1, X);	/* twice */
	FREE(b, 1800000, 1, Y); /* from before the trace */
	ALLOC(b, 1800100, 1, Y);
	assert_int_equal(pt_order_flush(&b->order), 0);
	assert_int_equal(b->counts.alloc_of_live, 1);
	assert_int_equal(b->counts.free_of_dead, 1);
	assert_int_equal(b->counts.free_of_unknown, 1);
	assert_int_equal(b->counts.repaired_nr, 2); /* F1 behind the lost free, A1 behind the old Y */
	assert_came_out(b, "A1 A1!live F1 F1!dead F1!unknown A1");
}

static void a_verdict_comes_when_the_window_is_over(void **state)
{
	struct bench *b = bench_open();

	(void)state;
	FREE(b, 1000, 1, X);
	ALLOC(b, 40000, 1, Y);
	assert_int_equal(b->out_nr, 1); /* it may still be explained */
	assert_int_equal(b->counts.free_of_unknown, 0);
	FREE(b, 60000, 1, Y);
	assert_int_equal(b->counts.free_of_unknown, 1);
	assert_int_equal(b->order.held_nr, 0);
	assert_came_out(b, "A1 F1!unknown F1");
}

/* A lost free and the thread's own next events: no other thread is there to be exchanged with. */
static void one_thread_alone_is_never_reordered(void **state)
{
	struct bench *b = bench_open();

	(void)state;
	ALLOC(b, 0, 1, X);
	FREE(b, 100, 1, X);
	FREE(b, 200, 1, X); /* of an allocation that was lost */
	ALLOC(b, 300, 1, X);
	ALLOC(b, 90000, 2, Y);
	assert_int_equal(b->counts.exchanged_nr, 0);
	assert_int_equal(b->counts.free_of_dead, 1);
	assert_came_out(b, "A1 F1 F1!dead A1 A2");
}

/* More waits than there is room for: the oldest go on, nothing is dropped. */
static void a_flood_of_unknown_frees_passes(void **state)
{
	struct bench *b = bench_open();
	unsigned int i, nr = 3 * PT_ORDER_HELD_MAX;
	size_t out_nr = 0;

	(void)state;
	for (i = 0; i < nr; i++) {
		FREE(b, 1000, 1, X + 16 * i);
		out_nr += b->out_nr;
		b->out_nr = 0;
		assert_true(b->order.held_nr <= PT_ORDER_HELD_MAX);
	}
	assert_int_equal(out_nr + b->order.held_nr, nr);
	assert_int_equal(b->counts.free_of_unknown, out_nr);
	bench_close(b);
}

/* ---- random histories ---- */

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
		feed(b, &sorted[i].ev);
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
		cmocka_unit_test(an_early_allocation_waits_for_the_free),
		cmocka_unit_test(equal_stamps_are_repaired_too),
		cmocka_unit_test(a_whole_life_can_be_early),
		cmocka_unit_test(an_early_free_waits_for_its_allocation),
		cmocka_unit_test(a_chain_of_three_threads_unwinds),
		cmocka_unit_test(other_addresses_do_not_wait),
		cmocka_unit_test(a_realloc_is_kept_together),
		cmocka_unit_test(a_realloc_that_ends_early_waits_at_its_new_address),
		cmocka_unit_test(a_held_begin_holds_its_end),
		cmocka_unit_test(a_stolen_generation_is_exchanged),
		cmocka_unit_test(what_nothing_explains_gets_a_verdict),
		cmocka_unit_test(a_verdict_comes_when_the_window_is_over),
		cmocka_unit_test(one_thread_alone_is_never_reordered),
		cmocka_unit_test(a_flood_of_unknown_frees_passes),
		cmocka_unit_test(random_histories_are_repaired),
		cmocka_unit_test(random_histories_with_realloc_are_repaired),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
