// SPDX-License-Identifier: MIT
/*
 * pool_events.c - what each event of a pool does to the object it names.
 *
 * Every event is answered with a change, a count or nothing: what a program tells of its pools may
 * be wrong, and a trace may lack the beginning, so nothing here is an error but memory.
 */
#include "pools_parts.h"

/* All that an event is about. */
struct at {
	const struct pt_event *ev;
	struct pt_instance *inst;
	struct pt_pool_private *pool;
	uint32_t shard;
	struct pt_pool_object *object; /* NULL = not known */
};

/* Bytes that the event says; 0 stands for what the pool says, and then for what they are. */
static uint64_t bytes_said(const struct at *at)
{
	uint64_t bytes = at->ev->size_bytes;

	if (at->ev->kind == PT_EV_POOL_PUT || !bytes)
		bytes = at->inst->object_bytes;
	if (!bytes && at->object)
		bytes = at->object->bytes;
	return bytes < PT_POOL_BYTES_MAX ? bytes : PT_POOL_BYTES_MAX;
}

/* The object is the caller's from now on, in the list of its state. */
static void own(struct pt_pools *p, const struct at *at, uint8_t state)
{
	struct pt_pool_object *o = at->object;

	o->state = state;
	o->moved = false;
	o->shard = at->shard;
	o->since_ns = p->now_ns;
	o->cpu_row = p->caller.cpu_row;
	o->thread_row = p->caller.thread_row;
	o->site_row = p->caller.site_row;
	pt_pool_link(p, o);
	pt_pool_object_changed(&p->objects, o);
}

static int make(struct pt_pools *p, struct at *at, uint8_t state)
{
	uint64_t bytes = bytes_said(at);

	at->object = pt_pool_object_make(&p->objects, at->inst->number, at->ev->addr);
	if (!at->object)
		return -PT_ENOMEM;
	at->object->bytes = at->object->created_bytes = bytes;
	own(p, at, state);
	return 0;
}

/* Whether the thread's last event of any pool was the miss that this get ends. */
static bool was_told(const struct pt_pools *p, const struct at *at)
{
	const struct pt_last_miss *miss = &p->misses[at->ev->thread];

	return miss->instance == at->inst->serial && miss->shard == at->shard;
}

/* What is known of the object is from before a gap, and does not fit: it is another one by now. */
static int forget_old(struct pt_pools *p, struct at *at, uint8_t state)
{
	struct pt_pool_object *o = at->object;

	if (!p->gap_ns || !o || o->state != state || o->since_ns > p->gap_ns)
		return 0;
	at->object = NULL;
	return pt_pool_leave(p, o, PT_POOL_VANISHED);
}

static int get(struct pt_pools *p, struct at *at)
{
	int r = forget_old(p, at, PT_OBJECT_IN_USE);
	struct pt_pool_object *o = at->object;
	struct pt_pool_change c;

	if (r)
		return r;
	if (!o) {
		r = make(p, at, PT_OBJECT_IN_USE);
		if (r)
			return r;
		pt_pool_change_of(p, at->object, PT_POOL_MISS, &c);
		if (c.flags & PT_POOL_ONE_SIZE && was_told(p, at))
			c.flags |= PT_POOL_MISS_TOLD;
		return p->sink(p->sink_arg, &c);
	}
	pt_pool_change_of(p, o, o->state == PT_OBJECT_IDLE ? PT_POOL_HIT : PT_POOL_REGOT, &c);
	c.shard = at->shard;
	pt_pool_unlink(p, o);
	if (c.kind == PT_POOL_HIT) {
		c.flags |= c.shard != c.old_shard ? PT_POOL_STEAL : 0;
		o->bytes = c.bytes = bytes_said(at);
	}
	own(p, at, PT_OBJECT_IN_USE);
	return p->sink(p->sink_arg, &c);
}

/* A put of what the instance does not know: who else does? */
static int foreign(struct pt_pools *p, struct at *at)
{
	const struct pt_pool_object *other = pt_pool_objects_at(&p->objects, at->ev->addr);
	struct pt_pool_change c, known;
	int r;

	if (other)
		pt_pool_change_of(p, other, PT_POOL_HIT, &known);
	r = make(p, at, PT_OBJECT_IDLE);
	if (r)
		return r;
	pt_pool_change_of(p, at->object, PT_POOL_STOCKED, &c);
	c.flags |= p->gap_ns ? PT_POOL_UNSEEN : PT_POOL_FOREIGN;
	if (p->gap_ns)
		return p->sink(p->sink_arg, &c);
	if (other) {
		c.flags |= PT_POOL_OTHER;
		c.old_thread = known.old_thread;
		c.old_cpu = known.old_cpu;
		c.old_site = known.old_site;
		c.since_ns = known.since_ns;
	}
	return p->sink(p->sink_arg, &c);
}

static int put(struct pt_pools *p, struct at *at)
{
	int r = forget_old(p, at, PT_OBJECT_IDLE);
	struct pt_pool_object *o = at->object;
	struct pt_pool_change c;

	if (r)
		return r;
	if (!o)
		return foreign(p, at);
	if (o->state == PT_OBJECT_IDLE) {
		pt_pool_change_of(p, o, PT_POOL_REPUT, &c);
		c.shard = at->shard;
		return p->sink(p->sink_arg, &c);
	}
	pt_pool_change_of(p, o, PT_POOL_PUT, &c);
	c.shard = at->shard;
	pt_pool_unlink(p, o);
	own(p, at, PT_OBJECT_IDLE);
	return p->sink(p->sink_arg, &c);
}

static int stock(struct pt_pools *p, struct at *at)
{
	struct pt_pool_change c;
	int r = at->object ? pt_pool_leave(p, at->object, PT_POOL_VANISHED) : 0;

	at->object = NULL;
	if (!r)
		r = make(p, at, PT_OBJECT_IDLE);
	if (r)
		return r;
	pt_pool_change_of(p, at->object, PT_POOL_STOCKED, &c);
	return p->sink(p->sink_arg, &c);
}

static int empty(struct pt_pools *p, const struct at *at)
{
	const struct pt_caller *who = &p->caller;
	struct pt_pool_change c = { .kind = PT_POOL_EMPTY };

	c.flags = at->pool->pub.one_size ? PT_POOL_ONE_SIZE : 0;
	c.pool = at->inst->pool;
	c.shard = c.old_shard = at->shard;
	c.cpu = c.old_cpu = (uint16_t)who->cpu;
	c.thread = c.old_thread = who->thread;
	c.cpu_row = c.old_cpu_row = who->cpu_row;
	c.thread_row = c.old_thread_row = who->thread_row;
	c.time_ns = c.since_ns = p->now_ns;
	return p->sink(p->sink_arg, &c);
}

static int move(struct pt_pools *p, const struct at *at)
{
	struct pt_pool_object *o = at->object;
	struct pt_pool_change c;

	if (!o || o->state != PT_OBJECT_IDLE) {
		at->pool->pub.stray_moves += !p->gap_ns;
		return 0;
	}
	if (o->shard == at->shard)
		return 0;
	pt_pool_change_of(p, o, PT_POOL_MOVED, &c);
	c.shard = at->shard;
	c.site = c.old_site;
	c.site_row = c.old_site_row;
	pt_pool_unlink(p, o);
	o->shard = at->shard;
	pt_pool_link(p, o);
	return p->sink(p->sink_arg, &c);
}

static int resize(struct pt_pools *p, struct at *at)
{
	uint64_t new_addr = at->ev->new_addr ? at->ev->new_addr : at->ev->addr;
	struct pt_pool_object *there = NULL;
	struct pt_pool_change c;
	int r = 0;

	if (new_addr != at->ev->addr)
		there = pt_pool_objects_find(&p->objects, at->inst->number, new_addr);
	if (there && (there->moved || !at->object)) {
		at->object = there; /* its realloc has taken it there already */
		there = NULL;
	}
	if (!at->object) {
		at->pool->pub.stray_resizes += !p->gap_ns;
		return 0;
	}
	if (there)
		r = pt_pool_leave(p, there, PT_POOL_VANISHED);
	if (r)
		return r;
	pt_pool_change_of(p, at->object, PT_POOL_RESIZED, &c);
	c.bytes = bytes_said(at);
	c.addr = new_addr;
	c.site = c.old_site;
	c.site_row = c.old_site_row;
	if (at->object->state == PT_OBJECT_IDLE) {
		c.flags |= PT_POOL_IDLE;
		p->idle_bytes += c.bytes - c.old_bytes;
	}
	at->object->bytes = c.bytes;
	at->object->moved = false;
	if (at->object->addr != new_addr)
		pt_pool_object_move(&p->objects, at->object, new_addr);
	return p->sink(p->sink_arg, &c);
}

static int drop(struct pt_pools *p, const struct at *at)
{
	if (at->object)
		return pt_pool_leave(p, at->object, 0);
	at->pool->pub.stray_drops += !p->gap_ns;
	return 0;
}

static int purge(struct pt_pools *p, struct at *at)
{
	int r = 0;

	if (at->ev->shard == PT_SHARD_ALL)
		at->shard = PT_SHARD_ALL;
	else
		r = pt_pool_shard(p, at->inst, at->ev, false, &at->shard);
	if (r || at->shard == PT_PAIR_NONE)
		return r;
	return pt_pool_purge(p, at->inst, at->shard, PT_POOL_BY_PURGE);
}

/* The instance, the pool, and who calls. */
static int find(struct pt_pools *p, struct at *at)
{
	const struct pt_event *ev = at->ev;
	int r = 0;

	at->inst = pt_instance_find(p, ev->pool);
	if (at->inst && ev->kind == PT_EV_POOL_CREATE) {
		r = pt_caller_of(p, p->pools[at->inst->pool], ev);
		if (!r)
			r = pt_pool_destroy(p, at->inst);
		at->inst = NULL;
	}
	if (r || (!at->inst && ev->kind == PT_EV_POOL_DESTROY))
		return r;
	if (!at->inst && ev->kind == PT_EV_POOL_CREATE)
		at->inst = pt_instance_begin(p, ev->pool, ev->text ? ev->text : "", ev->size_bytes);
	else if (!at->inst)
		at->inst = pt_instance_begin(p, ev->pool, NULL, 0);
	if (!at->inst)
		return -PT_ENOMEM;
	at->pool = p->pools[at->inst->pool];
	r = pt_caller_of(p, at->pool, ev);
	if (!r)
		pt_caller_called(p, at->pool);
	return r;
}

/* Get, put, stock: the ones with shard, object and stack; and what has a part of that. */
static int locate(struct pt_pools *p, struct at *at)
{
	uint8_t kind = at->ev->kind;
	int r = 0;

	if (kind == PT_EV_POOL_GET || kind == PT_EV_POOL_PUT || kind == PT_EV_POOL_STOCK ||
	    kind == PT_EV_POOL_MISS || kind == PT_EV_POOL_MOVE)
		r = pt_pool_shard(p, at->inst, at->ev, true, &at->shard);
	if (!r && kind != PT_EV_POOL_MISS && kind != PT_EV_POOL_MOVE && kind != PT_EV_POOL_RESIZE &&
	    kind != PT_EV_POOL_CREATE && kind != PT_EV_POOL_DESTROY && kind != PT_EV_SHARD_NAME)
		r = pt_caller_site(p, at->pool, at->ev);
	at->object = pt_pool_objects_find(&p->objects, at->inst->number, at->ev->addr);
	return r;
}

static int dispatch(struct pt_pools *p, struct at *at)
{
	switch (at->ev->kind) {
	case PT_EV_POOL_GET:
		return get(p, at);
	case PT_EV_POOL_PUT:
		return put(p, at);
	case PT_EV_POOL_MISS:
		return empty(p, at);
	case PT_EV_POOL_STOCK:
		return stock(p, at);
	case PT_EV_POOL_DROP:
		return drop(p, at);
	case PT_EV_POOL_PURGE:
		return purge(p, at);
	case PT_EV_POOL_MOVE:
		return move(p, at);
	case PT_EV_POOL_RESIZE:
		return resize(p, at);
	case PT_EV_POOL_DESTROY:
		return pt_pool_destroy(p, at->inst);
	case PT_EV_SHARD_NAME:
		return pt_pool_shard_name(p, at->inst, at->ev);
	default:
		return 0;
	}
}

int pt_pools_apply(struct pt_pools *p, const struct pt_event *ev)
{
	struct at at = { .ev = ev };
	struct pt_last_miss *misses = pt_pools_room(p->misses, &p->misses_max, ev->thread, sizeof(*misses));
	struct pt_last_miss last = { 0 };
	int r;

	if (!misses)
		return -PT_ENOMEM;
	p->misses = misses;
	if (ev->time_ns > p->now_ns)
		p->now_ns = ev->time_ns;
	r = find(p, &at);
	if (!r && at.inst)
		r = locate(p, &at);
	if (r || !at.inst)
		return r;
	if (ev->kind == PT_EV_POOL_MISS)
		last = (struct pt_last_miss){ at.inst->serial, at.shard };
	r = dispatch(p, &at);
	p->misses[ev->thread] = last;
	return r;
}
