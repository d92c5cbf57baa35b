/* SPDX-License-Identifier: MIT */
/*
 * stepped.c LIBRARY TRACE - whatever instruction a recorded program is killed at, its trace has an exact prefix.
 *
 * A recorded child allocates, frees and tells pools, and is made to run instruction by instruction (ptrace). After each one
 * that changed the trace, the file is read as it lies there: what was read before must be read again, and at most one
 * record more; nothing corrupt. That is what any SIGKILL, at that moment, would have left. It goes over the end of two
 * chunks as well. Prints "STEPS STATES EVENTS CHUNKS", or what is wrong (status 1).
 */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../analyzer/trace/trace.h"
#include "../../format/layout.h"
#include "../../include/pooltrace.h"

#define EVENTS_MAX 40000u
#define LOOK_BYTES (1u << 20) /* the trace's limit as well */
#define NEAR_END_BYTES 128u
#define ROUNDS 4
#define FRAMES_MAX 256u

/* Shared with the child. */
static struct {
	volatile int inside, over;
} *shared;

static struct {
	uint64_t *events; /* a number for each, of all that is in it */
	size_t nr;
} before, now;
static const uint8_t *file;
static uint8_t *copy;
static int image; /* the file as it is now, to be read in peace */
static unsigned long steps, states;

/* The child: a stop (int3) before each round; while `inside` is set it is stepped. */
static __attribute__((noinline)) void *deep(unsigned int path, size_t bytes)
{
	void *p = !path ? malloc(bytes) : path & 1 ? deep(path >> 1, bytes) : deep(path >> 2, bytes);

	__asm__ volatile("");
	return p;
}

static void one_round(unsigned int i)
{
	static char pool[64], object[4][64];
	void *volatile p = deep(i * 2654435761u % 512, 24 + i % 5 * 100), *volatile q = calloc(3, 10 + i % 3);

	pooltrace_get(pool, object[i % 4], 64, i % 3);
	p = realloc(p, 500 + i);
	free(q);
	pooltrace_put(pool, object[i % 4], i % 3);
	free(p);
}

static void child_main(void)
{
	unsigned int i;

	for (i = 0; i < 100; i++)
		one_round(0); /* stacks and caches are known; new ones come now and then */
	for (i = 0; !shared->over; i++) {
		__asm__ volatile("int3");
		one_round(i);
		shared->inside = 0;
	}
	_exit(0);
}

static uint64_t mix(uint64_t h, uint64_t v)
{
	return (h ^ v) * 0x9e3779b97f4a7c15ull + (h >> 29);
}

/* Everything of an event but its time: what a tick takes is known better with each chunk. */
static uint64_t number_of(const struct pt_trace *t, const struct pt_event *ev)
{
	const struct pt_stack_node *frames[FRAMES_MAX];
	size_t i, nr = pt_stack_frames(t, ev->stack, frames, FRAMES_MAX);
	uint64_t h = mix(mix(mix(ev->kind, ev->fn), ev->addr), ev->size_bytes);

	h = mix(mix(mix(h, ev->old_addr), ev->old_size_bytes), ev->cpu);
	for (i = 0; i < nr; i++)
		h = mix(h, frames[i]->ip);
	return h;
}

static int broken(const char *what, size_t at)
{
	fprintf(stderr, "step %lu: %s at event %zu of %zu, %zu before\n", steps, what, at, now.nr, before.nr);
	return -1;
}

/* Reads what lies in `image`. */
static int look(void)
{
	struct pt_trace *t;
	struct pt_event ev;
	char path[64];
	size_t i;
	int r;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", image);
	if (pt_trace_open(&t, path))
		return broken("cannot be opened", 0);
	for (now.nr = 0; now.nr < EVENTS_MAX && (r = pt_trace_next(t, &ev)) > 0; now.nr++)
		now.events[now.nr] = number_of(t, &ev);
	if (r || t->state.corrupt_chunks || t->state.missing_chunks)
		return broken("is corrupt", now.nr);
	pt_trace_close(t);
	if (now.nr < before.nr)
		return broken("an event is gone", now.nr);
	for (i = 0; i < before.nr; i++)
		if (now.events[i] != before.events[i])
			return broken("another event than before", i);
	states++;
	memcpy(before.events, now.events, now.nr * sizeof(*now.events));
	before.nr = now.nr;
	return 0;
}

static uint64_t used_bytes(void)
{
	uint64_t used = *(const volatile uint64_t *)&((const struct pt_file_header *)file)->cursor_pages * PT_PAGE_BYTES;

	return used < LOOK_BYTES ? used : LOOK_BYTES;
}

/* Has the step changed the file? Then it is read. */
static int after_step(void)
{
	uint64_t used = used_bytes();

	steps++;
	if (!memcmp(copy, file, used))
		return 0;
	memcpy(copy, file, used);
	if (pwrite(image, copy, used, 0) != (ssize_t)used)
		return -1;
	return look();
}

static int chunks(void)
{
	int nr = 0;
	uint64_t at;

	for (at = PT_PAGE_BYTES; at < used_bytes(); at += PT_PAGE_BYTES)
		nr += *(const uint32_t *)(file + at) == PT_CHUNK_MAGIC;
	return nr;
}

/* Is a chunk about to be full? */
static int near_end(void)
{
	uint64_t at = used_bytes();

	return at && memcmp(file + at - PT_RECORD_BYTES_MAX - NEAR_END_BYTES, (const uint8_t[NEAR_END_BYTES / 2]){ 0 },
			    NEAR_END_BYTES / 2);
}

static int wait_stop(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP)
		return broken("the child ended", 0);
	return 0;
}

/* From one int3 to the next. */
static int round_of(pid_t pid, int stepped)
{
	if (stepped) {
		shared->inside = 1;
		while (shared->inside) {
			if (ptrace(PTRACE_SINGLESTEP, pid, 0, 0) || wait_stop(pid) || after_step())
				return -1;
		}
	}
	return ptrace(PTRACE_CONT, pid, 0, 0) || wait_stop(pid) || after_step() ? -1 : 0;
}

static int map_trace(const char *path)
{
	int fd = open(path, O_RDONLY);

	file = mmap(NULL, LOOK_BYTES, PROT_READ, MAP_SHARED, fd, 0);
	copy = calloc(1, LOOK_BYTES);
	before.events = calloc(EVENTS_MAX, sizeof(uint64_t));
	now.events = calloc(EVENTS_MAX, sizeof(uint64_t));
	image = memfd_create("image", MFD_CLOEXEC);
	if (fd < 0 || file == MAP_FAILED || !copy || !before.events || !now.events || image < 0 ||
	    ftruncate(image, LOOK_BYTES))
		return broken("no trace", 0);
	close(fd);
	return 0;
}

static pid_t start(char **argv)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	setenv("LD_PRELOAD", argv[1], 1);
	setenv("POOLTRACE_OUTPUT", argv[2], 1);
	setenv("POOLTRACE_SIZE_LIMIT", "1M", 1);
	ptrace(PTRACE_TRACEME, 0, 0, 0);
	execl("/proc/self/exe", argv[0], "child", argv[3], (char *)NULL);
	_exit(127);
}

static void *map_shared(int fd)
{
	void *at = mmap(NULL, PT_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return at == MAP_FAILED ? NULL : at;
}

static int stepped_all(pid_t pid)
{
	int i, turns = 0, had;

	for (i = 0; i < ROUNDS; i++)
		if (round_of(pid, 1))
			return -1;
	for (i = 0; turns < 2 && i < 5000; i++) { /* and twice where a chunk ends */
		had = chunks();
		if (round_of(pid, near_end()))
			return -1;
		turns += chunks() > had && had;
	}
	return turns == 2 ? 0 : broken("no chunk became full", 0);
}

int main(int argc, char **argv)
{
	char fd[16];
	pid_t pid;
	int shm;

	if (argc == 3 && !strcmp(argv[1], "child")) {
		shared = map_shared(atoi(argv[2]));
		close(atoi(argv[2]));
		child_main();
	}
	shm = memfd_create("shared", 0);
	if (argc != 3 || shm < 0 || ftruncate(shm, PT_PAGE_BYTES) || !(shared = map_shared(shm)))
		return 2;
	snprintf(fd, sizeof(fd), "%d", shm);
	alarm(120);
	pid = start((char *[]){ argv[0], argv[1], argv[2], fd });
	/* The exec, then the first int3. */
	if (wait_stop(pid) || ptrace(PTRACE_CONT, pid, 0, 0) || wait_stop(pid) || map_trace(argv[2]) || after_step() ||
	    stepped_all(pid)) {
		kill(pid, SIGKILL);
		return 1;
	}
	printf("%lu %lu %zu %d\n", steps, states, before.nr, chunks());
	shared->over = 1;
	ptrace(PTRACE_DETACH, pid, 0, 0);
	return waitpid(pid, NULL, 0) == pid ? 0 : 1;
}
