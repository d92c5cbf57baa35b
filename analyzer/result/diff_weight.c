// SPDX-License-Identifier: MIT
/*
 * diff_weight.c - changes of bytes, counts and times on one scale, so that they can be put in one order.
 *
 * Bytes: as a share of the peak held. Blowup: the bytes that it stands for, change x peak in use, as that share too.
 * Byte-seconds: as a share of peak held x duration. Counts: of all allocations and gets. Times: a tenth of their share of the
 * duration, which changes with the machine and is not what this is about. Misuse weighs 1 whatever it is: it is a bug.
 */
#include "diff_weight.h"

#include <math.h>

/* Less of what was there is no change; of what depends on how fast the machine was less than the second. */
#define SHARE_LEAST	  0.01
#define SHARE_LEAST_TIMED 0.05
/* Nor is less of the whole: 10 KiB of 100 MiB. */
#define WEIGHT_LEAST 1e-4

static double known(double value)
{
	return isfinite(value) ? value : 0;
}

static void grow(double *scale, double value)
{
	*scale = fmax(*scale, known(value));
}

static void look_at(const struct pt_figures *f, struct pt_diff_scale *scale)
{
	double calls = 0;

	for (size_t i = 0; i < f->rows_nr; i++) {
		const struct pt_figures_row *row = &f->rows[i];

		if (row->from)
			continue;
		if (row->scope == PT_SCOPE_PROCESS) {
			grow(&scale->held_bytes, row->values[PT_METRIC_PEAK_HELD_BYTES]);
			grow(&scale->duration_s, row->values[PT_METRIC_DURATION_NS] / 1e9);
			calls += known(row->values[PT_METRIC_ALLOCATIONS]);
		} else if (row->scope == PT_SCOPE_POOL) {
			/* With only annotated pools in the trace the process holds nothing. */
			grow(&scale->held_bytes, row->values[PT_METRIC_PEAK_HELD_BYTES]);
			calls += known(row->values[PT_METRIC_GETS]);
		}
	}
	grow(&scale->calls, calls);
}

void pt_diff_scale_of(const struct pt_figures *before, const struct pt_figures *after, struct pt_diff_scale *out)
{
	*out = (struct pt_diff_scale){ 0 };
	look_at(before, out);
	look_at(after, out);
}

static double share(double part, double whole)
{
	return part < whole ? part / whole : part > 0;
}

double pt_diff_weight(const struct pt_diff_scale *scale, enum pt_metric metric, double before, double after,
		      double in_use_bytes)
{
	double by = fabs(after - before);

	if (metric == PT_METRIC_MISUSE)
		return by > 0;
	switch (pt_metrics[metric].unit) {
	case PT_UNIT_BYTES:
		return share(by, scale->held_bytes);
	case PT_UNIT_RATIO:
		return share(by * known(in_use_bytes), scale->held_bytes);
	case PT_UNIT_BYTE_SECONDS:
		return share(by, scale->held_bytes * scale->duration_s);
	case PT_UNIT_NS:
		return share(by / 1e9, scale->duration_s) / 10;
	case PT_UNIT_COUNT:
	default:
		return share(by, scale->calls);
	}
}

static bool is_timed(enum pt_metric metric)
{
	return pt_metrics[metric].unit == PT_UNIT_NS || pt_metrics[metric].unit == PT_UNIT_BYTE_SECONDS ||
	       metric == PT_METRIC_MEAN_IDLE_BYTES || metric == PT_METRIC_RSS_PEAK_BYTES ||
	       metric == PT_METRIC_RSS_END_BYTES;
}

bool pt_diff_is_tiny(enum pt_metric metric, double before, double after, double weight)
{
	double by = fabs(after - before);

	if (metric == PT_METRIC_MISUSE || metric == PT_METRIC_LEAKED_OBJECTS || metric == PT_METRIC_LEAKED_BYTES)
		return false;
	return by <= fmax(before, after) * (is_timed(metric) ? SHARE_LEAST_TIMED : SHARE_LEAST) || weight < WEIGHT_LEAST;
}
