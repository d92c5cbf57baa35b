/* SPDX-License-Identifier: MIT */
/* stop.c - see stop.h. */
#include "stop.h"

#include <linux/futex.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>

#include "record.h"
#include "sys.h"
#include "text.h"

#define WAIT_NS 100000000ull

static struct pt_snapshot_job *_Atomic stopping; /* NULL: nobody is to stand still */
static _Atomic uint32_t released; /* +1 each time */
static int stop_signal;	     /* 0: there is no handler of ours */

static void on_stop(int signal, siginfo_t *info, void *context)
{
	struct pt_snapshot_job *job = atomic_load(&stopping);
	uint32_t tid = pt_sys_gettid(), epoch = atomic_load(&released), i, nr;

	(void)signal;
	(void)info;
	if (!job)
		return;
	nr = __atomic_load_n(&job->threads_nr, __ATOMIC_ACQUIRE);
	for (i = 0; i < nr && job->threads[i].tid != tid; i++)
		;
	if (i == nr)
		return;
	job->threads[i].sp = (uint64_t)((const ucontext_t *)context)->uc_mcontext.gregs[REG_RSP];
	job->threads[i].context = context;
	__atomic_store_n(&job->threads[i].flags, PT_SNAP_THREAD_ANSWERED, __ATOMIC_RELEASE);
	while (atomic_load(&stopping) == job && atomic_load(&released) == epoch)
		pt_sys6(SYS_futex, (long)&released, FUTEX_WAIT_PRIVATE, epoch, 0, 0, 0);
}

void pt_stop_init(void)
{
	struct sigaction now, ours;

	if (sigaction(SIGRTMAX, NULL, &now) || (now.sa_flags & SA_SIGINFO) || now.sa_handler != SIG_DFL)
		return;
	memset(&ours, 0, sizeof(ours));
	ours.sa_sigaction = on_stop;
	ours.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK;
	sigfillset(&ours.sa_mask);
	if (!sigaction(SIGRTMAX, &ours, NULL))
		stop_signal = SIGRTMAX;
}

/* Is the handler still ours? */
static bool ready(void)
{
	struct { /* the kernel's */
		void *handler;
		unsigned long flags;
		void *restorer;
		uint64_t mask;
	} now = { 0 };

	return stop_signal && !pt_sys6(SYS_rt_sigaction, stop_signal, 0, (long)&now, sizeof(now.mask), 0, 0) &&
	       now.handler == (void *)on_stop;
}

/* "SigBlk:" of the thread's status has the signal's bit. What cannot be read counts as blocked. */
static bool blocks(uint32_t tid)
{
	char buf[2048];
	const char *at = NULL;
	struct pt_text t;
	long n;
	int fd;

	pt_text_init(&t, buf, sizeof(buf));
	pt_text_put(&t, "/proc/self/task/");
	pt_text_put_number(&t, tid, 10);
	pt_text_put(&t, "/status");
	fd = (int)pt_sys_open(buf, 02000000 /* O_CLOEXEC */, 0);
	if (fd < 0)
		return true;
	n = pt_sys_read(fd, buf, sizeof(buf) - 1);
	pt_sys_close(fd);
	if (n > 0)
		at = memmem(buf, (size_t)n, "SigBlk:\t", 8);
	/* 16 hexadecimal digits, the highest signal's bit first. */
	return !at || at + 24 > buf + n || at[8] >= '8';
}

void pt_stop_thread(struct pt_snapshot_job *job, uint32_t i)
{
	if (!ready())
		return;
	atomic_store(&stopping, job);
	if (blocks(job->threads[i].tid) || pt_sys3(SYS_tgkill, pt_sys_getpid(), job->threads[i].tid, stop_signal))
		return;
	job->threads[i].asked = true;
}

static bool all_stand(const struct pt_snapshot_job *job)
{
	uint32_t i;

	for (i = 0; i < job->threads_nr; i++)
		if (job->threads[i].asked && !__atomic_load_n(&job->threads[i].flags, __ATOMIC_ACQUIRE))
			return false;
	return true;
}

void pt_stop_wait(struct pt_snapshot_job *job)
{
	const struct timespec nap = { 0, 20000 };
	uint64_t until = pt_record_mono_ns() + WAIT_NS;

	while (!all_stand(job) && pt_record_mono_ns() < until)
		pt_sys3(SYS_nanosleep, (long)&nap, 0, 0);
}

void pt_stop_release(void)
{
	atomic_store(&stopping, NULL);
	atomic_fetch_add(&released, 1);
	pt_sys6(SYS_futex, (long)&released, FUTEX_WAKE_PRIVATE, INT32_MAX, 0, 0, 0);
}
