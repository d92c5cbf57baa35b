/* SPDX-License-Identifier: MIT */
/*
 * light_gate.c - malloc() and free() in a light mode, as short as they can be.
 *
 * Of all that is counted or sampled these two are nearly everything, and production pays for each instruction. Whatever
 * is unusual goes the common way.
 */
#include "early.h"
#include "emit.h"
#include "got.h"
#include "interpose.h"
#include "light.h"
#include "mode.h"
#include "real.h"

/* `p`, which the compiler does not know to be what it passed: else clang calls for it and returns that, where only a jump leaves
 * the program's return address in place (PT_ENTRY()). */
static inline void *returned(void *p)
{
	__asm__("" : "+r"(p));
	return p;
}

static __attribute__((noinline)) void *malloc_done(void *p, size_t size)
{
	const struct pt_entry at = PT_ENTRY();

	if (p)
		pt_emit_alloc(PT_API_MALLOC, p, size, &at);
	return returned(p);
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

/* Each way of counters is there twice: for allocators that may call us, and for others. */
#define FROM_ALLOCATOR(calls_us) ((calls_us) && pt_real_may_own((uint64_t)__builtin_return_address(0)))

static void *sample_malloc(size_t size)
{
	struct pt_light *l = pt_light;

	/* The way and the mode change one after the other: a thread may be here and set up for the other kind. */
	if (pt_unlikely(l->sampling != pt_way.process->light))
		return pt_told_malloc(size);
	if (pt_draw_spend(&l->draw, size))
		return malloc_reached(size);
	return pt_way.real_malloc(size);
}

/* Of the early arena too: its pages look as if there were drawn blocks. NULL: its page has none. */
static void sample_free(void *p)
{
	if (pt_drawn_maybe(p))
		pt_told_free(p);
	else
		pt_way.real_free(p);
}

/* Larger than the small ones, or of an odd size. */
static __attribute__((noinline)) void *count_malloc_rest(void *p, size_t size, uint64_t small_nr)
{
	struct pt_light *l = pt_light;

	pt_light_count_event(l);
	pt_count_alloc(&l->counter, l->mode, pt_count_usable_bytes(small_nr), size);
	return returned(p);
}

static __attribute__((noinline)) void count_free_rest(void *p, uint64_t small_nr)
{
	struct pt_light *l = pt_light;

	pt_count_free(&l->counter, l->mode, pt_count_usable_bytes(small_nr));
	pt_real.free(p);
}

static __attribute__((noinline)) void *look(void *p)
{
	pt_light_look(pt_light);
	return returned(p);
}

static inline __attribute__((always_inline)) void *count_in(void *p, size_t size, struct pt_count_small *to)
{
	pt_count_add(&to->allocs, 1);
	pt_count_add(&to->requested_bytes, size);
	return pt_unlikely(pt_light_is_due()) ? look(p) : p;
}

static inline __attribute__((always_inline)) void *count_malloc_as(size_t size, bool calls_us)
{
	void *p = pt_way.real_malloc(size);
	uint64_t nr;

	if (pt_unlikely(!p || FROM_ALLOCATOR(calls_us)))
		return malloc_done(p, size);
	nr = pt_count_small_nr(pt_way.real_usable(p));
	if (pt_unlikely(!pt_count_is_here(pt_way.process->light, pt_way.cpu_offset)))
		return malloc_done(p, size);
	if (pt_unlikely(nr >= PT_COUNT_SMALL))
		return count_malloc_rest(p, size, nr);
	return count_in(p, size, &pt_count_here.small[nr]);
}

/* jemalloc: what is usable depends on the size asked for alone, in steps of 8: where in pt_count_block.small that is. 0: not known yet. */
#define SMALL_BYTES (PT_COUNT_SMALL * PT_COUNT_SMALL_STEP)
static uint16_t places[SMALL_BYTES / 8];

static __attribute__((noinline)) void *count_malloc_asked(void *p, size_t size)
{
	uint64_t nr = pt_count_small_nr(pt_way.real_usable(p));

	if (size <= SMALL_BYTES - 8 && nr < PT_COUNT_SMALL)
		places[(size + 7) / 8] = (uint16_t)(nr * sizeof(struct pt_count_small));
	return count_malloc_rest(p, size, nr);
}

static inline __attribute__((always_inline)) void *count_malloc_by_size_as(size_t size, bool calls_us)
{
	void *p = pt_way.real_malloc(size);
	uint64_t place;

	if (pt_unlikely(!p || !pt_count_is_here(pt_way.process->light, pt_way.cpu_offset) || FROM_ALLOCATOR(calls_us)))
		return malloc_done(p, size);
	if (pt_unlikely(size > SMALL_BYTES - 8))
		return count_malloc_asked(p, size);
	place = places[(size + 7) / 8];
	if (pt_unlikely(!place))
		return count_malloc_asked(p, size);
	return count_in(p, size, (struct pt_count_small *)((unsigned char *)pt_count_here.small + place));
}

static inline __attribute__((always_inline)) void count_free_as(void *p, bool calls_us)
{
	uint64_t nr;

	if (pt_unlikely(!p || pt_early_owns(p) || FROM_ALLOCATOR(calls_us))) {
		pt_told_free(p);
		return;
	}
	nr = pt_count_small_nr(pt_way.real_usable(p));
	if (pt_unlikely(!pt_count_is_here(pt_way.process->light, pt_way.cpu_offset))) {
		pt_told_free(p);
		return;
	}
	if (pt_unlikely(nr >= PT_COUNT_SMALL)) {
		count_free_rest(p, nr);
		return;
	}
	pt_count_add(&pt_count_here.small[nr].frees, 1);
	pt_way.real_free(p);
}

static void *count_malloc(size_t size)
{
	return count_malloc_as(size, false);
}

static void *count_malloc_called(size_t size)
{
	return count_malloc_as(size, true);
}

static void *count_malloc_by_size(size_t size)
{
	return count_malloc_by_size_as(size, false);
}

static void *count_malloc_by_size_called(size_t size)
{
	return count_malloc_by_size_as(size, true);
}

static void count_free(void *p)
{
	count_free_as(p, false);
}

static void count_free_called(void *p)
{
	count_free_as(p, true);
}

/* jemalloc's malloc(), not another one beside it. */
static bool is_by_size(void)
{
	const struct pt_real_range *a = &pt_real_allocator;

	return pt_real.rallocx && (uint64_t)pt_real.malloc - a->start < a->bytes && (uint64_t)pt_real.rallocx - a->start < a->bytes;
}

/* The allocator calls malloc() or free(), and we could not have it call its own. */
static bool calls_us;

void pt_light_boot(void)
{
	const struct pt_got_row rows[] = { { "malloc", (void *)pt_real.malloc }, { "free", (void *)pt_real.free } };

	calls_us = pt_real_allocator.bytes && !pt_got_patch_calls(rows, 2, (const void *)pt_real_allocator.start);
}

static void count_ways(bool by_size, bool called)
{
	__atomic_store_n(&pt_way.malloc,
			 by_size ? called ? count_malloc_by_size_called : count_malloc_by_size :
			 called	 ? count_malloc_called :
				   count_malloc,
			 __ATOMIC_RELEASE);
	__atomic_store_n(&pt_way.free, called ? count_free_called : count_free, __ATOMIC_RELEASE);
}

void pt_light_open(enum pt_mode kind)
{
	bool sampled = kind == PT_MODE_SAMPLE && pt_drawn_make();

	if (kind == PT_MODE_COUNTERS) {
		pt_way.cpu_offset = pt_count_cpu_offset();
		count_ways(is_by_size(), calls_us);
		return;
	}
	__atomic_store_n(&pt_way.malloc, sampled ? sample_malloc : pt_told_malloc, __ATOMIC_RELEASE);
	__atomic_store_n(&pt_way.free, sampled ? sample_free : pt_told_free, __ATOMIC_RELEASE);
}
