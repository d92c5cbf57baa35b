/* SPDX-License-Identifier: MIT */
/*
 * pool_ages.c - pass: how long objects have been idle - at the end, at the peak, at each reuse -
 * and how far they have grown.
 *
 * The ages at the peak are not taken at the peak, of which there are as many as misses while a
 * pool grows: an object that was idle then is looked at when it stops being idle, at the latest
 * when the trace ends. It was, if it has been idle since before; the few that became so at that
 * very nanosecond but after the peak, and those that were resized since, are remembered as settled.
 */
#define HASH_NONFATAL_OOM 1

#include "pool_passes.h"

#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "../../format/error.h"
#include "ledger.h"
#include "pool_held.h"
#include "pool_sums.h"

/* Values of a sum, by pt_pool_by and number. */
enum { DEAD_OBJECTS, DEAD_BYTES, RATCHET_BYTES, LATE_OBJECTS, LATE_BYTES };

/* Idle objects that do not count for the histogram at the peak, or have been counted. Which of
 * those that became idle together with as many bytes, makes no difference to it. */
struct settled {
	struct settled_key {
		uint64_t since_ns, bytes;
	} key;
	uint64_t objects;
	UT_hash_handle hh;
};

struct aged {
	struct pt_pool_held held;
	uint64_t ratchet; /* of all idle objects, now */
	uint64_t ratchet_at_peak;
	struct settled *settled; /* since the last peak */
	bool stale;		 /* at_peak is of an earlier peak */
	struct pt_age_histogram at_peak, reuse;
	struct pt_age_histogram **at_end; /* by shard */
	uint32_t at_end_max;
};

struct ages {
	struct aged **pools;
	uint32_t pools_max;
	uint64_t dead_after_ns;
	struct pt_pool_sums sums;
};

static void start(void *state, const struct pt_pools *pools, const struct pt_pool_limits *limits)
{
	(void)pools;
	((struct ages *)state)->dead_after_ns = limits->dead_after_ns;
}

static struct aged *pool_at(struct ages *s, uint32_t pool)
{
	struct aged **pools = pt_pool_grown(s->pools, &s->pools_max, pool, sizeof(*pools));

	if (!pools)
		return NULL;
	s->pools = pools;
	if (!pools[pool])
		pools[pool] = calloc(1, sizeof(**pools));
	return pools[pool];
}

static int settle(struct aged *p, uint64_t since_ns, uint64_t bytes)
{
	const struct settled_key key = { .since_ns = since_ns, .bytes = bytes };
	struct settled *e;

	HASH_FIND(hh, p->settled, &key, sizeof(key), e);
	if (!e) {
		e = calloc(1, sizeof(*e));
		if (!e)
			return -PT_ENOMEM;
		e->key = key;
		HASH_ADD(hh, p->settled, key, sizeof(e->key), e);
		if (!e->hh.tbl) {
			free(e);
			return -PT_ENOMEM;
		}
	}
	e->objects++;
	return 0;
}

static bool unsettle(struct aged *p, uint64_t since_ns, uint64_t bytes)
{
	const struct settled_key key = { .since_ns = since_ns, .bytes = bytes };
	struct settled *e;

	if (!p->settled)
		return false;
	HASH_FIND(hh, p->settled, &key, sizeof(key), e);
	if (!e)
		return false;
	if (!--e->objects) {
		HASH_DEL(p->settled, e);
		free(e);
	}
	return true;
}

static void unsettle_all(struct aged *p)
{
	struct settled *e, *next;

	HASH_ITER(hh, p->settled, e, next)
	{
		HASH_DEL(p->settled, e);
		free(e);
	}
}

/* An idle object is about to leave or to change its size: what it was at the peak. */
static void look_back(struct aged *p, const struct pt_pool_change *c)
{
	if (c->since_ns > p->held.peak_ns || !p->held.peak_bytes ||
	    unsettle(p, c->since_ns, c->old_bytes))
		return;
	if (p->stale)
		memset(&p->at_peak, 0, sizeof(p->at_peak));
	p->stale = false;
	pt_age_add(&p->at_peak, p->held.peak_ns - c->since_ns, c->old_bytes);
}

static uint64_t growth(uint64_t bytes, const struct pt_pool_change *c)
{
	return bytes > c->created_bytes ? bytes - c->created_bytes : 0;
}

/* Where an object is idle at the end, and since whose put; or where and by whom it is got. */
struct place {
	uint32_t number[PT_POOL_BY_NR];
};

/* Objects and bytes, into values `first` and the next. */
static int add_sums(struct ages *s, const struct pt_pool_change *c, const struct place *at,
		    int first)
{
	for (uint32_t by = 0; by < PT_POOL_BY_NR; by++) {
		uint64_t *v = pt_pool_sums_at(&s->sums, c->pool, by, at->number[by], 0);

		if (!v)
			return -PT_ENOMEM;
		v[first]++;
		v[first + 1] += c->old_bytes;
	}
	return 0;
}

static int left_at_end(struct ages *s, struct aged *p, const struct pt_pool_change *c)
{
	const struct place at = { { c->shard, c->old_thread, c->old_cpu, c->old_site } };
	struct pt_age_histogram **at_end =
		pt_pool_grown(p->at_end, &p->at_end_max, c->shard, sizeof(*at_end));
	uint64_t age_ns = c->time_ns - c->since_ns, ratchet = growth(c->old_bytes, c);

	if (!at_end)
		return -PT_ENOMEM;
	p->at_end = at_end;
	if (!at_end[c->shard])
		at_end[c->shard] = calloc(1, sizeof(**at_end));
	if (!at_end[c->shard])
		return -PT_ENOMEM;
	pt_age_add(at_end[c->shard], age_ns, c->old_bytes);
	for (uint32_t by = 0; ratchet && by < PT_POOL_BY_NR; by++) {
		uint64_t *v = pt_pool_sums_at(&s->sums, c->pool, by, at.number[by], 0);

		if (!v)
			return -PT_ENOMEM;
		v[RATCHET_BYTES] += ratchet;
	}
	look_back(p, c);
	return age_ns >= s->dead_after_ns ? add_sums(s, c, &at, DEAD_OBJECTS) : 0;
}

static int reused(struct ages *s, struct aged *p, const struct pt_pool_change *c)
{
	const struct place at = { { c->shard, c->thread, c->cpu, c->site } };
	uint64_t age_ns = c->time_ns - c->since_ns;

	pt_age_add(&p->reuse, age_ns, c->old_bytes);
	look_back(p, c);
	p->ratchet -= growth(c->old_bytes, c);
	return age_ns >= s->dead_after_ns ? add_sums(s, c, &at, LATE_OBJECTS) : 0;
}

/* What the pool looked like at a new peak, right after the event. */
static void peak(struct aged *p)
{
	p->stale = true;
	p->ratchet_at_peak = p->ratchet;
	if (p->settled)
		unsettle_all(p);
}

static int change(void *state, const struct pt_pool_change *c)
{
	struct ages *s = state;
	struct aged *p = pool_at(s, c->pool);
	int r = 0;

	if (!p)
		return -PT_ENOMEM;
	switch (c->kind) {
	case PT_POOL_HIT:
		r = reused(s, p, c);
		break;
	case PT_POOL_PUT:
	case PT_POOL_STOCKED:
		p->ratchet += growth(c->bytes, c);
		break;
	case PT_POOL_LEFT_IDLE:
		look_back(p, c);
		p->ratchet -= growth(c->old_bytes, c);
		break;
	case PT_POOL_RESIZED:
		if (!(c->flags & PT_POOL_IDLE))
			break;
		look_back(p, c);
		p->ratchet += growth(c->bytes, c) - growth(c->old_bytes, c);
		break;
	case PT_POOL_END_IDLE:
		return left_at_end(s, p, c);
	}
	if (r)
		return r;
	if (pt_pool_held_apply(&p->held, c)) {
		peak(p);
		return 0;
	}
	switch (c->kind) {
	case PT_POOL_PUT:
	case PT_POOL_STOCKED: /* too late for the peak, which only the order of events shows */
		return c->time_ns == p->held.peak_ns ? settle(p, c->time_ns, c->bytes) : 0;
	case PT_POOL_RESIZED: /* looked at, or not there at the peak */
		return c->flags & PT_POOL_IDLE && c->since_ns <= p->held.peak_ns
			       ? settle(p, c->since_ns, c->bytes)
			       : 0;
	default:
		return 0;
	}
}

static void add_row(struct pt_pool_row *row, const uint64_t *v)
{
	row->dead_hoard_objects += v[DEAD_OBJECTS];
	row->dead_hoard_bytes += v[DEAD_BYTES];
	row->ratchet_bytes += v[RATCHET_BYTES];
	row->late_reuse_objects += v[LATE_OBJECTS];
	row->late_reuse_bytes += v[LATE_BYTES];
}

static void forget_row(struct pt_pool_row *row)
{
	row->dead_hoard_objects = row->dead_hoard_bytes = PT_UNKNOWN;
	row->late_reuse_objects = row->late_reuse_bytes = PT_UNKNOWN;
}

/* The trace is so short that nothing can have been idle for long. */
static void forget_dead(const struct pt_pool_finish *f)
{
	for (uint32_t i = 0; i < pt_pool_rows_nr(f); i++) {
		struct pt_pool_detail *d = f->rows[i].detail;
		struct pt_pool_row *row;

		forget_row(&d->row);
		for (int by = 0; by < PT_POOL_BY_NR; by++) {
			for (size_t k = 0; (row = pt_pool_row_at(d, by, k)); k++)
				forget_row(row);
		}
	}
}

static int finish(void *state, const struct pt_pool_finish *f)
{
	struct ages *s = state;

	pt_pool_sums_fill(&s->sums, f, add_row);
	if (f->end_ns < s->dead_after_ns)
		forget_dead(f);
	for (uint32_t i = 0; i < pt_pool_rows_nr(f); i++) {
		struct pt_pool_detail *d = f->rows[i].detail;
		struct aged *p = i < s->pools_max ? s->pools[i] : NULL;

		d->idle_age_at_peak = calloc(1, sizeof(*d->idle_age_at_peak));
		if (!d->idle_age_at_peak)
			return -PT_ENOMEM;
		if (!p)
			continue;
		if (!p->stale)
			*d->idle_age_at_peak = p->at_peak;
		d->ratchet_at_peak_bytes = p->ratchet_at_peak;
		f->rows[i].reuse_age = p->reuse;
		for (uint32_t k = 0; k < p->at_end_max && k < d->shards_nr; k++) {
			d->shards[k].idle_age = p->at_end[k];
			p->at_end[k] = NULL; /* the report's now */
		}
	}
	return 0;
}

static void fini(void *state)
{
	struct ages *s = state;

	for (uint32_t i = 0; i < s->pools_max; i++) {
		struct aged *p = s->pools[i];

		if (!p)
			continue;
		unsettle_all(p);
		for (uint32_t k = 0; k < p->at_end_max; k++)
			free(p->at_end[k]);
		free(p->at_end);
		free(p);
	}
	free(s->pools);
	pt_pool_sums_fini(&s->sums);
}

const struct pt_pool_pass pt_pool_pass_ages = {
	.name = "ages",
	.summary = "how long objects are idle, and how far they have grown",
	.state_size = sizeof(struct ages),
	.start = start,
	.change = change,
	.finish = finish,
	.fini = fini,
};
