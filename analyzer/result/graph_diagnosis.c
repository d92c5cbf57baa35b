// SPDX-License-Identifier: MIT
/*
 * graph_diagnosis.c - a snapshot in sentences. What idle objects keep and what nobody reaches are two
 * things and never one number; and no sentence says more than the snapshot knows.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "graph_words.h"
#include "quantity.h"

#define POOLS_SAID	3u
#define FIELDS_SAID	2u
#define PROBLEM_BYTES	(1u << 20) /* less is not worth a change of code */
#define PROBLEM_SHARE	20u	   /* or so of what is reachable: 1 / 20 */

typedef char number[PT_QUANTITY_BYTES];

struct said {
	const struct pt_graph_report *r;
	const struct pt_graph_snapshot *s;
	struct pt_finding *found;
	size_t nr;
};

/* The next finding; its text follows. The last one is overwritten when there is no room. */
static struct pt_finding *next(struct said *d, enum pt_severity severity, const char *kind)
{
	struct pt_finding *f = &d->found[d->nr < PT_GRAPH_FINDINGS_MAX ? d->nr++ : d->nr - 1];

	f->severity = severity;
	f->kind = kind;
	f->text[0] = f->advice[0] = '\0';
	return f;
}

static void one_field(const struct said *d, struct pt_finding *f, const struct pt_graph_field *field,
		      bool first)
{
	char text[PT_GRAPH_TEXT_BYTES], site[PT_GRAPH_TEXT_BYTES];
	number a, b;

	pt_finding_say(f, "%s field %s of %s keeps %s", first ? ":" : ",",
		       pt_graph_field_text(field, text, sizeof(text)),
		       pt_quantity_counted(a, field->objects, "idle object"),
		       pt_quantity_bytes(b, field->retained_bytes));
	if (!first)
		return;
	if (field->put_site < d->s->sites_nr)
		pt_finding_advise(f, "Clear %s before put (put at %s).", text,
				  pt_graph_site_text(d->s, field->put_site, site, sizeof(site)));
	else
		pt_finding_advise(f, "Clear %s before put.", text);
}

/* Fields are by retained bytes over all pools: the first ones of this pool are its largest. */
static void fields_of(const struct said *d, struct pt_finding *f, uint32_t pool)
{
	const struct pt_graph_pool *p = &d->s->pools[pool];
	uint64_t least = p->graph_retained_bytes / 10;
	unsigned int said = 0;
	number n;

	for (size_t i = 0; i < d->s->fields_nr && said < FIELDS_SAID; i++) {
		const struct pt_graph_field *field = &d->s->fields[i];

		if (field->pool == pool && field->retained_bytes && field->retained_bytes >= least)
			one_field(d, f, field, !said++);
	}
	pt_finding_say(f, ".");
	if (p->fields_more_bytes != PT_UNKNOWN && p->fields_more_bytes > least) {
		pt_finding_say(f, " %s of it hang on several fields together: clearing one is not enough.",
			       pt_quantity_bytes(n, p->fields_more_bytes));
		if (!said)
			pt_finding_advise(f, "Clear the pointers of the object before put.");
	}
}

static void pools(struct said *d)
{
	const struct pt_graph_snapshot *s = d->s;
	unsigned int said = 0;
	number n;

	for (uint32_t i = 0; i < s->pools_nr && said < POOLS_SAID; i++) {
		const struct pt_graph_pool *p = &s->pools[i];
		bool much = p->graph_retained_bytes >= PROBLEM_BYTES &&
			    p->graph_retained_bytes >= s->reachable_bytes / PROBLEM_SHARE;
		struct pt_finding *f;

		if (!p->graph_retained_bytes || p->graph_retained_bytes == PT_UNKNOWN)
			continue;
		f = next(d, much ? PT_SEVERITY_PROBLEM : PT_SEVERITY_WARNING, "retained");
		pt_finding_say(f, "Idle objects of %s keep %s alive", p->name,
			       pt_quantity_bytes(n, p->graph_retained_bytes));
		fields_of(d, f, i);
		said++;
	}
	if (!said && s->idle_retained_bytes == 0)
		pt_finding_say(next(d, PT_SEVERITY_FINE, "retained"),
			       "Nothing is kept alive by idle objects only.");
	else if (!said && s->idle_retained_bytes != PT_UNKNOWN)
		pt_finding_say(next(d, PT_SEVERITY_WARNING, "retained"),
			       "Idle objects of several pools keep %s alive together, those of one pool nothing.",
			       pt_quantity_bytes(n, s->idle_retained_bytes));
}

static void unreachable(struct said *d)
{
	const struct pt_graph_snapshot *s = d->s;
	struct pt_finding *f;
	char site[PT_GRAPH_TEXT_BYTES];
	number a, b;

	if (s->unreachable_bytes == PT_UNKNOWN) {
		pt_finding_say(next(d, PT_SEVERITY_NOTE, "unreachable"),
			       "Nothing is called unreachable: of %" PRIu32 " threads %" PRIu32
			       " did not answer, and a register of theirs may hold what is not found elsewhere.",
			       s->threads_nr, s->threads_silent);
		return;
	}
	if (s->unreachable_bytes) {
		f = next(d, s->registers_asked ? PT_SEVERITY_WARNING : PT_SEVERITY_NOTE, "unreachable");
		pt_finding_say(f, "No pointer leads to %s in %s%s", pt_quantity_bytes(a, s->unreachable_bytes),
			       pt_quantity_counted(b, s->unreachable_objects, "block"),
			       s->registers_asked ? ": leaked" : ": leaked at most");
		if (s->leaks_nr)
			pt_finding_say(f, ", most from %s",
				       pt_graph_site_text(s, s->leaks[0].site, site, sizeof(site)));
		pt_finding_say(f, ".");
	}
	if (!s->registers_asked)
		pt_finding_say(next(d, PT_SEVERITY_NOTE, "registers"),
			       "The registers of other threads were not scanned: what a register alone holds "
			       "counts as unreachable. POOLTRACE_SNAPSHOT=registers asks for them.");
}

static void doubts(struct said *d)
{
	const struct pt_graph_snapshot *s = d->s;
	number n;

	if (d->r->lost_events)
		pt_finding_say(next(d, PT_SEVERITY_WARNING, "lost"),
			       "%s are not in the trace: there may be blocks that are not seen, or seen too long.",
			       pt_quantity_counted(n, d->r->lost_events, "event"));
	if (d->r->in_part)
		pt_finding_say(next(d, PT_SEVERITY_WARNING, "mode"),
			       "Not every event of malloc was recorded: there are blocks that are not seen, and what they point to seems "
			       "unreachable. Record with POOLTRACE_MODE=full.");
	if (s->moved_objects)
		pt_finding_say(next(d, PT_SEVERITY_NOTE, "moved"),
			       "%s came or went while the memory was copied: what is said of them may be wrong.",
			       pt_quantity_counted(n, s->moved_objects, "block"));
	if (s->unknown_threads)
		pt_finding_say(next(d, PT_SEVERITY_NOTE, "threads"),
			       "Not all threads could be listed: the others' whole stacks count as in use.");
	if (s->stale_only_bytes && s->stale_only_bytes != PT_UNKNOWN)
		pt_finding_say(next(d, PT_SEVERITY_NOTE, "stale"),
			       "%s are held only by words below a stack pointer, which may be left over.",
			       pt_quantity_bytes(n, s->stale_only_bytes));
	if (s->interior_only_bytes && s->interior_only_bytes != PT_UNKNOWN)
		pt_finding_say(next(d, PT_SEVERITY_NOTE, "interior"),
			       "%s are reached only over pointers into the middle of a block, which may be numbers.",
			       pt_quantity_bytes(n, s->interior_only_bytes));
}

size_t pt_graph_diagnose(const struct pt_graph_report *r, const struct pt_graph_snapshot *s,
			 struct pt_finding *found)
{
	struct said d = { r, s, found, 0 };

	if (!s->whole && !s->lost) {
		pt_finding_say(next(&d, PT_SEVERITY_WARNING, "torn"),
			       "This snapshot is not whole: its writer was killed, or still writes.");
		return d.nr;
	}
	if (!s->whole) {
		pt_finding_say(next(&d, PT_SEVERITY_WARNING, "dropped"), "This snapshot was dropped: %s.",
			       pt_graph_lost_name(s->lost));
		return d.nr;
	}
	pools(&d);
	unreachable(&d);
	doubts(&d);
	return d.nr;
}
