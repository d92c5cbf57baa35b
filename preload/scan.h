/* SPDX-License-Identifier: MIT */
/*
 * scan.h - the snapshot's child: looks at each word of writable memory, writes those that point.
 *
 * A copy of a process whose other threads vanished in the middle of anything: raw system calls
 * only, no lock, no libc function that could take one. Never returns.
 */
#ifndef PT_SCAN_H
#define PT_SCAN_H

#include "snapshot.h"

/* pt_scan_run() - write the snapshot, count it in the file header as done or lost, exit. */
__attribute__((noreturn)) void pt_scan_run(const struct pt_snapshot_job *job);

#endif
