/* SPDX-License-Identifier: MIT */
/*
 * analyse.h - one trace in, one filled report out: the door of passes/ for the commands.
 */
#ifndef PT_ANALYSE_H
#define PT_ANALYSE_H

#include "../result/report.h"
#include "../trace/trace.h"
#include "pool_pass.h"

/*
 * pt_analyse() - read `t` to its end and fill `out`.
 *
 * limits:   for annotated pools; NULL = the defaults.
 * progress: NULL, or called about every million events with the share of the trace consumed,
 *           0.0 to 1.0.
 * out:      written whole. Sites carry their stack but no frames (frames NULL, frames_nr 0): the
 *           caller fills them in through symbols/. sites[] is sorted by idle bytes at the end,
 *           largest first, threads[] is in the order of pt_trace.threads, cpus[] by number. Not
 * filled: trace_path (the caller knows it). Free with pt_report_fini().
 *
 * Returns 0, or -PT_ENOMEM or what pt_trace_next() returned; then *out is empty and needs no
 * pt_report_fini(). Single-threaded; memory O(live and idle blocks + stacks + threads).
 */
int pt_analyse(struct pt_trace *t, const struct pt_pool_limits *limits,
	       void (*progress)(void *arg, double share), void *arg, struct pt_report *out);

#endif
