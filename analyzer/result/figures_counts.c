// SPDX-License-Identifier: MIT
/*
 * figures_counts.c - figures of a trace that has counters and no events: threads by name, CPUs, and pools.
 *
 * Only what means the same as in any other trace: counters know usable bytes of what is in use, not those asked for, and
 * count a realloc as a free.
 */
#include "counts.h"

#include <inttypes.h>
#include <stdio.h>

#include "../../format/error.h"
#include "figures_rows.h"

static int of_threads(struct pt_rows *b, const struct pt_report_counts *c)
{
	double values[PT_METRIC_NR];
	char name[PT_ROWS_THREAD_BYTES];

	for (size_t i = 0; i < c->by_thread_nr; i++) {
		pt_rows_none(values);
		values[PT_METRIC_ALLOCATIONS] = pt_rows_known(c->by_thread[i].count.allocations);
		values[PT_METRIC_ALLOCATED_BYTES] = pt_rows_known(c->by_thread[i].requested_bytes);
		if (!pt_rows_add(b, PT_SCOPE_THREAD, NULL, pt_rows_thread_class(c->by_thread[i].name, name), values))
			return -PT_ENOMEM;
	}
	return 0;
}

static int of_cpus(struct pt_rows *b, const struct pt_report_counts *c)
{
	double values[PT_METRIC_NR];
	char name[16];

	for (size_t i = 0; i < c->cpus_nr; i++) {
		if (c->cpus[i].cpu == PT_COUNT_CPU_OTHERS)
			continue;
		pt_rows_none(values);
		values[PT_METRIC_ALLOCATIONS] = pt_rows_known(c->cpus[i].count.allocations);
		snprintf(name, sizeof(name), "%" PRIu32, c->cpus[i].cpu);
		if (!pt_rows_add(b, PT_SCOPE_CPU, NULL, name, values))
			return -PT_ENOMEM;
	}
	return 0;
}

static int of_pools(struct pt_rows *b, const struct pt_report_counts *c)
{
	struct pt_report_count_calls sum;
	double values[PT_METRIC_NR];

	for (size_t i = 0, end; i < c->pools_nr; i = end) {
		end = pt_counts_pool_end(c, i, &sum);
		if (!c->pools[i].pool[0])
			continue;
		pt_rows_none(values);
		values[PT_METRIC_GETS] = pt_rows_known(sum.gets);
		values[PT_METRIC_PUTS] = pt_rows_known(sum.puts);
		values[PT_METRIC_DROPS] = pt_rows_known(sum.drops);
		if (!pt_rows_add(b, PT_SCOPE_POOL, c->pools[i].pool, NULL, values))
			return -PT_ENOMEM;
	}
	return 0;
}

int pt_figures_of_counts(struct pt_rows *b)
{
	int err = of_threads(b, b->r->counts);

	if (!err)
		err = of_cpus(b, b->r->counts);
	return err ? err : of_pools(b, b->r->counts);
}
