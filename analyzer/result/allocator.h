/* SPDX-License-Identifier: MIT */
/*
 * allocator.h - which malloc a program had, and what to try when that hoards.
 *
 * Only settings that were measured (docs/report.md, "What helps") or that the allocator's manual names.
 */
#ifndef PT_ALLOCATOR_H
#define PT_ALLOCATOR_H

#include "finding.h"

/* pt_allocator_of() - the name of the allocator that a library is, by the library's path; NULL: it is none that we know. */
const char *pt_allocator_of(const char *path);

/* Each adds its advice to the finding. pt_advise_spread(): what is idle lies with several threads. */
void pt_advise_spread(const struct pt_report *r, struct pt_finding *f);

/* pt_advise_burst(): with one thread; block_bytes: of a block of it on average. */
void pt_advise_burst(const struct pt_report *r, struct pt_finding *f, uint64_t block_bytes);

/* pt_advise_flow(): one thread frees what another allocates. */
void pt_advise_flow(struct pt_finding *f);

#endif
