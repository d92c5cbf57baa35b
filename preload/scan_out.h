/* SPDX-License-Identifier: MIT */
/*
 * scan_out.h - a snapshot's records into chunks of the trace.
 *
 * In the snapshot's child only (scan.h). May take half of what the size limit has left, so that the
 * program's own events still find room; what a dropped snapshot had is given back.
 */
#ifndef PT_SCAN_OUT_H
#define PT_SCAN_OUT_H

#include <stdbool.h>
#include <stdint.h>

#include "snapshot.h"

#define PT_SCAN_CHUNKS 32768u /* of 1 MiB: 32 GiB */

struct pt_scan_out {
	const struct pt_snapshot_job *job;
	struct pt_snap_state state;
	uint8_t *pos, *limit;
	struct pt_chunk_header *chunks[PT_SCAN_CHUNKS]; /* all so far */
	uint32_t chunks_nr;
	uint32_t next_pages;
	uint64_t end_page; /* chunks lie below it */
	uint64_t edges_nr;
	uint32_t lost; /* enum pt_snap_lost + 1 once nothing more can be written */
};

void pt_scan_out_init(struct pt_scan_out *o, const struct pt_snapshot_job *job);

/* pt_scan_out_turn() - a new chunk. False: lost says why. */
bool pt_scan_out_turn(struct pt_scan_out *o);

/* pt_scan_out_record() - one record of numbers, then bytes. False: lost says why. */
bool pt_scan_out_record(struct pt_scan_out *o, enum pt_snap kind, const uint64_t *fields, unsigned int nr,
			const char *text, size_t text_bytes);

/* pt_scan_out_drop() - give back all that was written. */
void pt_scan_out_drop(struct pt_scan_out *o);

/* pt_scan_out_edge() - False: lost says why. Places ascend. */
bool pt_scan_out_place(struct pt_scan_out *o, uint64_t place);

static inline bool pt_scan_out_edge(struct pt_scan_out *o, uint64_t place, uint64_t value)
{
	/* The first of a chunk would need a step from 0. */
	if (__builtin_expect(o->pos >= o->limit || !o->state.place, 0) && !pt_scan_out_place(o, place - 8))
		return false;
	o->pos = pt_snap_put_edge(&o->state, o->pos, place, value);
	o->edges_nr++;
	return true;
}

#endif
