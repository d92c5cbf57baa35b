/* SPDX-License-Identifier: MIT */
/*
 * brute_pools.c - docs/pools.md by looking at everything for each question: ages, regret, the waterfall, leaks.
 */
#include "brute_pools.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "brute_pools_snapshot.h"

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
