// SPDX-License-Identifier: MIT
/*
 * brute_model_instances.c - which pool, instance and shard an event is of, in the most obvious way.
 */
#include <stdio.h>
#include <string.h>

#include "../../format/layout.h"
#include "brute_model_parts.h"

uint32_t bm_instance_at(const struct bm *b, uint64_t addr)
{
	for (uint32_t i = 0; i < b->instances_nr; i++)
		if (b->instances[i].alive && b->instances[i].addr == addr)
			return i;
	return UINT32_MAX;
}

void bm_destroy(struct bm *b, uint32_t instance)
{
	b->instances[instance].alive = false;
	for (size_t i = 0; i < BM_OBJECTS; i++)
		if (b->objects[i].instance == instance)
			b->objects[i].state = 0;
}

uint32_t bm_begin(struct bm *b, const struct pt_event *ev)
{
	char name[64];
	uint32_t pool, slot = 0;
	struct bm_pool *p;

	if (ev->kind == PT_EV_POOL_CREATE)
		snprintf(name, sizeof(name), "%s", ev->text);
	else
		snprintf(name, sizeof(name), "0x%lx", (unsigned long)ev->pool);
	for (pool = 0; pool < b->pools_nr && strcmp(b->pools[pool].name, name); pool++)
		;
	p = &b->pools[pool];
	if (pool == b->pools_nr) {
		b->pools_nr++;
		strcpy(p->name, name);
	}
	for (uint32_t i = 0; i < b->instances_nr; i++)
		if (b->instances[i].alive && b->instances[i].pool == pool && b->instances[i].slot == slot) {
			slot++;
			i = UINT32_MAX; /* look again from the start */
		}
	p->instances_nr++;
	if (slot >= p->slots_nr)
		p->slots_nr = slot + 1;
	b->instances[b->instances_nr] = (struct bm_instance){
		true, pool, slot, ev->pool, ev->kind == PT_EV_POOL_CREATE ? ev->size_bytes : 0
	};
	if (ev->kind == PT_EV_POOL_CREATE && !p->creates_nr++) {
		p->size = ev->size_bytes;
		p->one_size = ev->size_bytes;
	} else if (ev->kind == PT_EV_POOL_CREATE && p->size != ev->size_bytes) {
		p->one_size = false;
	}
	return b->instances_nr++;
}

uint32_t bm_shard_of(struct bm *b, uint32_t instance, const struct pt_event *ev, bool make)
{
	struct bm_instance *in = &b->instances[instance];
	struct bm_pool *p = &b->pools[in->pool];
	uint32_t thread = ev->shard == PT_SHARD_THREAD ? ev->thread : UINT32_MAX;

	for (uint32_t i = 0; i < p->shards_nr; i++)
		if (p->slot[i] == in->slot && p->number[i] == ev->shard && p->thread[i] == thread)
			return i;
	if (!make)
		return UINT32_MAX;
	p->slot[p->shards_nr] = in->slot;
	p->number[p->shards_nr] = (uint32_t)ev->shard;
	p->thread[p->shards_nr] = thread;
	return p->shards_nr++;
}
