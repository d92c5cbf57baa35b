/* SPDX-License-Identifier: MIT */
/*
 * pool_oracle_replay.c - the life of every object, from the events.
 *
 * Objects are found by looking at all of them. What happens to one is a step; the time between two
 * steps is a piece.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pool_oracle.h"

struct object {
	size_t instance;
	struct hold now;
	size_t from;	/* event of the last step */
	size_t told;	/* event of its last get, put or stock */
	bool displaced; /* since then it came to lie elsewhere */
	uint64_t order; /* when it came to lie where it lies, or was got */
};

struct replay {
	struct oracle *o;
	struct object *objects; /* in use and idle, of all pools */
	size_t objects_nr, objects_room;
	size_t at; /* the event */
	uint64_t turns;
	uint64_t gap_ns; /* when the latest pause ended; 0: there was none */
};

static struct event *event(struct replay *w)
{
	return &w->o->events[w->at];
}

static struct object *find(struct replay *w, size_t instance, uint64_t addr)
{
	for (size_t i = 0; i < w->objects_nr; i++)
		if (w->objects[i].instance == instance && w->objects[i].now.addr == addr)
			return &w->objects[i];
	return NULL;
}

/* From now on the object is `next`; UNKNOWN: it has left. Object NULL: a new one. */
static void turn(struct replay *w, struct object *x, size_t instance, enum what what, struct hold next)
{
	struct row *r = &w->o->rows[w->o->instances[instance].row];
	struct step *s = PUSH(r->steps, r->steps_nr, r->steps_room);

	memset(s, 0, sizeof(*s));
	s->what = what;
	s->event = w->at;
	s->instance = instance;
	s->after = next;
	if (x) {
		s->before = x->now;
		*PUSH(r->pieces, r->pieces_nr, r->pieces_room) =
			(struct piece){ x->now, instance, x->from, w->at, w->o->events[x->from].time_ns,
					event(w)->time_ns };
	} else {
		x = PUSH(w->objects, w->objects_nr, w->objects_room);
		x->instance = instance;
	}
	if (next.state == UNKNOWN) {
		*x = w->objects[--w->objects_nr];
		return;
	}
	x->now = next;
	x->from = w->at;
	if (what != S_REPUT && what != S_RESIZE && what != S_MOVE)
		x->told = w->at;
	if (what != S_REPUT && what != S_MOVE)
		x->displaced = what == S_RESIZE && (x->displaced || next.addr != s->before.addr);
	if (what != S_REPUT && what != S_RESIZE)
		x->order = ++w->turns;
}

static void gone(struct replay *w, struct object *x, enum what what)
{
	turn(w, x, x->instance, what, (struct hold){ .state = UNKNOWN });
}

/* What the object is once this get or put has it. */
static struct hold taken(struct replay *w, enum state state, uint64_t bytes, uint64_t created)
{
	struct event *ev = event(w);

	return (struct hold){ .state = state,
			      .addr = ev->addr,
			      .bytes = bytes,
			      .created = created,
			      .shard = ev->shard_index,
			      .thread = ev->thread,
			      .cpu = ev->cpu,
			      .site = ev->site,
			      .since_ns = ev->time_ns };
}

/* Bytes that the event says, where 0 stands for something else. */
static uint64_t said(struct replay *w, uint64_t bytes, const struct object *x)
{
	const struct instance *inst = &w->o->instances[event(w)->instance];

	if (bytes)
		return bytes;
	if (inst->bytes)
		return inst->bytes;
	return x ? x->now.bytes : 0;
}

/* docs/pools.md, "Misuse": what contradicts something older than the latest pause is another object; the old one has vanished. */
static struct object *still(struct replay *w, struct object *x, enum state contradicted)
{
	if (!x || !w->gap_ns || x->now.state != contradicted || x->now.since_ns > w->gap_ns)
		return x;
	gone(w, x, S_VANISH);
	return NULL;
}

static void get(struct replay *w, struct object *x)
{
	struct event *ev = event(w);
	uint64_t bytes;

	x = still(w, x, USED);
	bytes = said(w, ev->bytes, x);
	if (!x)
		turn(w, x, ev->instance, S_MISS, taken(w, USED, bytes, bytes));
	else if (x->now.state == IDLE)
		turn(w, x, ev->instance, S_HIT, taken(w, USED, bytes, x->now.created));
	else
		turn(w, x, ev->instance, S_REGOT, taken(w, USED, x->now.bytes, x->now.created));
}

/*
 * Of another instance: whoever knows the address. Of several the one that was got or put last; where
 * one of them was not got at this address, docs/pools.md leaves open which.
 */
static void who_else(struct replay *w, struct step *s)
{
	size_t last = 0, nr = 0;
	bool displaced = false;

	for (size_t i = 0; i < w->objects_nr; i++) {
		const struct object *x = &w->objects[i];

		if (x->instance == event(w)->instance || x->now.addr != event(w)->addr)
			continue;
		nr++;
		displaced |= x->displaced;
		if (s->other.state == UNKNOWN || x->told > last) {
			s->other = x->now;
			last = x->told;
		}
	}
	s->others_tie = nr > 1 && displaced;
}

static void put(struct replay *w, struct object *x)
{
	struct event *ev = event(w);
	struct row *r = &w->o->rows[ev->row];
	uint64_t bytes;

	x = still(w, x, IDLE);
	if (!x && w->gap_ns) {
		bytes = said(w, 0, NULL);
		turn(w, NULL, ev->instance, S_UNSEEN, taken(w, IDLE, bytes, bytes));
	} else if (!x) {
		bytes = said(w, 0, NULL);
		turn(w, NULL, ev->instance, S_FOREIGN, taken(w, IDLE, bytes, bytes));
		who_else(w, &r->steps[r->steps_nr - 1]);
	} else if (x->now.state == USED) {
		turn(w, x, ev->instance, S_PUT, taken(w, IDLE, x->now.bytes, x->now.created));
	} else {
		turn(w, x, ev->instance, S_REPUT, x->now);
	}
}

static void stock(struct replay *w, struct object *x)
{
	uint64_t bytes = said(w, event(w)->bytes, NULL);

	if (x) /* made again: the one that was there has gone unseen */
		gone(w, x, S_VANISH);
	turn(w, NULL, event(w)->instance, S_STOCK, taken(w, IDLE, bytes, bytes));
}

static void drop(struct replay *w, struct object *x)
{
	if (x)
		gone(w, x, S_DROP);
	else
		w->o->rows[event(w)->row].stray_drops += !w->gap_ns;
}

static bool is_purged(struct replay *w, const struct object *x)
{
	const struct event *ev = event(w);

	return x->instance == ev->instance && x->now.state == IDLE &&
	       (ev->shard_kind == SHARD_ALL || x->now.shard == ev->shard_index);
}

static bool goes_before(const struct object *a, const struct object *b)
{
	return a->now.shard != b->now.shard ? a->now.shard < b->now.shard : a->order < b->order;
}

/* Shard by shard, and in each in the order in which they came to lie there. */
static void purge(struct replay *w, struct object *next)
{
	for (;;) {
		next = NULL;

		for (size_t i = 0; i < w->objects_nr; i++)
			if (is_purged(w, &w->objects[i]) && (!next || goes_before(&w->objects[i], next)))
				next = &w->objects[i];
		if (!next)
			return;
		gone(w, next, S_PURGE);
	}
}

static void move(struct replay *w, struct object *x)
{
	struct hold next;

	if (!x || x->now.state == USED) {
		w->o->rows[event(w)->row].stray_moves += !w->gap_ns;
		return;
	}
	next = x->now;
	next.shard = event(w)->shard_index;
	if (next.shard != x->now.shard)
		turn(w, x, x->instance, S_MOVE, next);
}

/* Object at `from` of one instance now lies at `to`; what the instance knew there has vanished. */
static void displace(struct replay *w, size_t instance, uint64_t from, uint64_t to, uint64_t bytes)
{
	struct object *there = from == to ? NULL : find(w, instance, to), *x;
	struct hold next;

	if (there)
		gone(w, there, S_VANISH);
	x = find(w, instance, from);
	next = x->now;
	next.addr = to;
	next.bytes = bytes;
	turn(w, x, instance, S_RESIZE, next);
}

static void resize(struct replay *w, struct object *x)
{
	struct event *ev = event(w);

	/* A realloc that moved it was before this. */
	if (!x)
		x = find(w, ev->instance, ev->new_addr);
	if (x)
		displace(w, ev->instance, x->now.addr, ev->new_addr, said(w, ev->bytes, x));
	else
		w->o->rows[ev->row].stray_resizes += !w->gap_ns;
}

/* All objects of an instance end with it. */
static void end_instance(struct replay *w, size_t instance)
{
	size_t i = 0;

	while (i < w->objects_nr)
		if (w->objects[i].instance == instance)
			gone(w, &w->objects[i], S_DESTROY);
		else
			i++;
	w->o->instances[instance].alive = false;
}

static void freed(struct replay *w, uint64_t addr)
{
	size_t i = 0;

	while (i < w->objects_nr)
		if (w->objects[i].now.addr == addr)
			gone(w, &w->objects[i], S_VANISH);
		else
			i++;
}

/* A realloc took the block elsewhere, and with it the objects at its start. */
static void moved_along(struct replay *w, uint64_t from, uint64_t to)
{
	for (size_t i = 0; i < w->o->instances_nr; i++) {
		const struct object *x = w->o->instances[i].alive ? find(w, i, from) : NULL;

		if (x)
			displace(w, i, from, to, x->now.bytes);
	}
}

/* The instance that the event is about, begun by it if need be. NONE: none. */
static size_t instance_of(struct replay *w)
{
	struct event *ev = event(w);
	size_t instance = pool_oracle_instance_at(w->o, ev->pool);

	if (ev->kind == K_CREATE) {
		if (instance != NONE) {
			ev->ended_row = w->o->instances[instance].row;
			end_instance(w, instance);
		}
		return pool_oracle_create(w->o, ev);
	}
	if (instance == NONE && ev->kind != K_DESTROY)
		instance = pool_oracle_first_use(w->o, ev);
	return instance;
}

static void pool_event(struct replay *w)
{
	static void (*const does[K_NR])(struct replay *w, struct object *x) = {
		[K_GET] = get,	 [K_PUT] = put,	  [K_STOCK] = stock,   [K_DROP] = drop,
		[K_MOVE] = move, [K_PURGE] = purge, [K_RESIZE] = resize,
	};
	struct event *ev = event(w);

	ev->instance = instance_of(w);
	if (ev->instance == NONE)
		return;
	ev->row = w->o->instances[ev->instance].row;
	ev->one_size = w->o->rows[ev->row].one_size;
	if (ev->kind == K_GET || ev->kind == K_PUT || ev->kind == K_MISS || ev->kind == K_STOCK ||
	    ev->kind == K_MOVE)
		ev->shard_index = pool_oracle_shard(w->o, ev, true);
	else if (ev->kind == K_PURGE && ev->shard_kind != SHARD_ALL)
		ev->shard_index = pool_oracle_shard(w->o, ev, false);
	if (does[ev->kind])
		does[ev->kind](w, find(w, ev->instance, ev->addr));
	else if (ev->kind == K_DESTROY)
		end_instance(w, ev->instance);
	else if (ev->kind == K_SHARD_NAME)
		pool_oracle_name_shard(w->o, ev);
}

void pool_oracle_replay(struct oracle *o)
{
	struct replay w = { .o = o };

	for (w.at = 0; w.at < o->events_nr; w.at++) {
		struct event *ev = event(&w);

		if (ev->kind >= K_GET && ev->kind <= K_POOL_LAST)
			pool_event(&w);
		else if (ev->kind == K_RESUME)
			w.gap_ns = ev->time_ns;
		else if (ev->kind == K_FREE && !ev->anomaly)
			freed(&w, ev->addr);
		else if (ev->kind == K_REALLOC_FREED)
			freed(&w, ev->old_addr);
		else if (ev->kind == K_REALLOC_END && ev->old_addr && ev->old_addr != ev->addr)
			moved_along(&w, ev->old_addr, ev->addr);
	}
	for (size_t i = 0; i < w.objects_nr; i++) {
		struct object *x = &w.objects[i];
		struct row *r = &o->rows[o->instances[x->instance].row];

		*PUSH(r->pieces, r->pieces_nr, r->pieces_room) =
			(struct piece){ x->now, x->instance, x->from, NONE, o->events[x->from].time_ns,
					o->end_ns };
	}
	pool_oracle_apply_names(o);
	free(w.objects);
}
