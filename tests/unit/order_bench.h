/* SPDX-License-Identifier: MIT */
/*
 * order_bench.h - the repair of order.h on a table of liveness: events in, and what comes out is kept.
 */
#ifndef PT_ORDER_BENCH_H
#define PT_ORDER_BENCH_H

#include "../../analyzer/model/liveness.h"
#include "../../analyzer/model/order.h"

#define OUT_MAX 512u

struct bench {
	struct pt_liveness live;
	struct pt_order order;
	struct pt_trace_state counts;
	struct pt_event out[OUT_MAX];
	size_t out_nr;
};

/* An empty bench; bench_close() it. */
struct bench *bench_open(void);
void bench_close(struct bench *b);

/* As the users of order.h do it. */
void bench_feed(struct bench *b, const struct pt_event *ev);

void assert_no_anomaly(const struct bench *b);

#endif
