/* SPDX-License-Identifier: MIT */
/*
 * test_ahead.c - a trace whose events are read ahead: they, and the report of it, are what one thread makes.
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../analyzer/passes/analyse.h"
#include "../../analyzer/trace/ahead.h"
#include "pauses.h"
#include "trace_builder.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_read_ahead_as_they_are),
		cmocka_unit_test(a_reader_ahead_can_be_left),
		cmocka_unit_test(reports_are_the_same_in_one_and_more_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
