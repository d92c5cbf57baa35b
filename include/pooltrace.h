/* SPDX-License-Identifier: MIT */
/*
 * pooltrace.h - what a program may ask the recorder that watches it.
 *
 * Header-only and weak: a program that includes it links to nothing, and without
 * LD_PRELOAD=libpooltrace.so a call costs one load and a branch. C11 and C++.
 */
#ifndef POOLTRACE_H
#define POOLTRACE_H

#ifdef __cplusplus
extern "C" {
#endif

#define POOLTRACE_VERSION_MAJOR 0
#define POOLTRACE_VERSION_MINOR 1

/* The recorder's side; NULL without the preload. */
extern int pooltrace_is_recording_(void) __attribute__((weak));

/*
 * pooltrace_is_recording() - is this process being recorded right now?
 *
 * Returns 1 while events go into a trace; 0 without the preload, in a process that
 * POOLTRACE_CHILDREN leaves out, when the trace could not be opened, and once it is full.
 * May be called anywhere, in signal handlers too.
 */
static inline int pooltrace_is_recording(void)
{
	return pooltrace_is_recording_ ? pooltrace_is_recording_() : 0;
}

#ifdef __cplusplus
}
#endif

#endif
