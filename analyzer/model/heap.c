/* SPDX-License-Identifier: MIT */
/*
 * heap.c - which event goes where, and the simplest of them: a free.
 *
 * A free turns a block idle in its slot, and most allocations find an idle block at their very
 * address (acquire.c): nearly all events change one slot and nothing else.
 */
#include "heap_parts.h"

#include <stdlib.h>
#include <string.h>

#define CPU_MAX 65534u /* CPUs from here on are one; dense numbers fit 16 bits */

int pt_heap_init(struct pt_heap *h, uint16_t pool, pt_change_fn *sink, void *arg)
{
	memset(h, 0, sizeof(*h));
	h->pool = pool;
	h->sink = sink;
	h->sink_arg = arg;
	h->cpu_key = UINT32_MAX;
	h->changes = aligned_alloc(sizeof(*h->changes), PT_BATCH_CHANGES * sizeof(*h->changes));
	if (h->changes && !pt_index_init(&h->index) && !pt_classes_init(&h->classes))
		return 0;
	pt_heap_fini(h);
	return -PT_ENOMEM;
}

void pt_heap_fini(struct pt_heap *h)
{
	pt_index_fini(&h->index);
	pt_classes_fini(&h->classes);
	pt_mapped_fini(&h->mapped);
	pt_mapped_fini(&h->allocator);
	pt_dense_fini(&h->cpus);
	pt_dense_fini(&h->sites);
	free(h->moves);
	free(h->last_got);
	free(h->changes);
	memset(h, 0, sizeof(*h));
}

void pt_heap_flush(struct pt_heap *h)
{
	if (h->changes_nr && !h->error)
		pt_heap_fail(h, h->sink(h->sink_arg, h->changes, h->changes_nr));
	h->changes_nr = 0;
}

uint32_t pt_heap_class_slow(struct pt_heap *h, uint64_t size_bytes)
{
	uint32_t nr = h->classes.nr, class = pt_classes_of(&h->classes, size_bytes);

	if (class == PT_CLASS_NONE)
		pt_heap_fail(h, -PT_ENOMEM);
	else if (class == nr)
		pt_heap_publish(h, PT_CHANGE_CLASS, 0, h->classes.classes[class].usable_bytes)->class = class;
	return class;
}

void pt_heap_stray(struct pt_heap *h, const struct pt_event *ev)
{
	struct pt_change *c = pt_heap_publish(h, PT_CHANGE_STRAY, ev->addr, 0);

	c->thread = c->owner_thread = ev->thread;
	c->cpu = c->owner_cpu = (uint16_t)h->cpu;
}

static int release(struct pt_heap *h, const struct pt_event *ev, struct pt_block *at)
{
	if (!ev->addr)
		return 0;
	if (at && at->state == PT_BLOCK_IN_USE)
		pt_heap_put(h, at, ev->thread, (uint16_t)h->cpu, h->now_ns,
			    PT_CHANGE_BY_FREE | pt_heap_temporary(h, at, ev->thread));
	else
		pt_heap_stray(h, ev);
	h->last_got[ev->thread] = 0;
	return h->error;
}

static void rss(struct pt_heap *h, const struct pt_event *ev)
{
	struct pt_change *c = pt_heap_publish(h, PT_CHANGE_RSS, 0, ev->size_bytes);

	c->anon_bytes = ev->old_size_bytes;
	c->in_use_bytes = h->in_use_bytes;
	if (ev->old_addr)
		pt_heap_publish(h, PT_CHANGE_RSS_PEAK, 0, ev->old_addr);
}

static int rare(struct pt_heap *h, const struct pt_event *ev)
{
	int r = 0;

	switch (ev->kind) {
	case PT_EV_REALLOC_FAILED:
		pt_heap_realloc_failed(h, ev);
		break;
	case PT_EV_REALLOC_FREED:
		pt_heap_realloc_freed(h, ev);
		break;
	case PT_EV_MMAP:
	case PT_EV_MUNMAP:
	case PT_EV_MREMAP:
		r = pt_heap_map(h, ev);
		break;
	case PT_EV_GONE:
		r = pt_heap_gone(h, ev);
		break;
	case PT_EV_USABLE:
		r = pt_classes_tell(&h->classes, ev->size_bytes, ev->old_size_bytes);
		break;
	case PT_EV_RSS:
		rss(h, ev);
		break;
	default:
		break;
	}
	return r ? r : h->error;
}

/* A thread or a CPU that was not there at the last event. CPUs count from their first allocation
 * event on. */
static int newcomer(struct pt_heap *h, const struct pt_event *ev)
{
	if (ev->cpu != h->cpu_key && ev->kind <= PT_EV_REALLOC_FREED) {
		uint32_t nr = h->cpus.nr;

		h->cpu = pt_dense_get(&h->cpus, ev->cpu < CPU_MAX ? ev->cpu : CPU_MAX);
		if (h->cpu == PT_DENSE_NONE)
			return -PT_ENOMEM;
		h->cpu_key = ev->cpu;
		if (h->cpu == nr)
			pt_heap_publish(h, PT_CHANGE_CPU, 0, h->cpus.keys[nr])->cpu = (uint16_t)nr;
	}
	if (ev->thread >= h->threads_max) {
		size_t max = 64;
		uint64_t *last;

		while (max <= ev->thread)
			max *= 2;
		last = realloc(h->last_got, max * sizeof(*last));
		if (!last || max > UINT32_MAX)
			return -PT_ENOMEM;
		memset(last + h->threads_max, 0, (max - h->threads_max) * sizeof(*last));
		h->last_got = last;
		h->threads_max = (uint32_t)max;
	}
	return 0;
}

int pt_heap_apply(struct pt_heap *h, const struct pt_event *ev, struct pt_block *at)
{
	int r;

	if (ev->time_ns > h->now_ns)
		h->now_ns = ev->time_ns < PT_BLOCK_TIME_MAX ? ev->time_ns : PT_BLOCK_TIME_MAX;
	if (__builtin_expect(ev->cpu != h->cpu_key || ev->thread >= h->threads_max, 0)) {
		r = newcomer(h, ev);
		if (r)
			return r;
	}
	switch (ev->kind) {
	case PT_EV_ALLOC:
		return pt_heap_allocate(h, ev, at);
	case PT_EV_FREE:
		return release(h, ev, at);
	case PT_EV_REALLOC_BEGIN:
		return pt_heap_realloc_begin(h, ev, at);
	case PT_EV_REALLOC_END:
		return pt_heap_realloc_end(h, ev, at);
	default:
		return rare(h, ev);
	}
}

void pt_heap_sampled(struct pt_heap *h)
{
	h->plain_off = true;
	pt_heap_publish(h, PT_CHANGE_SAMPLED, 0, 0);
}

int pt_heap_mark(struct pt_heap *h, uint64_t now_ns)
{
	if (now_ns > h->now_ns)
		h->now_ns = now_ns < PT_BLOCK_TIME_MAX ? now_ns : PT_BLOCK_TIME_MAX;
	pt_heap_flush(h);
	return h->error;
}

static void left(void *arg, const struct pt_block *b)
{
	if (b->state == PT_BLOCK_IDLE)
		pt_heap_publish_idle(arg, PT_CHANGE_LEFT, b);
}

int pt_heap_finish(struct pt_heap *h)
{
	pt_index_each(&h->index, left, h);
	pt_heap_flush(h);
	return h->error;
}
