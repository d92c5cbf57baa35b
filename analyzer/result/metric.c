// SPDX-License-Identifier: MIT
/*
 * metric.c - the catalogue: one row each, in the order of enum pt_metric.
 *
 * Call sites have no peaks of their own here: several stacks are one call site, and their peaks do not add up.
 * `by_default` leaves out what depends on how fast the machine is (time, byte-seconds), on the system (RSS),
 * and what merely follows from how much work there was (calls; temporary ones are waste). Of the process also blowup and idle at the end: they
 * grow as well when less is in use or more is freed, and its peak is looked at; and stranded misses, which depend on what threads
 * do at the same instant.
 */
#include "metric.h"

#define P	PT_SCOPE_BIT(PT_SCOPE_PROCESS)
#define POOL	PT_SCOPE_BIT(PT_SCOPE_POOL)
#define BOTH	(P | POOL)
#define PARTS	(PT_SCOPE_BIT(PT_SCOPE_THREAD) | PT_SCOPE_BIT(PT_SCOPE_CPU))
#define SITE	PT_SCOPE_BIT(PT_SCOPE_SITE)
#define P_PARTS (PT_SCOPE_BIT(PT_SCOPE_POOL_THREAD) | PT_SCOPE_BIT(PT_SCOPE_POOL_CPU))
#define P_SITE	PT_SCOPE_BIT(PT_SCOPE_POOL_SITE)
#define OF_HEAP (BOTH | PARTS | SITE)		     /* the allocator's alone */
#define OF_POOL (POOL | P_PARTS | P_SITE)	     /* annotated pools' alone */
#define ALL	(OF_HEAP | OF_POOL)

#define SUM	PT_TOGETHER_SUM
#define LARGEST PT_TOGETHER_LARGEST

/* What sites are ranked by: of malloc, of annotated pools. */
#define BLAME(site, pool_site) .blame = PT_METRIC_##site, .pool_blame = PT_METRIC_##pool_site
#define SELF(metric)	       BLAME(metric, metric)
#define CALLERS		       .of_callers = true

const struct pt_metric_row pt_metrics[PT_METRIC_NR] = {
	[PT_METRIC_PEAK_HELD_BYTES] = {
		"peak_held_bytes", "largest in use + idle",
		.together = LARGEST, .unit = PT_UNIT_BYTES, .scopes = BOTH | P_PARTS,
		.phases = true, .by_default = BOTH, BLAME(HELD_AT_PEAK_BYTES, HELD_AT_PEAK_BYTES) },
	[PT_METRIC_PEAK_IN_USE_BYTES] = {
		"peak_in_use_bytes", "largest in use: what one ideal cache would need",
		.together = LARGEST, .unit = PT_UNIT_BYTES, .scopes = BOTH | PARTS | P_PARTS,
		.phases = true, .by_default = BOTH, CALLERS, BLAME(IN_USE_AT_PEAK_BYTES, IN_USE_AT_PEAK_BYTES) },
	[PT_METRIC_PEAK_IDLE_BYTES] = {
		"peak_idle_bytes", "largest idle: freed or put, and used by nobody",
		.together = LARGEST, .unit = PT_UNIT_BYTES, .scopes = BOTH | PARTS | P_PARTS,
		.phases = true, BLAME(HOARD_BYTE_SECONDS, HOARD_BYTE_SECONDS) },
	[PT_METRIC_IDLE_AT_PEAK_BYTES] = {
		"idle_at_peak_bytes", "idle when most was held",
		.together = SUM, .unit = PT_UNIT_BYTES, .scopes = ALL, SELF(IDLE_AT_PEAK_BYTES) },
	[PT_METRIC_IN_USE_AT_PEAK_BYTES] = {
		"in_use_at_peak_bytes", "in use when most was held",
		.together = SUM, .unit = PT_UNIT_BYTES, .scopes = ALL, CALLERS, SELF(IN_USE_AT_PEAK_BYTES) },
	[PT_METRIC_HELD_AT_PEAK_BYTES] = {
		"held_at_peak_bytes", "in use + idle when most was held: each one's part in peak_held_bytes",
		.together = SUM, .unit = PT_UNIT_BYTES, .scopes = ALL, SELF(HELD_AT_PEAK_BYTES) },
	[PT_METRIC_IN_USE_AT_END_BYTES] = {
		"in_use_at_end_bytes", "not freed, or not put back, at the end",
		.together = SUM, .unit = PT_UNIT_BYTES, .scopes = ALL,
		.phases = true, .by_default = BOTH, CALLERS, SELF(IN_USE_AT_END_BYTES) },
	[PT_METRIC_IN_USE_AT_END_OBJECTS] = {
		"in_use_at_end_objects", "not freed, or not put back, at the end",
		.together = SUM, .unit = PT_UNIT_COUNT, .scopes = ALL,
		.phases = true, .by_default = BOTH, CALLERS, SELF(IN_USE_AT_END_OBJECTS) },
	[PT_METRIC_IDLE_AT_END_BYTES] = {
		"idle_at_end_bytes", "idle at the end",
		.together = SUM, .unit = PT_UNIT_BYTES, .scopes = ALL,
		.phases = true, .by_default = POOL, SELF(IDLE_AT_END_BYTES) },
	[PT_METRIC_IDLE_AT_END_OBJECTS] = {
		"idle_at_end_objects", "idle at the end",
		.together = SUM, .unit = PT_UNIT_COUNT, .scopes = ALL, .phases = true, SELF(IDLE_AT_END_OBJECTS) },
	[PT_METRIC_BLOWUP] = {
		"blowup", "peak_held_bytes / peak_in_use_bytes",
		.together = LARGEST, .unit = PT_UNIT_RATIO, .scopes = BOTH,
		.phases = true, .by_default = POOL, .of_held = true, BLAME(IDLE_AT_PEAK_BYTES, IDLE_AT_PEAK_BYTES) },
	[PT_METRIC_HOARD_BYTE_SECONDS] = {
		"hoard_byte_seconds", "idle bytes summed over time",
		.together = SUM, .unit = PT_UNIT_BYTE_SECONDS, .scopes = ALL, .phases = true, SELF(HOARD_BYTE_SECONDS) },
	[PT_METRIC_MEAN_IDLE_BYTES] = {
		"mean_idle_bytes", "hoard_byte_seconds / duration",
		.together = SUM, .unit = PT_UNIT_BYTES, .scopes = ALL, .phases = true, SELF(MEAN_IDLE_BYTES) },
	[PT_METRIC_ALLOCATIONS] = {
		"allocations", "calls of allocation functions",
		.together = SUM, .unit = PT_UNIT_COUNT, .scopes = OF_HEAP, .phases = true, SELF(ALLOCATIONS) },
	[PT_METRIC_ALLOCATED_BYTES] = {
		"allocated_bytes", "requested, summed over allocations",
		.together = SUM, .unit = PT_UNIT_BYTES, .scopes = OF_HEAP, .phases = true, SELF(ALLOCATED_BYTES) },
	[PT_METRIC_FREES] = {
		"frees", "calls of free; of a call site: of what was allocated there",
		.together = SUM, .unit = PT_UNIT_COUNT, .scopes = OF_HEAP, .phases = true, SELF(FREES) },
	[PT_METRIC_FREED_BY_OTHERS_BYTES] = {
		"freed_by_others_bytes", "allocated here and freed on another thread (CPU)",
		.together = SUM, .unit = PT_UNIT_BYTES, .scopes = OF_HEAP, SELF(FREED_BY_OTHERS_BYTES) },
	[PT_METRIC_TEMPORARY_ALLOCATIONS] = {
		"temporary_allocations", "freed by the thread's next allocation event",
		.together = SUM, .unit = PT_UNIT_COUNT, .scopes = OF_HEAP,
		.phases = true, .by_default = BOTH, SELF(TEMPORARY_ALLOCATIONS) },
	[PT_METRIC_FRESH_ALLOCATIONS] = {
		"fresh_allocations", "served from memory that was never handed out before",
		.together = SUM, .unit = PT_UNIT_COUNT, .scopes = OF_HEAP, .phases = true, SELF(FRESH_ALLOCATIONS) },
	/* Who starves is the call site of malloc; of a pool it is a get, and to blame the puts elsewhere. */
	[PT_METRIC_STRANDED_MISSES] = {
		"stranded_misses", "made anew while another thread (shard) held one that would have fitted",
		.together = SUM, .unit = PT_UNIT_COUNT, .scopes = ALL,
		.phases = true, .by_default = POOL, CALLERS, BLAME(STRANDED_MISSES, HOARD_BYTE_SECONDS) },
	[PT_METRIC_STRANDED_BYTES] = {
		"stranded_bytes", "bytes of the stranded misses",
		.together = SUM, .unit = PT_UNIT_BYTES, .scopes = ALL,
		.phases = true, CALLERS, BLAME(STRANDED_BYTES, HOARD_BYTE_SECONDS) },
	[PT_METRIC_GETS] = {
		"gets", "objects taken from the pool",
		.together = SUM, .unit = PT_UNIT_COUNT, .scopes = OF_POOL, .phases = true, CALLERS, SELF(GETS) },
	[PT_METRIC_PUTS] = {
		"puts", "objects given back to the pool",
		.together = SUM, .unit = PT_UNIT_COUNT, .scopes = OF_POOL, .phases = true, CALLERS, SELF(PUTS) },
	[PT_METRIC_MISSES] = {
		"misses", "gets that had to make an object",
		.together = SUM, .unit = PT_UNIT_COUNT, .scopes = OF_POOL,
		.phases = true, .by_default = BOTH, SELF(MISSES) },
	[PT_METRIC_STEALS] = {
		"steals", "gets served by another shard",
		.together = SUM, .unit = PT_UNIT_COUNT, .scopes = OF_POOL, .phases = true, SELF(STEALS) },
	[PT_METRIC_AMBIGUOUS_MISSES] = {
		"ambiguous_misses", "misses that may be stranded: operations under way hide it",
		.together = SUM, .unit = PT_UNIT_COUNT, .scopes = OF_POOL, .phases = true, SELF(AMBIGUOUS_MISSES) },
	[PT_METRIC_DROPS] = {
		"drops", "objects dropped one by one",
		.together = SUM, .unit = PT_UNIT_COUNT, .scopes = OF_POOL, .phases = true, SELF(DROPS) },
	[PT_METRIC_PURGED] = {
		"purged", "objects dropped by a purge",
		.together = SUM, .unit = PT_UNIT_COUNT, .scopes = OF_POOL, .phases = true, SELF(PURGED) },
	[PT_METRIC_REGRETTED_DROPS] = {
		"regretted_drops", "objects dropped or purged, and made again soon after",
		.together = SUM, .unit = PT_UNIT_COUNT, .scopes = POOL | P_SITE,
		.phases = true, .by_default = BOTH, SELF(REGRETTED_DROPS) },
	[PT_METRIC_REGRETTED_BYTES] = {
		"regretted_bytes", "bytes of the regretted drops",
		.together = SUM, .unit = PT_UNIT_BYTES, .scopes = POOL | P_SITE, .phases = true, SELF(REGRETTED_BYTES) },
	[PT_METRIC_DEAD_HOARD_BYTES] = {
		"dead_hoard_bytes", "idle at the end, for a second or longer",
		.together = SUM, .unit = PT_UNIT_BYTES, .scopes = OF_POOL, SELF(DEAD_HOARD_BYTES) },
	[PT_METRIC_RATCHET_BYTES] = {
		"ratchet_bytes", "growth of idle objects beyond the size they were made with",
		.together = SUM, .unit = PT_UNIT_BYTES, .scopes = OF_POOL, .by_default = BOTH, CALLERS, SELF(RATCHET_BYTES) },
	[PT_METRIC_LEAKED_OBJECTS] = {
		"leaked_objects", "never put back: in use at the end, or when the pool was destroyed",
		.together = SUM, .unit = PT_UNIT_COUNT, .scopes = POOL | PT_SCOPE_BIT(PT_SCOPE_POOL_THREAD) | P_SITE,
		.by_default = BOTH, CALLERS, SELF(LEAKED_OBJECTS) },
	[PT_METRIC_LEAKED_BYTES] = {
		"leaked_bytes", "bytes of the leaked objects",
		.together = SUM, .unit = PT_UNIT_BYTES, .scopes = POOL | PT_SCOPE_BIT(PT_SCOPE_POOL_THREAD) | P_SITE,
		CALLERS, SELF(LEAKED_BYTES) },
	[PT_METRIC_MISUSE] = {
		"misuse", "objects put twice, put without being known, or got while in use",
		.together = SUM, .unit = PT_UNIT_COUNT, .scopes = POOL | P_SITE, .by_default = BOTH, CALLERS, SELF(MISUSE) },
	[PT_METRIC_GRAPH_RETAINED_BYTES] = {
		"graph_retained_bytes", "what only idle objects of pools keep alive; of a call site: those put there",
		.together = SUM, .unit = PT_UNIT_BYTES, .scopes = BOTH | SITE | P_SITE,
		.by_default = BOTH, CALLERS, SELF(GRAPH_RETAINED_BYTES) },
	[PT_METRIC_UNREACHABLE_BYTES] = {
		"unreachable_bytes", "in use, and nothing points there any more",
		.together = SUM, .unit = PT_UNIT_BYTES, .scopes = P | SITE, .by_default = BOTH, SELF(UNREACHABLE_BYTES) },
	[PT_METRIC_UNREACHABLE_OBJECTS] = {
		"unreachable_objects", "in use, and nothing points there any more",
		.together = SUM, .unit = PT_UNIT_COUNT, .scopes = P | SITE, SELF(UNREACHABLE_OBJECTS) },
	[PT_METRIC_PEAK_MAPPED_BYTES] = {
		"peak_mapped_bytes", "large mappings by the program itself, at most",
		.together = LARGEST, .unit = PT_UNIT_BYTES, .scopes = P, SELF(PEAK_MAPPED_BYTES) },
	[PT_METRIC_MAPPED_AT_END_BYTES] = {
		"mapped_at_end_bytes", "large mappings by the program itself, at the end",
		.together = SUM, .unit = PT_UNIT_BYTES, .scopes = P, SELF(MAPPED_AT_END_BYTES) },
	[PT_METRIC_RSS_PEAK_BYTES] = {
		"rss_peak_bytes", "resident set, the largest sample: noisy",
		.together = LARGEST, .unit = PT_UNIT_BYTES, .scopes = P, BLAME(HELD_AT_PEAK_BYTES, HELD_AT_PEAK_BYTES) },
	[PT_METRIC_RSS_END_BYTES] = {
		"rss_end_bytes", "resident set, the last sample: noisy",
		.together = SUM, .unit = PT_UNIT_BYTES, .scopes = P, BLAME(IN_USE_AT_END_BYTES, IN_USE_AT_END_BYTES) },
	[PT_METRIC_DURATION_NS] = {
		"duration_ns", "from the start of the trace to its last event: noisy",
		.together = SUM, .unit = PT_UNIT_NS, .scopes = P, .phases = true, BLAME(ALLOCATIONS, GETS) },
};
