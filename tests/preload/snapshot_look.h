/* SPDX-License-Identifier: MIT */
/*
 * snapshot_look.h - what a program that is being recorded can find out about its snapshots, for tests.
 *
 * POOLTRACE_OUTPUT must name the trace. Its header is opened once: the program may give up its rights later.
 */
#ifndef SNAPSHOT_LOOK_H
#define SNAPSHOT_LOOK_H

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../../format/layout.h"

#define MIB ((size_t)1 << 20)
#define HEAP_BYTES (384 * MIB) /* takes the child long enough to be seen alive */
#define LOOK __attribute__((unused)) static

struct counts {
	uint32_t begun, done, lost, stopped;
	uint32_t lost_by[PT_SNAP_LOST_NR];
};

LOOK int look_fd = -1;

/* Before the descriptors of the program are counted, and before it gives up its rights. */
LOOK void look_open(void)
{
	const char *path = getenv("POOLTRACE_OUTPUT");

	look_fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
}

/* All 0 when this process has no trace. */
LOOK struct counts header(void)
{
	static struct pt_file_header h;
	struct counts c = { 0 };
	int i;

	if (look_fd < 0 || pread(look_fd, &h, sizeof(h), 0) != (ssize_t)sizeof(h))
		return c;
	c.begun = h.snaps_begun;
	c.done = h.snaps_done;
	c.stopped = h.stopped;
	for (i = 0; i < PT_SNAP_LOST_NR; i++) {
		c.lost_by[i] = h.snaps_lost[i];
		c.lost += h.snaps_lost[i];
	}
	return c;
}

LOOK int still_writing(void)
{
	struct counts c = header();

	return c.begun > c.done + c.lost;
}

/* 0 when it took longer than 20 s */
LOOK int settle(void)
{
	int i;

	for (i = 0; i < 40000; i++) {
		if (!still_writing())
			return 1;
		usleep(500);
	}
	return 0;
}

/* Children of this process that are in `state`, or in any but Z when that is 0; *pid: the last of them. */
LOOK int children(char state, int *pid)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	char path[300], found;
	int nr = 0, ppid;
	FILE *f;

	while (d && (e = readdir(d))) {
		if (e->d_name[0] < '1' || e->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/stat", e->d_name);
		f = fopen(path, "r");
		if (!f)
			continue;
		if (fscanf(f, "%*d (%*[^)]) %c %d", &found, &ppid) == 2 && ppid == getpid() &&
		    (state ? found == state : found != 'Z')) {
			nr++;
			*pid = atoi(e->d_name);
		}
		fclose(f);
	}
	if (d)
		closedir(d);
	return nr;
}

LOOK int zombies(void)
{
	int pid;

	return children('Z', &pid);
}

LOOK char *make_heap(void)
{
	char *heap = malloc(HEAP_BYTES);
	size_t i;

	for (i = 0; heap && i < HEAP_BYTES; i += 4096)
		memset(heap + i, 1 + (int)(i % 100), 64);
	return heap;
}

LOOK unsigned int now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (unsigned int)(t.tv_sec * 1000 + t.tv_nsec / 1000000);
}

#endif
