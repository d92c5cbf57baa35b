// SPDX-License-Identifier: MIT
/* counts.c - see counts.h. */
#include "counts.h"

#include <stdlib.h>
#include <string.h>

#include "report.h"

void pt_counts_fini(struct pt_report_counts *c)
{
	if (!c)
		return;
	free(c->by_thread);
	free(c->cpus);
	free(c->classes);
	free(c->pools);
	free(c);
}

uint64_t pt_counts_bytes(const struct pt_report_counts *c, uint64_t usable_bytes)
{
	return c->all.allocated_bytes < c->requested_bytes && !c->damaged_nr ? PT_UNKNOWN : usable_bytes;
}

int64_t pt_count_net(uint64_t allocated, uint64_t freed)
{
	if (allocated >= freed)
		return allocated - freed <= INT64_MAX ? (int64_t)(allocated - freed) : INT64_MAX;
	return freed - allocated <= INT64_MAX ? -(int64_t)(freed - allocated) : -INT64_MAX;
}

uint64_t pt_counts_in_use(const struct pt_report_counts *c, uint64_t allocated, uint64_t freed)
{
	return c->from_start && allocated >= freed ? allocated - freed : PT_UNKNOWN;
}

size_t pt_counts_pool_end(const struct pt_report_counts *c, size_t first, struct pt_report_count_calls *sum)
{
	size_t i = first;

	memset(sum, 0, sizeof(*sum));
	for (; i < c->pools_nr && !strcmp(c->pools[i].pool, c->pools[first].pool); i++) {
		const struct pt_report_count_calls *calls = &c->pools[i].calls;

		sum->gets += calls->gets;
		sum->get_bytes += calls->get_bytes;
		sum->misses += calls->misses;
		sum->puts += calls->puts;
		sum->stocked += calls->stocked;
		sum->stocked_bytes += calls->stocked_bytes;
		sum->drops += calls->drops;
		sum->purges += calls->purges;
	}
	return i;
}

uint64_t pt_counts_out(const struct pt_report_counts *c, const struct pt_report_count_calls *calls)
{
	return pt_counts_in_use(c, calls->gets, calls->puts);
}

uint64_t pt_counts_idle(const struct pt_report_counts *c, const struct pt_report_count_calls *calls)
{
	const uint64_t out = pt_counts_out(c, calls), made = calls->misses + calls->stocked;

	if (out == PT_UNKNOWN || calls->purges || !made || made < calls->drops || made - calls->drops < out)
		return PT_UNKNOWN;
	return made - calls->drops - out;
}
