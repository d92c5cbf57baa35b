/* SPDX-License-Identifier: MIT */
/*
 * report.h - the hoarding report as typed tables: what passes fill and renderers read.
 *
 * Plain data, no pointer into a model or a trace. A quantity that could not be computed is
 * PT_UNKNOWN, never 0; renderers say why. Definitions of every field: docs/report.md.
 */
#ifndef PT_REPORT_H
#define PT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "counts.h"
#include "phase.h"
#include "pool.h"

#define PT_UNKNOWN UINT64_MAX
#define PT_ESTIMATE_MARGIN 1.96 /* standard errors to either side: 19 samples of 20 */
#define PT_AGE_BUCKETS \
	40 /* bucket k: 2^k <= age in microseconds < 2^(k+1); bucket 0 also holds < 1 us */

struct pt_age_histogram {
	uint64_t objects[PT_AGE_BUCKETS];
	uint64_t bytes[PT_AGE_BUCKETS];
};

/* Standard errors of what is estimated from a sample; all 0 where nothing is, and where the estimate is 0. */
struct pt_errors {
	double allocations, allocated_bytes;
	double in_use_objects, in_use_bytes, peak_in_use_bytes;
};

/* The same columns for a thread, a CPU, a pool and a site. */
struct pt_tally {
	uint64_t allocations;	  /* successful calls of allocation functions, realloc included */
	uint64_t frees;		  /* frees of non-null blocks, realloc(p, 0) included */
	uint64_t allocated_bytes; /* requested, summed over allocations */
	uint64_t freed_bytes;
	uint64_t freed_by_others; /* blocks allocated here and freed elsewhere */
	uint64_t freed_by_others_bytes;
	uint64_t in_use_objects,
		in_use_bytes; /* at the end of the trace; by where they were allocated */
	uint64_t idle_objects, idle_bytes; /* at the end of the trace; by where they were freed
					      (site: allocated) */
	uint64_t peak_in_use_bytes;	   /* own peak */
	uint64_t peak_idle_bytes;	   /* own peak */
	uint64_t idle_at_peak_bytes;	   /* idle here at the moment of the process's peak held */
	uint64_t in_use_at_peak_bytes;	   /* in use then */
	uint64_t fresh_allocations;	   /* served from addresses never handed out before */
	uint64_t stranded_misses; /* fresh while another thread (CPU) held a fitting idle block */
	uint64_t stranded_bytes;
	uint64_t temporary_allocations; /* freed by the next allocation event of the same thread */
	double hoard_byte_seconds;	/* integral of idle bytes over time */
	struct pt_age_histogram *idle_age; /* at the end of the trace; NULL = all zero; owned by the report */
	struct pt_errors errors;
};

struct pt_report_thread {
	uint64_t serial;
	uint32_t tid;
	char name[64];
	bool exited;
	struct pt_tally tally;
};

struct pt_report_cpu {
	uint32_t cpu;
	struct pt_tally tally;
};

struct pt_report_pool {
	char name[64];	 /* "malloc"; an annotated pool's own name */
	char source[64]; /* "allocator", "annotated", or the name of an adapter */
	struct pt_pool_detail *detail; /* NULL: the allocator's pool; owned. With it `tally` is all zero */
	uint64_t peak_in_use_bytes, peak_held_bytes, peak_held_ns;
	double blowup; /* peak held / peak in use; NAN when nothing was allocated */
	struct pt_tally tally;
	struct pt_age_histogram reuse_age; /* how long blocks had been idle when they were reused */
	uint64_t
		gone_bytes; /* idle blocks that ended because their pages went back to the system */
};

struct pt_report_frame {
	const char *function, *file, *module; /* NULL = unknown; not the report's: of the struct pt_symbols that told them */
	uint32_t line;
	bool inlined;
	uint64_t offset_bytes; /* in the module */
};

/* How a site's stack ends on the far side. */
enum pt_stack_end {
	PT_STACK_WHOLE = 0, /* followed to its end */
	PT_STACK_CUT,	    /* deeper than was asked for */
	PT_STACK_UNKNOWN,   /* no unwind information further out */
};

struct pt_report_site {
	uint32_t stack; /* the pass's stack id; frames are filled in by the command through symbols/
			 */
	struct pt_report_frame
		*frames; /* innermost first; NULL = not looked up, or no stack was recorded */
	size_t frames_nr;
	uint8_t stack_end; /* enum pt_stack_end */
	struct pt_tally tally;
};

/* Sparse matrix cell: row and column are indexes into threads[] (or cpus[]). */
struct pt_report_cell {
	uint32_t from, to;
	uint64_t objects, bytes;
};

struct pt_report_matrix {
	struct pt_report_cell *cells; /* sorted by bytes, largest first */
	size_t cells_nr;
};

struct pt_report_rss {
	uint64_t samples_nr;
	uint64_t peak_bytes, peak_anon_bytes;
	uint64_t end_bytes, end_anon_bytes;
	uint64_t end_ns; /* when the last one was taken */
	bool peak_told;	 /* peak_bytes is the kernel's account, not only the largest sample */
};

struct pt_report_totals {
	uint64_t allocations, frees, lost_events, allocated_bytes;
	uint64_t peak_in_use_bytes, peak_in_use_ns;
	uint64_t peak_held_bytes, peak_held_ns;
	uint64_t idle_at_peak_bytes;
	uint64_t in_use_at_end_bytes, in_use_at_end_objects;
	uint64_t idle_at_end_bytes, idle_at_end_objects;
	uint64_t idle_resident_at_most_bytes; /* at the end; PT_UNKNOWN without an RSS sample that tells */
	uint64_t temporary_allocations, stranded_misses, fresh_allocations;
	uint64_t mapped_at_end_bytes, peak_mapped_bytes; /* program's own large anonymous mmaps */
	double blowup;
	double hoard_byte_seconds;
	uint64_t duration_ns;
	struct pt_report_rss rss;
	struct pt_errors errors; /* in use: at the end */
};

/* Events that are missing from the trace, by cause. */
struct pt_report_loss {
	const char *cause; /* static text: "size limit", "disk", "memory", "nested" */
	uint64_t allocations, frees, pool_events;
};

/* A flight recorder: what was dropped before the report begins. */
struct pt_report_ring {
	uint64_t bytes; /* of the ring; 0 = everything was kept */
	uint64_t chunks, allocations, frees, pool_events; /* dropped */
	uint64_t since_ns;				  /* from here on everything is there */
};

/* What the file says about itself; filled in by the command from struct pt_trace. */
struct pt_report_file {
	bool truncated;		 /* shorter than its cursor says */
	const char *stopped;	 /* the cause for which recording stopped; NULL = it did not */
	uint64_t corrupt_chunks; /* given up at some record */
	uint64_t missing_chunks; /* gaps in a thread's sequence */
	uint64_t chunks_nr;	 /* found in the file, corrupt ones included */
	uint64_t corrupt_bytes;	 /* of the corrupt chunks, after that record */
	uint64_t claimed_bytes;	 /* by the recorder, header included; used_bytes of them are in the file */
	uint64_t events_nr, repaired_nr;
	uint64_t file_bytes, used_bytes;
	uint32_t stack_depth; /* frames at most; 0 = stacks were not asked for */
	uint32_t ppid;
	bool forked;
	struct pt_report_ring ring;
	struct pt_report_loss *losses; /* one per cause, zeros included */
	size_t losses_nr;
};

/* What the numbers of malloc rest on. */
enum pt_told {
	PT_TOLD_EVENTS = 0, /* every event that was recorded */
	PT_TOLD_SAMPLE,	    /* some were drawn: estimates */
	PT_TOLD_COUNTS,	    /* there is no event: counters */
};

/* How was recorded: docs/report.md, "Modes". */
struct pt_report_modes {
	uint8_t told;	       /* enum pt_told */
	uint8_t now;	       /* enum pt_mode, when the trace was read */
	uint32_t changes_nr;   /* while the program ran */
	uint64_t sample_bytes; /* now, or when it last was a sample; 0 = it never was */
	uint64_t explained_nr; /* events that contradict others only because there was a gap between them */
};

struct pt_report {
	char trace_path[4096];
	char program[256];
	char allocator[32]; /* whose malloc it had; "" = not known. Filled in by the command */
	uint32_t pid;
	bool running; /* and writing this trace, when it was read. Filled in by the command, in other modes than full */
	struct pt_report_file file;
	struct pt_report_modes modes;
	struct pt_report_counts *counts; /* counters; NULL = there are none; owned */
	char **notes; /* one line each: what the recorder had to say (PT_EV_NOTE); owned */
	size_t notes_nr;
	struct pt_report_totals totals;
	struct pt_report_thread *threads;
	size_t threads_nr;
	struct pt_report_cpu *cpus;
	size_t cpus_nr;
	struct pt_report_pool *pools;
	size_t pools_nr;
	struct pt_report_site *sites;
	size_t sites_nr;
	struct pt_report_site *pool_sites; /* stacks of pool events; of them only `stack` and frames count */
	size_t pool_sites_nr;
	struct pt_pool_limits limits;	   /* what the pools were judged by; filled in by the command */
	struct pt_report_layers *layers; /* NULL: no annotated pool; owned */
	struct pt_report_mark *marks;
	size_t marks_nr;
	struct pt_report_phase *phases; /* from mark to mark, in order; empty without marks */
	size_t phases_nr;
	uint64_t pauses_nr, paused_ns; /* pooltrace_pause() */
	struct pt_report_matrix freed_by; /* from = allocating thread, to = freeing thread */
	struct pt_report_matrix stranded; /* from = starved thread, to = holder thread */
	struct pt_report_matrix stranded_cpu;
	struct pt_report_matrix idle_sites; /* from = index into sites[], to = thread that holds it
					       idle at the end */
	uint64_t alloc_of_live, free_of_dead, free_of_unknown; /* anomalies */
};

/* pt_report_note() - append a copy of one line of text; beyond PT_NOTES_KEPT it is dropped, for a
 * damaged trace may hold millions. 0 or -PT_ENOMEM. */
#define PT_NOTES_KEPT 1000u
int pt_report_note(struct pt_report *r, const char *text);

/* pt_report_all_exited() - the program ended: that its threads did says nothing of them. */
bool pt_report_all_exited(const struct pt_report *r);

/* pt_report_has_pools() - are there annotated pools in it? pt_report_has_allocator(): is the
 * allocator's own pool, which `--pool` may have left out? */
bool pt_report_has_pools(const struct pt_report *r);
bool pt_report_has_allocator(const struct pt_report *r);

/* pt_report_site_fini() - frees what it points to; the site stays. */
void pt_report_site_fini(struct pt_report_site *site);

/* pt_report_pool_fini() - the same of a pool. */
void pt_report_pool_fini(struct pt_report_pool *pool);

/* pt_report_phase_fini() - frees what it points to. */
void pt_report_phase_fini(struct pt_report_phase *phase);

void pt_report_fini(struct pt_report *r);

#endif
