/* SPDX-License-Identifier: MIT */
/*
 * calls.c - what a call of the annotation header costs, with the recorder and without.
 *
 * Each round runs each variant once, in turn; a process a run. The figure of a run is the median of
 * its blocks (pairs.c; CPU time), that of a variant the median of its runs.
 */
#include "calls.h"

#include <stdio.h>
#include <string.h>

#include "bars.h"

#define BLOCKS "101"
#define BLOCKS_QUICK "5"

enum {
	MALLOC_PLAIN,
	MALLOC_FLAT, /* what the bar is measured against */
	MALLOC_STACKS,
	PAIR_FLAT,
	PAIR_STACKS,
	PAIR_QUIET,
	VARIANTS_NR
};

static const struct {
	const char *key; /* in JSON */
	const char *what;
	const char *mode; /* of pairs.c */
	enum bench_tool tool;
	const char *variable;
} variants[VARIANTS_NR] = {
	[MALLOC_PLAIN] = { "malloc_untraced", "malloc + free, no recorder", "malloc", BENCH_PLAIN, NULL },
	[MALLOC_FLAT] = { "malloc_no_stacks", "malloc + free, recorded without stacks", "malloc", BENCH_POOLTRACE,
			  "POOLTRACE_STACK_DEPTH=0" },
	[MALLOC_STACKS] = { "malloc", "malloc + free, recorded", "malloc", BENCH_POOLTRACE, NULL },
	[PAIR_FLAT] = { "annotated_no_stacks", "get + put, recorded without stacks", "annotated", BENCH_POOLTRACE,
			"POOLTRACE_STACK_DEPTH=0" },
	[PAIR_STACKS] = { "annotated", "get + put, recorded", "annotated", BENCH_POOLTRACE, NULL },
	[PAIR_QUIET] = { "annotated_untraced_added", "get + put, no recorder: added", "added", BENCH_PLAIN, NULL },
};

/* The "NUMBER ns" on its stderr. Returns 0, or -1. */
static int said_ns(const struct bench_place *place, double *ns)
{
	char path[4200], unit[8] = "";
	FILE *f;
	int fields;

	snprintf(path, sizeof(path), "%s/stderr", place->folder);
	f = fopen(path, "r");
	if (!f)
		return -1;
	fields = fscanf(f, "%lf %7s", ns, unit);
	fclose(f);
	return fields == 2 && strcmp(unit, "ns") == 0 ? 0 : -1;
}

static int run(const struct bench_place *place, int variant, bool quick, double *ns)
{
	const char *argv[] = { place->pairs, variants[variant].mode, quick ? BLOCKS_QUICK : BLOCKS, NULL };
	struct bench_command c = { .argv = argv, .variable = variants[variant].variable, .cpu = place->cpu_last };
	struct bench_result r;

	if (bench_run(place, variants[variant].tool, &c, &r) || said_ns(place, ns)) {
		fprintf(stderr, "bench: calls: \"%s\" failed; see %s/stderr\n", variants[variant].what,
			place->folder);
		return -1;
	}
	return 0;
}

static void print(int variant, const struct bench_series *series, double reference)
{
	const struct bench_series *s = &series[variant];
	double lowest = s->values[0], highest = s->values[0];
	int i;

	for (i = 1; i < s->nr; i++) {
		lowest = s->values[i] < lowest ? s->values[i] : lowest;
		highest = s->values[i] > highest ? s->values[i] : highest;
	}
	printf("%-8s %-40s %7.1f ns (%.1f-%.1f)", variant ? "" : "calls", variants[variant].what, bench_median(s),
	       lowest, highest);
	if (variant == PAIR_FLAT || variant == PAIR_STACKS)
		printf("  %.2f x malloc + free without stacks", bench_median(s) / reference);
	if (variant == PAIR_QUIET)
		printf("  %.2f ns a call", bench_median(s) / 2);
	printf("\n");
}

int bench_calls(const struct bench_place *place, int runs, bool quick, json_t *rows)
{
	struct bench_series series[VARIANTS_NR] = { 0 };
	json_t *row = json_pack("{s:s}", "workload", "calls");
	double reference, ratio, quiet;
	int round, turn, v;

	for (round = 0; round <= runs; round++) {
		for (turn = 0; turn < VARIANTS_NR; turn++) {
			double ns;

			v = (round + turn) % VARIANTS_NR;
			if (run(place, v, quick, &ns)) {
				json_decref(row);
				return -1;
			}
			if (round)
				series[v].values[series[v].nr++] = ns;
		}
	}
	reference = bench_median(&series[MALLOC_FLAT]);
	ratio = bench_median(&series[PAIR_STACKS]) / reference;
	quiet = bench_median(&series[PAIR_QUIET]) / 2;
	for (v = 0; v < VARIANTS_NR; v++) {
		char key[64];

		print(v, series, reference);
		snprintf(key, sizeof(key), "%s_ns", variants[v].key);
		json_object_set_new(row, key, bench_series_json(&series[v]));
	}
	json_object_set_new(row, "annotated_ratio", json_real(ratio));
	json_object_set_new(row, "untraced_call_ns", json_real(quiet));
	json_array_append_new(rows, row);
	fflush(stdout);
	bench_bar("calls", "an annotated pair over malloc + free without stacks", ratio, BENCH_AT_MOST,
		  BENCH_BAR_PAIR_RATIO);
	bench_bar("calls", "ns a call of the header without the recorder", quiet, BENCH_AT_MOST, BENCH_BAR_QUIET_CALL_NS);
	return 0;
}
