// SPDX-License-Identifier: MIT
/* asking.c - see asking.h. */
#include "asking.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"
#include "tracefile.h"

uint64_t pt_asking_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* Whoever owns the trace can cut it at any time: the next word that is read of it is a SIGBUS. */
static void was_cut(int signal_nr)
{
	static const char text[] = "pooltrace: the trace was cut while its process was asked\n";

	(void)signal_nr;
	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	_exit(PT_EXIT_ERROR);
}

int pt_asking_open(struct pt_asking *a, const char *command, const char *text)
{
	long long pid;
	char *end;
	int fd;

	pid = strtoll(text, &end, 10);
	if (end == text || *end || pid < 1 || pid > INT32_MAX)
		return pt_fail(NULL, "%s: '%s' is no process id; see pooltrace %s --help", command, text, command);
	a->pid = (long)pid;
	fd = pt_tracefile_open(a->pid, a->path, sizeof(a->path));
	if (fd < 0 && !*a->path) {
		if (errno == ENODATA)
			return pt_fail(text, "this process writes no trace; start it with `pooltrace record`");
		if (errno == ENOENT)
			return pt_fail(text, "there is no such process");
		return pt_fail(text, "cannot look at this process (%s)%s", strerror(errno),
			       errno == EACCES || errno == EPERM ? "; do it as its user, or as root" : "");
	}
	signal(SIGBUS, was_cut);
	a->h = fd < 0 ? MAP_FAILED : mmap(NULL, PT_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd >= 0)
		close(fd);
	if (a->h == MAP_FAILED)
		return pt_fail(a->path, "cannot be written to (%s)", strerror(errno));
	return PT_EXIT_OK;
}

void pt_asking_close(struct pt_asking *a)
{
	munmap(a->h, PT_PAGE_BYTES);
}
