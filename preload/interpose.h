/* SPDX-License-Identifier: MIT */
/* interpose.h - what every public hook shares: its visibility, and where it was called from. */
#ifndef PT_INTERPOSE_H
#define PT_INTERPOSE_H

#include <stddef.h>
#include <stdint.h>

#include "stack.h"
#include "sys.h"
#include "way.h"

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

/* What malloc() and free() do when every event is told (pt_way). */
void *pt_told_malloc(size_t size);
void pt_told_free(void *p);

#endif
