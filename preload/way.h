/* SPDX-License-Identifier: MIT */
/*
 * way.h - what each malloc() and free() reads of the library's own variables, in one line of the cache: copies of what has its
 * home elsewhere, written where that is.
 */
#ifndef PT_WAY_H
#define PT_WAY_H

#include <stddef.h>
#include <stdint.h>

struct pt_drawn;
struct pt_process;

struct pt_way {
	/* What malloc() and free() do, and nothing else: pt_told_malloc() and pt_told_free(), or what is shorter (light_gate.c).
	 * Entered by a jump, so they see what the program called. */
	void *(*malloc)(size_t size);
	void (*free)(void *p);
	/* pt_real's. */
	void *(*real_malloc)(size_t size);
	void (*real_free)(void *p);
	size_t (*real_usable)(void *p);
	struct pt_process *process; /* pt_process */
	int64_t cpu_offset;	    /* where in each thread the kernel says on which CPU it runs (rseq), from the thread pointer on */
	/* Calls from [near_start, near_start + near_bytes) may be the allocator's own (pt_real_owns()): a hull of its code and ours, so
	 * that one comparison does for nearly all. 0 bytes: it is libc. */
	uint64_t near_bytes;
	uint64_t near_start; /* looked at where near_bytes is not 0 */
	struct pt_drawn *drawn; /* the process's, and of children that it forks: tags tell theirs apart. NULL: it was never sampled */
} __attribute__((aligned(64)));
_Static_assert(offsetof(struct pt_way, near_start) == 64, "all but this in one line");

extern struct pt_way pt_way __attribute__((visibility("hidden")));

/* pt_way_resolved() - pt_real and pt_real_allocator are known. Once, at start-up. */
void pt_way_resolved(void);

#endif
