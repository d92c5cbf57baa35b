/* SPDX-License-Identifier: MIT */
/* kill_slots.h - what kill_victim.c publishes and kill_loop.c reads: one slot a thread. */
#ifndef KILL_SLOTS_H
#define KILL_SLOTS_H

#include <stdint.h>

#define KILL_SLOTS_NR 3
#define KILL_SLOTS_BYTES 4096u

struct kill_slot {
	_Alignas(64) volatile uint64_t allocations_begun;
	volatile uint64_t allocations_done;
	volatile uint64_t frees_begun;
	volatile uint64_t frees_done;
};

#endif
