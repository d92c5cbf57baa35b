// SPDX-License-Identifier: MIT
/*
 * malloc_findings.c - what is wrong with what the allocator holds, or that nothing is.
 *
 * Each finding is one function: it looks at the report, decides by the limits of diagnosis.h,
 * and writes its sentences, and what to do.
 */
#include "diagnosis.h"

#include <math.h>

#include "ages.h"
#include "allocator.h"
#include "origin.h"
#include "quantity.h"
#include "site.h"

/* Room for the numbers of one sentence. */
typedef char number[PT_QUANTITY_BYTES];

static void say_thread(struct pt_finding *f, const char *word, const struct pt_report_thread *t)
{
	pt_finding_say(f, "%s %llu", word, (unsigned long long)t->serial);
	if (t->name[0])
		pt_finding_say(f, " \"%s\"", t->name);
}

static void say_origin(const struct pt_report *r, struct pt_finding *f, long holder,
		       uint64_t all_bytes)
{
	uint64_t bytes;
	const struct pt_report_site *origin = pt_idle_origin(r, holder, &bytes);
	char text[512];
	number n;

	if (!origin)
		return;
	pt_site_text(origin, text, sizeof(text));
	if ((double)bytes >= 0.95 * (double)all_bytes)
		pt_finding_say(f, " It was allocated at %s.", text);
	else
		pt_finding_say(f, " The largest part of it (%s) was allocated at %s.",
			       pt_quantity_share(n, (double)bytes, (double)all_bytes), text);
}

/* Of several CPUs, the one where most of the idle memory was freed. */
static void say_cpu(const struct pt_report *r, struct pt_finding *f)
{
	const struct pt_report_cpu *most = NULL;
	number n;

	for (size_t i = 0; i < r->cpus_nr; i++)
		if (!most || r->cpus[i].tally.idle_bytes > most->tally.idle_bytes)
			most = &r->cpus[i];
	if (r->cpus_nr < 2 || !most->tally.idle_bytes)
		return;
	pt_finding_say(f, " By CPU, %s of all idle memory lies with CPU %u.",
		       pt_quantity_share(n, (double)most->tally.idle_bytes,
					 (double)r->totals.idle_at_end_bytes),
		       most->cpu);
}

/* RSS bounds what idle memory can cost; said when it matters. */
static void say_resident(const struct pt_report *r, struct pt_finding *f, uint64_t idle_bytes)
{
	uint64_t resident = r->totals.idle_resident_at_most_bytes;
	number n;

	if (resident == PT_UNKNOWN || (double)resident >= 0.9 * (double)r->totals.idle_at_end_bytes)
		return;
	pt_finding_say(f,
		       " Of all idle memory at most %s can be resident: the rest is address space.",
		       pt_quantity_bytes(n, resident));
	if (resident < idle_bytes / 10)
		f->severity = PT_SEVERITY_NOTE;
}

static uint64_t all_old_idle_bytes(const struct pt_report *r)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < r->threads_nr; i++)
		bytes += pt_old_idle_bytes(r, &r->threads[i].tally);
	return bytes;
}

static void say_one_hoarder(const struct pt_report *r, struct pt_finding *f, size_t holder)
{
	const struct pt_report_thread *t = &r->threads[holder];
	number n;

	say_thread(f, "Thread", t);
	pt_finding_say(f, "%s holds %s",
		       t->exited && !pt_report_all_exited(r) ? ", which has exited," : "",
		       pt_quantity_bytes(n, t->tally.idle_bytes));
	pt_finding_say(f, " that nobody uses (%s of all idle memory),",
		       pt_quantity_share(n, (double)t->tally.idle_bytes,
					 (double)r->totals.idle_at_end_bytes));
	pt_finding_say(f, " in %s that it freed and nobody reused;",
		       pt_quantity_counted(n, t->tally.idle_objects, "block"));
	pt_finding_say(f, " half of it has been idle for at least %s.",
		       pt_quantity_time(n, pt_median_age_us(pt_idle_ages(&t->tally)) * 1000));
	say_origin(r, f, (long)holder, t->tally.idle_bytes);
	say_cpu(r, f);
	say_resident(r, f, t->tally.idle_bytes);
}

static void say_spread_hoard(const struct pt_report *r, struct pt_finding *f, size_t holder)
{
	size_t holders_nr = 0;
	number n;

	for (size_t i = 0; i < r->threads_nr; i++)
		holders_nr += pt_old_idle_bytes(r, &r->threads[i].tally) > 0;
	pt_finding_say(f, "%s lie idle that nobody uses,",
		       pt_quantity_bytes(n, r->totals.idle_at_end_bytes));
	pt_finding_say(f, " spread over %s", pt_quantity_counted(n, holders_nr, "thread"));
	say_thread(f, ": none holds much more than the others, thread", &r->threads[holder]);
	pt_finding_say(f, " most with %s;",
		       pt_quantity_bytes(n, r->threads[holder].tally.idle_bytes));
	pt_finding_say(f, " half of it has been idle for at least %s.",
		       pt_quantity_time(n, pt_median_age_of_all_us(r) * 1000));
	say_origin(r, f, -1, r->totals.idle_at_end_bytes);
	say_cpu(r, f);
	say_resident(r, f, r->totals.idle_at_end_bytes);
}

/* Not of what is no more than address space. */
static void advise_one(const struct pt_report *r, struct pt_finding *f, const struct pt_tally *holder)
{
	if (f->severity >= PT_SEVERITY_WARNING)
		pt_advise_burst(r, f, holder->idle_objects ? holder->idle_bytes / holder->idle_objects : 0);
}

bool pt_find_hoard(const struct pt_report *r, struct pt_finding *f)
{
	double old = (double)all_old_idle_bytes(r), held = (double)r->totals.peak_held_bytes;
	uint64_t most = 0;
	size_t holder = 0;

	if (old < PT_DIAGNOSIS_BYTES_MIN || old < PT_DIAGNOSIS_HOARD_WARNING * held)
		return false;
	for (size_t i = 0; i < r->threads_nr; i++) {
		uint64_t bytes = pt_old_idle_bytes(r, &r->threads[i].tally);

		if (bytes > most) {
			most = bytes;
			holder = i;
		}
	}
	f->kind = "hoard";
	f->severity = old >= PT_DIAGNOSIS_HOARD_PROBLEM * held ? PT_SEVERITY_PROBLEM
							       : PT_SEVERITY_WARNING;
	if ((double)most >= PT_DIAGNOSIS_ONE_THREAD * old) {
		say_one_hoarder(r, f, holder);
		advise_one(r, f, &r->threads[holder].tally);
	} else {
		say_spread_hoard(r, f, holder);
		if (f->severity >= PT_SEVERITY_WARNING)
			pt_advise_spread(r, f);
	}
	return true;
}

/* More was held than ever was resident: what it had of memory is another number. */
static void say_address_space(const struct pt_report_totals *t, struct pt_finding *f)
{
	number n;

	if (!t->rss.peak_told || t->rss.peak_bytes >= t->peak_held_bytes)
		return;
	pt_finding_say(f, " The resident set never passed %s: the rest was address space.",
		       pt_quantity_bytes(n, t->rss.peak_bytes));
	if (t->rss.peak_bytes < t->peak_held_bytes / 2)
		f->severity--;
}

bool pt_find_blowup(const struct pt_report *r, struct pt_finding *f)
{
	const struct pt_report_totals *t = &r->totals;
	const struct pt_report_thread *most = NULL;
	size_t holders_nr = 0;
	number n;

	if (isnan(t->blowup) || t->blowup < PT_DIAGNOSIS_BLOWUP_WARNING ||
	    (double)t->peak_held_bytes - (double)t->peak_in_use_bytes < PT_DIAGNOSIS_BYTES_MIN)
		return false;
	f->kind = "blowup";
	f->severity = t->blowup >= PT_DIAGNOSIS_BLOWUP_PROBLEM ? PT_SEVERITY_PROBLEM
							       : PT_SEVERITY_WARNING;
	pt_finding_say(f, "Blowup %s:", pt_quantity_ratio(n, t->blowup));
	pt_finding_say(f, " at its peak, %s in,", pt_quantity_time(n, t->peak_held_ns));
	pt_finding_say(f, " the heap held %s", pt_quantity_bytes(n, t->peak_held_bytes));
	pt_finding_say(f, " for a need that never passed %s;",
		       pt_quantity_bytes(n, t->peak_in_use_bytes));
	pt_finding_say(f, " %s lay idle just then", pt_quantity_bytes(n, t->idle_at_peak_bytes));
	for (size_t i = 0; i < r->threads_nr; i++) {
		holders_nr += r->threads[i].tally.idle_at_peak_bytes > 0;
		if (!most ||
		    r->threads[i].tally.idle_at_peak_bytes > most->tally.idle_at_peak_bytes)
			most = &r->threads[i];
	}
	if (holders_nr > 1 && (double)most->tally.idle_at_peak_bytes <
				      PT_DIAGNOSIS_ONE_THREAD * (double)t->idle_at_peak_bytes) {
		pt_finding_say(f, ", spread over %s", pt_quantity_counted(n, holders_nr, "thread"));
	} else if (holders_nr && r->threads_nr > 1) {
		pt_finding_say(f, ", %s of it with ",
			       pt_quantity_share(n, (double)most->tally.idle_at_peak_bytes,
						 (double)t->idle_at_peak_bytes));
		say_thread(f, "thread", most);
	}
	pt_finding_say(f, ".");
	say_address_space(t, f);
	if (holders_nr > 1)
		pt_advise_spread(r, f);
	else
		pt_advise_burst(r, f, 0);
	return true;
}

bool pt_find_stranded(const struct pt_report *r, struct pt_finding *f)
{
	const struct pt_report_totals *t = &r->totals;
	const struct pt_report_cell *cell = r->stranded.cells;
	double bytes = 0;
	number n;

	for (size_t i = 0; i < r->threads_nr; i++)
		bytes += (double)r->threads[i].tally.stranded_bytes;
	if (bytes < PT_DIAGNOSIS_BYTES_MIN ||
	    (double)t->stranded_misses < PT_DIAGNOSIS_STRANDED_SHARE * (double)t->fresh_allocations)
		return false;
	f->kind = "stranded";
	f->severity = bytes >= PT_DIAGNOSIS_STRANDED_PROBLEM * (double)t->peak_held_bytes
			      ? PT_SEVERITY_PROBLEM
			      : PT_SEVERITY_WARNING;
	pt_finding_say(f, "%s", pt_quantity_counted(n, t->stranded_misses, "allocation"));
	pt_finding_say(f, " (%s of those served from new memory,",
		       pt_quantity_share(n, (double)t->stranded_misses,
					 (double)t->fresh_allocations));
	pt_finding_say(
		f, " %s) were made while another thread held an idle block that would have fitted",
		pt_quantity_bytes(n, (uint64_t)bytes));
	if (r->stranded.cells_nr && cell->from < r->threads_nr && cell->to < r->threads_nr) {
		pt_finding_say(f, ": %s", pt_quantity_count(n, cell->objects));
		say_thread(f, " of them by thread", &r->threads[cell->from]);
		say_thread(f, " while thread", &r->threads[cell->to]);
		pt_finding_say(f, " held it");
	}
	pt_finding_say(f, ".");
	pt_advise_spread(r, f);
	return true;
}

bool pt_find_flow(const struct pt_report *r, struct pt_finding *f)
{
	const struct pt_report_cell *most = NULL;
	number n;

	for (size_t i = 0; i < r->freed_by.cells_nr; i++) {
		const struct pt_report_cell *cell = &r->freed_by.cells[i];

		if (cell->from == cell->to || cell->from >= r->threads_nr ||
		    cell->to >= r->threads_nr)
			continue;
		if ((double)cell->bytes < PT_DIAGNOSIS_BYTES_MIN ||
		    (double)cell->bytes <
			    PT_DIAGNOSIS_FLOW_SHARE *
				    (double)r->threads[cell->from].tally.allocated_bytes)
			continue;
		if (!most || cell->bytes > most->bytes)
			most = cell;
	}
	if (!most)
		return false;
	f->kind = "flow";
	f->severity = PT_SEVERITY_NOTE;
	say_thread(f, "Thread", &r->threads[most->from]);
	say_thread(f, " allocates and thread", &r->threads[most->to]);
	pt_finding_say(f, " frees %s of it",
		       pt_quantity_share(n, (double)most->bytes,
					 (double)r->threads[most->from].tally.allocated_bytes));
	pt_finding_say(f, " (%s):", pt_quantity_bytes(n, most->bytes));
	pt_finding_say(
		f,
		" freed memory gathers with the thread that frees, not with the one that needs it.");
	pt_advise_flow(f);
	return true;
}

void pt_find_fine(const struct pt_report *r, struct pt_finding *f)
{
	const struct pt_report_totals *t = &r->totals;
	uint64_t old = all_old_idle_bytes(r);
	number n;

	f->kind = "fine";
	f->severity = PT_SEVERITY_FINE;
	pt_finding_say(f, "Nothing is hoarded: at its peak the heap held %s",
		       pt_quantity_bytes(n, t->peak_held_bytes));
	pt_finding_say(f, " for a need of %s", pt_quantity_bytes(n, t->peak_in_use_bytes));
	if (t->blowup < PT_DIAGNOSIS_BLOWUP_WARNING) /* of some kilobytes it says nothing */
		pt_finding_say(f, " (blowup %s)", pt_quantity_ratio(n, t->blowup));
	pt_finding_say(f, ", and at the end %s had been idle for long",
		       old ? pt_quantity_bytes(n, old) : "nothing");
	if (t->idle_at_end_bytes > old &&
	    (double)(t->idle_at_end_bytes - old) >= PT_DIAGNOSIS_BYTES_MIN)
		pt_finding_say(f, "; %s were freed shortly before",
			       pt_quantity_bytes(n, t->idle_at_end_bytes - old));
	if (pt_report_has_pools(r))
		pt_finding_say(f, ", and nothing is wrong with the program's own pools");
	pt_finding_say(f, ".");
}
