/* SPDX-License-Identifier: MIT */
/*
 * graph.h - one trace in, what its snapshots say out: the door of passes/ for `pooltrace graph`.
 */
#ifndef PT_PASSES_GRAPH_H
#define PT_PASSES_GRAPH_H

#include "../model/pools.h"
#include "../model/references.h"
#include "../result/graph.h"
#include "../trace/trace.h"

struct pt_graph_ask {
	uint32_t number; /* of a snapshot; 0 = the last whole one */
	bool all;	 /* every snapshot, those that are not whole too */
	bool path;	 /* pt_graph_snapshot.path of path_addr */
	uint64_t path_addr;
	bool nodes;	 /* pt_graph_snapshot.list */
};

/*
 * pt_graph_analyse() - read `t` to its end, and the snapshots that were asked for.
 *
 * progress: as pt_analyse(). out: written whole; free with pt_graph_report_fini(). No frames, types, names and
 * symbols: the command fills them in through symbols/. snapshots_nr is 0 when there is none such.
 *
 * 0, -PT_ENOMEM, or what pt_trace_next() or the snapshot's reader returned; then *out is empty.
 */
int pt_graph_analyse(struct pt_trace *t, const struct pt_graph_ask *ask,
		     void (*progress)(void *arg, double share), void *arg, struct pt_graph_report *out);

/*
 * pt_graph_fill() - one snapshot's tables, from what was resolved.
 *
 * t: for modules and threads. ask: NULL = no path. out: number, time, why, mark, the facts of pt_snapshot and moved_objects
 * are filled in by the caller; all else here. 0 or -PT_ENOMEM; then the caller fini's *out.
 */
int pt_graph_fill(const struct pt_cut *cut, const struct pt_references *refs, const struct pt_snapshot *s,
		  const struct pt_pools *pools, const struct pt_trace *t, const struct pt_graph_ask *ask,
		  struct pt_graph_snapshot *out);

/*
 * pt_graph_pools() - only what the hoarding report takes: graph_retained_bytes by pool (pt_pools_get() numbers).
 *
 * bytes: pt_pools_nr() numbers; PT_UNKNOWN where the pool had no object at the cut. 0 or -PT_ENOMEM.
 */
int pt_graph_pools(const struct pt_cut *cut, const struct pt_references *refs, const struct pt_pools *pools,
		   uint64_t *bytes);

#endif
