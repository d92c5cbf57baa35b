/* SPDX-License-Identifier: MIT */
/*
 * counts.h - what was counted where no events were recorded: docs/report.md, "Counters".
 *
 * Plain data like report.h, which includes it. Sums that do not fit 64 bits, which only a damaged trace has, end there.
 */
#ifndef PT_RESULT_COUNTS_H
#define PT_RESULT_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes are usable ones. A realloc that succeeds is an allocation and a free. */
struct pt_report_count {
	uint64_t allocations, allocated_bytes, frees, freed_bytes;
};

/* All threads of one name. */
struct pt_report_count_thread {
	char name[16];
	uint64_t threads, living;
	uint64_t requested_bytes, reallocs;
	struct pt_report_count count;
};

#define PT_COUNT_CPU_OTHERS UINT32_MAX /* those that had no place */
struct pt_report_count_cpu {
	uint32_t cpu;
	struct pt_report_count count;
};

/* Blocks of from_bytes to to_bytes usable bytes, both included. */
struct pt_report_count_class {
	uint64_t from_bytes, to_bytes; /* UINT64_MAX: any more */
	struct pt_report_count count;
};

struct pt_report_count_calls {
	uint64_t gets, get_bytes, misses, puts, stocked, stocked_bytes, drops, purges;
};

/* A shard of a pool of that name; what had no place is a pool without a name. */
struct pt_report_count_pool {
	char pool[64];	/* its name, or its address */
	char shard[64]; /* its name, "" when it has none */
	uint64_t number; /* of the shard; PT_SHARD_THREAD, the threads' own, together */
	struct pt_report_count_calls calls;
};

struct pt_report_counts {
	uint64_t blocks_nr, damaged_nr;
	bool from_start; /* nothing else was ever recorded: allocated - freed is what is in use */
	uint64_t threads;
	uint64_t requested_bytes, reallocs;
	struct pt_report_count all;
	struct pt_report_count_thread *by_thread; /* by bytes, largest first */
	size_t by_thread_nr;
	struct pt_report_count_cpu *cpus; /* by number, the others last */
	size_t cpus_nr;
	struct pt_report_count_class *classes; /* ascending; those that were used */
	size_t classes_nr;
	struct pt_report_count_pool *pools; /* by pool, then by shard */
	size_t pools_nr;
};

/* pt_counts_fini() - frees it and what it points to; NULL is nothing. */
void pt_counts_fini(struct pt_report_counts *c);

/* pt_counts_bytes() - bytes of them; PT_UNKNOWN when the allocator does not tell what is usable: then there is less of that than was
 * asked for. */
uint64_t pt_counts_bytes(const struct pt_report_counts *c, uint64_t usable_bytes);

/* pt_count_net() - in use of what was counted: allocated - freed, which is below 0 when more was freed that had been there
 * before. */
int64_t pt_count_net(uint64_t allocated, uint64_t freed);

/* pt_counts_in_use() - that as a number for tables: PT_UNKNOWN when it is below 0, or not all was counted. */
uint64_t pt_counts_in_use(const struct pt_report_counts *c, uint64_t allocated, uint64_t freed);

/* pt_counts_pool_end() - the index behind the last shard of the pool that begins at `first`; *sum: of all its shards. */
size_t pt_counts_pool_end(const struct pt_report_counts *c, size_t first, struct pt_report_count_calls *sum);

/* pt_counts_out() - got and not put back. pt_counts_idle(): made and not out, if the pool tells what it makes and was never
 * purged. Both PT_UNKNOWN when it cannot be told. */
uint64_t pt_counts_out(const struct pt_report_counts *c, const struct pt_report_count_calls *calls);
uint64_t pt_counts_idle(const struct pt_report_counts *c, const struct pt_report_count_calls *calls);

#endif
