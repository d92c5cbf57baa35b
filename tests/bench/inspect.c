/* SPDX-License-Identifier: MIT */
/*
 * inspect.c - what lies in the traces of the last runs, and how long it takes to read them.
 */
#include "inspect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* heaptrack_interpret says how many calls there were, on stderr. */
static void inspect_heaptrack(const struct bench_place *place, struct bench_row *row)
{
	char command[COMMAND_BYTES], line[256];
	double start = bench_now_s();
	unsigned long long calls;
	FILE *f;

	snprintf(command, sizeof(command),
		 "cd '%s' && /usr/lib/heaptrack/libexec/heaptrack_interpret <'%s' 2>&1 >heaptrack.txt &&"
		 " heaptrack_print heaptrack.txt >heaptrack.report 2>&1; rm -f heaptrack.txt heaptrack.report",
		 place->folder, place->heaptrack);
	f = popen(command, "r");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, " allocations: %llu", &calls) == 1)
			row->calls[BENCH_HEAPTRACK] = (double)calls;
	pclose(f);
	row->heaptrack_analysis_s = bench_now_s() - start;
}

int bench_inspect(const struct bench_place *place, bool both, struct bench_row *row)
{
	char command[COMMAND_BYTES];
	json_t *info, *report;
	double start;
	int err = -1;

	info = bench_info(place);
	snprintf(command, sizeof(command), "'%s' report --json '%s'", place->pooltrace, place->trace);
	start = bench_now_s();
	report = json_of(command);
	row->report_s = bench_now_s() - start;
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
	if (both)
		inspect_heaptrack(place, row);
	return err;
}
