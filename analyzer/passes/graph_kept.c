// SPDX-License-Identifier: MIT
/*
 * graph_kept.c - colours spread from idle objects: a word's where all that reaches a node is of one field, else
 * a pool's where it is of one pool, else MANY. What is not to be coloured is MANY from the start.
 */
#include "graph_kept.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

#define AHEAD	4u	    /* nodes of the queue, and edges of a node */
#define MANY	0x7fffffffu /* 0: none yet; then words_nr of words, then pools_nr of pools */
#define WAITING 0x80000000u

struct walk {
	struct pt_graph_kept *kept;
	uint32_t *queue; /* a ring; a node is in it once */
	uint32_t nr, max, first;
};

static int count_word(struct pt_graph_kept *k, uint32_t pool, uint32_t node, struct pt_graph_edge e)
{
	struct pt_graph_word *word = pt_graph_word_at(k, pool, e);

	if (!word && k->words_nr == PT_GRAPH_WORDS_MAX) {
		k->words_missing = true;
		return 0;
	}
	if (!word) {
		if (k->words_nr == k->words_max) {
			uint32_t max = k->words_max ? 2 * k->words_max : 256;
			struct pt_graph_word *words = realloc(k->words, max * sizeof(*words));

			if (!words)
				return -PT_ENOMEM;
			k->words = words;
			k->words_max = max;
		}
		if (pt_pairs_put(&k->known, pool, pt_graph_offset_bytes(e), k->words_nr))
			return -PT_ENOMEM;
		word = &k->words[k->words_nr++];
		*word = (struct pt_graph_word){ .pool = pool, .offset_bytes = pt_graph_offset_bytes(e) };
	}
	if (word->last != node) {
		word->objects++;
		word->interior_objects += pt_graph_interior(e);
	}
	word->last = node;
	return 0;
}

static int count_words(struct pt_graph_kept *k)
{
	const struct pt_graph *g = k->graph;

	for (uint32_t i = 0; i < k->cut->idle_nr; i++) {
		uint32_t node = k->cut->idle[i].node;

		for (uint32_t e = g->start[node]; e < g->start[node + 1]; e++) {
			if (!pt_graph_edge_inside(g->edges[e]) &&
			    count_word(k, k->cut->nodes[node].pool, node, g->edges[e]))
				return -PT_ENOMEM;
		}
	}
	return 0;
}

static uint32_t pool_of(const struct pt_graph_kept *k, uint32_t colour)
{
	return colour <= k->words_nr ? k->words[colour - 1].pool : colour - k->words_nr - 1;
}

static uint32_t mixed(const struct pt_graph_kept *k, uint32_t a, uint32_t b)
{
	if (!a || a == b)
		return b;
	if (a == MANY || b == MANY || pool_of(k, a) != pool_of(k, b))
		return MANY;
	return k->words_nr + 1 + pool_of(k, a);
}

/* Of the `ahead`-th in the queue; not more than `max`. */
static uint32_t place(const struct walk *w, uint32_t ahead)
{
	uint64_t at = (uint64_t)w->first + ahead;

	return (uint32_t)(at < w->max ? at : at - w->max);
}

static void arrive(struct walk *w, uint32_t node, uint32_t colour)
{
	uint32_t *of = &w->kept->colour[node], old = *of & ~WAITING, new = mixed(w->kept, old, colour);

	if (new == old)
		return;
	if (!(*of & WAITING))
		w->queue[place(w, w->nr++)] = node;
	*of = new | WAITING;
}

/* Each of an idle object's words has a colour; what lies in it or around it has the pool's. */
static void start(struct walk *w)
{
	const struct pt_graph_kept *k = w->kept;
	const struct pt_graph *g = k->graph;

	for (uint32_t i = 0; i < k->cut->idle_nr; i++) {
		uint32_t node = k->cut->idle[i].node, pool = k->cut->nodes[node].pool;

		for (uint32_t e = g->start[node]; e < g->start[node + 1]; e++) {
			const struct pt_graph_word *word;

			if (k->colour[g->edges[e].to] == MANY)
				continue;
			word = pt_graph_word_at(k, pool, g->edges[e]);
			arrive(w, g->edges[e].to, word ? (uint32_t)(word - k->words) + 1 : k->words_nr + 1 + pool);
		}
	}
}

/* What comes later in the queue is asked for in three steps, each of which needs the one before. */
static void prefetch(const struct walk *w)
{
	const struct pt_graph *g = w->kept->graph;
	uint32_t node, end;

	if (w->nr <= 3 * AHEAD)
		return;
	__builtin_prefetch(&g->start[w->queue[place(w, 3 * AHEAD)]]);
	__builtin_prefetch(&g->edges[g->start[w->queue[place(w, 2 * AHEAD)]]]);
	node = w->queue[place(w, AHEAD)];
	end = g->start[node + 1];
	if (end - g->start[node] > AHEAD)
		end = g->start[node] + AHEAD;
	for (uint32_t e = g->start[node]; e < end; e++)
		__builtin_prefetch(&w->kept->colour[g->edges[e].to], 1);
}

static void spread(struct walk *w)
{
	const struct pt_graph *g = w->kept->graph;

	while (w->nr) {
		uint32_t node = w->queue[w->first], colour;

		prefetch(w);
		w->first = place(w, 1);
		w->nr--;
		colour = w->kept->colour[node] &= ~WAITING;
		for (uint32_t e = g->start[node]; e < g->start[node + 1]; e++)
			arrive(w, g->edges[e].to, colour);
	}
}

static void add(struct pt_graph_kept_sum *sum, uint64_t bytes)
{
	sum->bytes += bytes;
	sum->objects++;
}

static bool is_behind(const struct pt_graph_kept *k, const uint8_t *ways, uint32_t node)
{
	return (ways[node] & (PT_WAY_ANY | PT_WAY_BUSY)) == PT_WAY_ANY && k->cut->nodes[node].state != PT_CUT_IDLE;
}

static int colour_all(struct pt_graph_kept *k, const uint8_t *ways)
{
	struct walk w = { .kept = k, .max = 1 };

	k->colour = calloc(k->graph->nodes_nr, sizeof(*k->colour));
	if (!k->colour)
		return -PT_ENOMEM;
	for (uint32_t v = 0; v < k->graph->nodes_nr; v++) {
		if (is_behind(k, ways, v))
			w.max++;
		else
			k->colour[v] = MANY;
	}
	w.queue = malloc(w.max * sizeof(*w.queue));
	if (!w.queue)
		return -PT_ENOMEM;
	start(&w);
	spread(&w);
	free(w.queue);
	for (uint32_t v = 1; v < k->graph->nodes_nr; v++) {
		uint64_t bytes = k->graph->shallow_bytes[v];
		uint32_t colour = k->colour[v];

		if (!is_behind(k, ways, v))
			continue;
		add(&k->together, bytes);
		if (!colour || colour == MANY)
			continue;
		add(&k->pools[pool_of(k, colour)], bytes);
		if (colour > k->words_nr)
			continue;
		k->words[colour - 1].kept_bytes += bytes;
		k->words[colour - 1].kept_objects++;
	}
	return 0;
}

static int most_first(const void *a, const void *b, void *words)
{
	const struct pt_graph_word *x = (const struct pt_graph_word *)words + *(const uint32_t *)a;
	const struct pt_graph_word *y = (const struct pt_graph_word *)words + *(const uint32_t *)b;

	if (x->kept_bytes != y->kept_bytes)
		return x->kept_bytes > y->kept_bytes ? -1 : 1;
	if (x->objects != y->objects)
		return x->objects > y->objects ? -1 : 1;
	if (x->pool != y->pool)
		return x->pool < y->pool ? -1 : 1;
	return (x->offset_bytes > y->offset_bytes) - (x->offset_bytes < y->offset_bytes);
}

static int choose(struct pt_graph_kept *k)
{
	k->chosen = malloc(((size_t)k->words_nr + 1) * sizeof(*k->chosen));
	if (!k->chosen)
		return -PT_ENOMEM;
	for (uint32_t i = 0; i < k->words_nr; i++)
		k->chosen[i] = i;
	qsort_r(k->chosen, k->words_nr, sizeof(*k->chosen), most_first, k->words);
	k->chosen_nr = k->words_nr < PT_GRAPH_FIELDS_KEPT ? k->words_nr : PT_GRAPH_FIELDS_KEPT;
	for (uint32_t i = 0; i < k->chosen_nr; i++)
		k->words[k->chosen[i]].row = i + 1;
	return 0;
}

int pt_graph_kept_init(struct pt_graph_kept *k, const struct pt_cut *cut, const struct pt_references *refs,
		       const uint8_t *ways, uint32_t pools_nr, bool words)
{
	int err = 0;

	memset(k, 0, sizeof(*k));
	k->cut = cut;
	k->graph = &refs->graph;
	k->pools = calloc((size_t)pools_nr + 1, sizeof(*k->pools));
	if (!k->pools)
		return -PT_ENOMEM;
	if (!cut->idle_nr)
		return 0;
	if (words)
		err = count_words(k);
	if (!err)
		err = colour_all(k, ways);
	return err ? err : choose(k);
}

void pt_graph_kept_fini(struct pt_graph_kept *k)
{
	free(k->colour);
	free(k->pools);
	free(k->chosen);
	free(k->words);
	pt_pairs_fini(&k->known);
	memset(k, 0, sizeof(*k));
}
