/* SPDX-License-Identifier: MIT */
/*
 * graph_behind.h - what can be reached only through idle objects, as a small graph of its own.
 *
 * Whatever can be reached past every idle object is kept by no pool and no field: it is left out, and with
 * it all its edges. What remains is pointed at by the idle objects and by one another alone. Idle objects
 * are there, held by the super-root, with 0 bytes: they are never counted.
 *
 * A field is a node put on its edges: the word. Clearing the words of a field is taking those nodes away.
 */
#ifndef PT_GRAPH_BEHIND_H
#define PT_GRAPH_BEHIND_H

#include "../model/kept.h"
#include "../model/pairs.h"
#include "graph_parts.h"

struct pt_graph_word {
	uint32_t pool, offset_bytes; /* pool's number */
	uint32_t objects, interior_objects;
	uint32_t last; /* the idle object counted last: a word too far away to be told apart counts once */
	uint32_t set;  /* from 1; 0 = it is too rare, and not looked at */
};

struct pt_graph_behind {
	struct pt_graph graph;
	uint32_t *set_of; /* by node of `graph` */
	uint32_t *name;	  /* by node of the whole: that in `graph`, 0 = not behind */
	uint32_t nodes_nr; /* of `graph`, without words */
	uint32_t words_nr_max; /* edges from idle objects that may become words */
	uint64_t edges_nr;
	/* Fields; all 0 without them. */
	struct pt_pairs known; /* (pool, offset): index into words */
	struct pt_graph_word *words;
	uint32_t words_nr, words_max;
	uint32_t *chosen; /* index into words by set - 1 */
	uint32_t sets_nr;
};

/* pt_graph_behind_init() - who is behind. Then, if fields are wanted, pt_graph_words(); then _seal(). All return
 * 0 or -PT_ENOMEM; fini in any case. */
int pt_graph_behind_init(struct pt_graph_behind *b, const struct pt_cut *cut, const struct pt_references *refs,
			 const uint8_t *ways);
int pt_graph_words(struct pt_graph_behind *b, const struct pt_cut *cut, const struct pt_references *refs);
int pt_graph_behind_seal(struct pt_graph_behind *b, const struct pt_cut *cut, const struct pt_references *refs);
void pt_graph_behind_fini(struct pt_graph_behind *b);

/* pt_graph_kept_by_pools() - `kept`: pools_nr results, by pool's number. */
int pt_graph_kept_by_pools(struct pt_graph_behind *b, const struct pt_cut *cut, uint32_t pools_nr,
			   struct pt_kept *kept, struct pt_kept *together);

/* pt_graph_kept_by_words() - `kept`: sets_nr results. */
int pt_graph_kept_by_words(struct pt_graph_behind *b, struct pt_kept *kept);

/* pt_graph_word_at() - the word an edge of an idle object is, or NULL. */
static inline struct pt_graph_word *pt_graph_word_at(const struct pt_graph_behind *b, uint32_t pool,
						     struct pt_graph_edge e)
{
	uint32_t word = pt_graph_edge_inside(e) ? PT_PAIR_NONE : pt_pairs_get(&b->known, pool, pt_graph_offset_bytes(e));

	return word == PT_PAIR_NONE ? NULL : &b->words[word];
}

#endif
