/* SPDX-License-Identifier: MIT */
/*
 * liveness.h - which addresses are blocks now: the little of a heap that order.h needs.
 *
 * For commands that want events in order but no heap. Memory: O(live blocks), 24 bytes each, and
 * as many dead addresses at most; a dead one may be forgotten after PT_LIVENESS_KEEP_NS.
 */
#ifndef PT_LIVENESS_H
#define PT_LIVENESS_H

#include "order.h"

#define PT_LIVENESS_KEEP_NS 1000000u

struct pt_liveness_slot {
	uint64_t addr; /* 0 = free slot */
	uint64_t time_ns;
	uint32_t thread;
	uint32_t state; /* enum pt_addr_state */
};

struct pt_liveness {
	struct pt_liveness_slot *slots;
	size_t slots_nr; /* a power of two */
	size_t used_nr;
	uint64_t now_ns;
};

int pt_liveness_init(struct pt_liveness *l);
void pt_liveness_fini(struct pt_liveness *l);

enum pt_addr_state pt_liveness_state(const struct pt_liveness *l, uint64_t addr);
bool pt_liveness_last(const struct pt_liveness *l, uint64_t addr, uint64_t *time_ns, uint32_t *thread);

/* pt_liveness_apply() - what `ev` does to its address. Any kind may come. 0 or -PT_ENOMEM. */
int pt_liveness_apply(struct pt_liveness *l, const struct pt_event *ev);

#endif
