// SPDX-License-Identifier: MIT
/* graph_behind.c - the small graph, its words, and who of them keeps what. */
#include "graph_behind.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

#define STEPS_MAX   200000000u /* nodes and edges looked at for fields: seconds. Beyond it the rarer ones are left out */
#define SETS_A_WALK 61u

int pt_graph_behind_init(struct pt_graph_behind *b, const struct pt_cut *cut, const struct pt_references *refs,
			 const uint8_t *ways)
{
	const struct pt_graph *g = &refs->graph;

	memset(b, 0, sizeof(*b));
	b->nodes_nr = 1;
	b->name = calloc(g->nodes_nr, sizeof(*b->name));
	if (!b->name)
		return -PT_ENOMEM;
	for (uint32_t v = 1; v < g->nodes_nr; v++) {
		bool idle = cut->nodes[v].state == PT_CUT_IDLE;

		if (!idle && (ways[v] & (PT_WAY_ANY | PT_WAY_BUSY)) != PT_WAY_ANY)
			continue;
		b->name[v] = b->nodes_nr++;
		b->edges_nr += g->start[v + 1] - g->start[v];
		if (idle)
			b->words_nr_max += g->start[v + 1] - g->start[v];
	}
	return 0;
}

static int count_word(struct pt_graph_behind *b, uint32_t pool, uint32_t node, struct pt_graph_edge e)
{
	struct pt_graph_word *word = pt_graph_word_at(b, pool, e);

	if (!word) {
		if (b->words_nr == b->words_max) {
			uint32_t max = b->words_max ? 2 * b->words_max : 256;
			struct pt_graph_word *words = realloc(b->words, max * sizeof(*words));

			if (!words)
				return -PT_ENOMEM;
			b->words = words;
			b->words_max = max;
		}
		if (pt_pairs_put(&b->known, pool, pt_graph_offset_bytes(e), b->words_nr))
			return -PT_ENOMEM;
		word = &b->words[b->words_nr++];
		*word = (struct pt_graph_word){ .pool = pool, .offset_bytes = pt_graph_offset_bytes(e) };
	}
	if (word->last != node) {
		word->objects++;
		word->interior_objects += pt_graph_interior(e);
	}
	word->last = node;
	return 0;
}

static int frequent_first(const void *a, const void *b, void *words)
{
	const struct pt_graph_word *x = (const struct pt_graph_word *)words + *(const uint32_t *)a;
	const struct pt_graph_word *y = (const struct pt_graph_word *)words + *(const uint32_t *)b;

	if (x->objects != y->objects)
		return x->objects > y->objects ? -1 : 1;
	if (x->pool != y->pool)
		return x->pool < y->pool ? -1 : 1;
	return (x->offset_bytes > y->offset_bytes) - (x->offset_bytes < y->offset_bytes);
}

static int choose(struct pt_graph_behind *b)
{
	uint64_t walks = STEPS_MAX / (b->nodes_nr + b->edges_nr + 2ull * b->words_nr_max), sets;

	b->chosen = malloc(((size_t)b->words_nr + 1) * sizeof(*b->chosen));
	if (!b->chosen)
		return -PT_ENOMEM;
	for (uint32_t i = 0; i < b->words_nr; i++)
		b->chosen[i] = i;
	qsort_r(b->chosen, b->words_nr, sizeof(*b->chosen), frequent_first, b->words);
	sets = (walks ? walks : 1) * SETS_A_WALK;
	sets = sets < PT_GRAPH_FIELDS_KEPT ? sets : PT_GRAPH_FIELDS_KEPT;
	b->sets_nr = (uint32_t)(b->words_nr < sets ? b->words_nr : sets);
	for (uint32_t i = 0; i < b->sets_nr; i++)
		b->words[b->chosen[i]].set = i + 1;
	return 0;
}

int pt_graph_words(struct pt_graph_behind *b, const struct pt_cut *cut, const struct pt_references *refs)
{
	const struct pt_graph *g = &refs->graph;

	for (uint32_t i = 0; i < cut->idle_nr; i++) {
		uint32_t node = cut->idle[i].node;

		for (uint32_t e = g->start[node]; e < g->start[node + 1]; e++) {
			if (!pt_graph_edge_inside(g->edges[e]) &&
			    count_word(b, cut->nodes[node].pool, node, g->edges[e]))
				return -PT_ENOMEM;
		}
	}
	return choose(b);
}

/* Edges of node v; `next`: the next word's node. */
static int tell_node(struct pt_graph_behind *b, const struct pt_cut *cut, const struct pt_graph *g, uint32_t v,
		     uint32_t *next)
{
	bool idle = cut->nodes[v].state == PT_CUT_IDLE;
	int err = idle ? pt_graph_tell(&b->graph, PT_GRAPH_ROOT, b->name[v], 0, false) : 0;

	if (!idle)
		b->graph.shallow_bytes[b->name[v]] = g->shallow_bytes[v];
	for (uint32_t e = g->start[v]; e < g->start[v + 1] && !err; e++) {
		uint32_t to = b->name[g->edges[e].to], from = b->name[v];
		const struct pt_graph_word *word = NULL;

		if (!to || cut->nodes[g->edges[e].to].state == PT_CUT_IDLE)
			continue; /* held by the super-root anyway */
		if (idle)
			word = pt_graph_word_at(b, cut->nodes[v].pool, g->edges[e]);
		if (word && word->set) {
			err = pt_graph_tell(&b->graph, from, *next, 0, false);
			from = *next;
			b->set_of[(*next)++] = word->set;
		}
		if (!err)
			err = pt_graph_tell(&b->graph, from, to, 0, false);
	}
	return err;
}

int pt_graph_behind_seal(struct pt_graph_behind *b, const struct pt_cut *cut, const struct pt_references *refs)
{
	uint64_t nr = (uint64_t)b->nodes_nr + (b->sets_nr ? b->words_nr_max : 0);
	uint32_t next = b->nodes_nr;

	if (nr > PT_GRAPH_NODES_MAX || pt_graph_init(&b->graph, (uint32_t)nr))
		return -PT_ENOMEM;
	b->set_of = calloc(nr, sizeof(*b->set_of));
	if (!b->set_of)
		return -PT_ENOMEM;
	for (uint32_t v = 1; v < refs->graph.nodes_nr; v++) {
		if (b->name[v] && tell_node(b, cut, &refs->graph, v, &next))
			return -PT_ENOMEM;
	}
	return pt_graph_seal(&b->graph) ? -PT_ENOMEM : 0;
}

int pt_graph_kept_by_words(struct pt_graph_behind *b, struct pt_kept *kept)
{
	struct pt_kept together;

	return pt_kept_by_sets(&b->graph, b->set_of, b->sets_nr, kept, &together);
}

/* A word is of its object's set: nodes of a set are not counted, and words are no objects. */
int pt_graph_kept_by_pools(struct pt_graph_behind *b, const struct pt_cut *cut, uint32_t pools_nr,
			   struct pt_kept *kept, struct pt_kept *together)
{
	const struct pt_graph *g = &b->graph;

	memset(kept, 0, pools_nr * sizeof(*kept));
	memset(b->set_of, 0, g->nodes_nr * sizeof(*b->set_of));
	for (uint32_t i = 0; i < cut->idle_nr; i++) {
		uint32_t node = cut->idle[i].node, name = b->name[node], set = cut->nodes[node].pool + 1;

		b->set_of[name] = set;
		for (uint32_t e = g->start[name]; e < g->start[name + 1]; e++) {
			if (g->edges[e].to >= b->nodes_nr)
				b->set_of[g->edges[e].to] = set;
		}
	}
	return pt_kept_by_sets(g, b->set_of, pools_nr, kept, together);
}

void pt_graph_behind_fini(struct pt_graph_behind *b)
{
	free(b->chosen);
	free(b->words);
	pt_pairs_fini(&b->known);
	free(b->set_of);
	free(b->name);
	pt_graph_fini(&b->graph);
	memset(b, 0, sizeof(*b));
}
