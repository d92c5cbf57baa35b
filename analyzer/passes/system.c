/* SPDX-License-Identifier: MIT */
/*
 * system.c - pass: what the system saw: resident memory, and what the program itself has mapped.
 *
 * Idle memory is address space held. How much of it can be resident at most follows from the
 * last RSS sample: what of the anonymous memory was not in use then, and what was freed since.
 */
#include "passes.h"

struct system {
	struct pt_report_rss rss;
	uint64_t mapped_bytes, peak_mapped_bytes;
	uint64_t in_use_bytes;	  /* at the last sample */
	uint64_t idle_since_bytes; /* of what is idle at the end, freed after it */
};

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void sample(struct system *s, const struct pt_change *c)
{
	s->rss.samples_nr++;
	s->rss.end_ns = c->time_ns;
	s->rss.end_bytes = c->size_bytes;
	s->rss.end_anon_bytes = c->anon_bytes;
	s->rss.peak_bytes = larger(s->rss.peak_bytes, c->size_bytes);
	s->rss.peak_anon_bytes = larger(s->rss.peak_anon_bytes, c->anon_bytes);
	s->rss.peak_told = false; /* of a moment that is not the last one any more */
	s->in_use_bytes = c->in_use_bytes;
}

static int changes(void *state, const struct pt_change *c, size_t nr)
{
	struct system *s = state;

	for (size_t i = 0; i < nr; i++, c++) {
		switch (c->kind) {
		case PT_CHANGE_RSS:
			sample(s, c);
			break;
		case PT_CHANGE_RSS_PEAK:
			s->rss.peak_bytes = larger(s->rss.peak_bytes, c->size_bytes);
			s->rss.peak_told = true;
			break;
		case PT_CHANGE_MAPPED:
			s->mapped_bytes = c->size_bytes;
			s->peak_mapped_bytes = larger(s->peak_mapped_bytes, c->size_bytes);
			break;
		case PT_CHANGE_LEFT:
			s->idle_since_bytes += c->since_ns >= s->rss.end_ns ? c->size_bytes : 0;
			break;
		default:
			break;
		}
	}
	return 0;
}

/*
 * What is idle at the end was idle at the last sample, and nobody has used it since, or was freed after it.
 *
 * Of the first no more is resident than the anonymous memory that was not in use then. That is all of it where more was in
 * use than resident: not all that is in use was written to, and how much nobody knows. Of the second, all may be: when
 * nothing is known but of the second, nothing is known.
 */
static uint64_t idle_resident_at_most(const struct system *s, uint64_t idle_bytes)
{
	const uint64_t anon = s->rss.end_anon_bytes, since = s->idle_since_bytes, before = idle_bytes - since;
	const uint64_t unused = anon >= s->in_use_bytes ? anon - s->in_use_bytes : anon;

	if (!s->rss.samples_nr || (before <= unused && since > idle_bytes / 10))
		return PT_UNKNOWN;
	return since + (before < unused ? before : unused);
}

static int finish(void *state, const struct pt_trace *t, const struct pt_heap *heap,
		  struct pt_report *out)
{
	const struct system *s = state;
	struct pt_report_totals *totals = &out->totals;

	(void)t;
	(void)heap;
	totals->rss = s->rss;
	totals->mapped_at_end_bytes = s->mapped_bytes;
	totals->peak_mapped_bytes = s->peak_mapped_bytes;
	totals->idle_resident_at_most_bytes = idle_resident_at_most(s, totals->idle_at_end_bytes);
	return 0;
}

const struct pt_pass pt_pass_system = {
	.name = "system",
	.summary = "resident and mapped memory",
	.state_size = sizeof(struct system),
	.kinds = PT_CHANGE_BIT(PT_CHANGE_RSS) | PT_CHANGE_BIT(PT_CHANGE_RSS_PEAK) | PT_CHANGE_BIT(PT_CHANGE_MAPPED) |
		 PT_CHANGE_BIT(PT_CHANGE_LEFT),
	.changes = changes,
	.finish = finish,
};
