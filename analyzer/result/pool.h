/* SPDX-License-Identifier: MIT */
/*
 * pool.h - what the report knows of an annotated pool. Definitions of every field: docs/pools.md.
 *
 * Plain data like report.h, which includes it. PT_UNKNOWN (for doubles NAN) is "not computed".
 */
#ifndef PT_RESULT_POOL_H
#define PT_RESULT_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pt_age_histogram;

/* What the user may set; cmd/report.c reads it from the command line. */
struct pt_pool_limits {
	uint64_t dead_after_ns;	   /* T of the dead hoard */
	uint64_t regret_within_ns; /* tau of regret */
	uint64_t limit_bytes;	   /* what the forecast runs into */
};
#define PT_POOL_LIMITS_DEFAULT { 1000000000ull, 1000000000ull, 1ull << 30 }

/* One shard, thread, CPU or call site of a pool. */
struct pt_pool_row {
	uint64_t gets, puts, hits, misses, steals, stolen;
	uint64_t stocked, drops, purged, vanished;
	uint64_t stranded_misses, stranded_bytes, ambiguous_misses;
	uint64_t in_use_objects, in_use_bytes;
	uint64_t idle_objects, idle_bytes;
	uint64_t peak_in_use_bytes, peak_idle_bytes;
	uint64_t peak_held_bytes; /* PT_UNKNOWN: sites */
	uint64_t idle_at_peak_bytes;
	uint64_t in_use_at_peak_bytes; /* at the same moment */
	double hoard_byte_seconds;
	uint64_t dead_hoard_objects, dead_hoard_bytes; /* PT_UNKNOWN: the trace is shorter than T */
	uint64_t late_reuse_objects, late_reuse_bytes;
	uint64_t ratchet_bytes;
	uint64_t regretted_drops, regretted_bytes, useful_drops; /* shards and sites */
};

/* Idle (and, of the pool, in use) bytes over time. Steps of width_ns. */
#define PT_SERIES_STEPS_MAX 128u
struct pt_pool_series {
	uint64_t width_ns;
	uint32_t steps_nr;
	uint64_t *idle_max_bytes, *idle_end_bytes; /* by step; owned */
	uint64_t *in_use_max_bytes, *in_use_end_bytes; /* of the pool only, else NULL; owned */
};

struct pt_pool_shard {
	uint32_t slot;	 /* of the instance */
	uint32_t number; /* PT_SHARD_THREAD when it is a thread's */
	uint32_t thread; /* index into report.threads[]; UINT32_MAX when it is a numbered one */
	char name[64];	 /* pooltrace_shard_name(), else "" */
	struct pt_pool_row row;
	struct pt_age_histogram *idle_age; /* at the end; NULL = all zero; owned */
	struct pt_pool_series occupancy;
	double drift_bytes_per_s; /* NAN: fewer than 3 steps */
	double forecast_s;	  /* NAN: none */
};

struct pt_pool_thread {
	uint32_t thread; /* index into report.threads[] */
	struct pt_pool_row row;
};

struct pt_pool_cpu {
	uint32_t cpu;
	struct pt_pool_row row;
};

struct pt_pool_site {
	uint32_t site; /* index into report.pool_sites[] */
	struct pt_pool_row row;
};

/* Sparse matrix cell; what from and to are indexes of, the matrix says. */
struct pt_pool_cell {
	uint32_t from, to;
	uint64_t objects, bytes;
};

struct pt_pool_matrix {
	struct pt_pool_cell *cells; /* largest bytes first, then objects, then from, then to; owned */
	size_t cells_nr;
};

struct pt_pool_leak {
	uint32_t site;	 /* index into report.pool_sites[]: the get */
	uint32_t thread; /* index into report.threads[]: of the get */
	uint64_t objects, bytes;
	uint64_t longest_hold_ns;
	uint64_t thread_is_gone, held_too_long, at_destroy; /* of these objects, how many */
};

/* The waterfall, at the pool's peak held. Signed: sharing may cost. */
struct pt_pool_waterfall {
	uint64_t held_bytes, in_use_bytes;
	int64_t sharding_bytes, time_bytes, ratchet_bytes;
	int64_t graph_bytes; /* graph_retained_bytes: of another moment, no part of the sum; INT64_MIN: not known */
};

enum pt_misuse {
	PT_MISUSE_PUT_OF_IDLE = 0,
	PT_MISUSE_PUT_OF_FOREIGN,
	PT_MISUSE_GET_OF_IN_USE,
	PT_MISUSE_NR
};

/* Calls that ought not to have happened: one pair of stacks. */
struct pt_pool_misuse {
	uint8_t kind; /* enum pt_misuse */
	bool other_known;
	uint32_t site, other_site; /* indexes into report.pool_sites[]; other: who made the object what it was */
	uint32_t thread, other_thread; /* indexes into report.threads[], of the first */
	uint64_t objects;	       /* how often */
	uint64_t first_addr, first_ns;
};

/* All that an annotated pool has beyond struct pt_report_pool. */
struct pt_pool_detail {
	uint32_t instances_nr; /* ever; */
	uint32_t slots_nr;     /* most at the same time */
	uint64_t object_bytes; /* as created, when the same for all; 0 = sizes vary */
	bool one_size;
	struct pt_pool_row row; /* of the pool as a whole */
	uint64_t peak_in_use_ns;
	uint64_t ratchet_at_peak_bytes;
	uint64_t stray_drops, stray_moves, stray_resizes;
	uint64_t hold_p999_ns; /* PT_UNKNOWN: fewer than 1,000 holds */
	uint64_t graph_retained_bytes; /* at graph_ns; PT_UNKNOWN: no snapshot, or the pool had no object then */
	uint64_t graph_ns;	       /* the last snapshot; PT_UNKNOWN: there is none that can be used */
	struct pt_pool_shard *shards;
	size_t shards_nr;
	struct pt_pool_thread *threads; /* those with an event of this pool, by index */
	size_t threads_nr;
	struct pt_pool_cpu *cpus;
	size_t cpus_nr;
	struct pt_pool_site *sites;
	size_t sites_nr;
	struct pt_pool_matrix stranded;	       /* shards[] x shards[]: starved, holder */
	struct pt_pool_matrix stranded_thread; /* report.threads[] */
	struct pt_pool_matrix stranded_cpu;    /* cpus[] */
	struct pt_pool_matrix flow;	       /* shards[]: of the get, of the put that ended it */
	struct pt_pool_matrix flow_thread;     /* report.threads[] */
	struct pt_age_histogram *idle_age_at_peak; /* owned */
	struct pt_pool_series occupancy;
	struct pt_pool_waterfall waterfall;
	struct pt_pool_leak *leaks; /* largest bytes first */
	size_t leaks_nr;
	struct pt_pool_misuse *misuse; /* most often first */
	size_t misuse_nr;
};

/* Where every byte of the process is, at the end. */
struct pt_report_layers {
	uint64_t used_bytes;		    /* malloc's in use without pool_idle_bytes */
	uint64_t pool_idle_bytes;	    /* inside malloc's blocks in use */
	uint64_t pool_idle_elsewhere_bytes; /* in the program's own mappings */
	uint64_t allocator_idle_bytes;
	uint64_t rest_of_rss_bytes; /* PT_UNKNOWN: no sample, or less than the layers */
};

/* pooltrace_mark(). */
struct pt_report_mark {
	char *name; /* owned */
	uint64_t time_ns;
	uint64_t in_use_bytes, idle_bytes; /* malloc, at that moment */
	uint64_t pool_idle_bytes;	   /* all pools, summed */
};

/* pt_pool_detail_fini() - frees what it points to. */
void pt_pool_detail_fini(struct pt_pool_detail *d);

#endif
