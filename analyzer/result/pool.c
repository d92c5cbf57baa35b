// SPDX-License-Identifier: MIT
/*
 * pool.c - who owns what in a struct pt_pool_detail.
 */
#include "pool.h"

#include <stdlib.h>
#include <string.h>

static void series_fini(struct pt_pool_series *s)
{
	free(s->idle_max_bytes);
	free(s->idle_end_bytes);
	free(s->in_use_max_bytes);
	free(s->in_use_end_bytes);
}

void pt_pool_detail_fini(struct pt_pool_detail *d)
{
	for (size_t i = 0; i < d->shards_nr; i++) {
		free(d->shards[i].idle_age);
		series_fini(&d->shards[i].occupancy);
	}
	series_fini(&d->occupancy);
	free(d->shards);
	free(d->threads);
	free(d->cpus);
	free(d->sites);
	free(d->stranded.cells);
	free(d->stranded_thread.cells);
	free(d->stranded_cpu.cells);
	free(d->flow.cells);
	free(d->flow_thread.cells);
	free(d->idle_age_at_peak);
	free(d->leaks);
	free(d->misuse);
	memset(d, 0, sizeof(*d));
}
