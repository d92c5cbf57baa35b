/* SPDX-License-Identifier: MIT */
/* thread.c - see thread.h. No locks; what can be raced for is taken with compare-and-swap. */
#include "thread.h"

#include <errno.h>
#include <string.h>

#include "config.h"
#include "process.h"
#include "sys.h"

#define FIRST_CHUNK_PAGES 2u /* 8 KiB: 32,000 short threads fit 256 MiB */
#define TAKE_OVER_TRIES 32u  /* writers looked at before a new one is made */

__thread struct pt_writer *pt_self __attribute__((tls_model("initial-exec")));
void (*pt_thread_exited)(struct pt_writer *w);

extern int __cxa_thread_atexit_impl(void (*fn)(void *), void *arg, void *dso);
extern void *__dso_handle;

/* ESRCH means that the kernel has forgotten the thread. A recycled id only delays the reuse. */
static bool gone(const struct pt_writer *w, uint32_t pid, uint32_t own_tid)
{
	return w->tid == own_tid || pt_sys3(SYS_tgkill, pid, w->tid, 0) == -ESRCH;
}

static struct pt_writer *take_over(struct pt_process *pr, uint32_t own_tid)
{
	struct pt_writer *w = atomic_load_explicit(&pr->writers, memory_order_acquire);
	uint32_t pid = pt_sys_getpid(), tries = 0;

	for (; w && tries < TAKE_OVER_TRIES; w = w->next) {
		uint32_t life = PT_WRITER_EXITED;

		if (atomic_load_explicit(&w->life, memory_order_relaxed) != PT_WRITER_EXITED)
			continue;
		tries++;
		if (!atomic_compare_exchange_strong(&w->life, &life, PT_WRITER_OWNED))
			continue;
		if (gone(w, pid, own_tid))
			return w;
		atomic_store(&w->life, PT_WRITER_EXITED);
	}
	return NULL;
}

static struct pt_writer *make(struct pt_process *pr)
{
	struct pt_writer *w = pt_pages_alloc(sizeof(*w));

	if (!w)
		return NULL;
	w->process = pr;
	w->nr = atomic_fetch_add(&pr->writers_nr, 1) + 1;
	w->next_pages = FIRST_CHUNK_PAGES;
	w->depth = pt_config.stack_depth;
	w->self = w;
	return w;
}

static void publish(struct pt_process *pr, struct pt_writer *w)
{
	w->next = atomic_load(&pr->writers);
	while (!atomic_compare_exchange_weak(&pr->writers, &w->next, w))
		;
}

static void thread_exit(void *arg)
{
	struct pt_writer *w = arg;

	/* A forked child finds the parent's writer wiped; it has its own, with its own hook. */
	if (w->self != w || w != pt_self)
		return;
	if (pt_thread_exited)
		pt_thread_exited(w);
	atomic_store_explicit(&w->life, PT_WRITER_EXITED, memory_order_release);
	pt_internal |= w->exit_node ? PT_INTERNAL_EXIT_NODE : 0;
}

struct pt_writer *pt_writer_attach(void)
{
	int saved_errno = errno;
	struct pt_process *pr = pt_process;
	uint32_t tid = pt_sys_gettid();
	struct pt_writer *w = take_over(pr, tid);

	if (!w) {
		w = make(pr);
		if (!w)
			return NULL;
		publish(pr, w);
	}
	w->tid = tid;
	w->serial = atomic_fetch_add(&pr->serials, 1) + 1;
	w->announced = false;
	w->busy_sp = 0;
	w->sample_tick = 0;
	w->exit_node = NULL;
	memset(w->name, 0, sizeof(w->name));
	pt_self = w;
	pt_internal |= PT_INTERNAL_LIBC;
	__cxa_thread_atexit_impl(thread_exit, w, &__dso_handle);
	pt_internal &= ~PT_INTERNAL_LIBC;
	errno = saved_errno;
	return w;
}

struct pt_writer *pt_writer_nested(struct pt_writer *w)
{
	struct pt_writer *n = w->nested;

	if (!n) {
		n = make(w->process);
		if (!n)
			return NULL;
		n->depth = n->depth ? 1 : 0;
		w->nested = n;
	}
	if (n->serial != w->serial) {
		n->serial = w->serial;
		n->tid = w->tid;
		n->announced = false;
		memcpy(n->name, w->name, sizeof(n->name));
	}
	return n;
}
