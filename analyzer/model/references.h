/* SPDX-License-Identifier: MIT */
/*
 * references.h - the edges of a snapshot, resolved: which node of the cut points at which.
 *
 * Definitions: docs/graph.md, "Edges". Memory: the graph's, and 24 bytes for each word of a root.
 */
#ifndef PT_REFERENCES_H
#define PT_REFERENCES_H

#include "../trace/snapshot.h"
#include "cut.h"
#include "graph.h"

#define PT_OFFSET_INSIDE 0x7ffffffeu /* pt_graph_offset_bytes() of the two edges between a nested node and that around it */
#define PT_OFFSET_POOL 0x7ffffffdu   /* of the super-root's edge to an idle object: its pool holds it */

/* Same order as enum pt_root_kind of result/graph.h, which this room does not see. */
enum pt_root_word_kind {
	PT_ROOT_WORD_STATIC = 0,
	PT_ROOT_WORD_STACK,
	PT_ROOT_WORD_STALE,
	PT_ROOT_WORD_TLS,
	PT_ROOT_WORD_REGISTER,
	PT_ROOT_WORD_MAPPED,
	PT_ROOT_WORD_NR
};

struct pt_root_word {
	uint64_t place;	      /* address of the word; of a register its DWARF number */
	uint32_t node;
	uint32_t kind : 8;    /* enum pt_root_word_kind */
	uint32_t interior : 1;
	uint32_t statics : 23; /* of a static word: index into pt_snapshot.statics */
	uint32_t tid;	      /* stack, stale, tls, register; else 0 */
};

struct pt_references {
	struct pt_graph graph; /* sealed. Of an edge of the super-root the offset is an index into roots[], or PT_OFFSET_POOL */
	struct pt_root_word *roots;
	uint32_t roots_nr;
	uint64_t words;		 /* all that the snapshot holds */
	uint64_t edges_nr, interior_nr; /* as docs/graph.md counts them */
	uint32_t silent_nr;	 /* threads that were asked for their registers and did not answer */
};

/*
 * pt_references_read() - read all edges of `s`.
 *
 * t:    its tables, as they are at the cut: threads.
 * heap: as at the cut; which regions are the allocator's.
 *
 * 0, -PT_ENOMEM, -PT_EINVAL (more edges than a graph takes), or what pt_snapshot_edges() returned; then there is
 * nothing to fini.
 */
int pt_references_read(struct pt_references *r, const struct pt_cut *c, struct pt_snapshot *s, const struct pt_trace *t,
		       const struct pt_heap *heap);
void pt_references_fini(struct pt_references *r);

#endif
