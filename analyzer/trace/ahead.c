// SPDX-License-Identifier: MIT
/*
 * ahead.c - see ahead.h.
 *
 * Without a thread there is one batch, filled when it is asked for. With one there is a ring of them, and the
 * same function fills them; so nothing depends on who does it.
 */
#include "ahead.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "plain.h"
#include "relay.h"

#define BATCHES 128u /* three megabytes, some 30,000 events */

_Static_assert(sizeof(struct pt_event) == 64, "a line, as pt_relay_copy() takes them");
_Static_assert(PT_AHEAD_TEXT >= 2 * (PT_EXT_BYTES_MAX + 1), "a text fits behind another one");

struct pt_ahead {
	struct pt_trace *trace;
	bool threaded, ended, held; /* held: a batch is in the caller's hands */
	struct pt_relay relay;
	pthread_t thread;
	struct pt_ahead_batch *batches;
};

#define KIND(kind) (1ull << (kind))
#define TEXTS (KIND(PT_EV_NOTE) | KIND(PT_EV_POOL_CREATE) | KIND(PT_EV_SHARD_NAME) | KIND(PT_EV_MARK) | \
	       KIND(PT_EV_THREAD_NAME) | KIND(PT_EV_MODULE))

/* The trace overwrites a text at the next event. */
static void keep_text(struct pt_ahead_batch *b, struct pt_event *ev)
{
	size_t bytes = strlen(ev->text) + 1;

	memcpy(b->text + b->text_bytes, ev->text, bytes);
	ev->text = b->text + b->text_bytes;
	b->text_bytes += (uint32_t)bytes;
}

/* Who takes a snapshot wants the trace's tables to be those of its event. */
static bool ends_batch(uint8_t kind)
{
	return KIND(kind) & (KIND(PT_EV_SNAPSHOT) | KIND(PT_EV_SNAPSHOT_COPIED));
}

/* The next batch; its events into `events`, all else to where it is to be. */
static void fill(struct pt_trace *t, struct pt_event *events, struct pt_ahead_batch *b)
{
	uint32_t nr = 0;
	int r = 1;

	b->text_bytes = 0;
	for (;;) {
		struct pt_event *ev;

		nr += pt_trace_plain(t, events + nr, PT_AHEAD_EVENTS - nr);
		if (nr == PT_AHEAD_EVENTS)
			break;
		ev = &events[nr];
		r = pt_trace_next(t, ev);
		if (r <= 0)
			break;
		nr++;
		if (__builtin_expect(ev->kind < PT_EV_THREAD_START, 1))
			continue;
		if ((KIND(ev->kind) & TEXTS) && ev->text)
			keep_text(b, ev);
		if (ends_batch(ev->kind) || b->text_bytes > PT_AHEAD_TEXT - PT_EXT_BYTES_MAX - 1)
			break;
	}
	b->nr = nr;
	b->result = r;
	b->share = pt_trace_progress(t);
}

static void *read_ahead(void *arg)
{
	_Alignas(64) struct pt_event events[PT_AHEAD_EVENTS];
	struct pt_ahead *a = arg;
	uint32_t slot;
	int more = 1;

	while (more > 0 && (slot = pt_relay_room(&a->relay)) != PT_RELAY_NONE) {
		struct pt_ahead_batch *b = &a->batches[slot];
		bool waits;

		fill(a->trace, events, b);
		more = b->result;
		waits = b->nr && ends_batch(events[b->nr - 1].kind);
		pt_relay_copy(b->events, events, b->nr);
		pt_relay_put(&a->relay); /* from here on it is not ours */
		if (waits && !pt_relay_drain(&a->relay))
			break;
	}
	pt_relay_close(&a->relay);
	return NULL;
}

int pt_ahead_open(struct pt_ahead **out, struct pt_trace *t, bool thread)
{
	struct pt_ahead *a = calloc(1, sizeof(*a));

	if (!a)
		return -PT_ENOMEM;
	a->trace = t;
	a->batches = aligned_alloc(_Alignof(struct pt_ahead_batch), (thread ? BATCHES : 1) * sizeof(*a->batches));
	if (!a->batches) {
		free(a);
		return -PT_ENOMEM;
	}
	pt_relay_init(&a->relay, BATCHES);
	a->threaded = thread && !pthread_create(&a->thread, NULL, read_ahead, a);
	*out = a;
	return 0;
}

int pt_ahead_next(struct pt_ahead *a, const struct pt_ahead_batch **out)
{
	struct pt_ahead_batch *b = a->batches;

	if (a->threaded && a->held)
		pt_relay_done(&a->relay);
	a->held = false;
	if (a->ended)
		return 0;
	if (a->threaded) {
		uint32_t slot = pt_relay_next(&a->relay);

		if (slot == PT_RELAY_NONE)
			return 0;
		b += slot;
		a->held = true;
	} else {
		fill(a->trace, b->events, b);
	}
	if (b->result <= 0) {
		a->ended = true;
		if (b->result < 0)
			return b->result;
	}
	*out = b;
	return 1;
}

void pt_ahead_close(struct pt_ahead *a)
{
	if (!a)
		return;
	if (a->threaded) {
		pt_relay_stop(&a->relay);
		pthread_join(a->thread, NULL);
	}
	pt_relay_fini(&a->relay);
	free(a->batches);
	free(a);
}
