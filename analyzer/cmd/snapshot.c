// SPDX-License-Identifier: MIT
/*
 * snapshot.c - pooltrace snapshot: ask a running process for one.
 *
 * The wish is a number in the header of its trace, which the recorder looks at some 20 times a second
 * while the program allocates; a program that does not is asked by the signal that
 * POOLTRACE_SNAPSHOT=signal= named, if any.
 */
#include <getopt.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../format/layout.h"
#include "asking.h"
#include "cmd.h"

enum { OPTION_WAIT = PT_OPTION_LONG };

static const struct pt_option options[] = {
	{ OPTION_WAIT, "wait", "SECONDS", "how long to wait for it (default: 10)" },
	{ 0, NULL, NULL, NULL },
};

static const struct pt_usage usage = {
	.synopsis = "snapshot [OPTION]... PID",
	.about =
		"Asks a process that is being recorded to write down which word of its memory\n"
		"points where, for `pooltrace graph`. It stands still for a fork; a child\n"
		"process does the rest. It notices the wish when it next allocates or frees.\n",
	.options = options,
	.examples = "  pooltrace snapshot 4711\n"
		    "  pooltrace snapshot $(pidof server) && pooltrace graph server.*.ptrace\n",
};

static const char *const causes[PT_SNAP_LOST_NR] = {
	[PT_SNAP_LOST_LIMIT] = "it would take more than half of what the trace's size limit leaves",
	[PT_SNAP_LOST_DISK] = "the disk is full",
	[PT_SNAP_LOST_MEMORY] = "the system refused a process or memory for it",
	[PT_SNAP_LOST_BUSY] = "others are being written; try again",
	[PT_SNAP_LOST_SANDBOX] = "the program has forbidden itself system calls",
	[PT_SNAP_LOST_SYSTEM] = "it has no /proc",
};

static uint32_t load(const uint32_t *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static uint32_t lost_nr(const struct pt_file_header *h)
{
	uint32_t nr = 0;

	for (unsigned int i = 0; i < PT_SNAP_LOST_NR; i++)
		nr += load(&h->snaps_lost[i]);
	return nr;
}

/* Until `*counter` (or the lost ones) went beyond `before`. False: the time is over. */
static bool wait_for(const struct pt_file_header *h, const uint32_t *counter, uint32_t before, uint32_t lost_before,
		     uint64_t until_ms)
{
	const struct timespec nap = { 0, 2000000 };

	while (load(counter) == before && lost_nr(h) == lost_before) {
		if (pt_asking_now_ms() >= until_ms)
			return false;
		nanosleep(&nap, NULL);
	}
	return true;
}

/* Has the process a handler for the signal? Without one the signal would be its end. */
static bool catches(long pid, uint32_t number)
{
	unsigned long long caught = 0;
	char path[64], *line = NULL;
	size_t size = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%ld/status", pid);
	f = fopen(path, "re");
	while (f && getline(&line, &size, f) > 0 && sscanf(line, "SigCgt: %llx", &caught) != 1)
		;
	free(line);
	if (f)
		fclose(f);
	return number && number <= 64 && caught >> (number - 1) & 1;
}

int pt_asking_snapshot(const struct pt_asking *a, uint64_t until_ms)
{
	struct pt_file_header *h = a->h;
	uint32_t begun = load(&h->snaps_begun), done = load(&h->snaps_done), lost = lost_nr(h), by_cause[PT_SNAP_LOST_NR];
	uint64_t soon_ms = pt_asking_now_ms() + 300;
	uint32_t signal;

	memcpy(by_cause, h->snaps_lost, sizeof(by_cause));
	__atomic_add_fetch(&h->snaps_asked, 1, __ATOMIC_RELEASE);
	if (!wait_for(h, &h->snaps_begun, begun, lost, soon_ms < until_ms ? soon_ms : until_ms) &&
	    catches(a->pid, signal = load(&h->snap_signal)))
		kill((pid_t)a->pid, (int)signal);
	if (!wait_for(h, &h->snaps_begun, begun, lost, until_ms))
		return pt_fail(a->path, "process %ld has not allocated since; it takes the snapshot when it does", a->pid);
	if (!wait_for(h, &h->snaps_done, done, lost, until_ms))
		return pt_fail(a->path, "the snapshot is still being written; `pooltrace info` says when it is done");
	for (unsigned int i = 0; i < PT_SNAP_LOST_NR; i++)
		if (h->snaps_lost[i] != by_cause[i])
			return pt_fail(a->path, "no snapshot was taken: %s", causes[i]);
	pt_say(stdout, "%s: snapshot %u", a->path, begun + 1);
	return pt_flush();
}

int cmd_snapshot(int argc, char **argv)
{
	struct pt_asking a;
	uint64_t seconds = 10;
	int status;

	while (pt_usage_next(&usage, argc, argv) != -1)
		seconds = pt_number("wait", optarg, 86400);
	if (optind + 1 != argc)
		return pt_fail(NULL, "snapshot: one process id is needed, as in `pooltrace snapshot 4711`");
	status = pt_asking_open(&a, "snapshot", argv[optind]);
	if (status != PT_EXIT_OK)
		return status;
	status = pt_asking_snapshot(&a, pt_asking_now_ms() + seconds * 1000);
	pt_asking_close(&a);
	return status;
}
