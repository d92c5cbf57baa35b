// SPDX-License-Identifier: MIT
/*
 * pool_over_time.c - what happens to the objects of an annotated pool later: nobody comes for
 * them, they are thrown away too early, they gather in one place, they are never put back.
 */
#include <inttypes.h>
#include <math.h>

#include "label.h"
#include "pool_rank.h"
#include "pool_verdict.h"
#include "quantity.h"
#include "site.h"

#define SITE_BYTES 512

typedef char number[PT_QUANTITY_BYTES];

/* The shard with most by `value`, and what all have. shards_nr when all have 0. */
static uint32_t most_dead(const struct pt_pool_detail *d)
{
	uint32_t most = (uint32_t)d->shards_nr;
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < d->shards_nr; i++) {
		uint64_t dead = d->shards[i].row.dead_hoard_bytes;

		if (dead != PT_UNKNOWN && dead > bytes) {
			bytes = dead;
			most = i;
		}
	}
	return most;
}

bool pt_pool_find_dead(const struct pt_report *r, const struct pt_report_pool *p,
		       struct pt_finding *f)
{
	const struct pt_pool_detail *d = p->detail;
	double dead = (double)d->row.dead_hoard_bytes, held = (double)p->peak_held_bytes;
	char label[PT_LABEL_BYTES], text[SITE_BYTES];
	const struct pt_report_site *site;
	struct pt_pool_row row;
	uint32_t shard;
	number a, b;

	if (d->row.dead_hoard_bytes == PT_UNKNOWN || dead < PT_VERDICT_BYTES_MIN ||
	    dead < PT_VERDICT_DEAD_SHARE * held)
		return false;
	f->kind = "dead_hoard";
	f->severity = dead >= PT_VERDICT_DEAD_PROBLEM * held && !pt_pool_is_stock(d) &&
				      !(p->blowup < PT_VERDICT_BLOWUP_WARNING)
			      ? PT_SEVERITY_PROBLEM
			      : PT_SEVERITY_WARNING;
	pt_finding_say(f, "At the end %s", pt_quantity_bytes(a, d->row.dead_hoard_bytes));
	pt_finding_say(f, " (%s) had been idle for over %s and nobody came for them",
		       pt_quantity_counted(a, d->row.dead_hoard_objects, "object"),
		       pt_quantity_time(b, r->limits.dead_after_ns));
	shard = most_dead(d);
	if (d->shards_nr > 1 && shard < d->shards_nr)
		pt_finding_say(f, "; the most in shard %s (%s)", pt_label_shard(r, d, shard, label),
			       pt_quantity_bytes(a, d->shards[shard].row.dead_hoard_bytes));
	pt_finding_say(f, ".");
	site = pt_pool_site_worst(r, d, PT_POOL_IDLE, &row);
	if (site)
		pt_finding_say(f, " The largest part of what is idle (%s) was %s at %s.",
			       pt_quantity_share(a, (double)row.idle_bytes,
						 (double)d->row.idle_bytes),
			       row.stocked > row.puts ? "stocked" : "put",
			       pt_site_text(site, text, sizeof(text)));
	if (pt_pool_is_stock(d))
		pt_finding_advise(f,
				  "The pool was filled in advance: stock less, if this run had the"
				  " largest load it is made for.");
	else
		pt_finding_advise(
			f, "Give back what has been idle for %s: trim by age, not only by count.",
			pt_quantity_time(b, r->limits.dead_after_ns));
	return true;
}

bool pt_pool_find_regret(const struct pt_report *r, const struct pt_report_pool *p,
			 struct pt_finding *f)
{
	const struct pt_pool_detail *d = p->detail;
	double regretted = (double)d->row.regretted_drops,
	       all = regretted + (double)d->row.useful_drops;
	const struct pt_report_site *site;
	bool blown = p->blowup >= PT_VERDICT_BLOWUP_WARNING;
	struct pt_pool_row row;
	char text[SITE_BYTES];
	number a, b, c, t;

	if (d->row.regretted_drops == PT_UNKNOWN || !(all > 0) ||
	    regretted < PT_VERDICT_REGRET_SHARE * all ||
	    (regretted < PT_VERDICT_REGRET_MIN &&
	     (double)d->row.regretted_bytes < PT_VERDICT_BYTES_MIN))
		return false;
	f->kind = "regret";
	f->severity = regretted >= PT_VERDICT_REGRET_PROBLEM * all ? PT_SEVERITY_PROBLEM
								   : PT_SEVERITY_WARNING;
	pt_quantity_time(t, r->limits.regret_within_ns);
	pt_finding_say(
		f, "Of %s that were dropped %s (%s, %s in all) had to be made again within %s.",
		pt_quantity_counted(b, d->row.regretted_drops + d->row.useful_drops, "object"),
		pt_quantity_share(a, regretted, all), pt_quantity_count(c, d->row.regretted_drops),
		pt_quantity_bytes((char[PT_QUANTITY_BYTES]){ 0 }, d->row.regretted_bytes), t);
	site = pt_pool_site_worst(r, d, PT_POOL_REGRET, &row);
	if (site)
		pt_finding_advise(
			f, "The %s at %s throws away what is needed again within %s (%s of it): %s",
			row.purged > row.drops ? "purge" : "drop",
			pt_site_text(site, text, sizeof(text)), t,
			pt_quantity_share(a, (double)row.regretted_drops,
					  (double)row.regretted_drops + (double)row.useful_drops),
			row.purged > row.drops ? "purge less often, or keep a part."
			: blown ? "drop by age, and not what was in use a moment ago."
				: "drop less, or allow the cache more.");
	else
		pt_finding_advise(f, "Purge less often, or keep a part.");
	return true;
}

/* Who got the objects that are put into `shard`: the share of others, and the first of them. */
static void say_flow(const struct pt_report *r, const struct pt_pool_detail *d,
		     struct pt_finding *f, uint32_t shard)
{
	uint64_t all = 0, others = 0, most = 0;
	uint32_t from = 0;
	char label[PT_LABEL_BYTES];
	number n;

	for (size_t i = 0; i < d->flow.cells_nr; i++) {
		const struct pt_pool_cell *cell = &d->flow.cells[i];

		if (cell->to != shard)
			continue;
		all += cell->objects;
		if (cell->from == shard)
			continue;
		others += cell->objects;
		if (cell->objects > most) {
			most = cell->objects;
			from = cell->from;
		}
	}
	if (!others)
		return;
	pt_finding_say(f, " %s of what is put there was got for another shard, most for shard %s.",
		       pt_quantity_share(n, (double)others, (double)all),
		       pt_label_shard(r, d, from, label));
	pt_finding_advise(f, "Put an object back into the shard it was got for, or");
}

bool pt_pool_find_drift(const struct pt_report *r, const struct pt_report_pool *p,
			struct pt_finding *f)
{
	const struct pt_pool_detail *d = p->detail;
	double seconds = (double)r->totals.duration_ns / 1e9;
	const struct pt_pool_shard *s = NULL;
	char label[PT_LABEL_BYTES];
	uint32_t shard = 0;
	number a, b, c, e;

	for (uint32_t i = 0; i < d->shards_nr; i++) {
		const struct pt_pool_shard *t = &d->shards[i];

		if (isfinite(t->forecast_s) && t->forecast_s <= PT_VERDICT_FORECAST_S_MAX &&
		    t->drift_bytes_per_s * seconds >= PT_VERDICT_BYTES_MIN &&
		    (double)t->row.idle_bytes >=
			    PT_VERDICT_DRIFT_KEPT * t->drift_bytes_per_s * seconds &&
		    (!s || t->forecast_s < s->forecast_s)) {
			s = t;
			shard = i;
		}
	}
	if (!s)
		return false;
	f->kind = "drift";
	f->severity = PT_SEVERITY_WARNING;
	pt_label_shard(r, d, shard, label);
	pt_quantity_bytes(a, (uint64_t)s->drift_bytes_per_s);
	pt_quantity_bytes(b, r->limits.limit_bytes);
	if (s->forecast_s > 0)
		pt_finding_say(f,
			       "At +%s/s shard %s reaches %s in %s (measured over %s): more is put"
			       " there than got, and nothing was stolen from it.",
			       a, label, b, pt_quantity_time(c, (uint64_t)(s->forecast_s * 1e9)),
			       pt_quantity_time(e, r->totals.duration_ns));
	else
		pt_finding_say(f,
			       "Shard %s is beyond %s already and grows by %s/s: more is put"
			       " there than got, and nothing was stolen from it.",
			       label, b, a);
	say_flow(r, d, f, shard);
	pt_finding_advise(f, f->advice[0] ? "bound it and let others steal from it."
					  : "Bound the shard, and let others steal from it.");
	return true;
}

static bool is_leak(const struct pt_pool_leak *l, bool threads_count)
{
	return l->at_destroy || l->held_too_long || (threads_count && l->thread_is_gone);
}

bool pt_pool_find_leak(const struct pt_report *r, const struct pt_report_pool *p,
		       struct pt_finding *f)
{
	const struct pt_pool_detail *d = p->detail;
	const struct pt_pool_leak *first = NULL;
	bool threads_count = !pt_report_all_exited(r);
	uint64_t all = 0, gone = 0, held = 0, destroyed = 0;
	char text[SITE_BYTES], label[PT_LABEL_BYTES];
	number n;

	for (size_t i = 0; i < d->leaks_nr; i++) {
		const struct pt_pool_leak *l = &d->leaks[i];

		all += l->objects;
		gone += threads_count ? l->thread_is_gone : 0;
		held += l->held_too_long;
		destroyed += l->at_destroy;
		if (!first && is_leak(l, threads_count))
			first = l;
	}
	if (!first)
		return false;
	f->kind = "leak";
	f->severity = gone || destroyed ? PT_SEVERITY_WARNING : PT_SEVERITY_NOTE;
	pt_finding_say(f, "%s not put back", pt_quantity_counted(n, all, "object"));
	if (gone)
		pt_finding_say(f, "; %s got by threads that are gone", pt_quantity_count(n, gone));
	if (destroyed)
		pt_finding_say(f, "; %s still out when the pool was destroyed",
			       pt_quantity_count(n, destroyed));
	if (held)
		pt_finding_say(
			f,
			"; %s held for longer than %s (99.9 %% of those that came back did within that)",
			pt_quantity_count(n, held),
			pt_quantity_time((char[PT_QUANTITY_BYTES]){ 0 }, d->hold_p999_ns));
	pt_finding_say(f, ". Of these most bytes were got by thread %s",
		       pt_label_thread(r, first->thread, label));
	if (first->site < r->pool_sites_nr && r->pool_sites[first->site].frames_nr)
		pt_finding_say(f, " at %s",
			       pt_site_text(&r->pool_sites[first->site], text, sizeof(text)));
	pt_finding_say(f, ".");
	pt_finding_advise(f,
			  "Look for a way out without a put; the page of this pool (--pool %s)"
			  " lists who got them.",
			  p->name);
	return true;
}
