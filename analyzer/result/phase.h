/* SPDX-License-Identifier: MIT */
/*
 * phase.h - what happened from one mark of the program to the next. Definitions: docs/report.md.
 *
 * Plain data like report.h, which includes it.
 */
#ifndef PT_RESULT_PHASE_H
#define PT_RESULT_PHASE_H

#include <stdint.h>

/* Of the allocator, or of an annotated pool: what the other kind has is 0. */
struct pt_phase_figures {
	uint64_t peak_in_use_bytes, peak_held_bytes, peak_idle_bytes; /* within it; what it began with counts */
	uint64_t in_use_objects, in_use_bytes, idle_objects, idle_bytes; /* at its end */
	double hoard_byte_seconds;
	uint64_t allocations, allocated_bytes, frees, temporary_allocations, fresh_allocations;
	uint64_t stranded_misses, stranded_bytes;
	uint64_t gets, puts, misses, steals, ambiguous_misses, drops, purged;
	uint64_t regretted_drops, regretted_bytes; /* of what was dropped within it */
};

struct pt_phase_pool {
	char name[64];
	struct pt_phase_figures figures;
};

struct pt_report_phase {
	char *from, *to; /* names of marks; NULL: the start, the end of the run; owned */
	uint64_t begin_ns, end_ns;
	struct pt_phase_figures heap;
	struct pt_phase_pool *pools; /* annotated ones with an event before its end; owned */
	uint32_t pools_nr;
};

#endif
