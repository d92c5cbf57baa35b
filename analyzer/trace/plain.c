// SPDX-License-Identifier: MIT
/*
 * plain.c - see plain.h.
 *
 * A record is taken only when it is sure that pt_trace_next() would take it too: until then nothing is written to the
 * writer's state, so whoever looks at it next sees it as if nobody had.
 */
#include "plain.h"

#include <string.h>

#include "merge.h"

/* What holds for all events of a run. */
struct plain_run {
	struct pt_codec *codec;
	const struct pt_clock *clock;
	const uint32_t *nodes; /* the writer's stack nodes first_id, first_id + 1 ... */
	uint32_t first_id, nodes_nr;
	uint64_t tick_min, tick_max;
	uint32_t cpu, thread;
	uint64_t sample_bytes;
};

/* One malloc, calloc or free: no other function, and none whose name follows. */
static inline bool is_plain(uint8_t head)
{
	const uint8_t kind = head & PT_REC_KIND_MASK, fn = head >> PT_REC_FN_SHIFT;

	return kind == PT_REC_ALLOC ? fn <= PT_FN_CALLOC : kind == PT_REC_FREE && !fn;
}

/* The stack and size of an allocation. NULL: pt_decode() has to look at them, and nothing is changed. */
static inline const uint8_t *take_alloc(const struct plain_run *run, const uint8_t *p, uint8_t head, struct pt_event *ev)
{
	struct pt_codec *c = run->codec;
	uint32_t *next = &c->next_stack[c->stack % PT_CODEC_SLOTS], *size;
	uint64_t stack = *next, size_bytes;

	if (!(head & PT_REC_STACK_SAME)) {
		p = pt_varint_get_far(p, &stack);
		if (__builtin_expect(stack > UINT32_MAX, 0))
			return NULL;
	}
	if (__builtin_expect(stack - run->first_id >= run->nodes_nr && stack, 0))
		return NULL;
	size = &c->sizes[stack % PT_CODEC_SLOTS];
	size_bytes = *size;
	if (!(head & PT_REC_SIZE_SAME)) {
		p = pt_varint_get_far(p, &size_bytes);
		*size = size_bytes <= UINT32_MAX ? (uint32_t)size_bytes : 0;
	}
	*next = c->stack = (uint32_t)stack;
	ev->stack = stack ? run->nodes[stack - run->first_id] : 0;
	ev->size_bytes = size_bytes;
	return p;
}

/* One event at `p`, where PT_DECODE_BYTES can be read. The byte behind it, or NULL as above. */
static inline const uint8_t *take(const struct plain_run *run, const uint8_t *p, struct pt_event *ev)
{
	struct pt_codec *c = run->codec;
	const uint8_t head = *p;
	uint64_t dt, tick, addr, folded, slot;

	if (__builtin_expect(!is_plain(head), 0))
		return NULL;
	p = pt_varint_get_far(p + 1, &dt);
	tick = c->tick + dt;
	if (__builtin_expect(tick < run->tick_min || tick > run->tick_max, 0))
		return NULL;
	if (head & PT_REC_ADDR_HIT) {
		slot = *p++;
		addr = c->addrs[slot];
		folded = pt_addr_fold(addr);
	} else {
		p = pt_varint_get_far(p, &folded);
		folded = c->addr + pt_unzigzag(folded);
		addr = pt_addr_unfold(folded);
		slot = pt_addr_slot(addr);
	}
	if (__builtin_expect(!addr, 0))
		return NULL;
	if ((head & PT_REC_KIND_MASK) == PT_REC_ALLOC) {
		p = take_alloc(run, p, head, ev);
		if (__builtin_expect(!p, 0))
			return NULL;
		ev->kind = PT_EV_ALLOC;
		ev->fn = head >> PT_REC_FN_SHIFT ? PT_API_CALLOC : PT_API_MALLOC;
		ev->sample_bytes = run->sample_bytes;
	} else {
		ev->kind = PT_EV_FREE;
		ev->fn = PT_API_FREE;
		ev->stack = 0;
		ev->size_bytes = ev->sample_bytes = 0;
	}
	c->tick = tick;
	c->addr = folded;
	c->addrs[slot] = addr;
	/* One by one: a copy of what all have in common would be loaded where it was just stored in parts. */
	ev->repaired = ev->flags = 0;
	ev->cpu = run->cpu;
	ev->thread = run->thread;
	ev->old_addr = 0;
	ev->text = NULL;
	ev->addr = addr;
	ev->time_ns = pt_clock_ns(run->clock, tick);
	return p;
}

static void begin(struct plain_run *run, struct pt_trace *t, struct pt_writer *w)
{
	const struct pt_merge *m = &t->priv->merge;
	const bool whole = w->runs_nr == 1;

	run->codec = &w->codec;
	run->clock = &t->priv->clock;
	run->nodes = w->nodes;
	run->first_id = whole ? w->runs[0].first_id : 0;
	run->nodes_nr = whole ? (uint32_t)w->nodes_nr : 0;
	run->tick_min = w->tick_reached;
	run->tick_max = m->limit < w->tick_limit ? m->limit : w->tick_limit;
	run->cpu = w->cpu;
	run->thread = w->thread;
	run->sample_bytes = w->sample_bytes;
}

uint32_t pt_trace_plain(struct pt_trace *t, struct pt_event *events, uint32_t max)
{
	struct pt_writer *w = t->priv->merge.current;
	struct plain_run run;
	const uint8_t *p;
	uint32_t nr = 0;

	if (!w || w->chunk_opened || t->priv->source.ring_tick || w->decoded || !w->at)
		return 0;
	begin(&run, t, w);
	p = w->at;
	while (nr < max && w->end - p >= (ptrdiff_t)PT_WRITER_FAR_BYTES) {
		const uint8_t *behind = take(&run, p, &events[nr]);

		if (!behind)
			break;
		p = behind;
		nr++;
	}
	if (!nr)
		return 0;
	w->at = p;
	w->tick_reached = w->codec.tick;
	t->end_ns = events[nr - 1].time_ns;
	t->state.events_nr += nr;
	return nr;
}
