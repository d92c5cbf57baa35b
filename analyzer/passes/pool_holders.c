// SPDX-License-Identifier: MIT
/*
 * pool_holders.c - who has most idle objects?
 */
#include "pool_holders.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "pool_rows.h"

#define GROUP 64u

void pt_pool_holders_fini(struct pt_pool_holders *h)
{
	for (uint32_t i = 0; i < h->sizes_max; i++)
		pt_pool_sizes_fini(&h->sizes[i]);
	free(h->counts);
	free(h->sizes);
	free(h->groups);
	memset(h, 0, sizeof(*h));
}

static int make(struct pt_pool_holders *h, uint32_t holder)
{
	uint32_t *counts = pt_pool_grown(h->counts, &h->counts_max, holder, sizeof(*counts));
	struct pt_pool_sizes *sizes;
	struct pt_holder_group *groups;

	if (!counts)
		return -PT_ENOMEM;
	h->counts = counts;
	sizes = pt_pool_grown(h->sizes, &h->sizes_max, holder, sizeof(*sizes));
	if (!sizes)
		return -PT_ENOMEM;
	h->sizes = sizes;
	groups = pt_pool_grown(h->groups, &h->groups_max, holder / GROUP, sizeof(*groups));
	if (!groups)
		return -PT_ENOMEM;
	h->groups = groups;
	h->nr = holder + 1;
	return 0;
}

static void changed(struct pt_pool_holders *h, uint32_t holder)
{
	h->groups[holder / GROUP].best = 0;
	h->groups[holder / GROUP].top_known = false;
}

int pt_pool_holders_put(struct pt_pool_holders *h, uint32_t holder, uint64_t bytes)
{
	int r = holder < h->nr ? 0 : make(h, holder);

	if (!r)
		r = pt_pool_sizes_add(&h->sizes[holder], bytes);
	if (r)
		return r;
	h->counts[holder]++;
	changed(h, holder);
	h->objects++;
	return 0;
}

void pt_pool_holders_take(struct pt_pool_holders *h, uint32_t holder, uint64_t bytes)
{
	pt_pool_sizes_del(&h->sizes[holder], bytes);
	h->counts[holder]--;
	changed(h, holder);
	h->objects--;
}

struct search {
	uint64_t bytes; /* PT_ANY_SIZE, or objects must be as large */
	uint32_t self;
	const uint32_t *rank;
	uint64_t most;
	uint32_t holder;
};

/* Whether a holder with so many objects would be a better answer than the one there is. */
static bool is_better(const struct search *s, uint32_t holder, uint64_t objects)
{
	if (!objects || objects != s->most)
		return objects > s->most;
	return s->rank ? s->rank[holder] < s->rank[s->holder] : holder < s->holder;
}

static void consider(struct search *s, uint32_t holder, uint64_t objects)
{
	if (!is_better(s, holder, objects))
		return;
	s->most = objects;
	s->holder = holder;
}

static uint32_t end_of(const struct pt_pool_holders *h, uint32_t group)
{
	return (group + 1) * GROUP < h->nr ? (group + 1) * GROUP : h->nr;
}

/* Who of the group has most. */
static void learn_best(const struct pt_pool_holders *h, uint32_t group, const uint32_t *rank)
{
	struct search most = { .rank = rank, .holder = group * GROUP };

	for (uint32_t i = group * GROUP; i < end_of(h, group); i++)
		consider(&most, i, h->counts[i]);
	h->groups[group].best = most.holder + 1;
}

static void learn_top(const struct pt_pool_holders *h, uint32_t group)
{
	struct pt_holder_group *g = &h->groups[group];

	g->top_bytes = 0;
	g->top_known = true;
	for (uint32_t i = group * GROUP; i < end_of(h, group); i++) {
		uint64_t top_bytes = h->counts[i] ? pt_pool_sizes_top(&h->sizes[i]) : 0;

		if (top_bytes > g->top_bytes)
			g->top_bytes = top_bytes;
	}
}

static void search_group(const struct pt_pool_holders *h, struct search *s, uint32_t group)
{
	for (uint32_t i = group * GROUP; i < end_of(h, group); i++) {
		if (i == s->self || !is_better(s, i, h->counts[i]))
			continue; /* not even if all of its objects fit */
		if (s->bytes == PT_ANY_SIZE)
			consider(s, i, h->counts[i]);
		else if (pt_pool_sizes_top(&h->sizes[i]) >= s->bytes)
			consider(s, i, pt_pool_sizes_from(&h->sizes[i], s->bytes));
	}
}

static void search(const struct pt_pool_holders *h, struct search *s)
{
	for (uint32_t group = 0; group * GROUP < h->nr; group++) {
		const struct pt_holder_group *g = &h->groups[group];
		uint32_t most;

		if (!g->best)
			learn_best(h, group, s->rank);
		most = h->counts[g->best - 1];
		if (most < s->most || !most)
			continue;
		if (s->bytes != PT_ANY_SIZE && !g->top_known)
			learn_top(h, group);
		if (s->bytes != PT_ANY_SIZE && g->top_bytes < s->bytes)
			continue;
		if (s->bytes == PT_ANY_SIZE && s->self / GROUP != group)
			consider(s, g->best - 1, most);
		else if (most > s->most || s->rank)
			search_group(h, s, group);
	}
}

uint32_t pt_pool_holders_ask(struct pt_pool_holders *h, uint64_t bytes, uint64_t fit, uint32_t self,
			     const uint32_t *rank, uint64_t *others)
{
	struct search s = { .bytes = bytes, .self = self, .rank = rank };

	*others = fit;
	if (self < h->nr && h->counts[self])
		*others -= bytes == PT_ANY_SIZE ? h->counts[self] : pt_pool_sizes_from(&h->sizes[self], bytes);
	if (!*others)
		return PT_NO_HOLDER;
	search(h, &s);
	return s.holder;
}
