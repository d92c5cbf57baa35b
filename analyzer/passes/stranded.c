/* SPDX-License-Identifier: MIT */
/*
 * stranded.c - pass: allocations from new memory while somebody else held idle blocks that fit.
 *
 * Asked twice, by thread and by CPU. Whether the starved one held a fitting block itself does
 * not matter: the definition looks at the others only.
 */
#include "passes.h"

#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "cells.h"
#include "phases.h"
#include "shelves.h"

struct by_site {
	uint64_t misses, bytes;
};

struct stranded {
	struct pt_classes classes; /* the heap's, as far as it has told of them */
	uint32_t *cpu_keys;	   /* the CPUs' own numbers */
	uint32_t cpus_max;
	struct pt_shelves threads, cpus;
	struct pt_cells by_thread, by_cpu;
	struct by_site *sites;
	size_t sites_max;
	struct by_site all;
};

static int blame_site(struct stranded *s, const struct pt_change *c)
{
	if (c->site >= s->sites_max) {
		size_t max = s->sites_max ? s->sites_max : 64;
		struct by_site *sites;

		while (max <= c->site)
			max *= 2;
		sites = realloc(s->sites, max * sizeof(*sites));
		if (!sites)
			return -PT_ENOMEM;
		memset(sites + s->sites_max, 0, (max - s->sites_max) * sizeof(*sites));
		s->sites = sites;
		s->sites_max = max;
	}
	s->all.misses++;
	s->all.bytes += c->size_bytes;
	s->sites[c->site].misses++;
	s->sites[c->site].bytes += c->size_bytes;
	return 0;
}

static int fresh(struct stranded *s, const struct pt_change *c)
{
	const struct pt_classes *classes = &s->classes;
	uint32_t holder = pt_shelves_most(&s->threads, classes, c->size_bytes, c->thread, NULL);
	int r = 0;

	if (holder != PT_HOLDER_NONE) {
		r = pt_cells_add(&s->by_thread, c->thread, holder, c->size_bytes);
		if (!r)
			r = blame_site(s, c);
	}
	holder = pt_shelves_most(&s->cpus, classes, c->size_bytes, c->cpu, s->cpu_keys);
	if (!r && holder != PT_HOLDER_NONE)
		r = pt_cells_add(&s->by_cpu, c->cpu, holder, c->size_bytes);
	return r;
}

static int name_cpu(struct stranded *s, const struct pt_change *c)
{
	if (c->cpu >= s->cpus_max) {
		uint32_t max = c->cpu < 32 ? 64 : 2u * c->cpu;
		uint32_t *keys = realloc(s->cpu_keys, max * sizeof(*keys));

		if (!keys)
			return -PT_ENOMEM;
		s->cpu_keys = keys;
		s->cpus_max = max;
	}
	s->cpu_keys[c->cpu] = (uint32_t)c->size_bytes;
	return 0;
}

/*
 * Small changes by one thread on one CPU in a row, counted without a branch on what they are. How many it were: as long as all
 * are of the first classes and holders, who have held something before.
 */
static inline size_t plain_near(struct stranded *s, const struct pt_change *c, size_t nr)
{
	uint32_t *by_thread = pt_shelves_near(&s->threads, c->thread), *by_cpu = pt_shelves_near(&s->cpus, c->cpu);
	const uint32_t thread = c->thread;
	const uint16_t cpu = c->cpu;
	uint64_t more = 0;
	size_t n = 0;

	for (; by_thread && by_cpu && n < nr; n++) {
		const uint32_t last = c[n].flags == PT_PLAIN_MAX; /* of one small change this one is itself the last */

		if (c[n].kind != PT_CHANGE_PLAIN || c[n].thread != thread || c[n].cpu != cpu ||
		    c[n].plain[0].class >= PT_SHELVES_CLASSES || c[n].plain[last].class >= PT_SHELVES_CLASSES)
			break;
		for (uint32_t i = 0; i <= last; i++) {
			uint32_t one = c[n].plain[i].kind == PT_CHANGE_PUT ? 1 : UINT32_MAX;

			by_thread[c[n].plain[i].class * PT_SHELVES_HOLDERS] += one;
			by_cpu[c[n].plain[i].class * PT_SHELVES_HOLDERS] += one;
			more += (uint64_t)(int32_t)one;
		}
	}
	s->threads.objects += more;
	s->cpus.objects += more;
	return n;
}

static inline int plain(struct stranded *s, const struct pt_change *c)
{
	int r = 0;

	for (uint32_t i = 0; i < c->flags && !r; i++) {
		const struct pt_plain *p = &c->plain[i];

		if (p->kind == PT_CHANGE_PUT) {
			r = pt_shelves_put(&s->threads, p->class, c->thread);
			if (!r)
				r = pt_shelves_put(&s->cpus, p->class, c->cpu);
		} else {
			pt_shelves_take(&s->threads, p->class, c->thread);
			pt_shelves_take(&s->cpus, p->class, c->cpu);
		}
	}
	return r;
}

static int changes(void *state, const struct pt_change *c, size_t nr)
{
	struct stranded *s = state;
	size_t near;
	int r = 0;

	for (size_t i = 0; i < nr && !r; i++, c++) {
		switch (c->kind) {
		case PT_CHANGE_PLAIN:
			near = plain_near(s, c, nr - i);
			if (near) {
				i += near - 1;
				c += near - 1;
			} else {
				r = plain(s, c);
			}
			break;
		case PT_CHANGE_PUT:
			r = pt_shelves_put(&s->threads, c->class, c->thread);
			if (!r)
				r = pt_shelves_put(&s->cpus, c->class, c->cpu);
			break;
		case PT_CHANGE_REUSED:
		case PT_CHANGE_GONE:
			pt_shelves_take(&s->threads, c->class, c->thread);
			pt_shelves_take(&s->cpus, c->class, c->cpu);
			break;
		case PT_CHANGE_GOT:
			if (c->flags & PT_CHANGE_FRESH)
				r = fresh(s, c);
			break;
		case PT_CHANGE_CLASS:
			r = pt_classes_add(&s->classes, c->size_bytes) == c->class ? 0 : -PT_ENOMEM;
			break;
		case PT_CHANGE_CPU:
			r = name_cpu(s, c);
			break;
		default:
			break;
		}
	}
	return r;
}

static int finish(void *state, const struct pt_trace *t, const struct pt_heap *heap,
		  struct pt_report *out)
{
	struct stranded *s = state;
	struct pt_tally *pool = &out->pools[0].tally;

	(void)t;
	(void)heap;
	pt_cells_take(&s->by_thread, &out->stranded);
	pt_cells_take(&s->by_cpu, &out->stranded_cpu);
	for (size_t i = 0; i < out->stranded.cells_nr; i++) {
		const struct pt_report_cell *cell = &out->stranded.cells[i];

		out->threads[cell->from].tally.stranded_misses += cell->objects;
		out->threads[cell->from].tally.stranded_bytes += cell->bytes;
		pool->stranded_misses += cell->objects;
		pool->stranded_bytes += cell->bytes;
	}
	for (size_t i = 0; i < out->stranded_cpu.cells_nr; i++) {
		const struct pt_report_cell *cell = &out->stranded_cpu.cells[i];

		out->cpus[cell->from].tally.stranded_misses += cell->objects;
		out->cpus[cell->from].tally.stranded_bytes += cell->bytes;
	}
	for (size_t i = 0; i < out->sites_nr && i < s->sites_max; i++) {
		out->sites[i].tally.stranded_misses = s->sites[i].misses;
		out->sites[i].tally.stranded_bytes = s->sites[i].bytes;
	}
	out->totals.stranded_misses = pool->stranded_misses;
	return 0;
}

static void mark(void *state, const struct pt_heap *heap, struct pt_phase_sums *sums)
{
	const struct stranded *s = state;

	(void)heap;
	sums->f.stranded_misses = s->all.misses;
	sums->f.stranded_bytes = s->all.bytes;
}

static void fini(void *state)
{
	struct stranded *s = state;

	pt_shelves_fini(&s->threads);
	pt_shelves_fini(&s->cpus);
	pt_cells_fini(&s->by_thread);
	pt_cells_fini(&s->by_cpu);
	pt_classes_fini(&s->classes);
	free(s->cpu_keys);
	free(s->sites);
}

const struct pt_pass pt_pass_stranded = {
	.name = "stranded",
	.summary = "fresh allocations while others held idle blocks that fit",
	.state_size = sizeof(struct stranded),
	.changes = changes,
	.finish = finish,
	.mark = mark,
	.fini = fini,
};
