// SPDX-License-Identifier: MIT
/* unknown.c - see unknown.h. */
#include "unknown.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void pt_tally_forget(struct pt_tally *t)
{
	free(t->idle_age);
	*t = (struct pt_tally){
		.allocations = PT_UNKNOWN,
		.frees = PT_UNKNOWN,
		.allocated_bytes = PT_UNKNOWN,
		.freed_bytes = PT_UNKNOWN,
		.freed_by_others = PT_UNKNOWN,
		.freed_by_others_bytes = PT_UNKNOWN,
		.in_use_objects = PT_UNKNOWN,
		.in_use_bytes = PT_UNKNOWN,
		.idle_objects = PT_UNKNOWN,
		.idle_bytes = PT_UNKNOWN,
		.peak_in_use_bytes = PT_UNKNOWN,
		.peak_idle_bytes = PT_UNKNOWN,
		.idle_at_peak_bytes = PT_UNKNOWN,
		.in_use_at_peak_bytes = PT_UNKNOWN,
		.fresh_allocations = PT_UNKNOWN,
		.stranded_misses = PT_UNKNOWN,
		.stranded_bytes = PT_UNKNOWN,
		.temporary_allocations = PT_UNKNOWN,
		.hoard_byte_seconds = NAN,
	};
}

static void forget_totals(struct pt_report_totals *t)
{
	*t = (struct pt_report_totals){
		.allocations = PT_UNKNOWN,
		.frees = PT_UNKNOWN,
		.lost_events = t->lost_events,
		.allocated_bytes = PT_UNKNOWN,
		.peak_in_use_bytes = PT_UNKNOWN,
		.peak_in_use_ns = PT_UNKNOWN,
		.peak_held_bytes = PT_UNKNOWN,
		.peak_held_ns = PT_UNKNOWN,
		.idle_at_peak_bytes = PT_UNKNOWN,
		.in_use_at_end_bytes = PT_UNKNOWN,
		.in_use_at_end_objects = PT_UNKNOWN,
		.idle_at_end_bytes = PT_UNKNOWN,
		.idle_at_end_objects = PT_UNKNOWN,
		.idle_resident_at_most_bytes = PT_UNKNOWN,
		.temporary_allocations = PT_UNKNOWN,
		.stranded_misses = PT_UNKNOWN,
		.fresh_allocations = PT_UNKNOWN,
		.mapped_at_end_bytes = t->mapped_at_end_bytes,
		.peak_mapped_bytes = t->peak_mapped_bytes,
		.blowup = NAN,
		.hoard_byte_seconds = NAN,
		.duration_ns = t->duration_ns,
		.rss = t->rss,
	};
}

static void forget_phase(struct pt_phase_figures *f)
{
	*f = (struct pt_phase_figures){
		.peak_in_use_bytes = PT_UNKNOWN,
		.peak_held_bytes = PT_UNKNOWN,
		.peak_idle_bytes = PT_UNKNOWN,
		.in_use_objects = PT_UNKNOWN,
		.in_use_bytes = PT_UNKNOWN,
		.idle_objects = PT_UNKNOWN,
		.idle_bytes = PT_UNKNOWN,
		.hoard_byte_seconds = NAN,
		.allocations = PT_UNKNOWN,
		.allocated_bytes = PT_UNKNOWN,
		.frees = PT_UNKNOWN,
		.temporary_allocations = PT_UNKNOWN,
		.fresh_allocations = PT_UNKNOWN,
		.stranded_misses = PT_UNKNOWN,
		.stranded_bytes = PT_UNKNOWN,
	};
}

static void forget_matrix(struct pt_report_matrix *m)
{
	free(m->cells);
	*m = (struct pt_report_matrix){ NULL, 0 };
}

void pt_report_forget(struct pt_report *r)
{
	forget_totals(&r->totals);
	for (size_t i = 0; i < r->pools_nr; i++) {
		struct pt_report_pool *p = &r->pools[i];

		if (p->detail)
			continue;
		pt_tally_forget(&p->tally);
		p->peak_in_use_bytes = p->peak_held_bytes = p->peak_held_ns = p->gone_bytes = PT_UNKNOWN;
		p->blowup = NAN;
		memset(&p->reuse_age, 0, sizeof(p->reuse_age));
	}
	forget_matrix(&r->freed_by);
	forget_matrix(&r->stranded);
	forget_matrix(&r->stranded_cpu);
	forget_matrix(&r->idle_sites);
}

void pt_report_forget_steps(struct pt_report *r)
{
	free(r->layers);
	r->layers = NULL;
	for (size_t i = 0; i < r->marks_nr; i++)
		r->marks[i].in_use_bytes = r->marks[i].idle_bytes = PT_UNKNOWN;
	for (size_t i = 0; i < r->phases_nr; i++)
		forget_phase(&r->phases[i].heap);
}

const char *pt_report_why_not(const struct pt_report *r)
{
	switch (r->modes.told) {
	case PT_TOLD_SAMPLE:
		return "malloc was sampled: a sample cannot tell it";
	case PT_TOLD_COUNTS:
		return "counters mode: events were counted, not recorded";
	default:
		return NULL;
	}
}
