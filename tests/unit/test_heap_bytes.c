/* SPDX-License-Identifier: MIT */
/*
 * test_heap_bytes.c - the heap next to a map of bytes, with more blocks than the scripts of test_heap.c reach.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../analyzer/model/heap.h"
#include "roll.h"

/* A heap next to a map of bytes: whose each byte is, and whether it ever was anybody's. */
#define AREA_BYTES  (2u << 20)
#define AREA_START  0x7f0000003000ull
#define AREA_BLOCKS (1u << 18)

struct area {
	uint32_t owner[AREA_BYTES]; /* block number, 0 = nobody */
	bool ever[AREA_BYTES];
	struct {
		uint32_t start, size;
		bool idle;
	} blocks[AREA_BLOCKS];
	uint32_t nr;
	uint64_t in_use, idle, fresh, seen_fresh;
	uint32_t recent[64];
};

static int see_fresh(void *arg, const struct pt_change *c, size_t nr)
{
	struct area *a = arg;

	for (size_t i = 0; i < nr; i++)
		a->seen_fresh += c[i].kind == PT_CHANGE_GOT && c[i].flags & PT_CHANGE_FRESH;
	return 0;
}

static uint32_t extent(const struct area *a, uint32_t block)
{
	return a->blocks[block].size ? a->blocks[block].size : 1;
}

static void wipe(struct area *a, uint32_t block)
{
	memset(a->owner + a->blocks[block].start, 0, extent(a, block) * sizeof(a->owner[0]));
	if (a->blocks[block].idle)
		a->idle -= a->blocks[block].size;
	else
		a->in_use -= a->blocks[block].size;
}

static void area_alloc(struct area *a, uint32_t start, uint32_t size)
{
	bool fresh = true;

	a->blocks[++a->nr].start = start;
	a->blocks[a->nr].size = size;
	for (uint32_t i = start; i < start + extent(a, a->nr); i++) {
		fresh = fresh && !a->ever[i];
		a->ever[i] = true;
		if (a->owner[i])
			wipe(a, a->owner[i]);
	}
	for (uint32_t i = start; i < start + extent(a, a->nr); i++)
		a->owner[i] = a->nr;
	a->fresh += fresh;
	a->in_use += size;
}

static void area_gone(struct area *a, uint32_t start, uint32_t end)
{
	for (uint32_t i = start; i < end && i < AREA_BYTES; i++) {
		if (a->owner[i] && a->blocks[a->owner[i]].idle)
			wipe(a, a->owner[i]);
	}
}

/* One random event; block sizes go from a word to many spans, and come in phases. */
static void area_event(struct area *a, uint64_t *random, unsigned int phase, struct pt_event *ev)
{
	static const uint32_t limits[] = { 64, 600, 24, 70000, 2000 };
	uint32_t slot = (uint32_t)roll(random, 64), dice = (uint32_t)roll(random, 1000);
	uint32_t start = dice % 3 ? a->recent[slot] : (uint32_t)roll(random, AREA_BYTES / 16) * 16;
	uint32_t size = (uint32_t)roll(random, limits[phase % 5]);

	memset(ev, 0, sizeof(*ev));
	start += dice % 5 ? 0 : 8;
	if (start + size >= AREA_BYTES)
		start = 0;
	ev->addr = AREA_START + start;
	if (dice < 550) {
		ev->kind = PT_EV_ALLOC;
		ev->size_bytes = size;
		a->recent[slot] = start;
		area_alloc(a, start, size);
	} else if (dice < 995) {
		uint32_t block = a->owner[start];

		ev->kind = PT_EV_FREE;
		if (block && a->blocks[block].start == start && !a->blocks[block].idle) {
			a->blocks[block].idle = true;
			a->in_use -= a->blocks[block].size;
			a->idle += a->blocks[block].size;
		}
	} else {
		ev->kind = PT_EV_MUNMAP;
		ev->size_bytes = size * 10ull;
		area_gone(a, start, start + size * 10);
	}
}

static void long_scripts_agree_with_a_map_of_bytes(void **state)
{
	struct area *a = calloc(1, sizeof(*a));
	struct pt_heap *h = calloc(1, sizeof(*h));
	uint64_t random = 4;

	(void)state;
	assert_non_null(a);
	assert_non_null(h);
	assert_int_equal(pt_heap_init(h, 0, see_fresh, a), 0);
	for (unsigned int i = 0; i < 100000; i++) {
		struct pt_event ev;

		area_event(a, &random, i % 1000 < 20 ? 3 : i / 10000 * 2 + i / 50000, &ev);
		assert_int_equal(pt_heap_apply(h, &ev, pt_heap_find(h, ev.addr)), 0);
		assert_int_equal(h->in_use_bytes, a->in_use);
		assert_int_equal(h->idle_bytes, a->idle);
	}
	assert_int_equal(pt_heap_finish(h), 0);
	assert_int_equal(a->seen_fresh, a->fresh);
	assert_true(a->fresh > 100);
	pt_heap_fini(h);
	free(h);
	free(a);
}

/* order.c asks since when a block is what it is. */
static void a_failed_realloc_leaves_no_mark_on_the_block(void **state)
{
	struct pt_event events[] = {
		{ .kind = PT_EV_ALLOC, .addr = 0x1000, .size_bytes = 10, .time_ns = 5 },
		{ .kind = PT_EV_REALLOC_BEGIN, .addr = 0x1000, .time_ns = 7 },
		{ .kind = PT_EV_REALLOC_FAILED, .old_addr = 0x1000, .time_ns = 9 },
	};
	struct pt_heap *h = calloc(1, sizeof(*h));
	struct pt_block before, *b = NULL;

	(void)state;
	assert_non_null(h);
	assert_int_equal(pt_heap_init(h, 0, see_fresh, NULL), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(pt_heap_apply(h, &events[i], pt_heap_find(h, events[i].addr)), 0);
		b = pt_heap_find(h, 0x1000);
		assert_non_null(b);
		assert_int_equal(b->state, i == 1 ? PT_BLOCK_MOVING : PT_BLOCK_IN_USE);
		if (!i)
			before = *b;
	}
	assert_memory_equal(b, &before, sizeof(before));
	pt_heap_fini(h);
	free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failed_realloc_leaves_no_mark_on_the_block),
		cmocka_unit_test(long_scripts_agree_with_a_map_of_bytes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
