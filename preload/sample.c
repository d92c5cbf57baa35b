/* SPDX-License-Identifier: MIT */
/* sample.c - what is looked at once in a while. See sample.h. */
#include "sample.h"

#include <string.h>
#include <sys/prctl.h>
#include <sys/single_threaded.h>

#include "../format/error.h"
#include "control.h"
#include "process.h"
#include "record.h"
#include "snapshot.h"
#include "sys.h"

#define SAMPLE_TICKS (1ull << 22)	/* 50 ms at 2.6 GHz */
/* Sampling RSS takes a descriptor for some microseconds. With one thread nobody can see that;
 * with more another thread could be given the next number, so it is done less often. */
#define SAMPLE_TICKS_THREADED (5 * SAMPLE_TICKS)
/* The first samples come sooner, so that short traces know how fast the TSC runs. */
#define SAMPLE_TICKS_MIN (1ull << 16) /* 0.8 ms at 2.6 GHz */

/* A handler that forks or jumps out meanwhile would leave the descriptor behind: none runs. */
static long read_proc(const char *path, char *buf, size_t bytes)
{
	uint64_t before = 0;
	long n;
	int fd;

	if (!pt_sys_block(&before))
		return -1;
	fd = (int)pt_sys_open(path, 02000000 /* O_CLOEXEC */, 0);
	PT_POINT("sample");
	n = fd < 0 ? fd : pt_sys_read(fd, buf, bytes);
	if (fd >= 0)
		pt_sys_close(fd);
	pt_sys_unblock(&before);
	return n;
}

/* Resident pages, of them anonymous, the program break and, unless 0, the most that ever was resident. The descriptor
 * lives for three system calls; a process without a free one goes unsampled. */
static int put_rss(struct pt_writer *w, uint64_t peak_bytes)
{
	char buf[128];
	uint64_t v[3] = { 0, 0, 0 }, fields[4];
	unsigned int i = 0;
	long n = read_proc("/proc/self/statm", buf, sizeof(buf)), k;

	for (k = 0; k < n && i < 3; k++) {
		if (buf[k] >= '0' && buf[k] <= '9')
			v[i] = v[i] * 10 + (uint64_t)(buf[k] - '0');
		else
			i++;
	}
	if (i < 3)
		return 0;
	fields[0] = v[1] * 4096;
	fields[1] = (v[1] - v[2]) * 4096; /* "shared" counts file and shmem pages, so our trace too */
	fields[2] = w->brk;
	fields[3] = peak_bytes;
	return pt_record_small(w, PT_EXT_RSS, pt_tick_now(), fields, peak_bytes ? 4 : 3);
}

/* 0: not known. */
static uint64_t peak_rss(void)
{
	static const char word[] = "\nVmHWM:";
	char buf[1024];
	long n = read_proc("/proc/self/status", buf, sizeof(buf));
	const char *p = n > 0 ? memmem(buf, (size_t)n, word, sizeof(word) - 1) : NULL, *end = buf + (n > 0 ? n : 0);
	uint64_t kib = 0;

	for (p = p ? p + sizeof(word) - 1 : end; p < end && *p != '\n'; p++)
		if (*p >= '0' && *p <= '9')
			kib = kib * 10 + (uint64_t)(*p - '0');
	return p < end ? kib << 10 : 0;
}

int pt_sample_rss(struct pt_writer *w)
{
	return atomic_load(&pt_quiet) || pt_record_stale(w) ? 0 : put_rss(w, 0);
}

int pt_sample_last(struct pt_writer *w)
{
	return atomic_load(&pt_quiet) || pt_record_stale(w) ? 0 : put_rss(w, peak_rss());
}

int pt_sample_name(struct pt_writer *w)
{
	char name[16] = "";

	if (pt_sys6(SYS_prctl, PR_GET_NAME, (long)name, 0, 0, 0, 0) < 0 || !memcmp(name, w->name, sizeof(name)))
		return 0;
	memcpy(w->name, name, sizeof(name));
	return pt_record_large(w, PT_EXT_THREAD_NAME, NULL, 0, "", 0, name, strnlen(name, sizeof(name)));
}

/* Another pair of readings for the file header. A thread that finds another at it leaves it to that one. */
static void note_clock(struct pt_process *pr, struct pt_file_header *h)
{
	struct pt_clock_pair *pair;
	uint64_t nr;

	if (atomic_exchange_explicit(&pr->clock_busy, 1, memory_order_acquire))
		return;
	PT_POINT("clock");
	nr = h->clocks_nr;
	pair = &h->clocks[nr % 2];
	pair->mono_ns = pt_record_mono_ns();
	pair->tsc = __rdtsc();
	__atomic_store_n(&h->clocks_nr, nr + 1, __ATOMIC_RELEASE);
	atomic_store_explicit(&pr->clock_busy, 0, memory_order_release);
}

/* Until the next sample: as long as the trace has taken so far, within bounds. */
static uint64_t sample_ticks(const struct pt_file_header *h, uint64_t tick)
{
	uint64_t so_far = tick - (h->start_tsc >> PT_TICK_SHIFT);

	return so_far < SAMPLE_TICKS_MIN ? SAMPLE_TICKS_MIN : so_far < SAMPLE_TICKS ? so_far : SAMPLE_TICKS;
}

static uint64_t rss_ticks(void)
{
	return __libc_single_threaded ? SAMPLE_TICKS : SAMPLE_TICKS_THREADED;
}

bool pt_sample_due(struct pt_process *pr, uint64_t tick)
{
	const struct pt_file_header *h = *(struct pt_file_header *volatile *)&pr->file;

	return tick - atomic_load(&pr->sampled_tick) >= rss_ticks() || (h && pt_control_asked(pr, h)) ||
	       (h && __atomic_load_n(&h->snaps_asked, __ATOMIC_RELAXED) != atomic_load(&pr->snap_answered));
}

int pt_sample(struct pt_writer *w, uint64_t tick)
{
	struct pt_file_header *h = pt_record_file(w);
	uint64_t last;

	if (atomic_load_explicit(&pt_quiet, memory_order_relaxed))
		return 0;
	if (pt_record_stale(w)) /* of the parent: there is no file any more */
		return -PT_ENOSPC;
	w->sample_tick = tick + sample_ticks(h, tick);
	note_clock(w->process, h);
	last = atomic_load(&w->process->sampled_tick);
	if ((tick - last >= rss_ticks() || !last) &&
	    atomic_compare_exchange_strong(&w->process->sampled_tick, &last, tick) && put_rss(w, 0))
		return -PT_ENOSPC;
	if (pt_sample_name(w))
		return -PT_ENOSPC;
	pt_snapshot_due(w);
	return pt_control_look(w);
}
