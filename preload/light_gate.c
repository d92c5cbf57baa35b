/* SPDX-License-Identifier: MIT */
/*
 * light_gate.c - malloc() and free() in a light mode, as short as they can be.
 *
 * Of all that is counted or sampled these two are nearly everything, and production pays for each instruction. Whatever
 * is unusual goes the common way.
 */
#include "early.h"
#include "emit.h"
#include "interpose.h"
#include "light.h"
#include "mode.h"
#include "real.h"

static __attribute__((noinline)) void *malloc_done(void *p, size_t size)
{
	const struct pt_entry at = PT_ENTRY();

	if (p)
		pt_emit_alloc(PT_API_MALLOC, p, size, &at);
	return p;
}

/* A point, or a place to look at the clock: the block is drawn or not before it is there. */
static __attribute__((noinline)) void *malloc_reached(size_t size)
{
	const struct pt_entry at = PT_ENTRY();
	uint64_t mode = pt_light->mode;
	bool drawn = pt_light_reached(size);
	void *p = pt_real.malloc(size);
	struct pt_writer *w = p && drawn && !pt_real_owns(at.ip) ? pt_light_drawn(mode, p, &at) : NULL;

	if (w)
		pt_emit_tell_alloc(w, PT_API_MALLOC, p, size, &at);
	return p;
}

/* The way and the mode change one after the other: a thread may be here and set up for the other kind. */
static inline bool is_set_up(const struct pt_light *l, enum pt_mode kind)
{
	return l->mode == pt_process->light && pt_mode_kind(l->mode) == kind;
}

static void *sample_malloc(size_t size)
{
	struct pt_light *l = pt_light;

	if (pt_unlikely(!is_set_up(l, PT_MODE_SAMPLE)))
		return pt_told_malloc(size);
	if (pt_draw_spend(&l->draw, size))
		return malloc_reached(size);
	return pt_real.malloc(size);
}

/* Of the early arena too: its pages look as if there were drawn blocks. NULL: its page has none. */
static void sample_free(void *p)
{
	if (pt_drawn_maybe(p))
		pt_told_free(p);
	else
		pt_real.free(p);
}

static void *count_malloc(size_t size)
{
	void *p = pt_real.malloc(size);
	struct pt_light *l = pt_light;

	if (pt_unlikely(!p || !is_set_up(l, PT_MODE_COUNTERS) || pt_real_owns((uint64_t)__builtin_return_address(0))))
		return malloc_done(p, size);
	pt_light_count_event(l);
	pt_count_alloc(&l->counter, pt_cpu_now(), pt_real.malloc_usable_size(p), size);
	return p;
}

static void count_free(void *p)
{
	struct pt_light *l = pt_light;

	if (pt_unlikely(!p || pt_early_owns(p) || !is_set_up(l, PT_MODE_COUNTERS) ||
			pt_real_owns((uint64_t)__builtin_return_address(0)))) {
		pt_told_free(p);
		return;
	}
	pt_count_free(&l->counter, pt_cpu_now(), pt_real.malloc_usable_size(p));
	pt_real.free(p);
}

void pt_light_open(enum pt_mode kind)
{
	bool sampled = kind == PT_MODE_SAMPLE && pt_drawn_make();

	__atomic_store_n(&pt_way.malloc,
			 sampled			? sample_malloc :
			 kind == PT_MODE_COUNTERS ? count_malloc :
						    pt_told_malloc,
			 __ATOMIC_RELEASE);
	__atomic_store_n(&pt_way.free,
			 sampled			? sample_free :
			 kind == PT_MODE_COUNTERS ? count_free :
						    pt_told_free,
			 __ATOMIC_RELEASE);
}
