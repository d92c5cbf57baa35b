// SPDX-License-Identifier: MIT
/*
 * pool_names.c - what events call by name or number: pools, their instances and slots, shards, and
 * the threads, CPUs and sites that each pool has seen.
 */
#include "pools_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHARD_OTHERS (PT_SHARD_ALL - 1u) /* as unlikely a number as any */

/* Adapters of the recorder; other names may have a ':' too. */
static const char *const adapters[] = { "apr" };

void *pt_pools_room(void *array, uint32_t *max, uint32_t i, size_t element_bytes)
{
	size_t bigger = *max ? *max : 8;
	char *grown;

	if (i < *max)
		return array;
	while (bigger <= i)
		bigger *= 2;
	if (bigger > UINT32_MAX)
		return NULL;
	grown = reallocarray(array, bigger, element_bytes);
	if (!grown)
		return NULL;
	memset(grown + *max * element_bytes, 0, (bigger - *max) * element_bytes);
	*max = (uint32_t)bigger;
	return grown;
}

static void find_source(struct pt_pool *pool)
{
	const char *colon = strchr(pool->name, ':');

	strcpy(pool->source, "annotated");
	for (size_t i = 0; colon && i < sizeof(adapters) / sizeof(adapters[0]); i++) {
		if (strlen(adapters[i]) == (size_t)(colon - pool->name) &&
		    !strncmp(adapters[i], pool->name, strlen(adapters[i])))
			strcpy(pool->source, adapters[i]);
	}
}

/* The pool of this name, a new one if need be; NULL = no memory. */
static struct pt_pool_private *pool_named(struct pt_pools *p, const char *full_name)
{
	struct pt_pool_private *pool, **pools;
	char name[sizeof(pool->pub.name)] = "";

	memcpy(name, full_name, strnlen(full_name, sizeof(name) - 1));
	HASH_FIND_STR(p->by_name, name, pool);
	if (!pool && p->pools_nr >= PT_POOLS_MAX - 1) {
		memcpy(name, PT_POOL_OTHERS, sizeof(PT_POOL_OTHERS));
		HASH_FIND_STR(p->by_name, name, pool);
	}
	if (pool)
		return pool;
	pools = pt_pools_room(p->pools, &p->pools_max, p->pools_nr, sizeof(struct pt_pool_private *));
	if (!pools)
		return NULL;
	p->pools = pools;
	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return NULL;
	memcpy(pool->pub.name, name, sizeof(name));
	find_source(&pool->pub);
	pool->number = p->pools_nr;
	p->pools[p->pools_nr++] = pool;
	HASH_ADD_STR(p->by_name, pub.name, pool);
	return pool;
}

/* The smallest slot that no living instance has. */
static int take_slot(struct pt_pools *p, struct pt_pool_private *pool, struct pt_instance *inst)
{
	uint32_t slot = pool->slot_hint, words = pool->slots_max / 64;

	for (uint32_t w = slot / 64; w < words; w++) {
		if (~pool->slots_used[w]) {
			slot = 64 * w + (uint32_t)__builtin_ctzll(~pool->slots_used[w]);
			break;
		}
		slot = 64 * (w + 1);
	}
	if (slot >= pool->slots_max) {
		uint64_t *used = pt_pools_room(pool->slots_used, &words, slot / 64, sizeof(*used));
		uint32_t max = pool->slots_max, *ids;

		if (!used)
			return -PT_ENOMEM;
		pool->slots_used = used;
		ids = pt_pools_room(pool->slot_ids, &max, 64 * words - 1, sizeof(*ids));
		if (!ids)
			return -PT_ENOMEM;
		pool->slot_ids = ids;
		pool->slots_max = 64 * words;
	}
	pool->slots_used[slot / 64] |= 1ull << slot % 64;
	pool->slot_hint = slot + 1;
	if (slot >= pool->pub.slots_nr) {
		pool->slot_ids[slot] = p->slot_ids_nr++;
		pool->pub.slots_nr = slot + 1;
	}
	inst->slot = slot;
	inst->slot_id = pool->slot_ids[slot];
	return 0;
}

static int take_number(struct pt_pools *p, struct pt_instance *inst)
{
	struct pt_instance **instances;
	uint32_t max = p->instances_max, *numbers;

	if (p->free_instances_nr) {
		inst->number = p->free_instances[--p->free_instances_nr];
		p->instances[inst->number] = inst;
		return 0;
	}
	numbers = pt_pools_room(p->free_instances, &max, p->instances_nr, sizeof(*numbers));
	if (!numbers)
		return -PT_ENOMEM;
	p->free_instances = numbers;
	instances = pt_pools_room(p->instances, &p->instances_max, p->instances_nr, sizeof(struct pt_instance *));
	if (!instances)
		return -PT_ENOMEM;
	p->instances = instances;
	inst->number = p->instances_nr++;
	p->instances[inst->number] = inst;
	return 0;
}

struct pt_instance *pt_instance_find(struct pt_pools *p, uint64_t addr)
{
	struct pt_instance *inst = p->last;

	if (inst && inst->addr == addr)
		return inst;
	HASH_FIND(hh, p->by_addr, &addr, sizeof(addr), inst);
	if (inst)
		p->last = inst;
	return inst;
}

struct pt_instance *pt_instance_begin(struct pt_pools *p, uint64_t addr, const char *name, uint64_t bytes)
{
	struct pt_instance *inst = calloc(1, sizeof(*inst));
	struct pt_pool_private *pool;
	char address[24];

	snprintf(address, sizeof(address), "0x%" PRIx64, addr);
	pool = pool_named(p, name ? name : address);
	if (!inst || !pool || take_number(p, inst)) {
		free(inst);
		return NULL;
	}
	inst->addr = addr;
	inst->pool = pool->number;
	inst->serial = ++p->serials;
	inst->object_bytes = bytes < PT_POOL_BYTES_MAX ? bytes : PT_POOL_BYTES_MAX;
	HASH_ADD(hh, p->by_addr, addr, sizeof(addr), inst);
	p->last = inst;
	pool->pub.instances_nr++;
	if (take_slot(p, pool, inst))
		return NULL;
	if (!name)
		return inst;
	if (!pool->creates_nr++) {
		pool->pub.object_bytes = inst->object_bytes;
		pool->pub.one_size = inst->object_bytes > 0;
	} else if (inst->object_bytes != pool->pub.object_bytes) {
		pool->pub.object_bytes = 0;
		pool->pub.one_size = false;
	}
	return inst;
}

void pt_instance_end(struct pt_pools *p, struct pt_instance *inst)
{
	struct pt_pool_private *pool = p->pools[inst->pool];

	pool->slots_used[inst->slot / 64] &= ~(1ull << inst->slot % 64);
	if (inst->slot < pool->slot_hint)
		pool->slot_hint = inst->slot;
	p->instances[inst->number] = NULL;
	p->free_instances[p->free_instances_nr++] = inst->number;
	p->last = NULL;
	HASH_DEL(p->by_addr, inst);
	free(inst);
}

/* The place that an event names, a new one if need be. */
static int place_of(struct pt_pools *p, const struct pt_instance *inst, const struct pt_event *ev, bool make,
		    uint32_t *out)
{
	bool of_thread = ev->shard == PT_SHARD_THREAD;
	struct pt_pairs *pairs = of_thread ? &p->by_thread : &p->by_number;
	uint32_t key = of_thread ? ev->thread : (uint32_t)ev->shard;
	uint32_t slot_id = inst->slot_id;
	struct pt_place *places;
	bool others = false;

	*out = pt_pairs_get(pairs, slot_id, key);
	if (*out != PT_PAIR_NONE || !make)
		return 0;
	if (p->places_nr >= p->bounds.shards) {
		p->shards_left_out++;
		others = true;
		pairs = &p->by_number;
		slot_id = p->pools[inst->pool]->slot_ids[0];
		key = SHARD_OTHERS;
		*out = pt_pairs_get(pairs, slot_id, key);
		if (*out != PT_PAIR_NONE)
			return 0;
	}
	places = pt_pools_room(p->places, &p->places_max, p->places_nr, sizeof(*places));
	if (!places)
		return -PT_ENOMEM;
	p->places = places;
	places[p->places_nr].shard = PT_PAIR_NONE;
	places[p->places_nr].others = others;
	if (pt_pairs_put(pairs, slot_id, key, p->places_nr))
		return -PT_ENOMEM;
	*out = p->places_nr++;
	return 0;
}

static int new_shard(struct pt_pool_private *pool, const struct pt_instance *inst, const struct pt_event *ev,
		     struct pt_place *place)
{
	uint32_t max = pool->shards_max, nr = pool->pub.shards_nr;
	struct pt_shard_state *states = pt_pools_room(pool->shards, &max, nr, sizeof(*states));
	struct pt_pool_shard_name *names, *name;

	if (!states)
		return -PT_ENOMEM;
	pool->shards = states;
	names = pt_pools_room(pool->pub.shards, &pool->shards_max, nr, sizeof(*names));
	if (!names)
		return -PT_ENOMEM;
	pool->pub.shards = names;
	name = &names[nr];
	name->slot = inst->slot;
	name->number = (uint32_t)ev->shard;
	name->thread = ev->shard == PT_SHARD_THREAD ? ev->thread : UINT32_MAX;
	if (place->others) {
		name->slot = 0;
		name->number = SHARD_OTHERS;
		name->thread = UINT32_MAX;
		memcpy(name->name, PT_POOL_OTHERS, sizeof(PT_POOL_OTHERS));
	} else if (place->name) {
		strcpy(name->name, place->name);
	}
	place->shard = pool->pub.shards_nr++;
	return 0;
}

int pt_pool_shard(struct pt_pools *p, struct pt_instance *inst, const struct pt_event *ev, bool make,
		  uint32_t *shard)
{
	uint32_t place;
	int r = place_of(p, inst, ev, make, &place);

	*shard = PT_PAIR_NONE;
	if (r || place == PT_PAIR_NONE)
		return r;
	if (make && p->places[place].shard == PT_PAIR_NONE)
		r = new_shard(p->pools[inst->pool], inst, ev, &p->places[place]);
	*shard = p->places[place].shard;
	return r;
}

int pt_pool_shard_name(struct pt_pools *p, struct pt_instance *inst, const struct pt_event *ev)
{
	struct pt_pool *pool = &p->pools[inst->pool]->pub;
	struct pt_place *place;
	uint32_t number;
	char *name;

	if (place_of(p, inst, ev, true, &number))
		return -PT_ENOMEM;
	name = strndup(ev->text ? ev->text : "", sizeof(pool->shards->name) - 1);
	if (!name)
		return -PT_ENOMEM;
	place = &p->places[number];
	if (place->others) {
		free(name);
		return 0;
	}
	free(place->name);
	place->name = name;
	if (place->shard != PT_PAIR_NONE)
		strcpy(pool->shards[place->shard].name, name);
	return 0;
}

/* The row of `key` in one of the pool's arrays, a new one if need be; the first one when there are too many. */
static int row_of(struct pt_pools *p, struct pt_pairs *rows, const struct pt_pool_private *pool, uint32_t key,
		  uint32_t **keys, uint32_t *nr, uint32_t *max, uint32_t *row)
{
	uint32_t *grown;

	*row = pt_pairs_get(rows, pool->number, key);
	if (__builtin_expect(*row != PT_PAIR_NONE, 1))
		return 0;
	if (rows->nr >= p->bounds.pool_rows && *nr) {
		p->rows_left_out++;
		*row = 0;
		return 0;
	}
	grown = pt_pools_room(*keys, max, *nr, sizeof(*grown));
	if (!grown)
		return -PT_ENOMEM;
	*keys = grown;
	if (pt_pairs_put(rows, pool->number, key, *nr))
		return -PT_ENOMEM;
	grown[*nr] = key;
	*row = (*nr)++;
	return 0;
}

int pt_caller_of(struct pt_pools *p, struct pt_pool_private *pool, const struct pt_event *ev)
{
	struct pt_caller *who = &p->caller;
	uint32_t number = ev->cpu < PT_CPU_MAX ? ev->cpu : PT_CPU_MAX;
	bool *called = pt_pools_room(pool->called, &pool->called_max, pool->pub.threads_nr, sizeof(*called));
	int r;

	if (!called)
		return -PT_ENOMEM;
	pool->called = called;
	*who = (struct pt_caller){ .thread = ev->thread };
	who->cpu = pt_dense_get(&p->cpus, number);
	if (who->cpu == PT_DENSE_NONE)
		return -PT_ENOMEM;
	r = row_of(p, &p->thread_rows, pool, who->thread, &pool->pub.threads, &pool->pub.threads_nr,
		   &pool->threads_max, &who->thread_row);
	return r ? r
		 : row_of(p, &p->cpu_rows, pool, number, &pool->pub.cpus, &pool->pub.cpus_nr, &pool->cpus_max,
			  &who->cpu_row);
}

int pt_caller_site(struct pt_pools *p, struct pt_pool_private *pool, const struct pt_event *ev)
{
	struct pt_caller *who = &p->caller;

	who->site = pt_dense_get(&p->sites, ev->stack);
	if (who->site == PT_DENSE_NONE)
		return -PT_ENOMEM;
	return row_of(p, &p->site_rows, pool, who->site, &pool->pub.sites, &pool->pub.sites_nr, &pool->sites_max,
		      &who->site_row);
}

void pt_caller_called(struct pt_pools *p, struct pt_pool_private *pool)
{
	pool->pub.callers_nr += !pool->called[p->caller.thread_row];
	pool->called[p->caller.thread_row] = true;
}

void pt_pool_names_fini(struct pt_pools *p)
{
	HASH_CLEAR(hh, p->by_addr);
	HASH_CLEAR(hh, p->by_name);
	for (uint32_t i = 0; i < p->instances_nr; i++)
		free(p->instances[i]);
	for (uint32_t i = 0; i < p->pools_nr; i++) {
		struct pt_pool_private *pool = p->pools[i];

		free(pool->pub.shards);
		free(pool->pub.threads);
		free(pool->pub.cpus);
		free(pool->pub.sites);
		free(pool->shards);
		free(pool->called);
		free(pool->slot_ids);
		free(pool->slots_used);
		free(pool);
	}
	for (uint32_t i = 0; i < p->places_nr; i++)
		free(p->places[i].name);
	free(p->pools);
	free(p->instances);
	free(p->free_instances);
	free(p->places);
	pt_pairs_fini(&p->by_number);
	pt_pairs_fini(&p->by_thread);
	pt_pairs_fini(&p->thread_rows);
	pt_pairs_fini(&p->cpu_rows);
	pt_pairs_fini(&p->site_rows);
	pt_dense_fini(&p->cpus);
	pt_dense_fini(&p->sites);
}
