/* SPDX-License-Identifier: MIT */
/*
 * analyse.c - trace -> order -> heap and pools -> passes -> report.
 */
#include "analyse.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "pool_graph.h"
#include "run.h"
#include "stream.h"

int pt_analyse(struct pt_trace *t, const struct pt_pool_limits *limits,
	       void (*progress)(void *arg, double share), void *arg, struct pt_report *out)
{
	struct pt_run *run = malloc(sizeof(*run));
	struct pt_pool_graph graph;
	int r = -PT_ENOMEM;

	memset(out, 0, sizeof(*out));
	if (!run)
		return r;
	r = pt_run_init(run, limits);
	if (r)
		goto free_run;
	pt_pool_graph_init(&graph, run, t);
	r = pt_stream(run, t, out, progress, arg);
	if (!r)
		r = pt_run_finish(run, t, out);
	if (!r)
		r = pt_pool_graph_finish(&graph, out);
	pt_pool_graph_fini(&graph);
	pt_run_fini(run);
free_run:
	free(run);
	if (r)
		pt_report_fini(out);
	return r;
}
