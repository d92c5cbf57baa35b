/* SPDX-License-Identifier: MIT */
/*
 * test_source.c - what is not a trace, is torn, or is hostile.
 *
 * Never a crash, never long, and as much of the truth as is there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../analyzer/trace/trace.h"
#include "../../format/error.h"
#include "trace_builder.h"

#define X 0x7f0000001000u
#define MUTATIONS_NR 10000u

/* Reads a trace to its end. Events go into `out` (may be NULL), up to `max`. Returns how many, or
 * the error of opening it; *st is the state at the end. */
static int read_path(const char *path, struct pt_event *out, int max, struct pt_trace_state *st)
{
	struct pt_trace *t;
	struct pt_event ev;
	int nr = 0, r = pt_trace_open(&t, path);

	if (r)
		return r;
	while ((r = pt_trace_next(t, &ev)) > 0) {
		assert_true(ev.thread < t->threads_nr);
		assert_true(ev.stack < t->stacks_nr);
		ev.text = NULL;
		if (out && nr < max)
			out[nr] = ev;
		nr++;
	}
	assert_int_equal(r, 0);
	if (st)
		*st = t->state;
	pt_trace_close(t);
	return nr;
}

static int read_bytes(const void *bytes, size_t nr, struct pt_event *out, int max, struct pt_trace_state *st)
{
	char *path = tb_save_bytes(bytes, nr);
	int r = read_path(path, out, max, st);

	unlink(path);
	free(path);
	return r;
}

static int read_built(struct tb *b, struct pt_trace_state *st)
{
	size_t nr;
	const uint8_t *bytes = tb_bytes(b, &nr);
	int r = read_bytes(bytes, nr, NULL, 0, st);

	tb_close(b);
	return r;
}

/* One writer, two chunks, all kinds of records. */
static struct tb *small_trace(void)
{
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 0, 2), n;
	unsigned int i;

	TB_EXT(b, w, PT_EXT_THREAD, 0, 1, 4242);
	tb_text(b, w, PT_EXT_THREAD_NAME, 16, "main");
	tb_module(b, w, 16, 0x400000, 0x10000, 0x400000, "\1\2\3\4", 4, "/usr/bin/built");
	n = tb_frame(b, w, 32, 0, 0x400100);
	n = tb_frame(b, w, 32, n, 0x400200);
	for (i = 0; i < 40; i++) {
		tb_alloc(b, w, 48 + 64 * i, X + 32 * i, 24 + i % 3, i % 2 ? n : 0);
		if (i % 3 == 0)
			tb_free(b, w, 64 + 64 * i, X + 32 * i);
		if (i % 7 == 1) {
			tb_free_fn(b, w, PT_API_REALLOC, 64 + 64 * i, X + 32 * i);
			tb_alloc_fn(b, w, PT_API_REALLOC, 80 + 64 * i, X + 32 * i, 40, n);
		}
		if (i == 20)
			tb_chunk(b, w, 64 * i + 80, 1);
	}
	TB_EXT(b, w, PT_EXT_RSS, 4800, 5000, 4000, 0x555500000000);
	tb_text(b, w, PT_EXT_NOTE, 4800, "a note");
	TB_EXT(b, w, PT_EXT_THREAD_EXIT, 4816);
	return b;
}

static void things_that_are_no_trace_are_told_apart(void **state)
{
	struct tb *b = small_trace();
	size_t nr;
	struct pt_file_header *h = (struct pt_file_header *)(uintptr_t)tb_bytes(b, &nr);
	uint8_t *bytes = memcpy(malloc(nr), h, nr);
	char dir[] = "/tmp/pooltrace-test-XXXXXX", fifo[64];

	(void)state;
	assert_int_equal(read_path("/nonexistent/trace", NULL, 0, NULL), -PT_EIO);
	assert_int_equal(read_path("/dev/null", NULL, 0, NULL), -PT_ENOTTRACE);
	assert_non_null(mkdtemp(dir));
	assert_int_equal(read_path(dir, NULL, 0, NULL), -PT_EIO);
	snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(read_path(fifo, NULL, 0, NULL), -PT_ENOTTRACE); /* and does not hang */
	unlink(fifo);
	rmdir(dir);
	assert_int_equal(read_bytes("", 0, NULL, 0, NULL), -PT_ENOTTRACE);
	assert_int_equal(read_bytes("pooltrace is not this", 21, NULL, 0, NULL), -PT_ENOTTRACE);
	h->version = PT_VERSION + 1;
	assert_int_equal(read_bytes(h, nr, NULL, 0, NULL), -PT_EVERSION);
	memcpy(h, bytes, nr);
	h->page_bytes = 1u << 14;
	assert_int_equal(read_bytes(h, nr, NULL, 0, NULL), -PT_ECORRUPT);
	memcpy(h, bytes, nr);
	h->cursor_pages = 0;
	assert_int_equal(read_bytes(h, nr, NULL, 0, NULL), -PT_ECORRUPT);
	memcpy(h, bytes, nr);
	assert_true(read_bytes(h, nr, NULL, 0, NULL) > 0);
	free(bytes);
	tb_close(b);
}

static void a_trace_without_events_is_whole(void **state)
{
	struct pt_trace_state st;

	(void)state;
	assert_int_equal(read_built(tb_open(), &st), 0);
	assert_int_equal(st.chunks_nr, 0);
	assert_false(st.truncated);
	assert_true(st.clock_estimated);
	assert_true(st.tsc_hz > 0);
}

static void unopened_pages_are_stepped_over(void **state)
{
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 1, 0);
	struct pt_trace_state st;

	(void)state;
	tb_alloc(b, w, 0, X, 1, 0);
	tb_skip(b, 300);
	tb_chunk(b, w, 16, 4);
	tb_free(b, w, 16, X);
	tb_skip(b, 2);
	assert_int_equal(read_built(b, &st), 2);
	assert_int_equal(st.unopened_pages, 302);
	assert_int_equal(st.corrupt_chunks, 0);
	assert_int_equal(st.missing_chunks, 0);
	assert_int_equal(st.used_bytes, (1 + 1 + 300 + 4 + 2) * PT_PAGE_BYTES);
}

static void holes_of_dropped_snapshots_are_told_apart(void **state)
{
	const uint64_t said[] = { 300, UINT64_MAX }, returned[] = { 300, 302 };
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct tb *b = tb_open();
		uint32_t w = tb_writer(b, 0, 1, 0);
		struct pt_trace_state st;

		tb_alloc(b, w, 0, X, 1, 0);
		tb_skip(b, 302);
		tb_header(b)->snaps_returned_pages = said[i];
		assert_int_equal(read_built(b, &st), 1);
		assert_int_equal(st.returned_pages, returned[i]);
		assert_int_equal(st.unopened_pages, 302 - returned[i]);
		assert_int_equal(st.snaps_bytes, 0);
	}
}

static void a_hole_of_a_tebibyte_costs_nothing(void **state)
{
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 1, 0);
	const uint64_t far_pages = 1ull << 28;
	struct timespec from, to;
	struct pt_trace_state st;
	char *path;

	(void)state;
	tb_alloc(b, w, 0, X, 1, 0);
	path = tb_save(b);
	tb_header(b)->cursor_pages = far_pages;
	tb_header(b)->limit_pages = far_pages;
	{
		FILE *f = fopen(path, "r+");

		assert_non_null(f);
		assert_int_equal(fwrite(tb_header(b), PT_PAGE_BYTES, 1, f), 1);
		assert_int_equal(fclose(f), 0);
	}
	if (truncate(path, (off_t)(far_pages * PT_PAGE_BYTES))) {
		print_message("# no file that large here\n");
		unlink(path);
		skip();
	}
	clock_gettime(CLOCK_MONOTONIC, &from);
	assert_int_equal(read_path(path, NULL, 0, &st), 1);
	clock_gettime(CLOCK_MONOTONIC, &to);
	assert_true(to.tv_sec - from.tv_sec < 5);
	assert_int_equal(st.unopened_pages, far_pages - 2);
	assert_false(st.truncated);
	unlink(path);
	free(path);
	tb_close(b);
}

static void gaps_and_doubles_of_a_writer_are_counted(void **state)
{
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 1, 0);
	struct pt_trace_state st;

	(void)state;
	tb_alloc(b, w, 0, X, 1, 0);
	tb_chunk(b, w, 16, 1)->seq = 5;
	tb_alloc(b, w, 16, X + 64, 1, 0);
	tb_chunk(b, w, 32, 2)->seq = 5;
	tb_alloc(b, w, 32, X + 128, 1, 0);
	assert_int_equal(read_built(b, &st), 2);
	assert_int_equal(st.missing_chunks, 4);
	assert_int_equal(st.corrupt_chunks, 1);
	assert_int_equal(st.corrupt_bytes, 2 * PT_PAGE_BYTES);
	assert_int_equal(st.chunks_nr, 2);
}

static void a_claim_beyond_the_limit_is_no_truncation(void **state)
{
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 1, 0);
	struct pt_trace_state st;
	size_t nr;
	uint8_t *bytes;

	(void)state;
	tb_alloc(b, w, 0, X, 1, 0);
	bytes = (uint8_t *)(uintptr_t)tb_bytes(b, &nr);
	tb_header(b)->limit_pages = 2;
	tb_header(b)->cursor_pages = 100;
	tb_header(b)->stopped = PT_LOST_LIMIT + 1;
	tb_header(b)->lost[3].allocs[PT_LOST_LIMIT] = 7;
	tb_header(b)->lost[5].allocs[PT_LOST_LIMIT] = 8;
	tb_header(b)->lost[5].frees[PT_LOST_NESTED] = 9;
	assert_int_equal(read_bytes(bytes, nr, NULL, 0, &st), 1);
	assert_false(st.truncated);
	assert_int_equal(st.stopped, PT_LOST_LIMIT + 1);
	assert_int_equal(st.lost_allocs[PT_LOST_LIMIT], 15);
	assert_int_equal(st.lost_frees[PT_LOST_NESTED], 9);
	tb_header(b)->limit_pages = 1000;
	assert_int_equal(read_bytes(bytes, nr, NULL, 0, &st), 1);
	assert_true(st.truncated);
	tb_close(b);
}

/* The rest of a chunk that went bad is lost; the next chunk is not. */
static void a_bad_record_costs_the_rest_of_its_chunk(void **state)
{
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 1, 0);
	struct pt_trace_state st;
	unsigned int i;
	size_t nr;
	uint8_t *bytes;

	(void)state;
	for (i = 0; i < 10; i++)
		tb_free(b, w, 16 * i, X + 16 * i);
	tb_chunk(b, w, 1600, 1);
	tb_free(b, w, 1600, X);
	bytes = (uint8_t *)(uintptr_t)tb_bytes(b, &nr);
	/* the first record is 1 + 1 + 7 bytes: break the head of the second */
	assert_int_equal(bytes[PT_PAGE_BYTES + 64 + 9] & PT_REC_KIND_MASK, PT_REC_FREE);
	bytes[PT_PAGE_BYTES + 64 + 9] = 5; /* no kind yet */
	assert_int_equal(read_built(b, &st), 2);
	assert_int_equal(st.corrupt_chunks, 1);
	assert_int_equal(st.corrupt_bytes, PT_PAGE_BYTES - 64 - 9);
}

static void time_beyond_the_next_chunk_is_refused(void **state)
{
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 1, 0);
	struct pt_trace_state st;

	(void)state;
	tb_free(b, w, 16, X);
	tb_free(b, w, 1ull << 44, X); /* hours after the chunk that follows */
	tb_chunk(b, w, 1ull << 44, 1)->base_tick = ((1ull << 40) >> PT_TICK_SHIFT) + 10;
	assert_int_equal(read_built(b, &st), 1);
	assert_int_equal(st.corrupt_chunks, 1);
}

/* Cut at every byte: an exact prefix, and only whole means whole. */
static void a_trace_cut_at_any_byte_gives_its_prefix(void **state)
{
	enum { MAX = 200 };
	struct tb *b = small_trace();
	struct pt_event all[MAX], got[MAX];
	struct pt_trace_state st;
	size_t nr, cut;
	const uint8_t *bytes = tb_bytes(b, &nr);
	int all_nr = read_bytes(bytes, nr, all, MAX, &st), last = 0;

	(void)state;
	assert_true(all_nr > 60 && all_nr < MAX);
	assert_int_equal(st.chunks_nr, 2);
	for (cut = 0; cut < nr; cut++) {
		int got_nr = read_bytes(bytes, cut, got, MAX, &st);

		if (cut < 12) { /* up to the version */
			assert_int_equal(got_nr, cut < 8 ? -PT_ENOTTRACE : -PT_ECORRUPT);
			continue;
		}
		assert_true(got_nr >= last && got_nr <= all_nr);
		last = got_nr;
		assert_true(st.truncated);
		assert_memory_equal(got, all, (size_t)got_nr * sizeof(*got));
	}
	assert_int_equal(last, all_nr);
	tb_close(b);
}

/* Several writers and every kind of record, with bytes, words and whole ranges changed. */
static void mutated_traces_do_no_harm(void **state)
{
	struct tb *b = small_trace();
	uint64_t seed = 1;
	size_t nr, i;
	const uint8_t *bytes;
	uint8_t *copy;
	unsigned int round, readable = 0;

	(void)state;
	for (i = 0; i < 3; i++) {
		uint32_t w = tb_writer(b, 160 * i, i + 2, 1), n = tb_frame(b, w, 160 * i, 0, 0x400300 + i);

		tb_alloc(b, w, 160 * i, X + 4096 + 64 * i, 100, n);
		TB_EXT(b, w, PT_EXT_MMAP, 160 * i, X << 4, 1u << 20, n, 0);
		TB_EXT(b, w, PT_EXT_STACK_RESET, 160 * i + 16);
		tb_free(b, w, 160 * i + 160, X + 4096 + 64 * i);
	}
	bytes = tb_bytes(b, &nr);
	copy = malloc(nr);
	for (round = 0; round < MUTATIONS_NR; round++) {
		unsigned int changes = 1 + round % 8;

		memcpy(copy, bytes, nr);
		while (changes--) {
			size_t page, at;

			seed = seed * 6364136223846793005ull + 1442695040888963407ull;
			page = (seed >> 60) % 4 ? 1 + (seed >> 33) % (nr / PT_PAGE_BYTES - 1) : 0;
			at = page * PT_PAGE_BYTES + (seed >> 20) % (page ? 420 : 1100);
			if (seed >> 63)
				copy[at] ^= (uint8_t)(1u << (seed >> 50) % 8);
			else
				copy[at] = (uint8_t)(seed >> 40);
		}
		readable += read_bytes(copy, nr, NULL, 0, NULL) >= 0;
	}
	assert_true(readable > MUTATIONS_NR / 2);
	free(copy);
	tb_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(things_that_are_no_trace_are_told_apart),
		cmocka_unit_test(a_trace_without_events_is_whole),
		cmocka_unit_test(unopened_pages_are_stepped_over),
		cmocka_unit_test(holes_of_dropped_snapshots_are_told_apart),
		cmocka_unit_test(a_hole_of_a_tebibyte_costs_nothing),
		cmocka_unit_test(gaps_and_doubles_of_a_writer_are_counted),
		cmocka_unit_test(a_claim_beyond_the_limit_is_no_truncation),
		cmocka_unit_test(a_bad_record_costs_the_rest_of_its_chunk),
		cmocka_unit_test(time_beyond_the_next_chunk_is_refused),
		cmocka_unit_test(a_trace_cut_at_any_byte_gives_its_prefix),
		cmocka_unit_test(mutated_traces_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
