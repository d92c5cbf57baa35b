// SPDX-License-Identifier: MIT
/*
 * ahead.c - see ahead.h.
 *
 * Without a thread there is one batch, filled when it is asked for. With one there is a ring of them, and the
 * same function fills them; so nothing depends on who does it. With helpers there are both: when the ring is empty and
 * nobody reads, the next batch is read into the one behind it.
 */
#include "ahead.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "plain.h"
#include "relay.h"

#define BATCHES 128u /* three megabytes, some 30,000 events */
#define FEW	(BATCHES / 4)
#define SPINS	4096u /* some hundred microseconds */
#define LOOKS	32u   /* for the batch, before the lock is tried again */

_Static_assert(sizeof(struct pt_event) == 64, "a line, as pt_relay_copy() takes them");
_Static_assert(PT_AHEAD_TEXT >= 2 * (PT_EXT_BYTES_MAX + 1), "a text fits behind another one");

struct pt_ahead {
	struct pt_trace *trace;
	enum pt_ahead_by by;
	bool ended, held; /* held: a batch of the ring is in the caller's hands */
	struct pt_relay relay;
	pthread_mutex_t reading; /* helpers: who holds it may read the trace, or look at these two */
	bool over;		 /* there is nothing more to read */
	bool waits;		 /* the caller has to be done with all batches first */
	pthread_t thread;
	struct pt_ahead_batch *batches; /* of the ring, and one behind it */
	_Alignas(64) struct pt_event events[PT_AHEAD_EVENTS]; /* the helper's, on their way into the ring */
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

/* Fills a batch, as fill(), and notes what follows from it. */
static void read_batch(struct pt_ahead *a, struct pt_event *events, struct pt_ahead_batch *b)
{
	fill(a->trace, events, b);
	a->over = b->result <= 0;
	a->waits = b->nr && ends_batch(events[b->nr - 1].kind);
}

/* The next batch into a slot of the ring; from here on it is not ours. */
static void read_into(struct pt_ahead *a, struct pt_ahead_batch *b)
{
	read_batch(a, a->events, b);
	pt_relay_copy(b->events, a->events, b->nr);
	pt_relay_put(&a->relay);
}

static void *read_ahead(void *arg)
{
	struct pt_ahead *a = arg;
	uint32_t slot;

	while (!a->over && (slot = pt_relay_room(&a->relay)) != PT_RELAY_NONE) {
		read_into(a, &a->batches[slot]);
		if (a->waits && !pt_relay_drain(&a->relay))
			break;
	}
	pt_relay_close(&a->relay);
	return NULL;
}

bool pt_ahead_help(void *arg, bool spare)
{
	struct pt_ahead *a = arg;
	bool may_read;

	if (pt_relay_free(&a->relay) < (spare ? 1 : BATCHES - FEW) || pthread_mutex_trylock(&a->reading))
		return false;
	may_read = !a->over && !a->waits;
	if (may_read)
		read_into(a, &a->batches[pt_relay_room(&a->relay)]);
	pthread_mutex_unlock(&a->reading);
	return may_read;
}

int pt_ahead_open(struct pt_ahead **out, struct pt_trace *t, enum pt_ahead_by by)
{
	const size_t batches = by == PT_AHEAD_NOBODY ? 1 : BATCHES + 1;
	struct pt_ahead *a = aligned_alloc(_Alignof(struct pt_ahead), sizeof(*a));

	if (!a)
		return -PT_ENOMEM;
	memset(a, 0, sizeof(*a));
	a->trace = t;
	a->by = by;
	a->batches = aligned_alloc(_Alignof(struct pt_ahead_batch), batches * sizeof(*a->batches));
	if (!a->batches) {
		free(a);
		return -PT_ENOMEM;
	}
	pt_relay_init(&a->relay, BATCHES);
	pthread_mutex_init(&a->reading, NULL);
	if (by == PT_AHEAD_THREAD && pthread_create(&a->thread, NULL, read_ahead, a))
		a->by = PT_AHEAD_NOBODY;
	*out = a;
	return 0;
}

/*
 * Nothing is ready: waits until the helper has read what it is at, or nobody reads and we may. The slot that is ready then,
 * or PT_RELAY_NONE with the lock held. A batch takes some microseconds: not worth going to sleep for, but that the helper may
 * have lost its CPU. Looking does not take the lock's line away from it, trying would.
 */
static uint32_t await(struct pt_ahead *a)
{
	uint32_t slot = PT_RELAY_NONE, i = 0;

	while (slot == PT_RELAY_NONE && (i % LOOKS || pthread_mutex_trylock(&a->reading))) {
		if (++i == SPINS) {
			pthread_mutex_lock(&a->reading);
			break;
		}
		pt_relay_pause();
		slot = pt_relay_ready(&a->relay);
	}
	return slot;
}

/* The next batch that helpers have read; or, when they have read none, one that is read now. */
static struct pt_ahead_batch *next_or_read(struct pt_ahead *a)
{
	struct pt_ahead_batch *own = &a->batches[BATCHES];
	uint32_t slot = pt_relay_ready(&a->relay);

	if (slot == PT_RELAY_NONE)
		slot = await(a);
	if (slot == PT_RELAY_NONE) {
		slot = pt_relay_ready(&a->relay);
		if (slot == PT_RELAY_NONE)
			read_batch(a, own->events, own);
		pthread_mutex_unlock(&a->reading);
	}
	a->held = slot != PT_RELAY_NONE;
	return a->held ? &a->batches[slot] : own;
}

int pt_ahead_next(struct pt_ahead *a, const struct pt_ahead_batch **out)
{
	struct pt_ahead_batch *b = a->batches;
	uint32_t slot;

	if (a->held)
		pt_relay_done(&a->relay);
	a->held = false;
	if (a->ended)
		return 0;
	if (a->by == PT_AHEAD_THREAD) {
		slot = pt_relay_next(&a->relay);
		if (slot == PT_RELAY_NONE)
			return 0;
		b += slot;
		a->held = true;
	} else if (a->by == PT_AHEAD_HELPERS) {
		b = next_or_read(a);
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

const struct pt_event *pt_ahead_after(const struct pt_ahead *a)
{
	uint32_t slot = a->held ? pt_relay_after(&a->relay) : PT_RELAY_NONE;

	return slot != PT_RELAY_NONE ? a->batches[slot].events : NULL;
}

void pt_ahead_close(struct pt_ahead *a)
{
	if (!a)
		return;
	if (a->by == PT_AHEAD_THREAD) {
		pt_relay_stop(&a->relay);
		pthread_join(a->thread, NULL);
	}
	pthread_mutex_destroy(&a->reading);
	pt_relay_fini(&a->relay);
	free(a->batches);
	free(a);
}
