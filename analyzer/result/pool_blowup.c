// SPDX-License-Identifier: MIT
/*
 * pool_blowup.c - what an annotated pool holds for what need, whose need goes unmet meanwhile, and
 * what to change: the sentences that come first.
 */
#include <string.h>

#include "label.h"
#include "pool_verdict.h"
#include "quantity.h"

typedef char number[PT_QUANTITY_BYTES];

enum term { TERM_SHARDING, TERM_TIME, TERM_RATCHET, TERM_GRAPH, TERM_NR };

static double term_bytes(const struct pt_pool_waterfall *w, enum term term)
{
	switch (term) {
	case TERM_SHARDING:
		return (double)w->sharding_bytes;
	case TERM_TIME:
		return (double)w->time_bytes;
	case TERM_RATCHET:
		return (double)w->ratchet_bytes;
	default:
		return w->graph_bytes == INT64_MIN ? 0 : (double)w->graph_bytes;
	}
}

/* What an object is made with on average, of those idle at the end; 0 = not known. */
static uint64_t made_bytes(const struct pt_pool_detail *d)
{
	if (d->object_bytes)
		return d->object_bytes;
	if (!d->row.idle_objects || d->row.ratchet_bytes > d->row.idle_bytes)
		return 0;
	return (d->row.idle_bytes - d->row.ratchet_bytes) / d->row.idle_objects;
}

static void advise_ratchet(const struct pt_pool_detail *d, struct pt_finding *f, uint64_t bytes)
{
	uint64_t made = made_bytes(d);
	number n;

	if (d->object_bytes)
		pt_finding_advise(f, "Drop objects that grew beyond the %s they are made with",
				  pt_quantity_bytes(n, made));
	else if (made)
		pt_finding_advise(f,
				  "Drop objects that grew beyond the size they were made with"
				  " (%s on average)",
				  pt_quantity_bytes(n, made));
	else
		pt_finding_advise(f, "Drop objects that grew beyond the size they were made with");
	pt_finding_advise(f, "when they are put: growth is %s of what lay idle.",
			  pt_quantity_bytes(n, bytes));
}

static void advise_term(const struct pt_pool_detail *d, struct pt_finding *f, enum term term,
			double idle)
{
	uint64_t bytes = (uint64_t)term_bytes(&d->waterfall, term);
	number n, share;

	pt_quantity_bytes(n, bytes);
	pt_quantity_share(share, (double)bytes, idle);
	switch (term) {
	case TERM_SHARDING:
		pt_finding_advise(
			f, "%s would have held %s less (%s of what lay idle).",
			d->shards_nr > 1
				? "Share between the shards: let a get that finds its own empty steal"
				  " from another, or put one bounded queue behind all. One cache for all"
				: "Take what is idle before more is made: a cache that always does",
			n, share);
		break;
	case TERM_TIME:
		pt_finding_advise(
			f,
			"Trim: %s (%s of what lay idle) are left from earlier peaks of use; one shared cache"
			" that gives back what is not needed would not hold them.",
			n, share);
		break;
	case TERM_RATCHET:
		advise_ratchet(d, f, bytes);
		break;
	default:
		pt_finding_advise(
			f,
			"Clear the pointers of an object when it is put: idle objects kept %s"
			" alive.",
			n);
		break;
	}
}

/* The largest term, and others that matter: in the order of their size. */
static void advise(const struct pt_pool_detail *d, struct pt_finding *f)
{
	const struct pt_pool_waterfall *w = &d->waterfall;
	double idle = (double)w->held_bytes - (double)w->in_use_bytes;
	bool told[TERM_NR] = { false };

	for (unsigned int n = 0; n < TERM_NR; n++) {
		enum term most = TERM_NR;

		for (enum term t = 0; t < TERM_NR; t++)
			if (!told[t] && (most == TERM_NR || term_bytes(w, t) > term_bytes(w, most)))
				most = t;
		told[most] = true;
		if (term_bytes(w, most) <= 0 ||
		    (n && term_bytes(w, most) < PT_VERDICT_TERM_SHARE * idle))
			return;
		advise_term(d, f, most, idle);
	}
}

/* In how many shards it lay, or in which. */
static void say_where(const struct pt_report *r, const struct pt_pool_detail *d,
		      struct pt_finding *f)
{
	uint64_t most = 0, all = 0;
	size_t shards_nr = 0;
	uint32_t shard = 0;
	char label[PT_LABEL_BYTES];
	number n;

	for (uint32_t i = 0; i < d->shards_nr; i++) {
		uint64_t bytes = d->shards[i].row.idle_at_peak_bytes;

		shards_nr += bytes > 0;
		all += bytes;
		if (bytes > most) {
			most = bytes;
			shard = i;
		}
	}
	if (!shards_nr)
		return;
	pt_label_shard(r, d, shard, label);
	if (shards_nr == 1 && d->shards_nr == 1)
		return;
	if (shards_nr == 1)
		pt_finding_say(f, ", all of it in shard %s", label);
	else
		pt_finding_say(f, " in %s", pt_quantity_counted(n, shards_nr, "shard"));
	if (shards_nr > 1 && (double)most >= PT_VERDICT_ONE_SHARD * (double)all)
		pt_finding_say(f, ", %s of that in shard %s",
			       pt_quantity_share(n, (double)most, (double)all), label);
}

/* The share of its misses that another shard could have served. False: not worth a word. */
static bool say_stranded(const struct pt_pool_detail *d, struct pt_finding *f)
{
	const struct pt_pool_row *row = &d->row;
	number a, b;

	if (!row->misses ||
	    (double)row->stranded_misses < PT_VERDICT_STRANDED_SHARE * (double)row->misses)
		return false;
	pt_finding_say(f, "%s of its misses (%s",
		       pt_quantity_share(a, (double)row->stranded_misses, (double)row->misses),
		       pt_quantity_count(b, row->stranded_misses));
	pt_finding_say(f, " of %s) happened while another shard held an idle object%s",
		       pt_quantity_count(a, row->misses),
		       d->one_size ? "" : " that was large enough");
	if (row->ambiguous_misses)
		pt_finding_say(f, " (of %s more it cannot be told)",
			       pt_quantity_share(a, (double)row->ambiguous_misses,
						 (double)row->misses));
	pt_finding_say(f, ".");
	return true;
}

bool pt_pool_find_blowup(const struct pt_report *r, const struct pt_report_pool *p,
			 struct pt_finding *f)
{
	const struct pt_pool_detail *d = p->detail;
	double beyond = (double)p->peak_held_bytes - (double)p->peak_in_use_bytes;
	number a, b, c;

	if (beyond < PT_VERDICT_BYTES_MIN ||
	    (p->peak_in_use_bytes && !(p->blowup >= PT_VERDICT_BLOWUP_WARNING)))
		return false;
	f->kind = "blowup";
	f->severity = p->peak_in_use_bytes && p->blowup < PT_VERDICT_BLOWUP_PROBLEM
			      ? PT_SEVERITY_WARNING
			      : PT_SEVERITY_PROBLEM;
	pt_finding_say(f, "`%s` held %s", p->name, pt_quantity_bytes(a, p->peak_held_bytes));
	if (p->peak_in_use_bytes)
		pt_finding_say(f, " for a need of %s (blowup %s): at that moment %s of it lay idle",
			       pt_quantity_bytes(a, p->peak_in_use_bytes),
			       pt_quantity_ratio(b, p->blowup),
			       pt_quantity_share(c, (double)d->row.idle_at_peak_bytes,
						 (double)p->peak_held_bytes));
	else
		pt_finding_say(f, ", and nothing of it was ever in use: it lay idle");
	say_where(r, d, f);
	pt_finding_say(f, ". ");
	if (!say_stranded(d, f))
		f->text[strlen(f->text) - 1] = '\0';
	advise(d, f);
	return true;
}

bool pt_pool_find_stranded(const struct pt_report *r, const struct pt_report_pool *p,
			   struct pt_finding *f)
{
	const struct pt_pool_detail *d = p->detail;
	char starved[PT_LABEL_BYTES], holder[PT_LABEL_BYTES];
	number n;

	if ((double)d->row.stranded_bytes < PT_VERDICT_BYTES_MIN || !say_stranded(d, f))
		return false;
	f->kind = "stranded";
	f->severity = PT_SEVERITY_WARNING;
	if (d->stranded.cells_nr)
		pt_finding_advise(f, "Most of all shard %s missed what shard %s held (%s).",
				  pt_label_shard(r, d, d->stranded.cells[0].from, starved),
				  pt_label_shard(r, d, d->stranded.cells[0].to, holder),
				  pt_quantity_counted(n, d->stranded.cells[0].objects, "time"));
	pt_finding_advise(f, "Let a get that finds its own shard empty steal from another.");
	return true;
}
