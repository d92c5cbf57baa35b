/* SPDX-License-Identifier: MIT */
/*
 * heap_script.h - random scripts of events for the property tests of the heap.
 */
#ifndef PT_HEAP_SCRIPT_H
#define PT_HEAP_SCRIPT_H

#include <stddef.h>
#include <stdint.h>

#include "../../analyzer/trace/event.h"

#define SCRIPT_EVENTS_MAX 500u
#define SCRIPT_KINDS	  5u

/*
 * heap_script() - 200 to SCRIPT_EVENTS_MAX events that follow from `seed`; returns how many.
 *
 * seed % SCRIPT_KINDS chooses the landscape: few addresses and small blocks, blocks around the ends
 * of spans, blocks of many spans, many blocks (bitmaps), or hostile ones (odd addresses, sizes up
 * to 2^64, the end of the address space).
 */
size_t heap_script(uint64_t seed, struct pt_event out[SCRIPT_EVENTS_MAX]);

#endif
