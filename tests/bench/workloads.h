/* SPDX-License-Identifier: MIT */
/*
 * workloads.h - what is measured: the workloads of the bars, each run once under one tool.
 */
#ifndef BENCH_WORKLOADS_H
#define BENCH_WORKLOADS_H

#include "run.h"

struct bench_workload {
	const char *name;
	const char *what; /* one line for the table's foot */
	/* Runs it once; `quick` makes it smaller. Returns 0, or -1 if it failed. */
	int (*run)(const struct bench_place *place, enum bench_tool tool, bool quick,
		   struct bench_result *out);
	bool same_output;     /* its stdout must be the same bytes under every tool */
	double same_calls;    /* largest relative difference of allocation calls between the tools */
};

extern const struct bench_workload bench_workloads[]; /* the last has no name */

/* bench_redis_start() - redis-server, listening at a socket of that path, on the first CPU. Its pid, or -1. */
pid_t bench_redis_start(const struct bench_place *place, enum bench_tool tool, const char *path);

/* bench_redis_load() - redis-benchmark, that many requests of each kind, from the last CPU. *wall_s: how long. 0, or -1. */
int bench_redis_load(const struct bench_place *place, const char *path, const char *requests, double *wall_s);

#endif
