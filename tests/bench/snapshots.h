/* SPDX-License-Identifier: MIT */
/*
 * snapshots.h - what a snapshot of who points at whom costs the program, the disk and the analyzer.
 */
#ifndef BENCH_SNAPSHOTS_H
#define BENCH_SNAPSHOTS_H

#include "figures.h"

#define BENCH_BAR_STALL_MS_PER_GIB 30.0
#define BENCH_BAR_SCAN_GB_PER_S 1.0
#define BENCH_BAR_BYTES_PER_EDGE 6.0
#define BENCH_BAR_GRAPH_S 30.0  /* `pooltrace graph` of 10^7 nodes and 3 * 10^7 edges */
#define BENCH_BAR_GRAPH_GIB 4.0 /* its peak */

/*
 * bench_snapshots() - measures, prints and appends to `rows`; says so and does neither when there is too little
 * memory or disk. runs: rounds that count, as of the workloads.
 *
 * Returns 0, or -1 when a run failed.
 */
int bench_snapshots(const struct bench_place *place, int runs, bool quick, json_t *rows);

#endif
