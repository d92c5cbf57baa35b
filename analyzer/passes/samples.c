// SPDX-License-Identifier: MIT
/*
 * samples.c - pass: what a sample says of all allocations, with standard errors.
 *
 * Sleeps in traces without a sample. A sampled block counts for as many as it stands for (weights.h), until it is
 * freed; the others count once. With each sum goes the estimate of its variance: over blocks that are drawn
 * independently, a block of weight w and value v adds (1 - p) / p^2 v^2 = w (w - 1) v^2.
 *
 * Of the other columns a sample says nothing: two allocations that follow each other, or share an address, are rarely both in
 * it. They become unknown, so this pass comes behind all that fill them in.
 */
#include "passes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../../format/error.h"
#include "../result/unknown.h"
#include "weights.h"

/* A sum and its variance. */
struct sum {
	double value, variance;
};

/* Of a thread, a CPU, a call site, or all together. */
struct estimate {
	struct sum allocations, allocated_bytes;
	struct sum in_use_objects, in_use_bytes, peak_in_use_bytes;
	uint64_t in_use_nr; /* blocks in the sums of what is in use */
	uint64_t drawn_nr;  /* of them, those that stand for more than themselves */
};

struct estimates {
	struct estimate *rows;
	uint32_t nr, max;
};

struct samples {
	bool awake;
	struct pt_weights weights;
	struct estimate all;
	struct estimates threads, cpus, sites;
	uint64_t peak_in_use_ns;
};

static struct estimate *row(struct estimates *e, uint32_t i)
{
	if (i >= e->max) {
		uint32_t max = e->max ? e->max : 16;
		struct estimate *rows;

		while (max <= i)
			max = max > UINT32_MAX / 2 ? UINT32_MAX : 2 * max;
		rows = reallocarray(e->rows, max, sizeof(*rows));
		if (!rows)
			return NULL;
		e->rows = rows;
		e->max = max;
	}
	if (i >= e->nr) { /* what is not used costs no memory */
		memset(e->rows + e->nr, 0, (i + 1 - e->nr) * sizeof(*e->rows));
		e->nr = i + 1;
	}
	return &e->rows[i];
}

static void add(struct sum *s, double weight, double value)
{
	s->value += weight * value;
	s->variance += weight * (weight - 1) * value * value;
}

static void take_off(struct sum *s, double weight, double value)
{
	s->value -= weight * value;
	s->variance -= weight * (weight - 1) * value * value;
}

/* Whether it is a new peak. */
static bool begins(struct estimate *e, double weight, double bytes)
{
	add(&e->allocations, weight, 1);
	add(&e->allocated_bytes, weight, bytes);
	add(&e->in_use_objects, weight, 1);
	add(&e->in_use_bytes, weight, bytes);
	e->in_use_nr++;
	e->drawn_nr += weight > 1;
	if (e->in_use_bytes.value <= e->peak_in_use_bytes.value)
		return false;
	e->peak_in_use_bytes = e->in_use_bytes;
	return true;
}

static void ends(struct estimate *e, double weight, double bytes)
{
	take_off(&e->in_use_objects, weight, 1);
	take_off(&e->in_use_bytes, weight, bytes);
	if (weight > 1 && !--e->drawn_nr) /* and nothing is left of rounding */
		e->in_use_objects.variance = e->in_use_bytes.variance = 0;
	if (!--e->in_use_nr)
		e->in_use_objects = e->in_use_bytes = (struct sum){ 0, 0 };
}

static int got(struct samples *s, const struct pt_change *c)
{
	const double weight = c->sample_bytes ? pt_sample_weight(c->size_bytes, c->sample_bytes) : 1;
	const double bytes = (double)c->size_bytes;
	struct estimate *thread = row(&s->threads, c->thread), *cpu = row(&s->cpus, c->cpu), *site = row(&s->sites, c->site);

	if (!thread || !cpu || !site || (c->sample_bytes && pt_weights_put(&s->weights, c->addr, weight)))
		return -PT_ENOMEM;
	if (begins(&s->all, weight, bytes))
		s->peak_in_use_ns = c->time_ns;
	begins(thread, weight, bytes);
	begins(cpu, weight, bytes);
	begins(site, weight, bytes);
	return 0;
}

static void ended(struct samples *s, const struct pt_change *c)
{
	const double weight = pt_weights_take(&s->weights, c->addr), bytes = (double)c->size_bytes;

	ends(&s->all, weight, bytes);
	ends(&s->threads.rows[c->owner_thread], weight, bytes);
	ends(&s->cpus.rows[c->owner_cpu], weight, bytes);
	ends(&s->sites.rows[c->site], weight, bytes);
}

static int changes(void *state, const struct pt_change *c, size_t nr)
{
	struct samples *s = state;
	int r = 0;

	if (!s->awake && (!nr || c->kind != PT_CHANGE_SAMPLED))
		return 0;
	s->awake = true;
	for (size_t i = 0; i < nr && !r; i++, c++) {
		switch (c->kind) {
		case PT_CHANGE_GOT:
			r = got(s, c);
			break;
		case PT_CHANGE_PUT:
		case PT_CHANGE_RESIZED:
		case PT_CHANGE_TAKEN:
		case PT_CHANGE_MISSED:
			ended(s, c);
			break;
		default:
			break;
		}
	}
	return r;
}

/* Rounding may leave a little less than nothing. */
static uint64_t whole(const struct sum *s)
{
	return s->value > 0 ? s->value < 0x1p63 ? (uint64_t)(s->value + 0.5) : INT64_MAX : 0;
}

static double error(const struct sum *s)
{
	return s->variance > 0 ? sqrt(s->variance) : 0;
}

static void to_tally(const struct estimate *e, struct pt_tally *out)
{
	pt_tally_forget(out);
	out->allocations = whole(&e->allocations);
	out->allocated_bytes = whole(&e->allocated_bytes);
	out->in_use_objects = whole(&e->in_use_objects);
	out->in_use_bytes = whole(&e->in_use_bytes);
	out->peak_in_use_bytes = whole(&e->peak_in_use_bytes);
	out->errors = (struct pt_errors){ .allocations = error(&e->allocations),
					  .allocated_bytes = error(&e->allocated_bytes),
					  .in_use_objects = error(&e->in_use_objects),
					  .in_use_bytes = error(&e->in_use_bytes),
					  .peak_in_use_bytes = error(&e->peak_in_use_bytes) };
}

static void fill_totals(const struct samples *s, struct pt_report *out)
{
	struct pt_report_totals *totals = &out->totals;
	struct pt_report_pool *malloc_pool = &out->pools[0];
	struct pt_tally *tally = &malloc_pool->tally;

	pt_report_forget(out);
	to_tally(&s->all, tally);
	malloc_pool->peak_in_use_bytes = tally->peak_in_use_bytes;
	totals->allocations = tally->allocations;
	totals->allocated_bytes = tally->allocated_bytes;
	totals->in_use_at_end_objects = tally->in_use_objects;
	totals->in_use_at_end_bytes = tally->in_use_bytes;
	totals->peak_in_use_bytes = tally->peak_in_use_bytes;
	totals->peak_in_use_ns = s->peak_in_use_ns;
	totals->errors = tally->errors;
}

static int finish(void *state, const struct pt_trace *t, const struct pt_heap *heap, struct pt_report *out)
{
	static const struct estimate none;
	struct samples *s = state;

	(void)t, (void)heap;
	if (!s->awake)
		return 0;
	out->modes.told = PT_TOLD_SAMPLE;
	fill_totals(s, out);
	for (size_t i = 0; i < out->threads_nr; i++)
		to_tally(i < s->threads.nr ? &s->threads.rows[i] : &none, &out->threads[i].tally);
	for (size_t i = 0; i < out->cpus_nr; i++)
		to_tally(i < s->cpus.nr ? &s->cpus.rows[i] : &none, &out->cpus[i].tally);
	for (size_t i = 0; i < out->sites_nr; i++)
		to_tally(i < s->sites.nr ? &s->sites.rows[i] : &none, &out->sites[i].tally);
	return 0;
}

static void fini(void *state)
{
	struct samples *s = state;

	pt_weights_fini(&s->weights);
	free(s->threads.rows);
	free(s->cpus.rows);
	free(s->sites.rows);
}

const struct pt_pass pt_pass_samples = {
	.name = "samples",
	.summary = "what a sample says of all allocations, with standard errors",
	.state_size = sizeof(struct samples),
	.changes = changes,
	.finish = finish,
	.fini = fini,
};
