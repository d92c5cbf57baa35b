/* SPDX-License-Identifier: MIT */
/*
 * paths.h - the traces that operands name: files as they are, folders as the *.ptrace in them.
 */
#ifndef PT_PATHS_H
#define PT_PATHS_H

#include <stddef.h>

struct pt_paths {
	char **names; /* owned */
	size_t names_nr;
};

/*
 * pt_paths_expand() - fills *out from `operands_nr` operands, folders replaced by the
 * *.ptrace in them, sorted by name. Prints what is wrong (a folder without traces, no operand
 * at all) and returns PT_EXIT_ERROR, else PT_EXIT_OK. A file is not opened here.
 */
int pt_paths_expand(char **operands, int operands_nr, struct pt_paths *out);
void pt_paths_fini(struct pt_paths *p);

#endif
