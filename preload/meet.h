/* SPDX-License-Identifier: MIT */
/*
 * meet.h - which threads there are when a snapshot is taken, and where in their stacks.
 *
 * On the scratch stack, all signals blocked. Descriptors are held one at a time and for three system
 * calls each: another thread may be given the number next, or close it.
 */
#ifndef PT_MEET_H
#define PT_MEET_H

#include "snapshot.h"

/*
 * pt_meet_threads() - fill the job's list; own_sp: of the thread that asks.
 *
 * With `registers` all that can be made to stand do, until pt_stop_release(), and none has come up
 * meanwhile. Takes at most 100 ms, 20 ms without `registers`: threads that the time was too short for
 * are silent, and their stack pointer is not known.
 */
void pt_meet_threads(struct pt_snapshot_job *job, uint64_t own_sp);

#endif
