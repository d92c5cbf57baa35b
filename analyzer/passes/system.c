/* SPDX-License-Identifier: MIT */
/*
 * system.c - pass: what the system saw: resident memory, and what the program itself has mapped.
 *
 * Idle memory is address space held. How much of it can be resident at most follows from the
 * last RSS sample: what of the anonymous memory is not in use.
 */
#include "passes.h"

struct system {
	struct pt_report_rss rss;
	uint64_t mapped_bytes, peak_mapped_bytes;
};

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static int changes(void *state, const struct pt_change *c, size_t nr)
{
	struct system *s = state;

	for (size_t i = 0; i < nr; i++, c++) {
		if (c->kind == PT_CHANGE_RSS) {
			s->rss.samples_nr++;
			s->rss.end_bytes = c->size_bytes;
			s->rss.end_anon_bytes = c->anon_bytes;
			s->rss.peak_bytes = larger(s->rss.peak_bytes, c->size_bytes);
			s->rss.peak_anon_bytes = larger(s->rss.peak_anon_bytes, c->anon_bytes);
		} else if (c->kind == PT_CHANGE_MAPPED) {
			s->mapped_bytes = c->size_bytes;
			s->peak_mapped_bytes = larger(s->peak_mapped_bytes, c->size_bytes);
		}
	}
	return 0;
}

static int finish(void *state, const struct pt_trace *t, const struct pt_heap *heap,
		  struct pt_report *out)
{
	const struct system *s = state;
	struct pt_report_totals *totals = &out->totals;
	uint64_t unused;

	(void)t;
	(void)heap;
	totals->rss = s->rss;
	totals->mapped_at_end_bytes = s->mapped_bytes;
	totals->peak_mapped_bytes = s->peak_mapped_bytes;
	totals->idle_resident_at_most_bytes = PT_UNKNOWN;
	if (!s->rss.samples_nr)
		return 0;
	unused = s->rss.end_anon_bytes > totals->in_use_at_end_bytes
			 ? s->rss.end_anon_bytes - totals->in_use_at_end_bytes
			 : 0;
	totals->idle_resident_at_most_bytes =
		totals->idle_at_end_bytes < unused ? totals->idle_at_end_bytes : unused;
	return 0;
}

const struct pt_pass pt_pass_system = {
	.name = "system",
	.summary = "resident and mapped memory",
	.state_size = sizeof(struct system),
	.kinds = PT_CHANGE_BIT(PT_CHANGE_RSS) | PT_CHANGE_BIT(PT_CHANGE_MAPPED),
	.changes = changes,
	.finish = finish,
};
