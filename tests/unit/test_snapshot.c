/* SPDX-License-Identifier: MIT */
/*
 * test_snapshot.c - snapshots: what was written comes back, and what is torn is told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../format/error.h"
#include "snapshot_world.h"

#define EDGES_NR 100000u

static void all_that_was_written_comes_back(void **state)
{
	static const struct pt_snap_edge want[] = { { DATA, HEAP + 1 }, { DATA + 0x1ff8, HEAP },
						    { HEAP, DATA + 0x2000 }, { HEAP + 0x3ff8, HEAP + 0x3ff8 } };
	struct pt_snap_edge edges[8];
	struct tb *b = tb_open();
	struct pt_snapshot *s;
	struct pt_trace *t;

	(void)state;
	small(b, 1);
	t = built(b);
	assert_int_equal(pt_snapshots_nr(t), 1);
	assert_int_equal(pt_snapshot_last(t), 1);
	assert_int_equal(pt_snapshot_open(&s, t, 1), 0);
	assert_int_equal(s->number, 1);
	assert_int_equal(s->areas_nr, 3);
	assert_true(s->areas[1].start == DATA + 0x2000 && s->areas[1].end == DATA + 0x3000);
	assert_int_equal(s->areas[1].kind, PT_REGION_OWN);
	assert_int_equal(s->statics_nr, 2);
	assert_true(s->statics[0].start == DATA && s->statics[0].end == DATA + 0x1234);
	assert_int_equal(s->statics[0].bias, 0x300000);
	assert_string_equal(s->statics[0].path, "/usr/bin/built");
	assert_string_equal(s->statics[1].path, "");
	assert_int_equal(s->threads_nr, 2);
	assert_true(s->threads[0].tid == 100 && s->threads[0].sp == HEAP + 0x3f00);
	assert_int_equal(s->threads[0].flags, PT_SNAP_THREAD_CALLER);
	assert_true(s->threads[1].tid == 101 && !s->threads[1].sp && !s->threads[1].flags);
	assert_int_equal(s->registers_nr, 2);
	assert_true(s->registers[1].number == 17 && s->registers[1].value == UINT64_MAX);
	assert_true(s->edges_nr == 4 && s->scanned_bytes == 1u << 20 && s->child_ns == 5000000);
	assert_true(s->stall_ns == 70000 && s->stored_bytes == 2 * PT_PAGE_BYTES);
	assert_true(s->registers_asked && s->unknown_threads);
	assert_int_equal(read_edges(s, edges, 8), 4);
	assert_memory_equal(edges, want, sizeof(want));
	assert_int_equal(pt_snapshot_edges(s, edges, 8), 0);
	pt_snapshot_close(s);
	pt_trace_close(t);
}

/* Steps and values of every length, both bases, both units; dozens of chunks, and PT_SNAP_PLACE between. */
static void many_random_edges_come_back(void **state)
{
	struct pt_snap_edge *want = calloc(EDGES_NR, sizeof(*want)), *got = calloc(EDGES_NR, sizeof(*got));
	struct tb *b = tb_open();
	uint64_t place = 1ull << 20;
	struct pt_snapshot *s;
	struct pt_trace *t;

	(void)state;
	srandom(4);
	tb_snapshot(b, 1);
	tb_snap_region(b, 1ull << 20, 1ull << 46, PT_REGION_ANON);
	for (uint32_t i = 0; i < EDGES_NR; i++) {
		uint64_t bits = (uint64_t)random() << 33 ^ (uint64_t)random() << 2 ^ (uint64_t)random() >> 29;

		place += 8 + (random() % 2 ? 0 : ((uint64_t)random() >> random() % 31) / 8 * 8);
		want[i] = (struct pt_snap_edge){ place, bits >> random() % 64 };
		if (i && random() % 2)
			want[i].value += want[i - 1].value;
		tb_snap_edge(b, place, want[i].value);
		if (i % 9999 == 0)
			tb_snap_chunk(b, 1 + i % 3);
	}
	tb_snap_end(b, 0);
	t = built(b);
	assert_int_equal(pt_snapshot_open(&s, t, 1), 0);
	assert_int_equal(s->edges_nr, EDGES_NR);
	assert_int_equal(read_edges(s, got, EDGES_NR), EDGES_NR);
	assert_memory_equal(got, want, EDGES_NR * sizeof(*want));
	pt_snapshot_close(s);
	pt_trace_close(t);
	free(want);
	free(got);
}

static void events_do_not_notice(void **state)
{
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 1, 0);
	struct pt_trace *t;
	struct pt_event ev;

	(void)state;
	tb_header(b)->snaps_lost[PT_SNAP_LOST_DISK] = 3;
	TB_EXT(b, w, PT_EXT_THREAD, 0, 1, 100, 0x7f1234567700);
	TB_EXT(b, w, PT_EXT_SNAPSHOT, 160, 1, PT_SNAP_SIGNAL);
	small(b, 1);
	TB_EXT(b, w, PT_EXT_SNAPSHOT_COPIED, 320, 1, PT_SNAP_LOST_DISK + 1);
	tb_header(b)->snaps_begun = 7;
	t = built(b);
	assert_true(t->state.writers_nr == 1 && t->state.chunks_nr == 1);
	assert_true(!t->state.missing_chunks && !t->state.unopened_pages && !t->state.corrupt_chunks);
	assert_true(t->state.snaps_bytes > 0 && t->state.snaps_bytes < t->state.used_bytes);
	assert_true(t->state.snaps_begun == 7 && t->state.snaps_done == 1 && t->state.snaps_lost[PT_SNAP_LOST_DISK] == 3);
	assert_int_equal(pt_snapshots_nr(t), 7);
	assert_int_equal(pt_snapshot_last(t), 1);
	assert_int_equal(pt_trace_next(t, &ev), 1);
	assert_int_equal(ev.kind, PT_EV_THREAD_START);
	assert_true(ev.new_addr == 0x7f1234567700 && t->threads[ev.thread].pointer == 0x7f1234567700);
	assert_int_equal(pt_trace_next(t, &ev), 1);
	assert_true(ev.kind == PT_EV_SNAPSHOT && ev.size_bytes == 1 && ev.flags == PT_SNAP_SIGNAL && ev.time_ns == 160);
	assert_int_equal(read_all(t), 4); /* between two events */
	assert_int_equal(pt_trace_next(t, &ev), 1);
	assert_true(ev.kind == PT_EV_SNAPSHOT_COPIED && ev.flags == PT_SNAP_LOST_DISK + 1 && ev.time_ns == 320);
	assert_int_equal(pt_trace_next(t, &ev), 0);
	assert_true(pt_trace_progress(t) == 1.0);
	pt_trace_close(t);
}

static void one_that_is_not_whole_is_told(void **state)
{
	struct tb *b = tb_open();
	struct pt_snapshot *s;
	struct pt_trace *t;

	(void)state;
	small(b, 1);
	tb_snapshot(b, 2); /* killed before its end */
	tb_snap_region(b, HEAP, 0x1000, PT_REGION_HEAP);
	tb_snapshot(b, 3); /* its second chunk is gone */
	tb_snap_region(b, HEAP, 0x1000, PT_REGION_HEAP);
	tb_snap_chunk(b, 1)->magic = 0;
	tb_snap_chunk(b, 1);
	tb_snap_end(b, 0);
	tb_snapshot(b, 4); /* goes on after its end */
	tb_snap_end(b, 0);
	tb_snap_thread(b, 1, 2, 3);
	t = built(b);
	assert_int_equal(pt_snapshots_nr(t), 4);
	assert_int_equal(pt_snapshot_last(t), 1);
	assert_true(pt_snapshot_whole(t, 1));
	for (uint32_t i = 2; i <= 5; i++) {
		assert_false(pt_snapshot_whole(t, i));
		assert_int_equal(pt_snapshot_open(&s, t, i), -PT_EINVAL);
	}
	assert_false(pt_snapshot_whole(t, 0));
	assert_false(pt_snapshot_whole(t, UINT32_MAX));
	pt_trace_close(t);
}

static void doubles_and_numbers_beyond_belief_do_no_harm(void **state)
{
	struct tb *b = tb_open();
	struct pt_trace *t;

	(void)state;
	small(b, 1);
	tb_snap_chunk(b, 2)->seq = 0;
	tb_snapshot(b, UINT32_MAX);
	tb_snap_end(b, 0);
	t = built(b);
	assert_int_equal(t->state.corrupt_chunks, 1);
	assert_int_equal(t->state.corrupt_bytes, 2 * PT_PAGE_BYTES);
	assert_int_equal(pt_snapshots_nr(t), 1000000);
	assert_int_equal(pt_snapshot_last(t), 1);
	assert_int_equal(read_all(t), 4);
	pt_trace_close(t);
}

/* The last record's last byte is what makes it whole: wherever the file ends before, it is not. */
static void cut_anywhere_it_is_whole_or_not_there(void **state)
{
	struct tb *b = tb_open();
	size_t nr, whole_from;
	const uint8_t *bytes;

	(void)state;
	small(b, 1);
	bytes = tb_bytes(b, &nr);
	for (whole_from = nr; !bytes[whole_from - 1]; whole_from--)
		;
	for (size_t cut = PT_PAGE_BYTES + 1; cut <= nr; cut++) {
		struct pt_trace *t;

		if (cut > whole_from + 70)
			cut = nr;
		t = opened(bytes, cut);
		assert_int_equal(read_all(t), cut >= whole_from ? 4 : -PT_EINVAL);
		assert_int_equal(pt_snapshot_last(t), cut >= whole_from);
		pt_trace_close(t);
	}
	tb_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_that_was_written_comes_back),
		cmocka_unit_test(many_random_edges_come_back),
		cmocka_unit_test(events_do_not_notice),
		cmocka_unit_test(one_that_is_not_whole_is_told),
		cmocka_unit_test(doubles_and_numbers_beyond_belief_do_no_harm),
		cmocka_unit_test(cut_anywhere_it_is_whole_or_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
