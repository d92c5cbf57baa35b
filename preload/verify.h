/* SPDX-License-Identifier: MIT */
/*
 * verify.h - POOLTRACE_VERIFY_STACKS=1: is the stack that stack.c found the one that libunwind finds?
 *
 * Some microseconds a frame: for tests. What came of it stands in the trace's header and in `pooltrace info`.
 */
#ifndef PT_VERIFY_H
#define PT_VERIFY_H

#include "stack.h"

/*
 * pt_verify_stack() - have libunwind walk the stack that starts at `at`, and compare.
 *
 * `node` may name fewer frames than `depth` where the stack is deeper (stack.h); then only those are compared.
 * Called from a hook, below the frame of `at`. Async-signal-safe.
 */
void pt_verify_stack(struct pt_stacks *s, const struct pt_entry *at, uint32_t depth, uint32_t node);

#endif
