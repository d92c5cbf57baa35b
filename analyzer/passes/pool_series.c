/* SPDX-License-Identifier: MIT */
/*
 * pool_series.c - pass: idle bytes over time, of each shard and pool; where a shard is heading.
 *
 * Time is cut into at most 128 steps, which double in width as the trace goes on. A line keeps
 * only the steps in which it changed, so that ten thousand shards of one object each cost little.
 */
#include "pool_passes.h"

#include <math.h>
#include <stdlib.h>

#include "../../format/error.h"
#include "pool_rows.h"
#include "pool_slope.h"

#define FIRST_WIDTH_LOG2 16u /* 65,536 ns */
#define LIMIT_RATE	 1.0 /* bytes per second: less is not heading anywhere */

/* One step of a line in which something happened. */
struct point {
	uint32_t step;
	uint64_t idle_max, idle_end;
	uint64_t in_use_max; /* pools only */
	uint64_t second_end; /* as `second` of its line */
};

struct line {
	uint64_t idle;
	uint64_t second; /* of a pool: bytes in use; of a shard: put into it - got for it, modulo
			    2^64 */
	struct point *points;
	uint32_t nr, max;
	bool bounded; /* something was stolen from the shard, or dropped */
};

struct lines {
	struct line pool;
	struct line *shards;
	uint32_t shards_max;
};

struct series {
	struct lines *pools;
	uint32_t pools_max;
	unsigned int width_log2; /* ns; 0 = no change so far */
};

/* Two steps become one. */
static void halve(struct line *l)
{
	uint32_t nr = 0;

	for (uint32_t i = 0; i < l->nr; i++) {
		struct point p = l->points[i];
		struct point *last = nr ? &l->points[nr - 1] : NULL;

		p.step /= 2;
		if (!last || last->step != p.step) {
			l->points[nr++] = p;
			continue;
		}
		if (last->idle_max > p.idle_max)
			p.idle_max = last->idle_max;
		if (last->in_use_max > p.in_use_max)
			p.in_use_max = last->in_use_max;
		*last = p;
	}
	l->nr = nr;
}

/* Steps so wide that time_ns lies in one of them. */
static void widen(struct series *s, uint64_t time_ns)
{
	if (!s->width_log2)
		s->width_log2 = FIRST_WIDTH_LOG2;
	while (time_ns >> s->width_log2 >= PT_SERIES_STEPS_MAX) {
		s->width_log2++;
		for (uint32_t i = 0; i < s->pools_max; i++) {
			halve(&s->pools[i].pool);
			for (uint32_t k = 0; k < s->pools[i].shards_max; k++)
				halve(&s->pools[i].shards[k]);
		}
	}
}

/* The line has new values. */
static int put_down(struct line *l, uint32_t step)
{
	struct point *p;

	if (!l->nr || l->points[l->nr - 1].step != step) {
		const struct point *before;

		p = pt_pool_grown(l->points, &l->max, l->nr, sizeof(*p));
		if (!p)
			return -PT_ENOMEM;
		l->points = p;
		before = l->nr ? &p[l->nr - 1] : NULL;
		/* What it begins with counts. */
		p[l->nr++] = (struct point){ .step = step,
					     .idle_max = before ? before->idle_end : 0,
					     .in_use_max = before ? before->second_end : 0 };
	}
	p = &l->points[l->nr - 1];
	p->idle_end = l->idle;
	p->second_end = l->second;
	if (p->idle_max < l->idle)
		p->idle_max = l->idle;
	if (p->in_use_max < l->second)
		p->in_use_max = l->second;
	return 0;
}

/* Out of one shard, and into or for another. */
static bool has_two(const struct pt_pool_change *c)
{
	return c->kind == PT_POOL_HIT || c->kind == PT_POOL_MOVED;
}

static struct lines *pool_at(struct series *s, const struct pt_pool_change *c)
{
	uint32_t last = has_two(c) && c->old_shard > c->shard ? c->old_shard : c->shard;
	struct lines *pool = pt_pool_grown(s->pools, &s->pools_max, c->pool, sizeof(*pool));
	struct line *shards;

	if (!pool)
		return NULL;
	s->pools = pool;
	pool += c->pool;
	shards = pt_pool_grown(pool->shards, &pool->shards_max, last, sizeof(*shards));
	if (!shards)
		return NULL;
	pool->shards = shards;
	return pool;
}

/* Of LEFT_*: by a drop or a purge. */
static bool dropped(const struct pt_pool_change *c)
{
	return !(c->flags & (PT_POOL_VANISHED | PT_POOL_DESTROYED));
}

/* What the change does to the lines. Returns how many shards' lines are in `touched`. */
static int apply(struct lines *pool, const struct pt_pool_change *c, struct line *touched[2])
{
	struct line *all = &pool->pool, *shard = &pool->shards[c->shard];

	touched[0] = touched[1] = shard;
	if (has_two(c))
		touched[1] = &pool->shards[c->old_shard];
	switch (c->kind) {
	case PT_POOL_HIT:
		all->idle -= c->old_bytes;
		all->second += c->bytes;
		touched[1]->idle -= c->old_bytes;
		touched[1]->bounded |= !!(c->flags & PT_POOL_STEAL);
		shard->second -= c->bytes;
		return 2;
	case PT_POOL_MISS:
		all->second += c->bytes;
		shard->second -= c->bytes;
		return 1;
	case PT_POOL_REGOT:
		all->second += c->bytes - c->old_bytes;
		shard->second -= c->bytes;
		return 1;
	case PT_POOL_PUT:
		all->second -= c->old_bytes;
		all->idle += c->bytes;
		shard->idle += c->bytes;
		shard->second += c->bytes;
		return 1;
	case PT_POOL_STOCKED:
		all->idle += c->bytes;
		shard->idle += c->bytes;
		shard->second += c->bytes;
		return 1;
	case PT_POOL_LEFT_IDLE:
		all->idle -= c->old_bytes;
		shard->idle -= c->old_bytes;
		shard->bounded |= dropped(c);
		return 1;
	case PT_POOL_LEFT_USED:
		all->second -= c->old_bytes;
		shard->bounded |= dropped(c);
		return 0;
	case PT_POOL_MOVED:
		touched[1]->idle -= c->old_bytes;
		shard->idle += c->bytes;
		return 2;
	case PT_POOL_RESIZED:
		if (!(c->flags & PT_POOL_IDLE)) {
			all->second += c->bytes - c->old_bytes;
			return 0;
		}
		all->idle += c->bytes - c->old_bytes;
		shard->idle += c->bytes - c->old_bytes;
		return 1;
	default:
		return 0;
	}
}

static int change(void *state, const struct pt_pool_change *c)
{
	struct series *s = state;
	struct line *touched[2];
	struct lines *pool;
	uint32_t step;
	int nr, r;

	if (c->kind == PT_POOL_EMPTY || c->kind == PT_POOL_REPUT || c->kind >= PT_POOL_END_IDLE)
		return 0;
	pool = pool_at(s, c);
	if (!pool)
		return -PT_ENOMEM;
	if (!s->width_log2 || c->time_ns >> s->width_log2 >= PT_SERIES_STEPS_MAX)
		widen(s, c->time_ns);
	step = (uint32_t)(c->time_ns >> s->width_log2);
	nr = apply(pool, c, touched);
	r = put_down(&pool->pool, step);
	for (int i = 0; i < nr && !r; i++)
		r = put_down(touched[i], step);
	return r;
}

/* The line as the report has it, all steps; and what `second` was at their ends. */
static int draw(const struct line *l, const struct pt_pool_series *shape, bool in_use,
		struct pt_pool_series *out, uint64_t *second)
{
	size_t nr = shape->steps_nr;
	uint32_t at = 0;
	struct point now = { 0 };

	*out = *shape;
	out->idle_max_bytes = calloc(nr, sizeof(uint64_t));
	out->idle_end_bytes = calloc(nr, sizeof(uint64_t));
	if (in_use) {
		out->in_use_max_bytes = calloc(nr, sizeof(uint64_t));
		out->in_use_end_bytes = calloc(nr, sizeof(uint64_t));
	}
	if (!out->idle_max_bytes || !out->idle_end_bytes ||
	    (in_use && (!out->in_use_max_bytes || !out->in_use_end_bytes)))
		return -PT_ENOMEM; /* the report frees what there is */
	for (uint32_t step = 0; step < nr; step++) {
		bool changed = l && at < l->nr && l->points[at].step == step;

		if (changed)
			now = l->points[at++];
		out->idle_max_bytes[step] = changed ? now.idle_max : now.idle_end;
		out->idle_end_bytes[step] = now.idle_end;
		if (in_use) {
			out->in_use_max_bytes[step] = changed ? now.in_use_max : now.second_end;
			out->in_use_end_bytes[step] = now.second_end;
		}
		second[step] = now.second_end;
	}
	return 0;
}

static double forecast(const struct line *l, double drift, uint64_t limit_bytes)
{
	uint64_t idle = l ? l->idle : 0;

	if (isnan(drift) || drift < LIMIT_RATE || (l && l->bounded))
		return NAN;
	return idle >= limit_bytes ? 0 : (double)(limit_bytes - idle) / drift;
}

static int draw_pool(const struct lines *pool, const struct pt_pool_series *shape, uint64_t end_ns,
		     uint64_t limit_bytes, struct pt_pool_detail *out)
{
	uint64_t second[PT_SERIES_STEPS_MAX];
	int r = draw(pool ? &pool->pool : NULL, shape, true, &out->occupancy, second);

	for (size_t i = 0; i < out->shards_nr && !r; i++) {
		const struct line *l = pool && i < pool->shards_max ? &pool->shards[i] : NULL;
		struct pt_pool_shard *shard = &out->shards[i];

		r = draw(l, shape, false, &shard->occupancy, second);
		if (r)
			break;
		shard->drift_bytes_per_s =
			pt_pool_slope(second, shape->steps_nr, shape->width_ns, end_ns);
		shard->forecast_s = forecast(l, shard->drift_bytes_per_s, limit_bytes);
	}
	return r;
}

static int finish(void *state, const struct pt_pool_finish *f)
{
	struct series *s = state;
	struct pt_pool_series shape = { 0 };
	int r = 0;

	widen(s, f->end_ns);
	shape.width_ns = 1ull << s->width_log2;
	shape.steps_nr = (uint32_t)(f->end_ns >> s->width_log2) + 1;
	for (uint32_t i = 0; i < pt_pool_rows_nr(f) && !r; i++)
		r = draw_pool(i < s->pools_max ? &s->pools[i] : NULL, &shape, f->end_ns,
			      f->limits->limit_bytes, f->rows[i].detail);
	return r;
}

static void fini(void *state)
{
	struct series *s = state;

	for (uint32_t i = 0; i < s->pools_max; i++) {
		free(s->pools[i].pool.points);
		for (uint32_t k = 0; k < s->pools[i].shards_max; k++)
			free(s->pools[i].shards[k].points);
		free(s->pools[i].shards);
	}
	free(s->pools);
}

const struct pt_pool_pass pt_pool_pass_series = {
	.name = "series",
	.summary = "idle bytes of shards over time, and where they are heading",
	.state_size = sizeof(struct series),
	.change = change,
	.finish = finish,
	.fini = fini,
};
