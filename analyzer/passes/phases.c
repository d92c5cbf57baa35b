// SPDX-License-Identifier: MIT
/*
 * phases.c - the run in steps from mark to mark: differences of what passes have counted.
 */
#include "phases.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "pool_rows.h"
#include "run.h"

void pt_phases_fini(struct pt_phases *p)
{
	for (uint32_t i = 0; i < p->nr; i++)
		pt_report_phase_fini(&p->phases[i]);
	free(p->phases);
	free(p->pools);
	memset(p, 0, sizeof(*p));
}

/* What came since `before`, which becomes `now`. */
static void difference(struct pt_phase_sums *before, const struct pt_phase_sums *now, struct pt_phase_figures *out)
{
#define SINCE(count) out->count = now->f.count - before->f.count
	*out = now->f;
	SINCE(allocations);
	SINCE(allocated_bytes);
	SINCE(frees);
	SINCE(temporary_allocations);
	SINCE(fresh_allocations);
	SINCE(stranded_misses);
	SINCE(stranded_bytes);
	SINCE(gets);
	SINCE(puts);
	SINCE(misses);
	SINCE(steals);
	SINCE(ambiguous_misses);
	SINCE(drops);
	SINCE(purged);
	out->hoard_byte_seconds = (double)(now->hoard - before->hoard) / 1e9;
	*before = *now;
#undef SINCE
}

static int add_heap(struct pt_run *run, struct pt_report_phase *out)
{
	struct pt_phase_sums now = { 0 };
	int r = pt_heap_mark(&run->heap, out->end_ns);

	if (!r)
		r = pt_run_settle(run);
	for (size_t i = 0; pt_passes[i] && !r; i++)
		if (pt_passes[i]->mark)
			pt_passes[i]->mark(run->states[i], &run->heap, &now);
	difference(&run->phases.heap, &now, &out->heap);
	return r;
}

static int add_pools(struct pt_run *run, struct pt_report_phase *out)
{
	struct pt_phases *p = &run->phases;
	struct pt_pools *pools = run->pools.pools;
	uint64_t now_ns = pt_pools_mark(pools, out->end_ns);
	uint32_t nr = pt_pools_nr(pools);
	struct pt_phase_sums *now = calloc(nr + 1ul, sizeof(*now)), *before;

	before = nr ? pt_pool_grown(p->pools, &p->pools_max, nr - 1, sizeof(*before)) : p->pools;
	out->pools = calloc(nr + 1ul, sizeof(*out->pools));
	if (!now || (nr && !before) || !out->pools) {
		free(now);
		return -PT_ENOMEM;
	}
	p->pools = before;
	for (size_t i = 0; pt_pool_passes[i]; i++)
		if (pt_pool_passes[i]->mark)
			pt_pool_passes[i]->mark(run->pools.states[i], now_ns, now, nr);
	for (uint32_t i = 0; i < nr; i++) {
		memcpy(out->pools[i].name, pt_pools_get(pools, i)->name, sizeof(out->pools[i].name));
		difference(&before[i], &now[i], &out->pools[i].figures);
	}
	out->pools_nr = nr;
	free(now);
	return 0;
}

int pt_phases_close(struct pt_run *run, const char *name, uint64_t now_ns)
{
	struct pt_phases *p = &run->phases;
	struct pt_report_phase *phases = pt_pool_grown(p->phases, &p->max, p->nr, sizeof(*phases)), *out;
	int r;

	if (!phases)
		return -PT_ENOMEM;
	if (name && p->rows_max && p->rows_nr >= p->rows_max) {
		p->left_out++;
		return 0;
	}
	p->rows_nr += 1 + pt_pools_nr(run->pools.pools);
	p->phases = phases;
	out = &phases[p->nr];
	memset(out, 0, sizeof(*out));
	if (p->nr) {
		out->from = strdup(phases[p->nr - 1].to);
		r = out->from ? 0 : -PT_ENOMEM;
	} else {
		r = 0;
	}
	p->nr++; /* from here on pt_phases_fini() frees it */
	out->to = name ? strdup(name) : NULL;
	if (r || (name && !out->to))
		return -PT_ENOMEM;
	out->begin_ns = p->begin_ns;
	out->end_ns = p->begin_ns = now_ns;
	r = add_heap(run, out);
	return r ? r : add_pools(run, out);
}

void pt_phases_finish(struct pt_phases *p, struct pt_report *out)
{
	out->phases = p->phases; /* the report's now */
	out->phases_nr = p->nr;
	p->phases = NULL;
	p->nr = 0;
}
