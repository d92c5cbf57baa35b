/* SPDX-License-Identifier: MIT */
/*
 * trace.c - the face of trace/: open, next event, close.
 *
 * pt_trace_next() runs once an event: no allocation on its way, no division, no copy of a
 * record.
 */
#include "trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "extra.h"
#include "merge.h"
#include "ring.h"

/* What a function of the API is as a PT_REC_ALLOC and as a PT_REC_FREE; 0 = no writer writes that. */
static const uint8_t alloc_kinds[PT_API_NR] = {
	[PT_API_MALLOC] = PT_EV_ALLOC,
	[PT_API_CALLOC] = PT_EV_ALLOC,
	[PT_API_REALLOC] = PT_EV_REALLOC_END,
	[PT_API_REALLOCARRAY] = PT_EV_REALLOC_END,
	[PT_API_MEMALIGN] = PT_EV_ALLOC,
	[PT_API_ALIGNED_ALLOC] = PT_EV_ALLOC,
	[PT_API_POSIX_MEMALIGN] = PT_EV_ALLOC,
	[PT_API_VALLOC] = PT_EV_ALLOC,
	[PT_API_PVALLOC] = PT_EV_ALLOC,
	[PT_API_MALLOCX] = PT_EV_ALLOC,
	[PT_API_RALLOCX] = PT_EV_REALLOC_END,
};
static const uint8_t free_kinds[PT_API_NR] = {
	[PT_API_FREE] = PT_EV_FREE,
	[PT_API_REALLOC] = PT_EV_REALLOC_BEGIN,
	[PT_API_REALLOCARRAY] = PT_EV_REALLOC_BEGIN,
	[PT_API_CFREE] = PT_EV_FREE,
	[PT_API_FREE_SIZED] = PT_EV_FREE,
	[PT_API_RALLOCX] = PT_EV_REALLOC_BEGIN,
	[PT_API_DALLOCX] = PT_EV_FREE,
};

int pt_trace_open(struct pt_trace **out, const char *path)
{
	/* Not calloc: the copy of the header has the alignment of its cache lines. */
	struct pt_trace *t = aligned_alloc(_Alignof(struct pt_trace), sizeof(*t));
	int err = -PT_ENOMEM, saved;

	if (!t)
		return -PT_ENOMEM;
	memset(t, 0, sizeof(*t));
	t->priv = calloc(1, sizeof(*t->priv));
	if (!t->priv)
		goto fail;
	t->priv->source.fd = -1;
	err = pt_source_open(&t->priv->source, path, &t->header, &t->state);
	if (err)
		goto fail;
	pt_clock_init(&t->priv->clock, &t->header, &t->priv->source.latest);
	t->priv->source.cut_tick = pt_clock_cut(&t->priv->clock, &t->header, &t->priv->source.opened);
	t->state.tsc_hz = t->priv->clock.tsc_hz;
	if (t->priv->source.ring_tick)
		t->state.ring.since_ns = pt_clock_ns(&t->priv->clock, t->priv->source.ring_tick);
	t->state.clock_estimated = t->priv->clock.estimated;
	err = pt_tables_init(t, &t->priv->tables);
	if (err)
		goto fail;
	err = pt_merge_init(&t->priv->merge, &t->priv->source, (uint32_t)t->state.writers_nr);
	if (err)
		goto fail;
	*out = t;
	return 0;
fail:
	saved = errno;
	pt_trace_close(t);
	errno = saved;
	return err;
}

void pt_trace_close(struct pt_trace *t)
{
	if (!t)
		return;
	if (t->priv) {
		pt_merge_fini(&t->priv->merge, (uint32_t)t->state.writers_nr);
		pt_tables_fini(t, &t->priv->tables);
		pt_source_close(&t->priv->source);
		free(t->priv);
	}
	free(t);
}

/* The current writer has come to a new chunk: who and where, and nothing pending across a gap. */
static int enter_chunk(struct pt_trace *t, struct pt_writer *w)
{
	int r = 0;

	w->chunk_opened = false;
	if (w->lost_before)
		w->realloc_addr = 0;
	/* 0 = said by a record; until it comes, what was true before, or the unknown thread */
	if (w->thread_serial || w->thread == PT_THREAD_NONE || w->lost_before)
		r = pt_tables_thread(t, &t->priv->tables, w->thread_serial,
				     pt_clock_ns(&t->priv->clock, w->rec.tick), &w->thread);
	return r < 0 ? r : 0;
}

/* w->rec is a get or a put of an annotated pool. */
static __attribute__((noinline)) bool pool_event(const struct pt_writer *w, struct pt_event *ev)
{
	const struct pt_record *rec = &w->rec;

	ev->kind = rec->kind == PT_REC_GET ? PT_EV_POOL_GET : PT_EV_POOL_PUT;
	ev->addr = rec->addr;
	ev->pool = rec->pool;
	ev->shard = rec->shard;
	ev->stack = pt_writer_stack(w, rec->stack);
	if (rec->kind == PT_REC_GET)
		ev->size_bytes = rec->size_bytes;
	return true;
}

/* w->rec is no PT_REC_EXT. False when no writer would write that. */
static bool main_event(struct pt_writer *w, struct pt_event *ev)
{
	const struct pt_record *rec = &w->rec;

	if (__builtin_expect(rec->kind > PT_REC_FREE, 0))
		return pool_event(w, ev);
	if (__builtin_expect(!rec->addr || rec->fn >= PT_API_NR, 0))
		return false;
	ev->fn = rec->fn;
	ev->addr = rec->addr;
	if (rec->kind == PT_REC_FREE) {
		ev->kind = free_kinds[rec->fn];
		if (ev->kind == PT_EV_REALLOC_BEGIN)
			w->realloc_addr = rec->addr;
		return ev->kind;
	}
	ev->kind = alloc_kinds[rec->fn];
	ev->size_bytes = rec->size_bytes;
	ev->sample_bytes = w->sample_bytes;
	ev->stack = pt_writer_stack(w, rec->stack);
	if (ev->kind == PT_EV_REALLOC_END) {
		ev->old_addr = w->realloc_addr;
		w->realloc_addr = 0;
	}
	return ev->kind;
}

int pt_trace_next(struct pt_trace *t, struct pt_event *ev)
{
	struct pt_writer *w;
	int r;

	for (;;) {
		r = pt_merge_next(t, &w);
		if (r <= 0)
			return r;
		if (__builtin_expect(w->chunk_opened, 0)) {
			r = enter_chunk(t, w);
			if (r)
				return r;
		}
		if (__builtin_expect(w->rec.tick <= t->priv->source.ring_tick, 0) && pt_ring_before(w, &t->state))
			continue;
		memset(ev, 0, sizeof(*ev));
		ev->cpu = w->cpu;
		ev->thread = w->thread;
		ev->time_ns = t->end_ns = pt_clock_ns(&t->priv->clock, w->rec.tick);
		if (__builtin_expect(w->rec.kind != PT_REC_EXT, 1)) {
			t->state.events_nr++;
			if (main_event(w, ev))
				return 1;
			t->state.events_nr--;
			r = -PT_ECORRUPT;
		} else {
			r = pt_extra_event(t, w, ev);
		}
		if (r == -PT_ECORRUPT)
			pt_writer_drop(w, &t->state);
		else if (r)
			return r;
	}
}

void pt_trace_watch_modules(struct pt_trace *t, void (*seen)(void *arg, const struct pt_module_info *m), void *arg)
{
	t->priv->tables.seen = seen;
	t->priv->tables.seen_arg = arg;
}

double pt_trace_progress(const struct pt_trace *t)
{
	uint64_t all = t->state.used_bytes - t->priv->source.snaps_bytes; /* snapshots are no events */
	uint64_t done = t->state.read_bytes + PT_HEADER_PAGES * PT_PAGE_BYTES;

	return done < all ? (double)done / (double)all : 1.0;
}

size_t pt_stack_frames(const struct pt_trace *t, uint32_t stack, const struct pt_stack_node **out, size_t max)
{
	size_t nr = 0;

	/* Parents go outwards; an index is always below that of its children. */
	for (; stack && stack < t->stacks_nr && nr < max; stack = t->stacks[stack].parent)
		out[nr++] = &t->stacks[stack];
	return nr;
}
