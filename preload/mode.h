/* SPDX-License-Identifier: MIT */
/*
 * mode.h - what is recorded: every event, counters, or a sample (enum pt_mode).
 *
 * One word, so that all of it changes at once. Plain memory: a forked child inherits it. Threads notice
 * when they next come by the slow way, which in the light modes is the only one (light.h).
 */
#ifndef PT_MODE_H
#define PT_MODE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "../format/layout.h"

struct pt_process;
struct pt_writer;

/* enum pt_mode (8 bits), mean bytes between samples (32), and a number that differs after each change (24). */
extern _Atomic uint64_t pt_mode;

static inline enum pt_mode pt_mode_kind(uint64_t mode)
{
	return (enum pt_mode)(mode & 0xff);
}

static inline uint32_t pt_mode_bytes(uint64_t mode)
{
	return (uint32_t)(mode >> 8);
}

/* Number of the sample: +1 whenever one begins, not when its rate alone changes, and in a forked child. Blocks that were drawn
 * in another one are not in it. */
extern _Atomic uint32_t pt_mode_sample;

/* pt_mode_init() - at the boot: what the configuration asks for. */
void pt_mode_init(void);

/* pt_mode_forked() - in a child: what threads had set up for the parent's trace is void. */
void pt_mode_forked(void);

/* pt_mode_possible() - may this process be told to record so? Not in a ring; `bytes` within bounds. */
bool pt_mode_possible(uint64_t kind, uint64_t bytes);

/* pt_mode_begin() - a trace is open: what it records first. */
void pt_mode_begin(struct pt_process *pr);

/*
 * pt_mode_change() - record so from now on; `bytes` counts for PT_MODE_SAMPLE alone.
 *
 * w: the caller's, busy; it says so first, so that what is told then comes behind that. NULL: whoever writes a record next
 * says so (pt_mode_tell()). 0, or -PT_ENOSPC: the change holds, and is not told. Async-signal-safe.
 */
int pt_mode_change(struct pt_process *pr, struct pt_writer *w, enum pt_mode kind, uint32_t bytes);

/* pt_mode_tell() - `w` is busy: say what is recorded, if that was not said since it changed. 0 or -PT_ENOSPC. */
int pt_mode_tell(struct pt_writer *w);

#endif
