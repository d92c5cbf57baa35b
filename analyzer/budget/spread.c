// SPDX-License-Identifier: MIT
/*
 * spread.c - how far runs of one number scatter, and which median of new ones is more than that.
 *
 * Student's quantile is worked out here: the library of Debian that has it (GSL) is GPL-3 and would make the program so.
 */
#include "spread.h"

#include <math.h>
#include <stdlib.h>

/* Of normal values MAD x this estimates the standard deviation: 1 / Phi^-1(3/4). */
#define MAD_TO_DEVIATION 1.4826
/* A median of many normal values has pi/2 times the variance of their mean, one of few less. */
#define MEDIAN_VARIANCE 1.57079632679489662
/* With more degrees of freedom the quantile falls by less than 1 %; not counting them makes the bound wider. */
#define FREEDOM_MAX 1000u
/* What a change must exceed by far to be seen at all; also keeps probabilities where doubles are exact. */
#define COMPARISONS_MAX 1000000u

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* values: sorted, at least one. */
static double median_of(const double *values, size_t nr)
{
	return nr % 2 ? values[nr / 2] : values[nr / 2 - 1] + (values[nr / 2] - values[nr / 2 - 1]) / 2;
}

/*
 * The mean range of n standard normal values, d2: the integral of 1 - Phi^n - (1 - Phi)^n (Tippett, "On the extreme
 * individuals and the range of samples", Biometrika 17, 1925). It is even and falls to 0 on both sides, so the
 * trapezoid rule is exact to seven digits with this step; tables: ASTM E2587, table 6.
 */
static double mean_range(size_t n)
{
	const double step = 0.25;
	double sum = 0;

	for (int k = 0; k <= 40; k++) {
		double below = erfc(-k * step * M_SQRT1_2) / 2;

		sum += (k ? 2 : 1) * (1 - pow(below, (double)n) - pow(1 - below, (double)n));
	}
	return sum * step;
}

static double standard_deviation(const double *values, size_t nr)
{
	double mean = 0, sum = 0;

	for (size_t i = 0; i < nr; i++)
		mean += values[i] / (double)nr;
	for (size_t i = 0; i < nr; i++)
		sum += (values[i] - mean) * (values[i] - mean);
	return sqrt(sum / (double)(nr - 1));
}

void pt_spread_of(double *values, size_t nr, struct pt_spread *out)
{
	size_t known = 0;
	double by_range, by_mad, deviation;

	*out = (struct pt_spread){ .median = NAN, .low = NAN, .high = NAN };
	for (size_t i = 0; i < nr; i++)
		if (!isnan(values[i]))
			values[known++] = values[i];
	if (!known)
		return;
	qsort(values, known, sizeof(*values), by_value);
	out->runs = (uint32_t)known;
	out->low = values[0];
	out->high = values[known - 1];
	out->median = median_of(values, known);
	if (out->low == out->high)
		return;
	deviation = standard_deviation(values, known);
	by_range = (out->high - out->low) / mean_range(known);
	for (size_t i = 0; i < known; i++)
		values[i] = fabs(values[i] - out->median);
	qsort(values, known, sizeof(*values), by_value);
	by_mad = MAD_TO_DEVIATION * median_of(values, known);
	out->deviation = fmax(deviation, fmax(by_range, by_mad));
}

/*
 * P(T > t) of Student's t: half the incomplete beta function I_x(df/2, 1/2) at x = df / (df + t^2), by the series
 * 8.17.8 with 15.2.1 of the NIST Digital Library of Mathematical Functions. All terms are positive: nothing cancels.
 */
static double tail_of(double t, double df)
{
	double x = df / (df + t * t), a = df / 2, term = 1, sum = 1;
	double log_front = a * log(x) + 0.5 * log1p(-x) - log(a) -
			   (lgamma(a) + lgamma(0.5) - lgamma(a + 0.5));

	for (int n = 0; n < 100000 && term > sum * 1e-16; n++) {
		term *= x * (a + 0.5 + n) / (a + 1 + n);
		sum += term;
	}
	return 0.5 * exp(log_front) * sum;
}

/* The t that is exceeded with `probability`, 0 < probability < 1/2. */
static double quantile_of(double probability, double df)
{
	double low = 0, high = 1;

	while (tail_of(high, df) > probability) {
		low = high;
		high *= 2;
	}
	for (int i = 0; i < 60; i++) {
		double middle = low + (high - low) / 2;

		if (tail_of(middle, df) > probability)
			low = middle;
		else
			high = middle;
	}
	return high;
}

/* Of the median of n values, in variances of one. */
static double median_variance(uint32_t n)
{
	return n < 3 ? 1.0 / n : MEDIAN_VARIANCE / n;
}

double pt_spread_bound(const struct pt_spread *baseline, uint32_t runs, uint32_t comparisons)
{
	uint32_t df = baseline->runs - 1;
	double probability, bound;

	if (!baseline->runs || !runs)
		return NAN;
	if (!(baseline->deviation > 0) || !df)
		return baseline->median;
	if (df > FREEDOM_MAX)
		df = FREEDOM_MAX;
	if (comparisons > COMPARISONS_MAX)
		comparisons = COMPARISONS_MAX;
	probability = PT_FALSE_ALARM_RATE / (comparisons ? comparisons : 1);
	bound = baseline->median + quantile_of(probability, df) * baseline->deviation *
					   sqrt(median_variance(baseline->runs) + median_variance(runs));
	/* Numbers with two modes: what the baseline saw once needs no change of the program. */
	return fmax(bound, baseline->high);
}
