/* SPDX-License-Identifier: MIT */
/*
 * test_modes.c - traces in which not every event was recorded: counters, samples, and changes between them.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../analyzer/passes/weights.h"
#include "../../analyzer/result/diagnosis.h"
#include "../../analyzer/result/figures.h"
#include "../../analyzer/trace/counts.h"
#include "analysed.h"
#include "modes_world.h"

#define MIB (1ull << 20)

static void report_of(struct tb *b, struct pt_report *out)
{
	an_report(b, out);
	tb_close(b);
}

/* Whether a finding of that kind is made. */
static bool finds(const struct pt_report *r, const char *kind)
{
	struct pt_finding found[PT_FINDINGS_MAX];
	size_t nr = pt_diagnose(r, found);

	assert_true(nr <= PT_FINDINGS_MAX);
	for (size_t i = 0; i < nr; i++)
		if (!strcmp(found[i].kind, kind))
			return true;
	return false;
}

static void counters_add_up_by_thread_cpu_class_and_pool(void **state)
{
	struct pt_report r;
	const struct pt_report_counts *c;

	(void)state;
	report_of(mw_counters(), &r);
	c = r.counts;
	assert_int_equal(r.modes.told, PT_TOLD_COUNTS);
	assert_non_null(c);
	assert_true(c->from_start);
	assert_int_equal(c->blocks_nr, 3); /* nobody's is none */
	assert_int_equal(c->damaged_nr, 0);
	assert_int_equal(c->threads, 4);
	assert_int_equal(c->all.allocations, 1610);
	assert_int_equal(c->all.frees, 1100);
	assert_int_equal(c->all.allocated_bytes - c->all.freed_bytes, 500 * 40 + 10 * MIB);
	assert_int_equal(c->reallocs, 3);
	assert_int_equal(c->by_thread_nr, 2); /* largest first; of one name together */
	assert_string_equal(c->by_thread[0].name, "main");
	assert_string_equal(c->by_thread[1].name, "worker");
	assert_int_equal(c->by_thread[1].threads, 3);
	assert_int_equal(c->by_thread[1].living, 1);
	assert_int_equal(c->by_thread[1].count.frees, 700);
	assert_int_equal(c->cpus_nr, 2);
	assert_int_equal(c->cpus[1].cpu, 1);
	assert_int_equal(c->cpus[1].count.allocations, 100 + 10 + 600);
	assert_int_equal(c->classes_nr, 3);
	assert_int_equal(c->classes[0].from_bytes, 24);
	assert_int_equal(c->classes[0].to_bytes, 27);
	assert_int_equal(c->classes[1].from_bytes, 40);
	assert_int_equal(c->classes[1].to_bytes, 47);
	assert_int_equal(c->classes[1].count.allocations - c->classes[1].count.frees, 500);
	assert_int_equal(c->classes[2].from_bytes, MIB);
	assert_int_equal(c->pools_nr, 2);
	assert_string_equal(c->pools[0].pool, "buffers");
	assert_string_equal(c->pools[0].shard, "near");
	pt_report_fini(&r);
}

/* What counters cannot tell is unknown, never 0; what they can is the report's. */
static void counters_leave_the_rest_unknown(void **state)
{
	struct pt_report_count_calls sum;
	struct pt_figures f;
	struct pt_report r;

	(void)state;
	report_of(mw_counters(), &r);
	assert_int_equal(r.totals.allocations, 1610);
	assert_int_equal(r.totals.allocated_bytes, 32000 + 10 * MIB - 80 + 12000);
	assert_int_equal(r.totals.in_use_at_end_objects, 510);
	assert_int_equal(r.totals.in_use_at_end_bytes, PT_UNKNOWN); /* usable ones are no requested ones */
	assert_int_equal(r.totals.frees, PT_UNKNOWN);		    /* with reallocs among them */
	assert_int_equal(r.totals.peak_in_use_bytes, PT_UNKNOWN);
	assert_int_equal(r.totals.peak_held_bytes, PT_UNKNOWN);
	assert_int_equal(r.totals.idle_at_end_bytes, PT_UNKNOWN);
	assert_int_equal(r.totals.stranded_misses, PT_UNKNOWN);
	assert_true(isnan(r.totals.blowup));
	assert_int_equal(r.totals.rss.end_bytes, 40 * MIB); /* was recorded */
	assert_int_equal(r.pools_nr, 1);		    /* an annotated one would look as if it had no event */
	assert_int_equal(pt_counts_pool_end(r.counts, 0, &sum), 2);
	assert_int_equal(pt_counts_out(r.counts, &sum), 20);
	assert_int_equal(pt_counts_idle(r.counts, &sum), 20 + 5 - 2 - 20);
	sum.purges = 1;
	assert_int_equal(pt_counts_idle(r.counts, &sum), PT_UNKNOWN);
	assert_true(finds(&r, "counters"));
	assert_false(finds(&r, "fine"));
	assert_false(finds(&r, "empty"));
	assert_int_equal(pt_figures_make(&r, NULL, &f), 0);
	assert_true(isnan(f.rows[0].values[PT_METRIC_PEAK_HELD_BYTES]));
	assert_true(isnan(f.rows[0].values[PT_METRIC_IDLE_AT_END_BYTES]));
	assert_non_null(f.reasons[PT_METRIC_PEAK_HELD_BYTES]);
	assert_true(f.rows[0].values[PT_METRIC_ALLOCATIONS] == 1610);
	assert_true(f.untold & PT_SCOPE_BIT(PT_SCOPE_SITE));
	pt_figures_fini(&f);
	pt_report_fini(&r);
}

/* What ended threads' counts hold already is not counted again, whatever the recorder was about to do. */
static void counts_put_together_are_counted_once(void **state)
{
	struct tb *b = mw_counters();
	struct pt_count_block *c = tb_counts(b, 0, "worker");
	struct pt_report r;

	(void)state;
	c->state = PT_COUNT_ENDED;
	c->threads = 3;
	c->holds[0] = 2;
	c->holds[1] = 3;
	tb_count(c, 1, 24, 600);
	tb_uncount(c, 1, 24, 600);
	tb_uncount(c, 1, 40, 100);
	c->requested_bytes = 600 * 20;
	report_of(b, &r);
	assert_int_equal(r.counts->blocks_nr, 2);
	assert_int_equal(r.counts->all.allocations, 1610);
	assert_int_equal(r.counts->all.frees, 1100);
	assert_int_equal(r.counts->threads, 4);
	pt_report_fini(&r);
}

static void damaged_counts_are_left_out_and_said(void **state)
{
	struct tb *b = mw_counters();
	struct pt_count_block *c = tb_counts(b, 9, "odd");
	struct pt_report r;

	(void)state;
	c->state = 77;
	tb_count(c, 0, 40, 12345);
	c = tb_counts(b, 10, "huge");
	memset(c->classes, 0xff, sizeof(c->classes)); /* anything: sums end where numbers do */
	memset(c->cpus, 0xff, sizeof(c->cpus));
	memset(c->pools, 0xff, sizeof(c->pools));
	memset(c->name, 'x', sizeof(c->name));
	report_of(b, &r);
	assert_int_equal(r.counts->damaged_nr, 1);
	assert_int_equal(r.counts->blocks_nr, 4);
	assert_int_equal(r.counts->all.allocations, PT_UNKNOWN - 1);
	assert_int_equal(r.counts->cpus[r.counts->cpus_nr - 1].cpu, PT_COUNT_CPU_OTHERS);
	pt_report_fini(&r);
}

/* What is in its place is out of date, and what no place has is the last one's. */
static void the_present_cpu_has_what_the_others_leave(void **state)
{
	struct tb *b = tb_open();
	struct pt_count_block *c = tb_counts(b, 1, "main");
	struct pt_report r;

	(void)state;
	tb_header(b)->mode = tb_header(b)->first_mode = PT_MODE_COUNTERS;
	tb_writer(b, 16, 1, 0);
	tb_count(c, 5, 40, 100);
	tb_count(c, 7, 2000, 50);
	tb_uncount(c, 7, 40, 30);
	c->cpus[0].count = (struct pt_count){ 1000, 1, 2, 3 };
	c->cpu_now = 17ull << 32 | (5 + 1);
	c = tb_counts(b, 2, "other");
	tb_count(c, 5, 40, 1);
	c->small[9].allocs = 4;
	c->small[9].requested_bytes = 270;
	c->requested_bytes = 30;
	c->cpu_now = PT_COUNT_CPU_UNPLACED;
	report_of(b, &r);
	assert_int_equal(r.counts->damaged_nr, 0);
	assert_int_equal(r.counts->all.allocations, 155);
	assert_int_equal(r.counts->requested_bytes, 300);
	assert_int_equal(r.counts->classes_nr, 3);
	assert_int_equal(r.counts->cpus_nr, 3);
	assert_int_equal(r.counts->cpus[0].cpu, 5);
	assert_int_equal(r.counts->cpus[0].count.allocations, 101);
	assert_int_equal(r.counts->cpus[0].count.allocated_bytes, 101 * 40);
	assert_int_equal(r.counts->cpus[0].count.frees, 0);
	assert_int_equal(r.counts->cpus[1].count.allocated_bytes, 50 * 2000);
	assert_int_equal(r.counts->cpus[1].count.frees, 30);
	assert_int_equal(r.counts->cpus[2].cpu, PT_COUNT_CPU_OTHERS);
	assert_int_equal(r.counts->cpus[2].count.allocations, 4);
	assert_int_equal(r.counts->cpus[2].count.allocated_bytes, 4 * 72);
	pt_report_fini(&r);
}

/* Nothing wraps, and what is in doubt is said. */
static void more_by_cpu_than_in_all_is_damage(void **state)
{
	struct tb *b = tb_open();
	struct pt_count_block *c = tb_counts(b, 1, "more");
	struct pt_report r;

	(void)state;
	tb_header(b)->mode = tb_header(b)->first_mode = PT_MODE_COUNTERS;
	tb_writer(b, 16, 1, 0);
	tb_count(c, 1, 40, 100);
	tb_count(c, 2, 40, 5);
	c->cpus[1].count.alloc_bytes = 105 * 40 + 1;
	c->cpu_now = 1 + 1;
	c = tb_counts(b, 2, "less");
	tb_count(c, 3, 40, 10);
	c->cpus[0].count.frees = 0;
	c->small[5].frees = 1; /* of no CPU */
	report_of(b, &r);
	assert_int_equal(r.counts->damaged_nr, 2);
	assert_int_equal(r.counts->blocks_nr, 2);
	assert_int_equal(r.counts->all.allocated_bytes, 115 * 40);
	assert_int_equal(r.counts->cpus_nr, 3);
	assert_int_equal(r.counts->cpus[0].count.allocations, 100);
	assert_int_equal(r.counts->cpus[0].count.allocated_bytes, 0);
	assert_int_equal(r.counts->cpus[2].count.allocations, 10);
	pt_report_fini(&r);
}

static void a_sample_is_weighted(void **state)
{
	const double w = 1 / (1 - exp(-1000.0 / 65536)), big = 1 / (1 - exp(-(double)MIB / 65536));
	const double bytes = 3 * big * (double)MIB + w * 1000;
	const double variance = 3 * big * (big - 1) * (double)MIB * (double)MIB + w * (w - 1) * 1e6;
	struct pt_report r;

	(void)state;
	report_of(mw_sample(), &r);
	assert_int_equal(r.modes.told, PT_TOLD_SAMPLE);
	assert_true(fabs((double)r.totals.allocations - (3 * big + 3 * w)) <= 0.5);
	assert_true(fabs((double)r.totals.in_use_at_end_bytes - bytes) <= 0.5);
	assert_true(fabs((double)r.totals.in_use_at_end_objects - (3 * big + w)) <= 0.5);
	assert_true(fabs(r.totals.errors.in_use_bytes - sqrt(variance)) < 1e-6 * sqrt(variance));
	assert_true(fabs((double)r.totals.peak_in_use_bytes - (bytes + w * 2000)) <= 0.5 || /* main's freed one, or worker's */
		    fabs((double)r.totals.peak_in_use_bytes - (bytes + w * 1000)) <= 0.5);
	assert_int_equal(r.threads[1].tally.in_use_bytes, 0); /* all freed: exactly nothing */
	assert_true(r.threads[1].tally.errors.in_use_bytes == 0);
	assert_int_equal(r.sites_nr, 3);
	pt_report_fini(&r);
}

static void a_sample_leaves_the_rest_unknown(void **state)
{
	struct pt_report r;

	(void)state;
	report_of(mw_sample(), &r);
	assert_int_equal(r.totals.frees, PT_UNKNOWN);
	assert_int_equal(r.totals.peak_held_bytes, PT_UNKNOWN);
	assert_int_equal(r.totals.idle_at_end_bytes, PT_UNKNOWN);
	assert_int_equal(r.totals.temporary_allocations, PT_UNKNOWN);
	assert_int_equal(r.totals.fresh_allocations, PT_UNKNOWN);
	assert_int_equal(r.threads[0].tally.idle_bytes, PT_UNKNOWN);
	assert_int_equal(r.sites[0].tally.stranded_misses, PT_UNKNOWN);
	assert_int_equal(r.freed_by.cells_nr, 0);
	assert_true(isnan(r.totals.blowup));
	assert_null(r.counts);
	assert_true(finds(&r, "sample"));
	assert_false(finds(&r, "fine"));
	pt_report_fini(&r);
}

/* Blocks of chunks that are no sample stand for themselves, beside those of one. */
static void whole_and_sampled_chunks_go_together(void **state)
{
	struct tb *b = mw_sample();
	struct pt_report alone, r;
	uint32_t w;

	(void)state;
	an_report(b, &alone);
	w = tb_writer(b, 32, 3, 0);
	TB_EXT(b, w, PT_EXT_THREAD, 32, 3, 103);
	for (uint64_t i = 0; i < 10; i++)
		tb_alloc(b, w, 1600 * (i + 1), 0x100000 + i * 4096, 100, 0);
	tb_free(b, w, 160000, 0x100000);
	report_of(b, &r);
	assert_int_equal(r.totals.allocations, alone.totals.allocations + 10);
	assert_int_equal(r.totals.in_use_at_end_bytes, alone.totals.in_use_at_end_bytes + 900);
	assert_true(r.totals.errors.in_use_bytes == alone.totals.errors.in_use_bytes);
	pt_report_fini(&alone);
	pt_report_fini(&r);
}

/* Of what happened while it was not looked at, nothing is an anomaly; and counts stay apart. */
static void a_switch_makes_no_anomalies(void **state)
{
	struct pt_report r;

	(void)state;
	report_of(mw_switched(), &r);
	assert_int_equal(r.modes.told, PT_TOLD_EVENTS);
	assert_int_equal(r.alloc_of_live, 0);
	assert_int_equal(r.free_of_dead, 0);
	assert_int_equal(r.free_of_unknown, 1);
	assert_int_equal(r.modes.explained_nr, 2);
	assert_false(finds(&r, "disorder"));
	assert_true(finds(&r, "switched"));
	assert_int_equal(r.totals.allocations, 6);
	assert_int_equal(r.totals.in_use_at_end_bytes, 64 + 1000 + 1000 + 100);
	assert_non_null(r.counts);
	assert_false(r.counts->from_start);
	assert_int_equal(r.counts->all.allocations, 7);
	assert_int_equal(pt_counts_in_use(r.counts, 7, 9), PT_UNKNOWN);
	assert_int_equal(pt_count_net(7, 9), -2);
	pt_report_fini(&r);
}

/* The same contradictions without a switch are anomalies. */
static void without_a_switch_they_are(void **state)
{
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 1, 0);
	struct pt_report r;

	(void)state;
	tb_alloc(b, w, 16, 0x10000, 100, 0);
	tb_free(b, w, 32, 0x10000);
	tb_free(b, w, 3000000, 0x10000);
	tb_alloc(b, w, 4000000, 0x20000, 100, 0);
	tb_alloc(b, w, 5000000, 0x20000, 100, 0);
	report_of(b, &r);
	assert_int_equal(r.alloc_of_live, 1);
	assert_int_equal(r.free_of_dead, 1);
	assert_int_equal(r.modes.explained_nr, 0);
	pt_report_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_add_up_by_thread_cpu_class_and_pool),
		cmocka_unit_test(counters_leave_the_rest_unknown),
		cmocka_unit_test(counts_put_together_are_counted_once),
		cmocka_unit_test(damaged_counts_are_left_out_and_said),
		cmocka_unit_test(the_present_cpu_has_what_the_others_leave),
		cmocka_unit_test(more_by_cpu_than_in_all_is_damage),
		cmocka_unit_test(a_sample_is_weighted),
		cmocka_unit_test(a_sample_leaves_the_rest_unknown),
		cmocka_unit_test(whole_and_sampled_chunks_go_together),
		cmocka_unit_test(a_switch_makes_no_anomalies),
		cmocka_unit_test(without_a_switch_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
