// SPDX-License-Identifier: MIT
/*
 * json_modes.c - how was recorded, and the counters of what was counted only.
 */
#include "../../format/layout.h"
#include "json_put.h"

static const char before[] = "counting began while the program ran: more may have been there";
static const char not_told[] = "counters do not tell it of this pool: it was purged, or does not tell what it makes, or counting"
			       " began while the program ran";

static const char untold[] = "the allocator does not tell how much of a block is usable";

static void count(struct pt_json *d, json_t *object, const char *where, const struct pt_report_count *c)
{
	const struct pt_report_counts *all = d->r->counts;

	pt_json_number(d, object, "allocations", c->allocations);
	pt_json_known(d, object, where, "allocated_usable_bytes", pt_counts_bytes(all, c->allocated_bytes), untold);
	pt_json_number(d, object, "frees", c->frees);
	pt_json_known(d, object, where, "freed_usable_bytes", pt_counts_bytes(all, c->freed_bytes), untold);
}

/* What is in use; for all blocks, or those of a class. */
static void in_use(struct pt_json *d, json_t *object, const char *where, const struct pt_report_count *c)
{
	const struct pt_report_counts *all = d->r->counts;
	const bool told = pt_counts_bytes(all, 0) != PT_UNKNOWN;

	pt_json_put(d, object, "net_objects", json_integer(pt_count_net(c->allocations, c->frees)));
	if (told)
		pt_json_put(d, object, "net_usable_bytes", json_integer(pt_count_net(c->allocated_bytes, c->freed_bytes)));
	else
		pt_json_known(d, object, where, "net_usable_bytes", PT_UNKNOWN, untold);
	pt_json_known(d, object, where, "in_use_objects", pt_counts_in_use(all, c->allocations, c->frees), before);
	pt_json_known(d, object, where, "in_use_usable_bytes",
		      told ? pt_counts_in_use(all, c->allocated_bytes, c->freed_bytes) : PT_UNKNOWN, told ? before : untold);
}

static json_t *by_thread(struct pt_json *d)
{
	const struct pt_report_counts *c = d->r->counts;
	json_t *array = json_array();

	for (size_t i = 0; i < c->by_thread_nr; i++) {
		const struct pt_report_count_thread *t = &c->by_thread[i];
		json_t *object = json_object();

		pt_json_put(d, object, "name", pt_json_text(t->name));
		pt_json_number(d, object, "threads", t->threads);
		pt_json_number(d, object, "living", t->living);
		count(d, object, "counters.by_thread[]", &t->count);
		pt_json_number(d, object, "requested_bytes", t->requested_bytes);
		pt_json_number(d, object, "reallocs", t->reallocs);
		pt_json_push(d, array, object);
	}
	return array;
}

static json_t *cpus(struct pt_json *d)
{
	const struct pt_report_counts *c = d->r->counts;
	json_t *array = json_array();

	for (size_t i = 0; i < c->cpus_nr; i++) {
		json_t *object = json_object();

		pt_json_known(d, object, "counters.cpus[]", "cpu",
			      c->cpus[i].cpu == PT_COUNT_CPU_OTHERS ? PT_UNKNOWN : c->cpus[i].cpu,
			      "of more CPUs than a thread has counters for: all others together");
		count(d, object, "counters.cpus[]", &c->cpus[i].count);
		pt_json_push(d, array, object);
	}
	return array;
}

static json_t *classes(struct pt_json *d)
{
	const struct pt_report_counts *c = d->r->counts;
	json_t *array = json_array();

	if (pt_counts_bytes(c, 0) == PT_UNKNOWN) {
		pt_json_put(d, d->reasons, "counters.classes", json_string(untold));
		return array;
	}
	for (size_t i = 0; i < c->classes_nr; i++) {
		json_t *object = json_object();

		pt_json_number(d, object, "from_bytes", c->classes[i].from_bytes);
		pt_json_known(d, object, "counters.classes[]", "to_bytes", c->classes[i].to_bytes,
			      "the last class has no upper end");
		count(d, object, "counters.classes[]", &c->classes[i].count);
		in_use(d, object, "counters.classes[]", &c->classes[i].count);
		pt_json_push(d, array, object);
	}
	return array;
}

static void calls(struct pt_json *d, json_t *object, const struct pt_report_count_calls *c)
{
	pt_json_number(d, object, "gets", c->gets);
	pt_json_number(d, object, "get_bytes", c->get_bytes);
	pt_json_number(d, object, "told_misses", c->misses);
	pt_json_number(d, object, "puts", c->puts);
	pt_json_number(d, object, "stocked", c->stocked);
	pt_json_number(d, object, "stocked_bytes", c->stocked_bytes);
	pt_json_number(d, object, "drops", c->drops);
	pt_json_number(d, object, "purges", c->purges);
}

static json_t *shard(struct pt_json *d, const struct pt_report_count_pool *p)
{
	json_t *object = json_object();
	bool numbered = p->number != PT_SHARD_THREAD && p->number != PT_SHARD_ALL;

	pt_json_put(d, object, "number", numbered ? json_integer((json_int_t)p->number) : json_null());
	pt_json_put(d, object, "of_threads", json_boolean(p->number == PT_SHARD_THREAD));
	pt_json_put(d, object, "name", pt_json_text(p->shard));
	calls(d, object, &p->calls);
	return object;
}

static json_t *pools(struct pt_json *d)
{
	const struct pt_report_counts *c = d->r->counts;
	json_t *array = json_array();

	for (size_t i = 0, end; i < c->pools_nr; i = end) {
		json_t *object = json_object(), *shards = json_array();
		struct pt_report_count_calls sum;

		end = pt_counts_pool_end(c, i, &sum);
		pt_json_put(d, object, "name", c->pools[i].pool[0] ? pt_json_text(c->pools[i].pool) : json_null());
		calls(d, object, &sum);
		pt_json_known(d, object, "counters.pools[]", "out_objects", pt_counts_out(c, &sum), before);
		pt_json_known(d, object, "counters.pools[]", "idle_objects", pt_counts_idle(c, &sum), not_told);
		for (size_t k = i; k < end; k++)
			pt_json_push(d, shards, shard(d, &c->pools[k]));
		pt_json_put(d, object, "shards", shards);
		pt_json_push(d, array, object);
	}
	return array;
}

/* Null: nothing was counted only. */
static json_t *counters(struct pt_json *d)
{
	const struct pt_report_counts *c = d->r->counts;
	json_t *object;

	if (!c)
		return json_null();
	object = json_object();
	pt_json_put(d, object, "from_start", json_boolean(c->from_start));
	pt_json_number(d, object, "damaged_blocks", c->damaged_nr);
	pt_json_number(d, object, "threads", c->threads);
	count(d, object, "counters", &c->all);
	pt_json_number(d, object, "requested_bytes", c->requested_bytes);
	pt_json_number(d, object, "reallocs", c->reallocs);
	in_use(d, object, "counters", &c->all);
	pt_json_put(d, object, "by_thread", by_thread(d));
	pt_json_put(d, object, "cpus", cpus(d));
	pt_json_put(d, object, "classes", classes(d));
	pt_json_put(d, object, "pools", pools(d));
	return object;
}

void pt_json_modes(struct pt_json *d, json_t *document)
{
	static const char *const modes[PT_MODE_NR] = { "full", "counters", "sample" };
	static const char *const told[] = { "events", "sample", "counters" };
	const struct pt_report_modes *m = &d->r->modes;
	json_t *object = json_object();

	pt_json_put(d, object, "now", json_string(modes[m->now < PT_MODE_NR ? m->now : PT_MODE_FULL]));
	pt_json_number(d, object, "changes", m->changes_nr);
	pt_json_put(d, object, "malloc_from", json_string(told[m->told]));
	pt_json_known(d, object, "modes", "sample_bytes", m->sample_bytes ? m->sample_bytes : PT_UNKNOWN,
		      "nothing was sampled");
	pt_json_put(d, document, "modes", object);
	pt_json_put(d, document, "counters", counters(d));
}
