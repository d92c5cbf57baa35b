// SPDX-License-Identifier: MIT
/* behind.c - see behind.h. */
#include "behind.h"

#include <stdlib.h>

#include "../model/heap.h"

#define BATCHES 128u /* two megabytes */
#define MANY	(BATCHES / 4 * 3)

_Static_assert(sizeof(struct pt_change) == 64, "a line, as pt_relay_copy() takes them");

struct pt_behind {
	struct pt_relay relay;
	pthread_t thread;
	pt_change_fn *fold;
	void *arg;
	pthread_mutex_t lent; /* held while in work() */
	pt_behind_work_fn *work;
	void *work_arg;
	int error; /* of fold(); the thread's until it has stopped */
	size_t nrs[BATCHES];
	bool copied; /* a batch is in its slot, but not put yet; the heap's, away from what the thread looks at all the time */
	_Alignas(64) struct pt_change batches[BATCHES][PT_BATCH_CHANGES];
};

static bool do_lent(struct pt_behind *b, bool spare)
{
	bool done;

	pthread_mutex_lock(&b->lent);
	done = b->work && b->work(b->work_arg, spare);
	pthread_mutex_unlock(&b->lent);
	return done;
}

static uint32_t next_batch(struct pt_behind *b)
{
	uint32_t ready;

	while ((ready = pt_relay_waiting(&b->relay)) < MANY && do_lent(b, !ready))
		;
	return pt_relay_next(&b->relay);
}

static void *fold_all(void *arg)
{
	struct pt_behind *b = arg;
	uint32_t slot;

	while (!b->error && (slot = next_batch(b)) != PT_RELAY_NONE) {
		b->error = b->fold(b->arg, b->batches[slot], b->nrs[slot]);
		if (!b->error)
			pt_relay_done(&b->relay);
	}
	if (b->error)
		pt_relay_stop(&b->relay);
	return NULL;
}

static void release(struct pt_behind *b)
{
	pthread_mutex_destroy(&b->lent);
	pt_relay_fini(&b->relay);
	free(b);
}

struct pt_behind *pt_behind_open(pt_change_fn *fold, void *arg)
{
	struct pt_behind *b = aligned_alloc(_Alignof(struct pt_behind), sizeof(*b));

	if (!b)
		return NULL;
	pt_relay_init(&b->relay, BATCHES);
	pthread_mutex_init(&b->lent, NULL);
	b->fold = fold;
	b->arg = arg;
	b->work = NULL;
	b->error = 0;
	b->copied = false;
	if (!pthread_create(&b->thread, NULL, fold_all, b))
		return b;
	release(b);
	return NULL;
}

void pt_behind_lend(struct pt_behind *b, pt_behind_work_fn *work, void *arg)
{
	if (!b)
		return;
	pthread_mutex_lock(&b->lent);
	b->work = work;
	b->work_arg = arg;
	pthread_mutex_unlock(&b->lent);
}

static void put_copied(struct pt_behind *b)
{
	if (b->copied)
		pt_relay_put(&b->relay);
	b->copied = false;
}

/* A batch is handed over when the next one comes: to do so waits until its lines have left, and by then they have. */
int pt_behind_put(struct pt_behind *b, const struct pt_change *changes, size_t nr)
{
	uint32_t slot;

	put_copied(b);
	slot = pt_relay_room(&b->relay);
	if (slot == PT_RELAY_NONE)
		return b->error;
	pt_relay_copy(b->batches[slot], changes, nr);
	b->nrs[slot] = nr;
	b->copied = true;
	return 0;
}

const struct pt_change *pt_behind_after(const struct pt_behind *b)
{
	uint32_t slot = pt_relay_after(&b->relay);

	return slot != PT_RELAY_NONE ? b->batches[slot] : NULL;
}

int pt_behind_drain(struct pt_behind *b)
{
	put_copied(b);
	return pt_relay_drain(&b->relay) ? 0 : b->error;
}

int pt_behind_close(struct pt_behind *b)
{
	int r;

	if (!b)
		return 0;
	put_copied(b);
	pt_relay_close(&b->relay);
	pthread_join(b->thread, NULL);
	r = b->error;
	release(b);
	return r;
}
