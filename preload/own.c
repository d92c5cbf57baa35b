/* SPDX-License-Identifier: MIT */
/* own.c - see own.h. */
#include "own.h"

struct pt_own pt_own[PT_OWN_MAX];

void pt_own_add(const void *at, size_t bytes)
{
	uint32_t i;

	for (i = 0; at && i < PT_OWN_MAX; i++) {
		uint64_t none = 0;

		if (!atomic_load_explicit(&pt_own[i].start, memory_order_relaxed) &&
		    atomic_compare_exchange_strong(&pt_own[i].start, &none, (uint64_t)at)) {
			atomic_store(&pt_own[i].end, ((uint64_t)at + bytes + 4095) & ~4095ull);
			return;
		}
	}
}

void pt_own_del(const void *at)
{
	uint32_t i;

	for (i = 0; i < PT_OWN_MAX; i++) {
		if (atomic_load_explicit(&pt_own[i].start, memory_order_relaxed) == (uint64_t)at) {
			atomic_store(&pt_own[i].end, 0);
			atomic_store(&pt_own[i].start, 0);
			return;
		}
	}
}
