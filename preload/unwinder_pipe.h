/* SPDX-License-Identifier: MIT */
/*
 * unwinder_pipe.h - the pipe that libunwind 1.6 opens when it starts, for validating addresses by write().
 *
 * We never let it validate, and a descriptor of ours may not stay. Only while the process starts.
 */
#ifndef PT_UNWINDER_PIPE_H
#define PT_UNWINDER_PIPE_H

#include <stdbool.h>

/* pt_unwinder_next_descriptors() - the two numbers that the next two descriptors will get. False: nobody says. */
bool pt_unwinder_next_descriptors(int fds[2]);

/* pt_unwinder_close_pipe() - close them, as far as they are a pipe now. */
void pt_unwinder_close_pipe(const int fds[2]);

#endif
