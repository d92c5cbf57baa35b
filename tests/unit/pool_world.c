/* SPDX-License-Identifier: MIT */
/*
 * pool_world.c - the model that is played, and the driver of passes.
 */
#include "pool_world.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct pw *pw_open(void)
{
	struct pw *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->limits = (struct pt_pool_limits)PT_POOL_LIMITS_DEFAULT;
	return w;
}

void pw_close(struct pw *w)
{
	free(w->changes);
	free(w);
}

static uint64_t addr_of(uint32_t object)
{
	return 4096ull * (object + 1);
}

/* A change by who does the next thing; of an object as it was. */
static struct pt_pool_change *add(struct pw *w, uint8_t kind, uint32_t pool, uint32_t object,
				  uint32_t shard)
{
	const struct pw_object *o = &w->objects[pool][object];
	struct pt_pool_change *c;

	if (w->nr == w->max) {
		w->max = w->max ? 2 * w->max : 1024;
		w->changes = reallocarray(w->changes, w->max, sizeof(*w->changes));
		assert_non_null(w->changes);
	}
	c = &w->changes[w->nr++];
	*c = (struct pt_pool_change){
		.kind = kind,
		.flags = w->one_size[pool] ? PT_POOL_ONE_SIZE : 0,
		.cpu = w->cpu,
		.old_cpu = o->cpu,
		.pool = pool,
		.shard = shard,
		.old_shard = o->shard,
		.thread = w->thread,
		.old_thread = o->thread,
		.site = w->site,
		.old_site = o->site,
		.time_ns = w->now_ns,
		.since_ns = o->since_ns,
		.addr = addr_of(object),
		.bytes = o->bytes,
		.old_bytes = o->bytes,
		.created_bytes = o->created_bytes,
	};
	return c;
}

static void becomes(struct pw *w, uint32_t pool, uint32_t object, enum pw_state state,
		    uint32_t shard)
{
	struct pw_object *o = &w->objects[pool][object];

	o->state = state;
	o->shard = shard;
	o->thread = w->thread;
	o->site = w->site;
	o->cpu = w->cpu;
	o->since_ns = w->now_ns;
}

void pw_get(struct pw *w, uint32_t pool, uint32_t object, uint64_t bytes, uint32_t shard)
{
	struct pw_object *o = &w->objects[pool][object];
	struct pt_pool_change *c;

	c = add(w,
		o->state == PW_NOTHING ? PT_POOL_MISS
		: o->state == PW_IDLE  ? PT_POOL_HIT
				       : PT_POOL_REGOT,
		pool, object, shard);
	if (c->kind == PT_POOL_MISS)
		o->created_bytes = c->old_bytes = bytes;
	c->created_bytes = o->created_bytes;
	o->bytes = c->bytes = bytes;
	if (c->kind == PT_POOL_HIT && o->shard != shard)
		c->flags |= PT_POOL_STEAL;
	/* A model says nothing of what was before; nobody may rely on it. */
	if (c->kind == PT_POOL_MISS)
		c->old_shard = c->old_thread = c->old_site = UINT32_MAX;
	becomes(w, pool, object, PW_USED, shard);
}

void pw_put(struct pw *w, uint32_t pool, uint32_t object, uint32_t shard)
{
	if (w->objects[pool][object].state == PW_IDLE) {
		add(w, PT_POOL_REPUT, pool, object, shard);
		return;
	}
	add(w, PT_POOL_PUT, pool, object, shard);
	becomes(w, pool, object, PW_IDLE, shard);
}

void pw_stock(struct pw *w, uint32_t pool, uint32_t object, uint64_t bytes, uint32_t shard)
{
	struct pw_object *o = &w->objects[pool][object];
	struct pt_pool_change *c = add(w, PT_POOL_STOCKED, pool, object, shard);

	c->old_shard = c->old_thread = c->old_site = UINT32_MAX;
	o->bytes = o->created_bytes = c->bytes = c->old_bytes = c->created_bytes = bytes;
	becomes(w, pool, object, PW_IDLE, shard);
}

void pw_leave(struct pw *w, uint32_t pool, uint32_t object, uint16_t flags)
{
	struct pw_object *o = &w->objects[pool][object];
	uint8_t kind = o->state == PW_IDLE ? PT_POOL_LEFT_IDLE : PT_POOL_LEFT_USED;

	add(w, kind, pool, object, o->shard)->flags |= flags;
	o->state = PW_NOTHING;
}

void pw_move(struct pw *w, uint32_t pool, uint32_t object, uint32_t shard)
{
	add(w, PT_POOL_MOVED, pool, object, shard);
	w->objects[pool][object].shard = shard;
}

void pw_resize(struct pw *w, uint32_t pool, uint32_t object, uint64_t bytes)
{
	struct pw_object *o = &w->objects[pool][object];
	struct pt_pool_change *c = add(w, PT_POOL_RESIZED, pool, object, o->shard);

	c->bytes = o->bytes = bytes;
	c->flags |= o->state == PW_IDLE ? PT_POOL_IDLE : 0;
}

void pw_end(struct pw *w, uint64_t end_ns)
{
	w->now_ns = w->end_ns = end_ns;
	for (uint32_t pool = 0; pool < PW_POOLS; pool++) {
		for (uint32_t i = 0; i < PW_OBJECTS; i++) {
			const struct pw_object *o = &w->objects[pool][i];

			if (o->state != PW_NOTHING)
				add(w, o->state == PW_IDLE ? PT_POOL_END_IDLE : PT_POOL_END_USED,
				    pool, i, o->shard);
		}
	}
}

uint64_t pw_chance(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
	return *seed >> 33;
}

static void one_event(struct pw *w, uint64_t *seed, uint32_t pool, uint32_t i)
{
	const struct pw_object *o = &w->objects[pool][i];
	uint32_t shard = (uint32_t)(pw_chance(seed) % PW_SHARDS);
	uint64_t bytes = w->one_size[pool] ? 512 : 16 * (pw_chance(seed) % 24);
	uint64_t what = pw_chance(seed) % 32;
	static const uint16_t leaves[4] = { 0, PT_POOL_BY_PURGE, PT_POOL_VANISHED,
					    PT_POOL_DESTROYED };

	if (o->state == PW_NOTHING && what < 24)
		pw_get(w, pool, i, bytes, shard);
	else if (o->state == PW_NOTHING)
		pw_stock(w, pool, i, bytes, shard);
	else if (what < 20 && o->state == PW_USED)
		pw_put(w, pool, i, shard);
	else if (what < 20)
		pw_get(w, pool, i, what < 3 ? bytes : o->bytes, shard);
	else if (what < 22)
		pw_get(w, pool, i, o->bytes, shard);
	else if (what < 24 && o->state == PW_IDLE)
		pw_put(w, pool, i, shard);
	else if (what < 26 && o->state == PW_IDLE && o->shard != shard)
		pw_move(w, pool, i, shard);
	else if (what < 28)
		pw_resize(w, pool, i, 16 * (pw_chance(seed) % 64));
	else if (o->state == PW_USED && what % 4 == 1)
		pw_leave(w, pool, i, 0);
	else
		pw_leave(w, pool, i, leaves[what % 4]);
}

struct pw *pw_random(uint64_t seed, size_t nr, uint64_t step_ns)
{
	struct pw *w = pw_open();
	uint32_t objects = 1 + (uint32_t)(pw_chance(&seed) % PW_OBJECTS);

	w->limits.dead_after_ns = 1 + pw_chance(&seed) % (nr * step_ns / 4 + 1);
	w->limits.regret_within_ns = pw_chance(&seed) % (64 * step_ns);
	w->limits.limit_bytes = pw_chance(&seed) % 100000;
	for (uint32_t i = 0; i < PW_POOLS; i++)
		w->one_size[i] = pw_chance(&seed) % 2;
	for (uint32_t i = 0; i < PW_THREADS; i++)
		w->threads[i].exited = pw_chance(&seed) % 2;
	w->now_ns = pw_chance(&seed) % (step_ns * 16 + 1);
	while (w->nr < nr) {
		/* Half of the time passes in no time: order counts, not the clock. */
		if (pw_chance(&seed) % 2)
			w->now_ns += pw_chance(&seed) % (step_ns + 1);
		w->thread = (uint32_t)(pw_chance(&seed) % PW_THREADS);
		w->site = (uint32_t)(pw_chance(&seed) % PW_SITES);
		w->cpu = (uint16_t)(pw_chance(&seed) % PW_CPUS);
		one_event(w, &seed, (uint32_t)(pw_chance(&seed) % PW_POOLS),
			  (uint32_t)(pw_chance(&seed) % objects));
	}
	pw_end(w, w->now_ns + pw_chance(&seed) % (step_ns * nr / 8 + 1));
	return w;
}

uint32_t pw_cpu(uint16_t number)
{
	return 40 - 3u * number;
}

/* The model's, which is not linked in here: the passes ask it for nothing else. */
uint32_t pt_pools_cpu(const struct pt_pools *p, uint16_t cpu)
{
	(void)p;
	return pw_cpu(cpu);
}

static void make_detail(struct pt_pool_detail *d)
{
	d->shards = calloc(PW_SHARDS, sizeof(*d->shards));
	d->threads = calloc(PW_THREADS, sizeof(*d->threads));
	d->cpus = calloc(PW_CPUS, sizeof(*d->cpus));
	d->sites = calloc(PW_SITES, sizeof(*d->sites));
	d->shards_nr = PW_SHARDS;
	d->threads_nr = PW_THREADS;
	d->cpus_nr = PW_CPUS;
	d->sites_nr = PW_SITES;
	for (uint32_t i = 0; i < PW_SHARDS; i++)
		d->shards[i].drift_bytes_per_s = d->shards[i].forecast_s = NAN;
	for (uint32_t i = 0; i < PW_THREADS; i++)
		d->threads[i].thread = i;
	for (uint32_t i = 0; i < PW_CPUS; i++)
		d->cpus[PW_CPUS - 1 - i].cpu = pw_cpu((uint16_t)i);
	for (uint32_t i = 0; i < PW_SITES; i++)
		d->sites[i].site = i;
}

void pw_run(const struct pw *w, const struct pt_pool_pass *const *passes, struct pt_report *out)
{
	struct pt_trace trace = { .threads = (struct pt_thread_info *)w->threads,
				  .threads_nr = PW_THREADS,
				  .end_ns = w->end_ns };
	struct pt_pool_finish f = {
		.trace = &trace, .limits = &w->limits, .report = out, .end_ns = w->end_ns
	};

	memset(out, 0, sizeof(*out));
	out->pools_nr = 1 + PW_POOLS; /* malloc's is the first */
	out->pools = calloc(out->pools_nr, sizeof(*out->pools));
	assert_non_null(out->pools);
	f.rows = out->pools + 1;
	for (uint32_t i = 0; i < PW_POOLS; i++) {
		f.rows[i].detail = calloc(1, sizeof(*f.rows[i].detail));
		assert_non_null(f.rows[i].detail);
		make_detail(f.rows[i].detail);
	}
	for (; *passes; passes++) {
		const struct pt_pool_pass *pass = *passes;
		void *state = calloc(1, pass->state_size);

		assert_non_null(state);
		if (pass->start)
			pass->start(state, NULL, &w->limits);
		for (size_t i = 0; i < w->nr; i++)
			assert_int_equal(pass->change(state, &w->changes[i]), 0);
		assert_int_equal(pass->finish(state, &f), 0);
		if (pass->fini)
			pass->fini(state);
		free(state);
	}
}
