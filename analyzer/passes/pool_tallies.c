// SPDX-License-Identifier: MIT
/*
 * pool_tallies.c - pass: who gets, puts and hoards, by shard, thread, CPU and site, and in all.
 *
 * One pass for the five, because every change goes to all of them. Idle objects are where they
 * lie and theirs who put them; those in use theirs who got them. Sums are integers and exact.
 */
#include "pool_passes.h"

#include <math.h>
#include <stdlib.h>

#include "../../format/error.h"
#include "phases.h"
#include "pool_make.h"
#include "pool_rows.h"

#define WHOLE	 PT_POOL_BY_NR /* the pool as one more line */
#define LINES_NR (PT_POOL_BY_NR + 1)

struct line {
	struct pt_pool_row row;
	uint64_t epoch; /* peaks of the pool that row.*_at_peak_bytes have seen */
	uint64_t settled_ns;
	pt_byte_ns hoard; /* until then */
};

struct tallied {
	struct line whole;
	struct line *lines[PT_POOL_BY_NR]; /* by shard and by rows of the changes */
	uint32_t lines_max[PT_POOL_BY_NR];
	uint64_t epoch; /* how often held bytes made a new peak */
	uint64_t peak_held_ns, peak_in_use_ns;
	/* Since the last mark. */
	uint64_t phase_held_bytes, phase_in_use_bytes, phase_idle_bytes;
};

struct tallies {
	struct tallied *pools;
	uint32_t pools_max;
};

/* The lines that a change touches: of who did it, and of who had the object. */
struct touched {
	struct tallied *pool;
	const struct pt_pool_change *c;
	struct line *now[LINES_NR], *old[LINES_NR];
};

static int touch(struct tallies *s, const struct pt_pool_change *c, struct touched *t)
{
	const uint32_t now[] = { c->shard, c->thread_row, c->cpu_row, c->site_row };
	const uint32_t old[] = { c->old_shard, c->old_thread_row, c->old_cpu_row, c->old_site_row };
	struct tallied *p = pt_pool_grown(s->pools, &s->pools_max, c->pool, sizeof(*p));

	if (!p)
		return -PT_ENOMEM;
	s->pools = p;
	p += c->pool;
	t->pool = p;
	t->c = c;
	for (int by = 0; by < PT_POOL_BY_NR; by++) {
		uint32_t last = now[by] > old[by] ? now[by] : old[by];
		struct line *lines =
			pt_pool_grown(p->lines[by], &p->lines_max[by], last, sizeof(*lines));

		if (!lines)
			return -PT_ENOMEM;
		p->lines[by] = lines;
		t->now[by] = &lines[now[by]];
		t->old[by] = &lines[old[by]];
	}
	t->now[WHOLE] = t->old[WHOLE] = &p->whole;
	return 0;
}

/* Idle bytes or those in use are about to change. What the line held at the pool's peak is looked at only now:
 * as long as it does not change it is what it was at the last peak, however many there were. */
static void settle(struct line *l, uint64_t epoch, uint64_t now_ns)
{
	if (l->epoch != epoch) {
		l->epoch = epoch;
		l->row.idle_at_peak_bytes = l->row.idle_bytes;
		l->row.in_use_at_peak_bytes = l->row.in_use_bytes;
	}
	l->hoard += (pt_byte_ns)l->row.idle_bytes * (now_ns - l->settled_ns);
	l->settled_ns = now_ns;
}

static void idle_ends(struct line *l, const struct touched *t)
{
	settle(l, t->pool->epoch, t->c->time_ns);
	l->row.idle_objects--;
	l->row.idle_bytes -= t->c->old_bytes;
}

static void idle_begins(struct line *l, const struct touched *t)
{
	settle(l, t->pool->epoch, t->c->time_ns);
	l->row.idle_objects++;
	l->row.idle_bytes += t->c->bytes;
}

static void use_ends(struct line *l, const struct touched *t)
{
	settle(l, t->pool->epoch, t->c->time_ns);
	l->row.in_use_objects--;
	l->row.in_use_bytes -= t->c->old_bytes;
}

static void use_begins(struct line *l, const struct touched *t)
{
	settle(l, t->pool->epoch, t->c->time_ns);
	l->row.in_use_objects++;
	l->row.in_use_bytes += t->c->bytes;
}

static void peaks(struct line *l)
{
	struct pt_pool_row *row = &l->row;

	if (row->idle_bytes > row->peak_idle_bytes)
		row->peak_idle_bytes = row->idle_bytes;
	if (row->in_use_bytes > row->peak_in_use_bytes)
		row->peak_in_use_bytes = row->in_use_bytes;
	if (row->in_use_bytes + row->idle_bytes > row->peak_held_bytes)
		row->peak_held_bytes = row->in_use_bytes + row->idle_bytes;
}

static void got(struct touched *t)
{
	bool steal = t->c->flags & PT_POOL_STEAL;

	for (int by = 0; by < LINES_NR; by++) {
		struct line *now = t->now[by], *old = t->old[by];

		now->row.gets++;
		if (t->c->kind == PT_POOL_HIT) {
			now->row.hits++;
			now->row.steals += steal;
			old->row.stolen += steal;
			idle_ends(old, t);
		} else if (t->c->kind == PT_POOL_MISS) {
			now->row.misses++;
		} else {
			use_ends(old, t);
		}
		use_begins(now, t);
		peaks(now);
	}
}

static void put(struct touched *t)
{
	bool told = t->c->kind != PT_POOL_STOCKED || t->c->flags & (PT_POOL_FOREIGN | PT_POOL_UNSEEN);

	for (int by = 0; by < LINES_NR; by++) {
		struct line *now = t->now[by];

		now->row.puts += told;
		now->row.stocked += !told;
		if (t->c->kind == PT_POOL_REPUT)
			continue;
		if (t->c->kind == PT_POOL_PUT)
			use_ends(t->old[by], t);
		idle_begins(now, t);
		peaks(now);
	}
}

static void left(struct touched *t)
{
	uint16_t flags = t->c->flags;

	for (int by = 0; by < LINES_NR; by++) {
		struct pt_pool_row *row = &t->now[by]->row;

		if (t->c->kind == PT_POOL_LEFT_IDLE)
			idle_ends(t->old[by], t);
		else
			use_ends(t->old[by], t);
		if (flags & PT_POOL_VANISHED)
			row->vanished += by != PT_POOL_BY_SITE; /* a free has no site here */
		else if (flags & PT_POOL_BY_PURGE)
			row->purged++;
		else if (!(flags & PT_POOL_DESTROYED))
			row->drops++;
	}
}

static void moved(struct touched *t)
{
	idle_ends(t->old[PT_POOL_BY_SHARD], t);
	idle_begins(t->now[PT_POOL_BY_SHARD], t);
	peaks(t->now[PT_POOL_BY_SHARD]);
}

static void resized(struct touched *t)
{
	for (int by = 0; by < LINES_NR; by++) {
		struct line *l = t->old[by];

		settle(l, t->pool->epoch, t->c->time_ns);
		if (t->c->flags & PT_POOL_IDLE)
			l->row.idle_bytes += t->c->bytes - t->c->old_bytes;
		else
			l->row.in_use_bytes += t->c->bytes - t->c->old_bytes;
		peaks(l);
	}
}

static void dispatch(struct touched *t)
{
	switch (t->c->kind) {
	case PT_POOL_HIT:
	case PT_POOL_MISS:
	case PT_POOL_REGOT:
		got(t);
		break;
	case PT_POOL_PUT:
	case PT_POOL_STOCKED:
	case PT_POOL_REPUT:
		put(t);
		break;
	case PT_POOL_LEFT_IDLE:
	case PT_POOL_LEFT_USED:
		left(t);
		break;
	case PT_POOL_MOVED:
		moved(t);
		break;
	case PT_POOL_RESIZED:
		resized(t);
		break;
	}
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static void phase_peaks(struct tallied *p)
{
	const struct pt_pool_row *whole = &p->whole.row;

	p->phase_held_bytes = larger(p->phase_held_bytes, whole->in_use_bytes + whole->idle_bytes);
	p->phase_in_use_bytes = larger(p->phase_in_use_bytes, whole->in_use_bytes);
	p->phase_idle_bytes = larger(p->phase_idle_bytes, whole->idle_bytes);
}

static int change(void *state, const struct pt_pool_change *c)
{
	uint64_t peak_held_bytes, peak_in_use_bytes;
	const struct pt_pool_row *whole;
	struct touched t;
	int r;

	if (c->kind == PT_POOL_EMPTY || c->kind >= PT_POOL_END_IDLE)
		return 0;
	r = touch(state, c, &t);
	if (r)
		return r;
	whole = &t.pool->whole.row;
	peak_held_bytes = whole->peak_held_bytes;
	peak_in_use_bytes = whole->peak_in_use_bytes;
	dispatch(&t);
	phase_peaks(t.pool);
	if (whole->peak_held_bytes != peak_held_bytes) {
		t.pool->epoch++;
		t.pool->peak_held_ns = c->time_ns;
	}
	if (whole->peak_in_use_bytes != peak_in_use_bytes)
		t.pool->peak_in_use_ns = c->time_ns;
	return 0;
}

/* The line as it is at the end; NULL: nothing ever happened there. */
static void fill(struct line *l, const struct tallied *p, uint64_t end_ns, struct pt_pool_row *out)
{
	if (!l || !out)
		return;
	settle(l, p->epoch, end_ns);
	*out = l->row;
	out->hoard_byte_seconds = (double)l->hoard / 1e9;
}

static void fill_rows(const struct pt_pool_finish *f, struct tallied *p, uint32_t pool)
{
	const struct pt_pool *from = pt_pools_get(f->pools, pool);
	const uint32_t nr[] = { from->shards_nr, from->threads_nr, from->cpus_nr, from->sites_nr };

	for (int by = 0; by < PT_POOL_BY_NR; by++) {
		for (uint32_t i = 0; i < nr[by] && i < p->lines_max[by]; i++)
			fill(&p->lines[by][i], p, f->end_ns,
			     pt_pool_row_of(from, f->rows[pool].detail, (enum pt_pool_by)by, i));
	}
}

static int finish(void *state, const struct pt_pool_finish *f)
{
	struct tallies *s = state;

	for (uint32_t i = 0; i < pt_pools_nr(f->pools); i++) {
		struct pt_report_pool *out = &f->rows[i];
		struct pt_pool_detail *d = out->detail;
		struct tallied *p = i < s->pools_max ? &s->pools[i] : NULL;

		if (p) {
			fill(&p->whole, p, f->end_ns, &d->row);
			fill_rows(f, p, i);
			out->peak_held_ns = p->peak_held_ns;
			d->peak_in_use_ns = p->peak_in_use_ns;
		}
		for (size_t k = 0; k < d->sites_nr; k++)
			d->sites[k].row.peak_held_bytes = PT_UNKNOWN;
		out->peak_held_bytes = d->row.peak_held_bytes;
		out->peak_in_use_bytes = d->row.peak_in_use_bytes;
		out->blowup = out->peak_in_use_bytes
				      ? (double)out->peak_held_bytes / (double)out->peak_in_use_bytes
				      : NAN;
	}
	return 0;
}

static void mark(void *state, uint64_t now_ns, struct pt_phase_sums *sums, uint32_t pools_nr)
{
	struct tallies *s = state;

	for (uint32_t i = 0; i < pools_nr && i < s->pools_max; i++) {
		struct tallied *p = &s->pools[i];
		const struct pt_pool_row *row = &p->whole.row;
		struct pt_phase_figures *f = &sums[i].f;

		settle(&p->whole, p->epoch, now_ns);
		sums[i].hoard += p->whole.hoard;
		f->peak_held_bytes = p->phase_held_bytes;
		f->peak_in_use_bytes = p->phase_in_use_bytes;
		f->peak_idle_bytes = p->phase_idle_bytes;
		f->in_use_objects = row->in_use_objects;
		f->in_use_bytes = row->in_use_bytes;
		f->idle_objects = row->idle_objects;
		f->idle_bytes = row->idle_bytes;
		f->gets = row->gets;
		f->puts = row->puts;
		f->misses = row->misses;
		f->steals = row->steals;
		f->drops = row->drops;
		f->purged = row->purged;
		p->phase_held_bytes = p->phase_in_use_bytes = p->phase_idle_bytes = 0;
		phase_peaks(p);
	}
}

static void fini(void *state)
{
	struct tallies *s = state;

	for (uint32_t i = 0; i < s->pools_max; i++) {
		for (int by = 0; by < PT_POOL_BY_NR; by++)
			free(s->pools[i].lines[by]);
	}
	free(s->pools);
}

const struct pt_pool_pass pt_pool_pass_tallies = {
	.name = "tallies",
	.summary = "who gets, puts and hoards: shards, threads, CPUs, call sites",
	.state_size = sizeof(struct tallies),
	.change = change,
	.finish = finish,
	.mark = mark,
	.fini = fini,
};
