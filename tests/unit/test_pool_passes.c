/* SPDX-License-Identifier: MIT */
/*
 * test_pool_passes.c - the passes over annotated pools that look at time: exactly what
 * docs/pools.md says, on random changes and on a few made by hand.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "brute_pools.h"
#include "pool_passes_run.h"

static void compare(uint64_t seed, size_t nr, uint64_t step_ns)
{
	struct pw *w = pw_random(seed, nr, step_ns);
	struct pt_report r;

	run(w, &r);
	for (uint32_t pool = 0; pool < PW_POOLS; pool++) {
		brute_series(w, pool, &r);
		brute_ages(w, pool, &r);
		brute_regret(w, pool, &r);
		brute_waterfall(w, pool, &r);
		brute_leaks(w, pool, &r);
	}
	done(w, &r);
}

static void random_changes_give_what_brute_force_finds(void **state)
{
	static const uint64_t steps_ns[] = { 1, 50, 3000, 200000, 40000000, 5 * S };

	(void)state;
	for (uint64_t seed = 1; seed <= 240; seed++)
		compare(seed, 20 + seed * 7 % 600, steps_ns[seed % 6]);
}

static void long_runs_give_what_brute_force_finds(void **state)
{
	(void)state;
	for (uint64_t seed = 1001; seed <= 1006; seed++)
		compare(seed, 9000, seed % 2 ? 2000 : 700000);
}

static void a_pool_without_changes_has_a_row_of_nothing(void **state)
{
	struct pw *w = pw_open();
	struct pt_report r;
	struct pt_pool_detail *d;

	(void)state;
	pw_end(w, 5 * S);
	d = run(w, &r);
	assert_int_equal(d->occupancy.width_ns, 1ull << 26);
	assert_int_equal(d->occupancy.steps_nr, 75);
	assert_int_equal(d->occupancy.idle_max_bytes[74], 0);
	assert_true(d->shards[0].drift_bytes_per_s == 0);
	assert_true(isnan(d->shards[0].forecast_s));
	assert_int_equal(d->waterfall.graph_bytes, INT64_MIN);
	assert_int_equal(d->hold_p999_ns, PT_UNKNOWN);
	assert_int_equal(d->row.dead_hoard_bytes, 0);
	assert_int_equal(d->leaks_nr, 0);
	done(w, &r);
}

static void a_miss_regrets_the_latest_drop_that_it_could_have_used(void **state)
{
	struct pw *w = pw_open();
	struct pt_report r;
	struct pt_pool_detail *d;

	(void)state;
	w->limits.regret_within_ns = S;
	for (uint32_t i = 0; i < 4; i++)
		pw_stock(w, 0, i, i == 1 ? 900 : 100, i);
	for (uint32_t i = 0; i < 4; i++) {
		w->now_ns = S + i;
		w->site = i;
		pw_leave(w, 0, i, 0);
	}
	w->now_ns = 2 * S;
	pw_get(w, 0, 10, 500, 0); /* only the one of 900 bytes would do */
	w->now_ns = 2 * S + 3;
	pw_get(w, 0, 11, 100, 0); /* the last; it is just in time */
	pw_get(w, 0, 12, 100, 0); /* all others are too old */
	pw_end(w, 3 * S);
	d = run(w, &r);
	assert_int_equal(d->row.regretted_drops, 2);
	assert_int_equal(d->row.regretted_bytes, 1000);
	assert_int_equal(d->row.useful_drops, 2);
	assert_int_equal(d->shards[1].row.regretted_bytes, 900);
	assert_int_equal(d->sites[3].row.regretted_bytes, 100);
	assert_int_equal(d->shards[2].row.useful_drops, 1);
	done(w, &r);
}

static void drops_just_within_the_time_survive_many_more(void **state)
{
	struct pw *w = pw_open();
	struct pt_report r;

	(void)state;
	w->limits.regret_within_ns = S;
	for (uint32_t i = 0; i < 200; i++) {
		w->now_ns = i < 64 ? 5 : S + 5;
		pw_stock(w, 0, i, 100, 0);
		pw_leave(w, 0, i, 0);
	}
	for (uint32_t i = 0; i < 220; i++)
		pw_get(w, 0, i, 100, 0);
	pw_end(w, 3 * S);
	assert_int_equal(run(w, &r)->row.regretted_drops, 200);
	done(w, &r);
}

/* Two shards, each with an idle object at the peak, and never more than one of them in use. */
static void the_waterfall_blames_sharding_for_what_one_cache_would_not_hold(void **state)
{
	struct pw *w = pw_open();
	struct pt_report r;
	struct pt_pool_detail *d;

	(void)state;
	for (uint32_t i = 0; i < 4; i++) {
		w->now_ns += 1000;
		pw_get(w, 0, i, 100, i);
		pw_put(w, 0, i, i);
	}
	pw_get(w, 0, 0, 100, 0);
	pw_resize(w, 0, 0, 150);
	pw_put(w, 0, 0, 0);
	pw_end(w, 1000000);
	d = run(w, &r);
	assert_int_equal(d->waterfall.held_bytes, 450); /* while 0 is in use */
	assert_int_equal(d->waterfall.in_use_bytes, 150);
	assert_int_equal(d->waterfall.sharding_bytes, 300);
	assert_int_equal(d->waterfall.time_bytes, 0);
	assert_int_equal(d->waterfall.ratchet_bytes, 0);
	assert_int_equal(d->row.ratchet_bytes, 50);
	done(w, &r);
}

static void a_pool_filled_in_advance_would_be_with_one_cache_too(void **state)
{
	struct pw *w = pw_open();
	struct pt_report r;
	struct pt_pool_detail *d;

	(void)state;
	for (uint32_t i = 0; i < 10; i++)
		pw_stock(w, 0, i, 100, i % 2);
	pw_get(w, 0, 3, 100, 1);
	pw_get(w, 0, 20, 300, 1);
	pw_end(w, 1000000);
	d = run(w, &r);
	assert_int_equal(d->waterfall.held_bytes, 1300);
	assert_int_equal(d->waterfall.in_use_bytes, 400);
	/* One cache of 1,000 bytes would have given these 400. */
	assert_int_equal(d->waterfall.time_bytes, 600);
	assert_int_equal(d->waterfall.sharding_bytes, 300);
	done(w, &r);
}

static uint64_t p999_of(uint32_t short_nr, uint32_t long_nr)
{
	struct pw *w = pw_open();
	struct pt_report r;
	uint64_t p999_ns;

	for (uint32_t i = 0; i < short_nr + long_nr; i++) {
		pw_get(w, 0, 0, 64, 0);
		w->now_ns += i < short_nr ? 1000 : 9999;
		pw_put(w, 0, 0, 0);
	}
	pw_end(w, w->now_ns);
	p999_ns = run(w, &r)->hold_p999_ns;
	done(w, &r);
	return p999_ns;
}

static void p999_is_the_upper_edge_of_one_bucket(void **state)
{
	(void)state;
	assert_int_equal(p999_of(999, 0), PT_UNKNOWN);
	assert_int_equal(p999_of(999, 1), 1023);  /* of 992..1023 */
	assert_int_equal(p999_of(998, 2), 10239); /* of 9728..10239 */
	assert_int_equal(p999_of(1998, 2), 1023);
	assert_int_equal(p999_of(1997, 3), 10239);
	assert_int_equal(p999_of(1000, 1), 1023);
	assert_int_equal(p999_of(999, 2), 10239);
}

static void a_borrow_is_too_long_past_the_bucket_of_p999(void **state)
{
	struct pw *w = pw_open();
	struct pt_report r;
	struct pt_pool_detail *d;

	(void)state;
	w->threads[1].exited = true;
	for (uint32_t i = 0; i < 1001; i++) { /* 1000 of 1,001 holds of 1,000 ns, one of 9,999 */
		pw_get(w, 0, 0, 64, 0);
		w->now_ns += i ? 1000 : 9999;
		pw_put(w, 0, 0, 0);
	}
	w->thread = 1;
	w->site = 4;
	pw_get(w, 0, 1, 64, 0);
	w->now_ns += 2;
	pw_get(w, 0, 2, 64, 0);
	w->now_ns += 1021;
	pw_get(w, 0, 3, 64, 0);
	pw_leave(w, 0, 3, PT_POOL_DESTROYED);
	pw_end(w, w->now_ns);
	d = run(w, &r);
	/* 992..1023 is one bucket: its edge is 1,023 ns. */
	assert_int_equal(d->hold_p999_ns, 1023);
	assert_int_equal(d->leaks_nr, 1);
	assert_int_equal(d->leaks[0].objects, 3);
	assert_int_equal(d->leaks[0].held_too_long, 0);
	assert_int_equal(d->leaks[0].longest_hold_ns, 1023);
	assert_int_equal(d->leaks[0].thread_is_gone, 3);
	assert_int_equal(d->leaks[0].at_destroy, 1);
	done(w, &r);
}

static void a_short_trace_knows_of_no_dead_hoard(void **state)
{
	struct pw *w = pw_open();
	struct pt_report r;
	struct pt_pool_detail *d;

	(void)state;
	pw_stock(w, 0, 0, 64, 0);
	pw_end(w, S - 1);
	d = run(w, &r);
	assert_int_equal(d->row.dead_hoard_bytes, PT_UNKNOWN);
	assert_int_equal(d->sites[3].row.late_reuse_objects, PT_UNKNOWN);
	assert_int_equal(d->cpus[1].row.dead_hoard_objects, PT_UNKNOWN);
	pt_report_fini(&r);
	w->nr--;
	pw_end(w, S);
	d = run(w, &r);
	assert_int_equal(d->row.dead_hoard_bytes, 64);
	assert_int_equal(d->sites[3].row.late_reuse_objects, 0);
	done(w, &r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_changes_give_what_brute_force_finds),
		cmocka_unit_test(long_runs_give_what_brute_force_finds),
		cmocka_unit_test(a_pool_without_changes_has_a_row_of_nothing),
		cmocka_unit_test(a_miss_regrets_the_latest_drop_that_it_could_have_used),
		cmocka_unit_test(drops_just_within_the_time_survive_many_more),
		cmocka_unit_test(the_waterfall_blames_sharding_for_what_one_cache_would_not_hold),
		cmocka_unit_test(a_pool_filled_in_advance_would_be_with_one_cache_too),
		cmocka_unit_test(p999_is_the_upper_edge_of_one_bucket),
		cmocka_unit_test(a_borrow_is_too_long_past_the_bucket_of_p999),
		cmocka_unit_test(a_short_trace_knows_of_no_dead_hoard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
