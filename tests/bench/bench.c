/* SPDX-License-Identifier: MIT */
/*
 * bench.c - what pooltrace costs, beside untraced and beside heaptrack.
 *
 * The tools take turns within each round, so a slow minute of the machine hits all three. The
 * first round warms up and is thrown away. Figures are medians; each has its spread beside it.
 */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "calls.h"
#include "figures.h"
#include "inspect.h"
#include "run.h"
#include "snapshots.h"
#include "workloads.h"

#define DEFAULT_RUNS 5
#define CROSS_EVENTS 100000000.0
#define CROSS_EVENTS_QUICK 5000000.0

static const char *const tool_names[] = { "untraced", "pooltrace", "heaptrack" };

struct options {
	int runs;
	bool quick;
	bool both; /* run heaptrack's own analysis as well */
	const char *only;
	const char *json_path;
	const char *build;
	const char *folder;
	int bars_broken;
};

static void usage(void)
{
	puts("usage: ./dev bench [--runs N] [--quick] [--only WORKLOAD] [--json FILE] [--dir FOLDER]\n"
	     "\n"
	     "  --runs N       rounds that count (default 5)\n"
	     "  --quick        small workloads, 3 rounds: to see that all works, not for figures\n"
	     "  --only NAME    factor, sqlite3, python3, redis, churn, cross, calls or graph\n"
	     "  --json FILE    every run, for machines\n"
	     "  --dir FOLDER   where traces are written meanwhile (default build/bench)\n"
	     "  --no-heaptrack-analysis  do not time heaptrack_interpret and heaptrack_print");
}

static void parse(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "runs", required_argument, NULL, 'r' },  { "quick", no_argument, NULL, 'q' },
		{ "only", required_argument, NULL, 'o' },  { "json", required_argument, NULL, 'j' },
		{ "build", required_argument, NULL, 'b' }, { "dir", required_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' },	   { "no-heaptrack-analysis", no_argument, NULL, 'n' },
		{ NULL, 0, NULL, 0 }
	};
	int c;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (c == 'r')
			o->runs = atoi(optarg);
		else if (c == 'q')
			o->quick = true;
		else if (c == 'o')
			o->only = optarg;
		else if (c == 'j')
			o->json_path = optarg;
		else if (c == 'b')
			o->build = optarg;
		else if (c == 'd')
			o->folder = optarg;
		else if (c == 'n')
			o->both = false;
		else {
			usage();
			exit(c == 'h' ? 0 : 2);
		}
	}
	if (o->runs == 0)
		o->runs = o->quick ? 3 : DEFAULT_RUNS;
	if (o->runs < 1 || o->runs > BENCH_RUNS_MAX) {
		fprintf(stderr, "bench: --runs: 1 to %d\n", BENCH_RUNS_MAX);
		exit(2);
	}
}

static void find(char *out, size_t out_bytes, const char *folder, const char *name)
{
	char path[2 * PATH_MAX];
	char real[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (!realpath(path, real)) {
		fprintf(stderr, "bench: %s: %s\n", path, strerror(errno));
		exit(2);
	}
	snprintf(out, out_bytes, "%s", real);
}

static void find_place(struct bench_place *place, const struct options *o)
{
	char folder[PATH_MAX];
	cpu_set_t allowed;
	int cpu;

	find(place->pooltrace, sizeof(place->pooltrace), o->build, "analyzer/pooltrace");
	find(place->library, sizeof(place->library), o->build, "preload/libpooltrace.so");
	find(place->programs, sizeof(place->programs), o->build, "tests/preload");
	find(place->churn, sizeof(place->churn), o->build, "tests/bench/churn");
	find(place->pairs, sizeof(place->pairs), o->build, "tests/bench/pairs");
	find(place->graphs, sizeof(place->graphs), o->build, "tests/bench/graphs");
	find(place->script, sizeof(place->script), o->build, "../tests/victims/sqlite_script.sh");
	snprintf(folder, sizeof(folder), "%s/bench", o->build);
	if (o->folder)
		snprintf(folder, sizeof(folder), "%s", o->folder);
	mkdir(folder, 0700);
	find(place->folder, sizeof(place->folder), folder, ".");
	snprintf(place->trace, sizeof(place->trace), "%s/last.ptrace", place->folder);
	snprintf(place->heaptrack, sizeof(place->heaptrack), "%s/last.heaptrack", place->folder);
	place->cpu_first = place->cpu_last = -1;
	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return;
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &allowed))
			continue;
		if (place->cpu_first < 0)
			place->cpu_first = cpu;
		place->cpu_last = cpu;
	}
}

static void add(struct bench_series *s, double value)
{
	s->values[s->nr++] = value;
}

/* Both tools must have seen the same work, or the figures compare nothing. */
static int check_work(const struct bench_workload *w, const struct bench_row *row)
{
	double ours = row->calls[BENCH_POOLTRACE], theirs = row->calls[BENCH_HEAPTRACK];
	double off = theirs > 0 ? ours / theirs - 1 : 0;

	if (off < -w->same_calls || off > w->same_calls) {
		printf("%14s NOT THE SAME WORK: allocation calls differ by %.2f %%\n", "", 100 * off);
		return -1;
	}
	return 0;
}

static int measure(const struct bench_place *place, struct options *o, const struct bench_workload *w,
		   struct bench_row *row)
{
	uint64_t hash = 0;
	int round, turn;

	row->name = w->name;
	for (round = 0; round <= o->runs; round++) {
		for (turn = 0; turn < BENCH_TOOLS_NR; turn++) {
			enum bench_tool tool = (enum bench_tool)((round + turn) % BENCH_TOOLS_NR);
			struct bench_result r;

			if (w->run(place, tool, o->quick, &r)) {
				fprintf(stderr, "bench: %s failed when %s; see %s/stderr\n", w->name,
					tool_names[tool], place->folder);
				return -1;
			}
			if (round == 0 && turn == 0)
				hash = r.output_hash;
			if (w->same_output && r.output_hash != hash) {
				fprintf(stderr, "bench: %s: other output when %s\n", w->name,
					tool_names[tool]);
				return -1;
			}
			if (round == 0)
				continue;
			add(&row->wall_s[tool], r.wall_s);
			add(&row->cpu_s[tool], r.cpu_s);
			if (r.rate_per_s > 0)
				add(&row->rate_per_s[tool], r.rate_per_s);
		}
	}
	if (bench_inspect(place, o->both, row)) {
		fprintf(stderr, "bench: %s: its trace is not whole, or events were lost\n", w->name);
		return -1;
	}
	bench_print_row(row);
	o->bars_broken += bench_print_bars(row);
	return check_work(w, row);
}

/* 10^8 events on blocks that wander between threads: is the order of events right? */
static int cross(const struct bench_place *place, const struct options *o, json_t *rows)
{
	double wanted = o->quick ? CROSS_EVENTS_QUICK : CROSS_EVENTS;
	char program[4200], events[32];
	const char *argv[] = { program, "4", events, NULL };
	struct bench_command c = { .argv = argv, .cpu = -1 };
	struct bench_result r;
	double live, dead, start;
	json_t *info;

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
	return live == 0 && dead == 0 ? 0 : -1;
}

/* A part with a table of its own, if it was asked for. 0, or -1. */
static int part(struct options *o, const struct bench_place *place, const char *name,
		int (*run)(const struct bench_place *place, int runs, bool quick, json_t *rows), json_t *rows)
{
	int broken = !o->only || !strcmp(o->only, name) ? run(place, o->runs, o->quick, rows) : 0;

	if (broken < 0)
		return -1;
	o->bars_broken += broken;
	return 0;
}

int main(int argc, char **argv)
{
	struct options o = { .build = "build", .both = true };
	static struct bench_place place;
	const struct bench_workload *w;
	json_t *rows = json_array();
	int failed = 0;

	parse(&o, argc, argv);
	find_place(&place, &o);
	printf("%d rounds after one to warm up, tools in turn; median (min-max).\n"
	       "x h: what pooltrace adds / what heaptrack adds (raw file, nothing interpreted meanwhile).\n\n",
	       o.runs);
	bench_print_header();
	for (w = bench_workloads; w->name; w++) {
		struct bench_row row = { 0 };

		if (o.only && strcmp(o.only, w->name))
			continue;
		failed |= measure(&place, &o, w, &row);
		json_array_append_new(rows, bench_row_json(&row));
	}
	if (!o.only || strcmp(o.only, "cross") == 0)
		failed |= cross(&place, &o, rows);
	failed |= part(&o, &place, "calls", bench_calls, rows);
	failed |= part(&o, &place, "graph", bench_snapshots, rows);
	printf("\n");
	for (w = bench_workloads; w->name; w++)
		printf("%-8s %s\n", w->name, w->what);
	printf("%-8s a pair of calls of the annotation header, beside a pair of malloc's\n", "calls");
	printf("%-8s a snapshot of who points at whom: 10^6 blocks in a GiB; then 10^7 blocks to be analysed\n", "graph");
	printf("\nbars (added wall time at most %.2f of heaptrack's, %.0f bytes an event, %.0f M events/s in report;\n"
	       "an annotated pair at most %.0f x malloc + free, %.0f ns a call without the recorder; a snapshot at most\n"
	       "%.0f ms/GiB, at least %.0f GB/s, %.0f bytes an edge, read in %.0f s and %.0f GiB): %d broken%s\n",
	       BENCH_BAR_ADDED_RATIO, BENCH_BAR_BYTES_PER_EVENT, BENCH_BAR_EVENTS_PER_S * 1e-6,
	       BENCH_BAR_PAIR_RATIO, BENCH_BAR_QUIET_CALL_NS, BENCH_BAR_STALL_MS_PER_GIB, BENCH_BAR_SCAN_GB_PER_S,
	       BENCH_BAR_BYTES_PER_EDGE, BENCH_BAR_GRAPH_S, BENCH_BAR_GRAPH_GIB, o.bars_broken, o.quick ? " (--quick: not for figures)" : "");
	unlink(place.trace);
	unlink(place.heaptrack);
	if (o.json_path && json_dump_file(rows, o.json_path, JSON_INDENT(2))) {
		fprintf(stderr, "bench: %s: cannot be written\n", o.json_path);
		failed = -1;
	}
	json_decref(rows);
	return failed ? 1 : 0;
}
