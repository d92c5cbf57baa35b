// SPDX-License-Identifier: MIT
/*
 * mode_findings.c - what a reader must know of a trace in which not every event was recorded.
 */
#include "diagnosis.h"
#include "quantity.h"

/* Room for the numbers of one sentence. */
typedef char number[PT_QUANTITY_BYTES];

/* While the program runs it can be asked for more. */
static void advise(const struct pt_report *r, struct pt_finding *f)
{
	const char *option = r->modes.told == PT_TOLD_COUNTS ? "--counters" : "--sample";

	if (r->running)
		pt_finding_advise(f, "For what is not known here: `pooltrace control %u full` now, and this report again.", r->pid);
	else
		pt_finding_advise(f, "For what is not known here, record the next run without %s (or with POOLTRACE_MODE=full); one that"
				     " runs for long is switched by `pooltrace control PID full`.", option);
}

static void say_counters(const struct pt_report *r, struct pt_finding *f)
{
	f->kind = "counters";
	pt_finding_say(f, "Counters mode: calls were counted, and no event was recorded. The counts are exact; bytes in use are"
			  " those that the allocator gave. What only events tell is not known: peaks, idle memory, blowup, ages,"
			  " call sites, who frees whose memory, and with whom memory is stranded.");
	advise(r, f);
}

static void say_sample(const struct pt_report *r, struct pt_finding *f)
{
	number n;

	f->kind = "sample";
	pt_finding_say(f, "Of malloc a sample was recorded%s, one allocation for every %s on average: what is said of it are"
			  " estimates, right to within the margin behind them for 19 samples of 20.",
		       r->modes.changes_nr ? " for a part of the run" : "", pt_quantity_bytes(n, r->modes.sample_bytes));
	pt_finding_say(f, " What a sample cannot tell is not known: idle memory, blowup, temporary, fresh and stranded"
			  " allocations, who frees whose memory.");
	if (pt_report_has_pools(r))
		pt_finding_say(f, " Pools are told whole.");
	advise(r, f);
}

bool pt_find_mode(const struct pt_report *r, struct pt_finding *f)
{
	if (r->modes.told == PT_TOLD_EVENTS)
		return false;
	f->severity = PT_SEVERITY_NOTE;
	if (r->modes.told == PT_TOLD_COUNTS)
		say_counters(r, f);
	else
		say_sample(r, f);
	return true;
}

bool pt_find_switched(const struct pt_report *r, struct pt_finding *f)
{
	const bool counted = r->counts && r->modes.told != PT_TOLD_COUNTS;
	number n;

	if (!r->modes.changes_nr && !counted)
		return false;
	f->kind = "switched";
	f->severity = PT_SEVERITY_NOTE;
	pt_finding_say(f, "What is recorded was changed %s while the program ran.",
		       pt_quantity_counted(n, r->modes.changes_nr, "time"));
	if (counted && r->counts->all.allocations)
		pt_finding_say(f, " For a part of the run %s and %s were counted, not recorded: they stand apart below and are in no"
				  " other number.", pt_quantity_counted(n, r->counts->all.allocations, "allocation"), "their frees");
	pt_finding_say(f, " Blocks that were allocated while all was recorded and freed when it was not stay in use below.");
	return true;
}
