/* SPDX-License-Identifier: MIT */
/*
 * brute_heap.h - the definitions of the hoarding report, worked out the slow way.
 *
 * Shares no code with analyzer/: every block there ever was stays in one array, and after every
 * event all sums are taken anew. O(events^2); for scripts of some hundred events.
 */
#ifndef PT_BRUTE_HEAP_H
#define PT_BRUTE_HEAP_H

#include "../../analyzer/result/report.h"
#include "../../analyzer/trace/event.h"

#define BRUTE_THREADS 8u
#define BRUTE_CPUS    8u
#define BRUTE_SITES   16u

/* Rows by thread, CPU and stack number as the events have them; matrices dense. */
struct brute_report {
	struct pt_tally threads[BRUTE_THREADS], cpus[BRUTE_CPUS], sites[BRUTE_SITES], pool;
	struct pt_age_histogram ages[BRUTE_THREADS + BRUTE_CPUS + BRUTE_SITES + 1]; /* what the tallies point to */
	struct pt_report_totals totals;
	struct pt_age_histogram reuse_age;
	uint64_t gone_bytes;
	struct {
		uint64_t objects, bytes;
	} freed_by[BRUTE_THREADS][BRUTE_THREADS], stranded[BRUTE_THREADS][BRUTE_THREADS],
		stranded_cpu[BRUTE_CPUS][BRUTE_CPUS], idle_sites[BRUTE_SITES][BRUTE_THREADS];
};

/* brute_heap() - the truth about `nr` events. Aborts without memory. */
void brute_heap(const struct pt_event *events, size_t nr, struct brute_report *out);

#endif
