/* SPDX-License-Identifier: MIT */
/*
 * pool_oracle_regret.c - drops that a miss followed, and objects that never came back.
 */
#include <stdlib.h>
#include <string.h>

#include "pool_oracle.h"

static bool is_drop(const struct step *s)
{
	return s->what == S_DROP || s->what == S_PURGE;
}

/* The latest drop before the miss at step `miss` that it could have used. NONE: there is none. */
static size_t drop_for(const struct oracle *o, const struct row *r, size_t miss, const bool *used)
{
	const struct step *m = &r->steps[miss];

	for (size_t i = miss; i-- > 0;) {
		const struct step *d = &r->steps[i];

		if (!is_drop(d) || used[i])
			continue;
		if (o->events[m->event].time_ns - o->events[d->event].time_ns > o->regret_within_ns)
			continue;
		if (o->events[m->event].one_size || d->before.bytes >= m->after.bytes)
			return i;
	}
	return NONE;
}

void pool_oracle_regret(const struct oracle *o, struct row *r)
{
	bool *used = pool_oracle_room(r->steps_nr, sizeof(*used));

	for (size_t i = 0; i < r->steps_nr; i++) {
		size_t drop = r->steps[i].what == S_MISS ? drop_for(o, r, i, used) : NONE;

		if (drop != NONE)
			used[drop] = true;
	}
	for (size_t i = 0; i < r->steps_nr; i++) {
		const struct step *s = &r->steps[i];
		struct metrics *rows[3] = { &r->groups[BY_POOL].rows[0],
					    pool_oracle_row(r, BY_SHARD, s->before.shard),
					    pool_oracle_row(r, BY_SITE, o->events[s->event].site) };

		for (int k = 0; k < 3 && is_drop(s); k++) {
			rows[k]->useful_drops += !used[i];
			rows[k]->regretted_drops += used[i];
			rows[k]->regretted_bytes += used[i] ? s->before.bytes : 0;
		}
	}
	free(used);
}

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Upper edge of the bucket of `ns`: below 16 one each, else by the highest 5 bits. */
static uint64_t upper_edge(uint64_t ns)
{
	unsigned int shift = 0;

	while (ns >> shift >= 32)
		shift++;
	return (((ns >> shift) + 1) << shift) - 1;
}

/* p99.9 of the holds that ended with a put. NONE: fewer than 1,000. */
static uint64_t long_hold(const struct oracle *o, const struct row *r)
{
	uint64_t *holds = pool_oracle_room(r->steps_nr, sizeof(*holds)), edge = NONE;
	size_t nr = 0;

	for (size_t i = 0; i < r->steps_nr; i++)
		if (r->steps[i].what == S_PUT)
			holds[nr++] = o->events[r->steps[i].event].time_ns - r->steps[i].before.since_ns;
	qsort(holds, nr, sizeof(*holds), by_value);
	if (nr >= 1000)
		edge = upper_edge(holds[(999 * nr + 999) / 1000 - 1]);
	free(holds);
	return edge;
}

static bool is_gone(const struct oracle *o, uint64_t thread)
{
	for (size_t i = 0; i < o->events_nr; i++)
		if (o->events[i].kind == K_EXIT && o->events[i].thread == thread)
			return true;
	return false;
}

struct leak {
	size_t site;
	uint64_t thread, objects, bytes, longest_ns, gone, too_long, at_destroy;
};

struct leaks {
	struct leak *list;
	size_t nr, room;
};

static void leaked(const struct oracle *o, struct leaks *l, const struct hold *h, uint64_t end_ns,
		   bool at_destroy, uint64_t long_ns)
{
	uint64_t hold_ns = end_ns - h->since_ns;
	struct leak *x = NULL;

	for (size_t i = 0; i < l->nr && !x; i++)
		if (l->list[i].site == h->site && l->list[i].thread == h->thread)
			x = &l->list[i];
	if (!x) {
		x = PUSH(l->list, l->nr, l->room);
		*x = (struct leak){ .site = h->site, .thread = h->thread };
	}
	x->objects++;
	x->bytes += h->bytes;
	x->longest_ns = hold_ns > x->longest_ns ? hold_ns : x->longest_ns;
	x->gone += is_gone(o, h->thread);
	x->too_long += long_ns != NONE && hold_ns > long_ns;
	x->at_destroy += at_destroy;
}

static json_t *leaks_json(const struct leaks *l)
{
	json_t *array = json_array();

	for (size_t i = 0; i < l->nr; i++) {
		const struct leak *x = &l->list[i];
		json_t *j = json_object();

		pool_oracle_set(j, "site", pool_oracle_number(x->site));
		pool_oracle_set(j, "thread", pool_oracle_number(x->thread));
		pool_oracle_set(j, "objects", pool_oracle_number(x->objects));
		pool_oracle_set(j, "bytes", pool_oracle_number(x->bytes));
		pool_oracle_set(j, "longest_hold_ns", pool_oracle_number(x->longest_ns));
		pool_oracle_set(j, "thread_is_gone", pool_oracle_number(x->gone));
		pool_oracle_set(j, "held_too_long", pool_oracle_number(x->too_long));
		pool_oracle_set(j, "at_destroy", pool_oracle_number(x->at_destroy));
		json_array_append_new(array, j);
	}
	return array;
}

void pool_oracle_leaks(const struct oracle *o, struct row *r)
{
	uint64_t long_ns = long_hold(o, r);
	struct leaks l = { 0 };

	for (size_t i = 0; i < r->pieces_nr; i++)
		if (r->pieces[i].to == NONE && r->pieces[i].hold.state == USED)
			leaked(o, &l, &r->pieces[i].hold, o->end_ns, false, long_ns);
	for (size_t i = 0; i < r->steps_nr; i++)
		if (r->steps[i].what == S_DESTROY && r->steps[i].before.state == USED)
			leaked(o, &l, &r->steps[i].before, o->events[r->steps[i].event].time_ns, true, long_ns);
	pool_oracle_set(r->json, "hold_p999_ns", long_ns == NONE ? json_null() : pool_oracle_number(long_ns));
	pool_oracle_set(r->json, "leaks", leaks_json(&l));
	free(l.list);
}
