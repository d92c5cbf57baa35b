/* SPDX-License-Identifier: MIT */
/*
 * pool_oracle_time.c - ages of idle objects, the dead hoard, late reuse, flow.
 */
#include <stdlib.h>
#include <string.h>

#include "pool_oracle.h"

void pool_oracle_age(struct age_histogram *h, uint64_t age_ns, uint64_t bytes)
{
	uint64_t us = age_ns / 1000;
	int bucket = 0;

	while (bucket + 1 < AGES_NR && us >= 2ull << bucket)
		bucket++;
	h->objects[bucket]++;
	h->bytes[bucket] += bytes;
}

json_t *pool_oracle_age_json(const struct age_histogram *h)
{
	json_t *array = json_array();

	for (int k = 0; k < AGES_NR; k++) {
		json_t *bucket;

		if (!h->objects[k])
			continue;
		bucket = json_object();
		pool_oracle_set(bucket, "from_us", pool_oracle_number(k ? 1ull << k : 0));
		pool_oracle_set(bucket, "objects", pool_oracle_number(h->objects[k]));
		pool_oracle_set(bucket, "bytes", pool_oracle_number(h->bytes[k]));
		json_array_append_new(array, bucket);
	}
	return array;
}

/* Of what is idle at the end in one shard, or in all (NONE). */
static void put_idle_age(const struct oracle *o, const struct row *r, size_t shard, json_t *to)
{
	struct age_histogram h = { 0 };

	for (size_t i = 0; i < r->pieces_nr; i++) {
		const struct piece *p = &r->pieces[i];

		if (p->to == NONE && p->hold.state == IDLE && (shard == NONE || p->hold.shard == shard))
			pool_oracle_age(&h, o->end_ns - p->hold.since_ns, p->hold.bytes);
	}
	pool_oracle_set(to, "idle_age", pool_oracle_age_json(&h));
}

static void put_age_at_peak(const struct oracle *o, const struct row *r)
{
	struct age_histogram h = { 0 };
	size_t peak = r->peak_moment == NONE ? NONE : r->moments[r->peak_moment];

	for (size_t i = 0; peak != NONE && i < r->pieces_nr; i++) {
		const struct piece *p = &r->pieces[i];

		if (p->hold.state == IDLE && pool_oracle_alive(p, peak))
			pool_oracle_age(&h, o->events[peak].time_ns - p->hold.since_ns, p->hold.bytes);
	}
	pool_oracle_set(r->json, "idle_age_at_peak", pool_oracle_age_json(&h));
}

static void add_dead(struct row *r, const struct hold *h)
{
	for (int by = 0; by < BY_NR; by++) {
		struct metrics *m = pool_oracle_row(r, by, pool_oracle_key(h, by));

		m->dead_hoard_objects++;
		m->dead_hoard_bytes += h->bytes;
	}
}

static void add_late(struct row *r, const struct event *get, uint64_t bytes)
{
	for (int by = 0; by < BY_NR; by++) {
		struct metrics *m = pool_oracle_row(r, by, pool_oracle_event_key(get, by));

		m->late_reuse_objects++;
		m->late_reuse_bytes += bytes;
	}
}

void pool_oracle_ages(const struct oracle *o, struct row *r)
{
	struct age_histogram reuse = { 0 };

	for (size_t i = 0; i < r->pieces_nr; i++)
		if (r->pieces[i].to == NONE && r->pieces[i].hold.state == IDLE &&
		    o->end_ns - r->pieces[i].hold.since_ns >= o->dead_after_ns)
			add_dead(r, &r->pieces[i].hold);
	for (size_t i = 0; i < r->steps_nr; i++) {
		const struct step *s = &r->steps[i];
		uint64_t age = o->events[s->event].time_ns - s->before.since_ns;

		if (s->what != S_HIT)
			continue;
		pool_oracle_age(&reuse, age, s->before.bytes);
		if (age >= o->dead_after_ns)
			add_late(r, &o->events[s->event], s->before.bytes);
	}
	pool_oracle_set(r->json, "reuse_age", pool_oracle_age_json(&reuse));
	put_idle_age(o, r, NONE, r->json);
	put_age_at_peak(o, r);
}

void pool_oracle_shard_ages(const struct oracle *o, struct row *r)
{
	json_t *shards = json_object_get(r->json, "shards");

	for (size_t k = 0; k < json_array_size(shards); k++)
		put_idle_age(o, r, k, json_array_get(shards, k));
}

void pool_oracle_flow(const struct oracle *o, struct row *r)
{
	struct matrix shards = { 0 }, threads = { 0 };

	(void)o;
	for (size_t i = 0; i < r->steps_nr; i++) {
		const struct step *s = &r->steps[i];

		if (s->what != S_PUT)
			continue;
		pool_oracle_cell(&shards, s->before.shard, s->after.shard, s->after.bytes);
		pool_oracle_cell(&threads, s->before.thread, s->after.thread, s->after.bytes);
	}
	pool_oracle_set(r->json, "flow", pool_oracle_matrix_json(&shards));
	pool_oracle_set(r->json, "flow_threads", pool_oracle_matrix_json(&threads));
}

void pool_oracle_cell(struct matrix *m, uint64_t from, uint64_t to, uint64_t bytes)
{
	size_t i;

	for (i = 0; i < m->nr; i++)
		if (m->cells[i].from == from && m->cells[i].to == to)
			break;
	if (i == m->nr)
		*PUSH(m->cells, m->nr, m->room) = (struct cell){ from, to, 0, 0 };
	m->cells[i].objects++;
	m->cells[i].bytes += bytes;
}

json_t *pool_oracle_matrix_json(struct matrix *m)
{
	json_t *array = json_array();

	for (size_t i = 0; i < m->nr; i++) {
		json_t *cell = json_object();

		pool_oracle_set(cell, "from", pool_oracle_number(m->cells[i].from));
		pool_oracle_set(cell, "to", pool_oracle_number(m->cells[i].to));
		pool_oracle_set(cell, "objects", pool_oracle_number(m->cells[i].objects));
		pool_oracle_set(cell, "bytes", pool_oracle_number(m->cells[i].bytes));
		json_array_append_new(array, cell);
	}
	free(m->cells);
	*m = (struct matrix){ 0 };
	return array;
}
