// SPDX-License-Identifier: MIT
/*
 * fuzz_trace.c - libFuzzer: any bytes, read as a trace to the end: in stamp order, in repaired order, and through
 * heap and passes into a report; and the edges of its snapshots.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../analyzer/cmd/tour.h"
#include "../../analyzer/passes/analyse.h"
#include "../../analyzer/trace/ahead.h"
#include "../../analyzer/trace/snapshot.h"
#include "../../analyzer/trace/trace.h"
#include "fuzz.h"

static uint64_t seen; /* so that no field is optimised away */

static int look(void *arg, const struct pt_event *ev)
{
	const struct pt_stack_node *frames[8];
	const struct pt_trace *t = arg;
	size_t i, nr = pt_stack_frames(t, ev->stack, frames, 8);

	for (i = 0; i < nr; i++)
		seen += frames[i]->ip + (frames[i]->module < t->modules_nr ? t->modules[frames[i]->module].bias : 0);
	seen += t->threads[ev->thread].serial + ev->addr;
	if (ev->kind != PT_EV_POOL_RESIZE && ev->kind != PT_EV_THREAD_START && ev->text)
		seen += strlen(ev->text);
	return 0;
}

/* Only the first few: each is read twice. */
static void look_at_snapshots(struct pt_trace *t)
{
	struct pt_snap_edge edges[32];
	struct pt_snapshot *s;
	int nr;

	for (uint32_t i = 1; i <= 4 && i <= pt_snapshots_nr(t); i++) {
		if (pt_snapshot_open(&s, t, i))
			continue;
		for (uint32_t j = 0; j < s->statics_nr; j++)
			seen += strlen(s->statics[j].path);
		while ((nr = pt_snapshot_edges(s, edges, 32)) > 0)
			seen += edges[nr - 1].value;
		pt_snapshot_close(s);
	}
	seen += pt_snapshot_last(t);
}

/* Batches hold what pt_trace_next() gives, one by one. */
static void compare_batches(struct pt_trace *t, struct pt_trace *single)
{
	const struct pt_ahead_batch *batch;
	struct pt_ahead *a;
	struct pt_event ev;

	if (pt_ahead_open(&a, t, PT_AHEAD_NOBODY))
		return;
	while (pt_ahead_next(a, &batch) > 0) {
		for (uint32_t i = 0; i < batch->nr; i++) {
			if (pt_trace_next(single, &ev) <= 0 || memcmp(&ev, &batch->events[i], offsetof(struct pt_event, text)))
				abort();
		}
	}
	if (pt_trace_next(single, &ev) > 0 || memcmp(&t->state, &single->state, sizeof(t->state)))
		abort();
	pt_ahead_close(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct pt_report report; /* too large for a stack under ASan */
	char path[FUZZ_PATH_BYTES];
	int fd = fuzz_file(data, size, path);
	struct pt_trace *t, *again;
	struct pt_event ev;

	if (!pt_trace_open(&t, path)) {
		if (pt_trace_open(&again, path))
			abort(); /* read once, it can be read again */
		compare_batches(again, t);
		pt_trace_close(again);
		pt_trace_close(t);
		if (pt_trace_open(&t, path))
			abort();
		while (pt_trace_next(t, &ev) > 0)
			look(t, &ev);
		look_at_snapshots(t);
		pt_trace_close(t);
		if (pt_trace_open(&t, path) || pt_tour(t, look, t, NULL))
			abort(); /* read once, it can be read again */
		pt_trace_close(t);
		if (pt_trace_open(&t, path) || pt_analyse(t, NULL, NULL, NULL, &report))
			abort();
		pt_report_fini(&report);
		pt_trace_close(t);
	}
	close(fd);
	return 0;
}
