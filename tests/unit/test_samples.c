// SPDX-License-Identifier: MIT
/*
 * test_samples.c - what a sample says against what was there: one history of allocations, sampled again and again.
 *
 * Estimates must be unbiased, and their margins right: 95 % of the samples have the truth between theirs. Seeds are fixed.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../analyzer/passes/run.h"
#include "../../analyzer/passes/weights.h"

#define THREADS	     2u
#define SITES	     3u
#define BLOCKS	     6000u
#define SAMPLES	     2000u
#define SAMPLE_BYTES 2048u

struct block {
	uint64_t size;
	uint32_t thread, site;
	uint32_t freed_after; /* the number of the allocation behind which it is freed; BLOCKS: never */
};

/* What is estimated. */
enum what {
	ALLOCATIONS,
	ALLOCATED_BYTES,
	IN_USE_OBJECTS,
	IN_USE_BYTES,
	THREAD_IN_USE_BYTES,
	SITE_ALLOCATED_BYTES,
	SITE_IN_USE_OBJECTS,
	WHAT_NR
};

struct world {
	struct block blocks[BLOCKS];
	uint32_t order[BLOCKS], order_nr; /* those that are freed, by freed_after */
	double truth[WHAT_NR], peak;
	uint64_t seed;
};

static struct world world;

static double uniform(void)
{
	world.seed ^= world.seed << 13; /* xorshift */
	world.seed ^= world.seed >> 7;
	world.seed ^= world.seed << 17;
	return (double)(world.seed >> 11) / 0x1p53;
}

static int by_end(const void *a, const void *b)
{
	const struct block *x = &world.blocks[*(const uint32_t *)a], *y = &world.blocks[*(const uint32_t *)b];

	return (x->freed_after > y->freed_after) - (x->freed_after < y->freed_after);
}

/*
 * Sizes from 256 B to 16 KiB, as many small as large ones on a log scale; two thirds are freed, soon or late. Of much smaller
 * ones hardly any would be drawn, and one that is would stand for so many that no margin could be normal.
 */
static int make_world(void **state)
{
	double in_use = 0;
	uint32_t freed = 0;

	(void)state;
	world.seed = 0x9e3779b97f4a7c15ull;
	for (uint32_t i = 0; i < BLOCKS; i++) {
		struct block *b = &world.blocks[i];

		b->size = (uint64_t)exp2(8 + 6 * uniform());
		b->thread = uniform() < 0.7 ? 0 : 1;
		b->site = (uint32_t)(SITES * uniform());
		b->freed_after = BLOCKS;
		if (uniform() < 0.66) {
			b->freed_after = i + (uint32_t)((double)(BLOCKS - i) * uniform() * uniform());
			world.order[world.order_nr++] = i;
		}
	}
	qsort(world.order, world.order_nr, sizeof(world.order[0]), by_end);
	for (uint32_t i = 0; i < BLOCKS; i++) {
		const struct block *b = &world.blocks[i];
		const bool kept = b->freed_after == BLOCKS;
		const double size = (double)b->size;

		world.truth[ALLOCATIONS]++;
		world.truth[ALLOCATED_BYTES] += size;
		world.truth[IN_USE_OBJECTS] += kept;
		world.truth[IN_USE_BYTES] += kept ? size : 0;
		world.truth[THREAD_IN_USE_BYTES] += kept && b->thread ? size : 0;
		world.truth[SITE_ALLOCATED_BYTES] += b->site == 1 ? size : 0;
		world.truth[SITE_IN_USE_OBJECTS] += kept && b->site == 2;
		in_use += size;
		world.peak = fmax(world.peak, in_use);
		for (; freed < world.order_nr && world.blocks[world.order[freed]].freed_after == i; freed++)
			in_use -= (double)world.blocks[world.order[freed]].size;
	}
	return 0;
}

static uint64_t address(uint32_t block)
{
	return 0x100000 + (uint64_t)block * 0x8000;
}

static void apply(struct pt_run *run, const struct pt_event *ev)
{
	assert_int_equal(pt_run_apply(run, ev, pt_heap_find(&run->heap, ev->addr)), 0);
}

/* The history as the recorder would tell it, each allocation drawn or not. */
static void play(struct pt_run *run, bool *drawn)
{
	uint32_t freed = 0;

	for (uint32_t i = 0; i < BLOCKS; i++) {
		const struct block *b = &world.blocks[i];

		drawn[i] = uniform() < 1 / pt_sample_weight(b->size, SAMPLE_BYTES);
		if (drawn[i])
			apply(run, &(struct pt_event){ .kind = PT_EV_ALLOC, .thread = b->thread, .stack = b->site + 1,
						       .cpu = b->thread, .time_ns = 1000 * i, .addr = address(i),
						       .size_bytes = b->size, .sample_bytes = SAMPLE_BYTES });
		for (; freed < world.order_nr && world.blocks[world.order[freed]].freed_after == i; freed++)
			if (drawn[world.order[freed]])
				apply(run, &(struct pt_event){ .kind = PT_EV_FREE, .thread = 0, .time_ns = 1000 * i,
							       .addr = address(world.order[freed]) });
	}
}

static const struct pt_tally *site_of(const struct pt_report *r, uint32_t site)
{
	for (size_t i = 0; i < r->sites_nr; i++)
		if (r->sites[i].stack == site + 1)
			return &r->sites[i].tally;
	fail();
	return NULL;
}

/* One sample's estimates and their standard errors. */
static void sample(double *estimate, double *error, double *peak)
{
	struct pt_thread_info threads[THREADS] = { { .serial = 1 }, { .serial = 2 } };
	struct pt_trace t = { .threads = threads, .threads_nr = THREADS };
	struct pt_run *run = malloc(sizeof(*run));
	static bool drawn[BLOCKS];
	struct pt_report r = { 0 };
	const struct pt_tally *of;

	assert_non_null(run);
	assert_int_equal(pt_run_init(run, NULL), 0);
	pt_heap_sampled(&run->heap);
	play(run, drawn);
	assert_int_equal(pt_run_finish(run, &t, &r), 0);
	assert_int_equal(r.modes.told, PT_TOLD_SAMPLE);
	of = &r.pools[0].tally;
	estimate[ALLOCATIONS] = (double)of->allocations, error[ALLOCATIONS] = of->errors.allocations;
	estimate[ALLOCATED_BYTES] = (double)of->allocated_bytes, error[ALLOCATED_BYTES] = of->errors.allocated_bytes;
	estimate[IN_USE_OBJECTS] = (double)of->in_use_objects, error[IN_USE_OBJECTS] = of->errors.in_use_objects;
	estimate[IN_USE_BYTES] = (double)of->in_use_bytes, error[IN_USE_BYTES] = of->errors.in_use_bytes;
	*peak = (double)of->peak_in_use_bytes;
	of = &r.threads[1].tally;
	estimate[THREAD_IN_USE_BYTES] = (double)of->in_use_bytes, error[THREAD_IN_USE_BYTES] = of->errors.in_use_bytes;
	of = site_of(&r, 1);
	estimate[SITE_ALLOCATED_BYTES] = (double)of->allocated_bytes, error[SITE_ALLOCATED_BYTES] = of->errors.allocated_bytes;
	of = site_of(&r, 2);
	estimate[SITE_IN_USE_OBJECTS] = (double)of->in_use_objects, error[SITE_IN_USE_OBJECTS] = of->errors.in_use_objects;
	pt_report_fini(&r);
	pt_run_fini(run);
	free(run);
}

static void estimates_are_unbiased_and_their_margins_are_right(void **state)
{
	double sum[WHAT_NR] = { 0 }, squares[WHAT_NR] = { 0 }, peaks = 0;
	unsigned int covered[WHAT_NR] = { 0 };

	(void)state;
	for (unsigned int i = 0; i < SAMPLES; i++) {
		double estimate[WHAT_NR], error[WHAT_NR], peak;

		sample(estimate, error, &peak);
		peaks += peak;
		for (int what = 0; what < WHAT_NR; what++) {
			const double off = estimate[what] - world.truth[what];

			sum[what] += off;
			squares[what] += off * off;
			covered[what] += fabs(off) <= PT_ESTIMATE_MARGIN * error[what];
		}
	}
	for (int what = 0; what < WHAT_NR; what++) {
		const double mean = sum[what] / SAMPLES, error = sqrt(squares[what] / SAMPLES / SAMPLES);
		const double share = 100.0 * covered[what] / SAMPLES;

		print_message("# %d: truth %.0f, mean off by %.2f standard errors, %.1f %% covered\n", what, world.truth[what],
			      mean / error, share);
		assert_true(fabs(mean) <= 4 * error);
		assert_true(share >= 93 && share <= 97);
	}
	peaks /= SAMPLES;
	print_message("# peak %.0f, mean of the estimates' peaks %.0f\n", world.peak, peaks);
	assert_true(peaks >= world.peak && peaks < 1.05 * world.peak); /* too high, and a little */
}

static void a_weight_is_one_over_the_chance(void **state)
{
	(void)state;
	assert_true(fabs(pt_sample_weight(1, 1000) - 1 / (1 - exp(-0.001))) < 1e-6);
	assert_true(pt_sample_weight(0, 1000) == pt_sample_weight(1, 1000));
	assert_true(pt_sample_weight(1000000, 1) == 1);
	assert_true(fabs(pt_sample_weight(1, UINT32_MAX) / (double)UINT32_MAX - 1) < 1e-6); /* 1 - exp() would be rough */
}

/* Every address once, in an order that fills and empties its neighbourhood. */
static void weights_are_found_and_forgotten(void **state)
{
	struct pt_weights w = { 0 };

	(void)state;
	assert_true(pt_weights_take(&w, 16) == 1);
	for (uint64_t i = 1; i <= 3000; i++)
		assert_int_equal(pt_weights_put(&w, i * 16, (double)i), 0);
	assert_int_equal(pt_weights_put(&w, 16, 7), 0); /* again: the new one holds */
	assert_int_equal(w.nr, 3000);
	for (uint64_t i = 1; i <= 3000; i += 2)
		assert_true(pt_weights_take(&w, i * 16) == (i == 1 ? 7 : (double)i));
	for (uint64_t i = 1; i <= 3000; i++)
		assert_true(pt_weights_take(&w, i * 16) == (i % 2 ? 1 : (double)i));
	assert_int_equal(w.nr, 0);
	pt_weights_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_weight_is_one_over_the_chance),
		cmocka_unit_test(weights_are_found_and_forgotten),
		cmocka_unit_test(estimates_are_unbiased_and_their_margins_are_right),
	};

	return cmocka_run_group_tests(tests, make_world, NULL);
}
