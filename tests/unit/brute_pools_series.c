/* SPDX-License-Identifier: MIT */
/*
 * brute_pools_series.c - docs/pools.md by looking at everything for each question: what is told over time.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "brute_pools.h"
#include "brute_pools_snapshot.h"

static uint64_t width_of(uint64_t end_ns)
{
	uint64_t width = 65536;

	while (end_ns / width >= 128)
		width *= 2;
	return width;
}

static void check_line(const struct pw *w, uint32_t pool, uint32_t shard, enum pw_state state,
		       const uint64_t *max, const uint64_t *end, uint32_t steps_nr)
{
	uint64_t width = width_of(w->end_ns), now = 0;
	struct snapshot s = { 0 };
	size_t i = 0;

	assert_int_equal(steps_nr, w->end_ns / width + 1);
	for (uint64_t step = 0; step < steps_nr; step++) {
		uint64_t most = now;

		for (; i < w->nr && w->changes[i].time_ns / width == step; i++) {
			if (w->changes[i].pool != pool)
				continue;
			apply(&s, &w->changes[i]);
			now = sum(&s, state, shard, false);
			most = now > most ? now : most;
		}
		assert_int_equal(max[step], most);
		assert_int_equal(end[step], now);
	}
}

/* Bytes put into the shard until a time, less those got for it. */
static int64_t balance(const struct pw *w, uint32_t pool, uint32_t shard, uint64_t until_ns)
{
	int64_t bytes = 0;

	for (size_t i = 0; i < w->nr; i++) {
		const struct pt_pool_change *c = &w->changes[i];

		if (c->pool != pool || c->shard != shard || c->time_ns >= until_ns)
			continue;
		if (c->kind == PT_POOL_PUT || c->kind == PT_POOL_STOCKED)
			bytes += (int64_t)c->bytes;
		if (c->kind == PT_POOL_HIT || c->kind == PT_POOL_MISS || c->kind == PT_POOL_REGOT)
			bytes -= (int64_t)c->bytes;
	}
	return bytes;
}

static long double slope(const struct pw *w, uint32_t pool, uint32_t shard)
{
	uint64_t width = width_of(w->end_ns), nr = w->end_ns / width + 1;
	long double x[128], y[128], mean_x = 0, mean_y = 0, up = 0, down = 0;

	for (uint64_t i = 0; i < nr; i++) {
		bool last = i + 1 == nr;

		x[i] = (long double)(last ? w->end_ns : (i + 1) * width) / 1e9L;
		y[i] = balance(w, pool, shard, last ? UINT64_MAX : (i + 1) * width);
		mean_x += x[i] / nr;
		mean_y += y[i] / nr;
	}
	for (uint64_t i = 0; i < nr; i++) {
		up += (x[i] - mean_x) * (y[i] - mean_y);
		down += (x[i] - mean_x) * (x[i] - mean_x);
	}
	return up / down;
}

static void check_heading(const struct pw *w, uint32_t pool, uint32_t k,
			  const struct pt_pool_shard *shard)
{
	uint64_t idle = shard->occupancy.idle_end_bytes[shard->occupancy.steps_nr - 1];
	double drift = shard->drift_bytes_per_s;
	bool stolen = false;

	if (shard->occupancy.steps_nr < 3) {
		assert_true(isnan(drift) && isnan(shard->forecast_s));
		return;
	}
	assert_true(fabsl(slope(w, pool, k) - drift) <= 1e-9L * fabsl((long double)drift) + 1e-6L);
	for (size_t i = 0; i < w->nr; i++)
		stolen |= w->changes[i].pool == pool &&
			  ((w->changes[i].flags & PT_POOL_STEAL && w->changes[i].old_shard == k) ||
			   ((w->changes[i].kind == PT_POOL_LEFT_IDLE ||
			     w->changes[i].kind == PT_POOL_LEFT_USED) &&
			    w->changes[i].shard == k &&
			    !(w->changes[i].flags & (PT_POOL_VANISHED | PT_POOL_DESTROYED))));
	if (drift < 1 || stolen)
		assert_true(isnan(shard->forecast_s));
	else if (idle >= w->limits.limit_bytes)
		assert_true(shard->forecast_s == 0);
	else
		assert_true(fabs(shard->forecast_s * drift + (double)idle -
				 (double)w->limits.limit_bytes) < 1e-3);
}

void brute_series(const struct pw *w, uint32_t pool, const struct pt_report *r)
{
	const struct pt_pool_detail *d = r->pools[1 + pool].detail;
	const struct pt_pool_series *all = &d->occupancy;

	assert_int_equal(all->width_ns, width_of(w->end_ns));
	check_line(w, pool, ALL, PW_IDLE, all->idle_max_bytes, all->idle_end_bytes, all->steps_nr);
	check_line(w, pool, ALL, PW_USED, all->in_use_max_bytes, all->in_use_end_bytes,
		   all->steps_nr);
	for (uint32_t k = 0; k < PW_SHARDS; k++) {
		const struct pt_pool_series *s = &d->shards[k].occupancy;

		assert_int_equal(s->width_ns, all->width_ns);
		assert_null(s->in_use_max_bytes);
		check_line(w, pool, k, PW_IDLE, s->idle_max_bytes, s->idle_end_bytes, s->steps_nr);
		check_heading(w, pool, k, &d->shards[k]);
	}
}
