/* SPDX-License-Identifier: MIT */
/* tracefile.h - the trace that a running process writes, found by its pid. */
#ifndef PT_TRACEFILE_H
#define PT_TRACEFILE_H

#include <stddef.h>

/*
 * pt_tracefile_open() - the file that process `pid` writes its trace into, to be read and written to.
 *
 * The kernel shows the mapping of a trace by the name it had when it was made, or by its inode's
 * number; then it is looked for in that folder. Names are not trusted: what is opened is a regular file, the very
 * one that the process has mapped to be written to, and a trace that says it is of that process. Linux only.
 *
 * Returns the descriptor and the path; -1 with errno: with an empty path the process is not there or not ours to
 * look at (ENOENT, EACCES), or ENODATA: it writes no trace, or one whose folder cannot be found from here;
 * with a path, its trace cannot be opened.
 */
int pt_tracefile_open(long pid, char *path, size_t bytes);

#endif
