/* SPDX-License-Identifier: MIT */
/*
 * graph_sample.h - a graph report made by hand.
 */
#ifndef PT_GRAPH_SAMPLE_H
#define PT_GRAPH_SAMPLE_H

#include "analyzer/result/graph.h"

#define NONE PT_GRAPH_ROW_NONE
#define MIB  (UINT64_C(1) << 20)

/* A snapshot: pool "conn" idle keeps 1200 MiB by +0x28; an own structure in use; rows that were too small. */
struct world {
	struct pt_report_frame frames[3];
	struct pt_graph_site sites[3];
	struct pt_graph_pool pools[2];
	struct pt_graph_field fields[2];
	struct pt_graph_idle idle[1];
	struct pt_graph_leak leaks[1];
	struct pt_graph_row rows[5];
	struct pt_graph_step steps[2];
	struct pt_graph_path path;
	uint32_t dominators[1];
	struct pt_graph_snapshot snapshots[2];
	struct pt_graph_report r;
};

/* fill() - fills in all of it; it points into itself. */
void fill(struct world *w);

#endif
