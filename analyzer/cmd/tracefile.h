/* SPDX-License-Identifier: MIT */
/* tracefile.h - the trace that a running process writes, found by its pid. */
#ifndef PT_TRACEFILE_H
#define PT_TRACEFILE_H

#include <stddef.h>

/*
 * pt_tracefile_find() - which file does process `pid` write its trace into?
 *
 * The kernel shows the mapping of a trace by the name it had when it was made, or by its inode's
 * number; then it is looked for in that folder. Linux only.
 *
 * Returns 0 and the path; -1 with errno: the process is not there or not ours to look at (ENOENT, EACCES), or
 * ENODATA: it writes no trace, or one whose folder cannot be found from here.
 */
int pt_tracefile_find(long pid, char *path, size_t bytes);

#endif
