// SPDX-License-Identifier: MIT
/*
 * graph_fill.c - one snapshot's tables, step by step. Definitions: docs/graph.md.
 */
#include "graph_parts.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

int pt_graph_site(struct pt_graph_parts *p, uint32_t stack, uint32_t *site)
{
	struct pt_graph_snapshot *out = p->out;

	if (p->site_of[stack] == PT_GRAPH_ROW_NONE) {
		if (out->sites_nr == p->sites_max) {
			size_t max = p->sites_max ? 2 * p->sites_max : 64;
			struct pt_graph_site *sites = realloc(out->sites, max * sizeof(*sites));

			if (!sites)
				return -PT_ENOMEM;
			out->sites = sites;
			p->sites_max = max;
		}
		memset(&out->sites[out->sites_nr], 0, sizeof(out->sites[0]));
		out->sites[out->sites_nr].site.stack = stack;
		p->site_of[stack] = (uint32_t)out->sites_nr++;
	}
	*site = p->site_of[stack];
	return 0;
}

int pt_graph_known_site(struct pt_graph_parts *p, uint32_t stack, uint32_t *site)
{
	*site = PT_GRAPH_ROW_NONE;
	return stack ? pt_graph_site(p, stack, site) : 0;
}

struct pt_graph_most *pt_graph_mosts(const struct pt_cells *cells, size_t nr)
{
	struct pt_graph_most *most = calloc(nr + 1, sizeof(*most));

	for (size_t i = 0; i < cells->slots_nr && most; i++) {
		const struct pt_report_cell *cell = &cells->slots[i];
		struct pt_graph_most *best;

		if (!cell->objects)
			continue;
		best = &most[cell->from];
		if (cell->objects > best->objects || (cell->objects == best->objects && cell->to < best->to))
			*best = (struct pt_graph_most){ cell->objects, cell->to };
	}
	return most;
}

/* What all nodes of a site have in common. */
static int size_sites(struct pt_graph_parts *p)
{
	struct pt_graph_snapshot *out = p->out;
	uint8_t *seen = calloc(out->sites_nr + 1, sizeof(*seen));

	if (!seen)
		return -PT_ENOMEM;
	for (uint32_t v = 1; v < p->cut->nodes_nr; v++) {
		const struct pt_cut_node *n = &p->cut->nodes[v];
		uint32_t site = p->site_of[n->stack];

		if (site == PT_GRAPH_ROW_NONE)
			continue;
		if (!seen[site])
			out->sites[site].object_bytes = n->bytes;
		else if (out->sites[site].object_bytes != n->bytes)
			out->sites[site].object_bytes = 0;
		seen[site] = 1;
	}
	free(seen);
	return 0;
}

static int count_roots(struct pt_graph_parts *p)
{
	const struct pt_graph *g = &p->refs->graph;
	uint8_t *seen = calloc(g->nodes_nr, sizeof(*seen)); /* by node, a bit a kind */

	if (!seen)
		return -PT_ENOMEM;
	for (uint32_t e = g->start[PT_GRAPH_ROOT]; e < g->start[PT_GRAPH_ROOT + 1]; e++) {
		struct pt_graph_edge edge = g->edges[e];
		bool pool = pt_graph_edge_pool(edge);
		uint32_t kind = pool ? PT_ROOT_POOL : p->refs->roots[pt_graph_offset_bytes(edge)].kind;

		p->out->roots[kind].words += !pool; /* a pool that holds an object is no word */
		p->out->roots[kind].nodes += !(seen[edge.to] >> kind & 1);
		seen[edge.to] |= (uint8_t)(1u << kind);
	}
	free(seen);
	return 0;
}

static int prepare(struct pt_graph_parts *p)
{
	const struct pt_cut *cut = p->cut;

	p->stacks_nr = 1;
	for (uint32_t v = 1; v < cut->nodes_nr; v++) {
		if (cut->nodes[v].stack >= p->stacks_nr)
			p->stacks_nr = cut->nodes[v].stack + 1;
	}
	for (uint32_t i = 0; i < cut->idle_nr; i++) {
		if (cut->idle[i].put_stack >= p->stacks_nr)
			p->stacks_nr = cut->idle[i].put_stack + 1;
	}
	p->site_of = malloc(p->stacks_nr * sizeof(*p->site_of));
	p->pool_of = malloc(((size_t)p->pools_nr + 1) * sizeof(*p->pool_of));
	p->ways = pt_graph_ways(cut, p->refs);
	if (!p->site_of || !p->pool_of || !p->ways)
		return -PT_ENOMEM;
	memset(p->site_of, 0xff, p->stacks_nr * sizeof(*p->site_of));
	memset(p->pool_of, 0xff, p->pools_nr * sizeof(*p->pool_of));
	return count_roots(p);
}

static int run(struct pt_graph_parts *p)
{
	static int (*const steps[])(struct pt_graph_parts *p) = {
		pt_graph_idle_table, pt_graph_leak_table, pt_graph_row_table, pt_graph_path_table,
		pt_graph_node_table, size_sites,
	};
	int err = prepare(p);

	if (err)
		return err;
	pt_graph_doubt_sums(p);
	err = pt_graph_pool_tables(p);
	if (!err)
		err = pt_dominators_init(&p->dominators, &p->refs->graph);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && !err; i++)
		err = steps[i](p);
	return err;
}

/* A thread that did not answer may hold anything. */
static void forget_leaks(struct pt_graph_snapshot *out)
{
	free(out->leaks);
	out->leaks = NULL;
	out->leaks_nr = 0;
	out->unreachable_bytes = out->unreachable_objects = PT_UNKNOWN;
}

int pt_graph_tables(struct pt_graph_parts *p)
{
	struct pt_graph_snapshot *out = p->out;
	int err;

	out->nodes = p->cut->nodes_nr - 1;
	out->edges = p->refs->edges_nr;
	out->interior_edges = p->refs->interior_nr;
	out->words = p->refs->words;
	err = run(p);
	if (p->refs->silent_nr)
		forget_leaks(out);
	pt_dominators_fini(&p->dominators);
	free(p->ways);
	free(p->pool_of);
	free(p->site_of);
	return err;
}

int pt_graph_fill(const struct pt_cut *cut, const struct pt_references *refs, const struct pt_snapshot *s,
		  const struct pt_pools *pools, const struct pt_trace *t, const struct pt_graph_ask *ask,
		  struct pt_graph_snapshot *out)
{
	struct pt_graph_parts p = { .cut = cut, .refs = refs, .s = s, .ask = ask, .out = out };
	char(*names)[64];
	int err;

	(void)t; /* modules and threads are the command's */
	p.pools_nr = pt_pools_nr(pools);
	names = calloc((size_t)p.pools_nr + 1, sizeof(*names));
	if (!names)
		return -PT_ENOMEM;
	for (uint32_t i = 0; i < p.pools_nr; i++)
		memcpy(names[i], pt_pools_get(pools, i)->name, sizeof(names[i]));
	p.names = (const char(*)[64])names;
	err = pt_graph_tables(&p);
	free(names);
	return err;
}
