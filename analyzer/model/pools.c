// SPDX-License-Identifier: MIT
/*
 * pools.c - the model of annotated pools: its life, its end, and what may be asked of it.
 */
#include "pools_parts.h"

#include <stdlib.h>

struct pt_pools *pt_pools_open(pt_pool_change_fn *sink, void *arg)
{
	struct pt_pools *p = calloc(1, sizeof(*p));

	if (p) {
		p->sink = sink;
		p->sink_arg = arg;
		p->bounds = (struct pt_bounds)PT_BOUNDS_NONE;
	}
	return p;
}

void pt_pools_bound(struct pt_pools *p, const struct pt_bounds *bounds)
{
	p->bounds = *bounds;
	p->sites.limit = bounds->sites;
}

uint64_t pt_pools_left_out(const struct pt_pools *p)
{
	return p->rows_left_out + p->shards_left_out + p->sites.left_out;
}

void pt_pools_close(struct pt_pools *p)
{
	if (!p)
		return;
	pt_pool_names_fini(p);
	pt_pool_objects_fini(&p->objects);
	free(p->misses);
	free(p->scratch);
	free(p);
}

bool pt_pools_any(const struct pt_pools *p)
{
	return p->pools_nr > 0;
}

uint64_t pt_pools_now(const struct pt_pools *p)
{
	return p->now_ns;
}

void pt_pools_prefetch(const struct pt_pools *p, const struct pt_event *ev, int stage)
{
	const struct pt_pool_objects *t = &p->objects;
	const struct pt_pool_object *o;
	size_t home;

	if (!t->slots_nr || !p->last || p->last->addr != ev->pool)
		return; /* mostly it is the pool of the last event */
	home = pt_pool_objects_home(t, p->last->number, ev->addr);
	if (!stage) {
		__builtin_prefetch(&t->by_key[home]);
		return;
	}
	if (!t->by_key[home])
		return;
	o = &t->all[t->by_key[home] - 1];
	if (stage == 1) {
		__builtin_prefetch(o, 1);
		return;
	}
	if (o->next)
		__builtin_prefetch(&t->all[o->next - 1], 1);
	if (o->prev)
		__builtin_prefetch(&t->all[o->prev - 1], 1);
}

void pt_pools_gap(struct pt_pools *p, uint64_t now_ns)
{
	p->gap_ns = now_ns;
}

uint64_t pt_pools_mark(struct pt_pools *p, uint64_t now_ns)
{
	if (now_ns > p->now_ns)
		p->now_ns = now_ns;
	return p->now_ns;
}

int pt_pools_finish(struct pt_pools *p, uint64_t end_ns)
{
	int r = 0;

	if (end_ns > p->now_ns)
		p->now_ns = end_ns;
	for (uint32_t i = 0; i < p->objects.nr && !r; i++) {
		const struct pt_pool_object *o = &p->objects.all[i];
		struct pt_pool_change c;

		if (o->state == PT_OBJECT_FREE)
			continue;
		pt_pool_change_of(p, o, o->state == PT_OBJECT_IDLE ? PT_POOL_END_IDLE : PT_POOL_END_USED, &c);
		c.thread = c.old_thread;
		c.cpu = c.old_cpu;
		c.site = c.old_site;
		c.thread_row = c.old_thread_row;
		c.cpu_row = c.old_cpu_row;
		c.site_row = c.old_site_row;
		r = p->sink(p->sink_arg, &c);
	}
	return r;
}

uint32_t pt_pools_nr(const struct pt_pools *p)
{
	return p->pools_nr;
}

const struct pt_pool *pt_pools_get(const struct pt_pools *p, uint32_t pool)
{
	return &p->pools[pool]->pub;
}

uint32_t pt_pools_sites_nr(const struct pt_pools *p)
{
	return p->sites.nr;
}

uint32_t pt_pools_stack(const struct pt_pools *p, uint32_t site)
{
	return p->sites.keys[site];
}

uint32_t pt_pools_cpus_nr(const struct pt_pools *p)
{
	return p->cpus.nr;
}

uint32_t pt_pools_cpu(const struct pt_pools *p, uint16_t cpu)
{
	return p->cpus.keys[cpu];
}

void pt_pools_idle(const struct pt_pools *p, void (*each)(void *arg, uint64_t addr, uint64_t bytes), void *arg)
{
	for (uint32_t i = 0; i < p->objects.nr; i++) {
		if (p->objects.all[i].state == PT_OBJECT_IDLE)
			each(arg, p->objects.all[i].addr, p->objects.all[i].bytes);
	}
}

static void tell_known(const struct pt_pools *p, const struct pt_pool_object *o, struct pt_pool_known *out)
{
	const struct pt_instance *inst = pt_instance_of(p, o);
	const struct pt_pool *pool = &p->pools[inst->pool]->pub;

	out->addr = o->addr;
	out->bytes = o->bytes;
	out->since_ns = o->since_ns;
	out->pool = inst->pool;
	out->shard = pool->shards[o->shard].number;
	out->stack = p->sites.keys[pool->sites[o->site_row]];
	out->idle = o->state == PT_OBJECT_IDLE;
}

int pt_pools_each(const struct pt_pools *p, int (*each)(void *arg, const struct pt_pool_known *o), void *arg)
{
	const struct pt_pool_objects *t = &p->objects;
	struct pt_pool_known known;
	int r = 0;

	for (uint32_t i = 0; i < t->nr; i++) {
		if (t->all[i].state == PT_OBJECT_FREE || t->all[i].same_prev || t->all[i].addr >> 63)
			continue;
		for (uint32_t o = i + 1; o && !r; o = t->all[o - 1].same_next) {
			tell_known(p, &t->all[o - 1], &known);
			r = each(arg, &known);
		}
		if (r)
			return r;
	}
	return 0;
}

uint64_t pt_pools_idle_bytes(const struct pt_pools *p)
{
	return p->idle_bytes;
}
