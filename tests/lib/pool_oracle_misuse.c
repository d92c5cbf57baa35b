/* SPDX-License-Identifier: MIT */
/*
 * pool_oracle_misuse.c - calls that ought not to have happened, by pairs of call sites.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pool_oracle.h"

struct finding {
	const char *kind;
	size_t site, other_site;
	bool other_known;
	uint64_t thread, other_thread, objects, first_addr, first_ns;
};

struct findings {
	struct finding *list;
	size_t nr, room;
};

static const char *kind_of(const struct step *s)
{
	return s->what == S_REPUT ? "put_of_idle" :
	       s->what == S_FOREIGN ? "put_of_foreign" :
	       s->what == S_REGOT ? "get_of_in_use" :
				    NULL;
}

static void found(const struct oracle *o, struct findings *f, const struct step *s)
{
	const struct event *ev = &o->events[s->event];
	const struct hold *other = s->what == S_FOREIGN ? &s->other : &s->before;
	bool known = other->state != UNKNOWN;
	struct finding *x;

	for (size_t i = 0; i < f->nr; i++) {
		x = &f->list[i];
		if (x->kind == kind_of(s) && x->site == ev->site && x->other_known == known &&
		    (!known || x->other_site == other->site)) {
			x->objects++;
			return;
		}
	}
	*PUSH(f->list, f->nr, f->room) = (struct finding){ .kind = kind_of(s),
							   .site = ev->site,
							   .other_site = other->site,
							   .other_known = known,
							   .thread = ev->thread,
							   .other_thread = other->thread,
							   .objects = 1,
							   .first_addr = ev->addr,
							   .first_ns = ev->time_ns };
}

void pool_oracle_misuse(const struct oracle *o, struct row *r)
{
	struct findings f = { 0 };
	json_t *array = json_array();
	char text[32];

	for (size_t i = 0; i < r->steps_nr; i++)
		if (kind_of(&r->steps[i]))
			found(o, &f, &r->steps[i]);
	for (size_t i = 0; i < f.nr; i++) {
		const struct finding *x = &f.list[i];
		json_t *j = json_object();

		pool_oracle_set(j, "kind", json_string(x->kind));
		pool_oracle_set(j, "site", pool_oracle_number(x->site));
		pool_oracle_set(j, "thread", pool_oracle_number(x->thread));
		pool_oracle_set(j, "other_site",
				x->other_known ? pool_oracle_number(x->other_site) : json_null());
		pool_oracle_set(j, "other_thread",
				x->other_known ? pool_oracle_number(x->other_thread) : json_null());
		pool_oracle_set(j, "times", pool_oracle_number(x->objects));
		snprintf(text, sizeof(text), "0x%" PRIx64, x->first_addr);
		pool_oracle_set(j, "first_object", json_string(text));
		pool_oracle_set(j, "first_ns", pool_oracle_number(x->first_ns));
		json_array_append_new(array, j);
	}
	pool_oracle_set(r->json, "misuse", array);
	free(f.list);
}

static bool is_tie(const struct oracle *o, const struct row *r, const json_t *finding)
{
	json_int_t site = json_integer_value(json_object_get(finding, "site"));

	if (strcmp(json_string_value(json_object_get(finding, "kind")), "put_of_foreign") != 0)
		return false;
	for (size_t i = 0; i < r->steps_nr; i++)
		if (r->steps[i].others_tie && o->events[r->steps[i].event].site == (size_t)site)
			return true;
	return false;
}

void pool_oracle_merge_ties(const struct oracle *o, const struct row *r, json_t *misuse)
{
	json_t *ties = json_array(), *finding, *tie;
	size_t i = 0, k;

	while ((finding = json_array_get(misuse, i))) {
		json_t *site = json_object_get(finding, "site"), *times = json_object_get(finding, "times");

		if (!is_tie(o, r, finding)) {
			i++;
			continue;
		}
		json_array_foreach(ties, k, tie)
			if (json_equal(json_object_get(tie, "site"), site))
				break;
		if (k == json_array_size(ties))
			json_array_append_new(ties, json_pack("{s:s,s:O,s:i}", "kind", "put_of_foreign", "site",
							      site, "times", 0));
		tie = json_object_get(json_array_get(ties, k), "times");
		json_integer_set(tie, json_integer_value(tie) + json_integer_value(times));
		json_array_remove(misuse, i);
	}
	json_array_extend(misuse, ties);
	json_decref(ties);
}
