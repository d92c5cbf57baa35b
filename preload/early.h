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

/*
 * Calls that ld.so makes for the program before libc is up belong to the program, and a
 * counting shim sees them too: they are noted here and told once the trace is open.
 */
#define PT_EARLY_NOTED_MAX 64u /* two are usual */
struct pt_early_block {
	void *p;
	size_t size_bytes;
	int freed; /* before the trace was open */
};
extern struct pt_early_block pt_early_noted[PT_EARLY_NOTED_MAX];
extern unsigned int pt_early_noted_nr;

/* pt_early_note() - `p` is the program's; start-up has one thread. Returns p. */
void *pt_early_note(void *p, size_t size);

/* pt_early_find() - the note of `p`, NULL when it was a block of our own or is freed already. */
struct pt_early_block *pt_early_find(const void *p);

/* pt_early_size() - what was asked for at `p`, bytes. */
size_t pt_early_size(const void *p);

#endif
