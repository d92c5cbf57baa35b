/* SPDX-License-Identifier: MIT */
/*
 * test_threads.c - the analysis in several threads: slots in turn, events read ahead, passes behind, rows told by
 * the stretch. What comes out is what one thread makes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sched.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../analyzer/passes/analyse.h"
#include "../../analyzer/passes/behind.h"
#include "../../analyzer/passes/stretch.h"
#include "../../analyzer/trace/ahead.h"
#include "../../analyzer/trace/relay.h"
#include "trace_builder.h"

#define LINES 4u /* in a slot */

struct exchange {
	struct pt_relay relay;
	uint64_t nr, stop_at; /* slots to put; where the emptier has enough */
	uint64_t put;	      /* by the filler, in the end */
	uint64_t waits;	      /* both sides pause now and then, differently */
	_Alignas(64) uint64_t slots[64][LINES * 8];
};

static void pause_sometimes(uint64_t i, uint64_t every)
{
	struct timespec while_ns = { 0, 20000 };

	if (every && i % every == every - 1)
		nanosleep(&while_ns, NULL);
}

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

/* Two writers and every kind of event with a text, some of the longest there are; a snapshot, and a thread that comes
 * behind it. `nr` blocks. */
static char *build(uint64_t nr)
{
	struct tb *b = tb_open();
	uint32_t one = tb_writer(b, 0, 1, 0), two = tb_writer(b, 0, 2, 1);
	uint32_t site = tb_frame(b, one, 0, 0, 0x400100);
	char text[PT_EXT_BYTES_MAX - 32], *path;

	for (uint64_t i = 1; i <= nr; i++) {
		uint64_t t = 3200 * i, addr = 0x10000 + i % 5000 * 64;

		tb_alloc(b, one, t, addr, i % 50 / 2 + 1, site); /* sizes come twice: the second is left out of its record */
		if (i % 700 == 0) {
			snprintf(text, sizeof(text), "%0*u", i % 1400 ? 5 : (int)sizeof(text) - 1, (unsigned int)i);
			tb_text(b, one, PT_EXT_NOTE, t, text);
			tb_ext(b, one, PT_EXT_MARK, t, (const uint64_t[]){ 0 }, 1, "between", 7);
		}
		if (i == nr / 2) {
			TB_EXT(b, one, PT_EXT_SNAPSHOT, t, 1, 0);
			TB_EXT(b, two, PT_EXT_THREAD, t + 800, 3, 33);
		}
		tb_free(b, i % 3 ? one : two, t + 1600, addr);
	}
	path = tb_save(b);
	tb_close(b);
	return path;
}

/* Reads ahead whenever it may, until it is told to end; pauses now and then. */
struct helper {
	struct pt_ahead *ahead;
	pthread_t thread;
	uint64_t read, pauses;
	_Atomic bool ends;
};

static void *help(void *arg)
{
	struct helper *h = arg;

	while (!atomic_load(&h->ends)) {
		if (pt_ahead_help(h->ahead, h->read % 3 == 0))
			pause_sometimes(h->read++, h->pauses);
		else
			sched_yield();
	}
	return NULL;
}

static void start_help(struct helper *h, struct pt_ahead *a, uint64_t pauses)
{
	h->ahead = a;
	h->read = 0;
	h->pauses = pauses;
	h->ends = false;
	assert_int_equal(pthread_create(&h->thread, NULL, help, h), 0);
}

static void end_help(struct helper *h)
{
	atomic_store(&h->ends, true);
	pthread_join(h->thread, NULL);
}

/* Each event of the batches is the next one that pt_trace_next() gives; how many there were. pauses: of a helper and, less
 * often, of who asks. */
static uint64_t compare(const char *path, enum pt_ahead_by by, uint64_t pauses)
{
	const struct pt_ahead_batch *batch;
	struct pt_trace *t, *plain;
	struct pt_ahead *a;
	struct pt_event ev;
	struct helper helper;
	uint64_t nr = 0, batches = 0;
	int more;

	assert_int_equal(pt_trace_open(&t, path), 0);
	assert_int_equal(pt_trace_open(&plain, path), 0);
	assert_int_equal(pt_ahead_open(&a, t, by), 0);
	if (by == PT_AHEAD_HELPERS)
		start_help(&helper, a, pauses);
	while ((more = pt_ahead_next(a, &batch)) > 0) {
		pause_sometimes(batches++, 3 * pauses);
		for (uint32_t i = 0; i < batch->nr; i++, nr++) {
			const struct pt_event *got = &batch->events[i];

			assert_int_equal(pt_trace_next(plain, &ev), 1);
			if (ev.kind == PT_EV_NOTE || ev.kind == PT_EV_MARK) {
				assert_string_equal(got->text, ev.text);
				ev.text = got->text;
			}
			assert_memory_equal(got, &ev, sizeof(ev));
			if (ev.kind != PT_EV_SNAPSHOT)
				continue;
			assert_int_equal(i + 1, batch->nr); /* and the tables are of this moment */
			assert_int_equal(t->threads_nr, plain->threads_nr);
			assert_int_equal(t->state.events_nr, plain->state.events_nr);
		}
	}
	assert_int_equal(more, 0);
	assert_int_equal(pt_trace_next(plain, &ev), 0);
	if (by == PT_AHEAD_HELPERS) {
		end_help(&helper);
		assert_true(helper.read <= batches);
	}
	pt_ahead_close(a);
	assert_int_equal(t->threads_nr, 3);
	assert_memory_equal(&t->state, &plain->state, sizeof(t->state));
	pt_trace_close(plain);
	pt_trace_close(t);
	return nr;
}

static void events_are_read_ahead_as_they_are(void **state)
{
	char *path = build(40000);
	uint64_t nr = compare(path, PT_AHEAD_NOBODY, 0);

	(void)state;
	assert_true(nr > 80000);
	assert_int_equal(compare(path, PT_AHEAD_THREAD, 0), nr);
	for (uint64_t pauses = 0; pauses < 8; pauses++)
		assert_int_equal(compare(path, PT_AHEAD_HELPERS, pauses), nr);
	unlink(path);
	free(path);
}

static void a_reader_ahead_can_be_left(void **state)
{
	const struct pt_ahead_batch *batch;
	char *path = build(40000);

	(void)state;
	for (uint32_t batches = 0; batches < 200; batches += 40) {
		for (int by = PT_AHEAD_HELPERS; by <= PT_AHEAD_THREAD; by++) {
			struct helper helper;
			struct pt_trace *t;
			struct pt_ahead *a;

			assert_int_equal(pt_trace_open(&t, path), 0);
			assert_int_equal(pt_ahead_open(&a, t, (enum pt_ahead_by)by), 0);
			if (by == PT_AHEAD_HELPERS)
				start_help(&helper, a, 0);
			for (uint32_t i = 0; i < batches; i++)
				assert_int_equal(pt_ahead_next(a, &batch), 1);
			if (by == PT_AHEAD_HELPERS)
				end_help(&helper);
			pt_ahead_close(a);
			pt_trace_close(t);
		}
	}
	unlink(path);
	free(path);
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

static void report_with(const char *path, const char *threads, struct pt_report *out)
{
	struct pt_trace *t;

	setenv("POOLTRACE_THREADS", threads, 1);
	assert_int_equal(pt_trace_open(&t, path), 0);
	assert_int_equal(pt_analyse(t, NULL, NULL, NULL, out), 0);
	pt_trace_close(t);
	unsetenv("POOLTRACE_THREADS");
}

static void reports_are_the_same_in_one_and_more_threads(void **state)
{
	static const char *const threads[] = { "2", "3", "99" };
	char *path = build(40000);
	struct pt_report one, more;

	(void)state;
	report_with(path, "1", &one);
	assert_true(one.phases_nr > 50 && one.notes_nr > 50);
	for (uint32_t i = 0; i < sizeof(threads) / sizeof(threads[0]); i++) {
		report_with(path, threads[i], &more);
		assert_memory_equal(&more.totals, &one.totals, sizeof(one.totals));
		assert_int_equal(more.threads_nr, one.threads_nr);
		for (size_t k = 0; k < one.threads_nr; k++)
			assert_memory_equal(&more.threads[k].tally, &one.threads[k].tally,
					    offsetof(struct pt_tally, idle_age));
		assert_int_equal(more.phases_nr, one.phases_nr);
		for (size_t k = 0; k < one.phases_nr; k++)
			assert_memory_equal(&more.phases[k].heap, &one.phases[k].heap, sizeof(one.phases[k].heap));
		assert_int_equal(more.notes_nr, one.notes_nr);
		for (size_t k = 0; k < one.notes_nr; k++)
			assert_string_equal(more.notes[k], one.notes[k]);
		assert_int_equal(more.stranded.cells_nr, one.stranded.cells_nr);
		pt_report_fini(&more);
	}
	pt_report_fini(&one);
	unlink(path);
	free(path);
}

static uint64_t random_state = 88172645463325252ull;

static uint64_t rnd(uint64_t below) /* xorshift64, Marsaglia 2003 */
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % below;
}

static void tell(struct pt_row *row, struct pt_stretch *s, const struct pt_change *c)
{
	struct pt_row_told told = pt_row_told_idle(c);

	switch (c->kind) {
	case PT_CHANGE_GOT:
		pt_row_got(row, told);
		pt_stretch_got(s, told);
		break;
	case PT_CHANGE_PUT:
	case PT_CHANGE_RESIZED:
		pt_row_unused(row, told, false);
		pt_row_freed(row, told);
		pt_stretch_freed(s, told);
		if (c->kind == PT_CHANGE_RESIZED)
			break;
		pt_row_idle_begins(row, told);
		pt_stretch_idle_begins(s, told);
		break;
	default:
		pt_row_idle_ends(row, told);
		pt_stretch_idle_ends(s, told);
	}
}

static void a_stretch_leaves_a_row_as_its_changes_do(void **state)
{
	static const uint8_t kinds[] = { PT_CHANGE_GOT, PT_CHANGE_GOT, PT_CHANGE_PUT, PT_CHANGE_REUSED, PT_CHANGE_RESIZED,
					 PT_CHANGE_GONE };
	struct pt_row row = { .in_use = { 5000, 1u << 30 }, .idle = { 5000, 1u << 30 } }, told = row;
	struct pt_stretch s = { 0 };
	uint64_t now = 1, epoch = 0;

	(void)state;
	for (uint32_t round = 0; round < 3000; round++) {
		uint32_t nr = 1 + (uint32_t)rnd(12);

		for (uint32_t i = 0; i < nr; i++) {
			struct pt_change c = { .kind = kinds[rnd(6)], .flags = (uint8_t)rnd(8), .size_bytes = rnd(4000) };

			c.time_ns = now += rnd(100);
			c.since_ns = now / 2;
			c.epoch = epoch += !rnd(9);

			if (!i)
				pt_stretch_begin(&s, c.epoch);
			tell(&row, &s, &c);
		}
		pt_stretch_end(&s, &told);
		assert_memory_equal(&told, &row, sizeof(row));
		epoch += round % 2; /* a peak that is some other thread's */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slots_come_whole_and_in_turn),
		cmocka_unit_test(who_fills_is_told_when_nobody_wants_more),
		cmocka_unit_test(events_are_read_ahead_as_they_are),
		cmocka_unit_test(work_is_lent_until_it_is_taken_back),
		cmocka_unit_test(a_reader_ahead_can_be_left),
		cmocka_unit_test(reports_are_the_same_in_one_and_more_threads),
		cmocka_unit_test(a_stretch_leaves_a_row_as_its_changes_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
