/* SPDX-License-Identifier: MIT */
/*
 * inspect.c - what lies in the traces of the last runs, and how long it takes to read them.
 */
#include "inspect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMMAND_BYTES 16384

static json_t *json_of(const char *command)
{
	FILE *f = popen(command, "r");
	json_t *json;

	if (!f)
		return NULL;
	json = json_loadf(f, 0, NULL);
	if (pclose(f) != 0) {
		json_decref(json);
		return NULL;
	}
	return json;
}

json_t *bench_info(const struct bench_place *place)
{
	char command[COMMAND_BYTES];

	snprintf(command, sizeof(command), "'%s' info --json '%s'", place->pooltrace, place->trace);
	return json_of(command);
}

double bench_number(json_t *json, const char *path)
{
	const char *dot;
	char key[64];

	while (json && (dot = strchr(path, '.'))) {
		snprintf(key, sizeof(key), "%.*s", (int)(dot - path), path);
		json = json_object_get(json, key);
		path = dot + 1;
	}
	json = json_object_get(json, path);
	return json_is_number(json) ? json_number_value(json) : -1;
}

/* One run of heaptrack's tools. Returns 0, or -1. */
static int run_heaptrack_tools(const struct bench_place *place, int cpu, struct bench_result *out)
{
	char command[COMMAND_BYTES];
	const char *argv[] = { "/bin/sh", "-c", command, NULL };
	struct bench_command c = { .argv = argv, .cpu = cpu };

	snprintf(command, sizeof(command),
		 "cd '%s' && /usr/lib/heaptrack/libexec/heaptrack_interpret <'%s' >heaptrack.txt &&"
		 " heaptrack_print heaptrack.txt; status=$?; rm -f heaptrack.txt; exit $status",
		 place->folder, place->heaptrack);
	return bench_run(place, BENCH_PLAIN, &c, out);
}

/* heaptrack_interpret has said how many calls there were, on stderr. */
static void take_calls(const struct bench_place *place, struct bench_row *row)
{
	char path[4200], line[256];
	unsigned long long calls;
	FILE *f;

	snprintf(path, sizeof(path), "%s/stderr", place->folder);
	f = fopen(path, "r");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, " allocations: %llu", &calls) == 1)
			row->calls[BENCH_HEAPTRACK] = (double)calls;
	fclose(f);
}

/*
 * The default report, as text: wall time on the CPUs there are, CPU time on one; and heaptrack's tools in turn with it. The
 * first round only warms up.
 */
static int time_report(const struct bench_place *place, int runs, bool both, struct bench_row *row)
{
	const char *argv[] = { place->pooltrace, "report", place->trace, NULL };
	struct bench_command anywhere = { .argv = argv, .cpu = -1 }, pinned = { .argv = argv, .cpu = place->cpu_last };
	struct bench_result wall, cpu, theirs, theirs_pinned;
	int round;

	for (round = 0; round <= runs; round++) {
		if (bench_run(place, BENCH_PLAIN, &anywhere, &wall) || bench_run(place, BENCH_PLAIN, &pinned, &cpu))
			return -1;
		both = both && !run_heaptrack_tools(place, -1, &theirs) &&
		       !run_heaptrack_tools(place, place->cpu_last, &theirs_pinned);
		if (!round)
			continue;
		bench_series_add(&row->report_s, wall.wall_s);
		bench_series_add(&row->report_cpu_s, cpu.cpu_s);
		if (!both)
			continue;
		bench_series_add(&row->heaptrack_analysis_s, theirs.wall_s);
		bench_series_add(&row->heaptrack_analysis_cpu_s, theirs_pinned.cpu_s);
	}
	if (both)
		take_calls(place, row);
	return 0;
}

/* Bytes of the trace after `pooltrace pack`; 0 when there is no such command, -1 when it fails. */
static double packed_bytes(const struct bench_place *place)
{
	char packed[4300];
	const char *help[] = { place->pooltrace, "pack", "--help", NULL };
	const char *pack[] = { place->pooltrace, "pack", "-o", packed, place->trace, NULL };
	struct bench_command c = { .argv = help, .cpu = -1 };
	struct bench_result r;
	struct stat status;
	double bytes = -1;

	if (bench_run(place, BENCH_PLAIN, &c, &r))
		return 0;
	snprintf(packed, sizeof(packed), "%s/last.ptracez", place->folder);
	unlink(packed);
	c.argv = pack;
	if (!bench_run(place, BENCH_PLAIN, &c, &r) && !stat(packed, &status))
		bytes = (double)status.st_size;
	unlink(packed);
	return bytes;
}

int bench_inspect(const struct bench_place *place, int runs, bool both, struct bench_row *row)
{
	char command[COMMAND_BYTES];
	json_t *info, *report;
	double packed;
	int err = -1;

	info = bench_info(place);
	snprintf(command, sizeof(command), "'%s' report --json '%s'", place->pooltrace, place->trace);
	report = json_of(command);
	if (info && report) {
		row->events = bench_number(info, "events");
		row->bytes_per_event = bench_number(info, "file_used_bytes") / row->events;
		row->calls[BENCH_POOLTRACE] = bench_number(report, "totals.allocations");
		if (json_is_true(json_object_get(info, "whole")) &&
		    bench_number(report, "totals.lost_events") == 0)
			err = 0;
	}
	json_decref(info);
	json_decref(report);
	packed = packed_bytes(place);
	row->packed_bytes_per_event = packed / row->events;
	return err || packed < 0 || time_report(place, runs, both, row) ? -1 : 0;
}
