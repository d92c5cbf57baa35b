// SPDX-License-Identifier: MIT
/*
 * json_pool_tables.c - an annotated pool by shard, thread, CPU and call site, and its matrices.
 */
#include <stdlib.h>

#include "../result/pool_rank.h"
#include "json_put.h"

void pt_json_row(struct pt_json *d, json_t *object, const char *where,
		 const struct pt_pool_row *row, bool regret)
{
	static const char too_short[] = "the trace is shorter than limits.dead_after_ns",
			  not_here[] = "regret is told of shards and sites",
			  no_peak[] = "an object changes its site: a site has no peak of its own";

	pt_json_number(d, object, "gets", row->gets);
	pt_json_number(d, object, "puts", row->puts);
	pt_json_number(d, object, "hits", row->hits);
	pt_json_number(d, object, "misses", row->misses);
	pt_json_number(d, object, "steals", row->steals);
	pt_json_number(d, object, "stolen", row->stolen);
	pt_json_number(d, object, "stocked", row->stocked);
	pt_json_number(d, object, "drops", row->drops);
	pt_json_number(d, object, "purged", row->purged);
	pt_json_number(d, object, "vanished", row->vanished);
	pt_json_number(d, object, "stranded_misses", row->stranded_misses);
	pt_json_number(d, object, "stranded_bytes", row->stranded_bytes);
	pt_json_number(d, object, "ambiguous_misses", row->ambiguous_misses);
	pt_json_number(d, object, "in_use_objects", row->in_use_objects);
	pt_json_number(d, object, "in_use_bytes", row->in_use_bytes);
	pt_json_number(d, object, "idle_objects", row->idle_objects);
	pt_json_number(d, object, "idle_bytes", row->idle_bytes);
	pt_json_known(d, object, where, "peak_in_use_bytes", row->peak_in_use_bytes, no_peak);
	pt_json_known(d, object, where, "peak_idle_bytes", row->peak_idle_bytes, no_peak);
	pt_json_known(d, object, where, "peak_held_bytes", row->peak_held_bytes, no_peak);
	pt_json_number(d, object, "idle_at_peak_bytes", row->idle_at_peak_bytes);
	pt_json_number(d, object, "in_use_at_peak_bytes", row->in_use_at_peak_bytes);
	pt_json_real(d, object, where, "hoard_byte_seconds", row->hoard_byte_seconds,
		     "not computed");
	pt_json_known(d, object, where, "dead_hoard_objects", row->dead_hoard_objects, too_short);
	pt_json_known(d, object, where, "dead_hoard_bytes", row->dead_hoard_bytes, too_short);
	pt_json_known(d, object, where, "late_reuse_objects", row->late_reuse_objects, too_short);
	pt_json_known(d, object, where, "late_reuse_bytes", row->late_reuse_bytes, too_short);
	pt_json_number(d, object, "ratchet_bytes", row->ratchet_bytes);
	pt_json_known(d, object, where, "regretted_drops",
		      regret ? row->regretted_drops : PT_UNKNOWN, not_here);
	pt_json_known(d, object, where, "regretted_bytes",
		      regret ? row->regretted_bytes : PT_UNKNOWN, not_here);
	pt_json_known(d, object, where, "useful_drops", regret ? row->useful_drops : PT_UNKNOWN,
		      not_here);
}

static json_t *steps(struct pt_json *d, const uint64_t *values, uint32_t values_nr)
{
	json_t *array = json_array();

	for (uint32_t i = 0; values && i < values_nr; i++)
		pt_json_push(d, array, json_integer((json_int_t)values[i]));
	return array;
}

static json_t *series(struct pt_json *d, const struct pt_pool_series *s, bool pool)
{
	json_t *object = json_object();

	pt_json_number(d, object, "width_ns", s->width_ns);
	pt_json_put(d, object, "idle_max_bytes", steps(d, s->idle_max_bytes, s->steps_nr));
	pt_json_put(d, object, "idle_end_bytes", steps(d, s->idle_end_bytes, s->steps_nr));
	if (pool) {
		pt_json_put(d, object, "in_use_max_bytes",
			    steps(d, s->in_use_max_bytes, s->steps_nr));
		pt_json_put(d, object, "in_use_end_bytes",
			    steps(d, s->in_use_end_bytes, s->steps_nr));
	}
	return object;
}

static uint64_t serial_of(const struct pt_report *r, const struct pt_pool_detail *p, uint32_t i)
{
	(void)p;
	return i < r->threads_nr ? r->threads[i].serial : 0;
}

static uint64_t cpu_of(const struct pt_report *r, const struct pt_pool_detail *p, uint32_t i)
{
	(void)r;
	return i < p->cpus_nr ? p->cpus[i].cpu : 0;
}

static uint64_t shard_of(const struct pt_report *r, const struct pt_pool_detail *p, uint32_t i)
{
	(void)r;
	(void)p;
	return i;
}

static void
matrix(struct pt_json *d, json_t *object, const char *key, const struct pt_pool_detail *p, const struct pt_pool_matrix *m,
       uint64_t (*number_of)(const struct pt_report *r, const struct pt_pool_detail *p, uint32_t i))
{
	json_t *array = pt_json_begin(d, object, key, PT_JSON_ARRAY);

	for (size_t i = 0; i < m->cells_nr; i++) {
		json_t *cell = json_object();

		pt_json_number(d, cell, "from", number_of(d->r, p, m->cells[i].from));
		pt_json_number(d, cell, "to", number_of(d->r, p, m->cells[i].to));
		pt_json_number(d, cell, "objects", m->cells[i].objects);
		pt_json_number(d, cell, "bytes", m->cells[i].bytes);
		pt_json_push(d, array, cell);
	}
	pt_json_end(d, array);
}

static void shards(struct pt_json *d, json_t *pool, const struct pt_pool_detail *p)
{
	static const char where[] = "pools[].shards[]";
	json_t *array = pt_json_begin(d, pool, "shards", PT_JSON_ARRAY);

	for (size_t i = 0; i < p->shards_nr; i++) {
		const struct pt_pool_shard *s = &p->shards[i];
		bool own = s->thread != UINT32_MAX;
		json_t *object = json_object();

		pt_json_number(d, object, "index", i);
		pt_json_number(d, object, "slot", s->slot);
		pt_json_known(d, object, where, "number", own ? PT_UNKNOWN : s->number,
			      "the shard is a thread's own");
		pt_json_known(d, object, where, "thread",
			      own ? serial_of(d->r, p, s->thread) : PT_UNKNOWN,
			      "the shard is a numbered one");
		pt_json_put(d, object, "name", pt_json_text(s->name));
		pt_json_row(d, object, where, &s->row, true);
		pt_json_put(d, object, "idle_age",
			    s->idle_age ? pt_json_ages(d, s->idle_age) : json_array());
		pt_json_put(d, object, "occupancy", series(d, &s->occupancy, false));
		pt_json_real(d, object, where, "drift_bytes_per_s", s->drift_bytes_per_s,
			     "fewer than 3 steps of time");
		pt_json_real(d, object, where, "forecast_s", s->forecast_s,
			     "drift below 1 byte/s, or objects are stolen from it or dropped");
		pt_json_push(d, array, object);
	}
	pt_json_end(d, array);
}

static void sites(struct pt_json *d, json_t *object, const struct pt_pool_detail *p, const bool *chosen)
{
	json_t *array = pt_json_begin(d, object, "sites", PT_JSON_ARRAY), *left = json_object();
	uint64_t left_nr = 0, in_use = 0, idle = 0;

	for (size_t i = 0; i < p->sites_nr; i++) {
		const struct pt_pool_site *s = &p->sites[i];
		json_t *site;

		if (s->site >= d->r->pool_sites_nr)
			continue;
		if (!chosen[s->site]) {
			left_nr++;
			in_use += s->row.in_use_bytes;
			idle += s->row.idle_bytes;
			continue;
		}
		site = json_object();
		pt_json_number(d, site, "site", s->site);
		pt_json_stack(d, site, &d->r->pool_sites[s->site]);
		pt_json_row(d, site, "pools[].sites[]", &s->row, true);
		pt_json_push(d, array, site);
	}
	pt_json_end(d, array);
	pt_json_number(d, left, "sites", left_nr);
	pt_json_number(d, left, "in_use_bytes", in_use);
	pt_json_number(d, left, "idle_bytes", idle);
	pt_json_put(d, object, "sites_left_out", left);
}

/* One by one into `array`; NULL: only what is unknown, and why. */
static void threads(struct pt_json *d, json_t *array, const struct pt_pool_detail *p)
{
	for (size_t i = 0; i < p->threads_nr; i++) {
		json_t *row = json_object();

		pt_json_number(d, row, "thread", serial_of(d->r, p, p->threads[i].thread));
		pt_json_row(d, row, "pools[].threads[]", &p->threads[i].row, false);
		if (array)
			pt_json_push(d, array, row);
		else
			json_decref(row);
	}
}

static void cpus(struct pt_json *d, json_t *array, const struct pt_pool_detail *p)
{
	for (size_t i = 0; i < p->cpus_nr; i++) {
		json_t *row = json_object();

		pt_json_number(d, row, "cpu", p->cpus[i].cpu);
		pt_json_row(d, row, "pools[].cpus[]", &p->cpus[i].row, false);
		if (array)
			pt_json_push(d, array, row);
		else
			json_decref(row);
	}
}

void pt_json_pool_tables(struct pt_json *d, json_t *object, const struct pt_pool_detail *p,
			 const bool *chosen)
{
	json_t *array;

	/* `reasons` has always had these before those of shards, and a document is the same from version to version. */
	threads(d, NULL, p);
	cpus(d, NULL, p);
	pt_json_put(d, object, "occupancy", series(d, &p->occupancy, true));
	shards(d, object, p);
	array = pt_json_begin(d, object, "threads", PT_JSON_ARRAY);
	threads(d, array, p);
	pt_json_end(d, array);
	array = pt_json_begin(d, object, "cpus", PT_JSON_ARRAY);
	cpus(d, array, p);
	pt_json_end(d, array);
	sites(d, object, p, chosen);
	matrix(d, object, "stranded", p, &p->stranded, shard_of);
	matrix(d, object, "stranded_threads", p, &p->stranded_thread, serial_of);
	matrix(d, object, "stranded_cpus", p, &p->stranded_cpu, cpu_of);
	matrix(d, object, "flow", p, &p->flow, shard_of);
	matrix(d, object, "flow_threads", p, &p->flow_thread, serial_of);
}
