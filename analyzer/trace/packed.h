/* SPDX-License-Identifier: MIT */
/*
 * packed.h - a packed trace as if it were not: which chunks there are, and any bytes of the trace.
 *
 * Inside trace/ only. Trusts nothing: lengths are checked against the file, groups against each other, and what
 * a group unpacks to against PT_PACKED_RATIO_MAX times its length; a damaged group costs its own chunks, and what
 * cannot be a group costs what follows. Opening reads the directories of the groups; groups are unpacked when
 * something in them is read, and kept while there is room. Memory: 24 bytes a chunk, 32 a group, and
 * unpacked groups: 1 MiB for each writer of the trace and 4 more, at most 16 MiB and 4 times the length of the file.
 */
#ifndef PT_PACKED_H
#define PT_PACKED_H

#include "packed_layout.h"
#include "trace.h"

struct pt_packed;

/*
 * pt_packed_open() - is the file behind `fd`, `file_bytes` long, a packed trace? Then *out is it, else NULL.
 *
 * `fd` stays the caller's, and open. 0; or -PT_EIO, -PT_ENOMEM, -PT_EVERSION, -PT_ECORRUPT: its header is damaged.
 */
int pt_packed_open(struct pt_packed **out, int fd, uint64_t file_bytes);
void pt_packed_close(struct pt_packed *p);

const struct pt_packed_header *pt_packed_header(const struct pt_packed *p);

/*
 * pt_packed_chunks() - `take` with the page and the header of each chunk, in no order, while it returns 0.
 *
 * Chunks that overlap others or make no sense are left out, and counted in `state` with those of groups whose
 * directory is damaged. state->truncated is set when the file does not go on to its end. Once, before pt_packed_read().
 * What `take` returned, or -PT_EIO, -PT_ENOMEM.
 */
int pt_packed_chunks(struct pt_packed *p, struct pt_trace_state *state,
		     int (*take)(void *arg, uint64_t page, const struct pt_chunk_header *h), void *arg);

/*
 * pt_packed_read() - bytes read at `offset` of the trace, short only at its end; holes are zeros.
 *
 * May be called by several threads. -PT_EIO, -PT_ENOMEM, or -PT_ECORRUPT: they were in a damaged group.
 */
int64_t pt_packed_read(struct pt_packed *p, void *buffer, size_t bytes, uint64_t offset);

/* pt_packed_whole() - did pt_packed_chunks() find all of it? What is in the groups is not looked at. */
bool pt_packed_whole(const struct pt_packed *p);

/* A run of bytes that is in the file: all others of the trace are holes, or lost. */
struct pt_packed_piece {
	uint64_t page;
	uint32_t stored_bytes, image_bytes; /* what follows the stored ones is zero */
	bool loose; /* it belongs to no chunk */
};

/* pt_packed_piece() - the i-th, by ascending page; false when there are no more. */
bool pt_packed_piece(const struct pt_packed *p, size_t i, struct pt_packed_piece *out);

#endif
