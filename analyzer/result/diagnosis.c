// SPDX-License-Identifier: MIT
/*
 * diagnosis.c - what is wrong and where, or that nothing is, in plain words.
 *
 * Each finding is one function: it looks at the report, decides by the limits of diagnosis.h,
 * and writes its sentences. Order: the trace, then the hoard, its cost, its cause.
 */
#include "diagnosis.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ages.h"
#include "origin.h"
#include "quantity.h"
#include "site.h"

/* Room for the numbers of one sentence. */
typedef char number[PT_QUANTITY_BYTES];

static void say(struct pt_finding *f, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Appends to the finding's text; what does not fit is cut. */
static void say(struct pt_finding *f, const char *format, ...)
{
	size_t length = strlen(f->text);
	va_list ap;

	va_start(ap, format);
	vsnprintf(f->text + length, sizeof(f->text) - length, format, ap);
	va_end(ap);
}

static void say_thread(struct pt_finding *f, const char *word, const struct pt_report_thread *t)
{
	say(f, "%s %llu", word, (unsigned long long)t->serial);
	if (t->name[0])
		say(f, " \"%s\"", t->name);
}

const char *pt_severity_name(enum pt_severity severity)
{
	static const char *const names[] = { "fine", "note", "warning", "problem" };

	return names[severity];
}

static bool find_incomplete(const struct pt_report *r, struct pt_finding *f)
{
	const struct pt_report_file *file = &r->file;
	uint64_t lost = r->totals.lost_events;
	number n;

	if (!lost && !file->truncated && !file->corrupt_chunks && !file->missing_chunks &&
	    !file->stopped)
		return false;
	f->kind = "incomplete";
	f->severity = PT_SEVERITY_WARNING;
	say(f, "The trace is incomplete:");
	if (lost) {
		say(f, " %s", pt_quantity_counted(n, lost, "event"));
		say(f, " (%s) not recorded",
		    pt_quantity_share(n, (double)lost, (double)(lost + file->events_nr)));
		for (size_t i = 0, said = 0; i < file->losses_nr; i++)
			if (file->losses[i].allocations + file->losses[i].frees)
				say(f, "%s%s", said++ ? ", " : ", cause: ", file->losses[i].cause);
		say(f, ";");
	}
	if (file->stopped)
		say(f, " recording stopped before the end (%s);", file->stopped);
	if (file->truncated)
		say(f, " the file is cut short;");
	if (file->corrupt_chunks || file->missing_chunks)
		say(f, " %s of it damaged or missing;",
		    pt_quantity_counted(n, file->corrupt_chunks + file->missing_chunks, "part"));
	say(f, " the numbers below are about what was recorded.");
	return true;
}

static bool find_disorder(const struct pt_report *r, struct pt_finding *f)
{
	uint64_t odd = r->alloc_of_live + r->free_of_dead;
	number n;

	if (!odd)
		return false;
	f->kind = "disorder";
	f->severity = PT_SEVERITY_NOTE;
	say(f, "%s out of order (an address allocated while live, or freed twice): ",
	    pt_quantity_counted(n, odd, "event"));
	say(f, "%s.",
	    r->totals.lost_events ? "what was not recorded would explain them"
				  : "their order could not be told, or the program frees twice");
	return true;
}

static bool find_empty(const struct pt_report *r, struct pt_finding *f)
{
	if (r->totals.allocations)
		return false;
	f->kind = "empty";
	f->severity = PT_SEVERITY_NOTE;
	say(f, "Nothing was allocated: the trace holds no allocation.");
	return true;
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
		say(f, " It was allocated at %s.", text);
	else
		say(f, " The largest part of it (%s) was allocated at %s.",
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
	say(f, " By CPU, %s of all idle memory lies with CPU %u.",
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
	say(f, " Of all idle memory at most %s can be resident: the rest is address space.",
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
	say(f, "%s holds %s", t->exited && !pt_report_all_exited(r) ? ", which has exited," : "",
	    pt_quantity_bytes(n, t->tally.idle_bytes));
	say(f, " that nobody uses (%s of all idle memory),",
	    pt_quantity_share(n, (double)t->tally.idle_bytes, (double)r->totals.idle_at_end_bytes));
	say(f, " in %s that it freed and nobody reused;",
	    pt_quantity_counted(n, t->tally.idle_objects, "block"));
	say(f, " half of it has been idle for at least %s.",
	    pt_quantity_time(n, pt_median_age_us(&t->tally.idle_age) * 1000));
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
	say(f, "%s lie idle that nobody uses,", pt_quantity_bytes(n, r->totals.idle_at_end_bytes));
	say(f, " spread over %s", pt_quantity_counted(n, holders_nr, "thread"));
	say_thread(f, ": none holds much more than the others, thread", &r->threads[holder]);
	say(f, " most with %s;", pt_quantity_bytes(n, r->threads[holder].tally.idle_bytes));
	say(f, " half of it has been idle for at least %s.",
	    pt_quantity_time(n, pt_median_age_of_all_us(r) * 1000));
	say_origin(r, f, -1, r->totals.idle_at_end_bytes);
	say_cpu(r, f);
	say_resident(r, f, r->totals.idle_at_end_bytes);
}

static bool find_hoard(const struct pt_report *r, struct pt_finding *f)
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
	if ((double)most >= PT_DIAGNOSIS_ONE_THREAD * old)
		say_one_hoarder(r, f, holder);
	else
		say_spread_hoard(r, f, holder);
	return true;
}

static bool find_blowup(const struct pt_report *r, struct pt_finding *f)
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
	say(f, "Blowup %s:", pt_quantity_ratio(n, t->blowup));
	say(f, " at its peak, %s in,", pt_quantity_time(n, t->peak_held_ns));
	say(f, " the heap held %s", pt_quantity_bytes(n, t->peak_held_bytes));
	say(f, " for a need that never passed %s;", pt_quantity_bytes(n, t->peak_in_use_bytes));
	say(f, " %s lay idle just then", pt_quantity_bytes(n, t->idle_at_peak_bytes));
	for (size_t i = 0; i < r->threads_nr; i++) {
		holders_nr += r->threads[i].tally.idle_at_peak_bytes > 0;
		if (!most ||
		    r->threads[i].tally.idle_at_peak_bytes > most->tally.idle_at_peak_bytes)
			most = &r->threads[i];
	}
	if (holders_nr > 1 && (double)most->tally.idle_at_peak_bytes <
				      PT_DIAGNOSIS_ONE_THREAD * (double)t->idle_at_peak_bytes) {
		say(f, ", spread over %s", pt_quantity_counted(n, holders_nr, "thread"));
	} else if (holders_nr && r->threads_nr > 1) {
		say(f, ", %s of it with ",
		    pt_quantity_share(n, (double)most->tally.idle_at_peak_bytes,
				      (double)t->idle_at_peak_bytes));
		say_thread(f, "thread", most);
	}
	say(f, ".");
	return true;
}

static bool find_stranded(const struct pt_report *r, struct pt_finding *f)
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
	say(f, "%s", pt_quantity_counted(n, t->stranded_misses, "allocation"));
	say(f, " (%s of those served from new memory,",
	    pt_quantity_share(n, (double)t->stranded_misses, (double)t->fresh_allocations));
	say(f, " %s) were made while another thread held an idle block that would have fitted",
	    pt_quantity_bytes(n, (uint64_t)bytes));
	if (r->stranded.cells_nr && cell->from < r->threads_nr && cell->to < r->threads_nr) {
		say(f, ": %s", pt_quantity_count(n, cell->objects));
		say_thread(f, " of them by thread", &r->threads[cell->from]);
		say_thread(f, " while thread", &r->threads[cell->to]);
		say(f, " held it");
	}
	say(f, ".");
	return true;
}

static bool find_flow(const struct pt_report *r, struct pt_finding *f)
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
	say(f, " frees %s of it",
	    pt_quantity_share(n, (double)most->bytes,
			      (double)r->threads[most->from].tally.allocated_bytes));
	say(f, " (%s):", pt_quantity_bytes(n, most->bytes));
	say(f, " freed memory gathers with the thread that frees, not with the one that needs it.");
	return true;
}

static void find_fine(const struct pt_report *r, struct pt_finding *f)
{
	const struct pt_report_totals *t = &r->totals;
	uint64_t old = all_old_idle_bytes(r);
	number n;

	f->kind = "fine";
	f->severity = PT_SEVERITY_FINE;
	say(f, "Nothing is hoarded: at its peak the heap held %s",
	    pt_quantity_bytes(n, t->peak_held_bytes));
	say(f, " for a need of %s", pt_quantity_bytes(n, t->peak_in_use_bytes));
	if (!isnan(t->blowup))
		say(f, " (blowup %s)", pt_quantity_ratio(n, t->blowup));
	say(f, ", and at the end %s had been idle for long",
	    old ? pt_quantity_bytes(n, old) : "nothing");
	if (t->idle_at_end_bytes > old &&
	    (double)(t->idle_at_end_bytes - old) >= PT_DIAGNOSIS_BYTES_MIN)
		say(f, "; %s were freed shortly before",
		    pt_quantity_bytes(n, t->idle_at_end_bytes - old));
	say(f, ".");
}

size_t pt_diagnose(const struct pt_report *r, struct pt_finding out[PT_FINDINGS_MAX])
{
	static bool (*const about_trace[])(const struct pt_report *, struct pt_finding *) = {
		find_incomplete,
		find_disorder,
	};
	static bool (*const about_program[])(const struct pt_report *, struct pt_finding *) = {
		find_hoard,
		find_blowup,
		find_stranded,
		find_flow,
	};
	size_t n = 0, before;
	bool fine = true;

	memset(out, 0, PT_FINDINGS_MAX * sizeof(*out));
	for (size_t i = 0; i < sizeof(about_trace) / sizeof(about_trace[0]); i++)
		n += about_trace[i](r, &out[n]);
	if (find_empty(r, &out[n]))
		return n + 1;
	before = n;
	for (size_t i = 0; i < sizeof(about_program) / sizeof(about_program[0]) && n < before + 3;
	     i++) {
		if (about_program[i](r, &out[n])) {
			fine &= about_program[i] == find_flow;
			n++;
		}
	}
	if (fine) {
		/* A one-way flow alone is no harm: it comes after the good news. */
		memmove(&out[before + 1], &out[before], (n - before) * sizeof(*out));
		memset(&out[before], 0, sizeof(*out));
		find_fine(r, &out[before]);
		n++;
	}
	return n;
}
