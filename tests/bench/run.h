/* SPDX-License-Identifier: MIT */
/*
 * run.h - one process, untraced or under a tracer, pinned and timed.
 */
#ifndef BENCH_RUN_H
#define BENCH_RUN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum bench_tool { BENCH_PLAIN, BENCH_POOLTRACE, BENCH_HEAPTRACK, BENCH_TOOLS_NR };

/* Where things are; filled in once by main. */
struct bench_place {
	char pooltrace[4096];	/* the analyzer */
	char library[4096];	/* libpooltrace.so */
	char programs[4096];	/* folder of tests/preload's programs */
	char churn[4096];
	char pairs[4096];
	char graphs[4096];
	char script[4096];	/* tests/victims/sqlite_script.sh */
	char folder[4096];	/* traces and scratch files; emptied before each run */
	char trace[4200];	/* the trace of the last run under pooltrace */
	char heaptrack[4200];	/* heaptrack's raw file of its last run */
	int cpu_first, cpu_last; /* of those that we may use; the same one on a small machine */
};

struct bench_result {
	double wall_s;
	double end_s; /* bench_now_s() when it was gone */
	double cpu_s;	     /* user and system */
	double peak_bytes;   /* resident */
	double rate_per_s;   /* as the program says itself; 0 = it does not */
	uint64_t output_hash; /* of its stdout; equal work has equal hashes */
};

struct bench_command {
	const char *const *argv; /* argv[0] is looked up in PATH */
	const char *variable;	 /* one more "NAME=value" in its environment, or NULL */
	int cpu;		 /* -1 = not pinned */
};

double bench_now_s(void);

/* bench_use_library() - preload that library of the bench's own from now on, not the recorder. 0, or -1 and a message. */
int bench_use_library(struct bench_place *place, const char *name);

/*
 * bench_start() - starts the command under `tool`; stdout and stderr go to files in the folder.
 * Removes the tool's old trace first. Returns the pid, or -1 with errno.
 */
pid_t bench_start(const struct bench_place *place, enum bench_tool tool, const struct bench_command *c);

/* bench_wait() - waits; all but wall_s is filled in. Returns 0, or -1 if it failed. */
int bench_wait(const struct bench_place *place, pid_t pid, struct bench_result *out);

/* bench_run() - start and wait; fills in all of *out. Returns 0, or -1 if it failed. */
int bench_run(const struct bench_place *place, enum bench_tool tool, const struct bench_command *c,
	      struct bench_result *out);

#endif
