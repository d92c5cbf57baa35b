// SPDX-License-Identifier: MIT
/*
 * figures_whole.c - figures of the process, of each pool, and why some are not known.
 */
#include <math.h>
#include <string.h>

#include "../../format/error.h"
#include "figures_rows.h"
#include "unknown.h"

static double mean(const struct pt_rows *b, double byte_seconds)
{
	double duration_s = (double)b->r->totals.duration_ns / 1e9;

	if (byte_seconds == 0)
		return 0;
	return duration_s > 0 ? byte_seconds / duration_s : NAN;
}

void pt_rows_of_tally(const struct pt_rows *b, const struct pt_tally *t, double values[PT_METRIC_NR])
{
	pt_rows_none(values);
	values[PT_METRIC_PEAK_IN_USE_BYTES] = pt_rows_known(t->peak_in_use_bytes);
	values[PT_METRIC_PEAK_IDLE_BYTES] = pt_rows_known(t->peak_idle_bytes);
	values[PT_METRIC_IDLE_AT_PEAK_BYTES] = pt_rows_known(t->idle_at_peak_bytes);
	values[PT_METRIC_IN_USE_AT_PEAK_BYTES] = pt_rows_known(t->in_use_at_peak_bytes);
	values[PT_METRIC_HELD_AT_PEAK_BYTES] = pt_rows_known(t->idle_at_peak_bytes) + pt_rows_known(t->in_use_at_peak_bytes);
	values[PT_METRIC_IN_USE_AT_END_BYTES] = pt_rows_known(t->in_use_bytes);
	values[PT_METRIC_IN_USE_AT_END_OBJECTS] = pt_rows_known(t->in_use_objects);
	values[PT_METRIC_IDLE_AT_END_BYTES] = pt_rows_known(t->idle_bytes);
	values[PT_METRIC_IDLE_AT_END_OBJECTS] = pt_rows_known(t->idle_objects);
	values[PT_METRIC_HOARD_BYTE_SECONDS] = t->hoard_byte_seconds;
	values[PT_METRIC_MEAN_IDLE_BYTES] = mean(b, t->hoard_byte_seconds);
	values[PT_METRIC_ALLOCATIONS] = pt_rows_known(t->allocations);
	values[PT_METRIC_ALLOCATED_BYTES] = pt_rows_known(t->allocated_bytes);
	values[PT_METRIC_FREES] = pt_rows_known(t->frees);
	values[PT_METRIC_FREED_BY_OTHERS_BYTES] = pt_rows_known(t->freed_by_others_bytes);
	values[PT_METRIC_TEMPORARY_ALLOCATIONS] = pt_rows_known(t->temporary_allocations);
	values[PT_METRIC_FRESH_ALLOCATIONS] = pt_rows_known(t->fresh_allocations);
	values[PT_METRIC_STRANDED_MISSES] = pt_rows_known(t->stranded_misses);
	values[PT_METRIC_STRANDED_BYTES] = pt_rows_known(t->stranded_bytes);
}

void pt_rows_of_pool_row(const struct pt_rows *b, const struct pt_pool_row *row, double values[PT_METRIC_NR])
{
	pt_rows_none(values);
	values[PT_METRIC_PEAK_HELD_BYTES] = pt_rows_known(row->peak_held_bytes);
	values[PT_METRIC_PEAK_IN_USE_BYTES] = pt_rows_known(row->peak_in_use_bytes);
	values[PT_METRIC_PEAK_IDLE_BYTES] = pt_rows_known(row->peak_idle_bytes);
	values[PT_METRIC_IDLE_AT_PEAK_BYTES] = (double)row->idle_at_peak_bytes;
	values[PT_METRIC_IN_USE_AT_PEAK_BYTES] = (double)row->in_use_at_peak_bytes;
	values[PT_METRIC_HELD_AT_PEAK_BYTES] = (double)(row->idle_at_peak_bytes + row->in_use_at_peak_bytes);
	values[PT_METRIC_IN_USE_AT_END_BYTES] = (double)row->in_use_bytes;
	values[PT_METRIC_IN_USE_AT_END_OBJECTS] = (double)row->in_use_objects;
	values[PT_METRIC_IDLE_AT_END_BYTES] = (double)row->idle_bytes;
	values[PT_METRIC_IDLE_AT_END_OBJECTS] = (double)row->idle_objects;
	values[PT_METRIC_HOARD_BYTE_SECONDS] = row->hoard_byte_seconds;
	values[PT_METRIC_MEAN_IDLE_BYTES] = mean(b, row->hoard_byte_seconds);
	values[PT_METRIC_STRANDED_MISSES] = (double)row->stranded_misses;
	values[PT_METRIC_STRANDED_BYTES] = (double)row->stranded_bytes;
	values[PT_METRIC_GETS] = (double)row->gets;
	values[PT_METRIC_PUTS] = (double)row->puts;
	values[PT_METRIC_MISSES] = (double)row->misses;
	values[PT_METRIC_STEALS] = (double)row->steals;
	values[PT_METRIC_AMBIGUOUS_MISSES] = (double)row->ambiguous_misses;
	values[PT_METRIC_DROPS] = (double)row->drops;
	values[PT_METRIC_PURGED] = (double)row->purged;
	values[PT_METRIC_DEAD_HOARD_BYTES] = pt_rows_known(row->dead_hoard_bytes);
	values[PT_METRIC_RATCHET_BYTES] = (double)row->ratchet_bytes;
}

/* The totals, and what only the allocator's own row has. */
static void of_process(const struct pt_rows *b, double *values)
{
	const struct pt_report_totals *t = &b->r->totals;

	values[PT_METRIC_PEAK_HELD_BYTES] = pt_rows_known(t->peak_held_bytes);
	values[PT_METRIC_PEAK_IN_USE_BYTES] = pt_rows_known(t->peak_in_use_bytes);
	values[PT_METRIC_IDLE_AT_PEAK_BYTES] = pt_rows_known(t->idle_at_peak_bytes);
	values[PT_METRIC_IN_USE_AT_PEAK_BYTES] = pt_rows_known(t->peak_held_bytes) - pt_rows_known(t->idle_at_peak_bytes);
	values[PT_METRIC_HELD_AT_PEAK_BYTES] = pt_rows_known(t->peak_held_bytes);
	values[PT_METRIC_IN_USE_AT_END_BYTES] = pt_rows_known(t->in_use_at_end_bytes);
	values[PT_METRIC_IN_USE_AT_END_OBJECTS] = pt_rows_known(t->in_use_at_end_objects);
	values[PT_METRIC_IDLE_AT_END_BYTES] = pt_rows_known(t->idle_at_end_bytes);
	values[PT_METRIC_IDLE_AT_END_OBJECTS] = pt_rows_known(t->idle_at_end_objects);
	values[PT_METRIC_BLOWUP] = t->blowup;
	values[PT_METRIC_HOARD_BYTE_SECONDS] = t->hoard_byte_seconds;
	values[PT_METRIC_MEAN_IDLE_BYTES] = mean(b, t->hoard_byte_seconds);
	values[PT_METRIC_ALLOCATIONS] = pt_rows_known(t->allocations);
	values[PT_METRIC_ALLOCATED_BYTES] = pt_rows_known(t->allocated_bytes);
	values[PT_METRIC_FREES] = pt_rows_known(t->frees);
	values[PT_METRIC_TEMPORARY_ALLOCATIONS] = pt_rows_known(t->temporary_allocations);
	values[PT_METRIC_FRESH_ALLOCATIONS] = pt_rows_known(t->fresh_allocations);
	values[PT_METRIC_STRANDED_MISSES] = pt_rows_known(t->stranded_misses);
}

static void of_system(const struct pt_rows *b, double *values)
{
	const struct pt_report_totals *t = &b->r->totals;

	values[PT_METRIC_PEAK_MAPPED_BYTES] = (double)t->peak_mapped_bytes;
	values[PT_METRIC_MAPPED_AT_END_BYTES] = (double)t->mapped_at_end_bytes;
	values[PT_METRIC_DURATION_NS] = (double)t->duration_ns;
	if (t->rss.samples_nr) {
		values[PT_METRIC_RSS_PEAK_BYTES] = (double)t->rss.peak_bytes;
		values[PT_METRIC_RSS_END_BYTES] = (double)t->rss.end_bytes;
	}
	if (b->snapshot) {
		values[PT_METRIC_GRAPH_RETAINED_BYTES] = pt_rows_known(b->snapshot->idle_retained_bytes);
		values[PT_METRIC_UNREACHABLE_BYTES] = pt_rows_known(b->snapshot->unreachable_bytes);
		if (b->snapshot->unreachable_bytes != PT_UNKNOWN)
			values[PT_METRIC_UNREACHABLE_OBJECTS] = (double)b->snapshot->unreachable_objects;
	}
}

static void of_allocator(const struct pt_rows *b, const struct pt_report_pool *p, double *values)
{
	pt_rows_of_tally(b, &p->tally, values);
	values[PT_METRIC_IN_USE_AT_PEAK_BYTES] = pt_rows_known(p->peak_held_bytes) - pt_rows_known(p->tally.idle_at_peak_bytes);
	values[PT_METRIC_HELD_AT_PEAK_BYTES] = pt_rows_known(p->peak_held_bytes);
}

static void of_annotated(const struct pt_rows *b, const struct pt_pool_detail *d, double *values)
{
	uint64_t leaked_objects = 0, leaked_bytes = 0, misuse = 0;

	pt_rows_of_pool_row(b, &d->row, values);
	for (size_t i = 0; i < d->leaks_nr; i++) {
		leaked_objects += d->leaks[i].objects;
		leaked_bytes += d->leaks[i].bytes;
	}
	for (size_t i = 0; i < d->misuse_nr; i++)
		misuse += d->misuse[i].objects;
	values[PT_METRIC_REGRETTED_DROPS] = (double)d->row.regretted_drops;
	values[PT_METRIC_REGRETTED_BYTES] = (double)d->row.regretted_bytes;
	values[PT_METRIC_LEAKED_OBJECTS] = (double)leaked_objects;
	values[PT_METRIC_LEAKED_BYTES] = (double)leaked_bytes;
	values[PT_METRIC_MISUSE] = (double)misuse;
	values[PT_METRIC_GRAPH_RETAINED_BYTES] = pt_rows_known(d->graph_retained_bytes);
}

int pt_figures_of_whole(struct pt_rows *b)
{
	double values[PT_METRIC_NR];
	struct pt_figures_row *row;

	pt_rows_none(values);
	for (size_t i = 0; i < b->r->pools_nr; i++) /* what totals lack */
		if (!b->r->pools[i].detail)
			pt_rows_of_tally(b, &b->r->pools[i].tally, values);
	of_process(b, values);
	of_system(b, values);
	row = pt_rows_add(b, PT_SCOPE_PROCESS, NULL, NULL, values);
	if (!row)
		return -PT_ENOMEM;
	pt_rows_estimated(b, row, &b->r->totals.errors);
	for (size_t i = 0; i < b->r->pools_nr; i++) {
		const struct pt_report_pool *p = &b->r->pools[i];

		if (p->detail)
			of_annotated(b, p->detail, values);
		else
			of_allocator(b, p, values);
		values[PT_METRIC_PEAK_HELD_BYTES] = pt_rows_known(p->peak_held_bytes);
		values[PT_METRIC_PEAK_IN_USE_BYTES] = pt_rows_known(p->peak_in_use_bytes);
		values[PT_METRIC_BLOWUP] = p->blowup;
		row = pt_rows_add(b, PT_SCOPE_POOL, p->name, NULL, values);
		if (!row)
			return -PT_ENOMEM;
		if (!p->detail)
			pt_rows_estimated(b, row, &p->tally.errors);
	}
	return 0;
}

static bool of_graph(enum pt_metric metric)
{
	return metric == PT_METRIC_UNREACHABLE_BYTES || metric == PT_METRIC_UNREACHABLE_OBJECTS ||
	       metric == PT_METRIC_GRAPH_RETAINED_BYTES;
}

const char *pt_rows_why(const struct pt_rows *b, enum pt_metric metric)
{
	const bool of_malloc = pt_metrics[metric].scopes & PT_SCOPE_BIT(PT_SCOPE_PROCESS);

	if (of_graph(metric) && (pt_report_why_not(b->r) || b->r->modes.changes_nr))
		return "not every event of malloc was recorded: blocks are missing";
	switch (metric) {
	case PT_METRIC_BLOWUP:
		return pt_report_why_not(b->r) ? pt_report_why_not(b->r) : "nothing was ever in use";
	case PT_METRIC_UNREACHABLE_BYTES:
	case PT_METRIC_UNREACHABLE_OBJECTS:
		if (b->snapshot)
			return "a thread did not answer when the snapshot asked for its registers";
		return "no whole snapshot in the trace";
	case PT_METRIC_GRAPH_RETAINED_BYTES:
		return "no whole snapshot in the trace";
	case PT_METRIC_RSS_PEAK_BYTES:
	case PT_METRIC_RSS_END_BYTES:
		return PT_WHY_NO_RSS;
	default:
		break;
	}
	if (pt_report_why_not(b->r) && (of_malloc || b->r->modes.told == PT_TOLD_COUNTS))
		return pt_report_why_not(b->r);
	if (!of_malloc && !pt_report_has_pools(b->r))
		return "no annotated pool in the trace";
	if (metric == PT_METRIC_DEAD_HOARD_BYTES)
		return "the trace is shorter than an object must be idle to count";
	return "not recorded";
}
