/* SPDX-License-Identifier: MIT */
/*
 * interpose_cxx.c - operator new and delete, for allocators that bring their own.
 *
 * libstdc++'s operators call malloc() and free(), which are told anyway; then these hooks only
 * pass on. jemalloc, tcmalloc and mimalloc define operators that go straight to the heap:
 * those are told here. The names are those of the Itanium C++ ABI, 5.1.
 */
#include "interpose_cxx.h"

#include "emit.h"
#include "interpose.h"
#include "real.h"

static bool direct; /* the operators come from the module that malloc comes from */

static __attribute__((noinline)) void *told(void *p, size_t size, const struct pt_entry *at)
{
	if (direct && p)
		pt_emit_alloc(PT_API_MALLOC, p, size, at);
	return p;
}

static __attribute__((noinline)) void tell_free(void *p, uint64_t sp)
{
	if (direct && p)
		pt_emit_free(PT_API_FREE, p, sp);
}

/* Each hook: its name, its parameters, what to pass on. Until the boot has looked them up the
 * pointers are NULL, and nobody can call an operator before libc is up. */
#define NEW(name, params, args)                                    \
	static void *(*real##name) params;                         \
	void *name params;                                         \
	PT_PUBLIC void *name params                                \
	{                                                          \
		const struct pt_entry at = PT_ENTRY();             \
                                                                   \
		if (pt_unlikely(!real##name))                      \
			pt_real_boot();                            \
		return told(real##name args, size, &at);           \
	}
#define DELETE(name, params, args)                                 \
	static void (*real##name) params;                          \
	void name params;                                          \
	PT_PUBLIC void name params                                 \
	{                                                          \
		if (pt_unlikely(!real##name))                      \
			pt_real_boot();                            \
		tell_free(p, PT_ENTRY_SP());                       \
		real##name args;                                   \
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

#define ROW(name) { (void **)&real##name, #name }

void pt_cxx_resolve(void)
{
	static const struct {
		void **at;
		const char *name;
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
	unsigned int i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		*rows[i].at = pt_real_symbol(rows[i].name);
	direct = real_Znwm && pt_real_owns((const void *)real_Znwm);
}
