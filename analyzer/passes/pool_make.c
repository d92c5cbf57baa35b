// SPDX-License-Identifier: MIT
/*
 * pool_make.c - the rows of annotated pools in the report: what there is of each, and its names.
 */
#include "pool_make.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"

static int by_thread(const void *a, const void *b)
{
	const struct pt_pool_thread *x = a, *y = b;

	return x->thread < y->thread ? -1 : x->thread > y->thread;
}

static int by_cpu(const void *a, const void *b)
{
	const struct pt_pool_cpu *x = a, *y = b;

	return x->cpu < y->cpu ? -1 : x->cpu > y->cpu;
}

static int by_site(const void *a, const void *b)
{
	const struct pt_pool_site *x = a, *y = b;

	return x->site < y->site ? -1 : x->site > y->site;
}

static int make_shards(const struct pt_pool *pool, struct pt_pool_detail *d)
{
	d->shards = calloc(pool->shards_nr + 1ul, sizeof(*d->shards));
	if (!d->shards)
		return -PT_ENOMEM;
	d->shards_nr = pool->shards_nr;
	for (uint32_t i = 0; i < pool->shards_nr; i++) {
		const struct pt_pool_shard_name *from = &pool->shards[i];
		struct pt_pool_shard *shard = &d->shards[i];

		shard->slot = from->slot;
		shard->number = from->number;
		shard->thread = from->thread;
		memcpy(shard->name, from->name, sizeof(shard->name));
		shard->drift_bytes_per_s = NAN;
		shard->forecast_s = NAN;
	}
	return 0;
}

static int make_others(const struct pt_pool *pool, struct pt_pool_detail *d)
{
	d->threads = calloc(pool->threads_nr + 1ul, sizeof(*d->threads));
	d->cpus = calloc(pool->cpus_nr + 1ul, sizeof(*d->cpus));
	d->sites = calloc(pool->sites_nr + 1ul, sizeof(*d->sites));
	if (!d->threads || !d->cpus || !d->sites)
		return -PT_ENOMEM;
	d->threads_nr = pool->threads_nr;
	for (uint32_t i = 0; i < pool->threads_nr; i++)
		d->threads[i].thread = pool->threads[i];
	d->cpus_nr = pool->cpus_nr;
	for (uint32_t i = 0; i < pool->cpus_nr; i++)
		d->cpus[i].cpu = pool->cpus[i];
	d->sites_nr = pool->sites_nr;
	for (uint32_t i = 0; i < pool->sites_nr; i++)
		d->sites[i].site = pool->sites[i];
	qsort(d->threads, d->threads_nr, sizeof(*d->threads), by_thread);
	qsort(d->cpus, d->cpus_nr, sizeof(*d->cpus), by_cpu);
	qsort(d->sites, d->sites_nr, sizeof(*d->sites), by_site);
	return 0;
}

static int make_one(const struct pt_pool *pool, struct pt_report_pool *out)
{
	struct pt_pool_detail *d = calloc(1, sizeof(*d));

	if (!d)
		return -PT_ENOMEM;
	out->detail = d;
	memcpy(out->name, pool->name, sizeof(out->name));
	memcpy(out->source, pool->source, sizeof(out->source));
	out->blowup = NAN;
	d->instances_nr = pool->instances_nr;
	d->slots_nr = pool->slots_nr;
	d->one_size = pool->one_size;
	d->object_bytes = pool->one_size ? pool->object_bytes : 0;
	d->stray_drops = pool->stray_drops;
	d->stray_moves = pool->stray_moves;
	d->stray_resizes = pool->stray_resizes;
	d->hold_p999_ns = PT_UNKNOWN;
	d->graph_retained_bytes = PT_UNKNOWN;
	d->graph_ns = PT_UNKNOWN;
	d->waterfall.graph_bytes = INT64_MIN;
	return make_shards(pool, d) || make_others(pool, d) ? -PT_ENOMEM : 0;
}

int pt_pool_make(const struct pt_pools *pools, struct pt_report *out)
{
	uint32_t nr = pt_pools_nr(pools), sites_nr = pt_pools_sites_nr(pools);
	struct pt_report_pool *rows = reallocarray(out->pools, out->pools_nr + nr + 1, sizeof(*rows));

	if (!rows)
		return -PT_ENOMEM;
	out->pools = rows;
	memset(rows + out->pools_nr, 0, (nr + 1ul) * sizeof(*rows));
	for (uint32_t i = 0; i < nr; i++) {
		if (make_one(pt_pools_get(pools, i), &rows[out->pools_nr++]))
			return -PT_ENOMEM;
	}
	out->pool_sites = calloc(sites_nr + 1ul, sizeof(*out->pool_sites));
	if (!out->pool_sites)
		return -PT_ENOMEM;
	out->pool_sites_nr = sites_nr;
	for (uint32_t i = 0; i < sites_nr; i++)
		out->pool_sites[i].stack = pt_pools_stack(pools, i);
	return 0;
}

uint32_t pt_pool_cpu_index(const struct pt_pool *pool, const struct pt_pool_detail *d, uint32_t row)
{
	const struct pt_pool_cpu key = { .cpu = pool->cpus[row] };
	const struct pt_pool_cpu *cpu = bsearch(&key, d->cpus, d->cpus_nr, sizeof(key), by_cpu);

	return (uint32_t)(cpu - d->cpus);
}

struct pt_pool_row *pt_pool_row_of(const struct pt_pool *pool, struct pt_pool_detail *d, enum pt_pool_by by,
				   uint32_t row)
{
	struct pt_pool_thread thread, *found;
	struct pt_pool_site site, *at;

	switch (by) {
	case PT_POOL_BY_SHARD:
		return &d->shards[row].row;
	case PT_POOL_BY_CPU:
		return &d->cpus[pt_pool_cpu_index(pool, d, row)].row;
	case PT_POOL_BY_THREAD:
		thread.thread = pool->threads[row];
		found = bsearch(&thread, d->threads, d->threads_nr, sizeof(thread), by_thread);
		return &found->row;
	default:
		site.site = pool->sites[row];
		at = bsearch(&site, d->sites, d->sites_nr, sizeof(site), by_site);
		return &at->row;
	}
}

static int by_bytes(const void *a, const void *b)
{
	const struct pt_pool_cell *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	if (x->objects != y->objects)
		return x->objects < y->objects ? 1 : -1;
	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return x->to < y->to ? -1 : x->to > y->to;
}

int pt_pool_matrix_take(struct pt_cells *m, struct pt_pool_matrix *out)
{
	size_t nr = 0;

	out->cells_nr = 0;
	out->cells = NULL;
	if (m->nr) {
		out->cells = calloc(m->nr, sizeof(*out->cells));
		if (!out->cells)
			return -PT_ENOMEM;
	}
	for (size_t i = 0; i < m->slots_nr; i++) {
		const struct pt_report_cell *cell = &m->slots[i];

		if (cell->objects)
			out->cells[nr++] = (struct pt_pool_cell){ cell->from, cell->to, cell->objects,
								  cell->bytes };
	}
	out->cells_nr = nr;
	if (nr)
		qsort(out->cells, nr, sizeof(*out->cells), by_bytes);
	pt_cells_fini(m);
	return 0;
}
