/* SPDX-License-Identifier: MIT */
/*
 * startup.c - what recording costs before the first event, and how often it asks the kernel afterwards.
 *
 * `true` is run with and without in turn, many times. What is resident is read from /proc when the program
 * is about to leave (PTRACE_EVENT_EXIT): ru_maxrss would be at least ours, which the child starts from.
 */
#include "startup.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bars.h"

#define STARTS_A_RUN 20 /* `true` takes a millisecond, and a run of others seconds */
#define STARTS_MAX 100
#define MIB 1048576.0
#define STEADY_EVENTS 2000000
#define STEADY_EVENTS_MORE 8000000

static const char *const true_argv[] = { "/bin/true", NULL };

/* A line "NAME: N kB" of its status, in bytes; -1 without. */
static double status_bytes(pid_t pid, const char *name)
{
	char path[64], line[256], key[32];
	double kib = -1, value;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%31[^:]: %lf kB", key, &value) == 2 && strcmp(key, name) == 0)
			kib = value;
	fclose(f);
	return kib < 0 ? -1 : kib * 1024;
}

/* Peak resident bytes of `true` under `tool`, or -1: it may be gone before it could be seized. */
static double peak_of_true(const struct bench_place *place, enum bench_tool tool)
{
	struct bench_command c = { .argv = true_argv, .cpu = place->cpu_last };
	double bytes = -1;
	pid_t pid = bench_start(place, tool, &c);
	int status, signal;

	/* It may be anywhere between fork and exit by now: seized there it would be too late, so stop it first. */
	if (pid < 0)
		return -1;
	if (ptrace(PTRACE_SEIZE, pid, NULL, (void *)PTRACE_O_TRACEEXIT)) {
		waitpid(pid, &status, 0);
		return -1;
	}
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		signal = WSTOPSIG(status);
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8)) {
			bytes = status_bytes(pid, "VmHWM");
			signal = 0;
		}
		ptrace(PTRACE_CONT, pid, NULL, (void *)(long)signal);
	}
	return bytes;
}

struct starts {
	struct bench_series wall_ms[BENCH_TOOLS_NR], cpu_ms[BENCH_TOOLS_NR], peak_mib[BENCH_TOOLS_NR];
};

static int start_all(const struct bench_place *place, int starts, struct starts *s)
{
	struct bench_command c = { .argv = true_argv, .cpu = place->cpu_last };
	struct bench_result r;
	int round, turn;

	for (round = 0; round <= starts; round++) {
		for (turn = 0; turn < BENCH_TOOLS_NR; turn++) {
			enum bench_tool tool = (enum bench_tool)((round + turn) % BENCH_TOOLS_NR);
			double peak = -1;
			int tries;

			if (bench_run(place, tool, &c, &r))
				return -1;
			for (tries = 0; tries < 5 && peak < 0; tries++) /* gone before it was seized */
				peak = peak_of_true(place, tool);
			if (peak < 0)
				return -1;
			if (!round)
				continue;
			bench_series_add(&s->wall_ms[tool], r.wall_s * 1e3);
			bench_series_add(&s->cpu_ms[tool], r.cpu_s * 1e3);
			bench_series_add(&s->peak_mib[tool], peak / MIB);
		}
	}
	return 0;
}

static double added(const struct bench_series tools[BENCH_TOOLS_NR], enum bench_tool tool)
{
	return bench_median(&tools[tool]) - bench_median(&tools[BENCH_PLAIN]);
}

/* A line of strace's table: how often a system call was made, 0 for what is none. Not futex: the recorder makes none but around
 * a snapshot, and how often the program's own threads wait for each other is the scheduler's: hundreds more or less from run to run. */
static double calls_of(const char *line)
{
	double percent, seconds, calls;
	char name[64];
	int per_call;

	if (sscanf(line, "%lf %lf %d %lf %*d %63s", &percent, &seconds, &per_call, &calls, name) != 5 &&
	    sscanf(line, "%lf %lf %d %lf %63s", &percent, &seconds, &per_call, &calls, name) != 5)
		return 0;
	return strcmp(name, "total") && strcmp(name, "futex") ? calls : 0;
}

/* System calls of churn, two threads. -1 when it fails. */
static double syscalls(const struct bench_place *place, enum bench_tool tool, int events)
{
	char number[16], preload[4200], output[4300], path[4200], line[512];
	const char *traced[] = { "/usr/bin/strace", "-f", "-c", "-E", preload, "-E", output, place->churn, "2", number, NULL };
	const char *plain[] = { "/usr/bin/strace", "-f", "-c", place->churn, "2", number, NULL };
	struct bench_command c = { .argv = tool == BENCH_PLAIN ? plain : traced, .cpu = -1 };
	struct bench_result r;
	double calls = 0;
	FILE *f;

	snprintf(number, sizeof(number), "%d", events);
	snprintf(preload, sizeof(preload), "LD_PRELOAD=%s", place->library);
	snprintf(output, sizeof(output), "POOLTRACE_OUTPUT=%s", place->trace);
	unlink(place->trace);
	if (bench_run(place, BENCH_PLAIN, &c, &r))
		return -1;
	snprintf(path, sizeof(path), "%s/stderr", place->folder);
	f = fopen(path, "r");
	if (!f)
		return -1;
	while (fgets(line, sizeof(line), f))
		calls += calls_of(line);
	fclose(f);
	return calls > 0 ? calls : -1;
}

/* System calls that recording adds in 1,000,000 more events of a program that has run for a while. */
static double added_syscalls(const struct bench_place *place)
{
	double few[2], many[2];
	int traced;

	for (traced = 0; traced < 2; traced++) {
		few[traced] = syscalls(place, traced ? BENCH_POOLTRACE : BENCH_PLAIN, STEADY_EVENTS);
		many[traced] = syscalls(place, traced ? BENCH_POOLTRACE : BENCH_PLAIN, STEADY_EVENTS_MORE);
		if (few[traced] < 0 || many[traced] < 0)
			return -1;
	}
	return (many[1] - few[1] - (many[0] - few[0])) / (STEADY_EVENTS_MORE - STEADY_EVENTS) * 1e6;
}

int bench_startup(const struct bench_place *place, int runs, bool quick, json_t *rows)
{
	static struct starts s;
	int starts = quick ? 5 : runs * STARTS_A_RUN;
	double calls;

	if (start_all(place, starts < STARTS_MAX ? starts : STARTS_MAX, &s)) {
		fprintf(stderr, "bench: startup: `true` failed; see %s/stderr\n", place->folder);
		return -1;
	}
	bench_print_tools("startup", "wall", s.wall_ms, 1, " ms");
	printf("  added %.2f ms\n", added(s.wall_ms, BENCH_POOLTRACE));
	bench_print_tools("", "cpu", s.cpu_ms, 1, " ms");
	printf("  added %.2f ms\n", added(s.cpu_ms, BENCH_POOLTRACE));
	bench_print_tools("", "peak", s.peak_mib, 1, " MiB");
	printf("  added %.2f MiB\n", added(s.peak_mib, BENCH_POOLTRACE));
	calls = added_syscalls(place);
	if (calls < 0) {
		fprintf(stderr, "bench: startup: strace failed; see %s/stderr\n", place->folder);
		return -1;
	}
	printf("%14s %.1f system calls more in 1,000,000 events of churn (strace -f -c; %d and %d events)\n", "", calls,
	       STEADY_EVENTS, STEADY_EVENTS_MORE);
	bench_bar("startup", "ms added to `true`, wall", added(s.wall_ms, BENCH_POOLTRACE), BENCH_AT_MOST, BENCH_BAR_START_MS);
	bench_bar("startup", "MiB resident added to `true`", added(s.peak_mib, BENCH_POOLTRACE), BENCH_AT_MOST,
		  BENCH_BAR_START_MIB);
	bench_bar("startup", "system calls in 1,000,000 events", calls, BENCH_AT_MOST, BENCH_BAR_SYSCALLS);
	json_array_append_new(rows, json_pack("{s:s, s:o, s:o, s:o, s:f}", "workload", "startup", "wall_ms",
					      bench_tools_json(s.wall_ms), "cpu_ms", bench_tools_json(s.cpu_ms), "peak_mib",
					      bench_tools_json(s.peak_mib), "syscalls_per_million", calls));
	return 0;
}
