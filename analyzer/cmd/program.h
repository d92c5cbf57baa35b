/* SPDX-License-Identifier: MIT */
/*
 * program.h - can this command be recorded? Looks at files only, runs nothing.
 */
#ifndef PT_PROGRAM_H
#define PT_PROGRAM_H

#include <stddef.h>

enum {
	PT_EXIT_NOT_EXECUTABLE = 126, /* as shells say it */
	PT_EXIT_NOT_FOUND = 127,
};

/*
 * pt_program_check() - find `command` as execvp() would and look at what would run.
 *
 * A script is followed to its interpreter. Returns 0 when LD_PRELOAD can work, else prints one
 * line and returns the exit status: PT_EXIT_NOT_FOUND, PT_EXIT_NOT_EXECUTABLE, or PT_EXIT_ERROR for
 * a program that the recorder cannot be loaded into.
 */
int pt_program_check(const char *command);

/*
 * pt_program_refusal() - why the ELF file `path` cannot be recorded, as "what is wrong; what to
 * do", in a static buffer; NULL when it can.
 */
const char *pt_program_refusal(const char *path);

#endif
