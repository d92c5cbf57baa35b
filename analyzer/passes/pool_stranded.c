// SPDX-License-Identifier: MIT
/*
 * pool_stranded.c - pass: objects that were made while another shard (thread, CPU) held idle ones.
 *
 * Asked three times, at the moment of the miss. A pool that tells its misses is asked when it
 * tells: then the answer is kept until the get that says for how many bytes.
 */
#include "pool_passes.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "cells.h"
#include "phases.h"
#include "pool_holders.h"
#include "pool_make.h"
#include "pool_rows.h"

struct sums {
	uint64_t misses, bytes, ambiguous;
};

struct starved {
	struct pt_pool_holders holders[PT_POOL_BY_SITE]; /* by shard, thread, CPU */
	struct pt_pool_sizes sizes;			 /* of all idle objects */
	struct pt_cells cells[PT_POOL_BY_SITE];
	struct sums *sums[PT_POOL_BY_NR]; /* by rows; sites: as by shard */
	uint32_t sums_max[PT_POOL_BY_NR];
	struct sums whole;
};

/* What the others held when it was asked. */
struct answer {
	uint32_t holder;
	uint64_t others; /* objects */
};

/* What a thread's last EMPTY has found. */
struct told {
	bool known;
	uint32_t cpu_row;
	uint64_t threads; /* others that may be at something */
	struct answer by[PT_POOL_BY_SITE];
};

struct stranded {
	const struct pt_pools *pools;
	struct starved *all;
	uint32_t all_max;
	struct told *told; /* by thread */
	uint32_t told_max;
};

static void start(void *state, const struct pt_pools *pools, const struct pt_pool_limits *limits)
{
	(void)limits;
	((struct stranded *)state)->pools = pools;
}

static struct starved *pool_at(struct stranded *s, uint32_t pool)
{
	struct starved *all = pt_pool_grown(s->all, &s->all_max, pool, sizeof(*all));

	if (!all)
		return NULL;
	s->all = all;
	return &all[pool];
}

static int idle_begins(struct starved *p, const struct pt_pool_change *c)
{
	const uint32_t row[] = { c->shard, c->thread_row, c->cpu_row };
	int r = pt_pool_sizes_add(&p->sizes, c->bytes);

	for (int by = 0; by < PT_POOL_BY_SITE && !r; by++)
		r = pt_pool_holders_put(&p->holders[by], row[by], c->bytes);
	return r;
}

static void idle_ends(struct starved *p, const struct pt_pool_change *c)
{
	const uint32_t row[] = { c->old_shard, c->old_thread_row, c->old_cpu_row };

	pt_pool_sizes_del(&p->sizes, c->old_bytes);
	for (int by = 0; by < PT_POOL_BY_SITE; by++)
		pt_pool_holders_take(&p->holders[by], row[by], c->old_bytes);
}

static int moved(struct starved *p, const struct pt_pool_change *c)
{
	struct pt_pool_holders *shards = &p->holders[PT_POOL_BY_SHARD];

	pt_pool_holders_take(shards, c->old_shard, c->old_bytes);
	return pt_pool_holders_put(shards, c->shard, c->bytes);
}

static int resized(struct starved *p, const struct pt_pool_change *c)
{
	const uint32_t row[] = { c->old_shard, c->old_thread_row, c->old_cpu_row };
	int r;

	if (!(c->flags & PT_POOL_IDLE) || c->bytes == c->old_bytes)
		return 0;
	pt_pool_sizes_del(&p->sizes, c->old_bytes);
	r = pt_pool_sizes_add(&p->sizes, c->bytes);
	for (int by = 0; by < PT_POOL_BY_SITE && !r; by++) {
		pt_pool_holders_take(&p->holders[by], row[by], c->old_bytes);
		r = pt_pool_holders_put(&p->holders[by], row[by], c->bytes);
	}
	return r;
}

/* Who has what now. */
static void look(const struct stranded *s, struct starved *p, const struct pt_pool_change *c,
		 struct answer by[PT_POOL_BY_SITE])
{
	const struct pt_pool *pool = pt_pools_get(s->pools, c->pool);
	const uint32_t *const rank[] = { NULL, pool->threads, pool->cpus };
	const uint32_t self[] = { c->shard, c->thread_row, c->cpu_row };
	uint64_t bytes = c->flags & PT_POOL_ONE_SIZE ? PT_ANY_SIZE : c->bytes;
	uint64_t fit = p->holders[PT_POOL_BY_SHARD].objects;

	if (bytes != PT_ANY_SIZE)
		fit = pt_pool_sizes_from(&p->sizes, bytes);
	for (int i = 0; i < PT_POOL_BY_SITE; i++)
		by[i].holder = pt_pool_holders_ask(&p->holders[i], bytes, fit, self[i], rank[i], &by[i].others);
}

static int told(struct stranded *s, struct starved *p, const struct pt_pool_change *c)
{
	struct told *t = pt_pool_grown(s->told, &s->told_max, c->thread, sizeof(*t));

	if (!t)
		return -PT_ENOMEM;
	s->told = t;
	t += c->thread;
	t->known = c->flags & PT_POOL_ONE_SIZE;
	if (!t->known)
		return 0;
	look(s, p, c, t->by);
	t->threads = pt_pools_get(s->pools, c->pool)->callers_nr - 1;
	t->cpu_row = c->cpu_row;
	return 0;
}

static struct sums *sums_at(struct starved *p, enum pt_pool_by by, uint32_t row)
{
	struct sums *sums = pt_pool_grown(p->sums[by], &p->sums_max[by], row, sizeof(*sums));

	if (!sums)
		return NULL;
	p->sums[by] = sums;
	return &sums[row];
}

static void count(struct sums *sums, bool ambiguous, uint64_t bytes)
{
	sums->ambiguous += ambiguous;
	sums->misses += !ambiguous;
	sums->bytes += ambiguous ? 0 : bytes;
}

/* cpu_row: where it was asked. */
static int judge(struct starved *p, const struct pt_pool_change *c, enum pt_pool_by by, const struct answer *a,
		 uint64_t threads, uint32_t cpu_row)
{
	const uint32_t row[] = { c->shard, c->thread_row, cpu_row };
	bool ambiguous = a->others <= threads;
	struct sums *sums;

	if (!a->others)
		return 0;
	sums = sums_at(p, by, row[by]);
	if (!sums)
		return -PT_ENOMEM;
	count(sums, ambiguous, c->bytes);
	if (by == PT_POOL_BY_SHARD) {
		sums = sums_at(p, PT_POOL_BY_SITE, c->site_row);
		if (!sums)
			return -PT_ENOMEM;
		count(sums, ambiguous, c->bytes);
		count(&p->whole, ambiguous, c->bytes);
	}
	return ambiguous ? 0 : pt_cells_add(&p->cells[by], row[by], a->holder, c->bytes);
}

static int missed(const struct stranded *s, struct starved *p, const struct pt_pool_change *c)
{
	const struct pt_pool *pool = pt_pools_get(s->pools, c->pool);
	const struct told *t = c->thread < s->told_max ? &s->told[c->thread] : NULL;
	uint64_t threads = pool->callers_nr - 1;
	uint32_t cpu_row = c->cpu_row;
	struct answer by[PT_POOL_BY_SITE];
	int r = 0;

	if (c->flags & PT_POOL_MISS_TOLD && t && t->known) {
		memcpy(by, t->by, sizeof(by));
		threads = t->threads;
		cpu_row = t->cpu_row;
	} else {
		look(s, p, c, by);
	}
	for (int i = 0; i < PT_POOL_BY_SITE && !r; i++)
		r = judge(p, c, (enum pt_pool_by)i, &by[i], threads, cpu_row);
	return r;
}

static int change(void *state, const struct pt_pool_change *c)
{
	struct stranded *s = state;
	struct starved *p = pool_at(s, c->pool);

	if (!p)
		return -PT_ENOMEM;
	switch (c->kind) {
	case PT_POOL_PUT:
	case PT_POOL_STOCKED:
		return idle_begins(p, c);
	case PT_POOL_HIT:
	case PT_POOL_LEFT_IDLE:
		idle_ends(p, c);
		return 0;
	case PT_POOL_MOVED:
		return moved(p, c);
	case PT_POOL_RESIZED:
		return resized(p, c);
	case PT_POOL_EMPTY:
		return told(s, p, c);
	case PT_POOL_MISS:
		return missed(s, p, c);
	default:
		return 0;
	}
}

static void add_sums(const struct sums *sums, struct pt_pool_row *out)
{
	out->stranded_misses = sums->misses;
	out->stranded_bytes = sums->bytes;
	out->ambiguous_misses = sums->ambiguous;
}

/* Cells have rows of the changes; the report has threads by index, and indexes of its own CPUs. */
static void renumber(const struct pt_pool *pool, const struct pt_pool_detail *d, struct starved *p)
{
	for (int by = PT_POOL_BY_THREAD; by <= PT_POOL_BY_CPU; by++) {
		struct pt_cells *m = &p->cells[by];

		for (size_t i = 0; i < m->slots_nr; i++) {
			struct pt_report_cell *cell = &m->slots[i];

			if (!cell->objects)
				continue;
			cell->from = by == PT_POOL_BY_CPU ? pt_pool_cpu_index(pool, d, cell->from)
							  : pool->threads[cell->from];
			cell->to = by == PT_POOL_BY_CPU ? pt_pool_cpu_index(pool, d, cell->to)
							: pool->threads[cell->to];
		}
	}
}

static int finish(void *state, const struct pt_pool_finish *f)
{
	struct stranded *s = state;
	int r = 0;

	for (uint32_t i = 0; i < pt_pools_nr(f->pools) && i < s->all_max && !r; i++) {
		const struct pt_pool *pool = pt_pools_get(f->pools, i);
		const uint32_t nr[] = { pool->shards_nr, pool->threads_nr, pool->cpus_nr, pool->sites_nr };
		struct pt_pool_detail *d = f->rows[i].detail;
		struct starved *p = &s->all[i];

		add_sums(&p->whole, &d->row);
		for (int by = 0; by < PT_POOL_BY_NR; by++) {
			for (uint32_t k = 0; k < nr[by] && k < p->sums_max[by]; k++)
				add_sums(&p->sums[by][k], pt_pool_row_of(pool, d, (enum pt_pool_by)by, k));
		}
		renumber(pool, d, p);
		r = pt_pool_matrix_take(&p->cells[PT_POOL_BY_SHARD], &d->stranded);
		if (!r)
			r = pt_pool_matrix_take(&p->cells[PT_POOL_BY_THREAD], &d->stranded_thread);
		if (!r)
			r = pt_pool_matrix_take(&p->cells[PT_POOL_BY_CPU], &d->stranded_cpu);
	}
	return r;
}

static void mark(void *state, uint64_t now_ns, struct pt_phase_sums *sums, uint32_t pools_nr)
{
	const struct stranded *s = state;

	(void)now_ns;
	for (uint32_t i = 0; i < pools_nr && i < s->all_max; i++) {
		sums[i].f.stranded_misses = s->all[i].whole.misses;
		sums[i].f.stranded_bytes = s->all[i].whole.bytes;
		sums[i].f.ambiguous_misses = s->all[i].whole.ambiguous;
	}
}

static void fini(void *state)
{
	struct stranded *s = state;

	for (uint32_t i = 0; i < s->all_max; i++) {
		for (int by = 0; by < PT_POOL_BY_SITE; by++) {
			pt_pool_holders_fini(&s->all[i].holders[by]);
			pt_cells_fini(&s->all[i].cells[by]);
		}
		for (int by = 0; by < PT_POOL_BY_NR; by++)
			free(s->all[i].sums[by]);
		pt_pool_sizes_fini(&s->all[i].sizes);
	}
	free(s->all);
	free(s->told);
}

const struct pt_pool_pass pt_pool_pass_stranded = {
	.name = "stranded",
	.summary = "misses while another shard, thread or CPU held an idle object",
	.state_size = sizeof(struct stranded),
	.start = start,
	.change = change,
	.finish = finish,
	.mark = mark,
	.fini = fini,
};
