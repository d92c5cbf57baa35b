/* SPDX-License-Identifier: MIT */
/*
 * brute_pools.c - docs/pools.md by looking at everything for each question.
 */
#include "brute_pools.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ALL UINT32_MAX

/* All objects of one pool. */
struct snapshot {
	struct pw_object objects[PW_OBJECTS];
};

static void apply(struct snapshot *s, const struct pt_pool_change *c)
{
	struct pw_object *o = &s->objects[c->addr / 4096 - 1];

	switch (c->kind) {
	case PT_POOL_HIT:
	case PT_POOL_MISS:
	case PT_POOL_REGOT:
	case PT_POOL_PUT:
	case PT_POOL_STOCKED:
		*o = (struct pw_object){
			.state = c->kind < PT_POOL_PUT ? PW_USED : PW_IDLE,
			.shard = c->shard,
			.thread = c->thread,
			.cpu = c->cpu,
			.site = c->site,
			.since_ns = c->time_ns,
			.bytes = c->bytes,
			.created_bytes = c->created_bytes,
		};
		break;
	case PT_POOL_MOVED:
		o->shard = c->shard;
		break;
	case PT_POOL_RESIZED:
		o->bytes = c->bytes;
		break;
	case PT_POOL_LEFT_IDLE:
	case PT_POOL_LEFT_USED:
		o->state = PW_NOTHING;
		break;
	}
}

static uint64_t sum(const struct snapshot *s, enum pw_state state, uint32_t shard, bool created)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < PW_OBJECTS; i++) {
		const struct pw_object *o = &s->objects[i];

		if (o->state == state && (shard == ALL || o->shard == shard))
			bytes += created ? o->created_bytes : o->bytes;
	}
	return bytes;
}

/* Right after the change that made the pool hold more than ever. False: it never held a byte. */
static bool at_peak(const struct pw *w, uint32_t pool, struct snapshot *out, size_t *at)
{
	struct snapshot s = { 0 };
	uint64_t most = 0;

	for (size_t i = 0; i < w->nr; i++) {
		uint64_t held;

		if (w->changes[i].pool != pool)
			continue;
		apply(&s, &w->changes[i]);
		held = sum(&s, PW_USED, ALL, false) + sum(&s, PW_IDLE, ALL, false);
		if (held <= most)
			continue;
		most = held;
		*out = s;
		*at = i;
	}
	return most;
}

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

static void add_age(struct pt_age_histogram *h, uint64_t age_ns, uint64_t bytes)
{
	int bucket = 0;

	while (bucket + 1 < PT_AGE_BUCKETS && age_ns / 1000 >= 2ull << bucket)
		bucket++;
	h->objects[bucket]++;
	h->bytes[bucket] += bytes;
}

static uint64_t growth(uint64_t bytes, uint64_t created_bytes)
{
	return bytes > created_bytes ? bytes - created_bytes : 0;
}

/* Whether the place (of a put, or of a get) is what row `number` of a breakdown is of. */
static bool is_at(int by, uint32_t number, uint32_t shard, uint32_t thread, uint16_t cpu,
		  uint32_t site)
{
	const uint32_t at[] = { shard, thread, cpu, site };

	return by == PT_POOL_BY_NR || at[by] == number;
}

static void check_row(const struct pw *w, uint32_t pool, int by, uint32_t number,
		      const struct pt_pool_row *row)
{
	uint64_t objects = 0, bytes = 0, ratchet = 0, late = 0, late_bytes = 0;
	bool known = w->end_ns >= w->limits.dead_after_ns;

	for (size_t i = 0; i < w->nr; i++) {
		const struct pt_pool_change *c = &w->changes[i];
		bool old = c->time_ns - c->since_ns >= w->limits.dead_after_ns;

		if (c->pool != pool)
			continue;
		if (c->kind == PT_POOL_END_IDLE &&
		    is_at(by, number, c->shard, c->old_thread, c->old_cpu, c->old_site)) {
			objects += old;
			bytes += old ? c->bytes : 0;
			ratchet += growth(c->bytes, c->created_bytes);
		}
		if (c->kind == PT_POOL_HIT && old &&
		    is_at(by, number, c->shard, c->thread, c->cpu, c->site)) {
			late++;
			late_bytes += c->old_bytes;
		}
	}
	assert_int_equal(row->dead_hoard_objects, known ? objects : PT_UNKNOWN);
	assert_int_equal(row->dead_hoard_bytes, known ? bytes : PT_UNKNOWN);
	assert_int_equal(row->late_reuse_objects, known ? late : PT_UNKNOWN);
	assert_int_equal(row->late_reuse_bytes, known ? late_bytes : PT_UNKNOWN);
	assert_int_equal(row->ratchet_bytes, ratchet);
}

static void check_rows(const struct pw *w, uint32_t pool, const struct pt_pool_detail *d)
{
	check_row(w, pool, PT_POOL_BY_NR, 0, &d->row);
	for (uint32_t i = 0; i < PW_SHARDS; i++)
		check_row(w, pool, PT_POOL_BY_SHARD, i, &d->shards[i].row);
	for (uint32_t i = 0; i < PW_THREADS; i++)
		check_row(w, pool, PT_POOL_BY_THREAD, i, &d->threads[i].row);
	for (uint32_t i = 0; i < PW_SITES; i++)
		check_row(w, pool, PT_POOL_BY_SITE, i, &d->sites[i].row);
	for (uint32_t i = 0; i < PW_CPUS; i++) {
		for (uint32_t k = 0; k < PW_CPUS; k++) {
			if (d->cpus[k].cpu == pw_cpu((uint16_t)i))
				check_row(w, pool, PT_POOL_BY_CPU, i, &d->cpus[k].row);
		}
	}
}

void brute_ages(const struct pw *w, uint32_t pool, const struct pt_report *r)
{
	const struct pt_pool_detail *d = r->pools[1 + pool].detail;
	struct pt_age_histogram ages[PW_SHARDS] = { 0 }, reuse = { 0 }, peak_ages = { 0 },
				none = { 0 };
	struct snapshot peak;
	uint64_t ratchet = 0;
	size_t at;

	for (size_t i = 0; i < w->nr; i++) {
		const struct pt_pool_change *c = &w->changes[i];

		if (c->pool != pool)
			continue;
		if (c->kind == PT_POOL_HIT)
			add_age(&reuse, c->time_ns - c->since_ns, c->old_bytes);
		if (c->kind == PT_POOL_END_IDLE)
			add_age(&ages[c->shard], c->time_ns - c->since_ns, c->bytes);
	}
	assert_memory_equal(&r->pools[1 + pool].reuse_age, &reuse, sizeof(reuse));
	for (uint32_t k = 0; k < PW_SHARDS; k++)
		assert_memory_equal(d->shards[k].idle_age ? d->shards[k].idle_age : &none, &ages[k],
				    sizeof(none));
	if (at_peak(w, pool, &peak, &at)) {
		for (uint32_t i = 0; i < PW_OBJECTS; i++) {
			const struct pw_object *o = &peak.objects[i];

			if (o->state != PW_IDLE)
				continue;
			add_age(&peak_ages, w->changes[at].time_ns - o->since_ns, o->bytes);
			ratchet += growth(o->bytes, o->created_bytes);
		}
	}
	assert_memory_equal(d->idle_age_at_peak, &peak_ages, sizeof(peak_ages));
	assert_int_equal(d->ratchet_at_peak_bytes, ratchet);
	check_rows(w, pool, d);
}

static bool is_drop(const struct pt_pool_change *c)
{
	return (c->kind == PT_POOL_LEFT_IDLE || c->kind == PT_POOL_LEFT_USED) &&
	       !(c->flags & (PT_POOL_VANISHED | PT_POOL_DESTROYED));
}

static void regret_row(const struct pw *w, uint32_t pool, const bool *taken, uint32_t shard,
		       uint32_t site, const struct pt_pool_row *row)
{
	uint64_t regretted = 0, bytes = 0, useful = 0;

	for (size_t i = 0; i < w->nr; i++) {
		const struct pt_pool_change *c = &w->changes[i];

		if (c->pool != pool || !is_drop(c) || (shard != ALL && c->shard != shard) ||
		    (site != ALL && c->site != site))
			continue;
		regretted += taken[i];
		bytes += taken[i] ? c->old_bytes : 0;
		useful += !taken[i];
	}
	assert_int_equal(row->regretted_drops, regretted);
	assert_int_equal(row->regretted_bytes, bytes);
	assert_int_equal(row->useful_drops, useful);
}

void brute_regret(const struct pw *w, uint32_t pool, const struct pt_report *r)
{
	const struct pt_pool_detail *d = r->pools[1 + pool].detail;
	bool *taken = calloc(w->nr, sizeof(*taken));

	assert_non_null(taken);
	for (size_t i = 0; i < w->nr; i++) {
		const struct pt_pool_change *miss = &w->changes[i];

		if (miss->pool != pool || miss->kind != PT_POOL_MISS)
			continue;
		for (size_t k = i; k-- > 0;) {
			const struct pt_pool_change *c = &w->changes[k];

			if (c->pool != pool || !is_drop(c) || taken[k] ||
			    miss->time_ns - c->time_ns > w->limits.regret_within_ns ||
			    (!w->one_size[pool] && c->old_bytes < miss->bytes))
				continue;
			taken[k] = true;
			break;
		}
	}
	regret_row(w, pool, taken, ALL, ALL, &d->row);
	for (uint32_t i = 0; i < PW_SHARDS; i++)
		regret_row(w, pool, taken, i, ALL, &d->shards[i].row);
	for (uint32_t i = 0; i < PW_SITES; i++)
		regret_row(w, pool, taken, ALL, i, &d->sites[i].row);
	free(taken);
}

void brute_waterfall(const struct pw *w, uint32_t pool, const struct pt_report *r)
{
	const struct pt_pool_waterfall *f = &r->pools[1 + pool].detail->waterfall;
	struct snapshot peak = { 0 }, s = { 0 };
	uint64_t held = 0, need = 0, idle, created;
	size_t at = 0;
	bool any = at_peak(w, pool, &peak, &at);

	for (size_t i = 0; any && i <= at; i++) {
		const struct pt_pool_change *c = &w->changes[i];

		if (c->pool != pool)
			continue;
		apply(&s, c);
		need = sum(&s, PW_USED, ALL, true);
		if (c->kind == PT_POOL_LEFT_IDLE)
			held = held > c->created_bytes ? held - c->created_bytes : 0;
		if (c->kind == PT_POOL_STOCKED)
			held += c->created_bytes;
		held = held > need ? held : need;
	}
	idle = sum(&peak, PW_IDLE, ALL, false);
	created = sum(&peak, PW_IDLE, ALL, true);
	assert_int_equal(f->in_use_bytes, sum(&peak, PW_USED, ALL, false));
	assert_int_equal(f->held_bytes, f->in_use_bytes + idle);
	assert_int_equal(f->sharding_bytes, (int64_t)created - (int64_t)(held - need));
	assert_int_equal(f->time_bytes, held - need);
	assert_int_equal(f->ratchet_bytes, (int64_t)idle - (int64_t)created);
	assert_int_equal(f->graph_bytes, INT64_MIN);
	assert_int_equal(f->sharding_bytes + f->time_bytes + f->ratchet_bytes,
			 f->held_bytes - f->in_use_bytes);
}

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static uint64_t p999(const struct pw *w, uint32_t pool)
{
	uint64_t *holds = calloc(w->nr, sizeof(*holds)), edge = PT_UNKNOWN, p;
	size_t nr = 0;
	int shift = 0;

	assert_non_null(holds);
	for (size_t i = 0; i < w->nr; i++) {
		if (w->changes[i].pool == pool && w->changes[i].kind == PT_POOL_PUT)
			holds[nr++] = w->changes[i].time_ns - w->changes[i].since_ns;
	}
	qsort(holds, nr, sizeof(*holds), by_value);
	if (nr >= 1000) {
		p = holds[(999 * nr + 999) / 1000 - 1];
		while (p >> shift >= 32)
			shift++;
		edge = (((p >> shift) + 1) << shift) - 1;
	}
	free(holds);
	return edge;
}

static struct pt_pool_leak leak_of(const struct pw *w, uint32_t pool, uint32_t site,
				   uint32_t thread, uint64_t too_long_ns)
{
	struct pt_pool_leak leak = { .site = site, .thread = thread };

	for (size_t i = 0; i < w->nr; i++) {
		const struct pt_pool_change *c = &w->changes[i];
		bool destroyed = c->kind == PT_POOL_LEFT_USED && c->flags & PT_POOL_DESTROYED;
		uint64_t hold_ns = c->time_ns - c->since_ns;

		if (c->pool != pool || c->old_site != site || c->old_thread != thread ||
		    (!destroyed && c->kind != PT_POOL_END_USED))
			continue;
		leak.objects++;
		leak.bytes += c->bytes;
		leak.at_destroy += destroyed;
		leak.thread_is_gone += w->threads[thread].exited;
		leak.held_too_long += hold_ns > too_long_ns;
		if (hold_ns > leak.longest_hold_ns)
			leak.longest_hold_ns = hold_ns;
	}
	return leak;
}

void brute_leaks(const struct pw *w, uint32_t pool, const struct pt_report *r)
{
	const struct pt_pool_detail *d = r->pools[1 + pool].detail;
	uint64_t edge = p999(w, pool);
	size_t seen = 0;

	assert_int_equal(d->hold_p999_ns, edge);
	for (uint32_t site = 0; site < PW_SITES; site++) {
		for (uint32_t thread = 0; thread < PW_THREADS; thread++) {
			struct pt_pool_leak leak = leak_of(w, pool, site, thread, edge);

			if (!leak.objects)
				continue;
			seen++;
			for (size_t i = 0; i <= d->leaks_nr; i++) {
				assert_true(i < d->leaks_nr);
				if (d->leaks[i].site != site || d->leaks[i].thread != thread)
					continue;
				assert_memory_equal(&d->leaks[i], &leak, sizeof(leak));
				break;
			}
		}
	}
	assert_int_equal(d->leaks_nr, seen);
	for (size_t i = 1; i < d->leaks_nr; i++)
		assert_true(d->leaks[i - 1].bytes >= d->leaks[i].bytes);
}
