/* SPDX-License-Identifier: MIT */
/*
 * emit_enter.c - who writes a record: a thread's writer, begun, resumed or switched, or its other one when a handler
 * interrupted the first. See emit.h for the rules.
 */
#include "emit.h"

#include <signal.h>
#include <string.h>

#include "../format/error.h"
#include "control.h"
#include "mode.h"
#include "sample.h"
#include "sys.h"

void pt_emit_abandon(struct pt_writer *w, enum pt_event_class class)
{
	uint32_t stopped = atomic_load(&w->process->stopped);
	/* Of a ring each slot may be in use by another thread. */
	enum pt_lost why = atomic_load(&pt_quiet)	? PT_LOST_SANDBOX :
			   w->process->ring.slots_nr ? PT_LOST_LIMIT :
						       PT_LOST_DISK;

	if (!pt_record_stale(w))
		pt_segment_lose(w->process, w->nr, stopped ? (enum pt_lost)(stopped - 1) : why, class);
	pt_emit_leave(w);
}

/* Is the hook that set busy_sp still below us? A handler that interrupted it runs further
 * down the same stack, or on the alternate one; else that hook was jumped out of. */
static bool interrupted(const struct pt_writer *w, uint64_t sp)
{
	stack_t ss;

	if (sp < w->busy_sp || atomic_load(&pt_quiet))
		return true;
	memset(&ss, 0, sizeof(ss));
	pt_sys3(SYS_sigaltstack, 0, (long)&ss, 0);
	return ss.ss_flags & SS_ONSTACK;
}

/* A half-written record may lie there: leave the chunk. What is known of stacks may be half changed. */
static void jumped_out(struct pt_writer *w)
{
	w->pos = w->limit;
	pt_stacks_forget(&w->stacks);
}

static struct pt_writer *not_busy(struct pt_writer *w, uint64_t sp, enum pt_event_class class)
{
	struct pt_writer *n;

	if (!w->busy_sp)
		return w;
	if (!interrupted(w, sp)) {
		jumped_out(w);
		return w;
	}
	n = pt_writer_nested(w);
	if (n && (!n->busy_sp || !interrupted(n, sp))) {
		if (n->busy_sp)
			jumped_out(n);
		return n;
	}
	pt_segment_lose(w->process, w->nr, n ? PT_LOST_NESTED : PT_LOST_MEMORY, class);
	return NULL;
}

static int announce(struct pt_writer *w)
{
	uint64_t fields[3] = { w->serial, w->tid, (uint64_t)__builtin_thread_pointer() };

	if (pt_record_small(w, PT_EXT_THREAD, pt_tick_now(), fields, 3))
		return -PT_ENOSPC;
	w->announced = true;
	return pt_sample_name(w);
}

struct pt_writer *pt_emit_room_slow(struct pt_writer *w, enum pt_event_class class)
{
	if (!pt_record_room(w, PT_RECORD_BYTES_MAX) &&
	    (w->announced || (!announce(w) && !pt_record_room(w, PT_RECORD_BYTES_MAX))))
		return w;
	pt_emit_abandon(w, class);
	return NULL;
}

#define AS_IT_IS UINT32_MAX

/* The calling thread's writer. sample_bytes: of its chunk, or another is begun; AS_IT_IS: no matter. */
static struct pt_writer *enter(uint64_t sp, enum pt_event_class class, uint32_t sample_bytes)
{
	uint32_t opened = *(volatile uint32_t *)&pt_process->opened;
	struct pt_writer *w = pt_mine;

	if (!opened) /* forked since, by a handler */
		return NULL;
	if (!w || w->opened != opened || atomic_load(&pt_quiet) == PT_QUIET_NO_CLOCK) {
		if (atomic_load(&pt_quiet)) {
			pt_segment_lose(pt_process, 0, PT_LOST_SANDBOX, class);
			return NULL;
		}
		w = pt_writer_attach(opened);
		if (!w) {
			pt_segment_lose(pt_process, 0, PT_LOST_MEMORY, class);
			return NULL;
		}
	}
	w = not_busy(w, sp, class);
	if (!w)
		return NULL;
	w->busy_sp = sp;
	atomic_signal_fence(memory_order_seq_cst);
	if (sample_bytes != AS_IT_IS && w->sample_bytes != sample_bytes) {
		w->sample_bytes = sample_bytes;
		w->next_pages = PT_WRITER_PAGES_FIRST; /* who switches often shall not fill the disk */
		w->pos = w->limit;
	}
	if (!w->announced || w->pos >= w->limit)
		w = pt_emit_room_slow(w, class);
	if (!w || (!pt_mode_tell(w) && !pt_record_room(w, PT_RECORD_BYTES_MAX)))
		return w;
	pt_emit_abandon(w, class);
	return NULL;
}

static void resumed(const struct pt_entry *at)
{
	struct pt_writer *w = pt_emit_enter(at, PT_CLASS_OTHER);

	if (!w)
		return;
	if (pt_record_small(w, PT_EXT_RESUME, pt_tick_now(), NULL, 0))
		pt_emit_abandon(w, PT_CLASS_OTHER);
	else
		pt_emit_leave(w);
}

bool pt_emit_going(uint64_t sp)
{
	const struct pt_entry at = { .sp = sp };

	if (atomic_load_explicit(&pt_paused, memory_order_relaxed)) {
		if (!pt_control_resumes(pt_process))
			return false;
		resumed(&at);
	}
	return pt_process_start();
}

struct pt_writer *pt_emit_enter_as(uint64_t sp, enum pt_event_class class, uint32_t sample_bytes)
{
	pt_self = NULL; /* before the chunk becomes one that it must not be */
	return enter(sp, class, sample_bytes);
}

struct pt_writer *pt_emit_enter_slow(uint64_t sp, enum pt_event_class class)
{
	struct pt_writer *w;
	uint64_t mode;

	if (pt_internal || !pt_emit_going(sp))
		return NULL;
	mode = *(volatile uint64_t *)&pt_process->light;
	if (mode)
		return pt_emit_enter_as(sp, class, pt_mode_kind(mode) == PT_MODE_SAMPLE ? pt_mode_bytes(mode) : AS_IT_IS);
	w = enter(sp, class, 0);
	if (w && w == pt_mine) /* busy: no handler changes its chunk's kind */
		pt_self = w;
	return w;
}
