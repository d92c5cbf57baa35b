/* SPDX-License-Identifier: MIT */
/* thread.c - see thread.h. No locks; what can be raced for is taken with compare-and-swap. */
#include "thread.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "config.h"
#include "light.h"
#include "local.h"
#include "process.h"
#include "sys.h"

#define TAKE_OVER_TRIES 32u /* writers of ended threads looked at before a new one is made */

__thread struct pt_writer *pt_self __attribute__((tls_model("initial-exec")));
__thread struct pt_writer *pt_mine __attribute__((tls_model("initial-exec")));
struct pt_light pt_light_nobody = { .mode = UINT64_MAX, .sampling = UINT64_MAX }; /* of no mode, so nothing is ever written there */
__thread struct pt_light *pt_light __attribute__((tls_model("initial-exec"))) = &pt_light_nobody;
void (*pt_thread_exited)(struct pt_writer *w);

/* Thread ends are told by a pthread key. Made at the boot it is one of libc's first 32, for
 * which pthread_setspecific() takes no lock and no memory; __cxa_thread_atexit_impl() takes
 * ld.so's lock and hangs when a constructor waits for a thread that allocates. */
static pthread_key_t exit_key;
static bool has_exit_key;

static void push(_Atomic(struct pt_leaver *) *list, struct pt_leaver *first, struct pt_leaver *last)
{
	last->next = atomic_load(list);
	while (!atomic_compare_exchange_weak(list, &last->next, first))
		;
}

/*
 * pop() - the first of a list; what else is in it is put back.
 *
 * Only pushes and take-alls touch a list: no ABA. Whoever looks meanwhile finds nobody there, which is
 * why there are many lists.
 */
static struct pt_leaver *pop(_Atomic(struct pt_leaver *) *list)
{
	struct pt_leaver *first, *rest, *last, *nobody = NULL;

	if (!atomic_load_explicit(list, memory_order_relaxed))
		return NULL;
	first = atomic_exchange(list, NULL);
	PT_POINT("take-over");
	rest = first ? first->next : NULL;
	if (rest && !atomic_compare_exchange_strong(list, &nobody, rest)) {
		for (last = rest; last->next; last = last->next)
			;
		push(list, rest, last);
	}
	return first;
}

void pt_leaver_push(struct pt_leavers *leavers, struct pt_leaver *l)
{
	l->left = 1;
	push(&leavers->lists[atomic_fetch_add(&leavers->pushed, 1) % PT_LEAVER_LISTS], l, l);
}

/* ESRCH means that the kernel has forgotten the thread. A recycled id only delays the reuse. */
static bool gone(const struct pt_leaver *l, uint32_t pid, uint32_t own_tid)
{
	return l->tid == own_tid || pt_sys3(SYS_tgkill, pid, l->tid, 0) == -ESRCH;
}

struct pt_leaver *pt_leaver_take(struct pt_leavers *leavers, uint32_t own_tid)
{
	uint32_t i, pid = 0, tries = 0, from = atomic_load_explicit(&leavers->taken, memory_order_relaxed);
	struct pt_leaver *l;

	for (i = 0; i < PT_LEAVER_LISTS && tries < TAKE_OVER_TRIES; i++) {
		l = pop(&leavers->lists[(from + i) % PT_LEAVER_LISTS]);
		if (!l)
			continue;
		if (!tries++)
			pid = pt_sys_getpid();
		atomic_store_explicit(&leavers->taken, from + i + 1, memory_order_relaxed);
		if (gone(l, pid, own_tid))
			return l;
		pt_leaver_push(leavers, l); /* not yet: behind all others */
	}
	return NULL;
}

static struct pt_writer *take_over(struct pt_process *pr, uint32_t own_tid)
{
	struct pt_leaver *l = pt_leaver_take(&pr->exited, own_tid);

	return l ? (struct pt_writer *)((unsigned char *)l - offsetof(struct pt_writer, leaver)) : NULL;
}

static struct pt_writer *make(struct pt_process *pr, uint32_t opened)
{
	struct pt_writer *w = pt_pages_alloc(sizeof(*w));

	if (!w)
		return NULL;
	w->process = pr;
	w->opened = opened;
	w->nr = atomic_fetch_add(&pr->writers_nr, 1) + 1;
	w->next_pages = PT_WRITER_PAGES_FIRST;
	w->depth = pt_config.stack_depth;
	return pr->ring.slots_nr && pt_local_begin(w) ? NULL : w;
}

/* A thread of a forked child comes with its parent's key; what it had there stays there. */
static void thread_exit(void *arg)
{
	struct pt_writer *w = pt_mine;

	(void)arg;
	if (pt_light->opened && pt_light->opened == pt_process->opened && !pt_light->leaver.left)
		pt_light_exit(pt_light);
	if (!w || w->opened != pt_process->opened || w->leaver.left)
		return;
	if (pt_thread_exited)
		pt_thread_exited(w);
	pt_leaver_push(&w->process->exited, &w->leaver);
}

void pt_thread_init(void)
{
	has_exit_key = !pthread_key_create(&exit_key, thread_exit);
}

void pt_thread_told(void)
{
	if (has_exit_key)
		pthread_setspecific(exit_key, &exit_key);
}

/* Its thread is gone, perhaps out of the middle of a record: what it left open is closed. */
static void reset(struct pt_writer *w)
{
	if (w->busy_sp)
		w->pos = w->limit;
	w->busy_sp = 0;
	w->announced = false;
	w->sample_tick = 0;
	memset(&w->stacks.own, 0, sizeof(w->stacks.own)); /* another thread's stack lies elsewhere */
	memset(w->name, 0, sizeof(w->name));
}

struct pt_writer *pt_writer_attach(uint32_t opened)
{
	int saved_errno = errno;
	struct pt_process *pr = pt_process;
	uint32_t tid = pt_sys_gettid();
	struct pt_writer *w = take_over(pr, tid);

	if (!w)
		w = make(pr, opened);
	if (!w)
		return NULL;
	reset(w);
	if (w->nested)
		reset(w->nested);
	w->tid = w->leaver.tid = tid;
	w->leaver.left = 0;
	w->serial = pt_light->opened == opened ? pt_light->serial : atomic_fetch_add(&pr->serials, 1) + 1;
	PT_POINT("attach");
	pt_mine = w;
	pt_thread_told();
	errno = saved_errno;
	return w;
}

struct pt_writer *pt_writer_nested(struct pt_writer *w)
{
	struct pt_writer *n = w->nested;

	if (!n) {
		n = make(w->process, w->opened);
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
