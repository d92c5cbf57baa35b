/* SPDX-License-Identifier: MIT */
/* graph_oracle_flood.c - docs/graph.md, "What is computed": take away, flood, see what is dry. */
#include "graph_oracle.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is taken away: a node, the idle objects of a pool or of all, a field, interior pointers. */
struct without {
	size_t node; /* NOBODY: none */
	const char *pool; /* its idle objects; "" = of all pools */
	const char *field_pool;
	uint64_t field_offset;
	bool interior;
};

static const struct without nothing = { .node = NOBODY };

static bool node_gone(const struct world *w, const struct without *x, size_t node)
{
	const struct node *n = &w->nodes[node];

	if (node == x->node)
		return true;
	return x->pool && n->idle && (!x->pool[0] || !strcmp(n->pool, x->pool));
}

static bool edge_gone(const struct world *w, const struct without *x, const struct edge *e)
{
	if (x->interior && e->interior)
		return true;
	if (!x->field_pool || e->from == NOBODY || e->inside || e->offset != x->field_offset)
		return false;
	return w->nodes[e->from].idle && !strcmp(w->nodes[e->from].pool, x->field_pool);
}

/* wet: by node. Over all edges again and again, until nothing changes. */
static void flood(const struct world *w, const struct without *x, bool *wet)
{
	bool more = true;

	memset(wet, 0, w->nodes_nr * sizeof(*wet));
	while (more) {
		more = false;
		for (size_t i = 0; i < w->edges_nr; i++) {
			const struct edge *e = &w->edges[i];

			if ((e->from != NOBODY && !wet[e->from]) || wet[e->to] || edge_gone(w, x, e) ||
			    node_gone(w, x, e->to))
				continue;
			wet[e->to] = more = true;
		}
	}
}

/* Bytes and objects that are wet before and dry after; idle ones only if wanted. */
static uint64_t dried(const struct world *w, const bool *before, const bool *after, bool idle_too, uint64_t *objects)
{
	uint64_t bytes = 0;

	*objects = 0;
	for (size_t i = 0; i < w->nodes_nr; i++) {
		if (!before[i] || after[i] || (w->nodes[i].idle && !idle_too))
			continue;
		bytes += w->nodes[i].shallow_bytes;
		++*objects;
	}
	return bytes;
}

/* How many dominate each node; over[d * nr + v]: d dominates v. */
static size_t *count_dominators(const struct world *w, const bool *wet, bool *over, uint64_t *retained)
{
	size_t *nr = oracle_alloc(w->nodes_nr, sizeof(*nr));
	bool *after = oracle_alloc(w->nodes_nr, sizeof(*after));
	uint64_t objects;

	for (size_t d = 0; d < w->nodes_nr; d++) {
		struct without x = nothing;

		x.node = d;
		flood(w, &x, after);
		retained[d] = dried(w, wet, after, true, &objects);
		for (size_t v = 0; v < w->nodes_nr; v++) {
			over[d * w->nodes_nr + v] = wet[v] && !after[v];
			nr[v] += wet[v] && !after[v];
		}
	}
	free(after);
	return nr;
}

/* The dominator that all others of the node dominate: the one with most dominators of its own. */
static size_t immediate(const struct world *w, const bool *over, const size_t *nr, size_t node)
{
	size_t best = NOBODY;

	for (size_t d = 0; d < w->nodes_nr; d++)
		if (d != node && over[d * w->nodes_nr + node] && (best == NOBODY || nr[d] > nr[best]))
			best = d;
	return best;
}

/* "node ADDR BYTES SHALLOW POOL STATE", and of each what else is known, in lines of their own. */
static void tell_nodes(const struct world *w, const bool *wet)
{
	bool *over = oracle_alloc(w->nodes_nr * w->nodes_nr, sizeof(*over));
	bool *base = oracle_alloc(w->nodes_nr, sizeof(*base));
	uint64_t *retained = oracle_alloc(w->nodes_nr, sizeof(*retained));
	size_t *nr = count_dominators(w, wet, over, retained);
	struct without interior = nothing;

	interior.interior = true;
	flood(w, &interior, base);
	for (size_t i = 0; i < w->nodes_nr; i++) {
		const struct node *n = &w->nodes[i];
		size_t dominator = immediate(w, over, nr, i);
		uint64_t above = dominator == NOBODY ? 0 : w->nodes[dominator].addr;
		char name[80];

		snprintf(name, sizeof(name), "0x%" PRIx64 " %" PRIu64, n->addr, n->bytes);
		printf("node %s %" PRIu64 " %s %s\n", name, n->shallow_bytes, n->pool ? n->pool : "-",
		       !n->pool ? "-" : n->idle ? "idle" : "in_use");
		printf("reachable %s %s\n", name, wet[i] ? "true" : "false");
		printf("single %s %s\n", name, n->words == 1 ? "true" : "false");
		if (!wet[i])
			continue;
		printf("retained %s %" PRIu64 "\n", name, retained[i]);
		printf("dominator %s 0x%" PRIx64 "\n", name, above);
		printf("interior %s %s\n", name, base[i] ? "false" : "true");
		if (n->idle && retained[i] > n->shallow_bytes)
			printf("kept 0x%" PRIx64 " %s %" PRIu64 " %" PRIu64 "\n", n->addr, n->pool, n->shallow_bytes,
			       retained[i] - n->shallow_bytes);
	}
	free(nr);
	free(retained);
	free(base);
	free(over);
}

/* "field POOL OFFSET BYTES OBJECTS HAVE INTERIOR" of the edge's field; returns the bytes. 0: it was told before. */
static uint64_t tell_field(const struct world *w, const bool *wet, const char *pool, size_t edge)
{
	const struct edge *e = &w->edges[edge];
	struct without x = nothing;
	bool *after = oracle_alloc(w->nodes_nr, sizeof(*after));
	uint64_t bytes = 0, objects, have = 0, interior = 0;

	x.field_pool = pool;
	x.field_offset = e->offset;
	for (size_t i = 0; i < w->edges_nr; i++) {
		if (!edge_gone(w, &x, &w->edges[i]))
			continue;
		if (i < edge)
			goto told;
		have++; /* a word of an object has one offset: there are as many objects */
		interior += w->edges[i].interior;
	}
	flood(w, &x, after);
	bytes = dried(w, wet, after, false, &objects);
	printf("field %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", pool, e->offset, bytes,
	       objects, have, interior);
told:
	free(after);
	return bytes;
}

static void tell_pool(const struct world *w, const bool *wet, const char *pool)
{
	uint64_t nr[2] = { 0 }, bytes[2] = { 0 }, kept, objects, by_fields = 0;
	bool *after = oracle_alloc(w->nodes_nr, sizeof(*after));
	struct without x = nothing;

	for (size_t i = 0; i < w->nodes_nr; i++) {
		if (!w->nodes[i].pool || strcmp(w->nodes[i].pool, pool))
			continue;
		nr[w->nodes[i].idle]++;
		bytes[w->nodes[i].idle] += w->nodes[i].shallow_bytes;
	}
	x.pool = pool;
	flood(w, &x, after);
	kept = dried(w, wet, after, false, &objects);
	for (size_t i = 0; i < w->edges_nr; i++) {
		const struct edge *e = &w->edges[i];

		if (e->from != NOBODY && !e->inside && w->nodes[e->from].idle && !strcmp(w->nodes[e->from].pool, pool))
			by_fields += tell_field(w, wet, pool, i);
	}
	printf("pool %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", pool,
	       nr[1], bytes[1], nr[0], bytes[0], kept, objects, kept > by_fields ? kept - by_fields : 0);
	free(after);
}

static void tell_pools(const struct world *w, const bool *wet)
{
	for (size_t i = 0; i < w->nodes_nr; i++) {
		bool told = !w->nodes[i].pool;

		for (size_t j = 0; j < i && !told; j++)
			told = w->nodes[j].pool && !strcmp(w->nodes[j].pool, w->nodes[i].pool);
		if (!told)
			tell_pool(w, wet, w->nodes[i].pool);
	}
}

/* reaches[u * nr + v]: over edges between nodes. */
static bool *reaches(const struct world *w)
{
	bool *r = oracle_alloc(w->nodes_nr * w->nodes_nr, sizeof(*r)), more = true;

	for (size_t u = 0; u < w->nodes_nr; u++) {
		bool *row = &r[u * w->nodes_nr];

		row[u] = true;
		for (more = true; more;) {
			more = false;
			for (size_t i = 0; i < w->edges_nr; i++) {
				const struct edge *e = &w->edges[i];

				if (e->from == NOBODY || !row[e->from] || row[e->to])
					continue;
				row[e->to] = more = true;
			}
		}
	}
	return r;
}

/* A head: what reaches it and is dry, too, it reaches itself, and of those it is the lowest. */
static uint64_t heads(const struct world *w, const bool *wet)
{
	bool *r = reaches(w);
	uint64_t nr = 0;

	for (size_t v = 0; v < w->nodes_nr; v++) {
		bool head = !wet[v];

		for (size_t u = 0; u < w->nodes_nr && head; u++)
			if (!wet[u] && r[u * w->nodes_nr + v])
				head = r[v * w->nodes_nr + u] && u >= v;
		nr += head;
	}
	free(r);
	return nr;
}

static void tell_totals(const struct world *w, const bool *wet)
{
	bool *none = oracle_alloc(w->nodes_nr, sizeof(*none)), *all = oracle_alloc(w->nodes_nr, sizeof(*all));
	struct without idle = nothing;
	uint64_t objects, bytes = dried(w, wet, none, true, &objects), idle_bytes = 0;

	for (size_t i = 0; i < w->nodes_nr; i++) {
		all[i] = true;
		idle_bytes += w->nodes[i].idle ? w->nodes[i].shallow_bytes : 0;
	}
	printf("total reachable %" PRIu64 " %" PRIu64 "\n", bytes, objects);
	bytes = dried(w, all, wet, true, &objects);
	printf("total unreachable %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", bytes, objects, heads(w, wet));
	idle.pool = "";
	flood(w, &idle, none);
	bytes = dried(w, wet, none, false, &objects);
	printf("total idle %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", idle_bytes, bytes, objects);
	free(all);
	free(none);
}

void oracle_tell(const struct world *w)
{
	bool *wet = oracle_alloc(w->nodes_nr, sizeof(*wet));

	flood(w, &nothing, wet);
	tell_nodes(w, wet);
	tell_pools(w, wet);
	tell_totals(w, wet);
	free(wet);
}
