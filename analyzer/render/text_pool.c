// SPDX-License-Identifier: MIT
/*
 * text_pool.c - the page of an annotated pool: the verdict, what to do, and the numbers behind it.
 */
#include <inttypes.h>
#include <string.h>

#include "../result/ages.h"
#include "../result/pool_verdict.h"
#include "../result/quantity.h"
#include "text_pool.h"

typedef char number[PT_QUANTITY_BYTES];

static void heading(const struct pt_render *to, const struct pt_report_pool *p)
{
	const struct pt_pool_detail *d = p->detail;
	char size[PT_QUANTITY_BYTES + 32];
	number a, b, c;

	if (d->object_bytes)
		snprintf(size, sizeof(size), "objects of %s",
			 pt_quantity_bytes(a, d->object_bytes));
	else
		snprintf(size, sizeof(size), "object size not fixed");
	pt_text_heading(to, "Pool %s (%s): %s, %s, %s", p->name, p->source,
			pt_quantity_counted(b, d->instances_nr, "instance"),
			pt_quantity_counted(c, d->shards_nr, "shard"), size);
}

static void verdict(const struct pt_render *to, const struct pt_report *r,
		    const struct pt_report_pool *p)
{
	struct pt_finding found[PT_VERDICT_MAX];

	pt_text_findings(to, found, pt_pool_verdict(r, p, found));
}

static void facts_of_memory(const struct pt_render *to, const struct pt_report *r,
			    const struct pt_report_pool *p)
{
	const struct pt_pool_detail *d = p->detail;
	const struct pt_pool_row *y = &d->row;
	struct pt_age_histogram ages;
	number a, b, c, e, f;

	pt_text_line(to, "peak", "held %s at %s, in use %s at %s, blowup %s",
		     pt_quantity_bytes(a, p->peak_held_bytes), pt_quantity_time(b, p->peak_held_ns),
		     pt_quantity_bytes(c, p->peak_in_use_bytes),
		     pt_quantity_time(e, d->peak_in_use_ns), pt_quantity_ratio(f, p->blowup));
	pt_ages_of_pool(d, &ages);
	pt_text_line(to, "at end", "in use %s (%s), idle %s (%s)%s%s",
		     pt_quantity_bytes(a, y->in_use_bytes),
		     pt_quantity_counted(b, y->in_use_objects, "object"),
		     pt_quantity_bytes(c, y->idle_bytes),
		     pt_quantity_counted(e, y->idle_objects, "object"),
		     y->idle_objects ? ", half of it for at least " : "",
		     y->idle_objects ? pt_quantity_time(f, pt_median_age_us(&ages) * 1000) : "");
	pt_text_line(to, "idle", "%s on average over the whole run (%s in all)",
		     pt_quantity_bytes(b, r->totals.duration_ns
						  ? (uint64_t)(y->hoard_byte_seconds * 1e9 /
							       (double)r->totals.duration_ns)
						  : PT_UNKNOWN),
		     pt_quantity_byte_seconds(a, y->hoard_byte_seconds));
	if (y->dead_hoard_bytes != PT_UNKNOWN && y->dead_hoard_objects + y->late_reuse_objects)
		pt_text_line(to, "dead", "%s idle for over %s at the end; %s reused after as long",
			     pt_quantity_bytes(a, y->dead_hoard_bytes),
			     pt_quantity_time(b, r->limits.dead_after_ns),
			     pt_quantity_counted(c, y->late_reuse_objects, "object"));
	if (y->ratchet_bytes)
		pt_text_line(to, "ratchet", "idle objects have %s more than they were made with",
			     pt_quantity_bytes(a, y->ratchet_bytes));
}

/* "12 dropped, 3 purged, ..." of what is not 0. */
static void facts_of_lives(const struct pt_render *to, const struct pt_pool_row *y)
{
	const struct {
		uint64_t nr;
		const char *how;
	} lives[] = {
		{ y->misses, "made on a miss" },
		{ y->stocked, "made in advance" },
		{ y->drops, "dropped" },
		{ y->purged, "purged" },
		{ y->vanished, "freed without a drop" },
	};
	char text[256] = "";
	number n;

	for (size_t i = 0; i < sizeof(lives) / sizeof(lives[0]); i++)
		if (lives[i].nr)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s %s",
				 text[0] ? ", " : "", pt_quantity_count(n, lives[i].nr),
				 lives[i].how);
	if (text[0])
		pt_text_line(to, "objects", "%s", text);
}

static void facts_of_calls(const struct pt_render *to, const struct pt_report_pool *p)
{
	const struct pt_pool_row *y = &p->detail->row;
	bool stolen = y->hits && p->detail->shards_nr > 1;
	number a, b, c, d, e;

	pt_text_line(to, "calls", "%s: %s hits%s%s%s, %s misses; %s",
		     pt_quantity_counted(a, y->gets, "get"),
		     pt_quantity_share(b, (double)y->hits, (double)y->gets), stolen ? " (" : "",
		     stolen ? pt_quantity_share(c, (double)y->steals, (double)y->hits) : "",
		     stolen ? " of them stolen)" : "",
		     pt_quantity_share(d, (double)y->misses, (double)y->gets),
		     pt_quantity_counted(e, y->puts, "put"));
	if (y->misses && p->detail->shards_nr > 1)
		pt_text_line(to, "misses", "%s: %s stranded (%s), %s ambiguous (%s)",
			     pt_quantity_count(a, y->misses),
			     pt_quantity_count(b, y->stranded_misses),
			     pt_quantity_share(c, (double)y->stranded_misses, (double)y->misses),
			     pt_quantity_count(d, y->ambiguous_misses),
			     pt_quantity_share(e, (double)y->ambiguous_misses, (double)y->misses));
	facts_of_lives(to, y);
	if (y->regretted_drops != PT_UNKNOWN && y->regretted_drops + y->useful_drops)
		pt_text_line(to, "regret", "%s of %s dropped were made again (%s)",
			     pt_quantity_count(a, y->regretted_drops),
			     pt_quantity_count(b, y->regretted_drops + y->useful_drops),
			     pt_quantity_bytes(c, y->regretted_bytes));
}

static int ages(const struct pt_render *to, const struct pt_report_pool *p)
{
	struct pt_age_histogram end;
	int rc;

	pt_ages_of_pool(p->detail, &end);
	rc = pt_text_ages(to, "Idle objects at the end, by age", &end);
	if (!rc && p->detail->idle_age_at_peak)
		rc = pt_text_ages(to, "Idle objects at the peak, by age",
				  p->detail->idle_age_at_peak);
	if (!rc)
		rc = pt_text_ages(to, "Objects reused, by how long they had been idle",
				  &p->reuse_age);
	return rc;
}

/* The tables behind the numbers. In a digest those of secondary interest are half as long. */
static int tables(const struct pt_render *to, const struct pt_report *r,
		  const struct pt_report_pool *p, bool whole)
{
	struct pt_render half = *to;
	int rc = 0;

	if (!whole && to->top)
		half.top = (to->top + 1) / 2;
	if (p->detail->shards_nr > 1)
		rc = pt_text_pool_rows(to, r, p, PT_POOL_SHARDS, to->top);
	if (!rc)
		rc = pt_text_pool_stranded(&half, r, p, PT_POOL_SHARDS);
	if (!rc)
		rc = pt_text_pool_flow(&half, r, p, PT_POOL_SHARDS);
	if (!rc && whole)
		rc = pt_text_pool_rows(to, r, p, PT_POOL_THREADS, to->top);
	if (!rc && whole)
		rc = pt_text_pool_rows(to, r, p, PT_POOL_CPUS, to->top);
	if (!rc)
		rc = pt_text_pool_sites(&half, r, p, half.top, false);
	if (!rc)
		rc = pt_text_pool_leaks(&half, r, p);
	if (!rc)
		rc = pt_text_pool_misuse(&half, r, p, whole);
	return rc || !whole ? rc : ages(to, p);
}

int pt_text_pool(const struct pt_render *to, const struct pt_report *r,
		 const struct pt_report_pool *p, enum pt_page page)
{
	bool whole = page == PT_PAGE_WHOLE;
	int rc = 0;

	heading(to, p);
	verdict(to, r, p);
	facts_of_memory(to, r, p);
	facts_of_calls(to, p);
	if (page == PT_PAGE_SHORT || (!whole && pt_pool_severity(r, p) < PT_SEVERITY_WARNING))
		return 0; /* a sound pool needs no more in a digest */
	rc = pt_text_pool_waterfall(to, p);
	if (!rc)
		rc = pt_text_pool_strip(to, r, p);
	return rc ? rc : tables(to, r, p, whole);
}
