// SPDX-License-Identifier: MIT
/*
 * pool_verdict.c - all that is said of an annotated pool, in the order it is said in.
 */
#include "pool_verdict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "label.h"
#include "quantity.h"
#include "site.h"

#define SITE_BYTES 512

typedef char number[PT_QUANTITY_BYTES];

/* "at f (a.c:1), called from g (b.c:2)", by which thread. */
static void say_call(const struct pt_report *r, struct pt_finding *f, uint32_t site,
		     uint32_t thread)
{
	char text[SITE_BYTES], label[PT_LABEL_BYTES];

	if (site < r->pool_sites_nr && r->pool_sites[site].frames_nr)
		pt_finding_say(f, " at %s,",
			       pt_site_text(&r->pool_sites[site], text, sizeof(text)));
	pt_finding_say(f, " by thread %s", pt_label_thread(r, thread, label));
}

static const struct {
	enum pt_severity severity;
	const char *what, *first, *other, *advice;
} misuses[PT_MISUSE_NR] = {
	[PT_MISUSE_PUT_OF_IDLE] = { PT_SEVERITY_PROBLEM, "put while it was idle already",
				    "put again", "it had been put",
				    "Two owners will get it: one of the two puts must go." },
	[PT_MISUSE_PUT_OF_FOREIGN] = { PT_SEVERITY_WARNING, "put into a pool that does not know it",
				       "put", "another pool knows it from a call",
				       "Put it into the pool it was got from, or tell the get." },
	[PT_MISUSE_GET_OF_IN_USE] = { PT_SEVERITY_PROBLEM, "handed out while it was in use", "got",
				      "it had been got",
				      "Two owners have it: look for a race in get, or a put that is"
				      " not told." },
};

bool pt_pool_find_misuse(const struct pt_report *r, const struct pt_report_pool *p,
			 enum pt_misuse kind, struct pt_finding *f)
{
	const struct pt_pool_detail *d = p->detail;
	const struct pt_pool_misuse *first = NULL;
	uint64_t times = 0;
	number n;

	for (size_t i = 0; i < d->misuse_nr; i++) {
		if (d->misuse[i].kind != kind)
			continue;
		times += d->misuse[i].objects;
		if (!first)
			first = &d->misuse[i];
	}
	if (!first)
		return false;
	f->kind = "misuse";
	f->severity = misuses[kind].severity;
	pt_finding_say(f, "An object was %s", misuses[kind].what);
	if (times > 1)
		pt_finding_say(f, ", %s", pt_quantity_counted(n, times, "time"));
	pt_finding_say(f, ": %s", misuses[kind].first);
	say_call(r, f, first->site, first->thread);
	if (first->other_known) {
		pt_finding_say(f, "; %s", misuses[kind].other);
		say_call(r, f, first->other_site, first->other_thread);
	}
	pt_finding_say(f, ".");
	pt_finding_advise(f, "%s", misuses[kind].advice);
	return true;
}

bool pt_pool_find_stray(const struct pt_report *r, const struct pt_report_pool *p,
			struct pt_finding *f)
{
	const struct pt_pool_detail *d = p->detail;
	const struct {
		uint64_t nr;
		const char *noun;
	} strays[] = { { d->stray_drops, "drop" },
		       { d->stray_moves, "move" },
		       { d->stray_resizes, "resize" } };
	unsigned int said = 0;
	number n;

	(void)r;
	for (size_t i = 0; i < sizeof(strays) / sizeof(strays[0]); i++)
		if (strays[i].nr)
			pt_finding_say(f, "%s%s", said++ ? ", " : "",
				       pt_quantity_counted(n, strays[i].nr, strays[i].noun));
	if (!said)
		return false;
	f->kind = "stray";
	f->severity = PT_SEVERITY_NOTE;
	pt_finding_say(f, " of objects that the pool did not know (or moves of objects in use):"
			  " they were ignored.");
	pt_finding_advise(f, "Tell a drop before the memory is given back, and each get and put.");
	return true;
}

/* Bytes were never told: the pool may hold anything. */
static void find_sizeless(const struct pt_report_pool *p, struct pt_finding *f)
{
	const struct pt_pool_row *row = &p->detail->row;
	number a, b;

	f->severity = PT_SEVERITY_NOTE;
	pt_finding_say(f, "What `%s` held cannot be told: its objects were told without a size",
		       p->name);
	pt_finding_say(f, " (at the end %s idle, %s in use).",
		       pt_quantity_counted(a, row->idle_objects, "object"),
		       pt_quantity_count(b, row->in_use_objects));
	pt_finding_advise(f, "Give pooltrace_pool_create() or pooltrace_get() the bytes.");
}

static void find_fine(const struct pt_report_pool *p, bool alone, struct pt_finding *f)
{
	const struct pt_pool_detail *d = p->detail;
	bool empty = pt_pool_is_stock(d) && p->peak_in_use_bytes == p->peak_held_bytes;
	number a, b, c;

	f->kind = "fine";
	f->severity = PT_SEVERITY_FINE;
	if (!d->row.gets && !d->row.puts && !d->row.stocked) {
		pt_finding_say(f, "`%s` was not used.", p->name);
		return;
	}
	if (!p->peak_held_bytes) {
		find_sizeless(p, f);
		return;
	}
	pt_finding_say(f, "%s: `%s` held at most %s for a need of %s",
		       p->blowup >= PT_VERDICT_BLOWUP_WARNING
			       ? alone ? "Too little to matter" : "No blowup that matters"
		       : alone && !empty ? "Nothing is wrong"
					 : "No blowup",
		       p->name, pt_quantity_bytes(a, p->peak_held_bytes),
		       pt_quantity_bytes(b, p->peak_in_use_bytes));
	if (!isnan(p->blowup) && !isinf(p->blowup))
		pt_finding_say(f, " (blowup %s)", pt_quantity_ratio(c, p->blowup));
	if (d->row.gets)
		pt_finding_say(f, ", and its cache served %s of %s",
			       pt_quantity_share(a, (double)d->row.hits, (double)d->row.gets),
			       pt_quantity_counted(b, d->row.gets, "get"));
	pt_finding_say(f, ".");
	if (empty)
		pt_finding_say(f,
			       " It was filled in advance, and at its peak everything was in use:"
			       " gets that waited or failed then are not in a trace.");
}

/* Stable: those of equal severity stay in the order in which they were found. */
static void by_severity(struct pt_finding *f, size_t nr)
{
	for (size_t i = 1; i < nr; i++) {
		for (size_t k = i; k && f[k].severity > f[k - 1].severity; k--) {
			struct pt_finding swap = f[k];

			f[k] = f[k - 1];
			f[k - 1] = swap;
		}
	}
}

size_t pt_pool_verdict(const struct pt_report *r, const struct pt_report_pool *p,
		       struct pt_finding out[PT_VERDICT_MAX])
{
	static bool (*const finds[])(const struct pt_report *, const struct pt_report_pool *,
				     struct pt_finding *) = {
		pt_pool_find_dead, pt_pool_find_regret, pt_pool_find_drift,
		pt_pool_find_leak, pt_pool_find_stray,
	};
	size_t n = 1;
	bool blown;

	memset(out, 0, PT_VERDICT_MAX * sizeof(*out));
	blown = pt_pool_find_blowup(r, p, &out[0]);
	if (!blown)
		n += pt_pool_find_stranded(r, p, &out[n]);
	for (int kind = 0; kind < PT_MISUSE_NR; kind++)
		n += pt_pool_find_misuse(r, p, (enum pt_misuse)kind, &out[n]);
	for (size_t i = 0; i < sizeof(finds) / sizeof(finds[0]); i++)
		n += finds[i](r, p, &out[n]);
	if (!blown)
		find_fine(p, n == 1, &out[0]);
	by_severity(out + 1, n - 1);
	return n;
}

enum pt_severity pt_pool_severity(const struct pt_report *r, const struct pt_report_pool *p)
{
	struct pt_finding found[PT_VERDICT_MAX];
	size_t found_nr = pt_pool_verdict(r, p, found);
	enum pt_severity worst = PT_SEVERITY_FINE;

	for (size_t i = 0; i < found_nr; i++)
		if (found[i].severity > worst)
			worst = found[i].severity;
	return worst;
}

struct judged {
	enum pt_severity severity;
	double beyond; /* bytes held beyond need */
	size_t pool;
};

static int worst_first(const void *a, const void *b)
{
	const struct judged *x = a, *y = b;

	if (x->severity != y->severity)
		return x->severity < y->severity ? 1 : -1;
	if (x->beyond != y->beyond)
		return x->beyond < y->beyond ? 1 : -1;
	return (x->pool > y->pool) - (x->pool < y->pool);
}

int pt_pools_worst(const struct pt_report *r, size_t **out, size_t *out_nr)
{
	struct judged *all = malloc((r->pools_nr + 1) * sizeof(*all));
	size_t *pools = malloc((r->pools_nr + 1) * sizeof(*pools));
	size_t nr = 0;

	if (!all || !pools) {
		free(all);
		free(pools);
		return -PT_ENOMEM;
	}
	for (size_t i = 0; i < r->pools_nr; i++) {
		const struct pt_report_pool *p = &r->pools[i];

		if (p->detail)
			all[nr++] = (struct judged){ pt_pool_severity(r, p),
						     (double)p->peak_held_bytes -
							     (double)p->peak_in_use_bytes,
						     i };
	}
	qsort(all, nr, sizeof(*all), worst_first);
	for (size_t i = 0; i < nr; i++)
		pools[i] = all[i].pool;
	free(all);
	*out = pools;
	*out_nr = nr;
	return 0;
}
