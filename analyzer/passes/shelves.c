/* SPDX-License-Identifier: MIT */
/*
 * shelves.c - new shelves, sweeping, and the question who holds most.
 */
#include "shelves.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

#define FIRST_SHELVES 256u

void pt_shelves_fini(struct pt_shelves *s)
{
	free(s->shelves);
	free(s->slots);
	free(s->near);
	free(s->classes);
	free(s->counts);
	free(s->seen);
	memset(s, 0, sizeof(*s));
}

/* Put each shelf into the hash and its class's list, again from the start. */
static void link_all(struct pt_shelves *s)
{
	memset(s->slots, 0, s->slots_nr * sizeof(*s->slots));
	for (uint32_t i = 0; i < s->classes_max; i++)
		s->classes[i].first = 0;
	for (uint32_t i = 0; i < s->nr; i++) {
		struct pt_shelf *shelf = &s->shelves[i];

		*pt_shelves_slot(s, shelf->class, shelf->holder) = i + 1;
		shelf->next = s->classes[shelf->class].first;
		s->classes[shelf->class].first = i + 1;
	}
}

static void sweep(struct pt_shelves *s)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < s->nr; i++) {
		if (s->shelves[i].objects)
			s->shelves[kept++] = s->shelves[i];
	}
	s->nr = kept;
	s->empty_nr = 0;
	link_all(s);
}

static int grow(struct pt_shelves *s)
{
	uint32_t max = s->max ? 2 * s->max : FIRST_SHELVES;
	struct pt_shelf *shelves = max > s->max ? realloc(s->shelves, max * sizeof(*shelves))
						: NULL;
	uint32_t *slots;

	if (!shelves)
		return -PT_ENOMEM;
	s->shelves = shelves;
	slots = realloc(s->slots, 2 * (size_t)max * sizeof(*slots));
	if (!slots)
		return -PT_ENOMEM;
	s->slots = slots;
	s->slots_nr = 2 * (size_t)max;
	s->max = max;
	link_all(s);
	return 0;
}

static int grow_classes(struct pt_shelves *s, uint32_t class)
{
	size_t max = s->classes_max ? s->classes_max : 64;
	void *classes;

	while (max <= class)
		max *= 2;
	classes = realloc(s->classes, max * sizeof(*s->classes));
	if (!classes)
		return -PT_ENOMEM;
	s->classes = classes;
	memset(s->classes + s->classes_max, 0, (max - s->classes_max) * sizeof(*s->classes));
	s->classes_max = (uint32_t)max;
	return 0;
}

static int grow_holders(struct pt_shelves *s, uint32_t holder)
{
	size_t max = s->holders_max ? s->holders_max : 64;
	uint32_t *counts, *seen;

	while (max <= holder)
		max *= 2;
	counts = realloc(s->counts, max * sizeof(*counts));
	if (!counts)
		return -PT_ENOMEM;
	s->counts = counts;
	seen = realloc(s->seen, max * sizeof(*seen));
	if (!seen)
		return -PT_ENOMEM;
	s->seen = seen;
	memset(counts + s->holders_max, 0, (max - s->holders_max) * sizeof(*counts));
	s->holders_max = (uint32_t)max;
	return 0;
}

int pt_shelves_make(struct pt_shelves *s, uint32_t class, uint32_t holder, struct pt_shelf **out)
{
	struct pt_shelf *shelf;

	if (class >= s->classes_max && grow_classes(s, class))
		return -PT_ENOMEM;
	if (holder >= s->holders_max && grow_holders(s, holder))
		return -PT_ENOMEM;
	if (s->nr == s->max) {
		if (s->empty_nr > s->nr / 2)
			sweep(s);
		else if (grow(s))
			return -PT_ENOMEM;
	}
	shelf = &s->shelves[s->nr];
	*shelf = (struct pt_shelf){ class, holder, 0, s->classes[class].first };
	*pt_shelves_slot(s, class, holder) = ++s->nr;
	s->classes[class].first = s->nr;
	s->empty_nr++;
	*out = shelf;
	return 0;
}

int pt_shelves_put_far(struct pt_shelves *s, uint32_t class, uint32_t holder)
{
	uint32_t slot = s->slots_nr ? *pt_shelves_slot(s, class, holder) : 0;
	struct pt_shelf *shelf;

	if (pt_shelves_is_near(class, holder)) { /* the first of these */
		if (grow_holders(s, PT_SHELVES_HOLDERS))
			return -PT_ENOMEM;
		s->near = calloc(PT_SHELVES_CLASSES, sizeof(*s->near));
		return s->near ? pt_shelves_put(s, class, holder) : -PT_ENOMEM;
	}
	if (slot) {
		shelf = &s->shelves[slot - 1];
	} else {
		int r = pt_shelves_make(s, class, holder, &shelf);

		if (r)
			return r;
	}
	s->far_held = true;
	s->empty_nr -= !shelf->objects++;
	s->classes[class].objects++;
	s->objects++;
	return 0;
}

void pt_shelves_take_far(struct pt_shelves *s, uint32_t class, uint32_t holder)
{
	struct pt_shelf *shelf = &s->shelves[*pt_shelves_slot(s, class, holder) - 1];

	s->empty_nr += !--shelf->objects;
	s->classes[class].objects--;
	s->objects--;
}

struct question {
	struct pt_shelves *shelves;
	uint32_t seen_nr;
};

static void count_one(struct question *q, uint32_t holder, uint32_t objects)
{
	struct pt_shelves *s = q->shelves;

	if (!objects)
		return;
	if (!s->counts[holder])
		s->seen[q->seen_nr++] = holder;
	s->counts[holder] += objects;
}

static void count(void *arg, uint32_t class)
{
	struct question *q = arg;
	struct pt_shelves *s = q->shelves;

	for (uint32_t held = s->near && class < PT_SHELVES_CLASSES ? s->near_held : 0; held; held &= held - 1)
		count_one(q, (uint32_t)__builtin_ctz(held), s->near[class][__builtin_ctz(held)]);
	if (class >= s->classes_max || !s->classes[class].objects)
		return;
	for (uint32_t i = s->classes[class].first; i; i = s->shelves[i - 1].next)
		count_one(q, s->shelves[i - 1].holder, s->shelves[i - 1].objects);
}

/* Whether anybody but the starved one may hold any: of most programs with one thread nobody ever did. */
static bool others_held(const struct pt_shelves *s, uint32_t starved)
{
	uint32_t near = s->near_held;

	if (starved < PT_SHELVES_HOLDERS)
		near &= ~(1u << starved);
	return near || s->far_held;
}

uint32_t pt_shelves_most(struct pt_shelves *s, const struct pt_classes *classes,
			 uint64_t request_bytes, uint32_t starved, const uint32_t *rank)
{
	struct question q = { s, 0 };
	uint32_t most = PT_HOLDER_NONE, most_objects = 0, most_rank = UINT32_MAX;

	if (s->objects && others_held(s, starved))
		pt_classes_fitting(classes, request_bytes, count, &q);
	for (uint32_t i = 0; i < q.seen_nr; i++) {
		uint32_t holder = s->seen[i], objects = s->counts[holder];
		uint32_t holder_rank = rank ? rank[holder] : holder;

		s->counts[holder] = 0;
		if (holder == starved)
			continue;
		if (objects > most_objects ||
		    (objects == most_objects && holder_rank < most_rank)) {
			most = holder;
			most_objects = objects;
			most_rank = holder_rank;
		}
	}
	return most;
}
