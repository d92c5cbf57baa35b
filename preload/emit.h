/* SPDX-License-Identifier: MIT */
/*
 * emit.h - one allocation event in, one committed record out.
 *
 * Runs inside malloc() and inside signal handlers, so: no stdio, no malloc, no locks. Failure
 * is a counter, never a message. What every event needs is inline here; what one event in a
 * thousand needs is in emit.c. Order (architecture, decision 3; docs/design/0002): a free is
 * written before the real free, an allocation after the real allocation, both stamped with a
 * plain rdtsc.
 */
#ifndef PT_EMIT_H
#define PT_EMIT_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "light.h"
#include "process.h"
#include "real.h"
#include "record.h"
#include "segment.h"
#include "thread.h"

#define pt_likely(x) __builtin_expect(!!(x), 1)
#define pt_unlikely(x) __builtin_expect(!!(x), 0)

/* The CPU this thread runs on: one load of what the kernel keeps for us (rseq, glibc >= 2.35).
 * Negative as long as nothing is registered. */
static inline uint32_t pt_cpu_now(void)
{
	uint32_t cpu;

	__asm__ volatile("movl %%fs:(%1), %0" : "=r"(cpu) : "r"(pt_way.cpu_offset));
	return pt_likely((int32_t)cpu >= 0) ? cpu : 0;
}

/* Everything unusual about starting a record: no writer yet, a fork, a signal handler in our own
 * hook. A writer with room, its busy_sp set, or NULL: counted as lost. */
struct pt_writer *pt_emit_enter_slow(uint64_t sp, enum pt_event_class class);

/* In a light mode: a writer whose chunk is a sample with that mean distance; 0: of every event. As above. */
struct pt_writer *pt_emit_enter_as(uint64_t sp, enum pt_event_class class, uint32_t sample_bytes);

/* pt_emit_going() - has recording begun, and is it not paused? Resumes it when somebody wishes so. */
bool pt_emit_going(uint64_t sp);

/* A busy writer without room: the next chunk. As above. */
struct pt_writer *pt_emit_room_slow(struct pt_writer *w, enum pt_event_class class);

#define PT_STACK_NO_ROOM UINT32_MAX

/* Write the definitions of stack nodes (and modules) the file does not know yet; leaves room for one
 * more record of `bytes`. Returns what the file calls `stack`, or PT_STACK_NO_ROOM. The last thing
 * before that record: in a ring the number holds for one chunk. */
uint32_t pt_emit_frames(struct pt_writer *w, uint32_t stack, size_t bytes);

/* One frame, the next number of its chunk (or, if it is there already, of its writer). 0 or -PT_ENOSPC. */
int pt_emit_frame(struct pt_writer *w, uint64_t ip, uint32_t parent);

/* CPU changed, or it is time to look at RSS and the thread's name; leaves room as above. */
int pt_emit_asides(struct pt_writer *w, uint32_t cpu, uint64_t tick);

/* The event cannot be written after all: count it, leave the writer. */
void pt_emit_abandon(struct pt_writer *w, enum pt_event_class class);

/* First allocation of that size: tell what the allocator really gave. */
void pt_emit_usable(struct pt_writer *w, void *p, size_t size_bytes);

/* The thread's writer, busy, with room; NULL and *slow: to be found out by what goes the slow way; NULL: counted as lost. */
static inline __attribute__((always_inline)) struct pt_writer *pt_emit_enter_fast(const struct pt_entry *at,
										   enum pt_event_class class, bool *slow)
{
	struct pt_writer *w = pt_self;

	/* Another trace than the writer's: a forked child. Its old writer stays as it is: a hook
	 * that was interrupted to fork still uses it. */
	*slow = !w || w->busy_sp || w->opened != pt_way.process->takes;
	if (pt_unlikely(*slow))
		return NULL;
	PT_POINT("enter");
	w->busy_sp = at->sp;
	atomic_signal_fence(memory_order_seq_cst);
	if (pt_unlikely(w->pos >= w->limit)) /* after busy_sp: a handler may have filled the chunk */
		return pt_emit_room_slow(w, class);
	return w;
}

static inline struct pt_writer *pt_emit_enter(const struct pt_entry *at, enum pt_event_class class)
{
	bool slow;
	struct pt_writer *w = pt_emit_enter_fast(at, class, &slow);

	return pt_unlikely(slow) ? pt_emit_enter_slow(at->sp, class) : w;
}

static inline void pt_emit_leave(struct pt_writer *w)
{
	PT_POINT("leave");
	atomic_signal_fence(memory_order_seq_cst);
	w->busy_sp = 0;
}

/* The record of an allocation by a writer that was entered. */
static inline __attribute__((always_inline)) void pt_emit_tell_alloc(struct pt_writer *w, enum pt_fn fn, void *p,
								      size_t size_bytes, const struct pt_entry *at)
{
	uint64_t tick;
	uint32_t stack = 0, cpu;
	uint8_t *end, head;

	PT_POINT("entered");
	if (pt_likely(w->depth))
		stack = pt_stack_quick(&w->stacks, at, w->depth,
				       atomic_load_explicit(&pt_way.process->generation, memory_order_relaxed));
	PT_POINT("stack");
	tick = pt_tick_now();
	cpu = pt_cpu_now();
	if (pt_unlikely(cpu != w->cpu || tick >= w->sample_tick) && pt_emit_asides(w, cpu, tick))
		return pt_emit_abandon(w, PT_CLASS_ALLOC);
	if (pt_unlikely(w->stacks.nodes_nr != w->stacks.written_nr)) {
		stack = pt_emit_frames(w, stack, PT_RECORD_BYTES_MAX);
		if (stack == PT_STACK_NO_ROOM)
			return pt_emit_abandon(w, PT_CLASS_ALLOC);
	}
	end = pt_put_alloc(&w->codec, w->pos, fn, tick, (uint64_t)p, size_bytes, stack, &head);
	pt_record_commit(w, end, head);
	pt_emit_leave(w);
	if (pt_unlikely(!(head & PT_REC_SIZE_SAME)) && fn <= PT_API_CALLOC && size_bytes <= 64 * 8 * 512 - 8) {
		uint64_t unit = (size_bytes + 7) / 8;

		if (!(atomic_load_explicit(&pt_process->usable_seen[unit / 64], memory_order_relaxed) >> unit % 64 & 1))
			pt_emit_usable(w, p, size_bytes);
	}
}

static inline __attribute__((always_inline)) void pt_emit_alloc(enum pt_fn fn, void *p, size_t size_bytes,
								const struct pt_entry *at)
{
	struct pt_writer *w;
	bool slow;

	if (pt_unlikely(pt_real_owns(at->ip)))
		return; /* the allocator calls itself */
	w = pt_emit_enter_fast(at, PT_CLASS_ALLOC, &slow);
	if (pt_unlikely(slow))
		w = pt_light_alloc(fn, p, size_bytes, PT_ENTRY_COPY(at));
	if (pt_likely(w))
		pt_emit_tell_alloc(w, fn, p, size_bytes, at);
}

/* A realloc that is lost is one allocation; only where it freed and gave nothing (pt_emit_realloc_done()) is it a free. */
static inline enum pt_event_class pt_free_class(enum pt_fn fn)
{
	return fn == PT_API_REALLOC || fn == PT_API_REALLOCARRAY || fn == PT_API_RALLOCX ? PT_CLASS_OTHER : PT_CLASS_FREE;
}

static inline __attribute__((always_inline)) void pt_emit_tell_free(struct pt_writer *w, enum pt_fn fn, void *p)
{
	uint64_t tick;
	uint32_t cpu;
	uint8_t *end, head;

	tick = pt_tick_now();
	cpu = pt_cpu_now();
	if (pt_unlikely(cpu != w->cpu || tick >= w->sample_tick) && pt_emit_asides(w, cpu, tick))
		return pt_emit_abandon(w, pt_free_class(fn));
	end = pt_put_free(&w->codec, w->pos, fn, tick, (uint64_t)p, &head);
	pt_record_commit(w, end, head);
	pt_emit_leave(w);
}

static inline __attribute__((always_inline)) void pt_emit_free(enum pt_fn fn, void *p, const struct pt_entry *at)
{
	struct pt_writer *w;
	bool slow;

	if (pt_unlikely(pt_real_owns(at->ip)))
		return;
	w = pt_emit_enter_fast(at, PT_CLASS_FREE, &slow);
	if (pt_unlikely(slow))
		w = pt_light_free(p, PT_ENTRY_COPY(at));
	if (pt_likely(w))
		pt_emit_tell_free(w, fn, p);
}

/* A realloc begins. True: in a light mode, and pt_light_end() is to be told of its end; false: pt_emit_end(). */
static inline __attribute__((always_inline)) bool pt_emit_begin(enum pt_fn fn, void *p, const struct pt_entry *at,
								struct pt_light_change *change)
{
	struct pt_writer *w;
	bool slow;

	if (pt_unlikely(pt_real_owns(at->ip)))
		return false;
	w = pt_emit_enter_fast(at, PT_CLASS_OTHER, &slow);
	if (pt_unlikely(slow)) {
		if (pt_light_begin(change, fn, p, PT_ENTRY_COPY(at)))
			return true;
		w = pt_emit_enter_slow(at->sp, PT_CLASS_OTHER);
	}
	if (pt_likely(w))
		pt_emit_tell_free(w, fn, p);
	return false;
}

/* Its end, with a block. */
static inline __attribute__((always_inline)) void pt_emit_end(enum pt_fn fn, void *p, size_t size_bytes,
							      const struct pt_entry *at)
{
	struct pt_writer *w;
	bool slow;

	if (pt_unlikely(pt_real_owns(at->ip)))
		return;
	w = pt_emit_enter_fast(at, PT_CLASS_ALLOC, &slow);
	if (pt_unlikely(slow))
		w = pt_light_late(fn, p, size_bytes, PT_ENTRY_COPY(at));
	if (pt_likely(w))
		pt_emit_tell_alloc(w, fn, p, size_bytes, at);
}

/* The rarer events; each finds its own writer, counts its own loss. */
void pt_emit_realloc_done(int freed, const struct pt_entry *at);
void pt_emit_mmap(uint64_t addr, uint64_t bytes, unsigned int flags, const struct pt_entry *at);
void pt_emit_munmap(uint64_t addr, uint64_t bytes, const struct pt_entry *at);
void pt_emit_mremap(uint64_t old_addr, uint64_t old_bytes, uint64_t addr, uint64_t bytes,
		    const struct pt_entry *at);
void pt_emit_gone(uint64_t addr, uint64_t bytes, enum pt_gone why, const struct pt_entry *at);
/* pt_emit_code_gone() - code is unmapped: what is remembered of its addresses is void. */
void pt_emit_code_gone(void);
void pt_emit_module_gone(uint64_t start, uint64_t bytes, const struct pt_entry *at);

/* The program ends, or stops the recording: RSS as it is then. */
void pt_emit_last(const struct pt_entry *at);

/* In a light mode: RSS, the thread's name, wishes of others. */
void pt_emit_look(const struct pt_entry *at);

/* The program is about to confine itself: a last large chunk for the calling thread (1 MiB, some
 * 300,000 events), then no system call any more. */
void pt_emit_sandboxed(const struct pt_entry *at);

/* The first lines of a trace: notes, modules, the first thread. Once, at the end of the boot. */
void pt_emit_start(const struct pt_entry *at);

#endif
