/* SPDX-License-Identifier: MIT */
/*
 * process.h - what all threads of one recorded process share.
 *
 * It lies on pages marked MADV_WIPEONFORK: after a fork the child finds zeros, `takes` among
 * them, which no writer matches, and starts a trace of its own. That covers raw clone() and
 * _Fork() too; a vfork child shares the memory and goes on recording for its parent. Writers
 * are plain memory: a hook that a signal handler interrupted to fork goes on in the child with
 * the writer it had, to no effect.
 */
#ifndef PT_PROCESS_H
#define PT_PROCESS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../format/layout.h"
#include "count.h"
#include "module.h"
#include "ring.h"
#include "thread.h"

enum pt_process_state {
	PT_PROCESS_NEW = 0, /* also: wiped by a fork */
	PT_PROCESS_OPENING = 1,
	PT_PROCESS_RECORDING = 2,
	PT_PROCESS_OFF = 3, /* not to be recorded, or the trace could not be opened */
};

struct pt_process {
	_Atomic uint32_t state;
	_Atomic uint32_t stopped; /* enum pt_lost + 1: the trace takes no more chunks */
	_Atomic uint32_t generation; /* +1 whenever a module went away: cached code addresses are void */
	uint32_t opened; /* number of this trace among those this process and its forebears opened */
	uint32_t takes;	 /* the same while events are taken, else 0, which is no writer's: the slow way finds out */
	uint64_t light;	 /* pt_mode while events are counted or sampled, else 0; a thread set up for it has the same */
	_Atomic uint64_t mode_told; /* pt_mode that the trace says; one change ahead of it while that is made */
	_Atomic uint32_t writers_nr;
	_Atomic uint64_t serials;    /* threads seen so far */
	struct pt_leavers exited;       /* writers whose thread said goodbye */
	struct pt_leavers light_exited; /* struct pt_light: the same */
	struct pt_count_ended ended;
	_Atomic uint32_t count_blocks; /* ever claimed */
	struct pt_file_header *file; /* the whole mapping starts here */
	_Atomic uint64_t limit_pages; /* may go down: pt_segment_shrink() */
	_Atomic uint64_t sampled_tick; /* when RSS was last looked at */
	_Atomic uint32_t clock_busy;   /* a thread is writing pt_file_header.clocks */
	_Atomic uint64_t slab_next; /* bump allocator of pt_pages_alloc() */
	_Atomic uint64_t usable_seen[512]; /* bit size/8: PT_EXT_USABLE was written for sizes <= 256 KiB */
	struct pt_modules modules;
	struct pt_ring ring;
	_Atomic uint32_t snap_busy;    /* a thread is copying the process */
	_Atomic uint32_t snap_answered; /* pt_file_header.snaps_asked that was heeded */
	_Atomic uint32_t control_taken; /* pt_file_header.control_asked that was heeded */
	_Atomic uint64_t snap_next_ns; /* CLOCK_MONOTONIC of the next snapshot by time, 0 = not set yet */
	_Atomic uint32_t snap_children[PT_SNAPS_AT_ONCE]; /* processes that write snapshots */
};

extern struct pt_process *pt_process __attribute__((visibility("hidden"))); /* NULL before the first start */

/* Set while this thread boots: what ld.so and libunwind allocate then is not the program's. */
extern __thread uint32_t pt_internal __attribute__((tls_model("initial-exec")));

/* The program confined itself with seccomp: from here on no system call may come from us. Plain
 * memory: a forked child inherits the filter and this. */
extern _Atomic uint32_t pt_quiet;
#define PT_QUIET_NO_CLOCK 2u /* nor may rdtsc run any more */

/* pooltrace_pause(): no event until pooltrace_resume(). Plain memory: a forked child is paused too. */
extern _Atomic uint32_t pt_paused;

/* pt_process_pause() - from now on, or no longer. Events that are under way may still come. */
void pt_process_pause(bool on);

/* pt_process_switch() - pt_mode has changed: threads shall notice. */
void pt_process_switch(void);

/*
 * pt_process_start() - open the trace if that is still to be done.
 *
 * Returns true when the process is being recorded. Cheap once decided. Async-signal-safe.
 */
bool pt_process_start(void);

/* pt_process_boot() - once per exec, before anything else: shared pages and configuration. */
void pt_process_boot(char **env);

/* pt_process_map_shrunk() - the trace's mapping has only `bytes` left: what lies after them is the program's. */
void pt_process_map_shrunk(uint64_t bytes);

/* pt_pages_alloc() - zeroed memory of ours; 64-byte aligned. NULL when there is none.
 * Async-signal-safe, no locks. */
void *pt_pages_alloc(size_t bytes);

/* pt_pages_free() - give back what is large; what came out of a shared slab stays. */
void pt_pages_free(void *p, size_t bytes);

#endif
