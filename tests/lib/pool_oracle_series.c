/* SPDX-License-Identifier: MIT */
/*
 * pool_oracle_series.c - occupancy by step, drift and its forecast: by replay.
 */
#include <stdlib.h>
#include <string.h>

#include "pool_oracle.h"

#define WIDTH_MIN_NS 65536u
#define STEPS_MAX    128u

static uint64_t width_of(uint64_t end_ns)
{
	uint64_t width = WIDTH_MIN_NS;

	while (end_ns / width >= STEPS_MAX)
		width *= 2;
	return width;
}

/* Largest value within each step, and the one at its end; a step begins with what was there. */
static void put_steps(const struct oracle *o, const struct row *r, const uint64_t *values, size_t keys_nr,
		      size_t key, json_t *max_json, json_t *end_json)
{
	uint64_t width = width_of(o->end_ns), steps_nr = o->end_ns / width + 1, now = 0;
	size_t m = 0;

	for (uint64_t i = 0; i < steps_nr; i++) {
		uint64_t most = now;

		for (; m < r->moments_nr && o->events[r->moments[m]].time_ns < (i + 1) * width; m++) {
			now = values[m * keys_nr + key];
			most = now > most ? now : most;
		}
		json_array_append_new(max_json, pool_oracle_number(most));
		json_array_append_new(end_json, pool_oracle_number(now));
	}
}

static json_t *occupancy(const struct oracle *o, const struct row *r, enum by by, size_t key)
{
	const struct group *g = &r->groups[by];
	json_t *j = json_object(), *max_json = json_array(), *end_json = json_array();

	pool_oracle_set(j, "width_ns", pool_oracle_number(width_of(o->end_ns)));
	put_steps(o, r, g->idle, g->nr, key, max_json, end_json);
	pool_oracle_set(j, "idle_max_bytes", max_json);
	pool_oracle_set(j, "idle_end_bytes", end_json);
	if (by == BY_POOL) {
		max_json = json_array();
		end_json = json_array();
		put_steps(o, r, g->used, g->nr, key, max_json, end_json);
		pool_oracle_set(j, "in_use_max_bytes", max_json);
		pool_oracle_set(j, "in_use_end_bytes", end_json);
	}
	return j;
}

/* Bytes put into the shard before `until` minus bytes got for it; `until` = NONE: all. */
static long double balance(const struct oracle *o, const struct row *r, size_t shard, uint64_t until)
{
	long double sum = 0;

	for (size_t i = 0; i < r->steps_nr; i++) {
		const struct step *s = &r->steps[i];

		if (o->events[s->event].time_ns >= until || o->events[s->event].shard_index != shard)
			continue;
		if (s->what == S_PUT || s->what == S_FOREIGN || s->what == S_UNSEEN || s->what == S_STOCK)
			sum += s->after.bytes;
		else if (s->what == S_HIT || s->what == S_MISS || s->what == S_REGOT)
			sum -= s->after.bytes;
	}
	return sum;
}

/* False: too few points. */
static bool slope(const struct oracle *o, const struct row *r, size_t shard, double *out)
{
	uint64_t width = width_of(o->end_ns), steps_nr = o->end_ns / width + 1;
	long double x[STEPS_MAX], y[STEPS_MAX], mean_x = 0, mean_y = 0, up = 0, down = 0;

	if (steps_nr < 3)
		return false;
	for (uint64_t i = 0; i < steps_nr; i++) {
		bool last = i + 1 == steps_nr;

		x[i] = (long double)(last ? o->end_ns : (i + 1) * width) / 1e9L;
		y[i] = balance(o, r, shard, last ? UINT64_MAX : (i + 1) * width);
		mean_x += x[i] / (long double)steps_nr;
		mean_y += y[i] / (long double)steps_nr;
	}
	for (uint64_t i = 0; i < steps_nr; i++) {
		up += (x[i] - mean_x) * (y[i] - mean_y);
		down += (x[i] - mean_x) * (x[i] - mean_x);
	}
	*out = (double)(up / down);
	return true;
}

static json_t *forecast(const struct oracle *o, const struct metrics *m, double drift)
{
	if (drift < 1 || m->stolen || m->drops || m->purged)
		return json_null();
	if (m->idle_bytes >= o->limit_bytes)
		return json_real(0);
	return json_real((double)(o->limit_bytes - m->idle_bytes) / drift);
}

void pool_oracle_series(const struct oracle *o, struct row *r)
{
	json_t *shards = json_object_get(r->json, "shards");

	pool_oracle_set(r->json, "occupancy", occupancy(o, r, BY_POOL, 0));
	for (size_t k = 0; k < r->shards_nr; k++) {
		json_t *j = json_array_get(shards, k);
		double drift = 0;
		bool known = slope(o, r, k, &drift);

		pool_oracle_set(j, "occupancy", occupancy(o, r, BY_SHARD, k));
		pool_oracle_set(j, "drift_bytes_per_s", known ? json_real(drift) : json_null());
		pool_oracle_set(j, "forecast_s",
				known ? forecast(o, &r->groups[BY_SHARD].rows[k], drift) : json_null());
	}
}
