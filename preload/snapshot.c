/* SPDX-License-Identifier: MIT */
/* snapshot.c - the program's side of a snapshot. See snapshot.h. */
#include "snapshot.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>

#include "config.h"
#include "emit.h"
#include "process.h"
#include "record.h"
#include "scan.h"
#include "scratch.h"
#include "stop.h"
#include "sys.h"
#include "text.h"

#ifndef __WCLONE
#define __WCLONE 0x80000000
#endif
#define NO_HANG 1
#define ROUNDS 8u
#define FRAME_BYTES 256u /* of a function that has saved all registers: 6 of them, and what it needs */

uint32_t pt_snapshot_signal;

/* One at a time is being copied: pt_process.snap_busy. */
static struct pt_snapshot_job job;

/* Children that ended are forgotten by the kernel only when somebody waits for them. */
static int free_slot(struct pt_process *pr)
{
	int slot = -1;
	unsigned int i;

	for (i = 0; i < PT_SNAPS_AT_ONCE; i++) {
		uint32_t pid = atomic_load(&pr->snap_children[i]);

		if (pid && pt_sys6(SYS_wait4, pid, 0, NO_HANG | (long)__WCLONE, 0, 0, 0) != 0) {
			atomic_store(&pr->snap_children[i], 0);
			pid = 0;
		}
		if (!pid)
			slot = (int)i;
	}
	return slot;
}

/* The stack pointer of a thread that waits in the kernel: the 8th word of its `syscall` file. Any
 * other says "running". */
static uint64_t waiting_sp(uint32_t tid)
{
	char buf[256];
	struct pt_text t;
	unsigned int word = 0;
	uint64_t sp = 0;
	long n, i;
	int fd;

	pt_text_init(&t, buf, sizeof(buf));
	pt_text_put(&t, "/proc/self/task/");
	pt_text_put_number(&t, tid, 10);
	pt_text_put(&t, "/syscall");
	fd = (int)pt_sys_open(buf, 02000000 /* O_CLOEXEC */, 0);
	if (fd < 0)
		return 0;
	n = pt_sys_read(fd, buf, sizeof(buf) - 1);
	pt_sys_close(fd);
	for (i = 0; i < n && word < 8; i++) {
		unsigned int c = (unsigned char)buf[i];

		if (c == ' ')
			word++;
		else if (word == 7 && c >= '0' && c <= '9')
			sp = sp << 4 | (c - '0');
		else if (word == 7 && c >= 'a' && c <= 'f')
			sp = sp << 4 | (c - 'a' + 10);
		else if (word == 7 && c == 'x')
			sp = 0;
	}
	return word == 8 ? sp : 0;
}

/* A folder entry of getdents64(2). */
struct entry {
	uint64_t ino;
	int64_t off;
	uint16_t bytes;
	uint8_t type;
	char name[];
};

static void add_thread(const char *name, uint32_t own_tid)
{
	uint32_t tid = 0, i;

	for (; *name >= '0' && *name <= '9'; name++)
		tid = tid * 10 + (uint32_t)(*name - '0');
	if (!tid || tid == own_tid)
		return;
	for (i = 0; i < job.threads_nr; i++)
		if (job.threads[i].tid == tid)
			return;
	if (i == PT_SNAPSHOT_THREADS) {
		job.end_flags |= PT_SNAP_END_UNKNOWN_THREADS;
		return;
	}
	job.threads[i] = (struct pt_snapshot_thread){ .tid = tid };
	__atomic_store_n(&job.threads_nr, i + 1, __ATOMIC_RELEASE);
	if (pt_config.snapshot_registers)
		pt_stop_thread(&job, i);
	else
		job.threads[i].sp = waiting_sp(tid);
}

/* All threads that are not in the list yet. */
static void list_threads(void)
{
	_Alignas(8) char buf[2048];
	uint32_t own_tid = pt_sys_gettid();
	int fd = (int)pt_sys_open("/proc/self/task", 02200000 /* O_CLOEXEC | O_DIRECTORY */, 0);
	long n, at;

	if (fd < 0) {
		job.end_flags |= PT_SNAP_END_UNKNOWN_THREADS;
		return;
	}
	while ((n = pt_sys3(SYS_getdents64, fd, (long)buf, sizeof(buf))) > 0) {
		for (at = 0; at < n; at += ((const struct entry *)(const void *)(buf + at))->bytes)
			add_thread(((const struct entry *)(const void *)(buf + at))->name, own_tid);
	}
	pt_sys_close(fd);
}

/* Which threads there are, and where in their stacks; with `registers` until no new one has come up while
 * the others were being stopped. */
static void meet_threads(uint64_t own_sp)
{
	uint32_t before, rounds = 0;

	job.end_flags = pt_config.snapshot_registers ? PT_SNAP_END_REGISTERS : 0;
	job.threads[0] = (struct pt_snapshot_thread){ .tid = pt_sys_gettid(), .flags = PT_SNAP_THREAD_CALLER, .sp = own_sp };
	job.threads_nr = 1;
	do {
		before = job.threads_nr;
		list_threads();
		pt_stop_wait(&job);
	} while (pt_config.snapshot_registers && job.threads_nr != before && ++rounds < ROUNDS);
}

/* On the scratch stack, all signals blocked; so in the child. The child shares the table of descriptors
 * until it has let go of it, so it never holds one open that the program closed. */
static void copy(void *arg)
{
	long pid = pt_sys6(SYS_clone, CLONE_FILES | CLONE_UNTRACED, 0, 0, 0, 0, 0);

	if (!pid)
		pt_scan_run(&job);
	*(long *)arg = pid;
}

/* 0, or enum pt_snap_lost + 1. */
static uint64_t fork_child(struct pt_writer *w, struct pt_file_header *h, uint32_t number, uint64_t sp)
{
	struct pt_process *pr = w->process;
	long pid = -1;
	int slot;

	if (atomic_load(&pt_quiet))
		return PT_SNAP_LOST_SANDBOX + 1;
	if (atomic_exchange(&pr->snap_busy, 1))
		return PT_SNAP_LOST_BUSY + 1;
	slot = free_slot(pr);
	if (slot >= 0) {
		job.file = h;
		job.limit_pages = atomic_load(&pr->limit_pages);
		job.number = number;
		job.start_ns = pt_record_mono_ns();
		meet_threads(sp);
		pt_scratch_call(&w->stacks.scratch, copy, &pid);
		if (pt_config.snapshot_registers)
			pt_stop_release();
		if (pid > 0)
			atomic_store(&pr->snap_children[slot], (uint32_t)pid);
	}
	atomic_store(&pr->snap_busy, 0);
	if (slot < 0)
		return PT_SNAP_LOST_BUSY + 1;
	return pid > 0 ? 0 : PT_SNAP_LOST_MEMORY + 1;
}

/* `w` is busy. Leaves room for a record, or none in all. */
static __attribute__((noinline)) uint32_t take(struct pt_writer *w, enum pt_snap_why why, uint64_t sp)
{
	struct pt_file_header *h = pt_record_file(w);
	uint64_t fields[2] = { 0, why };
	uint64_t lost;

	if (!h || pt_record_stale(w))
		return 0;
	fields[0] = __atomic_add_fetch(&h->snaps_begun, 1, __ATOMIC_RELAXED);
	if (pt_record_small(w, PT_EXT_SNAPSHOT, pt_tick_now(), fields, 2)) /* full: no cut, no snapshot */
		lost = PT_SNAP_LOST_LIMIT + 1;
	else
		lost = fork_child(w, h, (uint32_t)fields[0], sp);
	if (lost)
		__atomic_add_fetch(&h->snaps_lost[lost - 1], 1, __ATOMIC_RELAXED);
	fields[1] = lost;
	pt_record_small(w, PT_EXT_SNAPSHOT_COPIED, pt_tick_now(), fields, 2);
	return lost ? 0 : (uint32_t)fields[0];
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
	__atomic_add_fetch(&h->snaps_begun, 1, __ATOMIC_RELAXED);
	__atomic_add_fetch(&h->snaps_lost[PT_SNAP_LOST_SANDBOX], 1, __ATOMIC_RELAXED);
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

__attribute__((noinline)) void pt_snapshot_due(struct pt_writer *w)
{
	struct pt_file_header *h = pt_record_file(w);
	enum pt_snap_why why;

	__builtin_unwind_init();
	if (!h || pt_record_stale(w))
		return;
	if (h->snaps_begun)
		free_slot(w->process);
	if (is_due(w->process, h, &why))
		take(w, why, (uint64_t)__builtin_frame_address(0) - FRAME_BYTES);
}

static void on_signal(int signal)
{
	const struct pt_entry at = { .sp = (uint64_t)__builtin_frame_address(0) };

	(void)signal;
	if (is_recording())
		pt_snapshot_take(PT_SNAP_SIGNAL, &at);
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

/* exit() and the return from main(); what dies in another way has none. */
static __attribute__((destructor)) void at_exit(void)
{
	const struct pt_entry at = { .sp = (uint64_t)__builtin_frame_address(0) };

	if (pt_config.snapshot_exit && is_recording())
		pt_snapshot_take(PT_SNAP_EXIT, &at);
}
