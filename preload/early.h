/* SPDX-License-Identifier: MIT */
/*
 * early.h - memory for the calls that come before the real allocator is known.
 *
 * ld.so and dlsym() allocate while we look for malloc. What they get comes from a static
 * arena that touches pages only as it grows; every entry point recognises its addresses and
 * nothing of it is ever recorded or given back.
 */
#ifndef PT_EARLY_H
#define PT_EARLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PT_EARLY_BYTES (4u << 20) /* .bss; a start-up uses some 10 KB of it */

extern unsigned char pt_early_arena[PT_EARLY_BYTES];

static inline bool pt_early_owns(const void *p)
{
	return (uintptr_t)p - (uintptr_t)pt_early_arena < PT_EARLY_BYTES;
}

/* pt_early_alloc() - zeroed, `align` a power of two >= 16. NULL with ENOMEM when the arena is full.
 * Async-signal-safe, no locks. */
void *pt_early_alloc(size_t size, size_t align);

/* pt_early_size() - what was asked for at `p`, bytes. */
size_t pt_early_size(const void *p);

#endif
