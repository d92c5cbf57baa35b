/* SPDX-License-Identifier: MIT */
/*
 * snap_reader.h - the records of one chunk of a snapshot, one by one.
 *
 * Inside trace/ only. Nothing is read outside of the chunk's bytes; what a record says is for
 * snapshot.c to check.
 */
#ifndef PT_SNAP_READER_H
#define PT_SNAP_READER_H

#include <stdbool.h>

#include "../../format/snap.h"
#include "source.h"

/* One chunk of a snapshot, in memory. */
struct pt_snap_reader {
	uint8_t *buffer;
	const uint8_t *at, *end;
	struct pt_snap_state state;
};

struct pt_snap_record {
	uint64_t field[5];
	const char *path; /* PT_SNAP_STATIC: field[3] bytes */
	uint8_t kind;
};

/* pt_snap_reader_init() - room for the largest of `nr` chunks; free() its buffer. 0 or -PT_ENOMEM. */
int pt_snap_reader_init(struct pt_snap_reader *r, const struct pt_chunk *chunks, uint32_t nr);

/* pt_snap_reader_load() - `c` from its start. 0 or -PT_EIO. */
int pt_snap_reader_load(struct pt_snap_reader *r, const struct pt_source *s, const struct pt_chunk *c);

/* pt_snap_record_read() - the next record, which is no edge. 1, 0 at the chunk's end, -PT_ECORRUPT.
 * PT_SNAP_PLACE is applied to the reader's state. */
int pt_snap_record_read(struct pt_snap_reader *r, struct pt_snap_record *out);

/* pt_snap_first_chunk() - where the chunks of snapshot `number` begin in s->snaps; those of number + 1: where
 * they end. */
size_t pt_snap_first_chunk(const struct pt_source *s, uint64_t number);

/* An edge is next. */
static inline bool pt_snap_edge_next(const struct pt_snap_reader *r)
{
	return r->at < r->end && (*r->at & PT_SNAP_EDGE);
}

/* One edge, into r->state. False: it does not fit. */
static inline bool pt_snap_edge_read(struct pt_snap_reader *r)
{
	r->at = pt_snap_get_edge(&r->state, r->at, r->end);
	return r->at != NULL;
}

#endif
