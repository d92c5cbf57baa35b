/* SPDX-License-Identifier: MIT */
/*
 * pool_rows.c - finding rows of a pool, and growing arrays that changes index.
 */
#include "pool_rows.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_ELEMENTS 8u

uint32_t pt_pool_rows_nr(const struct pt_pool_finish *f)
{
	return (uint32_t)(f->report->pools_nr - (size_t)(f->rows - f->report->pools));
}

/* Threads and sites are in the order of their numbers, which are the report's own. */
static int thread_is(const void *key, const void *row)
{
	uint32_t number = *(const uint32_t *)key;
	uint32_t there = ((const struct pt_pool_thread *)row)->thread;

	return number < there ? -1 : number > there;
}

static int site_is(const void *key, const void *row)
{
	uint32_t number = *(const uint32_t *)key;
	uint32_t there = ((const struct pt_pool_site *)row)->site;

	return number < there ? -1 : number > there;
}

static struct pt_pool_row *find_cpu(const struct pt_pool_finish *f, struct pt_pool_detail *d,
				    uint32_t number)
{
	uint32_t cpu = pt_pools_cpu(f->pools, (uint16_t)number);

	for (size_t i = 0; i < d->cpus_nr; i++) {
		if (d->cpus[i].cpu == cpu)
			return &d->cpus[i].row;
	}
	return NULL;
}

struct pt_pool_row *pt_pool_row_find(const struct pt_pool_finish *f, uint32_t pool,
				     enum pt_pool_by by, uint32_t number)
{
	struct pt_pool_detail *d = f->rows[pool].detail;
	struct pt_pool_thread *thread;
	struct pt_pool_site *site;

	switch (by) {
	case PT_POOL_BY_SHARD:
		return number < d->shards_nr ? &d->shards[number].row : NULL;
	case PT_POOL_BY_CPU:
		return find_cpu(f, d, number);
	case PT_POOL_BY_THREAD:
		thread = d->threads_nr ? bsearch(&number, d->threads, d->threads_nr,
						 sizeof(*thread), thread_is)
				       : NULL;
		return thread ? &thread->row : NULL;
	default:
		site = d->sites_nr ? bsearch(&number, d->sites, d->sites_nr, sizeof(*site), site_is)
				   : NULL;
		return site ? &site->row : NULL;
	}
}

struct pt_pool_row *pt_pool_row_at(struct pt_pool_detail *d, enum pt_pool_by by, size_t i)
{
	switch (by) {
	case PT_POOL_BY_SHARD:
		return i < d->shards_nr ? &d->shards[i].row : NULL;
	case PT_POOL_BY_THREAD:
		return i < d->threads_nr ? &d->threads[i].row : NULL;
	case PT_POOL_BY_CPU:
		return i < d->cpus_nr ? &d->cpus[i].row : NULL;
	default:
		return i < d->sites_nr ? &d->sites[i].row : NULL;
	}
}

void *pt_pool_grow(void *array, uint32_t *max, uint32_t i, size_t size)
{
	size_t bigger = *max ? *max : FIRST_ELEMENTS;
	char *grown;

	while (bigger <= i)
		bigger *= 2;
	if (bigger > UINT32_MAX)
		return NULL;
	grown = reallocarray(array, bigger, size);
	if (!grown)
		return NULL;
	memset(grown + *max * size, 0, (bigger - *max) * size);
	*max = (uint32_t)bigger;
	return grown;
}
