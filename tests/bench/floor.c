/* SPDX-License-Identifier: MIT */
/*
 * floor.c - the least that a recorder can do, one step more with each FLOOR; for bc and such, with one thread.
 *
 *   1  hand the call on to glibc
 *   2  + a compact record (format/codec.h) into private memory, the same time in each
 *   3  + rdtsc
 *   4  into a mapped file instead
 *   5  + unw_backtrace() on each allocation
 *
 * Not a recorder: no threads, forks, signals, early calls, losses or stacks' names. steps.c measures how far
 * ours, which has all that, is from this.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <x86intrin.h>
#if FLOOR >= 5
#define UNW_LOCAL_ONLY
#include <libunwind.h>
#endif

#include "../../format/codec.h"

#define TRACE_BYTES (1ull << 30) /* touched as far as it is used */
#define FRAMES_MAX 64

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t nr, size_t size);
void *__libc_realloc(void *p, size_t size);
void __libc_free(void *p);

#if FLOOR >= 2
static struct pt_codec codec;
static uint8_t *pos, *limit;

static __attribute__((constructor)) void open_trace(void)
{
	int fd = -1;
	void *trace;

	if (FLOOR >= 4) {
		fd = open(getenv("POOLTRACE_OUTPUT"), O_RDWR | O_CREAT | O_TRUNC, 0600);
		if (fd < 0 || ftruncate(fd, (off_t)TRACE_BYTES))
			_exit(2);
	}
	trace = mmap(NULL, TRACE_BYTES, PROT_READ | PROT_WRITE,
		     FLOOR >= 4 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, fd, 0);
	if (trace == MAP_FAILED)
		_exit(2);
	limit = (uint8_t *)trace + TRACE_BYTES - PT_RECORD_BYTES_MAX;
	pos = trace;
}

static inline uint64_t tick(void)
{
	return FLOOR >= 3 ? __rdtsc() >> PT_TICK_SHIFT : codec.tick;
}

static inline void allocated(enum pt_fn fn, void *p, size_t size)
{
	uint32_t stack = 0;
	uint8_t *end, head;

	if (!p || pos >= limit)
		return;
#if FLOOR >= 5
	void *frames[FRAMES_MAX];

	stack = (uint32_t)unw_backtrace(frames, FRAMES_MAX);
#endif
	end = pt_put_alloc(&codec, pos, fn, tick(), (uint64_t)p, size, stack, &head);
	*(volatile uint8_t *)pos = head;
	pos = end;
}

static inline void freed(enum pt_fn fn, void *p)
{
	uint8_t *end, head;

	if (!p || pos >= limit)
		return;
	end = pt_put_free(&codec, pos, fn, tick(), (uint64_t)p, &head);
	*(volatile uint8_t *)pos = head;
	pos = end;
}
#else
static inline void allocated(enum pt_fn fn, void *p, size_t size)
{
	(void)fn;
	(void)p;
	(void)size;
}

static inline void freed(enum pt_fn fn, void *p)
{
	(void)fn;
	(void)p;
}
#endif

void *malloc(size_t size)
{
	void *p = __libc_malloc(size);

	allocated(PT_API_MALLOC, p, size);
	return p;
}

void free(void *p)
{
	freed(PT_API_FREE, p);
	__libc_free(p);
}

void *calloc(size_t nr, size_t size)
{
	void *p = __libc_calloc(nr, size);

	allocated(PT_API_CALLOC, p, nr * size);
	return p;
}

void *realloc(void *p, size_t size)
{
	freed(PT_API_REALLOC, p);
	p = __libc_realloc(p, size);
	allocated(PT_API_REALLOC, p, size);
	return p;
}
