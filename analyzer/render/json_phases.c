// SPDX-License-Identifier: MIT
/*
 * json_phases.c - phases[]: what happened from one mark to the next, in each pool.
 */
#include <math.h>
#include <string.h>

#include "json_put.h"

static const char where_heap[] = "phases[].pools[malloc]", where_pool[] = "phases[].pools[]";
static const char of_annotated[] = "of annotated pools only: an allocator has no gets and puts";
static const char of_allocator[] = "of the allocator only: an annotated pool has gets and puts instead";

static void both(struct pt_json *d, json_t *object, const char *where, const struct pt_phase_figures *f)
{
	const char *why = pt_json_why(d, "not computed");

	pt_json_known(d, object, where, "peak_held_bytes", f->peak_held_bytes, why);
	pt_json_known(d, object, where, "peak_in_use_bytes", f->peak_in_use_bytes, why);
	pt_json_known(d, object, where, "peak_idle_bytes", f->peak_idle_bytes, why);
	pt_json_real(d, object, where, "blowup",
		     f->peak_in_use_bytes && f->peak_held_bytes != PT_UNKNOWN ? (double)f->peak_held_bytes / (double)f->peak_in_use_bytes : NAN,
		     pt_json_why(d, "nothing was in use then"));
	pt_json_known(d, object, where, "in_use_at_end_bytes", f->in_use_bytes, why);
	pt_json_known(d, object, where, "in_use_at_end_objects", f->in_use_objects, why);
	pt_json_known(d, object, where, "idle_at_end_bytes", f->idle_bytes, why);
	pt_json_known(d, object, where, "idle_at_end_objects", f->idle_objects, why);
	pt_json_real(d, object, where, "hoard_byte_seconds", f->hoard_byte_seconds, why);
	pt_json_known(d, object, where, "stranded_misses", f->stranded_misses, why);
	pt_json_known(d, object, where, "stranded_bytes", f->stranded_bytes, why);
}

/* Every pool has every key: null where the other kind alone has it. */
static json_t *pool(struct pt_json *d, const char *name, bool heap, const struct pt_phase_figures *f)
{
	const struct {
		const char *key;
		uint64_t value;
		bool of_heap;
	} counts[] = {
		{ "allocations", f->allocations, true },
		{ "allocated_bytes", f->allocated_bytes, true },
		{ "frees", f->frees, true },
		{ "temporary_allocations", f->temporary_allocations, true },
		{ "fresh_allocations", f->fresh_allocations, true },
		{ "gets", f->gets, false },
		{ "puts", f->puts, false },
		{ "misses", f->misses, false },
		{ "steals", f->steals, false },
		{ "ambiguous_misses", f->ambiguous_misses, false },
		{ "drops", f->drops, false },
		{ "purged", f->purged, false },
		{ "regretted_drops", f->regretted_drops, false },
		{ "regretted_bytes", f->regretted_bytes, false },
	};
	json_t *object = json_object();

	pt_json_put(d, object, "name", pt_json_text(name));
	both(d, object, heap ? where_heap : where_pool, f);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		pt_json_known(d, object, heap ? where_heap : where_pool, counts[i].key,
			      counts[i].of_heap == heap ? counts[i].value : PT_UNKNOWN,
			      counts[i].of_heap == heap ? pt_json_why(d, "not computed") :
			      heap ? of_annotated : of_allocator);
	return object;
}

/* `--pool` may have left it out. */
static bool is_shown(const struct pt_report *r, const char *name)
{
	for (size_t i = 0; i < r->pools_nr; i++)
		if (r->pools[i].detail && !strcmp(r->pools[i].name, name))
			return true;
	return false;
}

void pt_json_phases(struct pt_json *d, json_t *document)
{
	json_t *array = pt_json_begin(d, document, "phases", PT_JSON_ARRAY);

	for (size_t i = 0; i < d->r->phases_nr; i++) {
		const struct pt_report_phase *p = &d->r->phases[i];
		json_t *object = pt_json_begin(d, array, NULL, PT_JSON_OBJECT), *pools;

		pt_json_put(d, object, "from", pt_json_text(p->from));
		pt_json_put(d, object, "to", pt_json_text(p->to));
		pt_json_number(d, object, "begin_ns", p->begin_ns);
		pt_json_number(d, object, "end_ns", p->end_ns);
		pools = pt_json_begin(d, object, "pools", PT_JSON_ARRAY);
		if (pt_report_has_allocator(d->r))
			pt_json_push(d, pools, pool(d, "malloc", true, &p->heap));
		for (uint32_t k = 0; k < p->pools_nr; k++)
			if (is_shown(d->r, p->pools[k].name))
				pt_json_push(d, pools, pool(d, p->pools[k].name, false, &p->pools[k].figures));
		pt_json_end(d, pools);
		pt_json_end(d, object);
	}
	pt_json_end(d, array);
}
