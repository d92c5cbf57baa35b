/* SPDX-License-Identifier: MIT */
/*
 * figures.c - from runs to medians, spreads and ratios; as a table and as JSON.
 *
 * "x h" is what pooltrace adds to the untraced median over what heaptrack adds to it.
 */
#include "figures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bars.h"

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

void bench_series_add(struct bench_series *s, double value)
{
	s->values[s->nr++] = value;
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

/* In `in_order`, from the `skip`th to the `skip`th from the end. */
static void print_within(const struct bench_series *in_order, int skip, double scale, const char *unit)
{
	char text[64];

	if (in_order->nr == 0)
		snprintf(text, sizeof(text), "-");
	else
		snprintf(text, sizeof(text), "%.2f%s (%.2f-%.2f)", bench_median(in_order) * scale, unit,
			 in_order->values[skip] * scale, in_order->values[in_order->nr - 1 - skip] * scale);
	printf(" %-22s", text);
}

void bench_print_series(const struct bench_series *s, double scale, const char *unit)
{
	struct bench_series in_order = sorted(s);

	print_within(&in_order, 0, scale, unit);
}

void bench_print_middle(const struct bench_series *s, const char *unit)
{
	struct bench_series in_order = sorted(s);

	print_within(&in_order, s->nr / 4, 1, unit);
}

void bench_print_tools(const char *name, const char *what, const struct bench_series *tools, double scale,
		       const char *unit)
{
	int tool;

	printf("%-8s %-5s", name, what);
	for (tool = 0; tool < BENCH_TOOLS_NR; tool++)
		bench_print_series(&tools[tool], scale, unit);
}

/* `pooltrace report` beside heaptrack_interpret and heaptrack_print, of the same work. */
static void print_reading(const char *what, const char *clock, const struct bench_series *ours, const struct bench_series *theirs)
{
	printf("  %-6s %-5s %-22s", what, clock, "");
	bench_print_series(ours, 1, " s");
	bench_print_series(theirs, 1, " s");
	if (theirs->nr)
		printf(" %.1f x as fast", bench_median(theirs) / bench_median(ours));
	printf("\n");
}

void bench_print_row(const struct bench_row *row)
{
	bench_print_tools(row->name, "wall", row->wall_s, 1, " s");
	printf(" %7.3f\n", bench_added_ratio(row->wall_s));
	bench_print_tools("", "cpu", row->cpu_s, 1, " s");
	printf(" %7.3f\n", bench_added_ratio(row->cpu_s));
	if (row->rate_per_s[BENCH_PLAIN].nr) {
		double plain = bench_median(&row->rate_per_s[BENCH_PLAIN]);
		double ours = bench_median(&row->rate_per_s[BENCH_POOLTRACE]);
		double theirs = bench_median(&row->rate_per_s[BENCH_HEAPTRACK]);

		bench_print_tools("", "rate", row->rate_per_s, 1e-6, " M/s");
		printf("\n%14s pooltrace keeps %.0f %% of untraced, %.1f x heaptrack's\n", "",
		       plain > 0 ? 100 * ours / plain : 0, theirs > 0 ? ours / theirs : 0);
	}
	printf("%14s %.2f M events, %.2f bytes each on disk", "", row->events * 1e-6, row->bytes_per_event);
	if (row->packed_bytes_per_event > 0)
		printf(", %.2f packed", row->packed_bytes_per_event);
	printf("\n");
	print_reading("read", "wall", &row->report_s, &row->heaptrack_analysis_s);
	print_reading("", "cpu", &row->report_cpu_s, &row->heaptrack_analysis_cpu_s);
	printf("%14s cpu: on one; %.1f M events/s of it", "", row->events * 1e-6 / bench_median(&row->report_cpu_s));
	if (row->calls[BENCH_HEAPTRACK] > 0)
		printf("\n%14s same work: allocation calls %.0f (pooltrace), %.0f (heaptrack)", "",
		       row->calls[BENCH_POOLTRACE], row->calls[BENCH_HEAPTRACK]);
	printf("\n");
	fflush(stdout);
}

static void analysis_bars(const struct bench_row *row)
{
	double cpu_s = bench_median(&row->report_cpu_s);

	bench_bar(row->name, "M events/s of `pooltrace report`, CPU time", row->events / cpu_s * 1e-6, BENCH_AT_LEAST,
		  BENCH_BAR_EVENTS_PER_S * 1e-6);
	/* From the end of the recording to the report: wall time, on the CPUs there are. */
	if (row->heaptrack_analysis_s.nr)
		bench_bar(row->name, "x as fast as heaptrack's interpret and print, wall",
			  bench_median(&row->heaptrack_analysis_s) / bench_median(&row->report_s), BENCH_AT_LEAST,
			  BENCH_BAR_ANALYSIS_RATIO);
	else
		bench_bar_unmeasured(row->name, "x as fast as heaptrack's interpret and print, wall", "not asked for");
}

/* No number when heaptrack adds nothing, so that no bar is kept by it. */
static double bar_ratio(const struct bench_series *tools)
{
	return bench_median(&tools[BENCH_HEAPTRACK]) > bench_median(&tools[BENCH_PLAIN]) ? bench_added_ratio(tools) : NAN;
}

void bench_row_bars(const struct bench_row *row)
{
	double plain = bench_median(&row->rate_per_s[BENCH_PLAIN]), ours = bench_median(&row->rate_per_s[BENCH_POOLTRACE]);

	if (plain > 0) {
		bench_bar(row->name, "x heaptrack's throughput", ours / bench_median(&row->rate_per_s[BENCH_HEAPTRACK]),
			  BENCH_AT_LEAST, BENCH_BAR_CHURN_RATIO);
		bench_bar(row->name, "% of untraced throughput", 100 * ours / plain, BENCH_AT_LEAST, BENCH_BAR_CHURN_KEPT);
	} else {
		bench_bar(row->name, "added wall time over heaptrack's", bar_ratio(row->wall_s), BENCH_AT_MOST,
			  BENCH_BAR_ADDED_RATIO);
		bench_bar(row->name, "added CPU time over heaptrack's", bar_ratio(row->cpu_s), BENCH_AT_MOST,
			  BENCH_BAR_ADDED_RATIO);
	}
	bench_bar(row->name, "bytes an event", row->bytes_per_event, BENCH_AT_MOST, BENCH_BAR_BYTES_PER_EVENT);
	if (row->packed_bytes_per_event > 0)
		bench_bar(row->name, "bytes an event, packed", row->packed_bytes_per_event, BENCH_AT_MOST,
			  BENCH_BAR_PACKED_BYTES);
	else
		bench_bar_unmeasured(row->name, "bytes an event, packed", "not built");
	analysis_bars(row);
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

json_t *bench_tools_json(const struct bench_series *tools)
{
	return json_pack("{s:o, s:o, s:o, s:f}", "untraced", bench_series_json(&tools[BENCH_PLAIN]), "pooltrace",
			 bench_series_json(&tools[BENCH_POOLTRACE]), "heaptrack",
			 bench_series_json(&tools[BENCH_HEAPTRACK]), "added_ratio", bench_added_ratio(tools));
}

json_t *bench_row_json(const struct bench_row *row)
{
	return json_pack("{s:s, s:o, s:o, s:o, s:f, s:f, s:f, s:o, s:o, s:o, s:o, s:f, s:f}", "workload", row->name,
			 "wall_s", bench_tools_json(row->wall_s), "cpu_s", bench_tools_json(row->cpu_s), "rate_per_s",
			 bench_tools_json(row->rate_per_s), "events", row->events, "bytes_per_event",
			 row->bytes_per_event, "packed_bytes_per_event", row->packed_bytes_per_event, "report_s",
			 bench_series_json(&row->report_s), "report_cpu_s", bench_series_json(&row->report_cpu_s),
			 "heaptrack_analysis_s", bench_series_json(&row->heaptrack_analysis_s), "heaptrack_analysis_cpu_s",
			 bench_series_json(&row->heaptrack_analysis_cpu_s), "allocations_pooltrace", row->calls[BENCH_POOLTRACE],
			 "allocations_heaptrack", row->calls[BENCH_HEAPTRACK]);
}
