// SPDX-License-Identifier: MIT
/*
 * pool_play.c - what analyse.c does with events in order.
 */
#include "pool_play.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../analyzer/passes/run.h"

void play_report(const struct pt_event *events, size_t nr, struct pt_report *out)
{
	static struct pt_thread_info threads[PLAY_THREADS];
	struct pt_trace t = { .threads = threads, .threads_nr = PLAY_THREADS };
	struct pt_run *run = calloc(1, sizeof(*run));

	assert_non_null(run);
	assert_int_equal(pt_run_init(run, NULL), 0);
	for (size_t i = 0; i < nr; i++)
		assert_int_equal(pt_run_apply(run, &events[i], pt_heap_find(&run->heap, events[i].addr)), 0);
	memset(out, 0, sizeof(*out));
	assert_int_equal(pt_run_finish(run, &t, out), 0);
	pt_run_fini(run);
	free(run);
}
