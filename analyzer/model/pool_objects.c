// SPDX-License-Identifier: MIT
/*
 * pool_objects.c - objects come, move and go: the two tables of pool_objects.h.
 *
 * Both are open-addressed with linear probing; what is taken out is closed up, so there are no
 * tombstones. Objects of one address share one entry of by_addr and are chained: however many
 * pools a hostile trace puts over one address, nothing walks the chain but a free, which ends it.
 */
#include "pool_objects.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

#define FIRST_SLOTS 256u

void pt_pool_objects_fini(struct pt_pool_objects *t)
{
	free(t->all);
	free(t->by_key);
	free(t->by_addr);
	memset(t, 0, sizeof(*t));
}

static size_t addr_home(const struct pt_pool_objects *t, uint64_t addr)
{
	return pt_pool_objects_home(t, 0, addr);
}

/* The entry of by_key that has the object. */
static size_t key_slot(const struct pt_pool_objects *t, const struct pt_pool_object *o)
{
	uint32_t number = pt_pool_object_nr(t, o) + 1;
	size_t i = pt_pool_objects_home(t, o->instance, o->addr);

	while (t->by_key[i] != number)
		i = (i + 1) & (t->slots_nr - 1);
	return i;
}

/* The entry of by_addr for this address; a free one if there is none. */
static size_t addr_slot(const struct pt_pool_objects *t, uint64_t addr)
{
	size_t i = addr_home(t, addr);

	while (t->by_addr[i] && t->all[t->by_addr[i] - 1].addr != addr)
		i = (i + 1) & (t->slots_nr - 1);
	return i;
}

static void key_insert(struct pt_pool_objects *t, const struct pt_pool_object *o)
{
	size_t i = pt_pool_objects_home(t, o->instance, o->addr);

	while (t->by_key[i])
		i = (i + 1) & (t->slots_nr - 1);
	t->by_key[i] = pt_pool_object_nr(t, o) + 1;
}

/* Take entry `hole` out of a table: what follows it and would not be found across a hole, moves up. */
static void close_up(const struct pt_pool_objects *t, uint32_t *table, size_t hole)
{
	size_t mask = t->slots_nr - 1;

	for (size_t i = (hole + 1) & mask; table[i]; i = (i + 1) & mask) {
		const struct pt_pool_object *o = &t->all[table[i] - 1];
		size_t home = table == t->by_key ? pt_pool_objects_home(t, o->instance, o->addr)
						 : addr_home(t, o->addr);

		if (((i - home) & mask) >= ((i - hole) & mask)) {
			table[hole] = table[i];
			hole = i;
		}
	}
	table[hole] = 0;
}

static int grow_tables(struct pt_pool_objects *t)
{
	size_t slots_nr = t->slots_nr ? 2 * t->slots_nr : FIRST_SLOTS;
	uint32_t *by_key = calloc(slots_nr, sizeof(*by_key));
	uint32_t *by_addr = calloc(slots_nr, sizeof(*by_addr));

	if (!by_key || !by_addr) {
		free(by_key);
		free(by_addr);
		return -PT_ENOMEM;
	}
	free(t->by_key);
	free(t->by_addr);
	t->by_key = by_key;
	t->by_addr = by_addr;
	t->slots_nr = slots_nr;
	for (uint32_t i = 0; i < t->nr; i++) {
		if (t->all[i].state == PT_OBJECT_FREE)
			continue;
		key_insert(t, &t->all[i]);
		if (!t->all[i].same_prev)
			t->by_addr[addr_slot(t, t->all[i].addr)] = i + 1;
	}
	return 0;
}

static int grow_objects(struct pt_pool_objects *t)
{
	size_t max = t->max ? 2 * (size_t)t->max : FIRST_SLOTS;
	struct pt_pool_object *all;

	if (max >= UINT32_MAX)
		return -PT_ENOMEM;
	all = aligned_alloc(sizeof(*all), max * sizeof(*all)); /* each on a cache line of its own */
	if (!all)
		return -PT_ENOMEM;
	if (t->nr)
		memcpy(all, t->all, t->nr * sizeof(*all));
	free(t->all);
	t->all = all;
	t->max = (uint32_t)max;
	return 0;
}

/* Into the chain of its address, at the front. */
static void same_add(struct pt_pool_objects *t, struct pt_pool_object *o)
{
	size_t slot = addr_slot(t, o->addr);
	uint32_t number = pt_pool_object_nr(t, o) + 1;

	o->same_prev = 0;
	o->same_next = t->by_addr[slot];
	if (o->same_next)
		t->all[o->same_next - 1].same_prev = number;
	t->by_addr[slot] = number;
}

static void same_del(struct pt_pool_objects *t, struct pt_pool_object *o)
{
	if (o->same_next)
		t->all[o->same_next - 1].same_prev = o->same_prev;
	if (o->same_prev) {
		t->all[o->same_prev - 1].same_next = o->same_next;
	} else {
		size_t slot = addr_slot(t, o->addr);

		if (o->same_next)
			t->by_addr[slot] = o->same_next;
		else
			close_up(t, t->by_addr, slot);
	}
	o->same_next = o->same_prev = 0;
}

struct pt_pool_object *pt_pool_object_make(struct pt_pool_objects *t, uint32_t instance, uint64_t addr)
{
	struct pt_pool_object *o;

	if ((size_t)t->alive_nr * 3 / 2 + 1 >= t->slots_nr && grow_tables(t))
		return NULL;
	if (!t->free && t->nr == t->max && grow_objects(t))
		return NULL;
	if (t->free) {
		o = &t->all[t->free - 1];
		t->free = o->next;
	} else {
		o = &t->all[t->nr++];
	}
	memset(o, 0, sizeof(*o));
	o->instance = instance;
	o->addr = addr;
	o->state = PT_OBJECT_IN_USE;
	t->alive_nr++;
	key_insert(t, o);
	same_add(t, o);
	return o;
}

void pt_pool_object_end(struct pt_pool_objects *t, struct pt_pool_object *o)
{
	close_up(t, t->by_key, key_slot(t, o));
	same_del(t, o);
	o->state = PT_OBJECT_FREE;
	o->next = t->free;
	t->free = pt_pool_object_nr(t, o) + 1;
	t->alive_nr--;
}

void pt_pool_object_move(struct pt_pool_objects *t, struct pt_pool_object *o, uint64_t addr)
{
	close_up(t, t->by_key, key_slot(t, o));
	same_del(t, o);
	o->addr = addr;
	key_insert(t, o);
	same_add(t, o);
}

struct pt_pool_object *pt_pool_objects_at(const struct pt_pool_objects *t, uint64_t addr)
{
	uint32_t number = t->alive_nr ? t->by_addr[addr_slot(t, addr)] : 0;

	return number ? &t->all[number - 1] : NULL;
}

void pt_pool_object_raise(struct pt_pool_objects *t, struct pt_pool_object *o)
{
	same_del(t, o);
	same_add(t, o);
}
