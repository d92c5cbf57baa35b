/* SPDX-License-Identifier: MIT */
/*
 * diagnosis.h - what is wrong and where, or that nothing is, in plain words.
 *
 * A pure function of the report: no I/O, no clock, no memory of its own. Every limit that it
 * judges by is a named constant here and is explained in docs/report.md.
 */
#ifndef PT_DIAGNOSIS_H
#define PT_DIAGNOSIS_H

#include "finding.h"

/* Below this an allocator's own granularity (132 KiB of top pad, 7 blocks a tcache bin) is most of
 * it. */
#define PT_DIAGNOSIS_BYTES_MIN (1024.0 * 1024)
/* Old idle memory against the peak of what was held: worth a line, and a problem. */
#define PT_DIAGNOSIS_HOARD_WARNING 0.10
#define PT_DIAGNOSIS_HOARD_PROBLEM 0.25
/* One thread is named when it has this share of all old idle memory, else it is called spread. */
#define PT_DIAGNOSIS_ONE_THREAD 0.25
/* A sound general-purpose allocator stays below 1.5 on nearly everything (Hoard, ASPLOS 2000). */
#define PT_DIAGNOSIS_BLOWUP_WARNING 1.5
#define PT_DIAGNOSIS_BLOWUP_PROBLEM 2.0
/* Stranded misses against all allocations served from new memory: below this it is start-up. */
#define PT_DIAGNOSIS_STRANDED_SHARE 0.05
/* ... and their bytes against the peak of what was held: more makes it a problem. */
#define PT_DIAGNOSIS_STRANDED_PROBLEM 0.10
/* Of what a thread allocates, one other thread frees at least this: memory flows one way. */
#define PT_DIAGNOSIS_FLOW_SHARE 0.50

/* So many annotated pools are named; of more it is said how many. */
#define PT_DIAGNOSIS_POOLS 3

/* At most: six on the trace, PT_DIAGNOSIS_POOLS, and four on the allocator. */
#define PT_FINDINGS_MAX 13

/* pt_diagnose() - fills out[] and returns how many, >= 1. What is wrong with the trace comes first.
 */
size_t pt_diagnose(const struct pt_report *r, struct pt_finding out[PT_FINDINGS_MAX]);

/* Those on the trace; false: nothing to say. */
bool pt_find_incomplete(const struct pt_report *r, struct pt_finding *f);
bool pt_find_ring(const struct pt_report *r, struct pt_finding *f);
bool pt_find_disorder(const struct pt_report *r, struct pt_finding *f);
bool pt_find_paused(const struct pt_report *r, struct pt_finding *f);
bool pt_find_empty(const struct pt_report *r, struct pt_finding *f);
bool pt_find_mode(const struct pt_report *r, struct pt_finding *f);
bool pt_find_switched(const struct pt_report *r, struct pt_finding *f);

/* Those on the allocator. The last one is for when there is none of the first three. */
bool pt_find_hoard(const struct pt_report *r, struct pt_finding *f);
bool pt_find_blowup(const struct pt_report *r, struct pt_finding *f);
bool pt_find_stranded(const struct pt_report *r, struct pt_finding *f);
bool pt_find_flow(const struct pt_report *r, struct pt_finding *f);
void pt_find_fine(const struct pt_report *r, struct pt_finding *f);

#endif
