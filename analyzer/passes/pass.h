/* SPDX-License-Identifier: MIT */
/*
 * pass.h - an analysis: a fold over the changes of the heap that fills its part of the report.
 *
 * A new one is a file with one struct pt_pass and a row in registry.c. A pass sees changes
 * (model/change.h) and nothing else while the trace is read: the heap is ahead of it,
 * perhaps in another thread. Batches instead of calls one by one, because an indirect call for each pass and event
 * would cost more than most passes do.
 */
#ifndef PT_PASS_H
#define PT_PASS_H

#include <stddef.h>

#include "../model/change.h"
#include "../model/heap.h"
#include "../result/report.h"
#include "../trace/trace.h"

#define PT_CHANGE_BIT(kind) (1u << (kind))

struct pt_phase_sums;

struct pt_pass {
	const char *name;
	const char *summary;
	size_t state_size; /* bytes; zeroed and freed by the driver */
	uint32_t kinds;	   /* PT_CHANGE_BIT()s: batches without any of these are not shown to it. 0 = it sees all */
	/* A batch, in order. 0 or a negative PT_E*, which stops the analysis. */
	int (*changes)(void *state, const struct pt_change *changes, size_t nr);
	/* The trace is over. Of `heap` use names (CPU numbers, stacks, classes), peaks and the
	 * time. */
	int (*finish)(void *state, const struct pt_trace *t, const struct pt_heap *heap,
		      struct pt_report *out);
	/* Optional: the program has called pooltrace_mark(), or the trace is over; all changes until then were handed
	 * out. Adds what was counted so far (phases.h). */
	void (*mark)(void *state, const struct pt_heap *heap, struct pt_phase_sums *sums);
	/* Optional: frees what the state points to; also called after an error. */
	void (*fini)(void *state);
};

/* In the order in which they finish; a pass may rely on the rows above it. NULL at the end. */
extern const struct pt_pass *const pt_passes[];

#endif
