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

/*
 * Calls from [near_start, near_start + near_bytes) may be the allocator's own: a hull of its code and ours, so that one comparison
 * does for nearly all. 0 bytes: it is libc.
 */
static uint64_t near_start, near_bytes;

static inline bool is_near(uint64_t ip)
{
	return ip - near_start < near_bytes;
}

static void *sample_malloc(size_t size)
{
	struct pt_light *l = pt_light;

	/* The way and the mode change one after the other: a thread may be here and set up for the other kind. */
	if (pt_unlikely(l->sampling != pt_process->light))
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

/* Offsets in a block of the classes of usable bytes below that, in steps of 4: no class begins in between. */
#define SMALL_BYTES 4096u
static uint16_t cells[SMALL_BYTES / 4];

static inline struct pt_count *cell_of(const struct pt_counter *c, uint64_t usable_bytes)
{
	return (struct pt_count *)((unsigned char *)c->block + cells[usable_bytes / 4]);
}

/* Large, or the CPU is another one. */
static __attribute__((noinline)) void *count_malloc_rest(void *p, size_t size, uint64_t usable_bytes)
{
	struct pt_light *l = pt_light;

	pt_light_count_event(l);
	pt_count_alloc(&l->counter, usable_bytes, size);
	return returned(p);
}

static __attribute__((noinline)) void count_free_rest(void *p, uint64_t usable_bytes)
{
	pt_count_free(&pt_light->counter, usable_bytes);
	pt_real.free(p);
}

static __attribute__((noinline)) void *look(void *p)
{
	pt_light_look(pt_light);
	return returned(p);
}

static inline __attribute__((always_inline)) void *count_in(void *p, size_t size, uint64_t usable_bytes)
{
	struct pt_light *l = pt_light;
	struct pt_count *here = pt_count_same(&l->counter), *class;

	if (pt_unlikely(usable_bytes >= SMALL_BYTES || !here))
		return count_malloc_rest(p, size, usable_bytes);
	class = cell_of(&l->counter, usable_bytes);
	pt_count_in(class, usable_bytes);
	pt_count_in(here, usable_bytes);
	pt_count_add(&l->counter.block->requested_bytes, size);
	return pt_unlikely(pt_light_is_due(l)) ? look(p) : p;
}

static void *count_malloc(size_t size)
{
	void *p = pt_real.malloc(size);

	if (pt_unlikely(!p || pt_light->counting != pt_process->light || is_near((uint64_t)__builtin_return_address(0))))
		return malloc_done(p, size);
	return count_in(p, size, pt_real.malloc_usable_size(p));
}

/* jemalloc: what is usable depends on the size asked for alone, in steps of 8. 0: not known yet. */
static uint16_t usable_bytes_of[SMALL_BYTES / 8];

static __attribute__((noinline)) void *count_malloc_asked(void *p, size_t size)
{
	uint64_t usable_bytes = pt_real.malloc_usable_size(p);

	if (size <= SMALL_BYTES - 8 && usable_bytes <= UINT16_MAX)
		usable_bytes_of[(size + 7) / 8] = (uint16_t)usable_bytes;
	return count_malloc_rest(p, size, usable_bytes);
}

static void *count_malloc_by_size(size_t size)
{
	void *p = pt_real.malloc(size);
	uint64_t usable_bytes;

	if (pt_unlikely(!p || pt_light->counting != pt_process->light || is_near((uint64_t)__builtin_return_address(0))))
		return malloc_done(p, size);
	if (pt_unlikely(size > SMALL_BYTES - 8))
		return count_malloc_asked(p, size);
	usable_bytes = usable_bytes_of[(size + 7) / 8];
	return pt_unlikely(!usable_bytes) ? count_malloc_asked(p, size) : count_in(p, size, usable_bytes);
}

static void count_free(void *p)
{
	struct pt_count *here, *class;
	struct pt_counter *c;
	uint64_t usable_bytes;

	if (pt_unlikely(!p || pt_early_owns(p) || pt_light->counting != pt_process->light ||
			is_near((uint64_t)__builtin_return_address(0)))) {
		pt_told_free(p);
		return;
	}
	usable_bytes = pt_real.malloc_usable_size(p);
	c = &pt_light->counter;
	here = pt_count_same(c);
	if (pt_unlikely(usable_bytes >= SMALL_BYTES || !here)) {
		count_free_rest(p, usable_bytes);
		return;
	}
	class = cell_of(c, usable_bytes);
	pt_count_out(class, usable_bytes);
	pt_count_out(here, usable_bytes);
	pt_real.free(p);
}

/* The same whoever does it, and however often. */
static void prepare(void)
{
	uint64_t ours = (uint64_t)__ehdr_start, end = (uint64_t)_end, start = pt_real_allocator.start;
	uint32_t i;

	for (i = 0; i < SMALL_BYTES / 4; i++)
		cells[i] = (uint16_t)(offsetof(struct pt_count_block, classes) + pt_count_class(i * 4ull) * sizeof(struct pt_count));
	if (!pt_real_allocator.bytes)
		return;
	if (end < start + pt_real_allocator.bytes)
		end = start + pt_real_allocator.bytes;
	near_start = start < ours ? start : ours;
	near_bytes = end - near_start;
}

/* jemalloc's malloc(), not another one beside it. */
static bool is_by_size(void)
{
	const struct pt_real_range *a = &pt_real_allocator;

	return pt_real.rallocx && (uint64_t)pt_real.malloc - a->start < a->bytes && (uint64_t)pt_real.rallocx - a->start < a->bytes;
}

void pt_light_open(enum pt_mode kind)
{
	bool sampled = kind == PT_MODE_SAMPLE && pt_drawn_make();

	if (kind == PT_MODE_COUNTERS)
		prepare();
	__atomic_store_n(&pt_way.malloc,
			 sampled		  ? sample_malloc :
			 kind != PT_MODE_COUNTERS ? pt_told_malloc :
			 is_by_size()		  ? count_malloc_by_size :
						    count_malloc,
			 __ATOMIC_RELEASE);
	__atomic_store_n(&pt_way.free,
			 sampled			? sample_free :
			 kind == PT_MODE_COUNTERS ? count_free :
						    pt_told_free,
			 __ATOMIC_RELEASE);
}
