/* SPDX-License-Identifier: MIT */
/*
 * control.h - `pooltrace control PID`: wishes that somebody writes into the trace's header.
 *
 * Looked at where RSS is, some 20 times a second while the program allocates, and while it is paused at
 * each event, which is slow then and goes nowhere. So an event that is recorded costs no more.
 */
#ifndef PT_CONTROL_H
#define PT_CONTROL_H

#include <stdbool.h>

struct pt_file_header;
struct pt_process;
struct pt_writer;

/* pt_control_asked() - is there a wish that nobody has heeded? */
bool pt_control_asked(struct pt_process *pr, const struct pt_file_header *h);

/* pt_control_look() - heed a wish, if there is one; `w` is the caller's, busy. 0 or -PT_ENOSPC. */
int pt_control_look(struct pt_writer *w);

/* pt_control_resumes() - the process is paused: does somebody wish that it goes on? Then it does. */
bool pt_control_resumes(struct pt_process *pr);

#endif
