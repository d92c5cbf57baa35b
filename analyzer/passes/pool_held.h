/* SPDX-License-Identifier: MIT */
/*
 * pool_held.h - what a pool holds now, and when it held most: for passes that look at that moment.
 */
#ifndef PT_POOL_HELD_H
#define PT_POOL_HELD_H

#include <stdbool.h>
#include <stdint.h>

#include "../model/pool_change.h"

struct pt_pool_held {
	uint64_t idle_bytes, in_use_bytes;
	uint64_t peak_bytes, peak_ns; /* of the two together; the first time it was reached */
};

/* pt_pool_held_apply() - true when the pool holds more now than ever before. */
static inline bool pt_pool_held_apply(struct pt_pool_held *h, const struct pt_pool_change *c)
{
	switch (c->kind) {
	case PT_POOL_HIT:
		h->idle_bytes -= c->old_bytes;
		h->in_use_bytes += c->bytes;
		break;
	case PT_POOL_MISS:
		h->in_use_bytes += c->bytes;
		break;
	case PT_POOL_REGOT:
		h->in_use_bytes += c->bytes - c->old_bytes;
		break;
	case PT_POOL_PUT:
		h->in_use_bytes -= c->old_bytes;
		h->idle_bytes += c->bytes;
		break;
	case PT_POOL_STOCKED:
		h->idle_bytes += c->bytes;
		break;
	case PT_POOL_LEFT_IDLE:
		h->idle_bytes -= c->old_bytes;
		break;
	case PT_POOL_LEFT_USED:
		h->in_use_bytes -= c->old_bytes;
		break;
	case PT_POOL_RESIZED:
		*(c->flags & PT_POOL_IDLE ? &h->idle_bytes : &h->in_use_bytes) +=
			c->bytes - c->old_bytes;
		break;
	default:
		return false;
	}
	if (h->idle_bytes + h->in_use_bytes <= h->peak_bytes)
		return false;
	h->peak_bytes = h->idle_bytes + h->in_use_bytes;
	h->peak_ns = c->time_ns;
	return true;
}

#endif
