// SPDX-License-Identifier: MIT
/*
 * diagnosis.c - what is wrong and where, or that nothing is, in plain words.
 *
 * Order: the trace (trace_findings.c, mode_findings.c), the worst pools, then the allocator (malloc_findings.c): the hoard,
 * its cost, its cause.
 */
#include "diagnosis.h"

#include <stdlib.h>
#include <string.h>

#include "pool_verdict.h"
#include "quantity.h"

/* Room for the numbers of one sentence. */
typedef char number[PT_QUANTITY_BYTES];

/* The worst finding of a pool: of equals the first, which is about what it holds. */
static void find_pool(const struct pt_report *r, const struct pt_report_pool *p,
		      struct pt_finding *f)
{
	struct pt_finding found[PT_VERDICT_MAX];
	size_t found_nr = pt_pool_verdict(r, p, found), worst = 0;

	for (size_t i = 1; i < found_nr; i++)
		if (found[i].severity > found[worst].severity)
			worst = i;
	f->kind = "pool";
	f->severity = found[worst].severity;
	if (!strchr(found[worst].text, '`'))
		pt_finding_say(f, "`%s`: ", p->name);
	pt_finding_say(f, "%s", found[worst].text);
}

/* The worst annotated pools; without the allocator's also the others, or there would be nothing. */
static size_t find_pools(const struct pt_report *r, struct pt_finding *out)
{
	bool all = !pt_report_has_allocator(r) || !r->totals.allocations || r->modes.told != PT_TOLD_EVENTS;
	size_t *pools, pools_nr, n = 0, more = 0;
	number a;

	if (pt_pools_worst(r, &pools, &pools_nr) != 0)
		return 0;
	for (size_t i = 0; i < pools_nr; i++) {
		const struct pt_report_pool *p = &r->pools[pools[i]];

		if (!all && pt_pool_severity(r, p) < PT_SEVERITY_WARNING)
			break;
		if (n < PT_DIAGNOSIS_POOLS)
			find_pool(r, p, &out[n++]);
		else
			more++;
	}
	free(pools);
	if (more)
		pt_finding_say(&out[n - 1], " %s more below.",
			       pt_quantity_counted(a, more, "pool"));
	return n;
}

/* What was found of the allocator, behind `n`; returns the new n. `fine`: of the pools so far. */
static size_t find_program(const struct pt_report *r, struct pt_finding *out, size_t n, bool fine)
{
	static bool (*const about_program[])(const struct pt_report *, struct pt_finding *) = {
		pt_find_hoard,
		pt_find_blowup,
		pt_find_stranded,
		pt_find_flow,
	};
	size_t before = n;

	for (size_t i = 0; i < sizeof(about_program) / sizeof(about_program[0]) && n < before + 3;
	     i++) {
		if (about_program[i](r, &out[n])) {
			fine &= about_program[i] == pt_find_flow;
			n++;
		}
	}
	for (size_t i = before + 1; i < n; i++) /* the same need not be said twice */
		if (!strcmp(out[i].advice, out[before].advice) || !strcmp(out[i].advice, out[i - 1].advice))
			*out[i].advice = '\0';
	if (fine) {
		/* A one-way flow alone is no harm: it comes after the good news. */
		memmove(&out[before + 1], &out[before], (n - before) * sizeof(*out));
		memset(&out[before], 0, sizeof(*out));
		pt_find_fine(r, &out[before]);
		n++;
	}
	return n;
}

size_t pt_diagnose(const struct pt_report *r, struct pt_finding out[PT_FINDINGS_MAX])
{
	static bool (*const about_trace[])(const struct pt_report *, struct pt_finding *) = {
		pt_find_incomplete,
		pt_find_mode,
		pt_find_switched,
		pt_find_ring,
		pt_find_disorder,
		pt_find_paused,
	};
	size_t n = 0, pools_nr;

	memset(out, 0, PT_FINDINGS_MAX * sizeof(*out));
	for (size_t i = 0; i < sizeof(about_trace) / sizeof(about_trace[0]); i++)
		n += about_trace[i](r, &out[n]);
	if (pt_find_empty(r, &out[n]))
		return n + 1;
	pools_nr = find_pools(r, &out[n]);
	n += pools_nr;
	if (pt_report_has_allocator(r) && r->totals.allocations && r->modes.told == PT_TOLD_EVENTS)
		n = find_program(r, out, n, !pools_nr);
	return n;
}
