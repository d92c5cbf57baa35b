/* SPDX-License-Identifier: MIT */
/*
 * pattern.h - where traces go: -o of pooltrace record as a name for the recorder.
 */
#ifndef PT_PATTERN_H
#define PT_PATTERN_H

/*
 * pt_pattern_make() - an absolute pattern, so that a program that changes its folder leaves its traces here.
 *
 * output: NULL = the default; a folder that ends in a slash is made. runs_nr: how many pt_pattern_of_run() will be asked
 * for. out: malloc'ed. Prints what is wrong and returns PT_EXIT_ERROR, else PT_EXIT_OK; free(*out) in both cases.
 */
int pt_pattern_make(const char *output, unsigned int runs_nr, char **out);

/*
 * pt_pattern_folder() - the folder of an absolute pattern, with a slash at its end: malloc'ed.
 *
 * NULL when it is another one for each process, or without memory.
 */
char *pt_pattern_folder(const char *pattern);

/*
 * pt_pattern_of_run() - the pattern of run number `run`, 1 to runs_nr: malloc'ed, NULL without memory.
 *
 * One that has %p or %r names runs apart by itself. Else the number is put before ".ptrace", or at the end, with as
 * many digits as runs_nr has: names sort as the runs came.
 */
char *pt_pattern_of_run(const char *pattern, unsigned int run, unsigned int runs_nr);

#endif
