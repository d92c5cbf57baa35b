/* SPDX-License-Identifier: MIT */
/*
 * pool_waterfall.c - pass: what a pool's idle bytes are due to at the moment it holds most.
 *
 * One cause is taken away after the other, in a fixed order, so that the terms add up. The first
 * takes a replay: one cache for all shards, in bytes as objects were made. Three numbers a pool.
 */
#include "pool_passes.h"

#include <stdlib.h>

#include "../../format/error.h"
#include "pool_held.h"
#include "pool_rows.h"

struct fall {
	struct pt_pool_held held;
	uint64_t need;	      /* created bytes of what is in use */
	uint64_t idle;	      /* created bytes of what is idle */
	uint64_t shared_held; /* what one cache for all shards would hold; >= need */
	struct pt_pool_waterfall at_peak;
};

struct waterfall {
	struct fall *pools;
	uint32_t pools_max;
};

static void replay(struct fall *w, const struct pt_pool_change *c)
{
	switch (c->kind) {
	case PT_POOL_HIT:
		w->idle -= c->created_bytes;
		w->need += c->created_bytes;
		break;
	case PT_POOL_MISS:
		w->need += c->created_bytes;
		break;
	case PT_POOL_PUT:
		w->need -= c->created_bytes;
		w->idle += c->created_bytes;
		break;
	case PT_POOL_STOCKED: /* filled in advance: the shared cache would be too */
		w->idle += c->created_bytes;
		w->shared_held += c->created_bytes;
		break;
	case PT_POOL_LEFT_USED:
		w->need -= c->created_bytes;
		break;
	case PT_POOL_LEFT_IDLE:
		w->idle -= c->created_bytes;
		/* The shared cache gives back as much, if it is not in use there. */
		w->shared_held -= c->created_bytes < w->shared_held ? c->created_bytes
								    : w->shared_held;
		break;
	}
	if (w->shared_held < w->need)
		w->shared_held = w->need;
}

static int change(void *state, const struct pt_pool_change *c)
{
	struct waterfall *s = state;
	struct fall *w = pt_pool_grown(s->pools, &s->pools_max, c->pool, sizeof(*w));

	if (!w)
		return -PT_ENOMEM;
	s->pools = w;
	w += c->pool;
	replay(w, c);
	if (pt_pool_held_apply(&w->held, c)) {
		uint64_t time = w->shared_held - w->need;

		w->at_peak.held_bytes = w->held.peak_bytes;
		w->at_peak.in_use_bytes = w->held.in_use_bytes;
		w->at_peak.sharding_bytes = (int64_t)(w->idle - time);
		w->at_peak.time_bytes = (int64_t)time;
		w->at_peak.ratchet_bytes = (int64_t)(w->held.idle_bytes - w->idle);
	}
	return 0;
}

static int finish(void *state, const struct pt_pool_finish *f)
{
	static const struct pt_pool_waterfall nothing;
	const struct waterfall *s = state;

	for (uint32_t i = 0; i < pt_pool_rows_nr(f); i++) {
		struct pt_pool_waterfall *out = &f->rows[i].detail->waterfall;

		*out = i < s->pools_max ? s->pools[i].at_peak : nothing;
		out->graph_bytes = INT64_MIN;
	}
	return 0;
}

static void fini(void *state)
{
	free(((struct waterfall *)state)->pools);
}

const struct pt_pool_pass pt_pool_pass_waterfall = {
	.name = "waterfall",
	.summary = "what idle bytes are due to when a pool holds most",
	.state_size = sizeof(struct waterfall),
	.change = change,
	.finish = finish,
	.fini = fini,
};
