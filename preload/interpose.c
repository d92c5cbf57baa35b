/* SPDX-License-Identifier: MIT */
/*
 * interpose.c - the C allocation API: call the real function, tell emit.h, same result.
 *
 * Results, errno and behaviour are those of the real allocator. A free is told before the
 * real free, an allocation after the real one, a realloc as begin and end around it.
 */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "early.h"
#include "emit.h"
#include "interpose.h"
#include "real.h"

#define PROBE_BYTES (128u << 10) /* glibc's first mmap threshold (M_MMAP_THRESHOLD) */

/* Declared by no header of glibc 2.36. */
void cfree(void *p);
void free_sized(void *p, size_t size);
void free_aligned_sized(void *p, size_t align, size_t size);

extern void *__curbrk; /* glibc's own note of the program break: a load where sbrk(0) is a call */

/* Blocks that glibc, tcmalloc and others map on their own start at a page, or 16 bytes into it.
 * Returns the bytes to probe after the real free, 0 for nearly every block. */
static inline size_t probe_bytes(void *p)
{
	size_t bytes;

	if (pt_likely(((uintptr_t)p & 0xfff) > 0x10))
		return 0;
	bytes = pt_way.real_usable(p);
	return bytes >= PROBE_BYTES ? bytes : 0;
}

static __attribute__((noinline)) void probe(void *p, size_t bytes, const struct pt_entry *at)
{
	unsigned char resident;

	if (pt_self && !atomic_load_explicit(&pt_quiet, memory_order_relaxed) &&
	    pt_sys_mincore((void *)((uintptr_t)p & ~0xffful), 4096, &resident) == -ENOMEM)
		pt_emit_gone((uintptr_t)p, bytes, PT_GONE_PROBE, at);
}

/* glibc lowers the program break inside free(): what was idle above it is gone. */
static __attribute__((noinline)) void break_moved(struct pt_writer *w, const struct pt_entry *at)
{
	uint64_t now = (uint64_t)__curbrk, before = w->brk;

	w->brk = now;
	if (now < before)
		pt_emit_gone(now, before - now, PT_GONE_BREAK, at);
}

static inline void check_break(const struct pt_entry *at)
{
	struct pt_writer *w = pt_self;

	if (pt_unlikely(w && (uint64_t)__curbrk != w->brk))
		break_moved(w, PT_ENTRY_COPY(at));
}

/* NULL, or a block of the arena: nothing to give back, but perhaps something to tell. */
static __attribute__((noinline)) void release_early(enum pt_fn fn, void *p, const struct pt_entry *at)
{
	struct pt_early_block *b = p ? pt_early_find(p) : NULL;

	if (!b)
		return;
	b->freed = 1;
	pt_emit_free(fn, p, at);
}

static inline __attribute__((always_inline)) void release(enum pt_fn fn, void *p, const struct pt_entry *at)
{
	size_t bytes;

	if (pt_unlikely(!p || pt_early_owns(p))) {
		release_early(fn, p, PT_ENTRY_COPY(at));
		return;
	}
	bytes = probe_bytes(p);
	pt_emit_free(fn, p, at);
	pt_way.real_free(p);
	if (pt_unlikely(bytes))
		probe(p, bytes, PT_ENTRY_COPY(at));
	check_break(at);
}

void *pt_told_malloc(size_t size)
{
	const struct pt_entry at = PT_ENTRY();
	void *p = pt_way.real_malloc(size);

	if (pt_likely(p))
		pt_emit_alloc(PT_API_MALLOC, p, size, &at);
	return p;
}

PT_PUBLIC void *malloc(size_t size)
{
	return pt_way.malloc(size);
}

void pt_told_free(void *p)
{
	const struct pt_entry at = PT_ENTRY();

	release(PT_API_FREE, p, &at);
}

PT_PUBLIC void free(void *p)
{
	pt_way.free(p);
}

PT_PUBLIC void cfree(void *p)
{
	const struct pt_entry at = PT_ENTRY();

	release(PT_API_CFREE, p, &at);
}

PT_PUBLIC void *calloc(size_t nr, size_t size)
{
	const struct pt_entry at = PT_ENTRY();
	void *p = pt_real.calloc(nr, size);

	if (pt_likely(p))
		pt_emit_alloc(PT_API_CALLOC, p, nr * size, &at);
	return p;
}

static __attribute__((noinline)) void emit_alloc(enum pt_fn fn, void *p, size_t size, const struct pt_entry *at)
{
	if (p)
		pt_emit_alloc(fn, p, size, at);
}

/* What came from the early arena moves into the real heap at its first realloc. */
static void *leave_arena(void *p, size_t size)
{
	void *q = pt_real.malloc(size);

	if (q) {
		size_t old = pt_early_size(p);

		memcpy(q, p, old < size ? old : size);
	}
	return q;
}

static __attribute__((noinline)) void emit_end(enum pt_fn fn, void *p, size_t size, const struct pt_entry *at)
{
	pt_emit_end(fn, p, size, at);
}

/* After the real call: the end of a realloc that was begun, as a new block, a failure, or a free. */
static void *reallocated(enum pt_fn fn, void *q, size_t size, const struct pt_entry *at)
{
	if (q)
		emit_end(fn, q, size, at);
	else
		pt_emit_realloc_done(size == 0, at);
	check_break(at);
	return q;
}

/* A block of the arena becomes one of the real heap. */
static __attribute__((noinline)) void *resize_early(enum pt_fn fn, void *p, size_t size, const struct pt_entry *at)
{
	struct pt_light_change change;
	struct pt_early_block *b = pt_early_find(p);
	void *q = leave_arena(p, size);

	if (!q)
		return NULL;
	if (!b) { /* nobody was told of it */
		emit_alloc(fn, q, size, at);
		return q;
	}
	b->freed = 1;
	if (pt_emit_begin(fn, p, at, &change))
		pt_light_end(&change, q, size, false, at);
	else
		emit_end(fn, q, size, at);
	return q;
}

/* The real call, in a light mode. */
static __attribute__((noinline)) void *resize_light(struct pt_light_change *change, void *p, size_t size,
						    const struct pt_entry *at)
{
	void *q = pt_real.realloc(p, size);

	pt_light_end(change, q, size, !size, at);
	return q;
}

/* reallocarray comes by here too: glibc's own calls realloc() through the PLT, so ours, and
 * would be told twice. */
static inline void *resize(enum pt_fn fn, void *p, size_t size, const struct pt_entry *at)
{
	struct pt_light_change change;
	size_t bytes;
	void *q;

	if (pt_unlikely(p && pt_early_owns(p)))
		return resize_early(fn, p, size, at);
	if (!p) {
		q = pt_real.realloc(NULL, size);
		emit_alloc(fn, q, size, at);
		check_break(at);
		return q;
	}
	bytes = probe_bytes(p);
	if (pt_emit_begin(fn, p, at, &change))
		return resize_light(&change, p, size, at);
	q = reallocated(fn, pt_real.realloc(p, size), size, at);
	if (pt_unlikely(bytes && p != q))
		probe(p, bytes, PT_ENTRY_COPY(at));
	return q;
}

PT_PUBLIC void *realloc(void *p, size_t size)
{
	const struct pt_entry at = PT_ENTRY();

	return resize(PT_API_REALLOC, p, size, &at);
}

PT_PUBLIC void *reallocarray(void *p, size_t nr, size_t size)
{
	const struct pt_entry at = PT_ENTRY();
	size_t total;

	if (__builtin_mul_overflow(nr, size, &total)) {
		errno = ENOMEM;
		return NULL;
	}
	return resize(PT_API_REALLOCARRAY, p, total, &at);
}

PT_PUBLIC void *memalign(size_t align, size_t size)
{
	const struct pt_entry at = PT_ENTRY();
	void *p = pt_real.memalign(align, size);

	emit_alloc(PT_API_MEMALIGN, p, size, &at);
	return p;
}

PT_PUBLIC void *aligned_alloc(size_t align, size_t size)
{
	const struct pt_entry at = PT_ENTRY();
	void *p = pt_real.aligned_alloc(align, size);

	emit_alloc(PT_API_ALIGNED_ALLOC, p, size, &at);
	return p;
}

PT_PUBLIC int posix_memalign(void **out, size_t align, size_t size)
{
	const struct pt_entry at = PT_ENTRY();
	int ret = pt_real.posix_memalign(out, align, size);

	if (!ret)
		emit_alloc(PT_API_POSIX_MEMALIGN, *out, size, &at);
	return ret;
}

PT_PUBLIC void *valloc(size_t size)
{
	const struct pt_entry at = PT_ENTRY();
	void *p = pt_real.valloc(size);

	emit_alloc(PT_API_VALLOC, p, size, &at);
	return p;
}

PT_PUBLIC void *pvalloc(size_t size)
{
	const struct pt_entry at = PT_ENTRY();
	void *p = pt_real.pvalloc(size);

	emit_alloc(PT_API_PVALLOC, p, size, &at);
	return p;
}

PT_PUBLIC size_t malloc_usable_size(void *p)
{
	return pt_unlikely(pt_early_owns(p)) ? pt_early_size(p) : pt_real.malloc_usable_size(p);
}

/* C23. glibc 2.36 has neither; by the standard both may forget the size. */
PT_PUBLIC void free_sized(void *p, size_t size)
{
	const struct pt_entry at = PT_ENTRY();

	(void)size;
	release(PT_API_FREE_SIZED, p, &at);
}

PT_PUBLIC void free_aligned_sized(void *p, size_t align, size_t size)
{
	const struct pt_entry at = PT_ENTRY();

	(void)align;
	(void)size;
	release(PT_API_FREE_SIZED, p, &at);
}
