/* SPDX-License-Identifier: MIT */
/*
 * stretch.h - changes in a row by one thread on one CPU, to blocks of that same thread and CPU: nearly all.
 *
 * The rows of the thread and of the CPU are told the same of each. So it is summed up in registers and they are told
 * once, at the end of the stretch; what they were at in between is known relative to where they began.
 */
#ifndef PT_STRETCH_H
#define PT_STRETCH_H

#include "ledger.h"
#include "pass.h"

#define PT_STRETCH_MIN 3u /* shorter ones are not worth it */
#define PT_STRETCH_KINDS                                                                                    \
	(PT_CHANGE_BIT(PT_CHANGE_GOT) | PT_CHANGE_BIT(PT_CHANGE_PUT) | PT_CHANGE_BIT(PT_CHANGE_RESIZED) |   \
	 PT_CHANGE_BIT(PT_CHANGE_REUSED) | PT_CHANGE_BIT(PT_CHANGE_GONE))

struct pt_stretch {
	pt_blocks_bytes in_use, idle; /* more, or less, than at its begin */
	pt_blocks_bytes allocated, freed;
	int64_t most_in_use_bytes, most_idle_bytes; /* after a GOT, after a PUT; INT64_MIN = there was none */
	uint64_t epoch;				    /* of the last change ... */
	uint64_t in_use_at_bytes, idle_at_bytes;    /* ... and what the two were before the first change of it */
	uint64_t frees, fresh, temporary;
	pt_byte_ns hoard;
};

/* Whether `c` belongs to a stretch of this thread and CPU. */
static inline bool pt_stretch_has(const struct pt_change *c, uint32_t thread, uint16_t cpu)
{
	if (c->thread != thread || c->cpu != cpu)
		return false;
	return c->kind == PT_CHANGE_PLAIN || ((PT_CHANGE_BIT(c->kind) & PT_STRETCH_KINDS) && c->owner_thread == thread &&
					      c->owner_cpu == cpu);
}

static inline void pt_stretch_begin(struct pt_stretch *s, uint64_t epoch)
{
	*s = (struct pt_stretch){ .most_in_use_bytes = INT64_MIN, .most_idle_bytes = INT64_MIN, .epoch = epoch };
}

/* What pt_row_got() and the others do to a row, in their order: first whether there was a new peak since. */
static inline void pt_stretch_settle(struct pt_stretch *s, uint64_t epoch)
{
	if (s->epoch != epoch) {
		s->epoch = epoch;
		s->in_use_at_bytes = s->in_use[PT_BYTES];
		s->idle_at_bytes = s->idle[PT_BYTES];
	}
}

static inline void pt_stretch_got(struct pt_stretch *s, struct pt_row_told t)
{
	pt_stretch_settle(s, t.epoch);
	s->allocated += t.one;
	s->in_use += t.one;
	s->fresh += !!(t.flags & PT_CHANGE_FRESH);
	if ((int64_t)s->in_use[PT_BYTES] > s->most_in_use_bytes)
		s->most_in_use_bytes = (int64_t)s->in_use[PT_BYTES];
}

/* RESIZED; PUT is that and pt_stretch_idle_begins(). */
static inline void pt_stretch_freed(struct pt_stretch *s, struct pt_row_told t)
{
	pt_stretch_settle(s, t.epoch);
	s->in_use -= t.one;
	s->freed += t.one;
	s->frees += !!(t.flags & PT_CHANGE_BY_FREE);
	s->temporary += !!(t.flags & PT_CHANGE_TEMPORARY);
}

static inline void pt_stretch_idle_begins(struct pt_stretch *s, struct pt_row_told t)
{
	s->idle += t.one;
	if ((int64_t)s->idle[PT_BYTES] > s->most_idle_bytes)
		s->most_idle_bytes = (int64_t)s->idle[PT_BYTES];
}

static inline void pt_stretch_idle_ends(struct pt_stretch *s, struct pt_row_told t)
{
	pt_stretch_settle(s, t.epoch);
	s->idle -= t.one;
	s->hoard += t.hoard;
}

/* pt_stretch_end() - the row is told. */
static inline void pt_stretch_end(const struct pt_stretch *s, struct pt_row *row)
{
	uint64_t in_use = row->in_use[PT_BYTES], idle = row->idle[PT_BYTES];

	if (row->epoch != s->epoch) {
		row->epoch = s->epoch;
		row->in_use_at_peak_bytes = in_use + s->in_use_at_bytes;
		row->idle_at_peak_bytes = idle + s->idle_at_bytes;
	}
	if (s->most_in_use_bytes != INT64_MIN && in_use + (uint64_t)s->most_in_use_bytes > row->peak_in_use_bytes)
		row->peak_in_use_bytes = in_use + (uint64_t)s->most_in_use_bytes;
	if (s->most_idle_bytes != INT64_MIN && idle + (uint64_t)s->most_idle_bytes > row->peak_idle_bytes)
		row->peak_idle_bytes = idle + (uint64_t)s->most_idle_bytes;
	row->in_use += s->in_use;
	row->idle += s->idle;
	row->allocated += s->allocated;
	row->freed += s->freed;
	row->frees += s->frees;
	row->fresh_allocations += s->fresh;
	row->temporary_allocations += s->temporary;
	row->hoard += s->hoard;
}

#endif
