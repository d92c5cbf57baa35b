/* SPDX-License-Identifier: MIT */
/*
 * heap.h - one pool of memory: events in, changes out.
 *
 * Knows of each block whether it is in use, inside a realloc, or idle, and says in changes
 * (change.h) what every event did. Blocks never overlap: whatever a new block overlaps, ends.
 * Memory: O(blocks in use and idle + spans of 16 KiB ever handed out + threads), never O(events).
 * An annotated pool will be one more of these, with its own number in `pool`.
 *
 * What is decided here, beyond the definitions in docs/report.md:
 * - A block occupies max(size, 1) bytes from its address; sizes above 2^48 - 1 count as that.
 * - Time never runs backwards: an event that was moved behind a later one gets the later time.
 * - Between a realloc's begin and end its old block is in use. If the new block touches the old
 *   one's range it was in place: no idle time. Else the old block becomes idle at the end, held
 *   by the thread and CPU of the begin, and its idle time counts from the begin. Its owner is
 *   afterwards the thread that reallocated it; the old owner's block counts as freed by it.
 * - If the old block's range was handed out again before the end, it was idle from the begin
 *   until then, but is never part of a sum of idle bytes.
 * - A trace that ends inside a realloc leaves the block in use.
 * - Any mmap, munmap or mremap, the break going down, and a probe that found pages gone end every
 *   idle block that they touch; madvise only those wholly inside, since the rest of a partly
 *   purged block is still held.
 * - A free of an address where no block in use starts counts as a free and has no other effect.
 * - A block in use that is handed out again had a free that was not recorded: it just ends.
 */
#ifndef PT_HEAP_H
#define PT_HEAP_H

#include <stdbool.h>
#include <stdint.h>

#include "../trace/event.h"
#include "change.h"
#include "classes.h"
#include "dense.h"
#include "index.h"
#include "mapped.h"

#define PT_BATCH_CHANGES 256u /* 16 KiB: stays in the first-level cache while all passes read it */

#define PT_NOT_GONE UINT64_MAX

/* A realloc that has begun and not ended. */
struct pt_move {
	uint64_t begin_ns;
	uint64_t got_ns;  /* since when the block had been in use */
	uint64_t gone_ns; /* when its pages went back to the system, or PT_NOT_GONE */
	uint32_t thread;  /* that called realloc */
	uint16_t cpu;	  /* dense */
	uint8_t flags;	  /* PT_CHANGE_TEMPORARY if it turns out to be a free */
	uint32_t next;	  /* free ones: + 1 */
};

struct pt_heap {
	struct pt_index index;
	struct pt_classes classes;
	struct pt_mapped mapped;    /* by the program */
	struct pt_mapped allocator; /* by an allocator of its own (PT_MAP_BY_ALLOCATOR) */
	struct pt_dense cpus, sites;
	struct pt_move *moves; /* a pool */
	uint32_t moves_nr, moves_max, free_move;
	uint64_t *last_got; /* by thread: address its last allocation event returned, 0 = it was
			       another */
	uint32_t threads_max;
	uint16_t pool;
	uint32_t cpu_key, cpu; /* the CPU of the last event, and its dense number */
	uint64_t now_ns;
	uint64_t in_use_bytes, idle_bytes;
	uint64_t peak_in_use_bytes, peak_in_use_ns; /* the first moment of each peak */
	uint64_t peak_held_bytes, peak_held_ns, idle_at_peak_bytes;
	uint64_t peak_idle_bytes;
	uint64_t epoch; /* how often held bytes made a new peak */
	pt_change_fn *sink;
	void *sink_arg;
	int error; /* of the sink, or -PT_ENOMEM; sticks */
	bool plain_off; /* no PT_CHANGE_PLAIN: some pass has to see each change */
	uint32_t changes_nr;
	struct pt_change *changes; /* the batch; each one is a cache line */
};

/* pt_heap_init() - 0 or -PT_ENOMEM. `sink` gets the changes, at the latest in pt_heap_finish(). */
int pt_heap_init(struct pt_heap *h, uint16_t pool, pt_change_fn *sink, void *arg);
void pt_heap_fini(struct pt_heap *h);

/* pt_heap_find() - the block that starts at `addr`, or NULL; lives until the next event. */
static inline struct pt_block *pt_heap_find(const struct pt_heap *h, uint64_t addr)
{
	return pt_index_find(&h->index, addr);
}

/* pt_heap_spans() - how many pieces of 16 KiB it knows blocks in, or knew. */
static inline size_t pt_heap_spans(const struct pt_heap *h)
{
	return h->index.used_nr;
}

/* pt_heap_prefetch_far(), pt_heap_prefetch() - an event on `addr` will come, and will come soon. */
static inline void pt_heap_prefetch_far(const struct pt_heap *h, uint64_t addr)
{
	pt_index_prefetch_span(&h->index, addr);
}

static inline uint32_t pt_heap_prefetch(const struct pt_heap *h, uint64_t addr)
{
	return pt_index_prefetch(&h->index, addr);
}

/*
 * pt_heap_plain() - applies events from the first on, as long as they are allocations and frees that fit their address, by
 * threads on CPUs that were there before; how many it were.
 *
 * Most are frees of small blocks that the thread allocated on this CPU, and allocations of small blocks where such
 * a one lies idle. The same comes out as of pt_heap_apply(), but that the changes of those are PT_CHANGE_PLAIN. Only while
 * no event waits for another one (order.h). Stops at the heap's error. places: what pt_heap_prefetch() returned for each; NULL = it was not asked.
 */
uint32_t pt_heap_plain(struct pt_heap *h, const struct pt_event *events, const uint32_t *places, uint32_t nr);

/*
 * pt_heap_apply() - one event.
 *
 * at: pt_heap_find(h, ev->addr), which the caller needs anyhow to see whether the event fits.
 * Returns 0, -PT_ENOMEM or what the sink returned; the heap is of no use after an error.
 */
int pt_heap_apply(struct pt_heap *h, const struct pt_event *ev, struct pt_block *at);

/* pt_heap_sampled() - before the first event: some allocations are a sample. */
void pt_heap_sampled(struct pt_heap *h);

/* pt_heap_mark() - it is now_ns, and all changes so far are handed out. 0 or the heap's error. */
int pt_heap_mark(struct pt_heap *h, uint64_t now_ns);

/* pt_heap_finish() - the trace is over: one LEFT for each idle block, and the last batch. */
int pt_heap_finish(struct pt_heap *h);

#endif
