/* SPDX-License-Identifier: MIT */
/*
 * real.h - the allocator that the program would have called without us.
 *
 * RTLD_NEXT, so jemalloc, tcmalloc and mimalloc programs keep theirs. Until the symbols are
 * resolved the pointers lead to the boot functions of boot.c: they resolve when that is possible,
 * else serve from the early arena (early.h).
 */
#ifndef PT_REAL_H
#define PT_REAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "way.h"

struct pt_real {
	void *(*malloc)(size_t);
	void (*free)(void *);
	void *(*calloc)(size_t, size_t);
	void *(*realloc)(void *, size_t);
	void *(*memalign)(size_t, size_t);
	void *(*aligned_alloc)(size_t, size_t);
	int (*posix_memalign)(void **, size_t, size_t);
	void *(*valloc)(size_t);
	void *(*pvalloc)(size_t);
	size_t (*malloc_usable_size)(void *); /* for the program's own calls; we ask pt_way.real_usable() */
	/* The rest may be NULL: not every allocator has them. */
	void *(*mallocx)(size_t, int);
	void *(*rallocx)(void *, size_t, int);
	size_t (*xallocx)(void *, size_t, size_t, int);
	void (*dallocx)(void *, int);
	void (*sdallocx)(void *, size_t, int);
	/* The system's side. */
	void *(*mmap)(void *, size_t, int, int, int, off_t);
	int (*munmap)(void *, size_t);
	void *(*mremap)(void *, size_t, size_t, int, ...);
	int (*madvise)(void *, size_t, int);
	int (*dlclose)(void *);
};

extern struct pt_real pt_real __attribute__((visibility("hidden"))); /* said here too: one load instead of two */

/* pt_real_resolve() - fill pt_real with RTLD_NEXT. Once; may call dlsym(), which may call us. */
void pt_real_resolve(void);

/* Where the allocator's code is, when it is not libc: what it calls through the PLT is its own
 * business and not told. Zero for libc, whose fopen() and strdup() allocate for the program. */
struct pt_real_range {
	uint64_t start, bytes;
};
extern struct pt_real_range pt_real_allocator __attribute__((visibility("hidden")));

/*
 * pt_real_tells_usable() - does pt_real.malloc_usable_size() know the blocks of pt_real.malloc()?
 *
 * Not every allocator has one (Electric Fence): then libc's is found, which reads what lies before a block and behind it. Once, after
 * pt_real_resolve(); may allocate a block.
 */
bool pt_real_tells_usable(void);

/* The linker's names for the ends of this library's own image. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char _end[] __attribute__((visibility("hidden")));

/* pt_real_may_own() - false: surely not pt_real_owns(). */
static inline bool pt_real_may_own(uint64_t ip)
{
	return __builtin_expect(pt_way.near_bytes && ip - pt_way.near_start < pt_way.near_bytes, 0);
}

/* pt_real_owns() - is `ip` the code of an allocator that is not libc? Our own counts too: an
 * operator delete that we passed on may jump to free() with our return address still in place. */
static inline bool pt_real_owns(uint64_t ip)
{
	if (!pt_real_may_own(ip))
		return false;
	return ip - pt_real_allocator.start < pt_real_allocator.bytes ||
	       ip - (uint64_t)__ehdr_start < (uint64_t)_end - (uint64_t)__ehdr_start;
}

/* pt_real_symbol() - one more symbol behind us, NULL when nobody has it. */
void *pt_real_symbol(const char *name);

#endif
