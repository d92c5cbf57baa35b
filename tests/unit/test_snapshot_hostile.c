/* SPDX-License-Identifier: MIT */
/*
 * test_snapshot_hostile.c - snapshots that no recorder writes: refused, or read to their end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../format/error.h"
#include "snapshot_world.h"

/* One snapshot of a region, then what a test adds, then its end. */
static struct tb *begun(void)
{
	struct tb *b = tb_open();

	tb_snapshot(b, 1);
	tb_snap_region(b, HEAP, 0x2000, PT_REGION_ANON);
	return b;
}

static int ended(struct tb *b)
{
	tb_snap_end(b, 0);
	return built_reads(b);
}

#define HOSTILE(...)                                                                                           \
	do {                                                                                                   \
		struct tb *odd = begun();                                                                      \
		TB_SNAP(odd, __VA_ARGS__);                                                                     \
		assert_int_equal(ended(odd), -PT_ECORRUPT);                                                    \
	} while (0)

static void records_that_cannot_be_are_refused(void **state)
{
	const uint64_t page = HEAP / PT_PAGE_BYTES, all = UINT64_MAX;
	const uint64_t longer[] = { 1, 1, 1, 2000 };
	struct tb *b;

	(void)state;
	assert_int_equal(ended(begun()), 0);
	HOSTILE(PT_SNAP_REGION, page + 1, 1, PT_REGION_ANON); /* overlaps */
	HOSTILE(PT_SNAP_REGION, page - 1, 1, PT_REGION_ANON); /* descends */
	HOSTILE(PT_SNAP_REGION, page + 2, 0, PT_REGION_ANON);
	HOSTILE(PT_SNAP_REGION, page + 2, 1, PT_REGION_OWN + 1);
	HOSTILE(PT_SNAP_REGION, all >> 12, 1, PT_REGION_ANON);
	HOSTILE(PT_SNAP_REGION, page + 2, all, PT_REGION_ANON);
	HOSTILE(PT_SNAP_REGION, all, all, PT_REGION_ANON);
	HOSTILE(PT_SNAP_STATIC, all - 4, 8, 0, 0);
	HOSTILE(PT_SNAP_THREAD, 1ull << 32, 0, 0);
	HOSTILE(PT_SNAP_THREAD, 1, 0, 1ull << 32);
	HOSTILE(PT_SNAP_REGISTER, 1ull << 32, 0, 0);
	HOSTILE(PT_SNAP_REGISTER, 1, 1ull << 32, 0);
	HOSTILE(PT_SNAP_END, 1, 0, 0, 0, 0); /* two ends, and edges that are not there */
	b = begun(); /* statics that overlap */
	tb_snap_static(b, 16, 16, 0, "a");
	tb_snap_static(b, 31, 16, 0, "b");
	assert_int_equal(ended(b), -PT_ECORRUPT);
	b = begun(); /* fewer edges than there are */
	tb_snap_edge(b, HEAP, HEAP);
	TB_SNAP(b, PT_SNAP_END, 0, 0, 0, 0, 0);
	assert_int_equal(built_reads(b), -PT_ECORRUPT);
	b = begun(); /* an end in the middle, in a chunk of its own */
	TB_SNAP(b, PT_SNAP_END, 0, 0, 0, 0, 0);
	tb_snap_chunk(b, 1);
	assert_int_equal(ended(b), -PT_ECORRUPT);
	/* What does not decode, in the last chunk, leaves no end: it is not whole. */
	b = begun();
	TB_SNAP(b, 7, 1);
	assert_int_equal(ended(b), -PT_EINVAL);
	b = begun();
	TB_SNAP(b, PT_SNAP_PLACE, 1ull << 61);
	assert_int_equal(ended(b), -PT_EINVAL);
	b = begun();
	tb_snap_record(b, PT_SNAP_STATIC, longer, 4, NULL, 0);
	assert_int_equal(ended(b), -PT_EINVAL);
}

static void places_outside_of_regions_are_refused(void **state)
{
	static const struct {
		uint64_t first, second;
	} bad[] = {
		{ HEAP - 8, HEAP },	      /* before the region */
		{ HEAP, HEAP + 0x2000 },      /* behind it */
		{ HEAP + 0x4000, 0 },	      /* not looked at */
		{ HEAP + 0x10000, 0 },	      /* behind all */
		{ HEAP + 16, HEAP + 8 },      /* descends, through a chunk's start */
		{ HEAP + 16, HEAP + 16 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct tb *b = begun();

		tb_snap_region(b, HEAP + 0x4000, 0x1000, PT_REGION_UNREAD);
		tb_snap_edge(b, bad[i].first, HEAP);
		tb_snap_chunk(b, 1);
		if (bad[i].second)
			tb_snap_edge(b, bad[i].second, HEAP);
		assert_int_equal(ended(b), -PT_ECORRUPT);
	}
}

/* Any byte of the records changed to any of a few values: read to its end or refused. */
static void no_byte_of_it_can_do_harm(void **state)
{
	static const uint8_t values[] = { 0x00, 0xff, 0x01, 0x80, 0x0c, 0xfb };
	struct tb *b = tb_open();
	size_t nr, refused = 0;
	uint8_t *bytes;

	(void)state;
	small(b, 1);
	bytes = (uint8_t *)(uintptr_t)tb_bytes(b, &nr);
	for (size_t at = PT_PAGE_BYTES; at < nr; at++) {
		uint8_t was = bytes[at];

		if (at % PT_PAGE_BYTES > 64 + 160)
			continue;
		for (size_t i = 0; i < sizeof(values); i++) {
			struct pt_trace *t;
			int r;

			bytes[at] = values[i];
			t = opened(bytes, nr);
			r = read_all(t);
			assert_true(r == 4 || r == -PT_ECORRUPT || r == -PT_EINVAL || (r >= 0 && r <= 64));
			refused += r < 0;
			pt_trace_close(t);
		}
		bytes[at] = was;
	}
	assert_true(refused > 100);
	tb_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_that_cannot_be_are_refused),
		cmocka_unit_test(places_outside_of_regions_are_refused),
		cmocka_unit_test(no_byte_of_it_can_do_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
