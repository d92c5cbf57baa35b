/* SPDX-License-Identifier: MIT */
/* snapshot.c - the program's side of a snapshot. See snapshot.h. */
#include "snapshot.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "config.h"
#include "emit.h"
#include "meet.h"
#include "process.h"
#include "record.h"
#include "scan.h"
#include "scratch.h"
#include "stop.h"
#include "sys.h"

#ifndef __WCLONE
#define __WCLONE 0x80000000
#endif
#define NO_HANG 1
#define EXIT_NAP_NS 2000000
#define EXIT_NAPS 30000u /* a minute */
#define FINISH_NAPS 500u /* a second */
#define FRAME_BYTES 256u /* of a function that has saved all registers: 6 of them, and what it needs */

uint32_t pt_snapshot_signal;

/* One at a time is being copied: pt_process.snap_busy. */
static struct pt_snapshot_job job;

/* Children that ended are forgotten by the kernel only when somebody waits for them. One that was killed could
 * not count itself: for want of memory, as a rule. A free slot, or -1. */
static int free_slot(struct pt_process *pr, struct pt_file_header *h)
{
	int slot = -1, status = 0;
	unsigned int i;

	for (i = 0; i < PT_SNAPS_AT_ONCE; i++) {
		uint32_t pid = atomic_load(&pr->snap_children[i]);
		long r = 0;

		if (pid)
			r = pt_sys6(SYS_wait4, pid, (long)&status, NO_HANG | (long)__WCLONE, 0, 0, 0);
		/* Two threads may have come to wait for it: only one had an answer. */
		if (r > 0 && (status & 0x7f))
			__atomic_add_fetch(&h->snaps_lost[PT_SNAP_LOST_MEMORY], 1, __ATOMIC_RELAXED);
		if (r && atomic_compare_exchange_strong(&pr->snap_children[i], &pid, 0))
			pid = 0;
		if (!pid)
			slot = (int)i;
	}
	return slot;
}

/* On the scratch stack, all signals blocked; so in the child. The child shares the table of descriptors
 * until it has let go of it, so it never holds one open that the program closed. */
static long copy(uint64_t sp)
{
	long pid;

	pt_meet_threads(&job, sp);
	pid = pt_sys6(SYS_clone, CLONE_FILES | CLONE_UNTRACED, 0, 0, 0, 0, 0);
	if (!pid)
		pt_scan_run(&job);
	if (pt_config.snapshot_registers)
		pt_stop_release();
	return pid;
}

/* 0, or enum pt_snap_lost + 1. */
static uint64_t fork_child(struct pt_process *pr, struct pt_file_header *h, uint32_t number, uint64_t sp)
{
	uint64_t lost = PT_SNAP_LOST_BUSY + 1;
	int slot;
	long pid;

	if (atomic_exchange(&pr->snap_busy, 1))
		return lost;
	if (atomic_load(&pt_quiet)) { /* after snap_busy was set: pt_snapshot_finish() */
		lost = PT_SNAP_LOST_SANDBOX + 1;
	} else if ((slot = free_slot(pr, h)) >= 0) {
		job.file = h;
		job.limit_pages = atomic_load(&pr->limit_pages);
		job.number = number;
		job.start_ns = pt_record_mono_ns();
		pid = copy(sp);
		if (pid > 0)
			atomic_store(&pr->snap_children[slot], (uint32_t)pid);
		lost = pid > 0 ? 0 : PT_SNAP_LOST_MEMORY + 1;
	}
	atomic_store(&pr->snap_busy, 0);
	return lost;
}

struct taking {
	struct pt_writer *w; /* busy */
	uint64_t why, sp;
	uint32_t number; /* out */
};

static uint32_t begin(struct pt_file_header *h)
{
	return __atomic_add_fetch(&h->snaps_begun, 1, __ATOMIC_RELAXED);
}

static void lose(struct pt_file_header *h, enum pt_snap_lost why)
{
	__atomic_add_fetch(&h->snaps_lost[why], 1, __ATOMIC_RELAXED);
}

/* On the scratch stack. Leaves room for a record, or none in all. */
static void take_there(void *arg)
{
	struct taking *t = arg;
	struct pt_file_header *h = pt_record_file(t->w);
	uint64_t fields[2] = { 0, t->why };
	uint64_t lost;

	if (!h || pt_record_stale(t->w))
		return;
	fields[0] = begin(h);
	if (pt_record_small(t->w, PT_EXT_SNAPSHOT, pt_tick_now(), fields, 2)) /* full: no cut, no snapshot */
		lost = PT_SNAP_LOST_LIMIT + 1;
	else
		lost = fork_child(t->w->process, h, (uint32_t)fields[0], t->sp);
	if (lost)
		lose(h, (enum pt_snap_lost)(lost - 1));
	fields[1] = lost;
	pt_record_small(t->w, PT_EXT_SNAPSHOT_COPIED, pt_tick_now(), fields, 2);
	t->number = lost ? 0 : (uint32_t)fields[0];
}

/* vfork(): another process in this memory. It has none of the threads, and would be the child's parent. */
static bool is_borrowed(const struct pt_writer *w)
{
	return pt_sys_gettid() != w->tid;
}

/* `w` is busy. */
static __attribute__((noinline)) uint32_t take(struct pt_writer *w, enum pt_snap_why why, uint64_t sp)
{
	struct taking t = { w, why, sp, 0 };
	struct pt_file_header *h = pt_record_file(w);
	bool quiet = atomic_load(&pt_quiet);

	if ((!quiet && (is_borrowed(w) || pt_scratch_call(&w->stacks.scratch, take_there, &t))) || !h || pt_record_stale(w))
		return t.number;
	begin(h);
	lose(h, quiet ? PT_SNAP_LOST_SANDBOX : PT_SNAP_LOST_MEMORY);
	return 0;
}

static bool is_recording(void)
{
	return pt_process && atomic_load(&pt_process->state) == PT_PROCESS_RECORDING;
}

/* Under seccomp there may be no writer to tell it, not even that it was lost. */
static void count_forbidden(void)
{
	struct pt_file_header *h = *(struct pt_file_header *volatile *)&pt_process->file;

	if (!h || !atomic_load(&pt_quiet))
		return;
	begin(h);
	lose(h, PT_SNAP_LOST_SANDBOX);
}

/* All that the caller keeps in registers goes onto its stack first, above the `sp` that is told. */
__attribute__((noinline)) uint32_t pt_snapshot_take(enum pt_snap_why why, const struct pt_entry *at)
{
	struct pt_writer *w;
	uint64_t own_sp = (uint64_t)__builtin_frame_address(0);
	uint32_t number;
	int saved_errno = errno;

	__builtin_unwind_init();
	if (!is_recording() && !pt_process_start())
		return 0;
	w = pt_emit_enter(at, PT_CLASS_OTHER);
	if (!w) {
		count_forbidden();
		return 0;
	}
	number = take(w, why, own_sp - FRAME_BYTES);
	pt_emit_leave(w);
	errno = saved_errno;
	return number;
}

static bool is_due(struct pt_process *pr, const struct pt_file_header *h, enum pt_snap_why *why)
{
	uint32_t asked = __atomic_load_n(&h->snaps_asked, __ATOMIC_RELAXED), answered = atomic_load(&pr->snap_answered);
	uint64_t next, now;

	*why = PT_SNAP_ASKED;
	if (asked != answered)
		return atomic_compare_exchange_strong(&pr->snap_answered, &answered, asked);
	*why = PT_SNAP_EVERY;
	if (!pt_config.snapshot_every_ns)
		return false;
	now = pt_record_mono_ns();
	next = atomic_load(&pr->snap_next_ns);
	if (!next) /* the trace has just begun */
		atomic_compare_exchange_strong(&pr->snap_next_ns, &next, now + pt_config.snapshot_every_ns);
	else if (now >= next)
		return atomic_compare_exchange_strong(&pr->snap_next_ns, &next, now + pt_config.snapshot_every_ns);
	return false;
}

static void on_signal(int signal)
{
	const struct pt_entry at = { .sp = (uint64_t)__builtin_frame_address(0) };

	(void)signal;
	if (is_recording())
		pt_snapshot_take(PT_SNAP_SIGNAL, &at);
}

__attribute__((noinline)) void pt_snapshot_due(struct pt_writer *w)
{
	struct pt_file_header *h = pt_record_file(w);
	enum pt_snap_why why;

	__builtin_unwind_init();
	if (!h || pt_record_stale(w))
		return;
	if (pt_snapshot_signal) /* the program may have a use of its own for it by now */
		h->snap_signal = pt_sys_handler((int)pt_snapshot_signal) == (void *)on_signal ? pt_snapshot_signal : 0;
	if (is_borrowed(w))
		return;
	if (h->snaps_begun)
		free_slot(w->process, h);
	if (is_due(w->process, h, &why))
		take(w, why, (uint64_t)__builtin_frame_address(0) - FRAME_BYTES);
}

/* Only where the program finds the default: what it sets itself later is its own. */
void pt_snapshot_init(void)
{
	struct sigaction now, ours;

	if (pt_config.snapshot_registers)
		pt_stop_init();
	if (!pt_config.snapshot_signal || sigaction((int)pt_config.snapshot_signal, NULL, &now) ||
	    (now.sa_flags & SA_SIGINFO) || now.sa_handler != SIG_DFL)
		return;
	memset(&ours, 0, sizeof(ours));
	ours.sa_handler = on_signal;
	ours.sa_flags = SA_RESTART | SA_ONSTACK;
	if (!sigaction((int)pt_config.snapshot_signal, &ours, NULL))
		pt_snapshot_signal = pt_config.snapshot_signal;
}

/* When the first process of a container goes, the kernel kills all others. */
static void outlive_children(struct pt_process *pr)
{
	const struct timespec nap = { 0, EXIT_NAP_NS };
	uint32_t naps, i, left = 1;

	for (naps = 0; left && naps < EXIT_NAPS; naps++) {
		free_slot(pr, pr->file);
		for (left = i = 0; i < PT_SNAPS_AT_ONCE; i++)
			left += atomic_load(&pr->snap_children[i]) != 0;
		if (left)
			pt_sys3(SYS_nanosleep, (long)&nap, 0, 0);
	}
}

/* exit() and the return from main(); what dies in another way has none. */
static __attribute__((destructor)) void at_exit(void)
{
	const struct pt_entry at = { .sp = (uint64_t)__builtin_frame_address(0) };

	if (pt_config.snapshot_exit && is_recording() && pt_snapshot_take(PT_SNAP_EXIT, &at) && pt_sys_getpid() == 1)
		outlive_children(pt_process);
}

void pt_snapshot_finish(void)
{
	const struct timespec nap = { 0, EXIT_NAP_NS };
	uint32_t naps;

	for (naps = 0; pt_process && atomic_load(&pt_process->snap_busy) && naps < FINISH_NAPS; naps++)
		pt_sys3(SYS_nanosleep, (long)&nap, 0, 0);
}
