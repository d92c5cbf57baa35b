// SPDX-License-Identifier: MIT
/*
 * false_alarms.c - how often a check of 30 numbers that did not change says that one of them grew.
 *
 * Only the scatter is asked (docs/ci.md, rule 2), as if max_increase were 0. The numbers are drawn apart from each other,
 * which is the worst case. Prints one line for each kind of scatter, n runs in the baseline and m new ones.
 * Usage: false_alarms [CHECKS]
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyzer/budget/spread.h"

#define COMPARISONS 30u
#define RUNS_MAX    30u

static uint64_t state = 20261123;

/* splitmix64, public domain: https://prng.di.unimi.it/splitmix64.c. Then to (0, 1). */
static double uniform(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return ((double)((z ^ (z >> 31)) >> 11) + 0.5) * 0x1p-53;
}

static double normal(void)
{
	return sqrt(-2 * log(uniform())) * cos(2 * M_PI * uniform());
}

/* A coefficient of variation of 0.25, and a skewness of 0.78. */
static double lognormal(void)
{
	return exp(0.25 * normal());
}

/* One run in five takes another path and needs 30 % more. */
static double bimodal(void)
{
	return (uniform() < 0.2 ? 130 : 100) + normal();
}

/* Half of the runs take it. */
static double halves(void)
{
	return (uniform() < 0.5 ? 130 : 100) + normal();
}

static const struct {
	const char *name;
	double (*draw)(void);
} kinds[] = { { "normal", normal }, { "lognormal", lognormal }, { "one in five", bimodal }, { "half and half", halves } };

/* Did any of the numbers seem to have grown? `factor`: of the deviation, the same for all. */
static int check(double (*draw)(void), uint32_t n, uint32_t m, double factor)
{
	double values[RUNS_MAX];
	struct pt_spread before, after;
	int alarm = 0;

	for (uint32_t i = 0; i < COMPARISONS; i++) {
		for (uint32_t k = 0; k < n; k++)
			values[k] = draw();
		pt_spread_of(values, n, &before);
		for (uint32_t k = 0; k < m; k++)
			values[k] = draw();
		pt_spread_of(values, m, &after);
		alarm |= after.median > fmax(before.high, before.median + factor * before.deviation);
	}
	return alarm;
}

int main(int argc, char **argv)
{
	static const uint32_t n[] = { 3, 5, 10, 30 }, m[] = { 1, 3 };
	unsigned long checks = argc > 1 ? strtoul(argv[1], NULL, 10) : 20000;

	printf("%-14s %4s %4s %10s %14s %12s\n", "scatter", "n", "m", "checks", "false alarms", "bound");
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		for (size_t i = 0; i < 8; i++) {
			struct pt_spread one = { .runs = n[i / 2], .deviation = 1 };
			double factor = pt_spread_bound(&one, m[i % 2], COMPARISONS);
			unsigned long alarms = 0;

			for (unsigned long c = 0; c < checks; c++)
				alarms += (unsigned long)check(kinds[k].draw, n[i / 2], m[i % 2], factor);
			printf("%-14s %4u %4u %10lu %13.3f%% %8.1f dev\n", kinds[k].name, n[i / 2], m[i % 2], checks,
			       100.0 * (double)alarms / (double)checks, factor);
			fflush(stdout);
		}
	return 0;
}
