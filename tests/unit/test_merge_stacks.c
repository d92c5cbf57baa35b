/* SPDX-License-Identifier: MIT */
/*
 * test_merge_stacks.c - what writers define for themselves, stacks and modules, is one for the trace, and of its time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "reading.h"

#define X 0x7f0000001000u
#define Y 0x7f0000002000u

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
	struct rd *r;

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
	r = rd_built(b);
	rd_assert_whole(r);
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
	rd_close(r);
}

/* A chunk is missing with definitions in it: what came before and after is still right. */
static void stacks_survive_a_gap_in_the_dictionary(void **state)
{
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 1, 0), before, lost, after;
	struct pt_chunk_header *hole;
	char text[256];
	struct rd *r;

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
	r = rd_built(b);
	assert_int_equal(r->trace->state.missing_chunks, 1);
	assert_int_equal(r->nr, 4);
	assert_string_equal(stack_text(r->trace, r->events[0].stack, text), "10");
	assert_int_equal(r->events[1].stack, 0);
	assert_string_equal(stack_text(r->trace, r->events[2].stack, text), "30 10");
	assert_int_equal(r->events[3].stack, 0);
	rd_close(r);
}

static void a_reset_starts_the_numbers_again(void **state)
{
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 1, 0);
	char text[256];
	struct rd *r;

	(void)state;
	tb_alloc(b, w, 0, X, 1, tb_frame(b, w, 0, 0, 0x10));
	TB_EXT(b, w, PT_EXT_STACK_RESET, 16);
	assert_int_equal(tb_frame(b, w, 16, 0, 0x20), 1);
	tb_alloc(b, w, 32, X + 64, 1, 1);
	tb_chunk(b, w, 48, 1);
	tb_alloc(b, w, 48, X + 128, 1, 1);
	r = rd_built(b);
	rd_assert_whole(r);
	assert_string_equal(stack_text(r->trace, r->events[0].stack, text), "10");
	assert_string_equal(stack_text(r->trace, r->events[1].stack, text), "20");
	assert_int_equal(r->events[1].stack, r->events[2].stack);
	rd_close(r);
}

/* A recorder that forgets its nodes twice before it writes again says so once. */
static void one_reset_may_stand_for_several_epochs(void **state)
{
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 1, 0);
	struct rd *r;
	char text[256];

	(void)state;
	TB_EXT(b, w, PT_EXT_STACK_RESET, 16);
	tb_frame(b, w, 16, 0, 0x20);
	tb_chunk(b, w, 48, 1)->stack_epoch = 5;
	tb_alloc(b, w, 48, X, 1, 1);
	r = rd_built(b);
	rd_assert_whole(r);
	assert_string_equal(stack_text(r->trace, r->events[0].stack, text), "20");
	rd_close(r);
}

/* What a missing chunk took with it may have been a reset: nothing of before is believed. */
static void a_reset_in_a_gap_forgets_the_stacks(void **state)
{
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 1, 0);
	struct pt_chunk_header *h;
	struct rd *r;

	(void)state;
	tb_frame(b, w, 0, 0, 0x10);
	tb_chunk(b, w, 16, 1)->magic = 0;
	h = tb_chunk(b, w, 32, 1);
	h->stack_epoch = 1;
	h->frames = 1; /* another node 1 */
	tb_alloc(b, w, 48, X, 1, 1);
	r = rd_built(b);
	assert_int_equal(r->trace->state.missing_chunks, 1);
	assert_int_equal(r->nr, 1);
	assert_int_equal(r->events[0].stack, 0);
	rd_close(r);
}

/* Which module the innermost frame of an event's stack is in; "" = none. */
static const char *module_of(const struct rd *r, size_t event)
{
	const struct pt_stack_node *frame;

	assert_int_equal(pt_stack_frames(r->trace, r->events[event].stack, &frame, 1), 1);
	return frame->module == PT_MODULE_NONE ? "" : r->trace->modules[frame->module].path;
}

static size_t nth_alloc(const struct rd *r, unsigned int nth)
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
	struct rd *r;

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
	r = rd_built(b);
	rd_assert_whole(r);
	assert_int_equal(r->trace->modules_nr, 2);
	assert_string_equal(module_of(r, nth_alloc(r, 0)), "/lib/a.so");
	assert_string_equal(module_of(r, nth_alloc(r, 2)), "/lib/b.so");
	assert_string_equal(module_of(r, nth_alloc(r, 3)), "/lib/a.so");
	assert_int_not_equal(r->events[nth_alloc(r, 0)].stack, r->events[nth_alloc(r, 2)].stack);
	assert_int_equal(r->trace->modules[0].unload_ns, UINT64_MAX);
	assert_int_equal(r->trace->modules[1].unload_ns, 96);
	assert_int_equal(r->trace->modules[0].build_id_bytes, 2);
	assert_memory_equal(r->trace->modules[0].build_id, "\1\2", 2);
	rd_close(r);
}

static void a_module_announced_a_little_late_is_found(void **state)
{
	struct tb *b = tb_open();
	uint32_t w = tb_writer(b, 0, 1, 0), other = tb_writer(b, 0, 2, 0);
	struct rd *r;

	(void)state;
	tb_alloc(b, w, 16, X, 1, tb_frame(b, w, 16, 0, 0x10800));
	tb_module(b, other, 32, 0x10000, 0x1000, 0x10000, "\1", 1, "/lib/a.so");
	tb_module(b, w, 48, 0x10000, 0x1000, 0x10000, "\1", 1, "/lib/a.so"); /* a second time */
	r = rd_built(b);
	rd_assert_whole(r);
	assert_int_equal(r->trace->modules_nr, 1);
	assert_string_equal(module_of(r, nth_alloc(r, 0)), "/lib/a.so");
	rd_close(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_stacks_of_two_writers_are_one),
		cmocka_unit_test(stacks_survive_a_gap_in_the_dictionary),
		cmocka_unit_test(a_reset_starts_the_numbers_again),
		cmocka_unit_test(one_reset_may_stand_for_several_epochs),
		cmocka_unit_test(a_reset_in_a_gap_forgets_the_stacks),
		cmocka_unit_test(frames_belong_to_the_module_of_their_time),
		cmocka_unit_test(a_module_announced_a_little_late_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
