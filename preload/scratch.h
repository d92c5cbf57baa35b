/* SPDX-License-Identifier: MIT */
/*
 * scratch.h - a stack of our own for the rare calls that need kilobytes of it.
 *
 * A program may allocate on a 4 KiB signal stack or in a 16 KiB thread; libunwind alone wants
 * more. Signals are blocked meanwhile, so no handler of the program ever runs on it.
 */
#ifndef PT_SCRATCH_H
#define PT_SCRATCH_H

#include <stdbool.h>

#define PT_SCRATCH_BYTES (32u << 10) /* libunwind 1.6 was seen to use 5 KB of it for one step */

struct pt_scratch {
	unsigned char *low; /* NULL until first used */
};

/* pt_scratch_call() - run fn(arg) there. False without memory for it or under seccomp: fn did not run.
 * Async-signal-safe; two system calls. */
bool pt_scratch_call(struct pt_scratch *s, void (*fn)(void *), void *arg);

#endif
