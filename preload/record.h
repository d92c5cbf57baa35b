/* SPDX-License-Identifier: MIT */
/*
 * record.h - bytes into a writer's chunk: committed, and a new chunk when they do not fit.
 *
 * The frequent records are put together inline in emit.h; PT_REC_EXT records here. Runs inside
 * malloc() and in signal handlers, by the thread that owns the writer and has set busy_sp.
 */
#ifndef PT_RECORD_H
#define PT_RECORD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <x86intrin.h>

#include "faults.h"
#include "thread.h"

static inline uint64_t pt_tick_now(void)
{
	return __rdtsc() >> PT_TICK_SHIFT;
}

/* pt_record_mono_ns() - CLOCK_MONOTONIC. */
uint64_t pt_record_mono_ns(void);

/* Make the record that ends at `end` visible: its first byte last. */
static inline void pt_record_commit(struct pt_writer *w, uint8_t *end, uint8_t head)
{
	PT_POINT("commit");
	atomic_signal_fence(memory_order_seq_cst);
	*(volatile uint8_t *)w->pos = head;
	atomic_signal_fence(memory_order_seq_cst);
	PT_POINT("committed");
	w->pos = end;
}

/* pt_record_file() - the header of the writer's trace. Ask before pt_record_stale(): if a handler forks
 * after that, the child still has something mapped there. */
struct pt_file_header *pt_record_file(const struct pt_writer *w);

/* pt_record_stale() - is this a hook that a signal handler interrupted to fork, going on in the
 * child? What it has under its hands belongs to the parent. */
bool pt_record_stale(const struct pt_writer *w);

/* pt_record_room() - at least `bytes` for the next record, in a new chunk if need be. 0 or -PT_ENOSPC. */
int pt_record_room(struct pt_writer *w, size_t bytes);

#define PT_RECORD_LARGE_BYTES_MAX (PT_EXT_BYTES_MAX + PT_RECORD_BYTES_MAX)

/* pt_record_small() - one PT_REC_EXT of at most five varints. 0 or -PT_ENOSPC. */
int pt_record_small(struct pt_writer *w, enum pt_ext ext, uint64_t tick, const uint64_t *fields,
		    unsigned int nr);

/*
 * pt_record_large() - one PT_REC_EXT of varints and then up to two runs of bytes.
 *
 * They go straight into the chunk: a hook has 1 KiB of stack. `text` is cut at the front when
 * it is too long. 0 or -PT_ENOSPC.
 */
int pt_record_large(struct pt_writer *w, enum pt_ext ext, const uint64_t *fields, unsigned int nr,
		    const void *lead, size_t lead_bytes, const char *text, size_t text_bytes);

#endif
