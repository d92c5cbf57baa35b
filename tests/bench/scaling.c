/* SPDX-License-Identifier: MIT */
/*
 * scaling.c - more threads: throughput, and what an event costs.
 *
 * churn.c with 1 to 32 threads, the same number of calls in all. Then two threads that hand nothing on, beside two
 * processes of one thread: the same load on the same CPUs, but the processes share no cache line of the recorder's.
 */
#include "scaling.h"

#include <glob.h>
#include <stdio.h>
#include <unistd.h>

#include "bars.h"

#define EVENTS "4000000"
#define EVENTS_QUICK "1000000"

static const char *const threads[] = { "1", "2", "4", "8", "32" };
#define THREADS_NR 5
enum { TOGETHER, APART, WAYS_NR };
static const char *const ways[WAYS_NR] = { "together", "apart" };

struct scaling {
	struct bench_series rate[THREADS_NR][BENCH_TOOLS_NR]; /* calls a second */
	struct bench_series event_ns[THREADS_NR][BENCH_TOOLS_NR]; /* CPU time of a call, the program's own work in it */
	struct bench_series way_ns[WAYS_NR][BENCH_TOOLS_NR];
};

/* Forked children find the name taken and put theirs beside it. */
static void remove_traces(const struct bench_place *place)
{
	char pattern[4300];
	glob_t found;
	size_t i;

	snprintf(pattern, sizeof(pattern), "%s.*", place->trace);
	if (glob(pattern, 0, NULL, &found))
		return;
	for (i = 0; i < found.gl_pathc; i++)
		unlink(found.gl_pathv[i]);
	globfree(&found);
}

/* CPU time of a call in nanoseconds, -1 on failure. */
static double run(const struct bench_place *place, enum bench_tool tool, const char *threads_nr, const char *way,
		  bool quick, double *rate)
{
	const char *events = quick ? EVENTS_QUICK : EVENTS;
	const char *argv[] = { place->churn, threads_nr, events, way, NULL };
	struct bench_command c = { .argv = argv, .cpu = -1 };
	struct bench_result r;

	if (bench_run(place, tool, &c, &r))
		return -1;
	*rate = r.rate_per_s;
	return r.cpu_s * 1e9 / (quick ? 1e6 : 4e6);
}

static int measure_round(const struct bench_place *place, int round, bool quick, struct scaling *s)
{
	static struct bench_series unused;
	int turn, i;

	for (i = 0; i < THREADS_NR + WAYS_NR; i++) {
		int way = i - THREADS_NR;

		for (turn = 0; turn < BENCH_TOOLS_NR; turn++) {
			enum bench_tool tool = (enum bench_tool)((round + turn) % BENCH_TOOLS_NR);
			double rate, ns;

			if (way >= 0 && tool == BENCH_HEAPTRACK)
				continue;
			ns = run(place, tool, way < 0 ? threads[i] : "2", way < 0 ? NULL : ways[way], quick, &rate);
			if (ns < 0)
				return -1;
			unused.nr = 0;
			bench_series_add(round == 0 ? &unused : way < 0 ? &s->event_ns[i][tool] : &s->way_ns[way][tool], ns);
			if (round && way < 0)
				bench_series_add(&s->rate[i][tool], rate);
		}
		remove_traces(place);
	}
	return 0;
}

static double added_ns(const struct bench_series tools[BENCH_TOOLS_NR], enum bench_tool tool)
{
	return bench_median(&tools[tool]) - bench_median(&tools[BENCH_PLAIN]);
}

static void print_threads(const struct scaling *s, int i, json_t *row)
{
	double plain = bench_median(&s->rate[i][BENCH_PLAIN]), ours = bench_median(&s->rate[i][BENCH_POOLTRACE]);
	double theirs = bench_median(&s->rate[i][BENCH_HEAPTRACK]);
	char name[32];

	snprintf(name, sizeof(name), "%s thr.", threads[i]);
	bench_print_tools(name, "rate", s->rate[i], 1e-6, " M/s");
	printf("  keeps %.0f %%, %.1f x heaptrack's\n", 100 * ours / plain, ours / theirs);
	bench_print_tools("", "cpu", s->event_ns[i], 1, " ns");
	printf("  added a call: %.0f ns, heaptrack %.0f ns\n", added_ns(s->event_ns[i], BENCH_POOLTRACE),
	       added_ns(s->event_ns[i], BENCH_HEAPTRACK));
	json_object_set_new(row, threads[i], json_pack("{s:o, s:o}", "rate_per_s", bench_tools_json(s->rate[i]),
						       "call_cpu_ns", bench_tools_json(s->event_ns[i])));
}

int bench_scaling(const struct bench_place *place, int runs, bool quick, json_t *rows)
{
	static struct scaling s;
	json_t *row = json_pack("{s:s}", "workload", "scaling");
	double ratio;
	int round, i;

	json_array_append_new(rows, row);
	for (round = 0; round <= runs; round++)
		if (measure_round(place, round, quick, &s)) {
			fprintf(stderr, "bench: scaling: churn failed; see %s/stderr\n", place->folder);
			return -1;
		}
	printf("scaling  churn on %ld CPUs; cpu: of a call, the program's own work in it\n", sysconf(_SC_NPROCESSORS_ONLN));
	for (i = 0; i < THREADS_NR; i++)
		print_threads(&s, i, row);
	for (i = 0; i < WAYS_NR; i++) {
		bench_print_tools(i == TOGETHER ? "2 thr." : "2 proc.", "cpu", s.way_ns[i], 1, " ns");
		printf("  added a call: %.1f ns; nothing handed on\n", added_ns(s.way_ns[i], BENCH_POOLTRACE));
		json_object_set_new(row, ways[i], bench_tools_json(s.way_ns[i]));
	}
	ratio = added_ns(s.way_ns[TOGETHER], BENCH_POOLTRACE) / added_ns(s.way_ns[APART], BENCH_POOLTRACE);
	bench_bar("scaling", "added to a call, two threads over two processes", ratio, BENCH_AT_MOST, BENCH_BAR_TOGETHER);
	fflush(stdout);
	return 0;
}
