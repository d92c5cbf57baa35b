// SPDX-License-Identifier: MIT
/*
 * brute_model_sums.c - what every row has now, had at its peaks and hoarded, from the objects alone.
 */
#include "brute_model_parts.h"

static void add_up(struct bm_pool *p, const struct bm_object *o)
{
	for (int by = 0; by < BM_BY; by++) {
		struct pt_pool_row *r = &p->row[by][o->key[by]];

		r->idle_objects += o->state == 2;
		r->idle_bytes += o->state == 2 ? o->bytes : 0;
		r->in_use_objects += o->state == 1;
		r->in_use_bytes += o->state == 1 ? o->bytes : 0;
	}
}

static void peaks(struct bm *b, struct bm_pool *p)
{
	const struct pt_pool_row *whole = &p->row[BM_WHOLE][0];
	uint64_t held = whole->in_use_bytes + whole->idle_bytes;
	bool highest = held > p->peak_held;

	if (whole->in_use_bytes > p->peak_in_use) {
		p->peak_in_use = whole->in_use_bytes;
		p->peak_in_use_ns = b->now_ns;
	}
	if (highest) {
		p->peak_held = held;
		p->peak_held_ns = b->now_ns;
	}
	for (int i = 0; i < BM_BY * (int)BM_KEYS; i++) {
		struct pt_pool_row *r = &p->row[i / BM_KEYS][i % BM_KEYS];

#define PEAK(peak, now) r->peak = (now) > r->peak ? (now) : r->peak
		PEAK(peak_idle_bytes, r->idle_bytes);
		PEAK(peak_in_use_bytes, r->in_use_bytes);
		PEAK(peak_held_bytes, r->in_use_bytes + r->idle_bytes);
		if (highest)
			r->idle_at_peak_bytes = r->idle_bytes, r->in_use_at_peak_bytes = r->in_use_bytes;
	}
}

/* What everybody has now, from the objects alone. */
void bm_take_stock(struct bm *b)
{
	for (uint32_t i = 0; i < b->pools_nr; i++)
		for (int k = 0; k < BM_BY * (int)BM_KEYS; k++) {
			struct pt_pool_row *r = &b->pools[i].row[k / BM_KEYS][k % BM_KEYS];

			r->idle_objects = r->idle_bytes = r->in_use_objects = r->in_use_bytes = 0;
		}
	for (size_t i = 0; i < BM_OBJECTS; i++)
		if (b->objects[i].state)
			add_up(bm_pool_of(b, &b->objects[i]), &b->objects[i]);
	for (uint32_t i = 0; i < b->pools_nr; i++)
		peaks(b, &b->pools[i]);
}

void bm_time_passes(struct bm *b, uint64_t now_ns)
{
	for (uint32_t i = 0; i < b->pools_nr && now_ns > b->now_ns; i++)
		for (int by = 0; by < BM_BY; by++)
			for (int k = 0; k < (int)BM_KEYS; k++)
				b->pools[i].hoard[by][k] += (__extension__ (unsigned __int128)1) *
							    b->pools[i].row[by][k].idle_bytes *
							    (now_ns - b->now_ns);
	b->now_ns = now_ns > b->now_ns ? now_ns : b->now_ns;
}
