/* SPDX-License-Identifier: MIT */
/*
 * test_graph_analyse.c - from a trace file with snapshots to the graph's report, and to the one number that
 * the hoarding report takes from them.
 *
 * One idle object of a pool keeps a block alive; a variable holds another block; nobody holds a third.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../analyzer/passes/graph.h"
#include "../../format/error.h"
#include "analysed.h"

#define POOL	 0x700000ull
#define HEAP	 0x100000ull
#define OBJECT	 0x100000ull /* 64 bytes, of the pool, idle */
#define KEPT	 0x100100ull /* 100 bytes, held by the object's second word */
#define HELD	 0x100200ull /* 50 bytes, held by a variable */
#define LEAK	 0x100300ull /* 30 bytes */
#define VARIABLE 0x600008ull
#define CUT_NS	 1600ull

/* Up to the cut of snapshot 1, which `why` asked for. Returns the writer. */
static uint32_t before_cut(struct tb *b, enum pt_snap_why why)
{
	const uint64_t create[] = { POOL, 64, 1, 0 }, stack = 0;
	uint32_t w = tb_writer(b, 0, 1, 0);

	tb_alloc(b, w, 160, OBJECT, 64, 0);
	tb_alloc(b, w, 176, KEPT, 100, 0);
	tb_alloc(b, w, 192, HELD, 50, 0);
	tb_alloc(b, w, 208, LEAK, 30, 0);
	tb_ext(b, w, PT_EXT_POOL_CREATE, 224, create, 4, "conns", 5);
	tb_get(b, w, 240, POOL, OBJECT, 64, 0, 0);
	tb_put(b, w, 256, POOL, OBJECT, 0, 0);
	tb_ext(b, w, PT_EXT_MARK, 272, &stack, 1, "start", 5);
	tb_ext(b, w, PT_EXT_MARK, 288, &stack, 1, "loaded", 6);
	TB_EXT(b, w, PT_EXT_SNAPSHOT, CUT_NS, 1, why);
	return w;
}

/* What happens while it is copied, and behind: nothing of it is at the cut. */
static void after_cut(struct tb *b, uint32_t w)
{
	const uint64_t stack = 0;

	tb_alloc(b, w, CUT_NS + 16, 0x100400, 8000, 0);
	tb_free(b, w, CUT_NS + 32, KEPT);
	TB_EXT(b, w, PT_EXT_SNAPSHOT_COPIED, CUT_NS + 48, 1, 0);
	tb_ext(b, w, PT_EXT_MARK, CUT_NS + 64, &stack, 1, "late", 4);
	tb_free(b, w, CUT_NS + 80, LEAK);
	tb_get(b, w, CUT_NS + 96, POOL, OBJECT, 64, 0, 0);
	TB_EXT(b, w, PT_EXT_SNAPSHOT, CUT_NS + 112, 2, PT_SNAP_CALL);
	TB_EXT(b, w, PT_EXT_SNAPSHOT_COPIED, CUT_NS + 128, 2, PT_SNAP_LOST_MEMORY + 1);
	tb_alloc(b, w, CUT_NS + 144, 0x110000, 5, 0);
}

static void memory(struct tb *b, uint64_t place)
{
	tb_snapshot(b, 1);
	tb_snap_region(b, HEAP, 1 << 20, PT_REGION_ANON);
	tb_snap_region(b, 0x600000, 4096, PT_REGION_FILE);
	tb_snap_static(b, 0x600000, 4096, 0x200000, "/usr/bin/built");
	tb_snap_edge(b, OBJECT + 8, KEPT);
	tb_snap_edge(b, place, HELD);
	tb_snap_end(b, 0);
}

static struct tb *built(enum pt_snap_why why)
{
	struct tb *b = tb_open();

	after_cut(b, before_cut(b, why));
	memory(b, VARIABLE);
	return b;
}

static int graph_of(struct tb *b, const struct pt_graph_ask *ask, struct pt_graph_report *out)
{
	struct pt_trace *t = an_open(b);
	int r = pt_graph_analyse(t, ask, NULL, NULL, out);

	pt_trace_close(t);
	return r;
}

static void a_snapshot_is_of_what_there_was_at_its_event(void **state)
{
	const struct pt_graph_ask ask = { 0 };
	struct tb *b = built(PT_SNAP_CALL);
	const struct pt_graph_snapshot *s;
	struct pt_graph_report g;

	(void)state;
	assert_int_equal(graph_of(b, &ask, &g), 0);
	tb_close(b);
	assert_int_equal(g.snapshots_nr, 1);
	s = g.snapshots;
	assert_int_equal(s->number, 1);
	assert_true(s->whole);
	assert_int_equal(s->time_ns, CUT_NS);
	assert_int_equal(s->nodes, 4);
	assert_int_equal(s->edges, 2);
	assert_int_equal(s->idle_bytes, 64);
	assert_int_equal(s->reachable_bytes, 64 + 100 + 50);
	assert_int_equal(s->unreachable_bytes, 30);
	assert_int_equal(s->unreachable_objects, 1);
	assert_int_equal(s->idle_retained_bytes, 100);
	assert_int_equal(s->pools_nr, 1);
	assert_string_equal(s->pools[0].name, "conns");
	assert_int_equal(s->pools[0].graph_retained_bytes, 100);
	assert_int_equal(s->moved_objects, 2); /* one came and one went; what was later does not count */
	assert_int_equal(g.duration_ns, CUT_NS + 144);
	assert_int_equal(g.begun, 1);
	pt_graph_report_fini(&g);
}

static void a_lost_snapshot_is_told_when_all_are_asked_for(void **state)
{
	const struct pt_graph_ask all = { .all = true };
	struct tb *b = built(PT_SNAP_CALL);
	struct pt_graph_report g;

	(void)state;
	assert_int_equal(graph_of(b, &all, &g), 0);
	tb_close(b);
	assert_int_equal(g.snapshots_nr, 2);
	assert_true(g.snapshots[0].whole);
	assert_int_equal(g.snapshots[0].lost, 0);
	assert_int_equal(g.snapshots[0].pools[0].graph_retained_bytes, 100);
	assert_int_equal(g.snapshots[1].number, 2);
	assert_false(g.snapshots[1].whole);
	assert_int_equal(g.snapshots[1].lost, PT_SNAP_LOST_MEMORY + 1);
	assert_int_equal(g.snapshots[1].time_ns, CUT_NS + 112);
	pt_graph_report_fini(&g);
}

static void one_that_is_asked_for_by_number_is_the_only_one(void **state)
{
	const struct pt_graph_ask second = { .number = 2 }, none = { .number = 9 };
	struct tb *b = built(PT_SNAP_CALL);
	struct pt_graph_report g;

	(void)state;
	assert_int_equal(graph_of(b, &second, &g), 0);
	assert_int_equal(g.snapshots_nr, 1);
	assert_int_equal(g.snapshots[0].number, 2);
	assert_false(g.snapshots[0].whole);
	pt_graph_report_fini(&g);
	assert_int_equal(graph_of(b, &none, &g), 0);
	assert_int_equal(g.snapshots_nr, 0);
	pt_graph_report_fini(&g);
	tb_close(b);
}

static void a_snapshot_of_a_mark_has_the_name_of_the_mark_before_it(void **state)
{
	const struct pt_graph_ask ask = { 0 };
	struct tb *b = built(PT_SNAP_MARK);
	struct pt_graph_report g;

	(void)state;
	assert_int_equal(graph_of(b, &ask, &g), 0);
	assert_int_equal(g.snapshots[0].why, PT_SNAP_MARK);
	assert_string_equal(g.snapshots[0].mark, "loaded");
	pt_graph_report_fini(&g);
	tb_close(b);
}

static void the_hoarding_report_has_what_the_pool_kept_alive(void **state)
{
	struct tb *b = built(PT_SNAP_CALL);
	const struct pt_pool_detail *d;
	struct pt_report r;

	(void)state;
	an_report(b, &r);
	tb_close(b);
	assert_int_equal(r.pools_nr, 2);
	d = r.pools[1].detail;
	assert_int_equal(d->graph_retained_bytes, 100);
	assert_int_equal(d->graph_ns, CUT_NS);
	assert_int_equal(d->waterfall.graph_bytes, 100);
	assert_int_equal(r.notes_nr, 0);
	pt_report_fini(&r);
}

static void without_a_snapshot_the_hoarding_report_does_not_know(void **state)
{
	struct tb *b = tb_open();
	struct pt_report r;

	(void)state;
	after_cut(b, before_cut(b, PT_SNAP_CALL)); /* its process was killed */
	an_report(b, &r);
	tb_close(b);
	assert_true(r.pools[1].detail->graph_retained_bytes == PT_UNKNOWN);
	assert_true(r.pools[1].detail->graph_ns == PT_UNKNOWN);
	assert_true(r.pools[1].detail->waterfall.graph_bytes == INT64_MIN);
	pt_report_fini(&r);
}

static void a_damaged_snapshot_costs_the_hoarding_report_one_number(void **state)
{
	const struct pt_graph_ask ask = { .number = 1 };
	struct tb *b = tb_open();
	struct pt_graph_report g;
	struct pt_report r;

	(void)state;
	after_cut(b, before_cut(b, PT_SNAP_CALL));
	memory(b, 0x900000); /* a word in no region */
	an_report(b, &r);
	assert_int_equal(r.totals.allocations, 6);
	assert_true(r.pools[1].detail->graph_retained_bytes == PT_UNKNOWN);
	assert_int_equal(r.notes_nr, 1);
	pt_report_fini(&r);
	assert_int_equal(graph_of(b, &ask, &g), -PT_ECORRUPT);
	tb_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_snapshot_is_of_what_there_was_at_its_event),
		cmocka_unit_test(a_lost_snapshot_is_told_when_all_are_asked_for),
		cmocka_unit_test(one_that_is_asked_for_by_number_is_the_only_one),
		cmocka_unit_test(a_snapshot_of_a_mark_has_the_name_of_the_mark_before_it),
		cmocka_unit_test(the_hoarding_report_has_what_the_pool_kept_alive),
		cmocka_unit_test(without_a_snapshot_the_hoarding_report_does_not_know),
		cmocka_unit_test(a_damaged_snapshot_costs_the_hoarding_report_one_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
