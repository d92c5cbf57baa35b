// SPDX-License-Identifier: MIT
/*
 * pool_blowup.c - what an annotated pool holds for what need, whose need goes unmet meanwhile, and
 * what to change: the sentences that come first.
 */
#include <string.h>

#include "label.h"
#include "pool_rank.h"
#include "pool_verdict.h"
#include "quantity.h"
#include "site.h"

#define SITE_BYTES 512

typedef char number[PT_QUANTITY_BYTES];

bool pt_pool_is_stock(const struct pt_pool_detail *d)
{
	for (size_t i = 0; i < d->misuse_nr; i++)
		if (d->misuse[i].kind == PT_MISUSE_PUT_OF_FOREIGN)
			return false;
	return d->row.stocked && !d->row.misses;
}

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

static void advise_ratchet(const struct pt_pool_detail *d, struct pt_finding *f, uint64_t bytes,
			   double idle)
{
	uint64_t made = made_bytes(d);
	number n, share;

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
	pt_finding_advise(f, "when they are put: growth is %s (%s of what lay idle).",
			  pt_quantity_bytes(n, bytes),
			  pt_quantity_share(share, (double)bytes, idle));
}

/*
 * What shards keep from one another. That gets do steal does not mean that they can reach
 * everything (Go's private slots); that none did does not mean that they cannot.
 */
static void advise_stealing(const struct pt_pool_detail *d, struct pt_finding *f)
{
	number n;

	if (d->slots_nr > 1 && d->shards_nr <= d->slots_nr) {
		pt_finding_advise(f,
				  "Up to %s lived at once, each with a cache of its own: let them"
				  " share one, or bound each.",
				  pt_quantity_counted(n, d->slots_nr, "instance"));
		return;
	}
	if (d->row.steals)
		pt_finding_advise(
			f,
			"Gets do steal (%s) and miss nevertheless: look for idle objects"
			" that no other shard can take (a private slot, a magazine), and for"
			" gets that give up early. Let others reach these,",
			pt_quantity_counted(n, d->row.steals, "time"));
	else
		pt_finding_advise(
			f, "No get was served from another shard: let one that finds its own"
			   " empty steal from another, from everything that lies idle there,");
	pt_finding_advise(f, "or put one bounded queue behind all shards.");
}

/* The line that has most of it, and how much: where to look. */
static void advise_place(const struct pt_report *r, const struct pt_pool_detail *d,
			 struct pt_finding *f, enum pt_pool_key key)
{
	struct pt_pool_row row;
	const struct pt_report_site *site = pt_pool_site_worst(r, d, key, &row);
	char text[SITE_BYTES];
	number n;

	if (!site)
		return;
	pt_quantity_share(n, pt_pool_row_value(&row, key), pt_pool_row_value(&d->row, key));
	pt_finding_advise(f, "%s of %s at %s.", n,
			  key == PT_POOL_MISSES	   ? "the misses are"
			  : row.stocked > row.puts ? "the idle bytes over time were stocked"
						   : "the idle bytes over time were put",
			  pt_site_text(site, text, sizeof(text)));
}

static void advise_sharding(const struct pt_pool_detail *d, struct pt_finding *f, const char *bytes,
			    const char *share)
{
	if (d->shards_nr > 1)
		advise_stealing(d, f);
	else
		pt_finding_advise(f, "Take what is idle before more is made: %s.",
				  d->one_size ? "objects were made while others lay idle"
					      : "objects were made while as many bytes lay idle");
	pt_finding_advise(
		f, "%s always takes what is idle would have held %s less (%s of what lay idle).",
		d->shards_nr > 1 ? "One cache for all that" : "A cache that", bytes, share);
}

static void advise_time(const struct pt_report_pool *p, struct pt_finding *f, const char *bytes,
			const char *share)
{
	const struct pt_pool_detail *d = p->detail;
	number n;

	if (pt_pool_is_stock(d)) {
		pt_finding_advise(f,
				  "Stock less: at most %s was in use at once. That was the load of"
				  " this run; leave room for a larger one.",
				  pt_quantity_bytes(n, p->peak_in_use_bytes));
		return;
	}
	pt_finding_advise(f, "Trim: %s (%s of what lay idle) are left from earlier peaks of use",
			  bytes, share);
	if (d->row.stocked)
		pt_finding_advise(f, "or were made in advance (%s)",
				  pt_quantity_counted(n, d->row.stocked, "object"));
	pt_finding_advise(f,
			  "and were not needed then; one shared cache that gives back what is not"
			  " needed would not hold them.");
}

static void advise_term(const struct pt_report_pool *p, struct pt_finding *f, enum term term,
			double idle)
{
	uint64_t bytes = (uint64_t)term_bytes(&p->detail->waterfall, term);
	number n, share;

	pt_quantity_bytes(n, bytes);
	pt_quantity_share(share, (double)bytes, idle);
	switch (term) {
	case TERM_SHARDING:
		advise_sharding(p->detail, f, n, share);
		break;
	case TERM_TIME:
		advise_time(p, f, n, share);
		break;
	case TERM_RATCHET:
		advise_ratchet(p->detail, f, bytes, idle);
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

/*
 * Caches of threads that have ended while others with a cache go on: nobody can come for what lies
 * there. When all have ended it may be the end of the program, and says nothing.
 */
static void advise_orphans(const struct pt_report *r, const struct pt_pool_detail *d,
			   struct pt_finding *f)
{
	uint64_t bytes = 0, gone_nr = 0, living_nr = 0;
	number a, b;

	for (size_t i = 0; i < d->shards_nr; i++) {
		const struct pt_pool_shard *s = &d->shards[i];

		if (s->thread >= r->threads_nr)
			continue;
		if (!r->threads[s->thread].exited) {
			living_nr++;
		} else if (s->row.idle_bytes) {
			gone_nr++;
			bytes += s->row.idle_bytes;
		}
	}
	if (living_nr && (double)bytes >= PT_VERDICT_BYTES_MIN)
		pt_finding_advise(f,
				  "At the end %s lay in %s of threads that are gone: let a thread"
				  " that ends give its cache back.",
				  pt_quantity_bytes(a, bytes),
				  pt_quantity_counted(b, gone_nr, "shard"));
}

/* The largest term, and others that matter: in the order of their size. Then where to look. */
static void advise(const struct pt_report *r, const struct pt_report_pool *p, struct pt_finding *f)
{
	const struct pt_pool_waterfall *w = &p->detail->waterfall;
	double idle = (double)w->held_bytes - (double)w->in_use_bytes;
	bool told[TERM_NR] = { false }, misses = false, hoard = false;

	advise_orphans(r, p->detail, f);
	for (unsigned int n = 0; n < TERM_NR; n++) {
		enum term most = TERM_NR;

		for (enum term t = 0; t < TERM_NR; t++)
			if (!told[t] && (most == TERM_NR || term_bytes(w, t) > term_bytes(w, most)))
				most = t;
		told[most] = true;
		if (term_bytes(w, most) <= 0 ||
		    (n && term_bytes(w, most) < PT_VERDICT_TERM_SHARE * idle))
			break;
		advise_term(p, f, most, idle);
		misses |= most == TERM_SHARDING;
		hoard |= most != TERM_SHARDING;
	}
	if (misses)
		advise_place(r, p->detail, f, PT_POOL_MISSES);
	if (hoard)
		advise_place(r, p->detail, f, PT_POOL_HOARD);
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

static bool stranded_matter(const struct pt_pool_row *row)
{
	return row->misses &&
	       (double)row->stranded_misses >= PT_VERDICT_STRANDED_SHARE * (double)row->misses;
}

static bool ambiguous_matter(const struct pt_pool_row *row)
{
	return row->misses &&
	       (double)row->ambiguous_misses >= PT_VERDICT_AMBIGUOUS_SHARE * (double)row->misses;
}

/* Other threads were under way at most of its misses, so that hardly any can be called stranded. */
static void say_ambiguous(const struct pt_pool_row *row, struct pt_finding *f)
{
	number a, b, c;

	pt_finding_say(f,
		       "For %s of its misses (%s of %s) it cannot be told whether another shard"
		       " could have served them: other threads were at work and may have had the"
		       " few that lay idle there.",
		       pt_quantity_share(a, (double)row->ambiguous_misses, (double)row->misses),
		       pt_quantity_count(b, row->ambiguous_misses),
		       pt_quantity_count(c, row->misses));
}

/* The share of its misses that another shard could have served. */
static void say_stranded(const struct pt_pool_detail *d, struct pt_finding *f)
{
	const struct pt_pool_row *row = &d->row;
	number a, b;

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
	f->severity = pt_pool_is_stock(d) || (p->peak_in_use_bytes &&
					      p->blowup < PT_VERDICT_BLOWUP_PROBLEM)
			      ? PT_SEVERITY_WARNING
			      : PT_SEVERITY_PROBLEM;
	pt_finding_say(f, "`%s`%s held %s", p->name,
		       pt_pool_is_stock(d) ? ", filled in advance," : "",
		       pt_quantity_bytes(a, p->peak_held_bytes));
	if (p->peak_in_use_bytes)
		pt_finding_say(f, " for a need of %s (blowup %s): at that moment %s of it lay idle",
			       pt_quantity_bytes(a, p->peak_in_use_bytes),
			       pt_quantity_ratio(b, p->blowup),
			       pt_quantity_share(c, (double)d->row.idle_at_peak_bytes,
						 (double)p->peak_held_bytes));
	else
		pt_finding_say(f, ", and nothing of it was ever in use: it lay idle");
	say_where(r, d, f);
	pt_finding_say(f, ".");
	if (stranded_matter(&d->row)) {
		pt_finding_say(f, " ");
		say_stranded(d, f);
	} else if (ambiguous_matter(&d->row)) {
		pt_finding_say(f, " ");
		say_ambiguous(&d->row, f);
	}
	advise(r, p, f);
	return true;
}

bool pt_pool_find_stranded(const struct pt_report *r, const struct pt_report_pool *p,
			   struct pt_finding *f)
{
	const struct pt_pool_detail *d = p->detail;
	char starved[PT_LABEL_BYTES], holder[PT_LABEL_BYTES];
	number n;

	if ((double)d->row.stranded_bytes < PT_VERDICT_BYTES_MIN || !stranded_matter(&d->row))
		return false;
	say_stranded(d, f);
	f->kind = "stranded";
	f->severity = PT_SEVERITY_WARNING;
	if (d->stranded.cells_nr)
		pt_finding_advise(f, "Most of all shard %s missed what shard %s held (%s).",
				  pt_label_shard(r, d, d->stranded.cells[0].from, starved),
				  pt_label_shard(r, d, d->stranded.cells[0].to, holder),
				  pt_quantity_counted(n, d->stranded.cells[0].objects, "time"));
	advise_stealing(d, f);
	advise_place(r, d, f, PT_POOL_MISSES);
	return true;
}
