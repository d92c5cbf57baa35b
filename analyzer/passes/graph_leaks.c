// SPDX-License-Identifier: MIT
/*
 * graph_leaks.c - what nothing reaches, by call site, and where one would begin to look: its heads.
 *
 * A head is a node of a strongly connected part that no other part points at; of a part the lowest. Walks
 * from each node not yet seen, ascending, begin once in each such part, at its lowest node: whatever else
 * sees a node of it is in it. But they begin elsewhere, too; a second round of walks, from those
 * beginnings, last first, finds who of them is reached from a later one. (From an earlier one none is: it
 * would have been seen.)
 */
#include "graph_parts.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

struct heads {
	const struct pt_graph *graph;
	const uint8_t *ways;
	uint8_t *seen;	   /* by node */
	uint32_t *waiting; /* a stack */
	uint32_t *begun;
};

static void walk(const struct heads *h, uint32_t node)
{
	uint32_t nr = 0;

	h->seen[node] = 1;
	h->waiting[nr++] = node;
	while (nr) {
		node = h->waiting[--nr];
		for (uint32_t e = h->graph->start[node]; e < h->graph->start[node + 1]; e++) {
			uint32_t to = h->graph->edges[e].to;

			if (h->seen[to] || (h->ways[to] & PT_WAY_ANY))
				continue;
			h->seen[to] = 1;
			h->waiting[nr++] = to;
		}
	}
}

/* seen[v] = 2 of heads at the end. */
static void find(struct heads *h)
{
	uint32_t nr = h->graph->nodes_nr, begun_nr = 0;

	for (uint32_t v = 1; v < nr; v++) {
		if (h->seen[v] || (h->ways[v] & PT_WAY_ANY))
			continue;
		walk(h, v);
		h->begun[begun_nr++] = v;
	}
	memset(h->seen, 0, nr);
	while (begun_nr) {
		uint32_t v = h->begun[--begun_nr];

		if (h->seen[v])
			continue;
		walk(h, v);
		h->seen[v] = 2;
	}
}

static int more_first(const void *a, const void *b)
{
	const struct pt_graph_leak *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes > y->bytes ? -1 : 1;
	if (x->objects != y->objects)
		return x->objects > y->objects ? -1 : 1;
	return (x->site > y->site) - (x->site < y->site);
}

static int by_site(struct pt_graph_parts *p, const uint8_t *seen)
{
	const struct pt_graph *g = &p->refs->graph;
	struct pt_graph_snapshot *out = p->out;
	uint32_t *leak_of = malloc(p->stacks_nr * sizeof(*leak_of)); /* by stack */
	size_t max = 0;
	int err = leak_of ? 0 : -PT_ENOMEM;

	if (leak_of)
		memset(leak_of, 0xff, p->stacks_nr * sizeof(*leak_of));
	for (uint32_t v = 1; v < g->nodes_nr && !err; v++) {
		uint32_t *index;
		struct pt_graph_leak *leak;

		if (p->ways[v] & PT_WAY_ANY)
			continue;
		index = &leak_of[p->cut->nodes[v].stack];
		if (*index == PT_GRAPH_ROW_NONE) {
			if (out->leaks_nr == max) {
				max = max ? 2 * max : 64;
				leak = realloc(out->leaks, max * sizeof(*leak));
				if (!leak) {
					err = -PT_ENOMEM;
					break;
				}
				out->leaks = leak;
			}
			*index = (uint32_t)out->leaks_nr++;
			leak = &out->leaks[*index];
			*leak = (struct pt_graph_leak){ .addr = p->cut->nodes[v].addr };
			err = pt_graph_site(p, p->cut->nodes[v].stack, &leak->site);
		}
		leak = &out->leaks[*index];
		leak->objects++;
		leak->bytes += g->shallow_bytes[v];
		if (seen[v] == 2 && !leak->heads++)
			leak->addr = p->cut->nodes[v].addr;
	}
	free(leak_of);
	if (out->leaks_nr)
		qsort(out->leaks, out->leaks_nr, sizeof(*out->leaks), more_first);
	return err;
}

int pt_graph_leak_table(struct pt_graph_parts *p)
{
	struct heads h = { .graph = &p->refs->graph, .ways = p->ways };
	uint32_t unreachable_nr = (uint32_t)p->out->unreachable_objects;
	int err = -PT_ENOMEM;

	if (!unreachable_nr)
		return 0;
	h.seen = calloc(h.graph->nodes_nr, sizeof(*h.seen));
	h.waiting = malloc(unreachable_nr * sizeof(*h.waiting));
	h.begun = malloc(unreachable_nr * sizeof(*h.begun));
	if (h.seen && h.waiting && h.begun) {
		find(&h);
		err = by_site(p, h.seen);
	}
	free(h.begun);
	free(h.waiting);
	free(h.seen);
	return err;
}
