/* SPDX-License-Identifier: MIT */
/*
 * paths.h - the traces that operands name: files as they are, folders as the traces in them.
 */
#ifndef PT_PATHS_H
#define PT_PATHS_H

#include <stddef.h>

#define PT_PATHS_TRACE ".ptrace"
#define PT_PATHS_PACKED ".ptracez" /* pooltrace pack */

struct pt_paths {
	char **names; /* owned */
	size_t names_nr;
};

/*
 * pt_paths_expand() - fills *out from `operands_nr` operands, folders replaced by the
 * *.ptrace in them, sorted by name, and the *.ptracez of which the trace itself is not there. Prints what is wrong (a folder without traces, no operand
 * at all) and returns PT_EXIT_ERROR, else PT_EXIT_OK. A file is not opened here.
 */
int pt_paths_expand(char **operands, int operands_nr, struct pt_paths *out);
void pt_paths_fini(struct pt_paths *p);

#endif
