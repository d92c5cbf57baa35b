/* SPDX-License-Identifier: MIT */
/* stop.c - see stop.h. */
#include "stop.h"

#include <errno.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>

#include "process.h"
#include "record.h"
#include "sys.h"

#define STAND_S 10 /* a page table of hundreds of GiB is copied by then */

static struct pt_snapshot_job *_Atomic asking; /* whose list of threads holds the questions */
static _Atomic uint32_t released; /* +1 each time */
static int stop_signal;	     /* 0: there is no handler of ours */

/* What pt_snapshot_thread.answer holds until that thread answers: odd, where a context is even. A handler that
 * comes late finds another time's question, or another thread's, or none, and so does nothing. */
static uint64_t question(uint32_t tid, uint32_t epoch)
{
	return (uint64_t)epoch << 33 | (uint64_t)tid << 1 | 1;
}

static void stand(struct pt_snapshot_thread *t, uint64_t context, uint32_t epoch)
{
	const struct timespec limit = { STAND_S, 0 };

	while (atomic_load(&released) == epoch) {
		if (pt_sys6(SYS_futex, (long)&released, FUTEX_WAIT_PRIVATE, epoch, (long)&limit, 0, 0) != -ETIMEDOUT)
			continue;
		__atomic_compare_exchange_n(&t->answer, &context, 0, false, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
		return;
	}
}

static void on_stop(int signal, siginfo_t *info, void *context)
{
	struct pt_snapshot_job *job = atomic_load(&asking);
	uint32_t epoch = atomic_load(&released), i, nr;
	uint64_t asked;

	(void)signal;
	(void)info;
	/* Quiet: this thread is about to forbid itself system calls, or did: not even one from here. */
	if (!job || atomic_load(&pt_quiet))
		return;
	asked = question(pt_sys_gettid(), epoch);
	nr = __atomic_load_n(&job->threads_nr, __ATOMIC_ACQUIRE);
	for (i = 0; i < nr; i++) {
		uint64_t found = asked;

		if (__atomic_load_n(&job->threads[i].answer, __ATOMIC_RELAXED) != asked ||
		    !__atomic_compare_exchange_n(&job->threads[i].answer, &found, (uint64_t)context, false,
						 __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
			continue;
		stand(&job->threads[i], (uint64_t)context, epoch);
		return;
	}
}

void pt_stop_init(void)
{
	struct sigaction now, ours;

	if (sigaction(SIGRTMAX, NULL, &now) || (now.sa_flags & SA_SIGINFO) || now.sa_handler != SIG_DFL)
		return;
	memset(&ours, 0, sizeof(ours));
	ours.sa_sigaction = on_stop;
	ours.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
	/* sigfillset() leaves out libc's own: one of them cancels a thread, whose stack we say stands still. */
	memset(&ours.sa_mask, 0xff, sizeof(ours.sa_mask));
	if (!sigaction(SIGRTMAX, &ours, NULL))
		stop_signal = SIGRTMAX;
}

bool pt_stop_ready(void)
{
	return stop_signal && pt_sys_handler(stop_signal) == (void *)on_stop;
}

void pt_stop_thread(struct pt_snapshot_job *job, uint32_t i)
{
	struct pt_snapshot_thread *t = &job->threads[i];
	long r;

	atomic_store(&asking, job);
	__atomic_store_n(&t->answer, question(t->tid, atomic_load(&released)), __ATOMIC_SEQ_CST);
	r = pt_sys3(SYS_tgkill, pt_sys_getpid(), t->tid, stop_signal);
	if (!r)
		return;
	__atomic_store_n(&t->answer, 0, __ATOMIC_SEQ_CST);
	t->gone = r == -ESRCH;
}

/* Waits for nobody who ended with the question unread. */
static bool all_stand(struct pt_snapshot_job *job, bool look)
{
	uint32_t i;

	for (i = 0; i < job->threads_nr; i++) {
		struct pt_snapshot_thread *t = &job->threads[i];

		if (!(__atomic_load_n(&t->answer, __ATOMIC_ACQUIRE) & 1))
			continue;
		if (!look || pt_sys3(SYS_tgkill, pt_sys_getpid(), t->tid, 0) != -ESRCH)
			return false;
		t->gone = true;
		__atomic_store_n(&t->answer, 0, __ATOMIC_SEQ_CST);
	}
	return true;
}

void pt_stop_wait(struct pt_snapshot_job *job, uint64_t until_ns)
{
	const struct timespec nap = { 0, 20000 };
	uint32_t naps = 0;

	while (!all_stand(job, ++naps % 8 == 0) && pt_record_mono_ns() < until_ns)
		pt_sys3(SYS_nanosleep, (long)&nap, 0, 0);
}

void pt_stop_release(void)
{
	atomic_fetch_add(&released, 1);
	pt_sys6(SYS_futex, (long)&released, FUTEX_WAKE_PRIVATE, INT32_MAX, 0, 0, 0);
}

const void *pt_stop_context(const struct pt_snapshot_thread *t)
{
	return t->answer & 1 ? NULL : (const void *)t->answer;
}
