// SPDX-License-Identifier: MIT
/*
 * pool_misuse.c - pass: puts and gets that ought not to have been, by pair of stacks.
 *
 * Memory: O(pairs of stacks). "Who else" of a foreign put may be nobody; that is a pair of its own.
 */
#include "pool_passes.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "../model/pairs.h"
#include "pool_rows.h"

struct found {
	struct pt_pool_misuse *all;
	uint32_t nr, max;
	struct pt_pairs by_sites[PT_MISUSE_NR][2]; /* [other_known]: (site, other site) -> all[] */
};

struct misuse {
	struct found **pools; /* NULL while nothing was found */
	uint32_t pools_max;
};

static struct found *pool_at(struct misuse *s, uint32_t pool)
{
	struct found **pools = pt_pool_grown(s->pools, &s->pools_max, pool, sizeof(struct found *));

	if (!pools)
		return NULL;
	s->pools = pools;
	if (!pools[pool])
		pools[pool] = calloc(1, sizeof(struct found));
	return pools[pool];
}

static int add(struct misuse *s, const struct pt_pool_change *c, enum pt_misuse kind, bool other_known)
{
	uint32_t other_site = other_known ? c->old_site : c->site, at;
	struct found *p = pool_at(s, c->pool);
	struct pt_pool_misuse *all;
	struct pt_pairs *pairs;

	if (!p)
		return -PT_ENOMEM;
	pairs = &p->by_sites[kind][other_known];
	at = pt_pairs_get(pairs, c->site, other_site);
	if (at != PT_PAIR_NONE) {
		p->all[at].objects++;
		return 0;
	}
	all = pt_pool_grown(p->all, &p->max, p->nr, sizeof(*all));
	if (!all)
		return -PT_ENOMEM;
	p->all = all;
	all[p->nr] = (struct pt_pool_misuse){ .kind = (uint8_t)kind,
					      .other_known = other_known,
					      .site = c->site,
					      .other_site = other_site,
					      .thread = c->thread,
					      .other_thread = other_known ? c->old_thread : c->thread,
					      .objects = 1,
					      .first_addr = c->addr,
					      .first_ns = c->time_ns };
	return pt_pairs_put(pairs, c->site, other_site, p->nr++);
}

static int change(void *state, const struct pt_pool_change *c)
{
	switch (c->kind) {
	case PT_POOL_REPUT:
		return add(state, c, PT_MISUSE_PUT_OF_IDLE, true);
	case PT_POOL_REGOT:
		return add(state, c, PT_MISUSE_GET_OF_IN_USE, true);
	case PT_POOL_STOCKED:
		if (c->flags & PT_POOL_FOREIGN)
			return add(state, c, PT_MISUSE_PUT_OF_FOREIGN, c->flags & PT_POOL_OTHER);
		return 0;
	default:
		return 0;
	}
}

static int by_objects(const void *a, const void *b)
{
	const struct pt_pool_misuse *x = a, *y = b;

	if (x->objects != y->objects)
		return x->objects < y->objects ? 1 : -1;
	if (x->first_ns != y->first_ns)
		return x->first_ns < y->first_ns ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->site != y->site)
		return x->site < y->site ? -1 : 1;
	return x->other_site < y->other_site ? -1 : x->other_site > y->other_site;
}

static int finish(void *state, const struct pt_pool_finish *f)
{
	struct misuse *s = state;

	for (uint32_t i = 0; i < pt_pools_nr(f->pools) && i < s->pools_max; i++) {
		struct pt_pool_detail *d = f->rows[i].detail;
		struct found *p = s->pools[i];

		if (!p || !p->nr)
			continue;
		d->misuse = p->all; /* the report's now */
		d->misuse_nr = p->nr;
		p->all = NULL;
		qsort(d->misuse, d->misuse_nr, sizeof(*d->misuse), by_objects);
	}
	return 0;
}

static void fini(void *state)
{
	struct misuse *s = state;

	for (uint32_t i = 0; i < s->pools_max; i++) {
		struct found *p = s->pools[i];

		for (int kind = 0; p && kind < PT_MISUSE_NR; kind++) {
			pt_pairs_fini(&p->by_sites[kind][0]);
			pt_pairs_fini(&p->by_sites[kind][1]);
		}
		if (p)
			free(p->all);
		free(p);
	}
	free(s->pools);
}

const struct pt_pool_pass pt_pool_pass_misuse = {
	.name = "misuse",
	.summary = "puts of idle and of foreign objects, gets of objects in use",
	.state_size = sizeof(struct misuse),
	.change = change,
	.finish = finish,
	.fini = fini,
};
