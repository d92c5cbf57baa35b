// SPDX-License-Identifier: MIT
/*
 * brute_model.c - see brute_model.h; nothing here is clever.
 */
#include "brute_model.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/layout.h"
#include "brute_model_parts.h"

static struct bm_object *find(struct bm *b, uint32_t instance, uint64_t addr)
{
	for (size_t i = 0; i < BM_OBJECTS; i++)
		if (b->objects[i].state && b->objects[i].instance == instance && b->objects[i].addr == addr)
			return &b->objects[i];
	return NULL;
}

/* The fields of every table of the pool that an event counts in. */
#define COUNT(pool, keys, field)                                    \
	do {                                                        \
		for (int by_ = 0; by_ < BM_BY; by_++)               \
			(pool)->row[by_][(keys)[by_]].field++;      \
	} while (0)

/* Who frees has no site. */
static void vanish(struct bm *b, struct bm_object *o, const struct pt_event *ev)
{
	struct bm_pool *p = bm_pool_of(b, o);

	p->row[BM_SHARD][o->key[BM_SHARD]].vanished++;
	p->row[BM_THREAD][ev->thread].vanished++;
	p->row[BM_CPU][ev->cpu].vanished++;
	p->row[BM_WHOLE][0].vanished++;
	o->state = 0;
}

static void free_at(struct bm *b, const struct pt_event *ev, uint64_t addr)
{
	for (size_t i = 0; i < BM_OBJECTS; i++)
		if (b->objects[i].state && b->objects[i].addr == addr)
			vanish(b, &b->objects[i], ev);
}

static void moved(struct bm *b, const struct pt_event *ev)
{
	for (size_t i = 0; i < BM_OBJECTS; i++) {
		struct bm_object *o = &b->objects[i], *there;

		if (!o->state || o->addr != ev->old_addr)
			continue;
		there = find(b, o->instance, ev->addr);
		if (there)
			vanish(b, there, ev);
		o->addr = ev->addr;
		o->moved = true;
	}
}

static void ask(struct bm *b, struct bm_pool *p, const struct bm_object *made, const uint32_t *key,
		const struct bm_object *objects, uint32_t others)
{
	for (int by = 0; by < 3; by++) {
		uint64_t has[BM_KEYS] = { 0 }, all = 0;
		uint32_t most = 0;

		for (size_t i = 0; i < BM_OBJECTS; i++) {
			const struct bm_object *o = &objects[i];

			if (o->state != 2 || bm_pool_of(b, o) != p || o->key[by] == key[by])
				continue;
			has[o->key[by]] += p->one_size || o->bytes >= made->bytes;
			all += p->one_size || o->bytes >= made->bytes;
		}
		for (uint32_t k = 0; k < BM_KEYS; k++)
			most = has[k] > has[most] ? k : most;
		for (int at = by; all; at = at == BM_SHARD ? BM_STACK : at == BM_STACK ? BM_WHOLE : -1) {
			struct pt_pool_row *row = &p->row[at][key[at]];

			row->ambiguous_misses += all <= others;
			row->stranded_misses += all > others;
			row->stranded_bytes += all > others ? made->bytes : 0;
			if (at == BM_WHOLE || at == BM_THREAD || at == BM_CPU)
				break;
		}
		if (all > others) {
			p->stranded[by][key[by]][most].objects++;
			p->stranded[by][key[by]][most].bytes += made->bytes;
		}
	}
}

static uint32_t other_callers(const struct bm_pool *p, uint32_t thread)
{
	uint32_t nr = 0;

	for (uint32_t i = 0; i < BM_THREADS; i++)
		nr += i != thread && p->called[i];
	return nr;
}

static struct bm_object *fresh(struct bm *b)
{
	for (size_t i = 0; i < BM_OBJECTS; i++)
		if (!b->objects[i].state)
			return &b->objects[i];
	abort();
}

static void own(struct bm *b, struct bm_object *o, int state, const uint32_t *key)
{
	o->state = state;
	o->since_ns = b->now_ns;
	o->order = ++b->orders;
	o->moved = false;
	memcpy(o->key, key, sizeof(o->key));
}

static uint64_t said(const struct bm *b, uint32_t instance, const struct pt_event *ev, const struct bm_object *o)
{
	if (ev->size_bytes && ev->kind != PT_EV_POOL_PUT)
		return ev->size_bytes;
	if (b->instances[instance].bytes)
		return b->instances[instance].bytes;
	return o ? o->bytes : 0;
}

static void get(struct bm *b, struct bm_pool *p, uint32_t in, const struct pt_event *ev, const uint32_t *key)
{
	struct bm_object *o = find(b, in, ev->addr);
	const struct bm_told *told = &b->told[ev->thread];
	uint32_t asked[BM_BY];

	memcpy(asked, key, sizeof(asked));
	COUNT(p, key, gets);
	if (!o) {
		COUNT(p, key, misses);
		o = fresh(b);
		*o = (struct bm_object){ .addr = ev->addr, .instance = in };
		o->bytes = o->created = said(b, in, ev, NULL);
		if (p->one_size && told->valid && told->instance == in && told->shard == key[BM_SHARD]) {
			asked[BM_CPU] = told->cpu;
			ask(b, p, o, asked, told->objects, told->others);
		} else {
			ask(b, p, o, key, b->objects, other_callers(p, ev->thread));
		}
	} else if (o->state == 1) {
		p->misuse[PT_MISUSE_GET_OF_IN_USE]++;
	} else {
		COUNT(p, key, hits);
		if (o->key[BM_SHARD] != key[BM_SHARD]) {
			COUNT(p, key, steals);
			COUNT(p, o->key, stolen);
		}
		o->bytes = said(b, in, ev, o);
	}
	own(b, o, 1, key);
}

static void put(struct bm *b, struct bm_pool *p, uint32_t in, const struct pt_event *ev, const uint32_t *key)
{
	struct bm_object *o = find(b, in, ev->addr);
	uint64_t others = 0;

	COUNT(p, key, puts);
	if (o && o->state == 2) {
		p->misuse[PT_MISUSE_PUT_OF_IDLE]++;
		return;
	}
	if (o) {
		p->flow[o->key[BM_SHARD]][key[BM_SHARD]].objects++;
		p->flow[o->key[BM_SHARD]][key[BM_SHARD]].bytes += o->bytes;
		p->flow_thread[o->key[BM_THREAD]][ev->thread].objects++;
		p->flow_thread[o->key[BM_THREAD]][ev->thread].bytes += o->bytes;
	} else {
		for (size_t i = 0; i < BM_OBJECTS; i++)
			others += b->objects[i].state && b->objects[i].addr == ev->addr;
		p->misuse[PT_MISUSE_PUT_OF_FOREIGN]++;
		p->others_known += others > 0;
		o = fresh(b);
		*o = (struct bm_object){ .addr = ev->addr, .instance = in };
		o->bytes = o->created = said(b, in, ev, NULL);
	}
	own(b, o, 2, key);
}

static void resize(struct bm *b, struct bm_pool *p, uint32_t in, const struct pt_event *ev)
{
	struct bm_object *o = find(b, in, ev->addr), *there = find(b, in, ev->new_addr);

	if (ev->new_addr != ev->addr && there && (there->moved || !o)) {
		o = there;
		there = NULL;
	}
	if (!o) {
		p->stray_resizes++;
		return;
	}
	if (there && there != o)
		vanish(b, there, ev);
	o->addr = ev->new_addr;
	o->bytes = said(b, in, ev, o);
	o->moved = false;
}

static void leave(struct bm *b, struct bm_pool *p, uint32_t in, const struct pt_event *ev, uint32_t *key)
{
	uint32_t shard = ev->kind == PT_EV_POOL_PURGE && ev->shard != PT_SHARD_ALL ? bm_shard_of(b, in, ev, false) : 0;
	struct bm_object *o = find(b, in, ev->addr);

	if (ev->kind == PT_EV_POOL_DROP) {
		p->stray_drops += !o;
		if (o) {
			key[BM_SHARD] = o->key[BM_SHARD];
			COUNT(p, key, drops);
			o->state = 0;
		}
		return;
	}
	for (size_t i = 0; i < BM_OBJECTS; i++) {
		o = &b->objects[i];
		if (o->state != 2 || o->instance != in ||
		    (ev->shard != PT_SHARD_ALL && o->key[BM_SHARD] != shard))
			continue;
		key[BM_SHARD] = o->key[BM_SHARD];
		COUNT(p, key, purged);
		o->state = 0;
	}
}

static void stock_or_move(struct bm *b, struct bm_pool *p, uint32_t in, const struct pt_event *ev,
			  const uint32_t *key)
{
	struct bm_object *o = find(b, in, ev->addr);

	if (ev->kind == PT_EV_POOL_MOVE) {
		p->stray_moves += !o || o->state != 2;
		if (o && o->state == 2)
			o->key[BM_SHARD] = key[BM_SHARD];
		return;
	}
	if (o)
		vanish(b, o, ev);
	COUNT(p, key, stocked);
	o = fresh(b);
	*o = (struct bm_object){ .addr = ev->addr, .instance = in };
	o->bytes = o->created = said(b, in, ev, NULL);
	own(b, o, 2, key);
}

static void pool_event(struct bm *b, const struct pt_event *ev)
{
	uint32_t in = bm_instance_at(b, ev->pool), key[BM_BY] = { 0, ev->thread, ev->cpu, ev->stack, 0 };
	struct bm_told told = { 0 };
	struct bm_pool *p;

	if (in != UINT32_MAX && ev->kind == PT_EV_POOL_CREATE) {
		bm_destroy(b, in);
		in = UINT32_MAX;
	}
	if (in == UINT32_MAX && ev->kind == PT_EV_POOL_DESTROY)
		return;
	if (in == UINT32_MAX)
		in = bm_begin(b, ev);
	p = &b->pools[b->instances[in].pool];
	p->called[ev->thread] = true;
	if (ev->kind <= PT_EV_POOL_STOCK || ev->kind == PT_EV_POOL_MOVE)
		key[BM_SHARD] = bm_shard_of(b, in, ev, true);
	if (ev->kind == PT_EV_POOL_GET)
		get(b, p, in, ev, key);
	else if (ev->kind == PT_EV_POOL_PUT)
		put(b, p, in, ev, key);
	else if (ev->kind == PT_EV_POOL_STOCK || ev->kind == PT_EV_POOL_MOVE)
		stock_or_move(b, p, in, ev, key);
	else if (ev->kind == PT_EV_POOL_DROP || ev->kind == PT_EV_POOL_PURGE)
		leave(b, p, in, ev, key);
	else if (ev->kind == PT_EV_POOL_RESIZE)
		resize(b, p, in, ev);
	else if (ev->kind == PT_EV_POOL_DESTROY)
		bm_destroy(b, in);
	if (ev->kind == PT_EV_POOL_MISS) {
		told = (struct bm_told){ true, in, key[BM_SHARD], ev->cpu, other_callers(p, ev->thread), { { 0 } } };
		memcpy(told.objects, b->objects, sizeof(told.objects));
	}
	b->told[ev->thread] = told;
}

void bm_play(struct bm *b, const struct pt_event *events, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		const struct pt_event *ev = &events[i];

		bm_time_passes(b, ev->time_ns);
		if (ev->kind >= PT_EV_POOL_FIRST && ev->kind <= PT_EV_POOL_LAST)
			pool_event(b, ev);
		else if (ev->kind == PT_EV_FREE)
			free_at(b, ev, ev->addr);
		else if (ev->kind == PT_EV_REALLOC_FREED)
			free_at(b, ev, ev->old_addr);
		else if (ev->kind == PT_EV_REALLOC_END && ev->addr != ev->old_addr)
			moved(b, ev);
		bm_take_stock(b);
	}
}
