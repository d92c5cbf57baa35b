/* SPDX-License-Identifier: MIT */
/* packing.h - what `pack` and `unpack` share: operands, names, and how the one file takes the other's place. */
#ifndef PT_PACKING_H
#define PT_PACKING_H

#include <stdbool.h>
#include <stdio.h>

#include "../trace/pack.h"

struct pt_packing_job {
	bool unpack;
	bool remove;	    /* the file that was read, when the other one is known to hold the same */
	int level;	    /* pack only */
	const char *output; /* NULL: named after the trace */
};

/* pt_packing_run() - each operand, or what a folder holds of the right kind. Prints a line for each; the exit status. */
int pt_packing_run(const struct pt_packing_job *job, char **operands, int operands_nr);

#endif
