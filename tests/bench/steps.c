/* SPDX-License-Identifier: MIT */
/*
 * steps.c - where the time of recording goes, from the least that can be done (floor.c) to all of it.
 */
#include "steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inspect.h"
#include "workloads.h"

enum { UNTRACED, FORWARD, RECORD, CLOCK, MAPPED, NO_STACKS, STACKS, UNWIND, HEAPTRACK, STEPS_NR };

static const struct {
	const char *key, *what;
	enum bench_tool tool;
	int floor; /* the library is libfloorN.so; 0: it is the tool's */
	const char *depth; /* POOLTRACE_STACK_DEPTH */
} steps[STEPS_NR] = {
	[UNTRACED] = { "untraced", "untraced", BENCH_PLAIN, 0, NULL },
	[FORWARD] = { "forward", "floor: hand on to the real function", BENCH_POOLTRACE, 1, NULL },
	[RECORD] = { "record", "floor: + compact record, private memory", BENCH_POOLTRACE, 2, NULL },
	[CLOCK] = { "clock", "floor: + rdtsc", BENCH_POOLTRACE, 3, NULL },
	[MAPPED] = { "mapped", "floor: into the mapped file instead", BENCH_POOLTRACE, 4, NULL },
	[NO_STACKS] = { "no_stacks", "pooltrace without stacks", BENCH_POOLTRACE, 0, "0" },
	[STACKS] = { "stacks", "pooltrace", BENCH_POOLTRACE, 0, NULL },
	[UNWIND] = { "unw_backtrace", "floor: mapped file + unw_backtrace", BENCH_POOLTRACE, 5, NULL },
	[HEAPTRACK] = { "heaptrack", "heaptrack", BENCH_HEAPTRACK, 0, NULL },
};

static int run(const struct bench_place *place, int step, bool quick, struct bench_result *r)
{
	static struct bench_place there;
	char name[64];
	int err;

	there = *place;
	if (steps[step].floor) {
		snprintf(name, sizeof(name), "libfloor%d.so", steps[step].floor);
		if (bench_use_library(&there, name))
			return -1;
	}
	if (steps[step].depth)
		setenv("POOLTRACE_STACK_DEPTH", steps[step].depth, 1);
	err = bench_workloads[0].run(&there, steps[step].tool, quick, r);
	unsetenv("POOLTRACE_STACK_DEPTH");
	if (err)
		fprintf(stderr, "bench: steps: \"%s\" failed; see %s/stderr\n", steps[step].what, place->folder);
	return err;
}

static void print(int step, const struct bench_series *wall, const struct bench_series *cpu, double events)
{
	double added = bench_median(&cpu[step]) - bench_median(&cpu[UNTRACED]);

	printf("%-8s %-40s", step ? "" : "steps", steps[step].what);
	bench_print_series(&wall[step], 1, " s");
	bench_print_series(&cpu[step], 1, " s");
	if (step)
		printf(" %7.1f ns", added * 1e9 / events);
	printf("\n");
}

int bench_steps(const struct bench_place *place, int runs, bool quick, json_t *rows)
{
	static struct bench_series wall[STEPS_NR], cpu[STEPS_NR];
	json_t *row = json_pack("{s:s}", "workload", "steps"), *info;
	double events = 0;
	int round, turn;

	json_array_append_new(rows, row);
	for (round = 0; round <= runs; round++) {
		for (turn = 0; turn < STEPS_NR; turn++) {
			int step = (round + turn) % STEPS_NR;
			struct bench_result r;

			if (run(place, step, quick, &r))
				return -1;
			if (!round && step == STACKS) {
				info = bench_info(place);
				events = bench_number(info, "events");
				json_decref(info);
			}
			if (!round)
				continue;
			bench_series_add(&wall[step], r.wall_s);
			bench_series_add(&cpu[step], r.cpu_s);
		}
	}
	printf("%-8s %-40s %-22s %-22s %s\n", "", "", "wall", "cpu", "added an event, cpu");
	for (turn = 0; turn < STEPS_NR; turn++) {
		print(turn, wall, cpu, events);
		json_object_set_new(row, steps[turn].key, json_pack("{s:o, s:o}", "wall_s", bench_series_json(&wall[turn]),
								    "cpu_s", bench_series_json(&cpu[turn])));
	}
	json_object_set_new(row, "events", json_real(events));
	fflush(stdout);
	return 0;
}
