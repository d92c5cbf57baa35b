/* SPDX-License-Identifier: MIT */
/*
 * segment.h - the trace file: opened, mapped whole, handed out in chunks.
 *
 * The file is made sparse at its full size, mapped once and closed, so no descriptor is held
 * that a program could close, write into or inherit. A chunk's pages are claimed from the
 * file system before use (MADV_POPULATE_WRITE): a full disk is an error code then, where a
 * store would be a SIGBUS.
 */
#ifndef PT_SEGMENT_H
#define PT_SEGMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "../format/layout.h"

struct pt_process;

struct pt_segment_open {
	char program[PT_PROGRAM_BYTES];
	uint8_t parent_id[16];
	uint32_t flags;
};

/* pt_segment_open() - create and map the trace; sets pr->file and pr->limit_pages. 0 or -PT_EIO. */
int pt_segment_open(struct pt_process *pr, const struct pt_segment_open *want);

/*
 * pt_segment_chunk() - claim `pages` pages for one writer.
 *
 * Returns the chunk, populated and zero, or NULL: then pr->stopped says why and every later
 * call returns NULL too. Async-signal-safe, lock-free, errno kept.
 */
struct pt_chunk_header *pt_segment_chunk(struct pt_process *pr, uint32_t pages);

/* pt_segment_stop() - no more chunks, for this reason. The first one counts. */
void pt_segment_stop(struct pt_process *pr, enum pt_lost why);

/* pt_segment_populate() - claim pages of the file from the file system. False: it refuses some. */
bool pt_segment_populate(void *at, uint64_t bytes);

/* pt_segment_shrink() - leave at most `spare_bytes` of unclaimed address space after what is in use;
 * the trace ends there. */
void pt_segment_shrink(struct pt_process *pr, uint64_t spare_bytes);

/* pt_segment_release() - a chunk is full: take it out of the program's resident set. The data
 * stays in the page cache and reaches the file. */
void pt_segment_release(struct pt_chunk_header *chunk, uint32_t pages);

enum pt_event_class {
	PT_CLASS_ALLOC = 0,
	PT_CLASS_FREE = 1,
	PT_CLASS_OTHER = 2, /* mappings, pages given back, thread and module ends */
	PT_CLASS_POOL = 3,  /* of annotated pools */
};

/* pt_segment_lose() - count one event that is not in the file. */
void pt_segment_lose(struct pt_process *pr, uint32_t shard, enum pt_lost why, enum pt_event_class class);

#endif
