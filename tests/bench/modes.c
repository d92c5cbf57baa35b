/* SPDX-License-Identifier: MIT */
/*
 * modes.c - the ways of recording that are meant for production, on redis-server.
 *
 * A mode that the library has no word for is said to be not built.
 */
#include "modes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bars.h"
#include "workloads.h"

#define MODES_NR 2
#define LIBRARY_BYTES_MAX (16u << 20)

static const struct {
	const char *value; /* of POOLTRACE_MODE */
	const char *wall, *cpu; /* names of its bars */
} modes[MODES_NR] = {
	{ "counters", "% added to redis by mode counters, wall", "% added to redis by mode counters, CPU" },
	{ "sample", "% added to redis by mode sample, wall", "% added to redis by mode sample, CPU" },
};

/* Does the library know both words? */
static bool is_built(const struct bench_place *place, const char *value)
{
	char *image = malloc(LIBRARY_BYTES_MAX);
	FILE *f = fopen(place->library, "r");
	size_t bytes = f && image ? fread(image, 1, LIBRARY_BYTES_MAX, f) : 0;
	bool built = memmem(image, bytes, "POOLTRACE_MODE", strlen("POOLTRACE_MODE")) &&
		     memmem(image, bytes, value, strlen(value));

	if (f)
		fclose(f);
	free(image);
	return built;
}

/* Untraced and in each mode, in turn. */
static int measure(const struct bench_place *place, int runs, bool quick, const bool *built,
		   struct bench_series wall[1 + MODES_NR], struct bench_series cpu[1 + MODES_NR])
{
	const struct bench_workload *redis = bench_workloads;
	int round, turn, err;

	while (strcmp(redis->name, "redis"))
		redis++;
	for (round = 0; round <= runs; round++) {
		for (turn = 0; turn <= MODES_NR; turn++) {
			int way = (round + turn) % (1 + MODES_NR);
			struct bench_result r;

			if (way && !built[way - 1])
				continue;
			if (way)
				setenv("POOLTRACE_MODE", modes[way - 1].value, 1);
			err = redis->run(place, way ? BENCH_POOLTRACE : BENCH_PLAIN, quick, &r);
			unsetenv("POOLTRACE_MODE");
			if (err)
				return -1;
			if (!round)
				continue;
			bench_series_add(&wall[way], r.wall_s);
			bench_series_add(&cpu[way], r.cpu_s);
		}
	}
	return 0;
}

static double percent(const struct bench_series *with, const struct bench_series *without)
{
	return 100 * (bench_median(with) / bench_median(without) - 1);
}

int bench_modes(const struct bench_place *place, int runs, bool quick, json_t *rows)
{
	static struct bench_series wall[1 + MODES_NR], cpu[1 + MODES_NR];
	json_t *row = json_pack("{s:s}", "workload", "modes");
	bool built[MODES_NR], any = false;
	int i;

	json_array_append_new(rows, row);
	for (i = 0; i < MODES_NR; i++)
		any |= built[i] = is_built(place, modes[i].value);
	if (any && measure(place, runs, quick, built, wall, cpu)) {
		fprintf(stderr, "bench: modes: redis-server failed; see %s/stderr\n", place->folder);
		return -1;
	}
	for (i = 0; i < MODES_NR; i++) {
		if (!built[i]) {
			bench_bar_unmeasured("modes", modes[i].wall, "not built");
			bench_bar_unmeasured("modes", modes[i].cpu, "not built");
			continue;
		}
		printf("%-8s %-14s", "modes", "untraced");
		bench_print_series(&wall[0], 1, " s");
		bench_print_series(&cpu[0], 1, " s");
		printf("\n%-8s %-14s", "", modes[i].value);
		bench_print_series(&wall[1 + i], 1, " s");
		bench_print_series(&cpu[1 + i], 1, " s");
		printf("\n");
		bench_bar("modes", modes[i].wall, percent(&wall[1 + i], &wall[0]), BENCH_AT_MOST, BENCH_BAR_MODE_PERCENT);
		bench_bar("modes", modes[i].cpu, percent(&cpu[1 + i], &cpu[0]), BENCH_AT_MOST, BENCH_BAR_MODE_PERCENT);
		json_object_set_new(row, modes[i].value,
				    json_pack("{s:o, s:o}", "wall_s", bench_series_json(&wall[1 + i]), "cpu_s",
					      bench_series_json(&cpu[1 + i])));
	}
	fflush(stdout);
	return 0;
}
