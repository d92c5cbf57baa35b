/* SPDX-License-Identifier: MIT */
/*
 * analysed.h - what trace_builder.h has built, through the reader and all passes. For tests; fails them by itself.
 */
#ifndef PT_ANALYSED_H
#define PT_ANALYSED_H

#include "analyzer/passes/analyse.h"
#include "trace_builder.h"

/* an_open() - the trace as a reader sees it; by a file that is gone afterwards. pt_trace_close() it. */
struct pt_trace *an_open(struct tb *b);

/* an_report() - its report; the builder lives on. */
void an_report(struct tb *b, struct pt_report *out);

#endif
