/* SPDX-License-Identifier: MIT */
/*
 * pool_slope.c - least squares in 128-bit integers.
 */
#include "pool_slope.h"

#include <math.h>
#include <stdbool.h>

/* With 128 points below these, 2.3 years and 36 PB, every sum and difference stays below 2^127. A
 * damaged trace may hold more, and gets floating point. */
#define TIME_MAX  (1ull << 56)
#define BYTES_MAX (1ll << 55)

__extension__ typedef __int128 wide;

static double exact(const uint64_t *y, uint32_t nr, uint64_t width_ns, uint64_t end_ns)
{
	wide sum_x = 0, sum_y = 0, sum_xx = 0, sum_xy = 0;

	for (uint32_t i = 0; i < nr; i++) {
		wide x = (wide)(i + 1 < nr ? (i + 1) * width_ns : end_ns);

		sum_x += x;
		sum_y += (int64_t)y[i];
		sum_xx += x * x;
		sum_xy += x * (int64_t)y[i];
	}
	/* Both are nr^2 times what the textbook has. */
	return (double)(nr * sum_xy - sum_x * sum_y) / (double)(nr * sum_xx - sum_x * sum_x) * 1e9;
}

static double rough(const uint64_t *y, uint32_t nr, uint64_t width_ns, uint64_t end_ns)
{
	long double sum_x = 0, sum_y = 0, sum_xx = 0, sum_xy = 0;

	for (uint32_t i = 0; i < nr; i++) {
		long double x = i + 1 < nr ? (long double)(i + 1) * (long double)width_ns
					   : (long double)end_ns;

		sum_x += x;
		sum_y += (long double)(int64_t)y[i];
		sum_xx += x * x;
		sum_xy += x * (long double)(int64_t)y[i];
	}
	return (double)((nr * sum_xy - sum_x * sum_y) / (nr * sum_xx - sum_x * sum_x) * 1e9L);
}

double pt_pool_slope(const uint64_t *y, uint32_t steps_nr, uint64_t width_ns, uint64_t end_ns)
{
	bool fits = end_ns < TIME_MAX;

	if (steps_nr < 3)
		return NAN;
	for (uint32_t i = 0; i < steps_nr; i++)
		fits = fits && (int64_t)y[i] < BYTES_MAX && (int64_t)y[i] > -BYTES_MAX;
	return fits ? exact(y, steps_nr, width_ns, end_ns) : rough(y, steps_nr, width_ns, end_ns);
}
