/* SPDX-License-Identifier: MIT */
/*
 * graph_kept.h - what can be reached only through idle objects: by which pool's, and by which of their words.
 *
 * Whatever can be reached past every idle object is kept by no pool and no field. What remains is reached
 * from idle objects alone, and each of these is held by its pool: so a pool keeps what its objects reach and
 * no other pool's do, and a field what is reached over its words and over no other word of an idle object.
 * One walk gives each node the one field or the one pool that reaches it, or none: a node's answer
 * changes three times at most, however many pools and fields there are.
 */
#ifndef PT_GRAPH_KEPT_H
#define PT_GRAPH_KEPT_H

#include "../model/pairs.h"
#include "graph_parts.h"

/* So many different ones are told apart; what further ones of idle objects at higher addresses keep is of no field. */
#define PT_GRAPH_WORDS_MAX (1u << 20)

/* A field: the words at one offset of a pool's idle objects. */
struct pt_graph_word {
	uint32_t pool, offset_bytes; /* pool's number */
	uint32_t objects, interior_objects;
	uint32_t last; /* the idle object counted last: a word too far away to be told apart counts once */
	uint32_t row;  /* in the table, from 1; 0 = it keeps too little */
	uint64_t kept_bytes;
	uint32_t kept_objects;
};

struct pt_graph_kept {
	const struct pt_cut *cut;
	const struct pt_graph *graph;
	struct pt_pairs known; /* (pool, offset): index into words */
	struct pt_graph_word *words;
	uint32_t words_nr, words_max;
	bool words_missing; /* there are more than PT_GRAPH_WORDS_MAX */
	uint32_t *chosen; /* index into words by row - 1 */
	uint32_t chosen_nr;
	uint32_t *colour; /* by node: see graph_kept.c */
	struct pt_graph_kept_sum {
		uint64_t bytes;
		uint32_t objects;
	} together, *pools; /* by pool's number */
};

/*
 * pt_graph_kept_init() - who keeps what. ways: of pt_graph_ways(). words: fields, too, and the PT_GRAPH_FIELDS_KEPT
 * chosen that keep most.
 *
 * 0 or -PT_ENOMEM; fini in any case. Memory: 8 bytes a node while it runs, then 4; 56 to 96 a word.
 */
int pt_graph_kept_init(struct pt_graph_kept *k, const struct pt_cut *cut, const struct pt_references *refs,
		       const uint8_t *ways, uint32_t pools_nr, bool words);
void pt_graph_kept_fini(struct pt_graph_kept *k);

/* pt_graph_word_at() - the word an edge of an idle object is, or NULL. */
static inline struct pt_graph_word *pt_graph_word_at(const struct pt_graph_kept *k, uint32_t pool,
						     struct pt_graph_edge e)
{
	uint32_t word = pt_graph_edge_inside(e) ? PT_PAIR_NONE : pt_pairs_get(&k->known, pool, pt_graph_offset_bytes(e));

	return word == PT_PAIR_NONE ? NULL : &k->words[word];
}

#endif
