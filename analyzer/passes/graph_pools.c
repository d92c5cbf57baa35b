// SPDX-License-Identifier: MIT
/*
 * graph_pools.c - what the idle objects of each pool keep, and by which of their fields.
 *
 * Before the dominators are made: who keeps what and they need not be in memory at the same time.
 */
#include "graph_kept.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

#define OF_A_POOL UINT32_MAX /* in place of a stack: what a field points at is an object of a pool */

static int most_first(const void *a, const void *b)
{
	const struct pt_graph_pool *x = a, *y = b;

	if (x->graph_retained_bytes != y->graph_retained_bytes)
		return x->graph_retained_bytes > y->graph_retained_bytes ? -1 : 1;
	if (x->idle_bytes != y->idle_bytes)
		return x->idle_bytes > y->idle_bytes ? -1 : 1;
	return (x->site > y->site) - (x->site < y->site); /* here: its number */
}

static void count_object(struct pt_graph_pool *pool, const struct pt_cut_node *n, uint64_t shallow_bytes)
{
	if (!pool->idle_objects && !pool->in_use_objects)
		pool->object_bytes = n->bytes;
	else if (pool->object_bytes != n->bytes)
		pool->object_bytes = 0;
	if (n->state == PT_CUT_IDLE) {
		pool->idle_objects++;
		pool->idle_bytes += shallow_bytes;
	} else {
		pool->in_use_objects++;
		pool->in_use_bytes += shallow_bytes;
	}
}

/* By number; `cells`: where their objects were allocated. */
static int count_objects(const struct pt_graph_parts *p, struct pt_graph_pool *pools, struct pt_cells *cells)
{
	for (uint32_t v = 1; v < p->cut->nodes_nr; v++) {
		const struct pt_cut_node *n = &p->cut->nodes[v];

		if (n->pool == PT_CUT_NO_POOL)
			continue;
		count_object(&pools[n->pool], n, p->refs->graph.shallow_bytes[v]);
		if (n->stack && pt_cells_add(cells, n->pool, n->stack, 0))
			return -PT_ENOMEM;
	}
	return 0;
}

/* Those that have an object, in order: out->pools and pool_of. */
static int list_pools(struct pt_graph_parts *p, struct pt_graph_pool *pools, const struct pt_graph_kept *k,
		      const struct pt_graph_most *most)
{
	struct pt_graph_snapshot *out = p->out;
	int err = 0;

	for (uint32_t i = 0; i < p->pools_nr; i++) {
		if (!pools[i].idle_objects && !pools[i].in_use_objects)
			continue;
		pools[i].graph_retained_bytes = k->pools[i].bytes;
		pools[i].graph_retained_objects = k->pools[i].objects;
		pools[i].site = i;
		out->pools[out->pools_nr++] = pools[i];
	}
	qsort(out->pools, out->pools_nr, sizeof(*out->pools), most_first);
	for (size_t i = 0; i < out->pools_nr && !err; i++) {
		uint32_t number = out->pools[i].site;

		p->pool_of[number] = (uint32_t)i;
		memcpy(out->pools[i].name, p->names[number], sizeof(out->pools[i].name));
		err = pt_graph_known_site(p, most[number].objects ? most[number].to : 0, &out->pools[i].site);
	}
	return err;
}

static int pool_table(struct pt_graph_parts *p, const struct pt_graph_kept *k)
{
	size_t nr = (size_t)p->pools_nr + 1;
	struct pt_graph_pool *pools = calloc(nr, sizeof(*pools));
	struct pt_graph_most *most = NULL;
	struct pt_cells cells = { 0 };
	int err = -PT_ENOMEM;

	p->out->pools = calloc(nr, sizeof(*p->out->pools));
	if (!pools || !p->out->pools || count_objects(p, pools, &cells))
		goto done;
	most = pt_graph_mosts(&cells, nr);
	if (!most)
		goto done;
	p->out->idle_retained_bytes = k->together.bytes;
	p->out->idle_retained_objects = k->together.objects;
	err = list_pools(p, pools, k, most);
done:
	free(most);
	pt_cells_fini(&cells);
	free(pools);
	return err;
}

/* What each field's words point at, and which put left its objects idle. */
static int count_ends(const struct pt_graph_parts *p, struct pt_graph_kept *k, struct pt_cells *targets,
		      struct pt_cells *puts)
{
	const struct pt_graph *g = &p->refs->graph;

	for (uint32_t i = 0; i < k->words_nr; i++)
		k->words[i].last = 0;
	for (uint32_t i = 0; i < p->cut->idle_nr; i++) {
		uint32_t node = p->cut->idle[i].node, put = p->cut->idle[i].put_stack;

		for (uint32_t e = g->start[node]; e < g->start[node + 1]; e++) {
			const struct pt_cut_node *to = &p->cut->nodes[g->edges[e].to];
			struct pt_graph_word *word = pt_graph_word_at(k, p->cut->nodes[node].pool, g->edges[e]);

			if (!word || !word->row)
				continue;
			if (pt_cells_add(targets, word->row - 1, to->pool == PT_CUT_NO_POOL ? to->stack : OF_A_POOL, 0))
				return -PT_ENOMEM;
			if (put && word->last != node && pt_cells_add(puts, word->row - 1, put, 0))
				return -PT_ENOMEM;
			word->last = node;
		}
	}
	return 0;
}

static int best_field_first(const void *a, const void *b)
{
	const struct pt_graph_field *x = a, *y = b;

	if (x->retained_bytes != y->retained_bytes)
		return x->retained_bytes > y->retained_bytes ? -1 : 1;
	if (x->objects != y->objects)
		return x->objects > y->objects ? -1 : 1;
	if (x->pool != y->pool)
		return x->pool < y->pool ? -1 : 1;
	return (x->offset_bytes > y->offset_bytes) - (x->offset_bytes < y->offset_bytes);
}

static int list_fields(struct pt_graph_parts *p, const struct pt_graph_kept *k, const struct pt_graph_most *targets,
		       const struct pt_graph_most *puts)
{
	struct pt_graph_snapshot *out = p->out;
	int err = 0;

	for (size_t i = 0; i < out->pools_nr; i++)
		out->pools[i].fields_more_bytes = out->pools[i].graph_retained_bytes;
	for (uint32_t i = 0; i < k->words_nr; i++) /* those that are not listed, too */
		out->pools[p->pool_of[k->words[i].pool]].fields_more_bytes -= k->words[i].kept_bytes;
	for (uint32_t i = 0; i < k->chosen_nr && !err; i++) {
		const struct pt_graph_word *word = &k->words[k->chosen[i]];
		struct pt_graph_field *f = &out->fields[out->fields_nr++];

		f->pool = p->pool_of[word->pool];
		f->offset_bytes = word->offset_bytes;
		f->retained_bytes = word->kept_bytes;
		f->retained_objects = word->kept_objects;
		f->objects = word->objects;
		f->interior_objects = word->interior_objects;
		f->put_objects = puts[i].objects;
		f->site = PT_GRAPH_ROW_NONE;
		if (targets[i].to != OF_A_POOL)
			err = pt_graph_site(p, targets[i].to, &f->site);
		if (!err)
			err = pt_graph_known_site(p, puts[i].objects ? puts[i].to : 0, &f->put_site);
	}
	for (size_t i = 0; i < out->pools_nr && k->words_missing; i++)
		out->pools[i].fields_more_bytes = PT_UNKNOWN;
	if (out->fields_nr)
		qsort(out->fields, out->fields_nr, sizeof(*out->fields), best_field_first);
	return err;
}

static int field_table(struct pt_graph_parts *p, struct pt_graph_kept *k)
{
	struct pt_cells targets = { 0 }, puts = { 0 };
	struct pt_graph_most *target = NULL, *put = NULL;
	int err = count_ends(p, k, &targets, &puts);

	if (!err) {
		target = pt_graph_mosts(&targets, k->chosen_nr);
		put = pt_graph_mosts(&puts, k->chosen_nr);
		p->out->fields = calloc((size_t)k->chosen_nr + 1, sizeof(*p->out->fields));
		err = target && put && p->out->fields ? list_fields(p, k, target, put) : -PT_ENOMEM;
	}
	free(put);
	free(target);
	pt_cells_fini(&puts);
	pt_cells_fini(&targets);
	return err;
}

int pt_graph_pool_tables(struct pt_graph_parts *p)
{
	struct pt_graph_kept k;
	int err = pt_graph_kept_init(&k, p->cut, p->refs, p->ways, p->pools_nr, true);

	if (!err)
		err = pool_table(p, &k);
	if (!err && p->cut->idle_nr)
		err = field_table(p, &k);
	pt_graph_kept_fini(&k);
	return err;
}

int pt_graph_pools(const struct pt_cut *cut, const struct pt_references *refs, const struct pt_pools *pools,
		   uint64_t *bytes)
{
	uint32_t nr = pt_pools_nr(pools);
	uint8_t *ways = pt_graph_ways(cut, refs);
	struct pt_graph_kept k = { 0 };
	int err = ways ? pt_graph_kept_init(&k, cut, refs, ways, nr, false) : -PT_ENOMEM;

	for (uint32_t i = 0; i < nr; i++)
		bytes[i] = PT_UNKNOWN;
	for (uint32_t v = 1; v < cut->nodes_nr && !err; v++) {
		uint32_t pool = cut->nodes[v].pool;

		if (pool != PT_CUT_NO_POOL)
			bytes[pool] = k.pools[pool].bytes;
	}
	pt_graph_kept_fini(&k);
	free(ways);
	return err;
}
