// SPDX-License-Identifier: MIT
/*
 * plain.c - the most common events, in a loop of their own.
 *
 * A small block is freed by the thread that allocated it, on the CPU where it did; or a small block is allocated
 * where such a one lies idle. Nothing but its own slot changes, so no question is asked of the address index; thread
 * and CPU are mostly the same from event to event. Other allocations and frees in between go to pt_heap_apply() from here; what
 * may have to wait for another event is left to the caller, and nothing is changed for it.
 */
#include "heap_parts.h"

#include "../../format/layout.h"

/* What is known of the events that come, until another thread's turn. */
struct run {
	struct pt_heap *h;
	uint32_t thread, cpu_key;
	uint16_t cpu;
	struct pt_change *open; /* the last change, if there is room in it for one more; or NULL */
};

/* The class of a size, + 1; 0 = to be asked for in the other way. */
static inline uint32_t class_of(const struct pt_heap *h, uint64_t size_bytes)
{
	return size_bytes < PT_CLASS_SMALL ? h->classes.small[size_bytes] : 0;
}

static inline struct pt_plain *next(struct run *run)
{
	struct pt_heap *h = run->h;
	struct pt_change *c = run->open;

	if (c && c->epoch == h->epoch) {
		c->flags = 2;
		run->open = NULL;
		return &c->plain[1];
	}
	if (__builtin_expect(h->changes_nr == PT_BATCH_CHANGES, 0))
		pt_heap_flush(h);
	c = run->open = &h->changes[h->changes_nr++];
	c->kind = PT_CHANGE_PLAIN;
	c->flags = 1;
	c->cpu = run->cpu;
	c->thread = run->thread;
	c->epoch = h->epoch;
	return &c->plain[0];
}

static inline bool put(struct run *run, const struct pt_event *ev, struct pt_span *s, struct pt_block *b)
{
	struct pt_heap *h = run->h;
	const uint64_t bytes = b->size_bytes;
	const uint32_t class = class_of(h, bytes);
	struct pt_plain *p;

	if (b->state != PT_BLOCK_IN_USE || b->thread != run->thread || b->cpu != run->cpu || class - 1 >= UINT16_MAX ||
	    !s->marked)
		return false;
	p = next(run);
	p->kind = PT_CHANGE_PUT;
	p->flags = h->last_got[run->thread] == ev->addr ? PT_CHANGE_TEMPORARY : 0;
	p->size_bytes = (uint16_t)bytes;
	p->class = (uint16_t)(class - 1);
	p->site = b->site;
	h->in_use_bytes -= bytes;
	h->idle_bytes += bytes;
	if (h->idle_bytes > h->peak_idle_bytes)
		h->peak_idle_bytes = h->idle_bytes;
	pt_block_enter(b, PT_BLOCK_IDLE, h->now_ns);
	h->last_got[run->thread] = 0;
	return true;
}

static inline bool get(struct run *run, const struct pt_event *ev, struct pt_block *b)
{
	struct pt_heap *h = run->h;
	const uint64_t bytes = ev->size_bytes, idle_bytes = b->size_bytes;
	const uint32_t class = class_of(h, idle_bytes);
	const uint32_t site = ev->stack < h->sites.numbers_max ? h->sites.numbers[ev->stack] : 0;
	struct pt_plain *p;

	if (b->state != PT_BLOCK_IDLE || b->thread != run->thread || b->cpu != run->cpu || class - 1 >= UINT16_MAX ||
	    !site || bytes >= PT_CLASS_SMALL || !pt_heap_fits_slot(b, bytes))
		return false;
	p = next(run);
	p->kind = PT_CHANGE_GOT;
	p->flags = 0;
	p->size_bytes = (uint16_t)bytes;
	p->idle_bytes = (uint16_t)idle_bytes;
	p->class = (uint16_t)(class - 1);
	p->site = site - 1;
	p->idle_site = b->site;
	p->idle_ns = h->now_ns - b->since_ns;
	pt_block_enter(b, PT_BLOCK_IN_USE, h->now_ns);
	pt_block_set_size(b, bytes, run->cpu);
	b->site = site - 1;
	h->idle_bytes -= idle_bytes;
	h->in_use_bytes += bytes;
	pt_heap_watch_peaks(h);
	h->last_got[run->thread] = ev->addr;
	return true;
}

/* Another thread, or another CPU; false: it was not there before, which is not for here. */
static bool turn(struct run *run, const struct pt_event *ev)
{
	struct pt_heap *h = run->h;
	uint32_t cpu = ev->cpu == h->cpu_key ? h->cpu + 1 : ev->cpu < h->cpus.numbers_max ? h->cpus.numbers[ev->cpu] : 0;

	if (!cpu || ev->thread >= h->threads_max)
		return false;
	h->cpu_key = ev->cpu;
	h->cpu = cpu - 1;
	run->open = NULL;
	run->thread = ev->thread;
	run->cpu_key = ev->cpu;
	run->cpu = (uint16_t)h->cpu;
	return true;
}

/*
 * Not one of the most common, but one that fits its address: the way of all others, but without a second look for the
 * block. What does not fit is not for here.
 */
static bool other(struct run *run, const struct pt_event *ev, const struct pt_span *s, struct pt_block *b)
{
	bool fits = ev->kind == PT_EV_FREE ? b && b->state == PT_BLOCK_IN_USE : !b || b->state == PT_BLOCK_IDLE;
	int r;

	if (!fits)
		return false;
	run->open = NULL;
	if (s)
		run->h->index.hint = (uint32_t)(s - run->h->index.spans) + 1;
	r = pt_heap_apply(run->h, ev, b);
	if (r)
		pt_heap_fail(run->h, r);
	return !r;
}

static inline bool one(struct run *run, const struct pt_event *ev, uint32_t place)
{
	struct pt_heap *h = run->h;
	struct pt_span *s;
	struct pt_block *b;

	if (ev->kind > PT_EV_FREE)
		return false;
	if ((ev->thread != run->thread || ev->cpu != run->cpu_key) && !turn(run, ev))
		return false;
	if (ev->time_ns > PT_BLOCK_TIME_MAX)
		return false;
	s = pt_index_span_at(&h->index, ev->addr >> PT_SPAN_SHIFT, place);
	b = s ? pt_blocks_find(&s->blocks, ev->addr) : NULL;
	if (ev->time_ns > h->now_ns)
		h->now_ns = ev->time_ns;
	if (b && (ev->kind == PT_EV_FREE ? put(run, ev, s, b) : get(run, ev, b)))
		return true;
	return other(run, ev, s, b);
}

uint32_t pt_heap_plain(struct pt_heap *h, const struct pt_event *events, const uint32_t *places, uint32_t nr)
{
	struct run run = { .h = h, .thread = events[0].thread, .cpu_key = h->cpu_key, .cpu = (uint16_t)h->cpu };
	uint32_t i = 0;

	if (h->plain_off || run.thread >= h->threads_max)
		return 0;
	while (i < nr && one(&run, &events[i], places ? places[i] : 0))
		i++;
	return i;
}
