// SPDX-License-Identifier: MIT
/*
 * figures_graph.c - what the last whole snapshot says of call sites: who allocated what nothing reaches, and who put
 * what keeps others alive.
 */
#include <math.h>
#include <string.h>

#include "../../format/error.h"
#include "figures_rows.h"

/* What a call site of malloc has that allocated nothing. */
static void of_nothing(const struct pt_rows *b, double *values)
{
	static const struct pt_tally zero;

	pt_rows_of_tally(b, &zero, values);
	values[PT_METRIC_PEAK_IN_USE_BYTES] = values[PT_METRIC_PEAK_IDLE_BYTES] = NAN;
	values[PT_METRIC_GRAPH_RETAINED_BYTES] = 0;
	values[PT_METRIC_UNREACHABLE_BYTES] = pt_rows_known(b->snapshot->unreachable_bytes) * 0;
	values[PT_METRIC_UNREACHABLE_OBJECTS] = values[PT_METRIC_UNREACHABLE_BYTES];
}

static int of_leaks(struct pt_rows *b)
{
	const struct pt_graph_snapshot *s = b->snapshot;
	double values[PT_METRIC_NR];
	int err = 0;

	for (size_t i = 0; i < s->leaks_nr && !err; i++) {
		const struct pt_graph_leak *l = &s->leaks[i];

		if (l->site >= s->sites_nr)
			continue;
		of_nothing(b, values);
		values[PT_METRIC_UNREACHABLE_BYTES] = (double)l->bytes;
		values[PT_METRIC_UNREACHABLE_OBJECTS] = (double)l->objects;
		err = pt_rows_add_site(b, PT_SCOPE_SITE, NULL, &s->sites[l->site].site, values, NULL, 0);
	}
	return err;
}

/* A field counts for the put that left most of its objects idle: of the pool, and of the process. */
static int of_field(struct pt_rows *b, const struct pt_graph_field *f)
{
	static const struct pt_pool_row zero;
	const struct pt_graph_snapshot *s = b->snapshot;
	const struct pt_report_site *put = f->put_site < s->sites_nr ? &s->sites[f->put_site].site : NULL;
	double values[PT_METRIC_NR];
	int err;

	if (!put || f->pool >= s->pools_nr)
		return 0;
	of_nothing(b, values);
	values[PT_METRIC_GRAPH_RETAINED_BYTES] = (double)f->retained_bytes;
	err = pt_rows_add_site(b, PT_SCOPE_SITE, NULL, put, values, NULL, 0);
	if (err)
		return err;
	pt_rows_of_pool_row(b, &zero, values);
	values[PT_METRIC_PEAK_HELD_BYTES] = values[PT_METRIC_PEAK_IN_USE_BYTES] = NAN;
	values[PT_METRIC_PEAK_IDLE_BYTES] = NAN;
	values[PT_METRIC_REGRETTED_DROPS] = values[PT_METRIC_REGRETTED_BYTES] = 0;
	values[PT_METRIC_LEAKED_OBJECTS] = values[PT_METRIC_LEAKED_BYTES] = values[PT_METRIC_MISUSE] = 0;
	values[PT_METRIC_GRAPH_RETAINED_BYTES] = (double)f->retained_bytes;
	return pt_rows_add_site(b, PT_SCOPE_POOL_SITE, s->pools[f->pool].name, put, values, NULL, 0);
}

int pt_figures_of_graph(struct pt_rows *b)
{
	int err = b->snapshot ? of_leaks(b) : 0;

	for (size_t i = 0; b->snapshot && i < b->snapshot->fields_nr && !err; i++)
		err = of_field(b, &b->snapshot->fields[i]);
	return err;
}
