/* SPDX-License-Identifier: MIT */
/* light.c - see light.h. */
#include "light_parts.h"

#include <string.h>

#include "early.h"
#include "emit.h"
#include "mode.h"
#include "process.h"
#include "sample.h"
#include "sys.h"

#define LOOK_TICKS (1ull << 20) /* 13 ms at 2.6 GHz: how often the clock should be looked at */
#define LOOK_EVERY_MAX 65536u
#define NAME_TICKS (1ull << 22)
#define REALLOCS (1u << PT_API_REALLOC | 1u << PT_API_REALLOCARRAY | 1u << PT_API_RALLOCX)

/* Not the thread's: what is under way when another sample begins is told in that one. */
static uint32_t sample_now(void)
{
	return atomic_load_explicit(&pt_mode_sample, memory_order_relaxed);
}

/* The clock costs more than all the rest, so it is looked at after as much as took some 13 ms the last time. */
void pt_light_look(struct pt_light *l)
{
	const struct pt_entry at = { .sp = (uint64_t)__builtin_frame_address(0) };
	uint64_t tick, took;

	pt_count_until_look = (int32_t)l->look_every;
	if (atomic_load(&pt_quiet))
		return;
	tick = pt_tick_now();
	took = tick - l->looked_tick;
	l->looked_tick = tick;
	if (took < LOOK_TICKS / 2 && l->look_every < LOOK_EVERY_MAX)
		l->look_every *= 2;
	else if (took > 2 * LOOK_TICKS)
		l->look_every = l->look_every / 8 + 1;
	pt_count_until_look = (int32_t)l->look_every;
	if (tick >= l->name_tick && l->counter.begun) {
		l->name_tick = tick + NAME_TICKS;
		pt_count_name(&l->counter);
	}
	if (pt_sample_due(pt_process, tick))
		pt_emit_look(&at);
}

/* Reached: a point, or where the clock is to be looked at. */
static __attribute__((noinline)) bool draw_reached(struct pt_light *l, uint64_t mode, size_t size_bytes)
{
	bool drawn = pt_draw_reached(&l->draw, pt_mode_bytes(mode), pt_light_look_bytes(l), size_bytes);

	pt_light_look(l);
	return drawn;
}

bool pt_light_reached(size_t size_bytes)
{
	return draw_reached(pt_light, pt_light->mode, size_bytes);
}

static inline bool draw(struct pt_light *l, uint64_t mode, size_t size_bytes)
{
	return pt_draw_spend(&l->draw, size_bytes) && draw_reached(l, mode, size_bytes);
}

static inline uint64_t usable_bytes(void *p)
{
	return pt_unlikely(pt_early_owns(p)) ? pt_early_size(p) : pt_way.real_usable(p);
}

static inline void count_alloc(struct pt_light *l, uint64_t mode, enum pt_fn fn, void *p, size_t size_bytes)
{
	if (pt_unlikely(REALLOCS >> fn & 1))
		pt_count_add(&l->counter.block->reallocs, 1);
	pt_count_alloc(&l->counter, mode, usable_bytes(p), size_bytes);
}

struct pt_writer *pt_light_drawn(uint64_t mode, void *p, const struct pt_entry *at)
{
	struct pt_writer *w;

	if (!pt_drawn_put(p, sample_now())) {
		pt_segment_lose(pt_process, (uint32_t)pt_light->serial, PT_LOST_MEMORY, PT_CLASS_ALLOC);
		return NULL;
	}
	w = pt_emit_enter_as(at->sp, PT_CLASS_ALLOC, pt_mode_bytes(mode));
	if (!w)
		pt_drawn_take(p, sample_now());
	return w;
}

struct pt_writer *pt_light_alloc(enum pt_fn fn, void *p, size_t size_bytes, const struct pt_entry *at)
{
	enum pt_light_way way;
	struct pt_light *l = pt_light_settled(at, &way);
	uint64_t mode;

	if (pt_unlikely(!l)) {
		if (way == PT_LIGHT_HERE)
			pt_light_lose(PT_CLASS_ALLOC);
		return way == PT_LIGHT_TOLD ? pt_emit_enter_slow(at->sp, PT_CLASS_ALLOC) : NULL;
	}
	mode = l->mode;
	if (pt_mode_kind(mode) == PT_MODE_COUNTERS) {
		pt_light_count_event(l);
		count_alloc(l, mode, fn, p, size_bytes);
		return NULL;
	}
	return draw(l, mode, size_bytes) ? pt_light_drawn(mode, p, at) : NULL;
}

/* NULL: it is not in the sample, or lost. */
static __attribute__((noinline)) struct pt_writer *drawn_free(struct pt_light *l, void *p, const struct pt_entry *at)
{
	return pt_drawn_take(p, sample_now()) ?
		       pt_emit_enter_as(at->sp, PT_CLASS_FREE, pt_mode_bytes(l->mode)) :
		       NULL;
}

struct pt_writer *pt_light_free(void *p, const struct pt_entry *at)
{
	enum pt_light_way way;
	struct pt_light *l = pt_light_settled(at, &way);

	if (pt_unlikely(!l)) {
		if (way == PT_LIGHT_HERE)
			pt_light_lose(PT_CLASS_FREE);
		return way == PT_LIGHT_TOLD ? pt_emit_enter_slow(at->sp, PT_CLASS_FREE) : NULL;
	}
	if (pt_mode_kind(l->mode) == PT_MODE_COUNTERS)
		pt_count_free(&l->counter, l->mode, usable_bytes(p));
	else if (pt_drawn_maybe(p))
		return drawn_free(l, p, at);
	return NULL;
}

bool pt_light_begin(struct pt_light_change *c, enum pt_fn fn, void *p, const struct pt_entry *at)
{
	enum pt_light_way way;
	struct pt_light *l = pt_light_settled(at, &way);
	struct pt_writer *w;

	if (way == PT_LIGHT_TOLD)
		return false;
	memset(c, 0, sizeof(*c));
	c->light = l;
	c->lost = !l && way == PT_LIGHT_HERE;
	c->fn = fn;
	c->p = p;
	if (!l)
		return true;
	c->mode = l->mode;
	if (pt_mode_kind(c->mode) == PT_MODE_COUNTERS) {
		c->old_bytes = usable_bytes(p);
	} else if (pt_drawn_maybe(p) && pt_drawn_take(p, sample_now())) {
		c->was_drawn = true;
		w = pt_emit_enter_as(at->sp, PT_CLASS_OTHER, pt_mode_bytes(c->mode));
		c->told = w;
		if (w)
			pt_emit_tell_free(w, fn, p);
	}
	PT_POINT("light-begin");
	return true;
}

/* Its new block, when the process tells every event by now: else its free would be one of a block that nobody knows. */
static void tell_late(enum pt_fn fn, void *q, size_t size_bytes, const struct pt_entry *at)
{
	struct pt_writer *w = pt_emit_enter_slow(at->sp, PT_CLASS_ALLOC);

	if (w)
		pt_emit_tell_alloc(w, fn, q, size_bytes, at);
}

struct pt_writer *pt_light_late(enum pt_fn fn, void *q, size_t size_bytes, const struct pt_entry *at)
{
	if (!pt_emit_going(at->sp))
		return NULL;
	if (!*(volatile uint64_t *)&pt_process->light)
		return pt_emit_enter_as(at->sp, PT_CLASS_ALLOC, 0);
	pt_emit_realloc_done(1, at);
	return pt_light_alloc(fn, q, size_bytes, at);
}

static void end_sampled(struct pt_light_change *c, void *q, size_t size_bytes, bool freed, const struct pt_entry *at)
{
	struct pt_light *l = c->light;
	struct pt_writer *w = NULL;

	if (!q && !freed && c->was_drawn && !pt_drawn_put(c->p, sample_now()))
		pt_segment_lose(pt_process, (uint32_t)l->serial, PT_LOST_MEMORY, PT_CLASS_FREE); /* whenever it comes */
	if (q && draw(l, c->mode, size_bytes))
		w = pt_light_drawn(c->mode, q, at);
	if (w)
		pt_emit_tell_alloc(w, c->fn, q, size_bytes, at);
	else if (c->told)
		pt_emit_realloc_done(q || freed, at);
}

static void end_counted(struct pt_light_change *c, void *q, size_t size_bytes, bool freed)
{
	struct pt_light *l = c->light;

	pt_light_count_event(l);
	if (q || freed)
		pt_count_free(&l->counter, c->mode, c->old_bytes);
	if (q)
		count_alloc(l, c->mode, c->fn, q, size_bytes);
}

void pt_light_end(struct pt_light_change *c, void *q, size_t size_bytes, bool freed, const struct pt_entry *at)
{
	const bool late = c->light && q && !*(volatile uint64_t *)&pt_process->light;

	if (!c->light) {
		if (c->lost && (q || freed)) /* one event, as in emit.h */
			pt_light_lose(q ? PT_CLASS_ALLOC : PT_CLASS_FREE);
	} else if (pt_mode_kind(c->mode) == PT_MODE_SAMPLE) {
		end_sampled(c, late ? NULL : q, size_bytes, freed || late, at);
	} else {
		end_counted(c, late ? NULL : q, size_bytes, freed || late);
	}
	if (late)
		tell_late(c->fn, q, size_bytes, at);
}

static void count_pool(struct pt_count_pool *p, const struct pt_light_event *ev)
{
	uint64_t *const nr[] = { &p->gets, &p->puts, &p->misses, &p->stocked, &p->drops, &p->purges };

	pt_count_add(nr[ev->what], 1);
	if (ev->what == PT_LIGHT_GET)
		pt_count_add(&p->get_bytes, ev->bytes);
	else if (ev->what == PT_LIGHT_STOCK)
		pt_count_add(&p->stocked_bytes, ev->bytes);
}

bool pt_light_pool(const struct pt_light_event *ev, const struct pt_entry *at)
{
	enum pt_light_way way;
	struct pt_light *l;

	if (ev->what == PT_LIGHT_DEFINE)
		return false;
	l = pt_light_settled(at, &way);
	if (!l) {
		if (way == PT_LIGHT_HERE && pt_mode_kind(atomic_load(&pt_mode)) == PT_MODE_SAMPLE)
			return false; /* the sample alone is lost */
		if (way == PT_LIGHT_HERE)
			pt_light_lose(PT_CLASS_POOL);
		return way != PT_LIGHT_TOLD;
	}
	if (pt_mode_kind(l->mode) != PT_MODE_COUNTERS)
		return false;
	pt_light_count_event(l);
	if (ev->what < PT_LIGHT_CHANGE)
		count_pool(pt_count_pool(l->counter.block, ev->pool, ev->shard_code), ev);
	return true;
}

void pt_light_prepare(const struct pt_entry *at)
{
	enum pt_light_way way;

	pt_light_settled(at, &way);
}

void pt_light_exit(struct pt_light *l)
{
	if (l->counter.begun)
		pt_count_name(&l->counter);
	pt_leaver_push(&pt_process->light_exited, &l->leaver);
}
