/* SPDX-License-Identifier: MIT */
/*
 * ring.h - a flight recorder: a process's chunks are slots of one length, used again, the oldest first.
 *
 * What is said once and needed for good (modules, names of pools, notes) is pinned: it goes into
 * chunks beside the ring that are never dropped, as long as they take no more than a sixteenth of
 * it. Runs inside malloc() and in signal handlers: no locks; who finds the pins busy does without.
 * docs/design/0009 says why it is done so.
 */
#ifndef PT_RING_H
#define PT_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pt_process;
struct pt_writer;
struct pt_chunk_header;

struct pt_ring {
	uint32_t slots_nr; /* 0 = there is no ring */
	uint32_t slot_pages;
	uint64_t first_page;	   /* of slot 0 */
	_Atomic uint64_t *closed;  /* by slot: its place among all closings; 0 = a writer has it */
	_Atomic uint64_t closings;
	_Atomic uint32_t pins_busy; /* a thread is writing a pinned record, or jumped out of it */
	uint32_t pins_seq, pins_writer;
	uint32_t pins_left_pages; /* that may still be claimed for pins */
	uint8_t *pin, *pins_end;  /* next pinned record; what lies from there on is another chunk's */
	uint64_t pins_tick;
};

/* Where a writer was before pt_pin_begin(). */
struct pt_pin {
	uint8_t *pos, *limit;
	uint64_t tick;
	bool pinned;
};

/* pt_ring_open() - make the ring that was asked for in a file that was just mapped. False: no room for it. */
bool pt_ring_open(struct pt_process *pr);

/*
 * pt_ring_take() - a slot for the writer: the one closed longest ago, else its own, else none (NULL).
 *
 * Claimed, zero behind its header, of *pages; what it held is counted as dropped. The writer's codec is void.
 */
struct pt_chunk_header *pt_ring_take(struct pt_writer *w, uint32_t *pages);

/* pt_ring_close() - the writer has left the chunk; it may be dropped. Nothing to do when it is no slot. */
void pt_ring_close(struct pt_process *pr, const struct pt_chunk_header *chunk);

/* pt_pin_begin() - what the writer writes next, at most `bytes`, is pinned; or, if it cannot be, is not.
 * pt_pin_end() - and no longer. */
struct pt_pin pt_pin_begin(struct pt_writer *w, size_t bytes);
void pt_pin_end(struct pt_writer *w, const struct pt_pin *pin);

#endif
