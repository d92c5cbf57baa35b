// SPDX-License-Identifier: MIT
/* behind.c - see behind.h. */
#include "behind.h"

#include <stdlib.h>

#include "../model/heap.h"

#define BATCHES 128u /* two megabytes */

_Static_assert(sizeof(struct pt_change) == 64, "a line, as pt_relay_copy() takes them");

struct pt_behind {
	struct pt_relay relay;
	pthread_t thread;
	pt_change_fn *fold;
	void *arg;
	int error; /* of fold(); the thread's until it has stopped */
	size_t nrs[BATCHES];
	_Alignas(64) struct pt_change batches[BATCHES][PT_BATCH_CHANGES];
};

static void *fold_all(void *arg)
{
	struct pt_behind *b = arg;
	uint32_t slot;

	while (!b->error && (slot = pt_relay_next(&b->relay)) != PT_RELAY_NONE) {
		b->error = b->fold(b->arg, b->batches[slot], b->nrs[slot]);
		if (!b->error)
			pt_relay_done(&b->relay);
	}
	if (b->error)
		pt_relay_stop(&b->relay);
	return NULL;
}

struct pt_behind *pt_behind_open(pt_change_fn *fold, void *arg)
{
	struct pt_behind *b = aligned_alloc(_Alignof(struct pt_behind), sizeof(*b));

	if (!b)
		return NULL;
	pt_relay_init(&b->relay, BATCHES);
	b->fold = fold;
	b->arg = arg;
	b->error = 0;
	if (!pthread_create(&b->thread, NULL, fold_all, b))
		return b;
	pt_relay_fini(&b->relay);
	free(b);
	return NULL;
}

int pt_behind_put(struct pt_behind *b, const struct pt_change *changes, size_t nr)
{
	uint32_t slot = pt_relay_room(&b->relay);

	if (slot == PT_RELAY_NONE)
		return b->error;
	pt_relay_copy(b->batches[slot], changes, nr);
	b->nrs[slot] = nr;
	pt_relay_put(&b->relay);
	return 0;
}

int pt_behind_drain(struct pt_behind *b)
{
	return pt_relay_drain(&b->relay) ? 0 : b->error;
}

int pt_behind_close(struct pt_behind *b)
{
	int r;

	if (!b)
		return 0;
	pt_relay_close(&b->relay);
	pthread_join(b->thread, NULL);
	r = b->error;
	pt_relay_fini(&b->relay);
	free(b);
	return r;
}
