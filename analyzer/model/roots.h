/* SPDX-License-Identifier: MIT */
/*
 * roots.h - what a word of memory that lies in no node belongs to: the table of docs/graph.md, "Roots".
 *
 * Asked by ascending place. Memory: a few dozen bytes a thread and region.
 */
#ifndef PT_ROOTS_H
#define PT_ROOTS_H

#include "../trace/snapshot.h"
#include "heap.h"
#include "references.h"

#define PT_ROOTS_TLS_BYTES 4096u /* taken for the size of static TLS, and for that of the control block */
#define PT_ROOTS_RED_BYTES 128u

/* What a range of a thread's memory is. */
struct pt_roots_zone {
	uint64_t start, end;
	uint32_t kind; /* enum pt_root_word_kind, or PT_ROOT_WORD_NR: no root */
	uint32_t tid;
};

struct pt_roots {
	const struct pt_snapshot *snapshot;
	const struct pt_heap *heap;
	struct pt_roots_zone *tls, *stacks; /* by start, disjoint within each */
	uint32_t tls_nr, stacks_nr;
	uint8_t *skip;	  /* by region: AREA_* of roots.c */
	uint8_t *modules; /* by static: MODULE_* */
	bool unplaced;	  /* a thread lives, and nobody told where its stack is: it may be one that was used before */
	uint32_t area, module, at_tls, at_stack; /* where the last place was */
};

int pt_roots_init(struct pt_roots *x, const struct pt_snapshot *s, const struct pt_trace *t,
		  const struct pt_heap *heap);
void pt_roots_fini(struct pt_roots *x);

/*
 * pt_roots_kind() - of the word at `place`, not below the last one asked for.
 *
 * into_end: it points into the last 8 bytes of a node, at a multiple of 16.
 * out:	     kind, statics and tid are set; left alone when it is not a root: false.
 */
bool pt_roots_kind(struct pt_roots *x, uint64_t place, bool into_end, struct pt_root_word *out);

#endif
