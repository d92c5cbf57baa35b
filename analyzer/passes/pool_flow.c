// SPDX-License-Identifier: MIT
/*
 * pool_flow.c - pass: objects by the shard (thread) that got them and the one that put them back.
 */
#include "pool_passes.h"

#include <stdlib.h>

#include "../../format/error.h"
#include "cells.h"
#include "pool_make.h"
#include "pool_rows.h"

struct flows {
	struct pt_cells shards, threads;
};

struct flow {
	struct flows *pools;
	uint32_t pools_max;
};

static int change(void *state, const struct pt_pool_change *c)
{
	struct flow *s = state;
	struct flows *p;
	int r;

	if (c->kind != PT_POOL_PUT)
		return 0;
	p = pt_pool_grown(s->pools, &s->pools_max, c->pool, sizeof(*p));
	if (!p)
		return -PT_ENOMEM;
	s->pools = p;
	p += c->pool;
	r = pt_cells_add(&p->shards, c->old_shard, c->shard, c->bytes);
	return r ? r : pt_cells_add(&p->threads, c->old_thread, c->thread, c->bytes);
}

static int finish(void *state, const struct pt_pool_finish *f)
{
	struct flow *s = state;
	int r = 0;

	for (uint32_t i = 0; i < pt_pools_nr(f->pools) && i < s->pools_max && !r; i++) {
		r = pt_pool_matrix_take(&s->pools[i].shards, &f->rows[i].detail->flow);
		if (!r)
			r = pt_pool_matrix_take(&s->pools[i].threads, &f->rows[i].detail->flow_thread);
	}
	return r;
}

static void fini(void *state)
{
	struct flow *s = state;

	for (uint32_t i = 0; i < s->pools_max; i++) {
		pt_cells_fini(&s->pools[i].shards);
		pt_cells_fini(&s->pools[i].threads);
	}
	free(s->pools);
}

const struct pt_pool_pass pt_pool_pass_flow = {
	.name = "flow",
	.summary = "which shard and thread puts what which one got",
	.state_size = sizeof(struct flow),
	.change = change,
	.finish = finish,
	.fini = fini,
};
