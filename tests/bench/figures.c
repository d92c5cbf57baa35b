/* SPDX-License-Identifier: MIT */
/*
 * figures.c - from runs to medians, spreads and ratios; as a table and as JSON.
 *
 * "x h" is what pooltrace adds to the untraced median over what heaptrack adds to it.
 */
#include "figures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static struct bench_series sorted(const struct bench_series *s)
{
	struct bench_series copy = *s;

	qsort(copy.values, (size_t)copy.nr, sizeof(copy.values[0]), compare);
	return copy;
}

double bench_median(const struct bench_series *s)
{
	struct bench_series in_order = sorted(s);

	if (s->nr == 0)
		return 0;
	return (in_order.values[(s->nr - 1) / 2] + in_order.values[s->nr / 2]) / 2;
}

double bench_added_ratio(const struct bench_series tools[BENCH_TOOLS_NR])
{
	double plain = bench_median(&tools[BENCH_PLAIN]);
	double theirs = bench_median(&tools[BENCH_HEAPTRACK]) - plain;

	return theirs > 0 ? (bench_median(&tools[BENCH_POOLTRACE]) - plain) / theirs : -1;
}

void bench_print_header(void)
{
	printf("%-8s %-5s %-22s %-22s %-22s %7s\n", "", "", "untraced", "pooltrace", "heaptrack", "x h");
}

static void print_series(const struct bench_series *s, double scale, const char *unit)
{
	struct bench_series in_order = sorted(s);
	char text[64];

	if (s->nr == 0)
		snprintf(text, sizeof(text), "-");
	else
		snprintf(text, sizeof(text), "%.2f%s (%.2f-%.2f)", bench_median(s) * scale, unit,
			 in_order.values[0] * scale, in_order.values[s->nr - 1] * scale);
	printf(" %-22s", text);
}

static void print_line(const char *name, const char *what, const struct bench_series *tools, double scale,
		       const char *unit)
{
	int tool;

	printf("%-8s %-5s", name, what);
	for (tool = 0; tool < BENCH_TOOLS_NR; tool++)
		print_series(&tools[tool], scale, unit);
}

void bench_print_row(const struct bench_row *row)
{
	print_line(row->name, "wall", row->wall_s, 1, " s");
	printf(" %7.3f\n", bench_added_ratio(row->wall_s));
	print_line("", "cpu", row->cpu_s, 1, " s");
	printf(" %7.3f\n", bench_added_ratio(row->cpu_s));
	if (row->rate_per_s[BENCH_PLAIN].nr) {
		double plain = bench_median(&row->rate_per_s[BENCH_PLAIN]);
		double ours = bench_median(&row->rate_per_s[BENCH_POOLTRACE]);
		double theirs = bench_median(&row->rate_per_s[BENCH_HEAPTRACK]);

		print_line("", "rate", row->rate_per_s, 1e-6, " M/s");
		printf("\n%14s pooltrace keeps %.0f %% of untraced, %.1f x heaptrack's\n", "",
		       plain > 0 ? 100 * ours / plain : 0, theirs > 0 ? ours / theirs : 0);
	}
	printf("%14s %.2f M events, %.2f bytes each on disk; report in %.2f s, %.1f M events/s", "",
	       row->events * 1e-6, row->bytes_per_event, row->report_s,
	       row->report_s > 0 ? row->events * 1e-6 / row->report_s : 0);
	if (row->heaptrack_analysis_s > 0)
		printf("; heaptrack's %.1f s", row->heaptrack_analysis_s);
	if (row->calls[BENCH_POOLTRACE] > 0)
		printf("\n%14s same work: allocation calls %.0f (pooltrace), %.0f (heaptrack)", "",
		       row->calls[BENCH_POOLTRACE], row->calls[BENCH_HEAPTRACK]);
	printf("\n");
	fflush(stdout);
}

static int bar(const char *what, double got, double bar, int kept)
{
	if (!kept)
		printf("%14s BAR BROKEN: %s: %.2f, wanted %.2f\n", "", what, got, bar);
	return !kept;
}

int bench_print_bars(const struct bench_row *row)
{
	double ratio = bench_added_ratio(row->wall_s);
	double events_per_s = row->report_s > 0 ? row->events / row->report_s : 0;

	return bar("added wall time over heaptrack's", ratio, BENCH_BAR_ADDED_RATIO,
		   ratio <= BENCH_BAR_ADDED_RATIO) +
	       bar("bytes an event", row->bytes_per_event, BENCH_BAR_BYTES_PER_EVENT,
		   row->bytes_per_event <= BENCH_BAR_BYTES_PER_EVENT) +
	       bar("million events a second in report", events_per_s * 1e-6, BENCH_BAR_EVENTS_PER_S * 1e-6,
		   events_per_s >= BENCH_BAR_EVENTS_PER_S);
}

json_t *bench_series_json(const struct bench_series *s)
{
	struct bench_series in_order = sorted(s);
	json_t *runs = json_array();
	int i;

	if (s->nr == 0) {
		json_decref(runs);
		return json_null();
	}
	for (i = 0; i < s->nr; i++)
		json_array_append_new(runs, json_real(s->values[i]));
	return json_pack("{s:f, s:f, s:f, s:o}", "median", bench_median(s), "min", in_order.values[0], "max",
			 in_order.values[s->nr - 1], "runs", runs);
}

static json_t *tools_json(const struct bench_series *tools)
{
	return json_pack("{s:o, s:o, s:o, s:f}", "untraced", bench_series_json(&tools[BENCH_PLAIN]), "pooltrace",
			 bench_series_json(&tools[BENCH_POOLTRACE]), "heaptrack",
			 bench_series_json(&tools[BENCH_HEAPTRACK]), "added_ratio", bench_added_ratio(tools));
}

json_t *bench_row_json(const struct bench_row *row)
{
	return json_pack("{s:s, s:o, s:o, s:o, s:f, s:f, s:f, s:f, s:f, s:f}", "workload", row->name, "wall_s",
			 tools_json(row->wall_s), "cpu_s", tools_json(row->cpu_s), "rate_per_s",
			 tools_json(row->rate_per_s), "events", row->events, "bytes_per_event",
			 row->bytes_per_event, "report_s", row->report_s, "heaptrack_analysis_s",
			 row->heaptrack_analysis_s, "allocations_pooltrace", row->calls[BENCH_POOLTRACE],
			 "allocations_heaptrack", row->calls[BENCH_HEAPTRACK]);
}
