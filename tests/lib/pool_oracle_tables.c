/* SPDX-License-Identifier: MIT */
/*
 * pool_oracle_tables.c - tables by shard, thread, CPU and site: their keys, where something
 * belongs, and how many bytes each had right after every event.
 */
#include <stdlib.h>
#include <string.h>

#include "pool_oracle.h"

uint64_t pool_oracle_key(const struct hold *h, enum by by)
{
	switch (by) {
	case BY_SHARD:
		return h->shard;
	case BY_THREAD:
		return h->thread;
	case BY_CPU:
		return h->cpu;
	case BY_SITE:
		return h->site;
	default:
		return 0;
	}
}

uint64_t pool_oracle_event_key(const struct event *ev, enum by by)
{
	struct hold h = { .shard = ev->shard_index, .thread = ev->thread, .cpu = ev->cpu, .site = ev->site };

	return pool_oracle_key(&h, by);
}

size_t pool_oracle_key_index(const struct group *g, uint64_t key)
{
	for (size_t i = 0; i < g->nr; i++)
		if (g->keys[i] == key)
			return i;
	return NONE;
}

struct metrics *pool_oracle_row(struct row *r, enum by by, uint64_t key)
{
	size_t i = pool_oracle_key_index(&r->groups[by], key);

	return i == NONE ? NULL : &r->groups[by].rows[i];
}

bool pool_oracle_is_of(const struct event *ev, size_t row)
{
	return ev->row == row || ev->ended_row == row;
}

bool pool_oracle_alive(const struct piece *p, size_t event)
{
	return p->from <= event && event < p->to;
}

static void add_key(struct group *g, size_t *room, uint64_t key)
{
	if (pool_oracle_key_index(g, key) == NONE)
		*PUSH(g->keys, g->nr, *room) = key;
}

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Threads count in the order in which they came into the trace. */
static void order_threads(const struct oracle *o, struct group *g)
{
	size_t placed = 0;

	for (size_t i = 0; i < o->events_nr && placed < g->nr; i++)
		for (size_t k = placed; k < g->nr; k++)
			if (g->keys[k] == o->events[i].thread) {
				g->keys[k] = g->keys[placed];
				g->keys[placed++] = o->events[i].thread;
			}
}

/* Every key that an event of the pool has, or an event that made one of its objects vanish. */
static void find_keys(const struct oracle *o, struct row *r, size_t row)
{
	for (int by = 0; by < BY_NR; by++) {
		struct group *g = &r->groups[by];
		size_t room = 0;

		for (size_t i = 0; by == BY_SHARD && i < r->shards_nr; i++)
			add_key(g, &room, i);
		for (size_t i = 0; by != BY_SHARD && i < o->events_nr; i++)
			if (pool_oracle_is_of(&o->events[i], row))
				add_key(g, &room, pool_oracle_event_key(&o->events[i], (enum by)by));
		for (size_t i = 0; by != BY_SHARD && by != BY_SITE && i < r->steps_nr; i++)
			add_key(g, &room, pool_oracle_event_key(&o->events[r->steps[i].event], (enum by)by));
		if (by == BY_THREAD)
			order_threads(o, g);
		else if (g->nr)
			qsort(g->keys, g->nr, sizeof(*g->keys), by_value);
		g->rows = pool_oracle_room(g->nr, sizeof(*g->rows));
	}
}

static int by_event(const void *a, const void *b)
{
	const size_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void find_moments(struct row *r)
{
	size_t nr = 0;

	r->moments = pool_oracle_room(2 * r->pieces_nr, sizeof(*r->moments));
	for (size_t i = 0; i < r->pieces_nr; i++) {
		r->moments[nr++] = r->pieces[i].from;
		if (r->pieces[i].to != NONE)
			r->moments[nr++] = r->pieces[i].to;
	}
	qsort(r->moments, nr, sizeof(*r->moments), by_event);
	for (size_t i = 0; i < nr; i++)
		if (!i || r->moments[i] != r->moments[i - 1])
			r->moments[r->moments_nr++] = r->moments[i];
}

static void find_bytes(struct row *r, enum by by)
{
	struct group *g = &r->groups[by];
	size_t *key_of = pool_oracle_room(r->pieces_nr, sizeof(*key_of));

	for (size_t i = 0; i < r->pieces_nr; i++)
		key_of[i] = pool_oracle_key_index(g, pool_oracle_key(&r->pieces[i].hold, by));
	g->used = pool_oracle_room(r->moments_nr * g->nr, sizeof(*g->used));
	g->idle = pool_oracle_room(r->moments_nr * g->nr, sizeof(*g->idle));
	for (size_t m = 0; m < r->moments_nr; m++)
		for (size_t i = 0; i < r->pieces_nr; i++) {
			const struct piece *p = &r->pieces[i];

			if (!pool_oracle_alive(p, r->moments[m]))
				continue;
			if (p->hold.state == USED)
				g->used[m * g->nr + key_of[i]] += p->hold.bytes;
			else
				g->idle[m * g->nr + key_of[i]] += p->hold.bytes;
		}
	free(key_of);
}

void pool_oracle_group(const struct oracle *o, struct row *r)
{
	find_keys(o, r, (size_t)(r - o->rows));
	find_moments(r);
	for (int by = 0; by < BY_NR; by++)
		find_bytes(r, (enum by)by);
}

static json_t *row_json(const struct oracle *o, const struct metrics *m, enum by by)
{
	bool too_short = o->end_ns < o->dead_after_ns, regret = by != BY_THREAD && by != BY_CPU;
	json_t *j = json_object();
#define PUT(key) pool_oracle_set(j, #key, pool_oracle_number(m->key))
#define PUT_KNOWN(key, known) pool_oracle_set(j, #key, (known) ? pool_oracle_number(m->key) : json_null())

	PUT(gets), PUT(puts), PUT(hits), PUT(misses), PUT(steals), PUT(stolen);
	PUT(stocked), PUT(drops), PUT(purged), PUT(vanished);
	PUT(stranded_misses), PUT(stranded_bytes), PUT(ambiguous_misses);
	PUT(in_use_objects), PUT(in_use_bytes), PUT(idle_objects), PUT(idle_bytes);
	PUT(peak_in_use_bytes), PUT(peak_idle_bytes), PUT(idle_at_peak_bytes);
	PUT(in_use_at_peak_bytes);
	PUT_KNOWN(peak_held_bytes, by != BY_SITE);
	pool_oracle_set(j, "hoard_byte_seconds", json_real(m->hoard_byte_seconds));
	PUT_KNOWN(dead_hoard_objects, !too_short), PUT_KNOWN(dead_hoard_bytes, !too_short);
	PUT_KNOWN(late_reuse_objects, !too_short), PUT_KNOWN(late_reuse_bytes, !too_short);
	PUT(ratchet_bytes);
	PUT_KNOWN(regretted_drops, regret), PUT_KNOWN(regretted_bytes, regret), PUT_KNOWN(useful_drops, regret);
	return j;
#undef PUT
#undef PUT_KNOWN
}

static void identify(const struct row *r, enum by by, uint64_t key, json_t *j)
{
	const struct shard *s = by == BY_SHARD ? &r->shards[key] : NULL;

	if (by == BY_THREAD)
		pool_oracle_set(j, "thread", pool_oracle_number(key));
	if (by == BY_CPU)
		pool_oracle_set(j, "cpu", pool_oracle_number(key));
	if (by == BY_SITE)
		pool_oracle_set(j, "site", pool_oracle_number(key));
	if (!s)
		return;
	pool_oracle_set(j, "index", pool_oracle_number(key));
	pool_oracle_set(j, "slot", pool_oracle_number(s->slot));
	pool_oracle_set(j, "number", s->of_thread ? json_null() : pool_oracle_number(s->number));
	pool_oracle_set(j, "thread", s->of_thread ? pool_oracle_number(s->number) : json_null());
	pool_oracle_set(j, "name", json_string(s->name));
}

void pool_oracle_tables(const struct oracle *o, struct row *r)
{
	static const char *const names[BY_NR] = { NULL, "shards", "threads", "cpus", "sites" };
	json_t *whole = row_json(o, &r->groups[BY_POOL].rows[0], BY_POOL);

	json_object_update(r->json, whole);
	json_decref(whole);
	for (int by = BY_SHARD; by < BY_NR; by++) {
		const struct group *g = &r->groups[by];
		json_t *table = json_array();

		for (size_t i = 0; i < g->nr; i++) {
			json_t *j = row_json(o, &g->rows[i], (enum by)by);

			identify(r, (enum by)by, g->keys[i], j);
			json_array_append_new(table, j);
		}
		pool_oracle_set(r->json, names[by], table);
	}
	whole = json_pack("{s:i,s:i,s:i}", "sites", 0, "in_use_bytes", 0, "idle_bytes", 0);
	pool_oracle_set(r->json, "sites_left_out", whole);
}
