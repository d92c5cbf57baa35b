/* SPDX-License-Identifier: MIT */
/*
 * test_merge.c - the writers of a trace come out as one stream of right events.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "reading.h"

#define X 0x7f0000001000u
#define Y 0x7f0000002000u

static void events_have_the_times_and_fields_that_were_written(void **state)
{
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 7, 3);
	struct rd *r;

	(void)state;
	tb_alloc(b, w, 160, X, 100, 0);
	tb_alloc_fn(b, w, PT_API_CALLOC, 320, Y, UINT64_MAX, 0);
	tb_free(b, w, 1ull << 40, X);
	tb_free_fn(b, w, PT_API_DALLOCX, 1ull << 40, Y);
	r = rd_built(b);
	rd_assert_whole(r);
	assert_int_equal(r->nr, 4);
	assert_int_equal(r->events[0].kind, PT_EV_ALLOC);
	assert_int_equal(r->events[0].fn, PT_API_MALLOC);
	assert_int_equal(r->events[0].time_ns, 160);
	assert_int_equal(r->events[0].addr, X);
	assert_int_equal(r->events[0].size_bytes, 100);
	assert_int_equal(r->events[0].cpu, 3);
	assert_int_equal(r->trace->threads[r->events[0].thread].serial, 7);
	assert_int_equal(r->events[1].fn, PT_API_CALLOC);
	assert_int_equal(r->events[1].size_bytes, UINT64_MAX);
	assert_int_equal(r->events[2].kind, PT_EV_FREE);
	assert_int_equal(r->events[2].time_ns, 1ull << 40);
	assert_int_equal(r->events[3].fn, PT_API_DALLOCX);
	assert_int_equal(r->events[3].addr, Y);
	assert_int_equal(r->trace->end_ns, 1ull << 40);
	assert_int_equal(r->trace->state.events_nr, 4);
	assert_int_equal(r->trace->state.tsc_hz, 2000000000);
	assert_false(r->trace->state.clock_estimated);
	rd_close(r);
}

/* Many writers with random gaps: the stream is sorted, and each writer's part is complete. */
static void many_writers_are_merged_by_time(void **state)
{
	enum { WRITERS = 37, EVENTS = 60000 };
	struct tb *b = tb_open();
	uint64_t seed = 4711, last = 0, now[WRITERS + 1] = { 0 }, next[WRITERS + 1] = { 0 };
	struct rd *r;
	size_t i;

	(void)state;
	for (i = 1; i <= WRITERS; i++) {
		now[i] = i % 5 ? 0 : 16 * 1000 * i;
		assert_int_equal(tb_writer(b, now[i], i, 0), i);
	}
	for (i = 0; i < EVENTS; i++) {
		uint32_t w;

		seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		w = 1 + (uint32_t)(seed >> 33) % WRITERS;
		now[w] += 16 * ((seed >> 50) % 4 ? (seed >> 40) % 8 : (seed >> 40) % 1000);
		tb_alloc(b, w, now[w], X * w + 16 * next[w]++, 1, 0);
	}
	memset(next, 0, sizeof(next));
	r = rd_built(b);
	rd_assert_whole(r);
	assert_int_equal(r->nr, EVENTS);
	assert_int_equal(r->trace->state.writers_nr, WRITERS);
	assert_true(r->trace->state.chunks_nr > WRITERS);
	for (i = 0; i < r->nr; i++) {
		const struct pt_event *ev = &r->events[i];
		uint64_t w = r->trace->threads[ev->thread].serial;

		assert_true(ev->time_ns >= last);
		last = ev->time_ns;
		assert_int_equal(ev->addr, X * w + 16 * next[w]++);
	}
	rd_close(r);
}

static void threads_begin_get_names_and_end(void **state)
{
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 0, 0);
	struct rd *r;
	const struct pt_thread_info *t;

	(void)state;
	TB_EXT(b, w, PT_EXT_THREAD, 16, 1, 4242);
	tb_text(b, w, PT_EXT_THREAD_NAME, 32, "main");
	tb_alloc(b, w, 48, X, 1, 0);
	TB_EXT(b, w, PT_EXT_CPU, 64, 5);
	tb_free(b, w, 80, X);
	TB_EXT(b, w, PT_EXT_THREAD_EXIT, 96);
	/* the writer goes to another thread */
	TB_EXT(b, w, PT_EXT_THREAD, 112, 2, 4243);
	tb_alloc(b, w, 128, Y, 1, 0);
	/* a second writer of thread 2: known already */
	TB_EXT(b, tb_writer(b, 0, 0, 0), PT_EXT_THREAD, 144, 2, 4243);
	r = rd_built(b);
	rd_assert_whole(r);
	assert_int_equal(r->nr, 8);
	assert_int_equal(r->events[0].kind, PT_EV_THREAD_START);
	assert_int_equal(r->events[0].addr, 4242);
	assert_int_equal(r->events[1].kind, PT_EV_THREAD_NAME);
	assert_string_equal(r->texts[1], "main");
	assert_int_equal(r->events[2].cpu, 0);
	assert_int_equal(r->events[3].kind, PT_EV_CPU);
	assert_int_equal(r->events[4].cpu, 5);
	assert_int_equal(r->events[5].kind, PT_EV_THREAD_EXIT);
	assert_int_equal(r->events[6].kind, PT_EV_THREAD_START);
	t = &r->trace->threads[r->events[4].thread];
	assert_int_equal(t->serial, 1);
	assert_int_equal(t->tid, 4242);
	assert_string_equal(t->name, "main");
	assert_true(t->exited);
	assert_int_equal(t->exit_ns, 96);
	t = &r->trace->threads[r->events[7].thread];
	assert_int_equal(t->serial, 2);
	assert_int_equal(t->start_ns, 112);
	assert_false(t->exited);
	rd_close(r);
}

static void a_realloc_carries_its_old_block(void **state)
{
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 1, 0), other = tb_writer(b, 0, 2, 0);
	struct rd *r;

	(void)state;
	tb_alloc_fn(b, w, PT_API_REALLOC, 16, X, 10, 0); /* realloc(NULL, 10) */
	tb_free_fn(b, w, PT_API_REALLOC, 32, X);
	TB_EXT(b, w, PT_EXT_CPU, 40 + 8, 1);
	tb_free_fn(b, other, PT_API_REALLOCARRAY, 48, Y);
	tb_alloc_fn(b, w, PT_API_REALLOC, 64, Y + 64, 20, 0);
	TB_EXT(b, other, PT_EXT_REALLOC_DONE, 80, 0);
	tb_free_fn(b, w, PT_API_RALLOCX, 96, Y + 64);
	TB_EXT(b, w, PT_EXT_REALLOC_DONE, 112, 1);
	TB_EXT(b, w, PT_EXT_REALLOC_DONE, 128, 1); /* without a begin: says nothing */
	r = rd_built(b);
	rd_assert_whole(r);
	assert_int_equal(r->nr, 8);
	assert_int_equal(r->events[0].kind, PT_EV_REALLOC_END);
	assert_int_equal(r->events[0].old_addr, 0);
	assert_int_equal(r->events[1].kind, PT_EV_REALLOC_BEGIN);
	assert_int_equal(r->events[1].addr, X);
	assert_int_equal(r->events[3].kind, PT_EV_REALLOC_BEGIN);
	assert_int_equal(r->events[3].fn, PT_API_REALLOCARRAY);
	assert_int_equal(r->events[4].kind, PT_EV_REALLOC_END);
	assert_int_equal(r->events[4].old_addr, X);
	assert_int_equal(r->events[4].addr, Y + 64);
	assert_int_equal(r->events[5].kind, PT_EV_REALLOC_FAILED);
	assert_int_equal(r->events[5].old_addr, Y);
	assert_int_equal(r->events[6].kind, PT_EV_REALLOC_BEGIN);
	assert_int_equal(r->events[7].kind, PT_EV_REALLOC_FREED);
	assert_int_equal(r->events[7].old_addr, Y + 64);
	rd_close(r);
}

/* A begin before the gap belongs to nothing after it. */
static void a_realloc_does_not_reach_over_a_gap(void **state)
{
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 1, 0);
	struct rd *r;

	(void)state;
	tb_free_fn(b, w, PT_API_REALLOC, 16, X);
	tb_chunk(b, w, 32, 1)->magic = 0;
	tb_chunk(b, w, 48, 1);
	tb_alloc_fn(b, w, PT_API_REALLOC, 64, Y, 20, 0); /* realloc(NULL, 20), for all we know */
	r = rd_built(b);
	assert_int_equal(r->nr, 2);
	assert_int_equal(r->events[1].old_addr, 0);
	rd_close(r);
}

/* A chunk many times as long as what is read at once, with records of every length. */
static void long_chunks_are_read_piece_by_piece(void **state)
{
	enum { NR = 30000 };
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 1, 0);
	char text[1500];
	struct rd *r;
	unsigned int i, notes = 0;
	size_t at = 0;

	(void)state;
	tb_chunk(b, w, 0, PT_CHUNK_PAGES_MAX);
	memset(text, 'x', sizeof(text));
	for (i = 0; i < NR; i++) {
		tb_alloc(b, w, 16 * i, X + (uint64_t)i * i * 4096, i, 0);
		if (i % 100 == 99) {
			text[1 + i % 1499] = '\0';
			tb_text(b, w, PT_EXT_NOTE, 16 * i, text);
			text[1 + i % 1499] = 'x';
			notes++;
		}
	}
	r = rd_built(b);
	rd_assert_whole(r);
	assert_int_equal(r->nr, NR + notes);
	assert_true(r->trace->state.used_bytes > 4 * 65536);
	for (i = 0; i < NR; i++) {
		assert_int_equal(r->events[at].kind, PT_EV_ALLOC);
		assert_int_equal(r->events[at].time_ns, 16 * i);
		assert_int_equal(r->events[at++].addr, X + (uint64_t)i * i * 4096);
		at += i % 100 == 99;
	}
	rd_close(r);
}

/* Two writers that go on while we read: nothing of what they write after we began. */
static void a_trace_that_is_being_written_is_read_up_to_now(void **state)
{
#if defined(__x86_64__)
	struct tb *b = tb_open();
	uint32_t w;
	struct timespec now;
	struct rd *r;

	clock_gettime(CLOCK_MONOTONIC, &now);
	tb_start(b, __builtin_ia32_rdtsc() & ~31ull, (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec);
	w = tb_writer(b, 0, 1, 0);
	tb_alloc(b, w, 16, X, 1, 0);
	tb_free(b, w, 3600ull * 1000000000u, X); /* in an hour */
	tb_chunk(b, w, 3600ull * 1000000000u, 1);
	tb_alloc(b, w, 3600ull * 1000000000u, X, 1, 0);
	r = rd_built(b);
	rd_assert_whole(r);
	assert_true(r->trace->state.live);
	assert_int_equal(r->nr, 1);
	rd_close(r);
	(void)state;
#else
	(void)state;
	skip();
#endif
}

static void other_kinds_carry_their_fields(void **state)
{
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 1, 0), n = tb_frame(b, w, 0, 0, 0x10);
	const struct pt_event *ev;
	struct rd *r;

	(void)state;
	TB_EXT(b, w, PT_EXT_MMAP, 16, X, 1u << 20, n, PT_MAP_BY_ALLOCATOR);
	TB_EXT(b, w, PT_EXT_MREMAP, 32, X, 1u << 20, Y, 2u << 20, n);
	TB_EXT(b, w, PT_EXT_MUNMAP, 48, Y, 2u << 20);
	TB_EXT(b, w, PT_EXT_GONE, 64, Y, 4096, PT_GONE_BREAK);
	TB_EXT(b, w, PT_EXT_USABLE, 80, 100, 104);
	TB_EXT(b, w, PT_EXT_RSS, 96, 5000, 4000, 0x555500000000);
	tb_text(b, w, PT_EXT_NOTE, 112, "a note");
	TB_EXT(b, w, (enum pt_ext)200, 128, 1, 2, 3); /* of a later recorder */
	tb_free(b, w, 144, X);
	r = rd_built(b);
	rd_assert_whole(r);
	assert_int_equal(r->nr, 8);
	ev = r->events;
	assert_int_equal(ev[0].kind, PT_EV_MMAP);
	assert_int_equal(ev[0].addr, X);
	assert_int_equal(ev[0].size_bytes, 1u << 20);
	assert_int_equal(ev[0].stack, 1);
	assert_int_equal(ev[0].flags, PT_MAP_BY_ALLOCATOR);
	assert_int_equal(ev[1].kind, PT_EV_MREMAP);
	assert_int_equal(ev[1].old_addr, X);
	assert_int_equal(ev[1].old_size_bytes, 1u << 20);
	assert_int_equal(ev[1].addr, Y);
	assert_int_equal(ev[1].size_bytes, 2u << 20);
	assert_int_equal(ev[1].stack, 1);
	assert_int_equal(ev[2].kind, PT_EV_MUNMAP);
	assert_int_equal(ev[3].kind, PT_EV_GONE);
	assert_int_equal(ev[3].flags, PT_GONE_BREAK);
	assert_int_equal(ev[4].kind, PT_EV_USABLE);
	assert_int_equal(ev[4].old_size_bytes, 104);
	assert_int_equal(ev[5].kind, PT_EV_RSS);
	assert_int_equal(ev[5].old_size_bytes, 4000);
	assert_int_equal(ev[5].addr, 0x555500000000);
	assert_int_equal(ev[6].kind, PT_EV_NOTE);
	assert_string_equal(r->texts[6], "a note");
	assert_int_equal(ev[7].kind, PT_EV_FREE);
	rd_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_have_the_times_and_fields_that_were_written),
		cmocka_unit_test(many_writers_are_merged_by_time),
		cmocka_unit_test(threads_begin_get_names_and_end),
		cmocka_unit_test(a_realloc_carries_its_old_block),
		cmocka_unit_test(a_realloc_does_not_reach_over_a_gap),
		cmocka_unit_test(long_chunks_are_read_piece_by_piece),
		cmocka_unit_test(a_trace_that_is_being_written_is_read_up_to_now),
		cmocka_unit_test(other_kinds_carry_their_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
