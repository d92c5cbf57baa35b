/* SPDX-License-Identifier: MIT */
/*
 * faults.h - where tests make system calls fail and races happen.
 *
 * Only libpooltrace-faults.so, which tests alone preload, is compiled with PT_FAULTS; in the product
 * nothing is left of either call.
 */
#ifndef PT_FAULTS_H
#define PT_FAULTS_H

#include <stdint.h>

#ifdef PT_FAULTS
/* pt_fault() - 0: make the call; else what is returned in its place. */
long pt_fault(long nr, long a, long c);

/* pt_point() - the program under test, if it defines pooltrace_test_point(), is called here. */
void pt_point(const char *name);
#define PT_POINT(name) pt_point(name)

/* pt_fault_cpu() - the CPU that the program under test says it runs on, if it defines pooltrace_test_cpu; else NULL. */
const uint32_t *pt_fault_cpu(void);
#else
#define pt_fault(nr, a, c) 0l
#define PT_POINT(name) ((void)0)
#define pt_fault_cpu() ((const uint32_t *)0)
#endif

#endif
