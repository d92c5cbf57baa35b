/* SPDX-License-Identifier: MIT */
/*
 * pool_graph.h - what the idle objects of each pool kept alive at the last snapshot: one number of the
 * hoarding report. All the rest of a snapshot is `pooltrace graph`'s (graph.h).
 */
#ifndef PT_POOL_GRAPH_H
#define PT_POOL_GRAPH_H

#include "run.h"

struct pt_pool_graph {
	struct pt_run *run;
	struct pt_trace *trace;
	uint32_t number;   /* of the last whole snapshot; 0 = there is none, or its event was seen */
	uint64_t *bytes;   /* by pool at that event; NULL = not known */
	uint32_t bytes_nr;
	uint64_t time_ns;  /* of that event */
	uint32_t failed;   /* number of the snapshot that could not be read; 0 = none */
	int error;	   /* why not */
};

/* pt_pool_graph_init() - before the first event; becomes the run's hook. */
void pt_pool_graph_init(struct pt_pool_graph *g, struct pt_run *run, struct pt_trace *t);
void pt_pool_graph_fini(struct pt_pool_graph *g);

/* pt_pool_graph_finish() - into the rows that pt_run_finish() made; a note if the snapshot cannot be read. 0 or
 * -PT_ENOMEM. */
int pt_pool_graph_finish(const struct pt_pool_graph *g, struct pt_report *out);

#endif
