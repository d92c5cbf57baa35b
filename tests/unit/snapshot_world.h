/* SPDX-License-Identifier: MIT */
/*
 * snapshot_world.h - traces with snapshots, and what can be read of them.
 */
#ifndef PT_SNAPSHOT_WORLD_H
#define PT_SNAPSHOT_WORLD_H

#include "../../analyzer/trace/snapshot.h"
#include "trace_builder.h"

#define HEAP 0x7f0000001000ull
#define DATA 0x400000ull

struct pt_trace *opened(const void *bytes, size_t nr);

/* The same of what was built so far; ends `b`. */
struct pt_trace *built(struct tb *b);

/* The edges that can be read, up to `max`, a few at a time; or what went wrong. */
int read_edges(struct pt_snapshot *s, struct pt_snap_edge *out, uint32_t max);

/* Opens snapshot 1 and reads its edges. How many, or the first error. */
int read_all(struct pt_trace *t);
int built_reads(struct tb *b);

/* Regions and all, in one chunk but for the second edge on. */
void small(struct tb *b, uint32_t number);

#endif
