/* SPDX-License-Identifier: MIT */
/*
 * source.h - the bytes of one trace file: header checked, chunks found, pages read on demand.
 *
 * Inside trace/ only. Everything that comes out of here lies inside the file; what the records
 * say is for writer.c to check. The file is read with pread into own memory, never mapped: a
 * live trace may be cut by somebody else while we look at it, and that must not be a SIGBUS.
 */
#ifndef PT_SOURCE_H
#define PT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../format/layout.h"
#include "packed.h"
#include "trace.h"

/* Two readings of both clocks: TSC and CLOCK_MONOTONIC. */
struct pt_clock_sample {
	uint64_t tsc;
	uint64_t mono_ns;
};

/* One chunk whose header makes sense. 48 bytes for at least 4096 in the file. */
struct pt_chunk {
	uint64_t page;
	uint64_t base_tick;
	uint32_t pages;
	uint32_t writer;
	uint32_t seq;
	uint32_t sample_bytes;
	struct pt_clock_sample clock;
	uint32_t whole; /* a snapshot's last chunk: what snapshot.c found when it looked; else 0 */
};

struct pt_source {
	int fd;
	struct pt_packed *packed; /* NULL: the file is the trace itself */
	uint64_t file_bytes;	  /* of the trace, packed or not */
	uint64_t end_page;	 /* first page beyond what is claimed and in the file */
	struct pt_chunk *chunks; /* by writer, then by seq */
	size_t chunks_nr, chunks_size;
	struct pt_chunk *snaps; /* the same of snapshots: by number (`writer`), then by seq */
	size_t snaps_nr, snaps_size;
	struct pt_chunk *counts; /* blocks of counters, by number (`writer`) */
	size_t counts_nr, counts_size;
	uint64_t sampled_tick; /* of the latest chunk that is a sample */
	uint64_t snaps_bytes; /* length of those */
	struct pt_clock_sample latest; /* of all chunks; tsc 0 = there is none */
	struct pt_clock_sample opened; /* this machine's clocks just before the file was read; tsc 0 = unknown */
	bool ring;	    /* a flight recorder's: chunks may be overwritten while we read */
	uint64_t ring_tick; /* events up to it are left out (ring.h) */
	uint64_t cut_tick; /* events after it are not read: see pt_clock_cut() */
};

/* pt_source_open() - `state` and `header` are filled in. 0, -PT_EIO (errno), -PT_ENOTTRACE,
 * -PT_EVERSION, -PT_ECORRUPT (the header), -PT_ENOMEM. */
int pt_source_open(struct pt_source *s, const char *path, struct pt_file_header *header,
		   struct pt_trace_state *state);
void pt_source_close(struct pt_source *s);

/* pt_file_read() - bytes read at `offset` of a file, short only at its end; -PT_EIO (errno). */
int64_t pt_file_read(int fd, void *buffer, size_t bytes, uint64_t offset);

/* pt_source_read() - the same of the trace; of a packed one also -PT_ENOMEM, or -PT_ECORRUPT: those bytes are damaged. */
int64_t pt_source_read(const struct pt_source *s, void *buffer, size_t bytes, uint64_t offset);

#endif
