/* SPDX-License-Identifier: MIT */
/*
 * pool_regret.c - pass: drops that a miss soon after would have had a use for.
 *
 * Of each pool the drops within tau that no miss has taken, in order, and over them a tree of
 * maxima: a miss finds the latest that is large enough by going right wherever it can. When all
 * objects fit that is the last one there is. Memory: O(drops within tau).
 */
#include "pool_passes.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "phases.h"
#include "pool_rows.h"
#include "pool_sums.h"

#define FIRST_DROPS 64u /* a power of two */

enum { REGRETTED, REGRETTED_BYTES, DROPPED };

struct drop {
	uint64_t time_ns, bytes;
	uint32_t shard, site, phase;
};

struct by_phase {
	uint64_t drops, bytes; /* regretted */
};

struct dropped {
	struct drop *drops; /* [0, nr), oldest first */
	/* A heap-shaped tree of 2 * max: [1] the root, [max + i] of drops[i]. Its bytes + 1; 0 =
	 * taken, or none. */
	uint64_t *tree;
	uint32_t nr, max; /* max: 0 or a power of two */
	struct by_phase *phases; /* of the drop */
	uint32_t phases_max;
};

struct regret {
	struct dropped *pools;
	uint32_t pools_max;
	uint64_t within_ns;
	uint32_t phase; /* marks so far */
	struct pt_pool_sums sums;
};

static void start(void *state, const struct pt_pools *pools, const struct pt_pool_limits *limits)
{
	(void)pools;
	((struct regret *)state)->within_ns = limits->regret_within_ns;
}

static uint64_t rank(uint64_t bytes)
{
	return bytes == UINT64_MAX ? bytes : bytes + 1;
}

static void set(struct dropped *p, uint32_t i, uint64_t value)
{
	uint64_t *tree = p->tree;
	uint32_t at = p->max + i;

	tree[at] = value;
	while (at > 1) {
		uint64_t best = tree[at] > tree[at ^ 1] ? tree[at] : tree[at ^ 1];

		at /= 2;
		if (tree[at] == best)
			return;
		tree[at] = best;
	}
}

/* Forgets what is taken or too old; twice the room when that leaves half of it full. */
static int make_room(struct dropped *p, uint64_t now_ns, uint64_t within_ns)
{
	uint32_t nr = 0, max = p->max ? p->max : FIRST_DROPS;
	uint64_t *tree;

	for (uint32_t i = 0; i < p->nr; i++) {
		if (p->tree[p->max + i] && now_ns - p->drops[i].time_ns <= within_ns)
			p->drops[nr++] = p->drops[i];
	}
	p->nr = nr;
	if (nr >= max / 2 && p->max)
		max *= 2;
	if (max != p->max) {
		struct drop *drops =
			max <= UINT32_MAX / 4 ? reallocarray(p->drops, max, sizeof(*drops)) : NULL;

		if (!drops)
			return -PT_ENOMEM;
		p->drops = drops;
		tree = reallocarray(p->tree, max, 2 * sizeof(*tree));
		if (!tree)
			return -PT_ENOMEM;
		p->tree = tree;
		p->max = max;
	}
	memset(p->tree, 0, 2 * (size_t)p->max * sizeof(*p->tree));
	for (uint32_t i = 0; i < nr; i++)
		p->tree[p->max + i] = rank(p->drops[i].bytes);
	for (uint32_t at = p->max - 1; at; at--)
		p->tree[at] = p->tree[2 * at] > p->tree[2 * at + 1] ? p->tree[2 * at]
								    : p->tree[2 * at + 1];
	return 0;
}

static int add_sums(struct regret *s, uint32_t pool, const struct drop *d, bool regretted)
{
	for (int i = 0; i < 2; i++) {
		uint64_t *v = pt_pool_sums_at(&s->sums, pool,
					      i ? PT_POOL_BY_SITE : PT_POOL_BY_SHARD,
					      i ? d->site : d->shard, 0);

		if (!v)
			return -PT_ENOMEM;
		v[REGRETTED] += regretted;
		v[REGRETTED_BYTES] += regretted ? d->bytes : 0;
		v[DROPPED] += !regretted;
	}
	return 0;
}

static int dropped(struct regret *s, struct dropped *p, const struct pt_pool_change *c)
{
	struct drop *d;

	if (c->flags & (PT_POOL_VANISHED | PT_POOL_DESTROYED))
		return 0;
	if (p->nr == p->max && make_room(p, c->time_ns, s->within_ns))
		return -PT_ENOMEM;
	d = &p->drops[p->nr];
	*d = (struct drop){
		.time_ns = c->time_ns, .bytes = c->old_bytes, .shard = c->shard, .site = c->site, .phase = s->phase
	};
	set(p, p->nr++, rank(d->bytes));
	return add_sums(s, c->pool, d, false);
}

/* A regretted one counts for the phase in which it was dropped, which may be over. */
static int add_phase(struct dropped *p, const struct drop *d)
{
	struct by_phase *phases = pt_pool_grown(p->phases, &p->phases_max, d->phase, sizeof(*phases));

	if (!phases)
		return -PT_ENOMEM;
	p->phases = phases;
	phases[d->phase].drops++;
	phases[d->phase].bytes += d->bytes;
	return 0;
}

static int missed(struct regret *s, struct dropped *p, const struct pt_pool_change *c)
{
	uint64_t need = c->flags & PT_POOL_ONE_SIZE ? 1 : rank(c->bytes);
	const struct drop *d;
	uint32_t at = 1;

	while (p->nr && !p->tree[p->max + p->nr - 1])
		p->nr--;
	if (!p->nr || p->tree[1] < need)
		return 0;
	if (p->tree[p->max + p->nr - 1] >= need) {
		at = p->max + p->nr - 1;
	} else {
		while (at < p->max)
			at = p->tree[2 * at + 1] >= need ? 2 * at + 1 : 2 * at;
	}
	d = &p->drops[at - p->max];
	if (c->time_ns - d->time_ns > s->within_ns)
		return 0; /* and all before it are older */
	set(p, at - p->max, 0);
	return add_phase(p, d) ? -PT_ENOMEM : add_sums(s, c->pool, d, true);
}

static int change(void *state, const struct pt_pool_change *c)
{
	struct regret *s = state;
	struct dropped *p;

	if (c->kind != PT_POOL_MISS && c->kind != PT_POOL_LEFT_IDLE && c->kind != PT_POOL_LEFT_USED)
		return 0;
	p = pt_pool_grown(s->pools, &s->pools_max, c->pool, sizeof(*p));
	if (!p)
		return -PT_ENOMEM;
	s->pools = p;
	p += c->pool;
	return c->kind == PT_POOL_MISS ? missed(s, p, c) : dropped(s, p, c);
}

static void add_row(struct pt_pool_row *row, const uint64_t *v)
{
	row->regretted_drops += v[REGRETTED];
	row->regretted_bytes += v[REGRETTED_BYTES];
	row->useful_drops += v[DROPPED] - v[REGRETTED];
}

static void mark(void *state, uint64_t now_ns, struct pt_phase_sums *sums, uint32_t pools_nr)
{
	(void)now_ns, (void)sums, (void)pools_nr; /* not known yet */
	((struct regret *)state)->phase++;
}

static int finish(void *state, const struct pt_pool_finish *f)
{
	const struct regret *s = state;

	pt_pool_sums_fill(&s->sums, f, add_row);
	for (uint32_t i = 0; i < s->pools_max; i++) {
		for (uint32_t k = 0; k < s->pools[i].phases_max && k < f->report->phases_nr; k++) {
			struct pt_report_phase *phase = &f->report->phases[k];

			if (i >= phase->pools_nr)
				continue;
			phase->pools[i].figures.regretted_drops = s->pools[i].phases[k].drops;
			phase->pools[i].figures.regretted_bytes = s->pools[i].phases[k].bytes;
		}
	}
	return 0;
}

static void fini(void *state)
{
	struct regret *s = state;

	for (uint32_t i = 0; i < s->pools_max; i++) {
		free(s->pools[i].drops);
		free(s->pools[i].phases);
		free(s->pools[i].tree);
	}
	free(s->pools);
	pt_pool_sums_fini(&s->sums);
}

const struct pt_pool_pass pt_pool_pass_regret = {
	.name = "regret",
	.summary = "drops that were created again soon",
	.state_size = sizeof(struct regret),
	.start = start,
	.change = change,
	.finish = finish,
	.mark = mark,
	.fini = fini,
};
