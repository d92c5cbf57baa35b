/* SPDX-License-Identifier: MIT */
/*
 * test_analyse.c - from a trace file to the tables of the report.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../analyzer/model/bounds.h"
#include "analysed.h"

/* The row of a thread by its serial: rows are in the order of the trace's table. */
static uint32_t row_of(const struct pt_report *r, uint64_t serial)
{
	for (uint32_t i = 0; i < r->threads_nr; i++) {
		if (r->threads[i].serial == serial)
			return i;
	}
	fail();
	return 0;
}

static void one_thread_hoards_what_another_allocated(void **state)
{
	struct tb *b = tb_open();
	uint32_t maker = tb_writer(b, 0, 1, 5), user = tb_writer(b, 0, 2, 3);
	uint32_t site = tb_frame(b, maker, 0, 0, 0x400100),
		 other = tb_frame(b, maker, 0, 0, 0x400200);
	const struct pt_tally *holder;
	struct pt_report r;

	(void)state;
	for (uint64_t i = 0; i < 100; i++)
		tb_alloc(b, maker, 1600 * (i + 1), 0x10000 + i * 0x1000, 1000, site);
	tb_alloc(b, maker, 1600 * 101, 0x100000, 7, other);
	for (uint64_t i = 0; i < 100; i++)
		tb_free(b, user, 1600 * (i + 200), 0x10000 + i * 0x1000);
	tb_alloc(b, maker, 1600 * 400, 0x200000, 1000, site); /* new memory, though 100 lie idle */
	an_report(b, &r);
	tb_close(b);

	assert_int_equal(r.totals.allocations, 102);
	assert_int_equal(r.totals.frees, 100);
	assert_int_equal(r.totals.idle_at_end_bytes, 100000);
	assert_int_equal(r.totals.duration_ns, 1600 * 400);
	holder = &r.threads[row_of(&r, 2)].tally;
	assert_int_equal(holder->idle_bytes, 100000);
	assert_int_equal(holder->in_use_bytes, 0);
	assert_int_equal(r.threads[row_of(&r, 1)].tally.freed_by_others, 100);
	assert_int_equal(r.freed_by.cells_nr, 1);
	assert_int_equal(r.freed_by.cells[0].from, row_of(&r, 1));
	assert_int_equal(r.freed_by.cells[0].to, row_of(&r, 2));
	assert_int_equal(r.stranded.cells_nr, 1);
	assert_int_equal(r.stranded.cells[0].objects, 1);
	assert_int_equal(r.stranded.cells[0].to, row_of(&r, 2));
	assert_int_equal(r.cpus_nr, 2); /* sorted, and the matrix with them */
	assert_int_equal(r.cpus[0].cpu, 3);
	assert_int_equal(r.cpus[0].tally.idle_bytes, 100000);
	assert_int_equal(r.cpus[1].cpu, 5);
	assert_int_equal(r.stranded_cpu.cells[0].from, 1);
	assert_int_equal(r.stranded_cpu.cells[0].to, 0);
	assert_int_equal(r.sites_nr, 2); /* most idle first */
	assert_int_equal(r.sites[0].tally.idle_bytes, 100000);
	assert_int_equal(r.sites[0].tally.stranded_misses, 1);
	assert_int_equal(r.sites[1].tally.in_use_bytes, 7);
	assert_int_equal(r.idle_sites.cells_nr, 1);
	assert_int_equal(r.idle_sites.cells[0].from, 0);
	assert_string_equal(r.program, "/usr/bin/built");
	assert_int_equal(r.pid, 100);
	pt_report_fini(&r);
}

static void a_hand_off_stamped_the_wrong_way_round_counts_right(void **state)
{
	struct tb *b = tb_open();
	uint32_t one = tb_writer(b, 0, 1, 0), two = tb_writer(b, 0, 2, 1);
	struct pt_report r;

	(void)state;
	tb_alloc(b, one, 16000, 0x10000, 100, 0);
	tb_free(b, one, 32000, 0x10000);
	tb_alloc(b, two, 32000 - 160, 0x10000, 90, 0); /* really after the free */
	an_report(b, &r);
	tb_close(b);
	assert_int_equal(r.alloc_of_live, 0);
	assert_int_equal(r.free_of_dead, 0);
	assert_int_equal(r.totals.in_use_at_end_bytes, 90);
	assert_int_equal(r.totals.idle_at_end_objects, 0);
	assert_int_equal(r.threads[row_of(&r, 2)].tally.in_use_bytes, 90);
	assert_int_equal(r.totals.peak_held_bytes, 100);
	pt_report_fini(&r);
}

static void a_pools_object_in_a_block_handed_off_the_wrong_way_round_stays(void **state)
{
	struct tb *b = tb_open();
	uint32_t one = tb_writer(b, 0, 1, 0), two = tb_writer(b, 0, 2, 1);
	const struct pt_pool_row *row;
	struct pt_report r;

	(void)state;
	tb_alloc(b, one, 16000, 0x10000, 100, 0);
	tb_get(b, one, 16160, 0x900, 0x10000, 100, 0, 0);
	tb_free(b, one, 32000, 0x10000); /* without a word to the pool */
	tb_alloc(b, two, 32000 - 320, 0x10000, 90, 0); /* really after the free */
	tb_get(b, two, 32000 - 160, 0x901, 0x10000, 90, 0, 0);
	an_report(b, &r);
	tb_close(b);
	assert_int_equal(r.pools_nr, 3);
	row = &r.pools[1].detail->row;
	assert_int_equal(row->vanished, 1);
	assert_int_equal(row->in_use_objects, 0);
	row = &r.pools[2].detail->row;
	assert_int_equal(row->vanished, 0);
	assert_int_equal(row->in_use_bytes, 90);
	assert_int_equal(r.totals.in_use_at_end_bytes, 90);
	pt_report_fini(&r);
}

static void texts_of_events_are_read_in_time(void **state)
{
	static const char *const names[] = { "first", "second", "third", "fourth" };
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 1, 0);
	struct pt_report r;

	(void)state;
	for (uint64_t i = 0; i < 4; i++) {
		const uint64_t numbers[] = { 0x900 + i, 64, 0, 0 };

		tb_ext(b, w, PT_EXT_POOL_CREATE, 16 * (i + 1), numbers, 4, names[i], strlen(names[i]));
	}
	for (uint64_t i = 0; i < 4; i++) {
		const uint64_t none = 0;

		tb_ext(b, w, PT_EXT_MARK, 16 * (i + 8), &none, 1, names[i], strlen(names[i]));
	}
	an_report(b, &r);
	tb_close(b);
	assert_int_equal(r.pools_nr, 5);
	assert_int_equal(r.marks_nr, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(r.pools[i + 1].name, names[i]);
		assert_string_equal(r.marks[i].name, names[i]);
	}
	pt_report_fini(&r);
}

static void what_the_recorder_had_to_say_is_in_the_report(void **state)
{
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 1, 0);
	struct pt_report r;

	(void)state;
	tb_text(b, w, PT_EXT_NOTE, 16, "first");
	tb_alloc(b, w, 32, 0x10000, 100, 0);
	tb_text(b, w, PT_EXT_NOTE, 48, "second");
	tb_free(b, w, 64, 0x99990); /* older than the trace */
	an_report(b, &r);
	tb_close(b);
	assert_int_equal(r.notes_nr, 2);
	assert_string_equal(r.notes[0], "first");
	assert_string_equal(r.notes[1], "second");
	assert_int_equal(r.free_of_unknown, 1);
	assert_int_equal(r.totals.frees, 1);
	pt_report_fini(&r);
}

/* Bounds of a small file; of what is beyond no byte is lost, and a note says so. */
static void rows_beyond_reason_go_into_one(void **state)
{
	const struct pt_bounds bounds = pt_bounds_of(8u << 20);
	uint32_t nr = bounds.sites + 1000, shards_nr = bounds.shards + 500;
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 1, 0);
	struct pt_report r;
	uint64_t allocations = 0, gets = 0;
	size_t notes = 0;

	(void)state;
	for (uint32_t i = 0; i < nr; i++)
		tb_alloc(b, w, 16 * i, 0x7f0000000000 + 16 * i, 8, tb_frame(b, w, 16 * i, 0, 0x400000 + i));
	for (uint32_t i = 0; i < shards_nr; i++)
		tb_get(b, w, 16 * (nr + i), 0x9000, 0x7e0000000000 + 16 * i, 8, i, 0);
	an_report(b, &r);
	tb_close(b);
	assert_true(r.sites_nr < nr);
	for (size_t i = 0; i < r.sites_nr; i++)
		allocations += r.sites[i].tally.allocations;
	assert_int_equal(allocations, nr);
	assert_int_equal(r.pools_nr, 2);
	assert_true(r.pools[1].detail->shards_nr < shards_nr);
	for (size_t i = 0; i < r.pools[1].detail->shards_nr; i++)
		gets += r.pools[1].detail->shards[i].row.gets;
	assert_int_equal(gets, shards_nr);
	for (size_t i = 0; i < r.notes_nr; i++)
		notes += strstr(r.notes[i], "call sites: ") || strstr(r.notes[i], "given rows");
	assert_int_equal(notes, 2);
	pt_report_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_thread_hoards_what_another_allocated),
		cmocka_unit_test(a_hand_off_stamped_the_wrong_way_round_counts_right),
		cmocka_unit_test(a_pools_object_in_a_block_handed_off_the_wrong_way_round_stays),
		cmocka_unit_test(texts_of_events_are_read_in_time),
		cmocka_unit_test(what_the_recorder_had_to_say_is_in_the_report),
		cmocka_unit_test(rows_beyond_reason_go_into_one),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
