/* SPDX-License-Identifier: MIT */
/* brute_graph.c - small graphs of all shapes, and a walk that can hardly be wrong. */
#include "brute_graph.h"

#include <stdlib.h>
#include <string.h>

static void add(struct brute_graph *p, uint32_t from, uint32_t to)
{
	if (p->edges_nr == EDGES_MAX || !to)
		return;
	p->edges[p->edges_nr].from = from;
	p->edges[p->edges_nr].to = to;
	p->edges[p->edges_nr].offset_bytes = brute_roll(4096);
	if (!brute_roll(100))
		p->edges[p->edges_nr].offset_bytes = PT_GRAPH_OFFSET_FAR + 5ull * brute_roll(2);
	p->edges[p->edges_nr++].interior = brute_roll(2);
}

static void add_list(struct brute_graph *p)
{
	for (uint32_t v = 1; v + 1 < p->nodes_nr; v++) {
		add(p, v, v + 1);
		if (brute_roll(2))
			add(p, v + 1, v);
	}
}

static void add_tree(struct brute_graph *p)
{
	for (uint32_t v = 2; v < p->nodes_nr; v++)
		add(p, 1 + brute_roll(v - 1), v);
}

static void add_cycles(struct brute_graph *p)
{
	for (uint32_t v = 1; v < p->nodes_nr;) {
		uint32_t end = v + 1 + brute_roll(6), first = v;

		if (end > p->nodes_nr)
			end = p->nodes_nr;
		for (; v < end; v++)
			add(p, v, v + 1 < end ? v + 1 : first);
	}
}

static void add_ladder(struct brute_graph *p)
{
	for (uint32_t v = 1; v + 2 < p->nodes_nr; v++) {
		add(p, v, v + 1);
		add(p, v, v + 2);
	}
}

static void add_any(struct brute_graph *p, uint32_t nr)
{
	for (uint32_t i = 0; i < nr; i++)
		add(p, brute_roll(12) ? brute_roll(p->nodes_nr) : 0, brute_roll(p->nodes_nr));
}

static void add_oddities(struct brute_graph *p)
{
	uint32_t nr = p->edges_nr;

	add(p, brute_roll(p->nodes_nr), brute_roll(p->nodes_nr));
	for (uint32_t i = 0; i < 3; i++) {
		uint32_t v = brute_roll(p->nodes_nr), e = nr ? brute_roll(nr) : 0;

		add(p, v, v); /* of the super-root: left out */
		if (nr)
			add(p, p->edges[e].from, p->edges[e].to);
	}
}

/* A shape, some cross edges, a few roots; then the edges in any order and under other numbers. */
void brute_graph_make(struct brute_graph *p)
{
	static void (*const shapes[])(struct brute_graph *) = { add_list, add_tree, add_cycles,
								add_ladder };
	uint32_t shape = brute_roll(6), names[NODES_MAX];

	memset(p, 0, sizeof(*p));
	p->nodes_nr = 1 + brute_roll(brute_roll(4) ? NODES_MAX : 6);
	if (shape < 4)
		shapes[shape](p);
	add_any(p, brute_roll(3) ? brute_roll(1 + p->nodes_nr / 3) : brute_roll(3 * p->nodes_nr));
	if (p->nodes_nr > 1 && brute_roll(8))
		add(p, 0, 1);
	for (uint32_t i = brute_roll(3); i; i--)
		add(p, 0, brute_roll(p->nodes_nr));
	add_oddities(p);
	for (uint32_t v = 0; v < p->nodes_nr; v++) {
		uint32_t other = v ? 1 + brute_roll(v) : 0;

		names[v] = names[other];
		names[other] = v;
		p->shallow_bytes[v] = v ? brute_roll(20) ? brute_roll(1000) : 3ull << 32 : 0;
	}
	for (uint32_t i = p->edges_nr; i; i--) {
		uint32_t other = brute_roll(i);
		__typeof__(p->edges[0]) edge = p->edges[other];

		p->edges[other] = p->edges[i - 1];
		edge.from = names[edge.from];
		edge.to = names[edge.to];
		p->edges[i - 1] = edge;
	}
}

bool brute_graph_build(const struct brute_graph *p, struct pt_graph *g)
{
	if (pt_graph_init(g, p->nodes_nr))
		return false;
	memcpy(g->shallow_bytes, p->shallow_bytes, p->nodes_nr * sizeof(p->shallow_bytes[0]));
	for (uint32_t i = 0; i < p->edges_nr; i++) {
		if (pt_graph_tell(g, p->edges[i].from, p->edges[i].to, p->edges[i].offset_bytes,
				  p->edges[i].interior))
			return false;
	}
	return !pt_graph_seal(g);
}

void brute_graph_reach(const struct brute_graph *p, const bool *without, bool *reached)
{
	bool more = !without[0];

	memset(reached, 0, p->nodes_nr);
	reached[0] = more;
	while (more) {
		more = false;
		for (uint32_t i = 0; i < p->edges_nr; i++) {
			uint32_t to = p->edges[i].to;

			if (!reached[p->edges[i].from] || reached[to] || without[to])
				continue;
			reached[to] = more = true;
		}
	}
}
