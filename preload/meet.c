/* SPDX-License-Identifier: MIT */
/* meet.c - see meet.h. */
#include "meet.h"

#include <string.h>
#include <sys/syscall.h>

#include "config.h"
#include "record.h"
#include "stop.h"
#include "sys.h"
#include "text.h"

#define WAIT_NS 100000000ull /* for those that are to stand still */
#define LOOK_NS 20000000ull   /* at others: 0.1 ms each */
#define ROUNDS 8u
#define NO_CALL (-1)

/* A file of /proc/self/task/TID into buf, NUL-terminated. Bytes, or negative. */
static long read_of(uint32_t tid, const char *name, char *buf, size_t bytes)
{
	struct pt_text t;
	long n;
	int fd;

	pt_text_init(&t, buf, bytes);
	pt_text_put(&t, "/proc/self/task/");
	pt_text_put_number(&t, tid, 10);
	pt_text_put(&t, name);
	fd = (int)pt_sys_open(buf, 02000000 /* O_CLOEXEC */, 0);
	if (fd < 0)
		return fd;
	n = pt_sys_read(fd, buf, bytes - 1);
	pt_sys_close(fd);
	buf[n > 0 ? n : 0] = '\0';
	return n;
}

/* The number of the call that a thread waits in, and its stack pointer, the 8th word: `syscall` says "running"
 * of any other. False: nobody says. */
static bool look(uint32_t tid, int *call, uint64_t *sp)
{
	char buf[256];
	unsigned int word = 0;
	const char *p = buf;

	*call = NO_CALL;
	*sp = 0;
	if (read_of(tid, "/syscall", buf, sizeof(buf)) <= 0)
		return false;
	if (*p >= '0' && *p <= '9')
		for (*call = 0; *p >= '0' && *p <= '9'; p++)
			*call = *call * 10 + (*p - '0');
	for (; *p && word < 8; p++) {
		unsigned int c = (unsigned char)*p;

		if (c == ' ')
			word++;
		else if (word == 7 && c >= '0' && c <= '9')
			*sp = *sp << 4 | (c - '0');
		else if (word == 7 && c >= 'a' && c <= 'f')
			*sp = *sp << 4 | (c - 'a' + 10);
		else if (word == 7 && c == 'x')
			*sp = 0;
	}
	if (word < 8)
		*sp = 0;
	return true;
}

enum heed { HEEDS, BLOCKS, GONE };

/* Whether the thread lives, and has SIGRTMAX in its "SigBlk:". What cannot be read counts as blocked. */
static enum heed heed_of(uint32_t tid)
{
	char buf[2048];
	const char *state, *mask;

	if (read_of(tid, "/status", buf, sizeof(buf)) <= 0)
		return BLOCKS;
	state = strstr(buf, "\nState:\t");
	if (state && (state[8] == 'Z' || state[8] == 'X')) /* the first thread ended before the others */
		return GONE;
	mask = strstr(buf, "\nSigBlk:\t"); /* 16 hexadecimal digits, the highest signal's bit first */
	return mask && strlen(mask) >= 25 && mask[9] < '8' ? HEEDS : BLOCKS;
}

/* sigwait(3) unblocks what it waits for, and would give it to the program: so between two looks at `syscall`
 * that do not find it there. */
static void stop(struct pt_snapshot_job *job, struct pt_snapshot_thread *t)
{
	int call;
	bool waits = !look(t->tid, &call, &t->sp) || call == SYS_rt_sigtimedwait;
	enum heed heed = heed_of(t->tid);
	uint64_t sp;

	t->gone = heed == GONE;
	if (waits || heed != HEEDS || !look(t->tid, &call, &sp) || call == SYS_rt_sigtimedwait)
		return;
	pt_stop_thread(job, (uint32_t)(t - job->threads));
}

/* A folder entry of getdents64(2). */
struct entry {
	uint64_t ino;
	int64_t off;
	uint16_t bytes;
	uint8_t type;
	char name[];
};

static void add(struct pt_snapshot_job *job, const char *name)
{
	uint32_t tid = 0, i;

	for (; *name >= '0' && *name <= '9'; name++)
		tid = tid * 10 + (uint32_t)(*name - '0');
	for (i = 0; tid && i < job->threads_nr; i++)
		if (job->threads[i].tid == tid)
			return;
	if (!tid)
		return;
	if (i == PT_SNAPSHOT_THREADS) {
		job->end_flags |= PT_SNAP_END_UNKNOWN_THREADS;
		return;
	}
	job->threads[i] = (struct pt_snapshot_thread){ .tid = tid };
	__atomic_store_n(&job->threads_nr, i + 1, __ATOMIC_RELEASE);
}

/* All threads that are not in the list yet go there. */
static void list(struct pt_snapshot_job *job)
{
	_Alignas(8) char buf[4096];
	int fd = (int)pt_sys_open("/proc/self/task", 02200000 /* O_CLOEXEC | O_DIRECTORY */, 0);
	long n, at;

	if (fd < 0) {
		job->end_flags |= PT_SNAP_END_UNKNOWN_THREADS;
		return;
	}
	while (!(job->end_flags & PT_SNAP_END_UNKNOWN_THREADS) &&
	       (n = pt_sys3(SYS_getdents64, fd, (long)buf, sizeof(buf))) > 0) {
		for (at = 0; at < n; at += ((const struct entry *)(const void *)(buf + at))->bytes)
			add(job, ((const struct entry *)(const void *)(buf + at))->name);
	}
	pt_sys_close(fd);
}

void pt_meet_threads(struct pt_snapshot_job *job, uint64_t own_sp)
{
	const bool stops = pt_config.snapshot_registers && pt_stop_ready();
	uint64_t until_ns = pt_record_mono_ns() + (stops ? WAIT_NS : LOOK_NS);
	uint32_t rounds = 0, i, from;
	int call;

	job->end_flags = pt_config.snapshot_registers ? PT_SNAP_END_REGISTERS : 0;
	job->threads[0] = (struct pt_snapshot_thread){ .tid = pt_sys_gettid(), .flags = PT_SNAP_THREAD_CALLER, .sp = own_sp };
	job->threads_nr = 1;
	do {
		from = job->threads_nr;
		list(job);
		for (i = from; i < job->threads_nr && pt_record_mono_ns() < until_ns; i++) {
			if (stops)
				stop(job, &job->threads[i]);
			else
				look(job->threads[i].tid, &call, &job->threads[i].sp);
		}
		if (stops)
			pt_stop_wait(job, until_ns);
	} while (stops && job->threads_nr != from && ++rounds < ROUNDS);
	if (rounds == ROUNDS) /* one that was not met could have come up since */
		job->end_flags |= PT_SNAP_END_UNKNOWN_THREADS;
}
