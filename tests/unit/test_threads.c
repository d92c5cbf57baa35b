/* SPDX-License-Identifier: MIT */
/*
 * test_threads.c - what the analysis in several threads stands on: slots in turn, and passes behind that lend their
 * thread.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../analyzer/model/heap.h"
#include "../../analyzer/passes/behind.h"
#include "../../analyzer/trace/relay.h"
#include "pauses.h"

#define LINES 4u /* in a slot */

struct exchange {
	struct pt_relay relay;
	uint64_t nr, stop_at; /* slots to put; where the emptier has enough */
	uint64_t put;	      /* by the filler, in the end */
	uint64_t waits;	      /* both sides pause now and then, differently */
	_Alignas(64) uint64_t slots[64][LINES * 8];
};

static void *fill_all(void *arg)
{
	struct exchange *x = arg;
	_Alignas(64) uint64_t own[LINES * 8];
	uint32_t slot;

	for (x->put = 0; x->put < x->nr && (slot = pt_relay_room(&x->relay)) != PT_RELAY_NONE; x->put++) {
		for (uint32_t i = 0; i < LINES * 8; i++)
			own[i] = x->put * 1000 + i;
		pt_relay_copy(x->slots[slot], own, LINES);
		pt_relay_put(&x->relay);
		pause_sometimes(x->put, x->waits);
		if (x->put % 997 == 0)
			pt_relay_drain(&x->relay);
	}
	pt_relay_close(&x->relay);
	return NULL;
}

/* Returns how many slots came, each as it was filled and in its turn. */
static uint64_t empty_all(struct exchange *x)
{
	uint64_t nr = 0;
	uint32_t slot;

	while (nr < x->stop_at && (slot = pt_relay_next(&x->relay)) != PT_RELAY_NONE) {
		for (uint32_t i = 0; i < LINES * 8; i++)
			assert_int_equal(x->slots[slot][i], nr * 1000 + i);
		pt_relay_done(&x->relay);
		pause_sometimes(nr++, x->waits ? x->waits + 3 : 0);
	}
	pt_relay_stop(&x->relay);
	return nr;
}

static void slots_come_whole_and_in_turn(void **state)
{
	static const uint32_t sizes[] = { 2, 3, 16, 64 };
	struct exchange *x = aligned_alloc(_Alignof(struct exchange), sizeof(*x));
	pthread_t filler;

	(void)state;
	for (uint32_t i = 0; i < 12; i++) {
		x->nr = i < 8 ? 20000 : 5;
		x->stop_at = UINT64_MAX;
		x->waits = i % 3 ? 7 * i : 0;
		pt_relay_init(&x->relay, sizes[i % 4]);
		assert_int_equal(pthread_create(&filler, NULL, fill_all, x), 0);
		assert_int_equal(empty_all(x), x->nr);
		pthread_join(filler, NULL);
		pt_relay_fini(&x->relay);
	}
	free(x);
}

static void who_fills_is_told_when_nobody_wants_more(void **state)
{
	struct exchange *x = aligned_alloc(_Alignof(struct exchange), sizeof(*x));
	pthread_t filler;

	(void)state;
	for (uint32_t i = 0; i < 4; i++) {
		x->nr = 20000;
		x->stop_at = 100 * i;
		x->waits = 0;
		pt_relay_init(&x->relay, 8);
		assert_int_equal(pthread_create(&filler, NULL, fill_all, x), 0);
		assert_int_equal(empty_all(x), x->stop_at);
		pthread_join(filler, NULL);
		assert_in_range(x->put, x->stop_at, x->stop_at + 9);
		pt_relay_fini(&x->relay);
	}
	free(x);
}

struct folding {
	uint64_t changes, worked;
	bool taken_back, too_late;
};

static int count_changes(void *arg, const struct pt_change *changes, size_t nr)
{
	struct folding *f = arg;

	for (size_t i = 0; i < nr; i++)
		assert_int_equal(changes[i].addr, f->changes++);
	return 0;
}

static bool work(void *arg, bool spare)
{
	struct folding *f = arg;

	(void)spare;
	f->too_late |= f->taken_back;
	return ++f->worked % 5 != 0;
}

/* Changes come in their order whatever else the thread does; and once work is taken back, none of it is done. */
static void work_is_lent_until_it_is_taken_back(void **state)
{
	_Alignas(64) struct pt_change changes[PT_BATCH_CHANGES] = { 0 };
	struct folding f = { 0 };
	struct pt_behind *b = pt_behind_open(count_changes, &f);
	uint64_t nr = 0, worked = 0;

	(void)state;
	assert_non_null(b);
	for (uint64_t i = 0; i < 3000; i++) {
		for (size_t k = 0; k < PT_BATCH_CHANGES; k++)
			changes[k].addr = nr++;
		assert_int_equal(pt_behind_put(b, changes, PT_BATCH_CHANGES), 0);
		pause_sometimes(i, 100);
		if (i % 300 == 0)
			pt_behind_lend(b, work, &f);
		if (i % 300 == 150) {
			pt_behind_lend(b, NULL, NULL);
			f.taken_back = true;
			worked = f.worked;
		}
		if (i % 300 == 299) {
			assert_int_equal(pt_behind_drain(b), 0);
			assert_int_equal(f.changes, nr);
			assert_int_equal(f.worked, worked);
			f.taken_back = false;
		}
	}
	assert_int_equal(pt_behind_close(b), 0);
	assert_int_equal(f.changes, nr);
	assert_true(f.worked > 0);
	assert_false(f.too_late);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slots_come_whole_and_in_turn),
		cmocka_unit_test(who_fills_is_told_when_nobody_wants_more),
		cmocka_unit_test(work_is_lent_until_it_is_taken_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
