// SPDX-License-Identifier: MIT
/*
 * pool_leave.c - how objects end: dropped one by one, purged, destroyed with their pool, or because
 * malloc has given their memory to somebody else.
 */
#include "pools_parts.h"

#include <stdlib.h>

/* No user address has the highest bit. Here an object waits whose realloc has given its memory back and
 * not yet returned; the thread tells it from others that waited for the same address. */
#define HIDDEN(addr, thread) (1ull << 63 | ((addr) ^ (uint64_t)((thread) & 0xffff) << 47))

void pt_pool_change_of(const struct pt_pools *p, const struct pt_pool_object *o, enum pt_pool_change_kind kind,
		       struct pt_pool_change *c)
{
	uint32_t number = p->instances[o->instance]->pool;
	const struct pt_pool *pool = &p->pools[number]->pub;
	const struct pt_caller *who = &p->caller;

	c->kind = (uint8_t)kind;
	c->pad = 0;
	c->flags = pool->one_size ? PT_POOL_ONE_SIZE : 0;
	c->pool = number;
	c->shard = c->old_shard = o->shard;
	c->cpu = (uint16_t)who->cpu;
	c->thread = who->thread;
	c->site = who->site;
	c->thread_row = who->thread_row;
	c->cpu_row = who->cpu_row;
	c->site_row = who->site_row;
	c->old_cpu_row = o->cpu_row;
	c->old_thread_row = o->thread_row;
	c->old_site_row = o->site_row;
	c->old_cpu = (uint16_t)(p->cpus.numbers[pool->cpus[o->cpu_row]] - 1);
	c->old_thread = pool->threads[o->thread_row];
	c->old_site = pool->sites[o->site_row];
	c->time_ns = p->now_ns;
	c->since_ns = o->since_ns;
	c->addr = o->addr;
	c->bytes = c->old_bytes = o->bytes;
	c->created_bytes = o->created_bytes;
}

static void fill_shard(struct pt_pools *p, struct pt_instance *inst, uint32_t shard)
{
	struct pt_shard_state *all = p->pools[inst->pool]->shards;

	all[shard].filled_prev = 0;
	all[shard].filled_next = inst->filled;
	if (inst->filled)
		all[inst->filled - 1].filled_prev = shard + 1;
	inst->filled = shard + 1;
}

static void unfill_shard(struct pt_pools *p, struct pt_instance *inst, uint32_t shard)
{
	struct pt_shard_state *all = p->pools[inst->pool]->shards;

	if (all[shard].filled_next)
		all[all[shard].filled_next - 1].filled_prev = all[shard].filled_prev;
	if (all[shard].filled_prev)
		all[all[shard].filled_prev - 1].filled_next = all[shard].filled_next;
	else
		inst->filled = all[shard].filled_next;
}

void pt_pool_link(struct pt_pools *p, struct pt_pool_object *o)
{
	struct pt_instance *inst = pt_instance_of(p, o);
	struct pt_pool_list *idle = &p->pools[inst->pool]->shards[o->shard].idle;

	if (o->state == PT_OBJECT_IN_USE) {
		pt_pool_list_add(&p->objects, &inst->in_use, o);
		return;
	}
	if (!idle->first)
		fill_shard(p, inst, o->shard);
	pt_pool_list_add(&p->objects, idle, o);
	p->idle_bytes += o->bytes;
}

void pt_pool_unlink(struct pt_pools *p, struct pt_pool_object *o)
{
	struct pt_instance *inst = pt_instance_of(p, o);
	struct pt_pool_list *idle = &p->pools[inst->pool]->shards[o->shard].idle;

	if (o->state == PT_OBJECT_IN_USE) {
		pt_pool_list_del(&p->objects, &inst->in_use, o);
		return;
	}
	pt_pool_list_del(&p->objects, idle, o);
	if (!idle->first)
		unfill_shard(p, inst, o->shard);
	p->idle_bytes -= o->bytes;
}

int pt_pool_leave(struct pt_pools *p, struct pt_pool_object *o, uint16_t flags)
{
	struct pt_pool_change c;

	pt_pool_change_of(p, o, o->state == PT_OBJECT_IDLE ? PT_POOL_LEFT_IDLE : PT_POOL_LEFT_USED, &c);
	c.flags |= flags;
	if (flags & (PT_POOL_VANISHED | PT_POOL_DESTROYED)) {
		c.site = c.old_site;
		c.site_row = c.old_site_row;
	}
	pt_pool_unlink(p, o);
	pt_pool_object_end(&p->objects, o);
	return p->sink(p->sink_arg, &c);
}

static int leave_all(struct pt_pools *p, const struct pt_pool_list *l, uint16_t flags)
{
	int r = 0;

	while (l->first && !r)
		r = pt_pool_leave(p, &p->objects.all[l->first - 1], flags);
	return r;
}

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

int pt_pool_purge(struct pt_pools *p, struct pt_instance *inst, uint32_t shard, uint16_t flags)
{
	const struct pt_pool_private *pool = p->pools[inst->pool];
	uint32_t nr = 0;
	int r = 0;

	if (shard != PT_SHARD_ALL)
		return leave_all(p, &pool->shards[shard].idle, flags);
	for (uint32_t i = inst->filled; i; i = pool->shards[i - 1].filled_next) {
		uint32_t *scratch = pt_pools_room(p->scratch, &p->scratch_max, nr, sizeof(*scratch));

		if (!scratch)
			return -PT_ENOMEM;
		p->scratch = scratch;
		scratch[nr++] = i - 1;
	}
	if (nr)
		qsort(p->scratch, nr, sizeof(*p->scratch), by_number);
	for (uint32_t i = 0; i < nr && !r; i++)
		r = leave_all(p, &pool->shards[p->scratch[i]].idle, flags);
	return r;
}

int pt_pool_destroy(struct pt_pools *p, struct pt_instance *inst)
{
	int r = leave_all(p, &inst->in_use, PT_POOL_DESTROYED);

	if (!r)
		r = pt_pool_purge(p, inst, PT_SHARD_ALL, PT_POOL_DESTROYED);
	if (!r)
		pt_instance_end(p, inst);
	return r;
}

/* Everything at `from` is at `to` now; what was known there has vanished. */
static int carry(struct pt_pools *p, const struct pt_event *ev, uint64_t from, uint64_t to)
{
	struct pt_pool_object *o, *there;
	int r = 0;

	while (!r && from != to && (o = pt_pool_objects_at(&p->objects, from))) {
		there = pt_pool_objects_find(&p->objects, o->instance, to);
		if (there) {
			r = pt_caller_of(p, p->pools[pt_instance_of(p, o)->pool], ev);
			if (!r)
				r = pt_pool_leave(p, there, PT_POOL_VANISHED);
		}
		o->moved = true;
		pt_pool_object_move(&p->objects, o, to);
	}
	return r;
}

static int vanish(struct pt_pools *p, const struct pt_event *ev, uint64_t addr, uint64_t before_ns)
{
	struct pt_pool_object *o = pt_pool_objects_at(&p->objects, addr);
	int r = 0;

	while (!r && o) {
		uint32_t next = o->same_next;

		if (o->since_ns < before_ns)
			r = pt_caller_of(p, p->pools[pt_instance_of(p, o)->pool], ev);
		if (!r && o->since_ns < before_ns)
			r = pt_pool_leave(p, o, PT_POOL_VANISHED);
		o = next ? &p->objects.all[next - 1] : NULL;
	}
	return r;
}

/* What there is at `addr` ends, or goes where the realloc goes. */
static int freed(struct pt_pools *p, const struct pt_event *ev, uint64_t addr, uint64_t before_ns)
{
	if (!p->objects.alive_nr)
		return 0;
	if (ev->time_ns > p->now_ns)
		p->now_ns = ev->time_ns;
	return ev->kind == PT_EV_REALLOC_END ? carry(p, ev, addr, ev->addr) : vanish(p, ev, addr, before_ns);
}

int pt_pools_freed(struct pt_pools *p, const struct pt_event *ev, uint64_t addr, uint64_t before_ns)
{
	return freed(p, ev, addr, before_ns);
}

int pt_pools_taken(struct pt_pools *p, const struct pt_event *ev, uint64_t addr, uint32_t thread)
{
	return p->objects.alive_nr ? carry(p, ev, addr, HIDDEN(addr, thread)) : 0;
}

int pt_pools_returned(struct pt_pools *p, const struct pt_event *ev)
{
	return freed(p, ev, HIDDEN(ev->old_addr, ev->thread), UINT64_MAX);
}
