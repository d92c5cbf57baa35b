/* SPDX-License-Identifier: MIT */
/*
 * stop.h - all other threads stand still while the process is copied, their registers told.
 *
 * Only with POOLTRACE_SNAPSHOT=registers. Each thread gets SIGRTMAX, whose handler waits until the
 * copy is made; the handler's frame has the registers. A thread that blocks the signal, or waits for
 * it with sigwait(3), is not sent it (it could reach the program, or the next one after an exec), and
 * is silent. Calls that the kernel never restarts after a handler (poll(2), nanosleep(2) ...) return
 * EINTR once. No locks; nobody stands for longer than 10 s, whatever became of the one that asked.
 */
#ifndef PT_STOP_H
#define PT_STOP_H

#include <stdbool.h>

#include "snapshot.h"

/* pt_stop_init() - once, at the boot: our handler, if the program starts with the signal at its default. */
void pt_stop_init(void);

/* pt_stop_ready() - is the handler still ours? */
bool pt_stop_ready(void);

/* pt_stop_thread() - ask job->threads[i] to stand still, or note that it is gone. */
void pt_stop_thread(struct pt_snapshot_job *job, uint32_t i);

/* pt_stop_wait() - until all that were asked stand still or are gone, at most until `until_ns` (CLOCK_MONOTONIC). */
void pt_stop_wait(struct pt_snapshot_job *job, uint64_t until_ns);

/* pt_stop_release() - go on. */
void pt_stop_release(void);

/* pt_stop_context() - the registers of a thread that answered, as a ucontext_t on its stack; else NULL. */
const void *pt_stop_context(const struct pt_snapshot_thread *t);

#endif
