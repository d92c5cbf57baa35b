// SPDX-License-Identifier: MIT
/*
 * graph_path.c - a shortest way from a root to one block, and which of its steps are on every way.
 *
 * Breadth first; roots that are surest come first, so that of several shortest ways a good one is shown.
 * Memory: 12 bytes a node.
 */
#include "graph_parts.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

struct search {
	uint32_t *via;	/* by node: the edge it was reached by; PT_GRAPH_NONE: not reached */
	uint32_t *from; /* by node: where that comes from */
	uint32_t *queue;
	uint32_t queued_nr;
};

static void reach(struct search *q, uint32_t from, uint32_t edge, uint32_t to)
{
	if (q->via[to] != PT_GRAPH_NONE)
		return;
	q->via[to] = edge;
	q->from[to] = from;
	q->queue[q->queued_nr++] = to;
}

static enum pt_root_kind kind_of(const struct pt_graph_parts *p, struct pt_graph_edge e)
{
	if (pt_graph_edge_pool(e))
		return PT_ROOT_POOL;
	return (enum pt_root_kind)p->refs->roots[pt_graph_offset_bytes(e)].kind;
}

static void search(const struct pt_graph_parts *p, struct search *q, uint32_t node)
{
	static const enum pt_root_kind order[] = { PT_ROOT_STATIC, PT_ROOT_TLS, PT_ROOT_REGISTER, PT_ROOT_STACK,
						   PT_ROOT_MAPPED, PT_ROOT_POOL, PT_ROOT_STALE };
	const struct pt_graph *g = &p->refs->graph;

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		for (uint32_t e = g->start[PT_GRAPH_ROOT]; e < g->start[PT_GRAPH_ROOT + 1]; e++) {
			if (kind_of(p, g->edges[e]) == order[i])
				reach(q, PT_GRAPH_ROOT, e, g->edges[e].to);
		}
	}
	for (uint32_t at = 0; at < q->queued_nr && q->via[node] == PT_GRAPH_NONE; at++) {
		uint32_t from = q->queue[at];

		for (uint32_t e = g->start[from]; e < g->start[from + 1]; e++)
			reach(q, from, e, g->edges[e].to);
	}
}

static int tell_root(const struct pt_graph_parts *p, struct pt_graph_path *path, struct pt_graph_edge e)
{
	const struct pt_root_word *w;

	path->root = (uint8_t)kind_of(p, e);
	if (path->root == PT_ROOT_POOL)
		return 0;
	w = &p->refs->roots[pt_graph_offset_bytes(e)];
	path->place = w->place;
	path->root_tid = w->tid;
	if (path->root != PT_ROOT_STATIC || !p->s || w->statics >= p->s->statics_nr)
		return 0;
	path->root_offset = w->place - p->s->statics[w->statics].bias;
	if (!p->s->statics[w->statics].path)
		return 0;
	path->root_module = strdup(p->s->statics[w->statics].path);
	return path->root_module ? 0 : -PT_ENOMEM;
}

static int tell_step(struct pt_graph_parts *p, struct pt_graph_step *step, uint32_t node)
{
	const struct pt_cut_node *n = &p->cut->nodes[node];
	uint32_t stack = pt_graph_stack(p->cut, node);

	step->addr = n->addr;
	step->shallow_bytes = p->refs->graph.shallow_bytes[node];
	step->retained_bytes = p->dominators.retained_bytes[node];
	step->label.pool = PT_GRAPH_ROW_NONE;
	if (n->pool == PT_CUT_NO_POOL)
		return pt_graph_site(p, stack, &step->label.site);
	step->label.pool = p->pool_of[n->pool];
	step->label.idle = n->state == PT_CUT_IDLE;
	return pt_graph_known_site(p, stack, &step->label.site);
}

/* q->queue has the path's nodes now, the block first. */
static int tell_steps(struct pt_graph_parts *p, const struct search *q, struct pt_graph_path *path)
{
	const struct pt_graph *g = &p->refs->graph;
	uint32_t dominator = p->dominators.idom[q->queue[0]], nr = (uint32_t)path->steps_nr;

	for (uint32_t i = 0; i < nr; i++) {
		uint32_t node = q->queue[nr - 1 - i];
		struct pt_graph_step *step = &path->steps[i];
		int err = tell_step(p, step, node);

		if (err)
			return err;
		if (!path->reachable)
			continue;
		step->interior = pt_graph_interior(g->edges[q->via[node]]);
		if (i) {
			step->offset_bytes = pt_graph_offset_bytes(g->edges[q->via[node]]);
			step->inside = pt_graph_edge_inside(g->edges[q->via[node]]);
		}
	}
	/* A chain upwards, and all of it is on the path: from the block to the root, then turned. */
	for (uint32_t i = nr - 1; path->reachable && i-- > 0;) {
		if (q->queue[nr - 1 - i] != dominator)
			continue;
		path->dominators[path->dominators_nr++] = i;
		dominator = p->dominators.idom[dominator];
	}
	for (uint32_t i = 0; i < path->dominators_nr / 2; i++) {
		uint32_t other = path->dominators_nr - 1 - i, step = path->dominators[i];

		path->dominators[i] = path->dominators[other];
		path->dominators[other] = step;
	}
	return 0;
}

static int find(struct pt_graph_parts *p, struct search *q, struct pt_graph_path *path, uint32_t node)
{
	const struct pt_graph *g = &p->refs->graph;
	int err = 0;

	for (uint32_t v = 0; v < g->nodes_nr; v++) {
		for (uint32_t e = g->start[v]; e < g->start[v + 1]; e++)
			path->words_nr += g->edges[e].to == node && !pt_graph_edge_inside(g->edges[e]) &&
					  !(v == PT_GRAPH_ROOT && pt_graph_edge_pool(g->edges[e]));
	}
	memset(q->via, 0xff, g->nodes_nr * sizeof(*q->via));
	search(p, q, node);
	path->reachable = q->via[node] != PT_GRAPH_NONE;
	q->queue[path->steps_nr++] = node;
	while (path->reachable && q->from[node] != PT_GRAPH_ROOT) {
		node = q->from[node];
		q->queue[path->steps_nr++] = node;
	}
	if (path->reachable)
		err = tell_root(p, path, g->edges[q->via[node]]);
	path->steps = calloc(path->steps_nr, sizeof(*path->steps));
	path->dominators = calloc(path->steps_nr, sizeof(*path->dominators));
	if (!path->steps || !path->dominators) {
		path->steps_nr = 0;
		return -PT_ENOMEM;
	}
	return err ? err : tell_steps(p, q, path);
}

int pt_graph_path_table(struct pt_graph_parts *p)
{
	size_t nr = p->refs->graph.nodes_nr;
	struct search q = { 0 };
	uint32_t node;
	int err = -PT_ENOMEM;

	if (!p->ask || !p->ask->path)
		return 0;
	p->out->path = calloc(1, sizeof(*p->out->path));
	if (!p->out->path)
		return err;
	p->out->path->asked_addr = p->ask->path_addr;
	node = pt_cut_at(p->cut, p->ask->path_addr);
	p->out->path->found = node != 0;
	if (!node)
		return 0;
	q.via = malloc(nr * sizeof(*q.via));
	q.from = malloc(nr * sizeof(*q.from));
	q.queue = malloc(nr * sizeof(*q.queue));
	if (q.via && q.from && q.queue)
		err = find(p, &q, p->out->path, node);
	free(q.queue);
	free(q.from);
	free(q.via);
	return err;
}
