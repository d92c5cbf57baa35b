/* SPDX-License-Identifier: MIT */
/*
 * stop.h - all other threads stand still while the process is copied, their registers told.
 *
 * Only with POOLTRACE_SNAPSHOT=registers. Each thread gets SIGRTMAX, whose handler waits until the
 * copy is made; the handler's frame has the registers. A thread that blocks the signal is not sent
 * it (it could reach the next program after an exec), and is silent. Calls that the kernel never
 * restarts after a handler (poll(2), nanosleep(2) ...) return EINTR once. No locks.
 */
#ifndef PT_STOP_H
#define PT_STOP_H

#include <stdbool.h>

#include "snapshot.h"

/* pt_stop_init() - once, at the boot: our handler, if the program starts with the signal at its default. */
void pt_stop_init(void);

/* pt_stop_thread() - ask job->threads[i] to stand still. */
void pt_stop_thread(struct pt_snapshot_job *job, uint32_t i);

/* pt_stop_wait() - until all that were asked stand still, for at most 100 ms. */
void pt_stop_wait(struct pt_snapshot_job *job);

/* pt_stop_release() - go on. */
void pt_stop_release(void);

#endif
