/* SPDX-License-Identifier: MIT */
/*
 * test_pool_series.c - where a pool's shards are heading, and the steps that this is read from.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "../../analyzer/passes/pool_slope.h"
#include "pool_passes_run.h"

/* Shard 1 gets 1,000 bytes a ms more than are taken from it. */
static void a_shard_that_fills_up_says_when_it_will_be_full(void **state)
{
	struct pw *w = pw_open();
	struct pt_report r;
	struct pt_pool_detail *d;

	(void)state;
	w->limits.limit_bytes = 10200000;
	for (uint32_t i = 0; i < 200; i++) {
		w->now_ns = i * 1000000ull;
		pw_get(w, 0, i, 1000, 0);
		w->now_ns += 500000;
		pw_put(w, 0, i, 1);
	}
	pw_end(w, 200000000);
	d = run(w, &r);
	assert_true(fabs(d->shards[1].drift_bytes_per_s - 1e6) < 1e3);
	assert_true(fabs(d->shards[0].drift_bytes_per_s + 1e6) < 1e3);
	assert_true(fabs(d->shards[1].forecast_s - 10) < 0.02);
	assert_true(isnan(d->shards[0].forecast_s));
	assert_int_equal(d->shards[1].occupancy.idle_end_bytes[d->occupancy.steps_nr - 1], 200000);
	done(w, &r);
}

static void a_shard_that_is_full_already_says_so(void **state)
{
	struct pw *w = pw_open();
	struct pt_report r;
	struct pt_pool_detail *d;

	(void)state;
	w->limits.limit_bytes = 200000;
	for (uint32_t i = 0; i < 200; i++) {
		w->now_ns = i * 1000000ull;
		pw_stock(w, 0, i, 1000 + (i == 199), 1);
	}
	pw_end(w, 200000000);
	d = run(w, &r);
	assert_true(d->shards[1].forecast_s == 0);
	done(w, &r);
}

static void a_shard_that_is_trimmed_has_no_forecast(void **state)
{
	struct pw *w = pw_open();
	struct pt_report r;
	struct pt_pool_detail *d;

	(void)state;
	for (uint32_t i = 0; i < 120; i++) {
		w->now_ns = i * 1000000ull;
		pw_stock(w, 0, i, 1000, 1);
		pw_stock(w, 0, 120 + i, 1000, 0);
	}
	pw_leave(w, 0, 7, 0);
	pw_end(w, 120000000);
	d = run(w, &r);
	assert_true(d->shards[1].drift_bytes_per_s > 9e5);
	assert_true(isnan(d->shards[1].forecast_s));
	assert_false(isnan(d->shards[0].forecast_s));
	done(w, &r);
}

static void a_shard_that_others_steal_from_has_no_forecast(void **state)
{
	struct pw *w = pw_open();
	struct pt_report r;
	struct pt_pool_detail *d;

	(void)state;
	for (uint32_t i = 0; i < 200; i++) {
		w->now_ns = i * 1000000ull;
		pw_stock(w, 0, i, 1000, 1);
	}
	pw_get(w, 0, 7, 1000, 0);
	pw_end(w, 200000000);
	d = run(w, &r);
	assert_true(d->shards[1].drift_bytes_per_s > 9e5);
	assert_true(isnan(d->shards[1].forecast_s));
	done(w, &r);
}

/* The sums of a day in which petabytes went through a shard do not fit 64 bits. */
static void a_slope_is_exact_however_long_the_line(void **state)
{
	const uint64_t width = 1ull << 40;
	uint64_t y[79];

	(void)state;
	for (uint64_t i = 0; i < 79; i++)
		y[i] = (i + 1) * width * 7 - (1ull << 54);
	y[78] = (78 * width + 12345) * 7 - (1ull << 54);
	assert_true(pt_pool_slope(y, 79, width, 78 * width + 12345) == 7e9);
	for (uint64_t i = 0; i < 79; i++)
		y[i] = -y[i];
	assert_true(pt_pool_slope(y, 79, width, 78 * width + 12345) == -7e9);
	assert_true(isnan(pt_pool_slope(y, 2, width, width + 1)));
	/* What only a damaged trace can hold. */
	y[0] = 0;
	y[1] = 1ull << 61;
	y[2] = 1ull << 62;
	assert_true(fabs(pt_pool_slope(y, 3, 1ull << 62, 3ull << 62) - 5e8) < 1);
}

static void a_jump_in_time_widens_the_steps_and_keeps_the_peaks(void **state)
{
	struct pw *w = pw_open();
	struct pt_report r;
	const struct pt_pool_series *s;

	(void)state;
	for (uint32_t i = 0; i < 100; i++) {
		w->now_ns = i * 65536ull;
		pw_stock(w, 0, i, 10, 2);
		if (i == 40) {
			for (uint32_t k = 0; k <= 40; k++)
				pw_leave(w, 0, k, PT_POOL_BY_PURGE);
		}
	}
	w->now_ns = 127 * 65536ull << 20;
	pw_stock(w, 0, 200, 1, 2);
	pw_end(w, w->now_ns + 1);
	s = &run(w, &r)->shards[2].occupancy;
	assert_int_equal(s->width_ns, 65536ull << 20);
	assert_int_equal(s->steps_nr, 128);
	assert_int_equal(s->idle_max_bytes[0], 590);
	assert_int_equal(s->idle_end_bytes[0], 590);
	assert_int_equal(s->idle_max_bytes[64], 590);
	assert_int_equal(s->idle_max_bytes[127], 591);
	done(w, &r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_shard_that_fills_up_says_when_it_will_be_full),
		cmocka_unit_test(a_shard_that_is_full_already_says_so),
		cmocka_unit_test(a_shard_that_others_steal_from_has_no_forecast),
		cmocka_unit_test(a_shard_that_is_trimmed_has_no_forecast),
		cmocka_unit_test(a_slope_is_exact_however_long_the_line),
		cmocka_unit_test(a_jump_in_time_widens_the_steps_and_keeps_the_peaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
