/* SPDX-License-Identifier: MIT */
/*
 * snapshot_child.c MODE - what a snapshot's process must not hold, must not meet its end by, and must not do.
 *
 * Prints "NAME VALUE" lines; see snapshot_look.h. Modes: one a function below.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../../include/pooltrace.h"
#include "snapshot_look.h"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif
#define TIB ((size_t)1 << 40)
#define EDGES_NR 1000000

static void *map(size_t bytes, int flags, int fd)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, flags, fd, 0);

	if (p == MAP_FAILED)
		exit(2);
	return p;
}

/* The number in field `nr` of /proc/PID/stat; -1 once the process ended. */
static long stat_of(int pid, int nr)
{
	char path[64], line[1024] = "", *at, state;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	f = fopen(path, "r");
	at = f && fgets(line, sizeof(line), f) ? strrchr(line, ')') : NULL;
	if (f)
		fclose(f);
	if (!at)
		return -1;
	state = at[2];
	for (nr -= 2; at && nr > 0; nr--)
		at = strchr(at + 1, ' ');
	return at && state != 'Z' ? strtol(at, NULL, 10) : -1;
}

/* KiB in a line of a file of /proc, -1 without it. */
static long kib_of(int pid, const char *file, const char *key)
{
	char path[64], line[256];
	long kib = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)))
			kib = atol(line + strlen(key));
	if (f)
		fclose(f);
	return kib;
}

/* In a real-time program with a working directory that could be unmounted. */
static int withdrawn(void)
{
	const struct sched_param param = { 1 }, usual = { 0 };
	char *heap = make_heap(), path[64], cwd[8] = "";
	int pid = 0, held = 1;
	long dirty = 0, policy = -1;

	if (!heap || chdir("/tmp") || sched_setscheduler(0, SCHED_FIFO, &param))
		return 77;
	pooltrace_snapshot();
	sched_setscheduler(0, SCHED_OTHER, &usual);
	children(0, &pid);
	snprintf(path, sizeof(path), "/proc/%d/cwd", pid);
	while (pid && still_writing() && stat_of(pid, 5) != -1) {
		ssize_t n = readlink(path, cwd, sizeof(cwd) - 1);
		long kib = kib_of(pid, "smaps_rollup", "Private_Dirty:");

		cwd[n > 0 ? n : 0] = '\0';
		policy = stat_of(pid, 41);
		dirty = kib > dirty ? kib : dirty;
		if (!strcmp(cwd, "/") && stat_of(pid, 5) != getpgrp() && !policy)
			held = 0;
		usleep(1000);
	}
	printf("seen %d\nholds_directory_group_or_priority %d\ndirty_kib %ld\n", pid != 0, held, dirty);
	printf("settled %d\n", settle());
	free(heap);
	return 0;
}

/* A memfd that is to be sealed once its mapping is gone. */
static int sealed(void)
{
	char *heap = make_heap(), *shared;
	int fd = memfd_create("pooltrace-test", MFD_ALLOW_SEALING), r = -1, writing = 0;

	if (!heap || fd < 0 || ftruncate(fd, 4096))
		return 2;
	shared = map(4096, MAP_SHARED, fd);
	shared[0] = 1;
	pooltrace_snapshot();
	munmap(shared, 4096);
	do {
		writing = still_writing();
		r = fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE);
	} while (r && writing && !usleep(1000));
	fprintf(stderr, "writing %d\n", writing);
	printf("sealed %d\nsettled %d\n", r == 0, settle());
	free(heap);
	return 0;
}

/* Pages that cannot be read although they look as if they could. */
static int unreadable(void)
{
	char *guarded = map(64 * 4096, MAP_PRIVATE | MAP_ANONYMOUS, -1), *cut, *none;
	char name[] = "/tmp/pooltrace-cut-XXXXXX";
	int fd = mkstemp(name), guards = 0, i;

	if (fd < 0 || unlink(name) || ftruncate(fd, 8 * 4096))
		return 2;
	for (i = 0; i < 64; i++)
		*(void **)(guarded + 4096 * i) = guarded;
	for (i = 0; i < 64; i += 2)
		guards += !madvise(guarded + 4096 * i, 4096, MADV_GUARD_INSTALL);
	cut = map(8 * 4096, MAP_PRIVATE, fd);
	*(void **)cut = cut;
	if (ftruncate(fd, 4096))
		return 2;
	none = map(4096, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	*(void **)none = none;
	mprotect(none, 4096, PROT_NONE);
	madvise(map(4096, MAP_PRIVATE | MAP_ANONYMOUS, -1), 4096, MADV_DONTFORK);
	madvise(map(4096, MAP_PRIVATE | MAP_ANONYMOUS, -1), 4096, MADV_WIPEONFORK);
	pooltrace_snapshot();
	fprintf(stderr, "guards %d\n", guards);
	printf("settled %d\n", settle());
	fprintf(stderr, "done %u\n", header().done);
	return 0;
}

/* Address space that nobody has touched. `rights`: whether the program keeps those it began with. */
static int sparse(size_t bytes, int rights)
{
	char *big = map(bytes, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
	char *shared = map(bytes / 8, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1);
	unsigned int began;
	int settled, pid = 0;
	long kib = 0, now;

	*(void **)(big + bytes / 2) = shared;
	*(void **)(shared + bytes / 16) = big;
	if (!rights && (prctl(PR_SET_DUMPABLE, 0) || setresuid(65534, 65534, 65534)))
		return 77;
	began = now_ms();
	pooltrace_snapshot();
	while (still_writing() && now_ms() - began < 15000) {
		if (children(0, &pid) && (now = kib_of(pid, "status", "VmPTE:")) > kib)
			kib = now;
		usleep(2000);
	}
	began = now_ms() - began;
	settled = !still_writing();
	if (!settled && pid)
		kill(pid, SIGKILL);
	printf("settled %d\ndone %u\nms %u\npage_table_kib %ld\n", settled, header().done, began, kib);
	return 0;
}

/* The child is killed while it writes. */
static int killed(void)
{
	char *heap = make_heap();
	unsigned int began = now_ms();
	struct counts c;
	int pid = 0;

	pooltrace_snapshot();
	if (!heap || !children(0, &pid) || kill(pid, SIGKILL))
		return 2;
	while (still_writing() && now_ms() - began < 10000) {
		free(malloc(100));
		usleep(1000);
	}
	c = header();
	printf("begun %u\ndone %u\nlost_for_memory %u\nzombies %d\n", c.begun, c.done, c.lost_by[PT_SNAP_LOST_MEMORY],
	       zombies());
	free(heap);
	return 0;
}

/* The forked process has a snapshot too: what its parent's trace was is none of its memory. */
static int forked(void)
{
	int status = 0;

	free(malloc(100));
	if (!fork()) {
		free(malloc(100));
		pooltrace_snapshot();
		usleep(300000);
		_exit(0);
	}
	wait(&status);
	printf("status %d\n", status);
	return 0;
}

/* Of a limited address space the recorder gives back what it has not used: from then on it is the program's, in
 * its forked children too. */
static int shrunk(void)
{
	const struct rlimit limit = { (rlim_t)TIB, (rlim_t)TIB };
	char line[512], *at;
	unsigned long start, end = 0, found; /* of the trace: nothing else is shared and so large */
	int status = -1;
	FILE *f = fopen("/proc/self/maps", "r");

	free(malloc(100));
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx-%lx rw-s", &start, &found) == 2 && found - start > 1024 * MIB)
			end = found;
	if (f)
		fclose(f);
	if (setrlimit(RLIMIT_AS, &limit))
		return 2;
	at = mmap(end ? (void *)(end - 4096) : NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		return 2;
	at[0] = 7;
	if (!fork())
		_exit(at[0]);
	wait(&status);
	fprintf(stderr, "there %d\n", at == (void *)(end - 4096));
	printf("in_the_forked_process %d\n", WEXITSTATUS(status));
	return 0;
}

/* Several at once, each of them too large for half of what is left; then the program goes on. */
static int crowded(unsigned int snapshots)
{
	void **words = map(EDGES_NR * sizeof(*words), MAP_PRIVATE | MAP_ANONYMOUS, -1);
	unsigned int i;
	struct counts c;

	for (i = 0; i < EDGES_NR; i++)
		words[i] = words + (i * 7919u) % EDGES_NR;
	for (i = 0; i < snapshots; i++)
		pooltrace_snapshot();
	i = (unsigned int)settle();
	printf("settled %u\n", i);
	for (i = 0; i < 20000; i++)
		free(malloc(100));
	c = header();
	printf("lost_for_the_limit %u\nstopped %u\n", c.lost_by[PT_SNAP_LOST_LIMIT], c.stopped);
	return 0;
}

/* Each system call named refuses; then the program again, in the sandbox. */
static int deny(char **argv, int both)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, both ? SYS_unshare : SYS_close_range, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog filter = { sizeof(code) / sizeof(code[0]), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter))
		return 77;
	unsetenv("SNAPSHOT_DENY");
	if (getenv("SNAPSHOT_PRELOAD")) /* only now: this process is to have no trace */
		setenv("LD_PRELOAD", getenv("SNAPSHOT_PRELOAD"), 1);
	execv("/proc/self/exe", argv);
	return 2;
}

static int descriptors(void)
{
	int ends[2], kept;
	char text[4] = "";
	ssize_t n;

	if (pipe(ends))
		return 2;
	pooltrace_snapshot();
	kept = settle(); /* looks through a descriptor: without it that is at once */
	usleep(200000);
	n = write(ends[1], "abc", 3);
	n += n == 3 ? read(ends[0], text, 3) : 0;
	printf("settled %d\nthrough_the_pipe %zd %s\n", kept, n, text);
	fprintf(stderr, "done %u\nlost_for_the_system %u\n", header().done, header().lost_by[PT_SNAP_LOST_SYSTEM]);
	return 0;
}

/* Nothing of /proc to be seen, and no descriptor to be had. */
static int jailed(void)
{
	const struct rlimit none = { 0, 0 };

	if (chroot("/usr") || chdir("/"))
		return 77;
	pooltrace_snapshot();
	printf("settled %d\n", settle());
	if (setrlimit(RLIMIT_NOFILE, &none))
		return 2;
	pooltrace_snapshot();
	printf("settled %d\n", settle());
	fprintf(stderr, "lost_for_the_system %u\n", header().lost_by[PT_SNAP_LOST_SYSTEM]);
	return 0;
}

/* No promise: what writing to each page costs before, while and after a snapshot is written (design note 7). */
static int afterwards(void)
{
	char *heap = map(HEAP_BYTES, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	unsigned int round, began;
	size_t i;

	for (round = 0; round < 4; round++) {
		if (round == 2 || round == 3)
			pooltrace_snapshot();
		if (round == 3)
			settle();
		began = now_ms();
		for (i = 0; i < HEAP_BYTES; i += 4096)
			heap[i] = (char)round + 1;
		printf("round %u ms %u writing %d\n", round, now_ms() - began, still_writing());
		settle();
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *mode = argc > 1 ? argv[1] : "", *denied = getenv("SNAPSHOT_DENY");
	const struct {
		const char *name;
		int (*run)(void);
	} modes[] = { { "withdrawn", withdrawn }, { "sealed", sealed }, { "unreadable", unreadable }, { "killed", killed },
		      { "forked", forked },	  { "shrunk", shrunk }, { "descriptors", descriptors },
		      { "jailed", jailed },	  { "afterwards", afterwards } };
	size_t i;

	if (denied)
		return deny(argv, !strcmp(denied, "both"));
	look_open();
	for (i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (!strcmp(mode, modes[i].name))
			return modes[i].run();
	if (!strcmp(mode, "sparse"))
		return sparse(TIB, 1);
	if (!strcmp(mode, "private"))
		return sparse(TIB / 16, 0);
	return !strcmp(mode, "crowded") ? crowded(argc > 2 ? (unsigned int)atoi(argv[2]) : 6) : 2;
}
