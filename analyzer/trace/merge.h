/* SPDX-License-Identifier: MIT */
/*
 * merge.h - the writers of a trace as one stream in the order of their stamps.
 *
 * Inside trace/ only. Two events of one writer keep their order; of two writers the smaller
 * tick comes first, at equal ticks the writer that ran last, so it is the same on each reading.
 */
#ifndef PT_MERGE_H
#define PT_MERGE_H

#include "clock.h"
#include "source.h"
#include "tables.h"
#include "writer.h"

/* A writer waits in the heap with the tick of its current record, or, until it is opened, with
 * the start of its first chunk. */
struct pt_merge_entry {
	uint64_t tick;
	uint32_t writer; /* index into pt_merge.writers */
	uint32_t pad;
};

/* Where a writer's chunks are, and its state while it is open. */
struct pt_merge_writer {
	size_t chunks, chunks_end; /* indexes into pt_source.chunks */
	struct pt_writer *open;
};

struct pt_merge {
	struct pt_merge_writer *writers;
	struct pt_merge_entry *heap; /* a binary heap, smallest tick at [0] */
	uint32_t heap_nr;
	uint32_t running;	   /* the writer of the current record; it is not in the heap */
	struct pt_writer *current; /* NULL: take the next from the heap */
	uint64_t limit;		   /* `current` may run while its tick is at most this */
};

/* What trace/ keeps for itself in an open trace. */
struct pt_trace_private {
	struct pt_source source;
	struct pt_clock clock;
	struct pt_tables tables;
	struct pt_merge merge;
	char text[PT_EXT_BYTES_MAX + 1]; /* of the event handed out last */
};

int pt_merge_init(struct pt_merge *m, const struct pt_source *s, uint32_t writers_nr);
void pt_merge_fini(struct pt_merge *m, uint32_t writers_nr);

/* pt_merge_switch() - the rest of pt_merge_next(), when the current writer, whose
 * pt_writer_next() said `r`, is not the one that comes next; r = 0 also when there is none. */
int pt_merge_switch(struct pt_trace *t, int r, struct pt_writer **out);

/* pt_merge_next() - the writer whose record comes next; it has been advanced. 1, 0, negative. */
static inline int pt_merge_next(struct pt_trace *t, struct pt_writer **out)
{
	struct pt_merge *m = &t->priv->merge;
	struct pt_writer *w = m->current;
	int r = w ? pt_writer_next(w, &t->priv->source, &t->state) : 0;

	if (__builtin_expect(r > 0 && w->rec.tick <= m->limit, 1)) {
		*out = w;
		return 1;
	}
	return pt_merge_switch(t, r, out);
}

#endif
