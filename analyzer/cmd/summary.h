/* SPDX-License-Identifier: MIT */
/*
 * summary.h - what `pooltrace info` tells of one trace, collected in one pass.
 *
 * Memory: O(live blocks + threads + modules), and PT_NOTES_MAX notes.
 */
#ifndef PT_SUMMARY_H
#define PT_SUMMARY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../trace/trace.h"

#define PT_NOTES_MAX 1000u
#define PT_KINDS_NR (PT_EV_MODE + 1)

struct pt_summary {
	const char *path;
	struct pt_trace *trace; /* read to its end */
	uint64_t kinds[PT_KINDS_NR]; /* events by enum pt_event_kind */
	uint64_t allocations; /* ALLOC and REALLOC_END, as in a report's totals */
	uint64_t frees;	      /* FREE and REALLOC_FREED */
	uint64_t reallocs;    /* calls with a block, or that gave one */
	uint64_t allocated_bytes;
	uint64_t losses;
	struct pt_count counted; /* by counters, in place of events; bytes are usable ones */
	uint64_t counted_threads, counted_pool_events;
	uint32_t counts_nr, counts_damaged; /* blocks of counters */
	bool whole;
	char torn_reason[256]; /* "" when whole */
	char **notes;
	size_t notes_nr;
	uint64_t notes_more; /* beyond PT_NOTES_MAX */
};

/* pt_summary_read() - opens `path`, reads it, fills *s. 0 or a negative PT_E*, *s needs no fini then. */
int pt_summary_read(struct pt_summary *s, const char *path);
void pt_summary_fini(struct pt_summary *s);

/* pt_summary_bytes_per_event() - what events and all that belongs to them take in the file, snapshots and the
 * holes they left not counted. There must be events. */
double pt_summary_bytes_per_event(const struct pt_summary *s);

/* pt_kind_name() - "alloc", "realloc_begin" ...; the words of dump and info. */
const char *pt_kind_name(unsigned int kind);

/* pt_lost_name() - "limit", "disk", "memory", "nested". */
const char *pt_lost_name(unsigned int cause);

/* pt_snap_lost_name() - "limit", "disk" ... of enum pt_snap_lost. */
const char *pt_snap_lost_name(unsigned int cause);

/* pt_mode_name() - "full", "counters", "sample" of enum pt_mode. */
const char *pt_mode_name(unsigned int mode);

/* pt_hex() - `bytes` as hexadecimal digits, cut to what fits into out[size]. Returns out. */
const char *pt_hex(char *out, size_t size, const uint8_t *bytes, size_t bytes_nr);

/* pt_summary_json() - a new object; NULL: no memory. */
json_t *pt_summary_json(const struct pt_summary *s);

/* pt_summary_print() - for people, on stdout. 0 or -PT_ENOMEM. */
int pt_summary_print(const struct pt_summary *s, bool all);

#endif
