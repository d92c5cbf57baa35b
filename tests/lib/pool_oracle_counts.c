/* SPDX-License-Identifier: MIT */
/*
 * pool_oracle_counts.c - "Counts" of docs/pools.md: what happened, what is left, peaks, integrals.
 */
#include <math.h>
#include <stdlib.h>

#include "pool_oracle.h"

/* Add `value` to a metric of the rows, in all tables, that the event belongs to. */
#define ADD_EVENT(r, ev, member, value)                                                            \
	for (int by_ = 0; by_ < BY_NR; by_++) {                                                    \
		struct metrics *m_ = pool_oracle_row(r, by_, pool_oracle_event_key(ev, by_));      \
		if (m_)                                                                            \
			m_->member += (value);                                                     \
	}

/* The same of the rows that the hold belongs to. */
#define ADD_HOLD(r, hold, member, value)                                                           \
	for (int by_ = 0; by_ < BY_NR; by_++) {                                                    \
		struct metrics *m_ = pool_oracle_row(r, by_, pool_oracle_key(hold, by_));          \
		if (m_)                                                                            \
			m_->member += (value);                                                     \
	}

/* What left: the shard is where it was, the rest is who did it. A free has no site of its own here. */
#define ADD_LEFT(r, s, ev, member)                                                                 \
	for (int by_ = 0; by_ < BY_NR; by_++) {                                                    \
		struct metrics *m_ = NULL;                                                         \
		if (by_ == BY_SHARD)                                                               \
			m_ = pool_oracle_row(r, BY_SHARD, (s)->before.shard);                      \
		else if (by_ != BY_SITE || (s)->what != S_VANISH)                                  \
			m_ = pool_oracle_row(r, by_, pool_oracle_event_key(ev, by_));              \
		if (m_)                                                                            \
			m_->member++;                                                              \
	}

static void count_step(const struct oracle *o, struct row *r, const struct step *s)
{
	const struct event *ev = &o->events[s->event];

	switch (s->what) {
	case S_HIT:
		ADD_EVENT(r, ev, hits, 1);
		if (s->before.shard != ev->shard_index) {
			ADD_EVENT(r, ev, steals, 1);
			ADD_HOLD(r, &s->before, stolen, 1);
		}
		break;
	case S_MISS:
		ADD_EVENT(r, ev, misses, 1);
		break;
	case S_STOCK:
		ADD_EVENT(r, ev, stocked, 1);
		break;
	case S_DROP:
		ADD_LEFT(r, s, ev, drops);
		break;
	case S_PURGE:
		ADD_LEFT(r, s, ev, purged);
		break;
	case S_VANISH:
		ADD_LEFT(r, s, ev, vanished);
		break;
	default:
		break;
	}
}

static uint64_t grown(const struct hold *h)
{
	return h->bytes > h->created ? h->bytes - h->created : 0;
}

static void count_piece(struct row *r, const struct piece *p)
{
	const struct hold *h = &p->hold;

	if (h->state == IDLE)
		ADD_HOLD(r, h, hoard_byte_seconds, (double)h->bytes * ((double)(p->to_ns - p->from_ns) / 1e9));
	if (p->to != NONE)
		return;
	if (h->state == USED) {
		ADD_HOLD(r, h, in_use_objects, 1);
		ADD_HOLD(r, h, in_use_bytes, h->bytes);
	} else {
		ADD_HOLD(r, h, idle_objects, 1);
		ADD_HOLD(r, h, idle_bytes, h->bytes);
		ADD_HOLD(r, h, ratchet_bytes, grown(h));
	}
}

/* Moments of the pool's own peaks: the first at which no other has more. */
static void find_peaks(struct row *r)
{
	const struct group *g = &r->groups[BY_POOL];
	uint64_t held = 0, used = 0;

	r->peak_moment = r->peak_used_moment = NONE;
	for (size_t m = 0; m < r->moments_nr; m++) {
		if (g->used[m] + g->idle[m] > held) {
			held = g->used[m] + g->idle[m];
			r->peak_moment = m;
		}
		if (g->used[m] > used) {
			used = g->used[m];
			r->peak_used_moment = m;
		}
	}
}

static void count_peaks(struct row *r)
{
	for (int by = 0; by < BY_NR; by++) {
		struct group *g = &r->groups[by];

		for (size_t m = 0; m < r->moments_nr; m++)
			for (size_t k = 0; k < g->nr; k++) {
				uint64_t used = g->used[m * g->nr + k], idle = g->idle[m * g->nr + k];
				struct metrics *row = &g->rows[k];

				row->peak_in_use_bytes = used > row->peak_in_use_bytes ? used : row->peak_in_use_bytes;
				row->peak_idle_bytes = idle > row->peak_idle_bytes ? idle : row->peak_idle_bytes;
				row->peak_held_bytes = used + idle > row->peak_held_bytes ? used + idle :
											    row->peak_held_bytes;
				if (m == r->peak_moment)
					row->idle_at_peak_bytes = idle, row->in_use_at_peak_bytes = used;
			}
	}
}

static uint64_t time_of(const struct oracle *o, const struct row *r, size_t moment)
{
	return moment == NONE ? 0 : o->events[r->moments[moment]].time_ns;
}

static void put_whole(const struct oracle *o, struct row *r)
{
	const struct metrics *m = &r->groups[BY_POOL].rows[0];
	static const char *const others[] = {
		"allocations", "frees", "allocated_bytes", "freed_bytes", "freed_by_others",
		"freed_by_others_bytes", "fresh_allocations", "temporary_allocations", "gone_bytes",
	};
	uint64_t ratchet = 0;

	for (size_t i = 0; r->peak_moment != NONE && i < r->pieces_nr; i++)
		if (r->pieces[i].hold.state == IDLE && pool_oracle_alive(&r->pieces[i], r->moments[r->peak_moment]))
			ratchet += grown(&r->pieces[i].hold);
	pool_oracle_set(r->json, "name", json_string(r->name));
	pool_oracle_set(r->json, "source", json_string(r->source));
	pool_oracle_set(r->json, "instances", pool_oracle_number(r->instances_nr));
	pool_oracle_set(r->json, "slots", pool_oracle_number(r->slots_nr));
	pool_oracle_set(r->json, "one_size", json_boolean(r->one_size));
	pool_oracle_set(r->json, "object_bytes", r->one_size ? pool_oracle_number(r->object_bytes) : json_null());
	pool_oracle_set(r->json, "idle_at_end_bytes", pool_oracle_number(m->idle_bytes));
	pool_oracle_set(r->json, "peak_held_ns", pool_oracle_number(time_of(o, r, r->peak_moment)));
	pool_oracle_set(r->json, "peak_in_use_ns", pool_oracle_number(time_of(o, r, r->peak_used_moment)));
	pool_oracle_set(r->json, "ratchet_at_peak_bytes", pool_oracle_number(ratchet));
	pool_oracle_set(r->json, "stray_drops", pool_oracle_number(r->stray_drops));
	pool_oracle_set(r->json, "stray_moves", pool_oracle_number(r->stray_moves));
	pool_oracle_set(r->json, "stray_resizes", pool_oracle_number(r->stray_resizes));
	pool_oracle_set(r->json, "blowup",
			m->peak_in_use_bytes ?
				json_real((double)m->peak_held_bytes / (double)m->peak_in_use_bytes) :
				json_null());
	pool_oracle_set(r->json, "errors", json_null()); /* only of estimates */
	/* What only an allocator has. */
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		pool_oracle_set(r->json, others[i], json_null());
}

void pool_oracle_counts(const struct oracle *o, struct row *r)
{
	for (size_t i = 0; i < o->events_nr; i++) {
		const struct event *ev = &o->events[i];

		if (ev->row != (size_t)(r - o->rows))
			continue;
		if (ev->kind == K_GET)
			ADD_EVENT(r, ev, gets, 1);
		if (ev->kind == K_PUT)
			ADD_EVENT(r, ev, puts, 1);
	}
	for (size_t i = 0; i < r->steps_nr; i++)
		count_step(o, r, &r->steps[i]);
	for (size_t i = 0; i < r->pieces_nr; i++)
		count_piece(r, &r->pieces[i]);
	find_peaks(r);
	count_peaks(r);
	put_whole(o, r);
}
