/* SPDX-License-Identifier: MIT */
/* cross.c - is the order of events right when blocks wander between threads? */
#include "cross.h"

#include <stdio.h>

#include "bars.h"
#include "inspect.h"

#define CROSS_EVENTS 100000000.0
#define CROSS_EVENTS_QUICK 5000000.0

int bench_cross(const struct bench_place *place, int runs, bool quick, json_t *rows)
{
	double wanted = quick ? CROSS_EVENTS_QUICK : CROSS_EVENTS;
	char program[4200], events[32];
	const char *argv[] = { program, "4", events, NULL };
	struct bench_command c = { .argv = argv, .cpu = -1 };
	struct bench_result r;
	double live, dead, start;
	json_t *info;

	(void)runs; /* one is long enough */
	snprintf(program, sizeof(program), "%s/xthread", place->programs);
	snprintf(events, sizeof(events), "%.0f", wanted);
	if (bench_run(place, BENCH_POOLTRACE, &c, &r)) {
		fprintf(stderr, "bench: cross failed; see %s/stderr\n", place->folder);
		return -1;
	}
	start = bench_now_s();
	info = bench_info(place);
	live = bench_number(info, "anomalies.alloc_of_live");
	dead = bench_number(info, "anomalies.free_of_dead");
	printf("cross    %.0f calls on blocks that wander between 4 threads in %.1f s, read in %.1f s:\n"
	       "%14s %.0f events recorded, malloc-of-live %.0f, free-of-dead %.0f\n",
	       wanted, r.wall_s, bench_now_s() - start, "", bench_number(info, "events"), live, dead);
	json_array_append_new(rows, json_pack("{s:s, s:f, s:f, s:f, s:f}", "workload", "cross", "events",
					      bench_number(info, "events"), "wall_s", r.wall_s,
					      "alloc_of_live", live, "free_of_dead", dead));
	json_decref(info);
	bench_bar("cross", "allocations of a live block, frees of a dead one", live + dead, BENCH_AT_MOST, 0);
	return 0;
}
