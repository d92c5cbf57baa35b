// SPDX-License-Identifier: MIT
/* text_totals.c - what malloc did as a whole: memory, the resident set, calls. */
#include "text.h"

#include <stdio.h>

#include "../result/quantity.h"
#include "../result/unknown.h"

typedef char number[PT_QUANTITY_BYTES];

/* What of the idle memory can cost something, or why that is not known. */
static const char *resident_text(const struct pt_report *r, char *out, size_t size)
{
	number n;

	if (r->totals.idle_resident_at_most_bytes == PT_UNKNOWN)
		snprintf(out, size, "; how much of it is resident is not known: %s",
			 r->totals.rss.samples_nr ? "it was freed after the last RSS sample" : PT_WHY_NO_RSS);
	else
		snprintf(out, size, ", at most %s of it resident",
			 pt_quantity_bytes(n, r->totals.idle_resident_at_most_bytes));
	return out;
}

/* The largest of a few samples is no peak; the kernel knows it, but is asked only when the program ends in good order. */
void pt_text_rss(const struct pt_render *to, const struct pt_report *r)
{
	const struct pt_report_totals *t = &r->totals;
	const struct pt_report_rss *s = &t->rss;
	char ratios[2 * PT_QUANTITY_BYTES + 64] = "", before[PT_QUANTITY_BYTES + 32] = "";
	number a, b, c, d, e;

	if (s->peak_told && t->peak_held_bytes != PT_UNKNOWN && t->peak_in_use_bytes)
		snprintf(ratios, sizeof(ratios), " (%s times the peak held, %s times the peak in use)",
			 pt_quantity_ratio(b, (double)s->peak_bytes / (double)t->peak_held_bytes),
			 pt_quantity_ratio(c, (double)s->peak_bytes / (double)t->peak_in_use_bytes));
	if (r->modes.told != PT_TOLD_COUNTS) /* else nobody knows when the end is */
		snprintf(before, sizeof(before), ", %s before the end",
			 pt_quantity_time(c, t->duration_ns > s->end_ns ? t->duration_ns - s->end_ns : 0));
	if (s->peak_told)
		pt_text_line(to, "RSS", "peak %s%s, at end %s, %s of it anonymous", pt_quantity_bytes(a, s->peak_bytes), ratios,
			     pt_quantity_bytes(d, s->end_bytes), pt_quantity_bytes(e, s->end_anon_bytes));
	else if (s->samples_nr)
		pt_text_line(to, "RSS", "largest of %s %s; the last one%s: %s, %s of it anonymous",
			     pt_quantity_counted(a, s->samples_nr, "sample"), pt_quantity_bytes(b, s->peak_bytes),
			     before, pt_quantity_bytes(d, s->end_bytes), pt_quantity_bytes(e, s->end_anon_bytes));
	else
		pt_text_line(to, "RSS", "not sampled");
}

static void totals_of_memory(const struct pt_render *to, const struct pt_report *r)
{
	const struct pt_report_totals *t = &r->totals;
	char resident[128];
	number a, b, c, d, e;

	pt_text_line(to, "peak", "held %s at %s, in use %s at %s, blowup %s",
		     pt_quantity_bytes(a, t->peak_held_bytes), pt_quantity_time(b, t->peak_held_ns),
		     pt_quantity_bytes(c, t->peak_in_use_bytes),
		     pt_quantity_time(d, t->peak_in_use_ns), pt_quantity_ratio(e, t->blowup));
	pt_text_line(to, "at end", "in use %s (%s), idle %s (%s)%s",
		     pt_quantity_bytes(a, t->in_use_at_end_bytes),
		     pt_quantity_counted(b, t->in_use_at_end_objects, "block"),
		     pt_quantity_bytes(c, t->idle_at_end_bytes),
		     pt_quantity_counted(d, t->idle_at_end_objects, "block"),
		     t->idle_at_end_bytes ? resident_text(r, resident, sizeof(resident)) : "");
	pt_text_rss(to, r);
	if (t->peak_mapped_bytes)
		pt_text_line(to, "mmap", "the program's own: peak %s, at end %s",
			     pt_quantity_bytes(a, t->peak_mapped_bytes),
			     pt_quantity_bytes(b, t->mapped_at_end_bytes));
	pt_text_line(to, "idle", "over time %s, which is %s on average",
		     pt_quantity_byte_seconds(a, t->hoard_byte_seconds),
		     pt_quantity_bytes(b, t->duration_ns ? (uint64_t)(t->hoard_byte_seconds * 1e9 /
								      (double)t->duration_ns)
							 : PT_UNKNOWN));
}

static void totals_of_calls(const struct pt_render *to, const struct pt_report *r)
{
	const struct pt_report_totals *t = &r->totals;
	number a, b, c, d, e;

	pt_text_line(to, "calls", "%s of %s in all, %s; %s temporary, %s from new memory",
		     pt_quantity_counted(a, t->allocations, "allocation"),
		     pt_quantity_bytes(b, t->allocated_bytes),
		     pt_quantity_counted(c, t->frees, "free"),
		     pt_quantity_share(d, (double)t->temporary_allocations, (double)t->allocations),
		     pt_quantity_share(e, (double)t->fresh_allocations, (double)t->allocations));
	if (t->stranded_misses)
		pt_text_line(
			to, "stranded",
			"%s allocations from new memory while another thread held a fitting idle block",
			pt_quantity_count(a, t->stranded_misses));
	if (r->alloc_of_live || r->free_of_dead || r->free_of_unknown)
		pt_text_line(
			to, "odd",
			"%s allocations of live addresses, %s frees of freed ones, %s of unknown ones",
			pt_quantity_count(a, r->alloc_of_live),
			pt_quantity_count(b, r->free_of_dead),
			pt_quantity_count(c, r->free_of_unknown));
}

void pt_text_totals(const struct pt_render *to, const struct pt_report *r)
{
	pt_text_heading(to, pt_report_has_pools(r) ? "Totals of malloc" : "Totals");
	totals_of_memory(to, r);
	totals_of_calls(to, r);
}
