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

#include "bars.h"
#include "calls.h"
#include "cross.h"
#include "figures.h"
#include "inspect.h"
#include "modes.h"
#include "run.h"
#include "scaling.h"
#include "snapshots.h"
#include "startup.h"
#include "steps.h"
#include "workloads.h"

#define DEFAULT_RUNS 5

static const char *const tool_names[] = { "untraced", "pooltrace", "heaptrack" };

struct options {
	int runs;
	bool quick;
	bool both; /* run heaptrack's own analysis as well */
	const char *only;
	const char *json_path;
	const char *build;
	const char *folder;
	bool check; /* exit 1 when a bar is short */
};

static void usage(void)
{
	puts("usage: ./dev bench [--check] [--runs N] [--quick] [--only NAME] [--json FILE] [--dir FOLDER]\n"
	     "\n"
	     "  --check        exit status 1 when a bar is short\n"
	     "  --runs N       rounds that count (default 5)\n"
	     "  --quick        small workloads, 3 rounds: to see that all works, not for figures\n"
	     "  --only NAME    factor, sqlite3, python3, redis, churn, startup, modes, scaling, steps, cross, calls or graph\n"
	     "  --steps        the same as --only steps: where the time of recording goes\n"
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
		{ "check", no_argument, NULL, 'c' },	   { "steps", no_argument, NULL, 's' },
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
		else if (c == 's')
			o->only = "steps";
		else if (c == 'c')
			o->check = true;
		else {
			usage();
			exit(c == 'h' ? 0 : 2);
		}
	}
	if (o->check && o->quick) {
		fprintf(stderr, "bench: --check: the bars are not for --quick\n");
		exit(2);
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
	find(place->script, sizeof(place->script), ".", "tests/victims/sqlite_script.sh"); /* ./dev goes to the top */
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

static int measure(const struct bench_place *place, const struct options *o, const struct bench_workload *w,
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
			bench_series_add(&row->wall_s[tool], r.wall_s);
			bench_series_add(&row->cpu_s[tool], r.cpu_s);
			if (r.rate_per_s > 0)
				bench_series_add(&row->rate_per_s[tool], r.rate_per_s);
		}
	}
	if (bench_inspect(place, o->runs, o->both, row)) {
		fprintf(stderr, "bench: %s: its trace is not whole, or events were lost\n", w->name);
		return -1;
	}
	bench_print_row(row);
	bench_row_bars(row);
	return check_work(w, row);
}

/* Parts with a table of their own. Each appends to `rows` and returns 0, or -1. */
static const struct part {
	const char *name, *what;
	int (*run)(const struct bench_place *place, int runs, bool quick, json_t *rows);
} parts[] = {
	{ "startup", "`true`, and system calls of a program that goes on allocating", bench_startup },
	{ "modes", "redis, as above, in the modes for production", bench_modes },
	{ "scaling", "churn with 1 to 32 threads; two threads beside two processes", bench_scaling },
	{ "steps", "bc, as above: where the time goes; floor: what no recorder can do without", bench_steps },
	{ "cross", "10^8 events on blocks that wander between 4 threads: is their order right?", bench_cross },
	{ "calls", "a pair of calls of the annotation header, beside a pair of malloc's", bench_calls },
	{ "graph", "a snapshot of who points at whom: 10^6 blocks in a GiB; then 10^7 to be analysed", bench_snapshots },
};
#define PARTS_NR (int)(sizeof(parts) / sizeof(parts[0]))

static bool is_wanted(const struct options *o, const char *name)
{
	return !o->only || !strcmp(o->only, name);
}

static bool is_known(const char *name)
{
	const struct bench_workload *w;
	int i;

	for (w = bench_workloads; w->name; w++)
		if (!strcmp(w->name, name))
			return true;
	for (i = 0; i < PARTS_NR; i++)
		if (!strcmp(parts[i].name, name))
			return true;
	return false;
}

static int run_workloads(const struct bench_place *place, const struct options *o, json_t *rows)
{
	const struct bench_workload *w;
	static struct bench_row row;
	int err = 0;

	bench_print_header();
	for (w = bench_workloads; w->name; w++) {
		if (!is_wanted(o, w->name))
			continue;
		memset(&row, 0, sizeof(row));
		err |= measure(place, o, w, &row);
		json_array_append_new(rows, bench_row_json(&row));
	}
	return err;
}

static void print_legend(const struct options *o)
{
	const struct bench_workload *w;
	int i;

	printf("\n");
	for (w = bench_workloads; w->name; w++)
		if (is_wanted(o, w->name))
			printf("%-8s %s\n", w->name, w->what);
	for (i = 0; i < PARTS_NR; i++)
		if (is_wanted(o, parts[i].name))
			printf("%-8s %s\n", parts[i].name, parts[i].what);
}

/* Others at work leave CPU time nearly as it is; wall time and what threads can do to each other, not. */
static double print_head(const struct options *o)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	double load = 0;

	getloadavg(&load, 1);
	printf("%d rounds after one to warm up, tools in turn; median (min-max). %ld CPUs, load %.1f%s.\n"
	       "x h: what pooltrace adds / what heaptrack adds (raw file, nothing interpreted meanwhile).\n\n",
	       o->runs, cpus, load, load > (double)cpus / 2 ? ": BUSY, trust CPU times only" : "");
	return load;
}

static int write_json(const char *path, double load, json_t *rows)
{
	json_t *all = json_pack("{s:I, s:f, s:O, s:o}", "cpus", (json_int_t)sysconf(_SC_NPROCESSORS_ONLN), "load_before",
				load, "rows", rows, "bars", bench_bars_json());
	int err = json_dump_file(all, path, JSON_INDENT(2));

	if (err)
		fprintf(stderr, "bench: %s: cannot be written\n", path);
	json_decref(all);
	return err;
}

int main(int argc, char **argv)
{
	struct options o = { .build = "build", .both = true };
	static struct bench_place place;
	json_t *rows = json_array();
	int failed, short_nr, i;
	double load;

	parse(&o, argc, argv);
	if (o.only && !is_known(o.only)) {
		fprintf(stderr, "bench: --only %s: no such part; see --help\n", o.only);
		return 2;
	}
	find_place(&place, &o);
	load = print_head(&o);
	failed = run_workloads(&place, &o, rows);
	for (i = 0; i < PARTS_NR; i++)
		if (is_wanted(&o, parts[i].name))
			failed |= parts[i].run(&place, o.runs, o.quick, rows);
	print_legend(&o);
	short_nr = bench_bars_print();
	if (o.quick)
		printf("--quick: not for figures\n");
	unlink(place.trace);
	unlink(place.heaptrack);
	if (o.json_path)
		failed |= write_json(o.json_path, load, rows);
	json_decref(rows);
	return failed || (o.check && short_nr) ? 1 : 0;
}
