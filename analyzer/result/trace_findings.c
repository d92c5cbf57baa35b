// SPDX-License-Identifier: MIT
/*
 * trace_findings.c - what a reader must know of the trace before its numbers.
 */
#include "diagnosis.h"
#include "quantity.h"

/* Room for the numbers of one sentence. */
typedef char number[PT_QUANTITY_BYTES];

bool pt_find_incomplete(const struct pt_report *r, struct pt_finding *f)
{
	const struct pt_report_file *file = &r->file;
	uint64_t lost = r->totals.lost_events;
	number n;

	if (!lost && !file->truncated && !file->corrupt_chunks && !file->missing_chunks &&
	    !file->stopped)
		return false;
	f->kind = "incomplete";
	f->severity = PT_SEVERITY_WARNING;
	pt_finding_say(f, "The trace is incomplete:");
	if (lost) {
		pt_finding_say(f, " %s", pt_quantity_counted(n, lost, "event"));
		pt_finding_say(f, " (%s) not recorded",
			       pt_quantity_share(n, (double)lost,
						 (double)(lost + file->events_nr)));
		for (size_t i = 0, said = 0; i < file->losses_nr; i++)
			if (file->losses[i].allocations + file->losses[i].frees + file->losses[i].pool_events)
				pt_finding_say(f, "%s%s",
					       said++ ? ", " : ", cause: ", file->losses[i].cause);
		pt_finding_say(f, ";");
	}
	if (file->stopped)
		pt_finding_say(f, " recording stopped before the end (%s);", file->stopped);
	if (file->truncated)
		pt_finding_say(f, " the file is cut short;");
	if (file->corrupt_chunks || file->missing_chunks)
		pt_finding_say(f, " %s of it damaged or missing;",
			       pt_quantity_counted(n, file->corrupt_chunks + file->missing_chunks,
						   "part"));
	pt_finding_say(f, " the numbers below are about what was recorded.");
	return true;
}

bool pt_find_disorder(const struct pt_report *r, struct pt_finding *f)
{
	uint64_t odd = r->alloc_of_live + r->free_of_dead;
	number n;

	if (!odd)
		return false;
	f->kind = "disorder";
	f->severity = PT_SEVERITY_NOTE;
	pt_finding_say(f, "%s out of order (an address allocated while live, or freed twice): ",
		       pt_quantity_counted(n, odd, "event"));
	pt_finding_say(f, "%s.",
		       r->totals.lost_events
			       ? "what was not recorded would explain them"
			       : "their order could not be told, or the program frees twice");
	return true;
}

bool pt_find_empty(const struct pt_report *r, struct pt_finding *f)
{
	if (r->totals.allocations || pt_report_has_pools(r) || (r->counts && r->counts->blocks_nr))
		return false;
	f->kind = "empty";
	f->severity = PT_SEVERITY_NOTE;
	if (r->modes.told == PT_TOLD_SAMPLE)
		pt_finding_say(f, "No allocation is in the sample: there were few, and small ones.");
	else
		pt_finding_say(f, "Nothing was allocated: the trace holds no allocation.");
	return true;
}

bool pt_find_paused(const struct pt_report *r, struct pt_finding *f)
{
	number a, b;

	if (!r->pauses_nr)
		return false;
	f->kind = "paused";
	f->severity = PT_SEVERITY_NOTE;
	pt_finding_say(f, "The recording was paused %s, for %s in all (`pooltrace control` or `pooltrace_pause()`):",
		       pt_quantity_counted(a, r->pauses_nr, "time"),
		       pt_quantity_time(b, r->paused_ns));
	pt_finding_say(f, " what the program allocated then is unknown, and what it freed then stays in use"
			  " below.");
	return true;
}

bool pt_find_ring(const struct pt_report *r, struct pt_finding *f)
{
	const struct pt_report_ring *ring = &r->file.ring;
	number a, b, c;

	if (!ring->chunks)
		return false;
	f->kind = "ring";
	f->severity = PT_SEVERITY_NOTE;
	pt_finding_say(f, "A flight recorder of %s: the report begins %s after the start. Before that",
		       pt_quantity_bytes(a, ring->bytes), pt_quantity_time(b, ring->since_ns));
	pt_finding_say(f, " %s and", pt_quantity_counted(c, ring->allocations, "allocation"));
	pt_finding_say(f, " %s were dropped:", pt_quantity_counted(c, ring->frees, "free"));
	pt_finding_say(f, " what was allocated then is in no number below, in use or not.");
	return true;
}
