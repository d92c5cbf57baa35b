/* SPDX-License-Identifier: MIT */
/*
 * interpose_cxx.c - operator new and delete, for allocators that bring their own.
 *
 * libstdc++'s operators call malloc() and free(), which are told anyway. jemalloc, tcmalloc and
 * mimalloc define operators that go straight to the heap: where one of those is the allocator,
 * the references of the objects loaded at start-up are pointed here (got.h). Nothing is
 * exported: a C program that loads C++ with dlopen() has no operator behind us to pass on to.
 * The names are those of the Itanium C++ ABI, 5.1.
 */
#include "interpose_cxx.h"

#include "emit.h"
#include "got.h"
#include "interpose.h"
#include "real.h"

static __attribute__((noinline)) void *told(void *p, size_t size, const struct pt_entry *at)
{
	if (p)
		pt_emit_alloc(PT_API_MALLOC, p, size, at);
	return p;
}

static __attribute__((noinline)) void tell_free(void *p, const struct pt_entry *at)
{
	if (p)
		pt_emit_free(PT_API_FREE, p, at);
}

/* Each hook: its name, its parameters, what to pass on. A hook is only reached once its real
 * function is known. */
#define NEW(name, params, args)                                    \
	static void *(*real##name) params;                         \
	static __attribute__((noinline)) void *hook##name params   \
	{                                                          \
		const struct pt_entry at = PT_ENTRY();             \
                                                                   \
		return told(real##name args, size, &at);           \
	}
#define DELETE(name, params, args)                                 \
	static void (*real##name) params;                          \
	static __attribute__((noinline)) void hook##name params    \
	{                                                          \
		const struct pt_entry at = PT_ENTRY();             \
                                                                   \
		tell_free(p, &at);                                 \
		real##name args;                                   \
		/* No tail call: our return address is how pt_real_owns() knows what follows. */ \
		__asm__ volatile("" ::: "memory");                 \
	}

NEW(_Znwm, (size_t size), (size))
NEW(_Znam, (size_t size), (size))
NEW(_ZnwmRKSt9nothrow_t, (size_t size, const void *tag), (size, tag))
NEW(_ZnamRKSt9nothrow_t, (size_t size, const void *tag), (size, tag))
NEW(_ZnwmSt11align_val_t, (size_t size, size_t align), (size, align))
NEW(_ZnamSt11align_val_t, (size_t size, size_t align), (size, align))
NEW(_ZnwmSt11align_val_tRKSt9nothrow_t, (size_t size, size_t align, const void *tag), (size, align, tag))
NEW(_ZnamSt11align_val_tRKSt9nothrow_t, (size_t size, size_t align, const void *tag), (size, align, tag))
DELETE(_ZdlPv, (void *p), (p))
DELETE(_ZdaPv, (void *p), (p))
DELETE(_ZdlPvm, (void *p, size_t size), (p, size))
DELETE(_ZdaPvm, (void *p, size_t size), (p, size))
DELETE(_ZdlPvRKSt9nothrow_t, (void *p, const void *tag), (p, tag))
DELETE(_ZdaPvRKSt9nothrow_t, (void *p, const void *tag), (p, tag))
DELETE(_ZdlPvSt11align_val_t, (void *p, size_t align), (p, align))
DELETE(_ZdaPvSt11align_val_t, (void *p, size_t align), (p, align))
DELETE(_ZdlPvmSt11align_val_t, (void *p, size_t size, size_t align), (p, size, align))
DELETE(_ZdaPvmSt11align_val_t, (void *p, size_t size, size_t align), (p, size, align))
DELETE(_ZdlPvSt11align_val_tRKSt9nothrow_t, (void *p, size_t align, const void *tag), (p, align, tag))
DELETE(_ZdaPvSt11align_val_tRKSt9nothrow_t, (void *p, size_t align, const void *tag), (p, align, tag))

#define ROW(name) { (void **)&real##name, { #name, (void *)hook##name } }

void pt_cxx_resolve(void)
{
	static const struct {
		void **real;
		struct pt_got_row got;
	} rows[] = {
		ROW(_Znwm),
		ROW(_Znam),
		ROW(_ZnwmRKSt9nothrow_t),
		ROW(_ZnamRKSt9nothrow_t),
		ROW(_ZnwmSt11align_val_t),
		ROW(_ZnamSt11align_val_t),
		ROW(_ZnwmSt11align_val_tRKSt9nothrow_t),
		ROW(_ZnamSt11align_val_tRKSt9nothrow_t),
		ROW(_ZdlPv),
		ROW(_ZdaPv),
		ROW(_ZdlPvm),
		ROW(_ZdaPvm),
		ROW(_ZdlPvRKSt9nothrow_t),
		ROW(_ZdaPvRKSt9nothrow_t),
		ROW(_ZdlPvSt11align_val_t),
		ROW(_ZdaPvSt11align_val_t),
		ROW(_ZdlPvmSt11align_val_t),
		ROW(_ZdaPvmSt11align_val_t),
		ROW(_ZdlPvSt11align_val_tRKSt9nothrow_t),
		ROW(_ZdaPvSt11align_val_tRKSt9nothrow_t),
	};
	struct pt_got_row patch[sizeof(rows) / sizeof(rows[0])];
	size_t i, nr = 0;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		void *real = pt_real_symbol(rows[i].got.name);

		if (!real || !pt_real_owns((uint64_t)real))
			continue;
		*rows[i].real = real;
		patch[nr++] = rows[i].got;
	}
	if (nr)
		pt_got_patch(patch, nr, (void *)pt_real_allocator.start);
}
