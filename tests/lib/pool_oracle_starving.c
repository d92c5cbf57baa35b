/* SPDX-License-Identifier: MIT */
/*
 * pool_oracle_starving.c - "Who starves": at each miss, every object is looked at.
 */
#include <stdlib.h>
#include <string.h>

#include "pool_oracle.h"

/* The last event of an annotated pool on this thread, before `at`. NONE: there was none. */
static size_t last_event_of_thread(const struct oracle *o, size_t at)
{
	for (size_t i = at; i-- > 0;)
		if (o->events[i].thread == o->events[at].thread && o->events[i].kind >= K_GET &&
		    o->events[i].kind <= K_POOL_LAST)
			return i;
	return NONE;
}

/* The event right before which is asked who had what. */
static size_t moment_of(const struct oracle *o, size_t get)
{
	size_t last = last_event_of_thread(o, get);
	const struct event *ev = &o->events[get];

	if (last == NONE || o->events[last].kind != K_MISS || !ev->one_size)
		return get;
	if (o->events[last].instance != ev->instance || o->events[last].shard_index != ev->shard_index)
		return get;
	return last;
}

/* Threads with an event of the pool before event `at`, without the one of that event. */
static uint64_t other_threads(const struct oracle *o, size_t row, size_t at)
{
	uint64_t seen[1024];
	size_t seen_nr = 0;

	for (size_t i = 0; i < at; i++) {
		size_t k;

		if (!pool_oracle_is_of(&o->events[i], row) || o->events[i].thread == o->events[at].thread)
			continue;
		for (k = 0; k < seen_nr && seen[k] != o->events[i].thread; k++)
			;
		if (k == seen_nr && seen_nr < 1024)
			seen[seen_nr++] = o->events[i].thread;
	}
	return seen_nr;
}

/* How many large enough objects each key holds right before event `at`. Returns those of others. */
static uint64_t look_around(const struct row *r, enum by by, size_t at, bool one_size, uint64_t bytes,
			    uint64_t own, uint64_t *by_key)
{
	const struct group *g = &r->groups[by];
	uint64_t nr = 0;

	memset(by_key, 0, g->nr * sizeof(*by_key));
	for (size_t i = 0; i < r->pieces_nr; i++) {
		const struct piece *p = &r->pieces[i];

		if (p->from >= at || p->to < at || p->hold.state != IDLE)
			continue;
		if ((!one_size && p->hold.bytes < bytes) || pool_oracle_key(&p->hold, by) == own)
			continue;
		by_key[pool_oracle_key_index(g, pool_oracle_key(&p->hold, by))]++;
		nr++;
	}
	return nr;
}

static void ask(const struct oracle *o, struct row *r, const struct step *s, enum by by, struct matrix *m)
{
	const struct event *get = &o->events[s->event];
	size_t at = moment_of(o, s->event), holder = 0;
	struct group *g = &r->groups[by];
	uint64_t *by_key = pool_oracle_room(g->nr, sizeof(*by_key));
	uint64_t own = pool_oracle_event_key(&o->events[at], by), bytes = s->after.bytes;
	uint64_t nr = look_around(r, by, at, get->one_size, bytes, own, by_key);

	for (size_t k = 1; k < g->nr; k++)
		if (by_key[k] > by_key[holder])
			holder = k;
	if (nr && nr <= other_threads(o, get->row, at)) {
		pool_oracle_row(r, by, own)->ambiguous_misses++;
		if (by == BY_SHARD) {
			r->groups[BY_POOL].rows[0].ambiguous_misses++;
			pool_oracle_row(r, BY_SITE, get->site)->ambiguous_misses++;
		}
	} else if (nr) {
		pool_oracle_row(r, by, own)->stranded_misses++;
		pool_oracle_row(r, by, own)->stranded_bytes += bytes;
		pool_oracle_cell(m, own, g->keys[holder], bytes);
		if (by == BY_SHARD) {
			struct metrics *whole = &r->groups[BY_POOL].rows[0];
			struct metrics *site = pool_oracle_row(r, BY_SITE, get->site);

			whole->stranded_misses++, whole->stranded_bytes += bytes;
			site->stranded_misses++, site->stranded_bytes += bytes;
		}
	}
	free(by_key);
}

void pool_oracle_starving(const struct oracle *o, struct row *r)
{
	static const char *const names[BY_NR] = { [BY_SHARD] = "stranded", [BY_THREAD] = "stranded_threads",
						  [BY_CPU] = "stranded_cpus" };

	for (int by = BY_SHARD; by <= BY_CPU; by++) {
		struct matrix m = { 0 };

		for (size_t i = 0; i < r->steps_nr; i++)
			if (r->steps[i].what == S_MISS)
				ask(o, r, &r->steps[i], (enum by)by, &m);
		pool_oracle_set(r->json, names[by], pool_oracle_matrix_json(&m));
	}
}
