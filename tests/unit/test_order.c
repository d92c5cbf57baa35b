/* SPDX-License-Identifier: MIT */
/*
 * test_order.c - events whose stamps ran early come out so that every address alternates: every shape
 * of inversion by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "order_bench.h"

#define X 0x1000u
#define Y 0x2000u
#define Z 0x3000u

static void event(struct bench *b, uint64_t time_ns, uint32_t thread, enum pt_event_kind kind, uint64_t addr,
		  uint64_t old_addr)
{
	const struct pt_event ev = { .kind = (uint8_t)kind, .thread = thread, .time_ns = time_ns, .addr = addr,
				     .old_addr = old_addr };

	bench_feed(b, &ev);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
