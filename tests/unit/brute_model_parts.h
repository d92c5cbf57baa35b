/* SPDX-License-Identifier: MIT */
/*
 * brute_model_parts.h - what the files of brute_model share.
 */
#ifndef BRUTE_MODEL_PARTS_H
#define BRUTE_MODEL_PARTS_H

#include "brute_model.h"

static inline struct bm_pool *bm_pool_of(struct bm *b, const struct bm_object *o)
{
	return &b->pools[b->instances[o->instance].pool];
}

/* brute_model_instances.c: the living instance at an address, or UINT32_MAX; its beginning and its end. */
uint32_t bm_instance_at(const struct bm *b, uint64_t addr);
uint32_t bm_begin(struct bm *b, const struct pt_event *ev);
void bm_destroy(struct bm *b, uint32_t instance);

/* The row of the shard that the event names, which becomes one with `make`; UINT32_MAX: there is none. */
uint32_t bm_shard_of(struct bm *b, uint32_t instance, const struct pt_event *ev, bool make);

/* brute_model_sums.c: what all rows are told before an event, and after it. */
void bm_time_passes(struct bm *b, uint64_t now_ns);
void bm_take_stock(struct bm *b);

#endif
