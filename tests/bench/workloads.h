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

#endif
