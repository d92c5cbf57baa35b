/* SPDX-License-Identifier: MIT */
/*
 * order_bench.c - see order_bench.h.
 */
#include "order_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static enum pt_addr_state state_of(void *heap, uint64_t addr)
{
	return pt_liveness_state(&((struct bench *)heap)->live, addr);
}

static bool last_of(void *heap, uint64_t addr, uint64_t *time_ns, uint32_t *thread)
{
	return pt_liveness_last(&((struct bench *)heap)->live, addr, time_ns, thread);
}

static int apply(void *heap, const struct pt_event *ev)
{
	struct bench *b = heap;

	assert_true(b->out_nr < OUT_MAX);
	b->out[b->out_nr++] = *ev;
	return ev->flags == PT_FREE_OF_DEAD ? 0 : pt_liveness_apply(&b->live, ev);
}

static const struct pt_order_ops ops = { .state = state_of, .last = last_of, .apply = apply };

struct bench *bench_open(void)
{
	struct bench *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	assert_int_equal(pt_liveness_init(&b->live), 0);
	assert_int_equal(pt_order_init(&b->order, &ops, b, &b->counts), 0);
	return b;
}

void bench_close(struct bench *b)
{
	pt_order_fini(&b->order);
	pt_liveness_fini(&b->live);
	free(b);
}

void bench_feed(struct bench *b, const struct pt_event *ev)
{
	if (pt_order_passes(&b->order, ev, state_of(b, ev->addr)))
		assert_int_equal(apply(b, ev), 0);
	else
		assert_int_equal(pt_order_divert(&b->order, ev), 0);
}

void assert_no_anomaly(const struct bench *b)
{
	assert_int_equal(b->counts.alloc_of_live, 0);
	assert_int_equal(b->counts.free_of_dead, 0);
	assert_int_equal(b->counts.free_of_unknown, 0);
}
