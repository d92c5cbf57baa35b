/* SPDX-License-Identifier: MIT */
/*
 * snapshots.c - what a snapshot of who points at whom costs the program, the disk and the analyzer.
 *
 * A process of 10^6 blocks in a GiB takes a snapshot and forks bare in turn, a pair a round, and times both
 * itself (graphs.c). The child's own figures are in the trace. Then one snapshot of 10^7 blocks, which
 * `pooltrace graph` reads once a round.
 */
#include "snapshots.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "bars.h"

#define GIB 1073741824.0

/* To take the snapshot of 10^7 blocks and, afterwards, to analyse it. */
#define MEMORY_BYTES (3 * GIB)
#define DISK_BYTES GIB
#define QUICK_PART 10.0

struct figures {
	struct bench_series stall_ms, fork_ms;	/* a GiB of resident memory */
	struct bench_series stall_cpu_ms, fork_cpu_ms;
	struct bench_series scan_gb;		/* a second */
	struct bench_series edge_bytes, large_edge_bytes;
	struct bench_series graph_s, graph_cpu_s, graph_gib;
	double resident_gib, nodes, edges;	/* nodes, edges: of the large one */
};

static void add(struct bench_series *s, double value)
{
	if (s->nr < BENCH_RUNS_MAX)
		s->values[s->nr++] = value;
}

static double available_bytes(void)
{
	char line[256];
	double kib = 0;
	FILE *f = fopen("/proc/meminfo", "r");

	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %lf kB", &kib) == 1)
			break;
	fclose(f);
	return kib * 1024;
}

/* Why it cannot be measured here, or "". */
static void find_obstacle(const struct bench_place *place, bool quick, char *out, size_t out_bytes)
{
	double part = quick ? 1 / QUICK_PART : 1, disk = 0;
	struct statvfs fs;

	out[0] = '\0';
	if (!statvfs(place->folder, &fs))
		disk = (double)fs.f_bavail * (double)fs.f_frsize;
	if (available_bytes() < MEMORY_BYTES * part)
		snprintf(out, out_bytes, "needs %.1f GiB of memory, %.1f GiB are available", MEMORY_BYTES * part / GIB,
			 available_bytes() / GIB);
	else if (disk < DISK_BYTES * part)
		snprintf(out, out_bytes, "needs %.1f GiB in %s, %.1f GiB are free", DISK_BYTES * part / GIB,
			 place->folder, disk / GIB);
}

/* The lines "stall SNAPSHOT_NS FORK_NS RESIDENT_BYTES SNAPSHOT_CPU_NS FORK_CPU_NS" of its stderr; the first warmed up. */
static int read_stalls(const struct bench_place *place, struct figures *f)
{
	double snapshot_ns, fork_ns, resident_bytes, snapshot_cpu_ns, fork_cpu_ns;
	char path[4200], line[256];
	int nr = 0;
	FILE *in;

	snprintf(path, sizeof(path), "%s/stderr", place->folder);
	in = fopen(path, "r");
	if (!in)
		return -1;
	while (fgets(line, sizeof(line), in)) {
		if (sscanf(line, "stall %lf %lf %lf %lf %lf", &snapshot_ns, &fork_ns, &resident_bytes, &snapshot_cpu_ns,
			   &fork_cpu_ns) != 5 || !nr++)
			continue;
		f->resident_gib = resident_bytes / GIB;
		add(&f->stall_ms, snapshot_ns * 1e-6 / f->resident_gib);
		add(&f->fork_ms, fork_ns * 1e-6 / f->resident_gib);
		add(&f->stall_cpu_ms, snapshot_cpu_ns * 1e-6 / f->resident_gib);
		add(&f->fork_cpu_ms, fork_cpu_ns * 1e-6 / f->resident_gib);
	}
	fclose(in);
	return f->stall_ms.nr ? 0 : -1;
}

/* `pooltrace graph` of the last trace. which: its --snapshot. Returns its JSON, or NULL. */
static json_t *graph(const struct bench_place *place, const char *which, struct bench_result *r)
{
	const char *argv[] = { place->pooltrace, "graph", "--json", "--top=1", which, place->trace, NULL };
	struct bench_command c = { .argv = argv, .cpu = -1 };
	char path[4200];

	if (bench_run(place, BENCH_PLAIN, &c, r))
		return NULL;
	snprintf(path, sizeof(path), "%s/stdout", place->folder);
	return json_load_file(path, 0, NULL);
}

static double number(json_t *snapshot, const char *key)
{
	return json_number_value(json_object_get(snapshot, key));
}

/* Runs graphs.c under pooltrace. */
static int take(const struct bench_place *place, const char *const *argv)
{
	struct bench_command c = { .argv = argv, .cpu = -1 };
	struct bench_result r;

	return bench_run(place, BENCH_POOLTRACE, &c, &r);
}

static int measure_stall(const struct bench_place *place, int runs, bool quick, struct figures *f)
{
	char rounds[16];
	const char *argv[] = { place->graphs, "stall", quick ? "100000" : "1000000", "1000", rounds, NULL };
	struct bench_result r;
	json_t *json, *snapshots;

	snprintf(rounds, sizeof(rounds), "%d", runs + 1);
	if (take(place, argv) || read_stalls(place, f))
		return -1;
	json = graph(place, "--snapshot=all", &r);
	snapshots = json_object_get(json, "snapshots");
	for (size_t i = 1; i < json_array_size(snapshots); i++) {
		json_t *s = json_array_get(snapshots, i);

		if (!json_is_true(json_object_get(s, "whole")))
			continue;
		add(&f->scan_gb, number(s, "scanned_bytes") / number(s, "child_ns"));
		add(&f->edge_bytes, number(s, "stored_bytes") / number(s, "words"));
	}
	json_decref(json);
	return f->scan_gb.nr == runs ? 0 : -1; /* else one was dropped */
}

static int measure_graph(const struct bench_place *place, int runs, bool quick, struct figures *f)
{
	const char *argv[] = { place->graphs, "once", quick ? "1000000" : "10000000", "48", NULL };

	if (take(place, argv))
		return -1;
	for (int round = 0; round <= runs; round++) {
		struct bench_result r;
		json_t *json = graph(place, "--snapshot=1", &r), *s;

		if (!json)
			return -1;
		s = json_array_get(json_object_get(json, "snapshots"), 0);
		f->nodes = number(s, "nodes");
		f->edges = number(s, "edges");
		if (!round) {
			add(&f->large_edge_bytes, number(s, "stored_bytes") / number(s, "words"));
		} else {
			add(&f->graph_s, r.wall_s);
			add(&f->graph_cpu_s, r.cpu_s);
			add(&f->graph_gib, r.peak_bytes / GIB);
		}
		json_decref(json);
	}
	return 0;
}

static void print(const char *name, const char *what, const struct bench_series *s, const char *unit)
{
	double lowest = s->values[0], highest = s->values[0];

	for (int i = 1; i < s->nr; i++) {
		lowest = s->values[i] < lowest ? s->values[i] : lowest;
		highest = s->values[i] > highest ? s->values[i] : highest;
	}
	printf("%-8s %-44s %7.2f %s (%.2f-%.2f)\n", name, what, bench_median(s), unit, lowest, highest);
}

static void print_all(const struct figures *f)
{
	print("graph", "pooltrace_snapshot(), in the program", &f->stall_ms, "ms/GiB");
	print("", "a bare fork of the same memory, in turn", &f->fork_ms, "ms/GiB");
	print("", "    of it on a processor: the snapshot", &f->stall_cpu_ms, "ms/GiB");
	print("", "    the fork", &f->fork_cpu_ms, "ms/GiB");
	printf("%14s %.2f GiB resident; a snapshot takes %.2f x a bare fork\n", "", f->resident_gib,
	       bench_median(&f->stall_ms) / bench_median(&f->fork_ms));
	print("", "the child looks at", &f->scan_gb, "GB/s");
	print("", "an edge on disk, 1000-byte blocks", &f->edge_bytes, "bytes");
	print("", "an edge on disk, 48-byte blocks", &f->large_edge_bytes, "bytes");
	print("", "`pooltrace graph`, wall", &f->graph_s, "s");
	print("", "    user and system", &f->graph_cpu_s, "s");
	print("", "    peak", &f->graph_gib, "GiB");
	printf("%14s %.0f nodes, %.0f edges\n", "", f->nodes, f->edges);
	fflush(stdout);
}

static json_t *figures_json(const struct figures *f)
{
	return json_pack("{s:s, s:f, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:f, s:f, s:o, s:o, s:o}", "workload", "graph",
			 "resident_gib", f->resident_gib, "stall_ms_per_gib", bench_series_json(&f->stall_ms),
			 "fork_ms_per_gib", bench_series_json(&f->fork_ms), "stall_cpu_ms_per_gib",
			 bench_series_json(&f->stall_cpu_ms), "fork_cpu_ms_per_gib",
			 bench_series_json(&f->fork_cpu_ms), "scan_gb_per_s", bench_series_json(&f->scan_gb), "bytes_per_edge", bench_series_json(&f->edge_bytes),
			 "large_bytes_per_edge", bench_series_json(&f->large_edge_bytes), "large_nodes", f->nodes,
			 "large_edges", f->edges, "graph_wall_s", bench_series_json(&f->graph_s), "graph_cpu_s",
			 bench_series_json(&f->graph_cpu_s), "graph_peak_gib", bench_series_json(&f->graph_gib));
}

static void note_bars(const struct figures *f)
{
	bench_bar("graph", "ms/GiB that the program stands still", bench_median(&f->stall_ms), BENCH_AT_MOST,
		  BENCH_BAR_STALL_MS_PER_GIB);
	bench_bar("graph", "GB/s looked at", bench_median(&f->scan_gb), BENCH_AT_LEAST, BENCH_BAR_SCAN_GB_PER_S);
	bench_bar("graph", "bytes an edge", bench_median(&f->edge_bytes), BENCH_AT_MOST, BENCH_BAR_BYTES_PER_EDGE);
	bench_bar("graph", "bytes an edge of 48-byte blocks", bench_median(&f->large_edge_bytes), BENCH_AT_MOST,
		  BENCH_BAR_BYTES_PER_EDGE);
	bench_bar("graph", "s of `pooltrace graph`", bench_median(&f->graph_s), BENCH_AT_MOST, BENCH_BAR_GRAPH_S);
	bench_bar("graph", "its peak, GiB", bench_median(&f->graph_gib), BENCH_AT_MOST, BENCH_BAR_GRAPH_GIB);
}

int bench_snapshots(const struct bench_place *place, int runs, bool quick, json_t *rows)
{
	static struct figures f;
	char obstacle[4400];

	find_obstacle(place, quick, obstacle, sizeof(obstacle));
	if (obstacle[0]) {
		printf("%-8s SKIPPED: %s\n", "graph", obstacle);
		bench_bar_unmeasured("graph", "snapshots", "skipped");
		json_array_append_new(rows, json_pack("{s:s, s:s}", "workload", "graph", "skipped", obstacle));
		return 0;
	}
	memset(&f, 0, sizeof(f));
	if (measure_stall(place, runs, quick, &f) || measure_graph(place, runs, quick, &f)) {
		fprintf(stderr, "bench: graph failed, or a snapshot was dropped; see %s/stderr\n", place->folder);
		return -1;
	}
	print_all(&f);
	json_array_append_new(rows, figures_json(&f));
	note_bars(&f);
	return 0;
}
