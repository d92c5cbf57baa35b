/* SPDX-License-Identifier: MIT */
/*
 * writer.h - one writer's stream: its chunks in order, decoded record by record.
 *
 * Inside trace/ only. Memory while a writer is open: 4 KiB of codec, a window of at most 64 KiB
 * that grows with what is really there, 4 bytes a stack node. Nothing once it has ended.
 */
#ifndef PT_WRITER_H
#define PT_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode.h"
#include "source.h"

/* The writer's numbers first_id, first_id + 1 ... are nodes[first], nodes[first + 1] ... */
struct pt_stack_run {
	uint32_t first_id;
	uint32_t first;
};

#define PT_THREAD_NONE UINT32_MAX
/* Any record fits: kind, ext kind, length, payload. With less left, the window is filled first. */
#define PT_WRITER_FAR_BYTES (PT_EXT_BYTES_MAX + 16u)
_Static_assert(PT_WRITER_FAR_BYTES >= PT_DECODE_BYTES, "pt_decode_far() stays inside the window");

struct pt_writer {
	struct pt_record rec; /* the current record; its tick is the writer's place in the merge */
	const uint8_t *at, *end; /* what of the window is not decoded */
	uint64_t unread_at;	 /* file offset of what follows the window in this chunk ... */
	uint64_t unread_bytes;	 /* ... and how much that is */
	const struct pt_chunk *chunk, *chunks_end; /* current (NULL = none yet), beyond the last */
	const struct pt_chunk *chunks;
	uint8_t *window;
	uint32_t window_bytes;
	uint32_t cpu;
	uint32_t sample_bytes; /* of the chunk */
	uint64_t thread_serial; /* at the start of the chunk; 0 = said by a record */
	bool chunk_opened;  /* a new chunk since the last record: thread_serial and cpu are fresh */
	bool lost_before;   /* and a chunk between it and the one before is missing */
	bool dropped;	    /* the rest of the current chunk was given up */
	uint64_t tick_limit; /* no record of this chunk is later ... */
	bool past_cut;	     /* ... that we read: what comes then was written after we began */
	uint64_t tick_reached;
	int decoded; /* what pt_decode_far() said of w->rec, when the slow way has to deal with it */

	/* Kept here for trace.c: */
	uint32_t thread;       /* index of the current thread, PT_THREAD_NONE before the first record */
	uint64_t realloc_addr; /* the block whose realloc has begun; 0 = none */

	uint32_t stack_epoch;
	uint32_t *nodes; /* global numbers of this writer's stack nodes */
	size_t nodes_nr, nodes_size;
	struct pt_stack_run *runs; /* one, and one more for each gap in what is known */
	size_t runs_nr, runs_size;

	struct pt_codec codec;
};

/* pt_writer_open() - the writer whose chunks are [chunks, end); not yet at a record. */
struct pt_writer *pt_writer_open(const struct pt_chunk *chunks, const struct pt_chunk *end);
void pt_writer_close(struct pt_writer *w);

/*
 * pt_writer_next() - goes to the next record.
 *
 * Returns 1 and w->rec, 0 at the end of the last chunk, -PT_EIO, -PT_ENOMEM. The rest of a
 * chunk in which something does not decode is dropped and counted in `state`.
 */
static inline int pt_writer_next(struct pt_writer *w, const struct pt_source *s, struct pt_trace_state *state);

/* pt_writer_next_slow() - the same, always right: near the end of the window, other kinds. */
int pt_writer_next_slow(struct pt_writer *w, const struct pt_source *s, struct pt_trace_state *state);

/* pt_writer_drop() - gives up the rest of the current chunk: w->rec made no sense. */
void pt_writer_drop(struct pt_writer *w, struct pt_trace_state *state);

/* pt_writer_stack_define() - the writer's next stack node is `node`. 0, -PT_ENOMEM. */
int pt_writer_stack_define(struct pt_writer *w, uint32_t node);
void pt_writer_stack_reset(struct pt_writer *w);

/* pt_writer_stack_find() - the slow half of pt_writer_stack(). */
uint32_t pt_writer_stack_find(const struct pt_writer *w, uint32_t id);

/* pt_writer_stack() - the node that this writer calls `id`; 0 when it is 0 or not known. */
static inline uint32_t pt_writer_stack(const struct pt_writer *w, uint32_t id)
{
	if (w->runs_nr == 1 && id - w->runs[0].first_id < w->nodes_nr)
		return w->nodes[id - w->runs[0].first_id];
	return id ? pt_writer_stack_find(w, id) : 0;
}

static inline int pt_writer_next(struct pt_writer *w, const struct pt_source *s, struct pt_trace_state *state)
{
	if (__builtin_expect(w->end - w->at >= (ptrdiff_t)PT_WRITER_FAR_BYTES, 1)) {
		int n = pt_decode_far(&w->codec, w->at, &w->rec);

		if (__builtin_expect(n > 0 && w->rec.tick >= w->tick_reached && w->rec.tick <= w->tick_limit, 1)) {
			w->at += n;
			w->tick_reached = w->rec.tick;
			return 1;
		}
		w->decoded = n;
	}
	return pt_writer_next_slow(w, s, state);
}

#endif
