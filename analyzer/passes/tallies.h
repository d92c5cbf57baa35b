// SPDX-License-Identifier: MIT
/*
 * tallies.h - sums of all changes by thread, by CPU and by call site.
 *
 * One fold for the three, because every change goes to all of them. Idle bytes are the
 * freeing thread's and CPU's, but the allocating site's. With the one pool `malloc` the pool is the
 * sum of the threads; its peaks the heap has watched itself.
 */
#ifndef PT_TALLIES_H
#define PT_TALLIES_H

#include "ledger.h"
#include "pass.h"

struct pt_tallies {
	struct pt_ledger threads, cpus, sites;
	uint64_t gone_bytes;
	struct pt_age_histogram reuse_age;
};

/* pt_tallies_fold() - a batch, in order. 0 or -PT_ENOMEM. */
int pt_tallies_fold(struct pt_tallies *t, const struct pt_change *c, size_t nr);

#endif
