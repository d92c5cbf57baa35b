/* SPDX-License-Identifier: MIT */
/*
 * frames.h - stacks of a trace to functions, files and lines in a report.
 *
 * Looking up is what costs: only the sites that can come to be shown take part.
 */
#ifndef PT_FRAMES_H
#define PT_FRAMES_H

#include "../result/graph.h"
#include "../result/report.h"
#include "../symbols/symbols.h"
#include "../trace/trace.h"

/*
 * pt_frames_fill() - frames for the sites worth showing; then those of the allocator that read the
 * same are merged.
 *
 * top: the first so many by each of the ranks of result/site.h take part, and the worst site of
 *      each thread; of annotated pools those of pt_pool_sites_choose(); 0 = all.
 *
 * Modules that could not be read as they were recorded are noted in r->notes. 0 or -PT_ENOMEM.
 */
int pt_frames_fill(struct pt_symbols *symbols, const struct pt_trace *t, struct pt_report *r,
		   size_t top);

/* pt_frames_fill_graph() - frames and types for all sites of all snapshots, names of fields, and the
 * variable that the root of a path is. 0 or -PT_ENOMEM. */
int pt_frames_fill_graph(struct pt_symbols *symbols, const struct pt_trace *t, struct pt_graph_report *r);

#endif
