/* SPDX-License-Identifier: MIT */
/* interpose.h - what every public hook shares: its visibility, and where it was called from. */
#ifndef PT_INTERPOSE_H
#define PT_INTERPOSE_H

#include <stddef.h>
#include <stdint.h>

#include "stack.h"
#include "sys.h"

/* Exported, and never folded into a builtin by the compiler that compiles it. */
#define PT_PUBLIC __attribute__((visibility("default"), used, noinline))

/* The hook's frame pointer leads to the caller's rbp, the return address and, 16 bytes up, the
 * caller's stack (System V ABI, x86-64, 3.2.2). Only valid in the hook itself. */
#define PT_ENTRY()                                                              \
	{                                                                       \
		.ip = (uint64_t)__builtin_return_address(0),                    \
		.sp = (uint64_t)__builtin_frame_address(0) + 16,                \
		.bp = *(const uint64_t *)__builtin_frame_address(0),            \
	}

/* What malloc() and free() do, and nothing else: pt_told_malloc() and pt_told_free(), or what is shorter (light_gate.c).
 * Entered by a jump, so they see what the program called. */
struct pt_way {
	void *(*malloc)(size_t size);
	void (*free)(void *p);
	/* The rest is for light_gate.c, here for it is looked at each time too: one line of the cache. */
	void *(*real_malloc)(size_t size);
	void (*real_free)(void *p);
	size_t (*real_usable)(void *p);
	const uint64_t *light; /* pt_process.light */
	int64_t cpu_offset;    /* pt_count_cpu_offset() */
} __attribute__((aligned(64)));
extern struct pt_way pt_way __attribute__((visibility("hidden")));

void *pt_told_malloc(size_t size);
void pt_told_free(void *p);

#endif
