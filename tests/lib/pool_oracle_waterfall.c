/* SPDX-License-Identifier: MIT */
/*
 * pool_oracle_waterfall.c - what the idle bytes at the peak are due to.
 */
#include <stdlib.h>
#include <string.h>

#include "pool_oracle.h"

/* created_bytes of what is in use right after an event. */
static int64_t need_after(const struct row *r, size_t event)
{
	int64_t need = 0;

	for (size_t i = 0; i < r->pieces_nr; i++)
		if (r->pieces[i].hold.state == USED && pool_oracle_alive(&r->pieces[i], event))
			need += (int64_t)r->pieces[i].hold.created;
	return need;
}

/* What one cache for all shards would hold right after event `until`. */
static int64_t shared_held(const struct row *r, size_t until)
{
	int64_t held = 0;

	for (size_t m = 0; m < r->moments_nr && r->moments[m] <= until; m++) {
		int64_t need = need_after(r, r->moments[m]);

		for (size_t i = 0; i < r->steps_nr; i++) {
			const struct step *s = &r->steps[i];

			if (s->event != r->moments[m])
				continue;
			if (s->before.state == UNKNOWN && s->after.state == IDLE)
				held += (int64_t)s->after.created;
			if (s->before.state != IDLE || s->after.state != UNKNOWN)
				continue;
			held -= (int64_t)s->before.created;
			held = held > need ? held : need;
		}
		held = held > need ? held : need;
	}
	return held;
}

static void term(json_t *array, const char *name, json_t *bytes)
{
	json_t *j = json_object();

	pool_oracle_set(j, "term", json_string(name));
	pool_oracle_set(j, "bytes", bytes);
	json_array_append_new(array, j);
}

void pool_oracle_waterfall(const struct oracle *o, struct row *r)
{
	int64_t created = 0, idle = 0, used = 0, shared = 0;
	json_t *terms = json_array();

	(void)o;
	if (r->peak_moment != NONE) {
		size_t peak = r->moments[r->peak_moment];

		for (size_t i = 0; i < r->pieces_nr; i++) {
			const struct piece *p = &r->pieces[i];

			if (!pool_oracle_alive(p, peak))
				continue;
			if (p->hold.state == USED) {
				used += (int64_t)p->hold.bytes;
				continue;
			}
			created += (int64_t)p->hold.created;
			idle += (int64_t)p->hold.bytes;
		}
		shared = shared_held(r, peak) - need_after(r, peak);
	}
	term(terms, "sharding", json_integer(created - shared));
	term(terms, "time", json_integer(shared));
	term(terms, "ratchet", json_integer(idle - created));
	term(terms, "graph", json_null());
	pool_oracle_set(r->json, "waterfall", terms);
	/* Scripts take no snapshots. */
	pool_oracle_set(r->json, "graph_retained_bytes", json_null());
	pool_oracle_set(r->json, "graph_retained_ns", json_null());
	pool_oracle_set(r->json, "waterfall_held_bytes", json_integer(used + idle));
	pool_oracle_set(r->json, "waterfall_in_use_bytes", json_integer(used));
}
