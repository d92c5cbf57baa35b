// SPDX-License-Identifier: MIT
/*
 * json_pools.c - pools[] and what is about all pools together.
 *
 * Every pool has every key: those that say nothing of an allocator, or of an annotated pool, are
 * null, and `reasons` says so.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "../result/ages.h"
#include "../result/pool_rank.h"
#include "../result/pool_verdict.h"
#include "../result/unknown.h"
#include "json_put.h"

static const char of_annotated[] = "of annotated pools only: an allocator has no gets and puts";
static const char of_allocator[] =
	"of the allocator only: an annotated pool has gets and puts instead";

static void all_null(struct pt_json *d, json_t *object, const char *where, const char *const *keys,
		     size_t keys_nr, const char *reason)
{
	for (size_t i = 0; i < keys_nr; i++)
		pt_json_known(d, object, where, keys[i], PT_UNKNOWN, reason);
}

static json_t *verdict(struct pt_json *d, const struct pt_report_pool *p)
{
	struct pt_finding found[PT_VERDICT_MAX];
	size_t found_nr = pt_pool_verdict(d->r, p, found);

	return pt_json_findings(d, found, found_nr);
}

/* Why graph_retained_bytes is not known. */
static const char *no_graph(const struct pt_pool_detail *p)
{
	return p->graph_ns == PT_UNKNOWN ? "graph: no snapshot of pointers in the trace" :
					   "graph: the pool had no object at the last snapshot";
}

static void term(struct pt_json *d, json_t *array, const struct pt_pool_detail *p, const char *name, int64_t bytes)
{
	json_t *object = json_object();

	pt_json_put(d, object, "term", json_string(name));
	if (bytes == INT64_MIN)
		pt_json_known(d, object, "pools[].waterfall[]", "bytes", PT_UNKNOWN, no_graph(p));
	else
		pt_json_put(d, object, "bytes", json_integer(bytes));
	pt_json_push(d, array, object);
}

static json_t *waterfall(struct pt_json *d, const struct pt_pool_detail *p)
{
	const struct pt_pool_waterfall *w = &p->waterfall;
	json_t *array = json_array();

	term(d, array, p, "sharding", w->sharding_bytes);
	term(d, array, p, "time", w->time_bytes);
	term(d, array, p, "ratchet", w->ratchet_bytes);
	term(d, array, p, "graph", w->graph_bytes);
	return array;
}

/* One stack of an event of a pool. */
static json_t *stack(struct pt_json *d, uint32_t site)
{
	static const struct pt_report_site none;
	json_t *object = json_object();

	pt_json_number(d, object, "site", site);
	pt_json_stack(d, object, site < d->r->pool_sites_nr ? &d->r->pool_sites[site] : &none);
	return object;
}

static uint64_t serial(const struct pt_report *r, uint32_t thread)
{
	return thread < r->threads_nr ? r->threads[thread].serial : 0;
}

static void leaks(struct pt_json *d, json_t *pool, const struct pt_pool_detail *p)
{
	json_t *array = pt_json_begin(d, pool, "leaks", PT_JSON_ARRAY);

	for (size_t i = 0; i < p->leaks_nr; i++) {
		const struct pt_pool_leak *l = &p->leaks[i];
		json_t *object = stack(d, l->site);

		pt_json_number(d, object, "thread", serial(d->r, l->thread));
		pt_json_number(d, object, "objects", l->objects);
		pt_json_number(d, object, "bytes", l->bytes);
		pt_json_number(d, object, "longest_hold_ns", l->longest_hold_ns);
		pt_json_number(d, object, "thread_is_gone", l->thread_is_gone);
		pt_json_number(d, object, "held_too_long", l->held_too_long);
		pt_json_number(d, object, "at_destroy", l->at_destroy);
		pt_json_push(d, array, object);
	}
	pt_json_end(d, array);
}

static void misuse(struct pt_json *d, json_t *pool, const struct pt_pool_detail *p)
{
	static const char *const kinds[PT_MISUSE_NR] = {
		[PT_MISUSE_PUT_OF_IDLE] = "put_of_idle",
		[PT_MISUSE_PUT_OF_FOREIGN] = "put_of_foreign",
		[PT_MISUSE_GET_OF_IN_USE] = "get_of_in_use",
	};
	json_t *array = pt_json_begin(d, pool, "misuse", PT_JSON_ARRAY);

	for (size_t i = 0; i < p->misuse_nr; i++) {
		const struct pt_pool_misuse *m = &p->misuse[i];
		json_t *object = json_object();
		char address[24];

		snprintf(address, sizeof(address), "0x%" PRIx64, m->first_addr);
		pt_json_put(d, object, "kind", json_string(kinds[m->kind]));
		pt_json_number(d, object, "times", m->objects);
		pt_json_number(d, object, "first_ns", m->first_ns);
		pt_json_put(d, object, "first_object", json_string(address));
		pt_json_number(d, object, "thread", serial(d->r, m->thread));
		pt_json_put(d, object, "stack", stack(d, m->site));
		pt_json_known(d, object, "pools[].misuse[]", "other_thread",
			      m->other_known ? serial(d->r, m->other_thread) : PT_UNKNOWN,
			      "nothing else was known of the object");
		pt_json_put(d, object, "other_stack",
			    m->other_known ? stack(d, m->other_site) : json_null());
		pt_json_push(d, array, object);
	}
	pt_json_end(d, array);
}

/* The members of `part` move into the object. */
static void put_all(struct pt_json *d, json_t *object, json_t *part)
{
	const char *key;
	json_t *value;

	d->failed |= !part;
	json_object_foreach(part, key, value)
		pt_json_put(d, object, key, json_incref(value));
	json_decref(part);
}

static void annotated(struct pt_json *d, json_t *object, const struct pt_report_pool *pool,
		      const bool *chosen)
{
	static const char *const others[] = {
		"allocations",	     "frees",
		"allocated_bytes",   "freed_bytes",
		"freed_by_others",   "freed_by_others_bytes",
		"fresh_allocations", "temporary_allocations",
		"gone_bytes",
	};
	const struct pt_pool_detail *p = pool->detail;
	json_t *row = json_object();
	struct pt_age_histogram ages;

	pt_ages_of_pool(p, &ages);
	pt_json_row(d, row, "pools[]", &p->row, true);
	/* The pool's own, in the place of the row's. */
	pt_json_known(d, row, "pools[]", "peak_in_use_bytes", pool->peak_in_use_bytes, pt_json_why(d, "not computed"));
	pt_json_known(d, row, "pools[]", "peak_held_bytes", pool->peak_held_bytes, pt_json_why(d, "not computed"));
	put_all(d, object, row);
	pt_json_number(d, object, "old_idle_bytes", pt_old_bytes(d->r, &ages));
	pt_json_put(d, object, "idle_age", pt_json_ages(d, &ages));
	pt_json_put(d, object, "errors", json_null()); /* nothing of it is estimated */
	all_null(d, object, "pools[]", others, sizeof(others) / sizeof(others[0]), of_allocator);
	pt_json_put(d, object, "verdict", verdict(d, pool));
	pt_json_number(d, object, "instances", p->instances_nr);
	pt_json_number(d, object, "slots", p->slots_nr);
	pt_json_known(d, object, "pools[]", "object_bytes",
		      p->object_bytes ? p->object_bytes : PT_UNKNOWN,
		      "sizes vary, or were not told");
	pt_json_put(d, object, "one_size", json_boolean(p->one_size));
	pt_json_number(d, object, "peak_in_use_ns", p->peak_in_use_ns);
	pt_json_number(d, object, "ratchet_at_peak_bytes", p->ratchet_at_peak_bytes);
	pt_json_number(d, object, "stray_drops", p->stray_drops);
	pt_json_number(d, object, "stray_moves", p->stray_moves);
	pt_json_number(d, object, "stray_resizes", p->stray_resizes);
	pt_json_known(d, object, "pools[]", "hold_p999_ns", p->hold_p999_ns,
		      "fewer than 1,000 holds ended with a put");
	pt_json_number(d, object, "waterfall_held_bytes", p->waterfall.held_bytes);
	pt_json_number(d, object, "waterfall_in_use_bytes", p->waterfall.in_use_bytes);
	pt_json_put(d, object, "waterfall", waterfall(d, p));
	pt_json_known(d, object, "pools[]", "graph_retained_bytes", p->graph_retained_bytes, no_graph(p));
	pt_json_known(d, object, "pools[]", "graph_retained_ns", p->graph_ns, no_graph(p));
	pt_json_put(d, object, "idle_age_at_peak",
		    p->idle_age_at_peak ? pt_json_ages(d, p->idle_age_at_peak) : json_array());
	pt_json_pool_tables(d, object, p, chosen);
	leaks(d, object, p);
	misuse(d, object, p);
}

static void allocator(struct pt_json *d, json_t *object, const struct pt_report_pool *pool)
{
	static const char *const others[] = {
		"gets",
		"puts",
		"hits",
		"misses",
		"steals",
		"stolen",
		"stocked",
		"drops",
		"purged",
		"vanished",
		"ambiguous_misses",
		"dead_hoard_objects",
		"dead_hoard_bytes",
		"late_reuse_objects",
		"late_reuse_bytes",
		"ratchet_bytes",
		"regretted_drops",
		"regretted_bytes",
		"useful_drops",
		"verdict",
		"instances",
		"slots",
		"object_bytes",
		"one_size",
		"peak_in_use_ns",
		"ratchet_at_peak_bytes",
		"stray_drops",
		"stray_moves",
		"stray_resizes",
		"hold_p999_ns",
		"waterfall_held_bytes",
		"waterfall_in_use_bytes",
		"waterfall",
		"graph_retained_bytes",
		"graph_retained_ns",
		"idle_age_at_peak",
		"occupancy",
		"shards",
		"threads",
		"cpus",
		"sites",
		"sites_left_out",
		"stranded",
		"stranded_threads",
		"stranded_cpus",
		"flow",
		"flow_threads",
		"leaks",
		"misuse",
	};
	json_t *tally = json_object();

	pt_json_tally(d, tally, "pools[]", &pool->tally);
	pt_json_known(d, tally, "pools[]", "peak_in_use_bytes", pool->peak_in_use_bytes, pt_json_why(d, "not computed"));
	put_all(d, object, tally);
	pt_json_known(d, object, "pools[]", "gone_bytes", pool->gone_bytes, pt_json_why(d, "not computed"));
	all_null(d, object, "pools[malloc]", others, sizeof(others) / sizeof(others[0]),
		 of_annotated);
}

void pt_json_pools(struct pt_json *d, json_t *document, size_t top)
{
	json_t *array = pt_json_begin(d, document, "pools", PT_JSON_ARRAY);
	bool *chosen = pt_pool_sites_choose(d->r, top); /* of all pools: one may show another's */
	const char *why = pt_json_why(d, "not computed");

	d->failed |= !chosen;
	for (size_t i = 0; chosen && i < d->r->pools_nr; i++) {
		const struct pt_report_pool *p = &d->r->pools[i];
		json_t *object = pt_json_begin(d, array, NULL, PT_JSON_OBJECT);

		pt_json_put(d, object, "name", pt_json_text(p->name));
		pt_json_put(d, object, "source", pt_json_text(p->source));
		pt_json_known(d, object, "pools[]", "peak_held_ns", p->peak_held_ns, why);
		pt_json_real(d, object, "pools[]", "blowup", p->blowup, p->detail ? "nothing was ever in use" :
			     pt_json_why(d, "nothing was ever in use"));
		pt_json_known(d, object, "pools[]", "idle_at_end_bytes",
			      p->detail ? p->detail->row.idle_bytes : p->tally.idle_bytes, why);
		if (p->detail)
			annotated(d, object, p, chosen);
		else
			allocator(d, object, p);
		if (!p->detail)
			pt_json_known(d, object, "pools[]", "peak_held_bytes", p->peak_held_bytes, why);
		if (p->detail || d->r->modes.told == PT_TOLD_EVENTS)
			pt_json_put(d, object, "reuse_age", pt_json_ages(d, &p->reuse_age));
		else
			pt_json_known(d, object, "pools[]", "reuse_age", PT_UNKNOWN, why);
		pt_json_end(d, object);
	}
	pt_json_end(d, array);
	free(chosen);
}

static json_t *layers(struct pt_json *d, const struct pt_report_layers *l)
{
	json_t *object = json_object();

	pt_json_number(d, object, "used_bytes", l->used_bytes);
	pt_json_number(d, object, "pool_idle_bytes", l->pool_idle_bytes);
	pt_json_number(d, object, "pool_idle_elsewhere_bytes", l->pool_idle_elsewhere_bytes);
	pt_json_number(d, object, "allocator_idle_bytes", l->allocator_idle_bytes);
	pt_json_known(d, object, "layers", "rest_of_rss_bytes", l->rest_of_rss_bytes,
		      d->r->totals.rss.samples_nr
			      ? "the other layers are more than RSS: not all of them is resident"
			      : PT_WHY_NO_RSS);
	return object;
}

void pt_json_whole(struct pt_json *d, json_t *document)
{
	json_t *limits = json_object(), *marks, *pauses = json_object();

	pt_json_number(d, limits, "dead_after_ns", d->r->limits.dead_after_ns);
	pt_json_number(d, limits, "regret_within_ns", d->r->limits.regret_within_ns);
	pt_json_number(d, limits, "limit_bytes", d->r->limits.limit_bytes);
	pt_json_put(d, document, "limits", limits);
	pt_json_put(d, document, "layers", d->r->layers ? layers(d, d->r->layers) : json_null());
	if (!d->r->layers)
		pt_json_put(d, d->reasons, "layers", json_string(pt_json_why(d, "no annotated pool in the trace")));
	marks = pt_json_begin(d, document, "marks", PT_JSON_ARRAY);
	for (size_t i = 0; i < d->r->marks_nr; i++) {
		const struct pt_report_mark *m = &d->r->marks[i];
		json_t *object = json_object();

		pt_json_put(d, object, "name", pt_json_text(m->name ? m->name : ""));
		pt_json_number(d, object, "time_ns", m->time_ns);
		pt_json_known(d, object, "marks[]", "in_use_bytes", m->in_use_bytes, pt_json_why(d, "not computed"));
		pt_json_known(d, object, "marks[]", "idle_bytes", m->idle_bytes, pt_json_why(d, "not computed"));
		pt_json_known(d, object, "marks[]", "pool_idle_bytes", m->pool_idle_bytes, pt_json_why(d, "not computed"));
		pt_json_push(d, marks, object);
	}
	pt_json_end(d, marks);
	pt_json_phases(d, document);
	pt_json_number(d, pauses, "count", d->r->pauses_nr);
	pt_json_number(d, pauses, "paused_ns", d->r->paused_ns);
	pt_json_put(d, document, "pauses", pauses);
}
