// SPDX-License-Identifier: MIT
/*
 * phase_peaks.c - pass: peaks between two marks, and byte-seconds of what lies idle at a mark.
 *
 * Sleeps until there is a mark: the peaks until then the heap has watched itself. From then on it follows in
 * use and idle, and sum(size x since) over what is idle: at a mark, idle bytes x now less that sum is what
 * tallies will count only when those blocks end.
 */
#include "passes.h"
#include "phases.h"

struct phase_peaks {
	bool awake;
	uint64_t in_use_bytes, idle_bytes;
	uint64_t peak_in_use_bytes, peak_held_bytes, peak_idle_bytes;
	pt_byte_ns since; /* sum(size x since) of idle blocks */
};

static void follow(struct phase_peaks *s, const struct pt_change *c)
{
	switch (c->kind) {
	case PT_CHANGE_GOT:
		s->in_use_bytes += c->size_bytes;
		if (s->in_use_bytes > s->peak_in_use_bytes)
			s->peak_in_use_bytes = s->in_use_bytes;
		if (s->in_use_bytes + s->idle_bytes > s->peak_held_bytes)
			s->peak_held_bytes = s->in_use_bytes + s->idle_bytes;
		break;
	case PT_CHANGE_PUT:
		s->in_use_bytes -= c->size_bytes;
		s->idle_bytes += c->size_bytes;
		s->since += (pt_byte_ns)c->size_bytes * c->since_ns;
		if (s->idle_bytes > s->peak_idle_bytes)
			s->peak_idle_bytes = s->idle_bytes;
		break;
	case PT_CHANGE_REUSED:
	case PT_CHANGE_GONE:
		s->idle_bytes -= c->size_bytes;
		s->since -= (pt_byte_ns)c->size_bytes * c->since_ns;
		break;
	case PT_CHANGE_RESIZED:
	case PT_CHANGE_TAKEN:
	case PT_CHANGE_MISSED:
		s->in_use_bytes -= c->size_bytes;
		break;
	default:
		break;
	}
}

static int changes(void *state, const struct pt_change *c, size_t nr)
{
	struct phase_peaks *s = state;

	for (size_t i = 0; s->awake && i < nr; i++)
		follow(s, &c[i]);
	return 0;
}

static void add_since(void *state, const struct pt_block *b)
{
	struct phase_peaks *s = state;

	if (b->state == PT_BLOCK_IDLE)
		s->since += (pt_byte_ns)b->size_bytes * b->since_ns;
}

static void mark(void *state, const struct pt_heap *heap, struct pt_phase_sums *sums)
{
	struct phase_peaks *s = state;

	if (!s->awake) {
		s->awake = true;
		s->in_use_bytes = heap->in_use_bytes;
		s->idle_bytes = heap->idle_bytes;
		s->peak_in_use_bytes = heap->peak_in_use_bytes;
		s->peak_held_bytes = heap->peak_held_bytes;
		s->peak_idle_bytes = heap->peak_idle_bytes;
		pt_index_each(&heap->index, add_since, s);
	}
	sums->f.peak_in_use_bytes = s->peak_in_use_bytes;
	sums->f.peak_held_bytes = s->peak_held_bytes;
	sums->f.peak_idle_bytes = s->peak_idle_bytes;
	sums->hoard += (pt_byte_ns)s->idle_bytes * heap->now_ns - s->since;
	s->peak_in_use_bytes = s->in_use_bytes;
	s->peak_held_bytes = s->in_use_bytes + s->idle_bytes;
	s->peak_idle_bytes = s->idle_bytes;
}

static int finish(void *state, const struct pt_trace *t, const struct pt_heap *heap, struct pt_report *out)
{
	(void)state, (void)t, (void)heap, (void)out; /* phases.c has it all */
	return 0;
}

const struct pt_pass pt_pass_phase_peaks = {
	.name = "phase peaks",
	.summary = "peaks between two marks",
	.state_size = sizeof(struct phase_peaks),
	.changes = changes,
	.finish = finish,
	.mark = mark,
};
