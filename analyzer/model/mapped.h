/* SPDX-License-Identifier: MIT */
/*
 * mapped.h - what the program itself has mapped: a set of address ranges and its size.
 */
#ifndef PT_MAPPED_H
#define PT_MAPPED_H

#include <stdint.h>

#include "ordered.h"

struct pt_mapped {
	struct pt_ordered ranges; /* start -> end; disjoint */
	uint64_t bytes;		  /* sum of their lengths */
};

/* An all-zero struct is an empty set. */
void pt_mapped_fini(struct pt_mapped *m);

/* pt_mapped_add(), pt_mapped_del() - [start, end) is mapped, is not. 0 or -PT_ENOMEM. */
int pt_mapped_add(struct pt_mapped *m, uint64_t start, uint64_t end);
int pt_mapped_del(struct pt_mapped *m, uint64_t start, uint64_t end);

/* pt_mapped_has() - whether `addr` is inside a range. */
bool pt_mapped_has(const struct pt_mapped *m, uint64_t addr);

#endif
