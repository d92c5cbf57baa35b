/* SPDX-License-Identifier: MIT */
/*
 * stack_end.h - up to where a stack may be read.
 *
 * An exact rule does not lead off a stack, but code whose unwind information is wrong does, and a stack switched to
 * by hand may have nothing above it. So only pages that were seen to be readable are read. Async-signal-safe.
 */
#ifndef PT_STACK_END_H
#define PT_STACK_END_H

#include "stack.h"

/* pt_stack_find_end() - as pt_stack_end(), for a stack that is not known; asks the kernel. */
uint64_t pt_stack_find_end(struct pt_stacks *s, uint64_t sp);

/* pt_stack_end() - the address behind what may be read of the stack that `sp` is on; `sp` itself: nothing may. */
static inline uint64_t pt_stack_end(struct pt_stacks *s, uint64_t sp)
{
	if (__builtin_expect(sp >= s->own.low && sp < s->own.high, 1))
		return s->own.high;
	if (sp >= s->other.low && sp < s->other.high)
		return s->other.high;
	return pt_stack_find_end(s, sp);
}

#endif
