/* SPDX-License-Identifier: MIT */
/*
 * modes.c - the ways of recording that are meant for production, on redis-server.
 *
 * Two percent is less than what one run of redis differs from the next, so the servers stand side by side, one untraced, one in each
 * mode, all on one CPU, and answer short bursts in turn; each burst is compared with the untraced server's of the same turn.
 * After some bursts all are started anew: where a server's memory lies makes a percent or two of difference for as long as it runs.
 */
#include "modes.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bars.h"
#include "workloads.h"

#define BURSTS 40 /* of a server's life, and one more to warm it up; short, for what disturbs them lasts longer than one */
#define BURST_REQUESTS "10000" /* of each kind, some 0.1 s in all */

/* A way to run the server; the first is what the others are compared with. */
static const struct way {
	const char *name;	/* in the table; of a mode: the value of POOLTRACE_MODE */
	const char *library;	/* beside the bench, in place of the recorder; NULL: the recorder */
	const char *wall, *cpu; /* names of its bars; NULL: no bar */
} ways[] = {
	{ "untraced", NULL, NULL, NULL },
	{ "handed on", "libhand_on.so", NULL, NULL },
	{ "counters", NULL, "% added to redis by mode counters, wall", "% added to redis by mode counters, CPU" },
	{ "sample", NULL, "% added to redis by mode sample, wall", "% added to redis by mode sample, CPU" },
};
#define WAYS_NR (sizeof(ways) / sizeof(ways[0]))

struct server {
	pid_t pid;
	char path[64];	     /* of its socket */
	double wall_s, cpu_s; /* of its last burst */
};

/* What is added to untraced, %, burst by burst. */
struct added {
	struct bench_series wall, cpu;
};

static int start(const struct bench_place *place, const struct way *way, struct server *s)
{
	struct bench_place beside = *place;

	snprintf(s->path, sizeof(s->path), "/tmp/pooltrace-bench.%d.%d", (int)getpid(), (int)(way - ways));
	if (way->library && bench_use_library(&beside, way->library))
		return -1;
	if (way->wall)
		setenv("POOLTRACE_MODE", way->name, 1);
	s->pid = bench_redis_start(&beside, way == ways ? BENCH_PLAIN : BENCH_POOLTRACE, s->path);
	unsetenv("POOLTRACE_MODE");
	return s->pid < 0 ? -1 : 0;
}

static void stop(struct server *s)
{
	if (s->pid > 0) {
		kill(s->pid, SIGTERM);
		waitpid(s->pid, NULL, 0);
	}
	unlink(s->path);
}

/* Seconds that the server's main thread has run, which answers; to the nanosecond. Negative: it is gone. */
static double ran_s(pid_t pid)
{
	unsigned long long ns;
	char path[64];
	FILE *f;
	int nr;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)pid);
	f = fopen(path, "r");
	if (!f)
		return -1;
	nr = fscanf(f, "%llu", &ns);
	fclose(f);
	return nr == 1 ? (double)ns * 1e-9 : -1;
}

static int burst(const struct bench_place *place, struct server *s)
{
	double before_s = ran_s(s->pid);

	if (bench_redis_load(place, s->path, BURST_REQUESTS, &s->wall_s))
		return -1;
	s->cpu_s = ran_s(s->pid) - before_s;
	return before_s < 0 || s->cpu_s <= 0 ? -1 : 0;
}

static double percent(double with, double without)
{
	return 100 * (with / without - 1);
}

/* The servers' life: a burst each in turn, who begins another one each time. */
static int compare(const struct bench_place *place, struct server servers[WAYS_NR], int bursts, struct added added[WAYS_NR])
{
	for (int round = 0; round <= bursts; round++) {
		for (size_t turn = 0; turn < WAYS_NR; turn++)
			if (burst(place, &servers[(turn + (size_t)round) % WAYS_NR]))
				return -1;
		for (size_t i = 1; round && i < WAYS_NR; i++) {
			bench_series_add(&added[i].wall, percent(servers[i].wall_s, servers[0].wall_s));
			bench_series_add(&added[i].cpu, percent(servers[i].cpu_s, servers[0].cpu_s));
		}
	}
	return 0;
}

static int measure(const struct bench_place *place, int runs, bool quick, struct added added[WAYS_NR])
{
	int bursts = quick ? 2 : BURSTS, err = 0;

	if (bursts > BENCH_RUNS_MAX / runs)
		bursts = BENCH_RUNS_MAX / runs;
	for (int run = 0; run < runs && !err; run++) {
		struct server servers[WAYS_NR] = { 0 };

		for (size_t i = 0; i < WAYS_NR && !err; i++)
			err = start(place, &ways[i], &servers[i]);
		if (!err)
			err = compare(place, servers, bursts, added);
		for (size_t i = 0; i < WAYS_NR; i++)
			stop(&servers[i]);
	}
	return err;
}

int bench_modes(const struct bench_place *place, int runs, bool quick, json_t *rows)
{
	static struct added added[WAYS_NR];
	json_t *row = json_pack("{s:s}", "workload", "modes");

	json_array_append_new(rows, row);
	if (measure(place, runs, quick, added)) {
		fprintf(stderr, "bench: modes: redis-server failed; see %s/stderr\n", place->folder);
		return -1;
	}
	printf("%-8s %-14s %-27s cpu (medians of bursts, their quartiles)\n", "modes", "added to redis", "wall");
	for (size_t i = 1; i < WAYS_NR; i++) {
		const struct added *a = &added[i];

		printf("%-8s %-14s", "", ways[i].name);
		bench_print_middle(&a->wall, " %");
		bench_print_middle(&a->cpu, " %");
		printf("\n");
		if (ways[i].wall) {
			bench_bar("modes", ways[i].wall, bench_median(&a->wall), BENCH_AT_MOST, BENCH_BAR_MODE_PERCENT);
			bench_bar("modes", ways[i].cpu, bench_median(&a->cpu), BENCH_AT_MOST, BENCH_BAR_MODE_PERCENT);
		}
		json_object_set_new(row, ways[i].name,
				    json_pack("{s:o, s:o}", "wall_percent", bench_series_json(&a->wall), "cpu_percent",
					      bench_series_json(&a->cpu)));
	}
	fflush(stdout);
	return 0;
}
