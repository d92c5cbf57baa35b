/* SPDX-License-Identifier: MIT */
/*
 * snapshot.h - who points at whom, at one moment: a forked child looks and writes, the program
 * goes on.
 *
 * The program stands still for the fork, and its first write to each page afterwards costs a fault. The child is a raw clone() whose end sends no signal and
 * that wait(-1) does not see; it shares the table of descriptors for an instant and then has none,
 * blocks all signals, runs no handler, and writes edges only (scan.h). Async-signal-safe; errno
 * kept. The program's side runs on the scratch stack with all signals blocked: a handler that
 * jumped out of it would leave other threads standing.
 */
#ifndef PT_SNAPSHOT_H
#define PT_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "../format/snap.h"
#include "stack.h"

struct pt_writer;

#define PT_SNAPSHOT_THREADS 1024u /* those beyond it: stack pointer not known */

struct pt_snapshot_thread {
	uint32_t tid;
	uint32_t flags; /* PT_SNAP_THREAD_* */
	uint64_t sp;
	uint64_t answer; /* stop.c */
	bool gone;	 /* since it was met: not to be told */
};

/* What the child is to do. Plain memory: the fork keeps it. */
struct pt_snapshot_job {
	struct pt_file_header *file;
	uint64_t limit_pages;
	uint64_t start_ns; /* CLOCK_MONOTONIC before the fork */
	uint32_t number;
	uint32_t threads_nr;
	uint32_t end_flags; /* PT_SNAP_END_* */
	struct pt_snapshot_thread threads[PT_SNAPSHOT_THREADS];
};

/* A handler of ours for this signal takes a snapshot; 0 = there is none. */
extern uint32_t pt_snapshot_signal;

/* pt_snapshot_init() - once, at the boot: the signal handler that POOLTRACE_SNAPSHOT asks for. */
void pt_snapshot_init(void);

/* pt_snapshot_take() - the number of the snapshot that is being written now, 0 when there is none: not
 * recording, paused, counted as lost, or in a child of vfork(), whose process this is not. */
uint32_t pt_snapshot_take(enum pt_snap_why why, const struct pt_entry *at);

/* pt_snapshot_due() - take those that time or another process asked for, and forget children that are done.
 * From pt_sample(): `w` is busy. */
void pt_snapshot_due(struct pt_writer *w);

/* pt_snapshot_finish() - after pt_quiet was set: until none is being copied that has yet to make system calls. */
void pt_snapshot_finish(void);

#endif
