/* SPDX-License-Identifier: MIT */
/*
 * test_merge.c - the writers of a trace come out as one stream of right events.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../analyzer/trace/trace.h"
#include "trace_builder.h"

#define X 0x7f0000001000u
#define Y 0x7f0000002000u
#define EVENTS_MAX 70000u

struct reading {
	struct pt_trace *trace;
	struct pt_event events[EVENTS_MAX];
	char texts[64][256]; /* of the first 64 events */
	size_t nr;
};

/* Reads what was built, to the end; the builder is gone afterwards. */
static struct reading *read_built(struct tb *b)
{
	struct reading *r = calloc(1, sizeof(*r));
	char *path = tb_save(b);
	int more;

	tb_close(b);
	assert_int_equal(pt_trace_open(&r->trace, path), 0);
	while ((more = pt_trace_next(r->trace, &r->events[r->nr])) > 0) {
		if (r->events[r->nr].text && r->nr < 64)
			snprintf(r->texts[r->nr], sizeof(r->texts[0]), "%s", r->events[r->nr].text);
		r->nr++;
		assert_true(r->nr < EVENTS_MAX);
	}
	assert_int_equal(more, 0);
	unlink(path);
	free(path);
	return r;
}

static void reading_close(struct reading *r)
{
	pt_trace_close(r->trace);
	free(r);
}

static void assert_whole(const struct reading *r)
{
	const struct pt_trace_state *st = &r->trace->state;

	assert_false(st->truncated);
	assert_int_equal(st->corrupt_chunks, 0);
	assert_int_equal(st->missing_chunks, 0);
}

static void events_have_the_times_and_fields_that_were_written(void **state)
{
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 7, 3);
	struct reading *r;

	(void)state;
	tb_alloc(b, w, 160, X, 100, 0);
	tb_alloc_fn(b, w, PT_API_CALLOC, 320, Y, UINT64_MAX, 0);
	tb_free(b, w, 1ull << 40, X);
	tb_free_fn(b, w, PT_API_DALLOCX, 1ull << 40, Y);
	r = read_built(b);
	assert_whole(r);
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
	reading_close(r);
}

/* Many writers with random gaps: the stream is sorted, and each writer's part is complete. */
static void many_writers_are_merged_by_time(void **state)
{
	enum { WRITERS = 37, EVENTS = 60000 };
	struct tb *b = tb_open();
	uint64_t seed = 4711, last = 0, now[WRITERS + 1] = { 0 }, next[WRITERS + 1] = { 0 };
	struct reading *r;
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
	r = read_built(b);
	assert_whole(r);
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
	reading_close(r);
}

static void threads_begin_get_names_and_end(void **state)
{
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 0, 0);
	struct reading *r;
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
	r = read_built(b);
	assert_whole(r);
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
	reading_close(r);
}

static void a_realloc_carries_its_old_block(void **state)
{
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 1, 0), other = tb_writer(b, 0, 2, 0);
	struct reading *r;

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
	r = read_built(b);
	assert_whole(r);
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
	reading_close(r);
}

/* The ips of a stack, innermost first, as "a b c". */
static const char *stack_text(const struct pt_trace *t, uint32_t stack, char out[256])
{
	const struct pt_stack_node *frames[16];
	size_t nr = pt_stack_frames(t, stack, frames, 16), i;
	char *to = out;

	*out = '\0';
	for (i = 0; i < nr; i++)
		to += sprintf(to, "%s%llx", i ? " " : "", (unsigned long long)frames[i]->ip);
	return out;
}

static void equal_stacks_of_two_writers_are_one(void **state)
{
	struct tb *b = tb_open();
	uint32_t w1 = tb_writer(b, 0, 1, 0), w2 = tb_writer(b, 0, 2, 0), n, outermost;
	char text[256];
	const struct pt_stack_node *frames[2];
	struct reading *r;

	(void)state;
	tb_frame(b, w1, 0, 0, 0xffff); /* so that the two number differently */
	outermost = tb_frame(b, w1, 0, 0, 0x10);
	n = tb_frame(b, w1, 0, outermost, 0x20);
	n = tb_frame(b, w1, 0, n, 0x30);
	tb_alloc(b, w1, 16, X, 1, n);
	n = tb_frame(b, w2, 16, 0, 0x10);
	n = tb_frame(b, w2, 16, n, 0x20);
	n = tb_frame(b, w2, 16, n, 0x30);
	tb_alloc(b, w2, 32, Y, 1, n);
	tb_alloc(b, w1, 48, X + 64, 1, outermost);
	tb_alloc(b, w1, 64, X + 128, 1, 99); /* never defined */
	r = read_built(b);
	assert_whole(r);
	assert_int_equal(r->nr, 4);
	assert_int_equal(r->events[0].stack, r->events[1].stack);
	assert_string_equal(stack_text(r->trace, r->events[0].stack, text), "30 20 10");
	assert_string_equal(stack_text(r->trace, r->events[2].stack, text), "10");
	assert_int_equal(r->events[3].stack, 0);
	assert_int_equal(r->trace->stacks_nr, 5);
	/* fewer than there are: the innermost */
	assert_int_equal(pt_stack_frames(r->trace, r->events[0].stack, frames, 2), 2);
	assert_int_equal(frames[0]->ip, 0x30);
	assert_int_equal(frames[1]->ip, 0x20);
	reading_close(r);
}

/* A chunk is missing with definitions in it: what came before and after is still right. */
static void stacks_survive_a_gap_in_the_dictionary(void **state)
{
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 1, 0), before, lost, after;
	struct pt_chunk_header *hole;
	char text[256];
	struct reading *r;

	(void)state;
	before = tb_frame(b, w, 0, 0, 0x10);
	hole = tb_chunk(b, w, 16, 1);
	lost = tb_frame(b, w, 16, before, 0x20);
	hole->magic = 0;
	tb_chunk(b, w, 32, 1);
	after = tb_frame(b, w, 32, before, 0x30);
	tb_alloc(b, w, 48, X, 1, before);
	tb_alloc(b, w, 64, X + 64, 1, lost);
	tb_alloc(b, w, 80, X + 128, 1, after);
	tb_alloc(b, w, 96, X + 192, 1, tb_frame(b, w, 96, lost, 0x40));
	r = read_built(b);
	assert_int_equal(r->trace->state.missing_chunks, 1);
	assert_int_equal(r->nr, 4);
	assert_string_equal(stack_text(r->trace, r->events[0].stack, text), "10");
	assert_int_equal(r->events[1].stack, 0);
	assert_string_equal(stack_text(r->trace, r->events[2].stack, text), "30 10");
	assert_int_equal(r->events[3].stack, 0);
	reading_close(r);
}

static void a_reset_starts_the_numbers_again(void **state)
{
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 1, 0);
	char text[256];
	struct reading *r;

	(void)state;
	tb_alloc(b, w, 0, X, 1, tb_frame(b, w, 0, 0, 0x10));
	TB_EXT(b, w, PT_EXT_STACK_RESET, 16);
	assert_int_equal(tb_frame(b, w, 16, 0, 0x20), 1);
	tb_alloc(b, w, 32, X + 64, 1, 1);
	tb_chunk(b, w, 48, 1);
	tb_alloc(b, w, 48, X + 128, 1, 1);
	r = read_built(b);
	assert_whole(r);
	assert_string_equal(stack_text(r->trace, r->events[0].stack, text), "10");
	assert_string_equal(stack_text(r->trace, r->events[1].stack, text), "20");
	assert_int_equal(r->events[1].stack, r->events[2].stack);
	reading_close(r);
}

/* A recorder that forgets its nodes twice before it writes again says so once. */
static void one_reset_may_stand_for_several_epochs(void **state)
{
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 1, 0);
	struct reading *r;
	char text[256];

	(void)state;
	TB_EXT(b, w, PT_EXT_STACK_RESET, 16);
	tb_frame(b, w, 16, 0, 0x20);
	tb_chunk(b, w, 48, 1)->stack_epoch = 5;
	tb_alloc(b, w, 48, X, 1, 1);
	r = read_built(b);
	assert_whole(r);
	assert_string_equal(stack_text(r->trace, r->events[0].stack, text), "20");
	reading_close(r);
}

/* What a missing chunk took with it may have been a reset: nothing of before is believed. */
static void a_reset_in_a_gap_forgets_the_stacks(void **state)
{
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 1, 0);
	struct pt_chunk_header *h;
	struct reading *r;

	(void)state;
	tb_frame(b, w, 0, 0, 0x10);
	tb_chunk(b, w, 16, 1)->magic = 0;
	h = tb_chunk(b, w, 32, 1);
	h->stack_epoch = 1;
	h->frames = 1; /* another node 1 */
	tb_alloc(b, w, 48, X, 1, 1);
	r = read_built(b);
	assert_int_equal(r->trace->state.missing_chunks, 1);
	assert_int_equal(r->nr, 1);
	assert_int_equal(r->events[0].stack, 0);
	reading_close(r);
}

/* A begin before the gap belongs to nothing after it. */
static void a_realloc_does_not_reach_over_a_gap(void **state)
{
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 1, 0);
	struct reading *r;

	(void)state;
	tb_free_fn(b, w, PT_API_REALLOC, 16, X);
	tb_chunk(b, w, 32, 1)->magic = 0;
	tb_chunk(b, w, 48, 1);
	tb_alloc_fn(b, w, PT_API_REALLOC, 64, Y, 20, 0); /* realloc(NULL, 20), for all we know */
	r = read_built(b);
	assert_int_equal(r->nr, 2);
	assert_int_equal(r->events[1].old_addr, 0);
	reading_close(r);
}

/* A chunk many times as long as what is read at once, with records of every length. */
static void long_chunks_are_read_piece_by_piece(void **state)
{
	enum { NR = 30000 };
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 1, 0);
	char text[1500];
	struct reading *r;
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
	r = read_built(b);
	assert_whole(r);
	assert_int_equal(r->nr, NR + notes);
	assert_true(r->trace->state.used_bytes > 4 * 65536);
	for (i = 0; i < NR; i++) {
		assert_int_equal(r->events[at].kind, PT_EV_ALLOC);
		assert_int_equal(r->events[at].time_ns, 16 * i);
		assert_int_equal(r->events[at++].addr, X + (uint64_t)i * i * 4096);
		at += i % 100 == 99;
	}
	reading_close(r);
}

/* Two writers that go on while we read: nothing of what they write after we began. */
static void a_trace_that_is_being_written_is_read_up_to_now(void **state)
{
#if defined(__x86_64__)
	struct tb *b = tb_open();
	uint32_t w;
	struct timespec now;
	struct reading *r;

	clock_gettime(CLOCK_MONOTONIC, &now);
	tb_start(b, __builtin_ia32_rdtsc() & ~31ull, (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec);
	w = tb_writer(b, 0, 1, 0);
	tb_alloc(b, w, 16, X, 1, 0);
	tb_free(b, w, 3600ull * 1000000000u, X); /* in an hour */
	tb_chunk(b, w, 3600ull * 1000000000u, 1);
	tb_alloc(b, w, 3600ull * 1000000000u, X, 1, 0);
	r = read_built(b);
	assert_whole(r);
	assert_true(r->trace->state.live);
	assert_int_equal(r->nr, 1);
	reading_close(r);
	(void)state;
#else
	(void)state;
	skip();
#endif
}

/* Which module the innermost frame of an event's stack is in; "" = none. */
static const char *module_of(const struct reading *r, size_t event)
{
	const struct pt_stack_node *frame;

	assert_int_equal(pt_stack_frames(r->trace, r->events[event].stack, &frame, 1), 1);
	return frame->module == PT_MODULE_NONE ? "" : r->trace->modules[frame->module].path;
}

static size_t nth_alloc(const struct reading *r, unsigned int nth)
{
	size_t i;

	for (i = 0; i < r->nr; i++)
		if (r->events[i].kind == PT_EV_ALLOC && !nth--)
			return i;
	fail();
	return 0;
}

static void frames_belong_to_the_module_of_their_time(void **state)
{
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 1, 0);
	struct reading *r;

	(void)state;
	tb_module(b, w, 0, 0x10000, 0x1000, 0x10000, "\1\2", 2, "/lib/a.so");
	tb_alloc(b, w, 16, X, 1, tb_frame(b, w, 16, 0, 0x10800));
	TB_EXT(b, w, PT_EXT_MODULE_GONE, 32, 0x10000, 0x1000);
	TB_EXT(b, w, PT_EXT_STACK_RESET, 32);
	tb_alloc(b, w, 48, X + 64, 1, tb_frame(b, w, 48, 0, 0x10801));
	tb_module(b, w, 64, 0x10000, 0x2000, 0x10000, "\3", 1, "/lib/b.so");
	TB_EXT(b, w, PT_EXT_STACK_RESET, 64);
	tb_alloc(b, w, 80, X + 128, 1, tb_frame(b, w, 80, 0, 0x10800));
	/* back again, over part of b: b is gone without a word */
	tb_module(b, w, 96, 0x10000, 0x1000, 0x10000, "\1\2", 2, "/lib/a.so");
	tb_alloc(b, w, 112, X + 192, 1, tb_frame(b, w, 112, 0, 0x10900));
	r = read_built(b);
	assert_whole(r);
	assert_int_equal(r->trace->modules_nr, 2);
	assert_string_equal(module_of(r, nth_alloc(r, 0)), "/lib/a.so");
	assert_string_equal(module_of(r, nth_alloc(r, 2)), "/lib/b.so");
	assert_string_equal(module_of(r, nth_alloc(r, 3)), "/lib/a.so");
	assert_int_not_equal(r->events[nth_alloc(r, 0)].stack, r->events[nth_alloc(r, 2)].stack);
	assert_int_equal(r->trace->modules[0].unload_ns, UINT64_MAX);
	assert_int_equal(r->trace->modules[1].unload_ns, 96);
	assert_int_equal(r->trace->modules[0].build_id_bytes, 2);
	assert_memory_equal(r->trace->modules[0].build_id, "\1\2", 2);
	reading_close(r);
}

static void a_module_announced_a_little_late_is_found(void **state)
{
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 1, 0), other = tb_writer(b, 0, 2, 0);
	struct reading *r;

	(void)state;
	tb_alloc(b, w, 16, X, 1, tb_frame(b, w, 16, 0, 0x10800));
	tb_module(b, other, 32, 0x10000, 0x1000, 0x10000, "\1", 1, "/lib/a.so");
	tb_module(b, w, 48, 0x10000, 0x1000, 0x10000, "\1", 1, "/lib/a.so"); /* a second time */
	r = read_built(b);
	assert_whole(r);
	assert_int_equal(r->trace->modules_nr, 1);
	assert_string_equal(module_of(r, nth_alloc(r, 0)), "/lib/a.so");
	reading_close(r);
}

static void other_kinds_carry_their_fields(void **state)
{
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 1, 0), n = tb_frame(b, w, 0, 0, 0x10);
	const struct pt_event *ev;
	struct reading *r;

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
	r = read_built(b);
	assert_whole(r);
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
	reading_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_have_the_times_and_fields_that_were_written),
		cmocka_unit_test(many_writers_are_merged_by_time),
		cmocka_unit_test(threads_begin_get_names_and_end),
		cmocka_unit_test(a_realloc_carries_its_old_block),
		cmocka_unit_test(equal_stacks_of_two_writers_are_one),
		cmocka_unit_test(stacks_survive_a_gap_in_the_dictionary),
		cmocka_unit_test(a_reset_starts_the_numbers_again),
		cmocka_unit_test(one_reset_may_stand_for_several_epochs),
		cmocka_unit_test(a_reset_in_a_gap_forgets_the_stacks),
		cmocka_unit_test(a_realloc_does_not_reach_over_a_gap),
		cmocka_unit_test(long_chunks_are_read_piece_by_piece),
		cmocka_unit_test(a_trace_that_is_being_written_is_read_up_to_now),
		cmocka_unit_test(frames_belong_to_the_module_of_their_time),
		cmocka_unit_test(a_module_announced_a_little_late_is_found),
		cmocka_unit_test(other_kinds_carry_their_fields),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
