/* SPDX-License-Identifier: MIT */
/*
 * test_heap.c - the heap with all its passes against the definitions: random scripts against brute
 * force, and small scenarios whose numbers are worked out by hand.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../analyzer/passes/run.h"
#include "../../analyzer/result/ages.h"
#include "../../format/layout.h"
#include "brute_heap.h"
#include "heap_script.h"

#define SCRIPTS 4000u

static uint64_t seed; /* of the script at hand, for messages */
static unsigned int wrong;

static void differ(const char *table, size_t row, const char *field, uint64_t got, uint64_t want)
{
	if (got == want)
		return;
	if (wrong++ < 20)
		fprintf(stderr, "script %llu: %s[%zu].%s is %llu, should be %llu\n",
			(unsigned long long)seed, table, row, field, (unsigned long long)got,
			(unsigned long long)want);
}

static void differ_real(const char *table, size_t row, const char *field, double got, double want)
{
	if ((isnan(got) && isnan(want)) || fabs(got - want) <= 1e-12 * fabs(want))
		return;
	if (wrong++ < 20)
		fprintf(stderr, "script %llu: %s[%zu].%s is %g, should be %g\n",
			(unsigned long long)seed, table, row, field, got, want);
}

static void same_ages(const char *table, size_t row, const struct pt_age_histogram *got,
		      const struct pt_age_histogram *want)
{
	for (size_t i = 0; i < PT_AGE_BUCKETS; i++) {
		differ(table, row, "age.objects", got->objects[i], want->objects[i]);
		differ(table, row, "age.bytes", got->bytes[i], want->bytes[i]);
	}
}

#define SAME(field) differ(table, row, #field, got->field, want->field)

static void same_tally(const char *table, size_t row, const struct pt_tally *got,
		       const struct pt_tally *want)
{
	SAME(allocations);
	SAME(frees);
	SAME(allocated_bytes);
	SAME(freed_bytes);
	SAME(freed_by_others);
	SAME(freed_by_others_bytes);
	SAME(in_use_objects);
	SAME(in_use_bytes);
	SAME(idle_objects);
	SAME(idle_bytes);
	SAME(peak_in_use_bytes);
	SAME(peak_idle_bytes);
	SAME(idle_at_peak_bytes);
	SAME(in_use_at_peak_bytes);
	SAME(fresh_allocations);
	SAME(stranded_misses);
	SAME(stranded_bytes);
	SAME(temporary_allocations);
	differ_real(table, row, "hoard_byte_seconds", got->hoard_byte_seconds,
		    want->hoard_byte_seconds);
	same_ages(table, row, pt_idle_ages(got), pt_idle_ages(want));
}

static void same_totals(const struct pt_report_totals *got, const struct brute_report *b)
{
	const char *table = "totals";
	const struct pt_report_totals *want = &b->totals;
	size_t row = 0;

	SAME(peak_in_use_bytes);
	SAME(peak_in_use_ns);
	SAME(peak_held_bytes);
	SAME(peak_held_ns);
	SAME(idle_at_peak_bytes);
	SAME(idle_resident_at_most_bytes);
	SAME(mapped_at_end_bytes);
	SAME(peak_mapped_bytes);
	SAME(duration_ns);
	SAME(rss.samples_nr);
	SAME(rss.peak_bytes);
	SAME(rss.peak_anon_bytes);
	SAME(rss.end_bytes);
	SAME(rss.end_anon_bytes);
	SAME(rss.end_ns);
	differ(table, 0, "allocations", got->allocations, b->pool.allocations);
	differ(table, 0, "frees", got->frees, b->pool.frees);
	differ(table, 0, "allocated_bytes", got->allocated_bytes, b->pool.allocated_bytes);
	differ(table, 0, "in_use_at_end_bytes", got->in_use_at_end_bytes, b->pool.in_use_bytes);
	differ(table, 0, "in_use_at_end_objects", got->in_use_at_end_objects,
	       b->pool.in_use_objects);
	differ(table, 0, "idle_at_end_bytes", got->idle_at_end_bytes, b->pool.idle_bytes);
	differ(table, 0, "idle_at_end_objects", got->idle_at_end_objects, b->pool.idle_objects);
	differ(table, 0, "temporary", got->temporary_allocations, b->pool.temporary_allocations);
	differ(table, 0, "stranded", got->stranded_misses, b->pool.stranded_misses);
	differ(table, 0, "fresh", got->fresh_allocations, b->pool.fresh_allocations);
	differ_real(table, 0, "blowup", got->blowup, want->blowup);
	differ_real(table, 0, "hoard", got->hoard_byte_seconds, want->hoard_byte_seconds);
}

/* Every cell of the report is in the dense matrix, and that is all there is in it. */
#define SAME_MATRIX(name, dense, FROM, TO)                                                    \
	do {                                                                                  \
		uint64_t cells_ = 0;                                                          \
		for (size_t i_ = 0; i_ < r->name.cells_nr; i_++) {                            \
			const struct pt_report_cell *c_ = &r->name.cells[i_];                 \
			differ(#name, i_, "objects", c_->objects, (dense)[FROM][TO].objects); \
			differ(#name, i_, "bytes", c_->bytes, (dense)[FROM][TO].bytes);       \
			if (i_ && c_->bytes > c_[-1].bytes)                                   \
				differ(#name, i_, "sorted", 0, 1);                            \
		}                                                                             \
		for (size_t i_ = 0; i_ < sizeof(dense) / sizeof((dense)[0][0]); i_++)         \
			cells_ += !!(&(dense)[0][0])[i_].objects;                             \
		differ(#name, 0, "cells_nr", r->name.cells_nr, cells_);                       \
	} while (0)

static void same_report(const struct pt_report *r, const struct brute_report *b)
{
	static const struct pt_tally none;
	bool seen[BRUTE_CPUS] = { false }, seen_site[BRUTE_SITES] = { false };

	for (size_t i = 0; i < r->threads_nr; i++)
		same_tally("threads", i, &r->threads[i].tally, &b->threads[i]);
	for (size_t i = 0; i < r->cpus_nr; i++) {
		same_tally("cpus", r->cpus[i].cpu, &r->cpus[i].tally, &b->cpus[r->cpus[i].cpu]);
		seen[r->cpus[i].cpu] = true;
	}
	for (size_t i = 0; i < BRUTE_CPUS; i++) {
		if (!seen[i])
			same_tally("cpus", i, &none, &b->cpus[i]);
	}
	for (size_t i = 0; i < r->sites_nr; i++) {
		same_tally("sites", r->sites[i].stack, &r->sites[i].tally,
			   &b->sites[r->sites[i].stack]);
		seen_site[r->sites[i].stack] = true;
	}
	for (size_t i = 0; i < BRUTE_SITES; i++) {
		if (!seen_site[i])
			same_tally("sites", i, &none, &b->sites[i]);
	}
	same_tally("pools", 0, &r->pools[0].tally, &b->pool);
	same_ages("pools.reuse", 0, &r->pools[0].reuse_age, &b->reuse_age);
	differ("pools", 0, "gone_bytes", r->pools[0].gone_bytes, b->gone_bytes);
	same_totals(&r->totals, b);
	SAME_MATRIX(freed_by, b->freed_by, c_->from, c_->to);
	SAME_MATRIX(stranded, b->stranded, c_->from, c_->to);
	SAME_MATRIX(stranded_cpu, b->stranded_cpu, r->cpus[c_->from].cpu, r->cpus[c_->to].cpu);
	SAME_MATRIX(idle_sites, b->idle_sites, r->sites[c_->from].stack, c_->to);
}

/* In groups, as stream.c does; what pt_heap_plain() takes, in its way. How many those were. */
static uint64_t apply_in_groups(struct pt_heap *heap, const struct pt_event *events, size_t nr)
{
	uint32_t places[32];
	uint64_t plain_nr = 0;

	for (size_t begin = 0, end; begin < nr; begin = end) {
		end = nr - begin < 32 ? nr : begin + 32;
		for (size_t i = begin; i < end; i++)
			places[i - begin] = pt_heap_prefetch(heap, events[i].addr);
		for (size_t i = begin; i < end; i++) {
			uint32_t done = pt_heap_plain(heap, &events[i], i % 2 ? NULL : &places[i - begin], (uint32_t)(end - i));

			plain_nr += done;
			i += done;
			if (i < end)
				assert_int_equal(pt_heap_apply(heap, &events[i], pt_heap_find(heap, events[i].addr)), 0);
		}
	}
	return plain_nr;
}

static void report_in_groups(const struct pt_event *events, size_t nr, struct pt_report *out, uint64_t *plain_nr)
{
	static struct pt_thread_info threads[BRUTE_THREADS];
	struct pt_trace t = { .threads = threads, .threads_nr = BRUTE_THREADS };
	struct pt_run *run = calloc(1, sizeof(*run));

	assert_non_null(run);
	assert_int_equal(pt_run_init(run, NULL), 0);
	*plain_nr += apply_in_groups(&run->heap, events, nr);
	memset(out, 0, sizeof(*out));
	assert_int_equal(pt_run_finish(run, &t, out), 0);
	pt_run_fini(run);
	free(run);
}

static void report_of(const struct pt_event *events, size_t nr, struct pt_report *out)
{
	static struct pt_thread_info threads[BRUTE_THREADS];
	struct pt_trace t = { .threads = threads, .threads_nr = BRUTE_THREADS };
	struct pt_run *run = calloc(1, sizeof(*run));

	assert_non_null(run);
	assert_int_equal(pt_run_init(run, NULL), 0);
	for (size_t i = 0; i < nr; i++)
		assert_int_equal(pt_heap_apply(&run->heap, &events[i],
					       pt_heap_find(&run->heap, events[i].addr)),
				 0);
	memset(out, 0, sizeof(*out));
	assert_int_equal(pt_run_finish(run, &t, out), 0);
	pt_run_fini(run);
	free(run);
}

static void random_scripts_agree_with_brute_force(void **state)
{
	static struct pt_event events[SCRIPT_EVENTS_MAX];
	static struct brute_report want;
	uint64_t fresh = 0, stranded = 0, temporary = 0, gone = 0, others = 0;

	(void)state;
	for (seed = 0; seed < SCRIPTS && !wrong; seed++) {
		size_t nr = heap_script(seed, events);
		struct pt_report got;

		report_of(events, nr, &got);
		brute_heap(events, nr, &want);
		same_report(&got, &want);
		pt_report_fini(&got);
		fresh += want.pool.fresh_allocations;
		stranded += want.pool.stranded_misses;
		temporary += want.pool.temporary_allocations;
		gone += want.gone_bytes > 0;
		others += want.pool.freed_by_others;
	}
	assert_int_equal(wrong, 0);
	/* Scripts in which nothing of interest happens would agree too. */
	assert_true(fresh > SCRIPTS && stranded > SCRIPTS / 4 && temporary > SCRIPTS &&
		    gone > SCRIPTS / 4 && others > SCRIPTS);
}

/* With one or two threads and CPUs and few sizes, so that there are many of the common ones. */
static void the_short_way_for_common_events_agrees_too(void **state)
{
	static struct pt_event events[SCRIPT_EVENTS_MAX];
	static struct brute_report want;
	uint64_t plain = 0;

	(void)state;
	for (seed = 0; seed < SCRIPTS && !wrong; seed++) {
		size_t nr = heap_script(seed, events);
		struct pt_report got;

		for (size_t i = 0; i < nr; i++) {
			events[i].thread %= 1 + seed / 2 % 2;
			events[i].cpu %= 1 + seed / 4 % 2;
			if (events[i].size_bytes < 4096 && (events[i].kind == PT_EV_ALLOC || events[i].kind == PT_EV_REALLOC_END))
				events[i].size_bytes -= events[i].size_bytes % (seed % 3 ? 40 : 4);
		}
		report_in_groups(events, nr, &got, &plain);
		brute_heap(events, nr, &want);
		same_report(&got, &want);
		pt_report_fini(&got);
	}
	assert_int_equal(wrong, 0);
	assert_true(plain > 5 * SCRIPTS);
}

static struct pt_event event(uint8_t kind, uint32_t thread, uint64_t time_ns, uint64_t addr,
			     uint64_t size_bytes)
{
	struct pt_event ev = { .kind = kind,
			       .thread = thread,
			       .cpu = thread,
			       .stack = 1,
			       .time_ns = time_ns,
			       .addr = addr,
			       .size_bytes = size_bytes };

	return ev;
}

static void an_allocation_ends_every_idle_block_it_overlaps(void **state)
{
	struct pt_event events[] = {
		event(PT_EV_ALLOC, 0, 0, 0x1000, 24),	 event(PT_EV_ALLOC, 0, 0, 0x1020, 24),
		event(PT_EV_ALLOC, 0, 0, 0x1040, 24),	 event(PT_EV_FREE, 1, 1000, 0x1000, 0),
		event(PT_EV_FREE, 1, 1000, 0x1020, 0),	 event(PT_EV_FREE, 1, 1000, 0x1040, 0),
		event(PT_EV_ALLOC, 0, 3000, 0x1010, 50), /* the tail of one, all of two, the head of
							    three */
	};
	struct pt_report r;

	(void)state;
	report_of(events, 7, &r);
	assert_int_equal(r.totals.idle_at_end_objects, 0);
	assert_int_equal(r.totals.in_use_at_end_bytes, 50);
	assert_int_equal(r.totals.peak_held_bytes, 72);
	assert_int_equal(r.threads[1].tally.peak_idle_bytes, 72);
	assert_int_equal(r.threads[0].tally.freed_by_others, 3);
	assert_int_equal(r.totals.fresh_allocations, 3);
	assert_true(fabs(r.threads[1].tally.hoard_byte_seconds - 72 * 2e-6) < 1e-15);
	pt_report_fini(&r);
}

static void new_memory_while_another_thread_holds_a_fit_is_a_stranded_miss(void **state)
{
	struct pt_event events[] = {
		event(PT_EV_ALLOC, 0, 0, 0x1000, 4096),
		event(PT_EV_FREE, 0, 1, 0x1000, 0),
		event(PT_EV_ALLOC, 1, 2, 0x9000,
		      4000), /* stranded: thread 0 holds 4104 usable bytes */
		event(PT_EV_ALLOC, 1, 3, 0x20000, 2000), /* 4104 is more than 2500: does not fit */
		event(PT_EV_ALLOC, 1, 4, 0x30000, 4105), /* one too large */
		event(PT_EV_ALLOC, 0, 5, 0x40000, 4000), /* held by itself */
		event(PT_EV_FREE, 1, 6, 0x9000, 0),
		event(PT_EV_ALLOC, 2, 7, 0x9000, 4000), /* not new memory */
	};
	struct pt_report r;

	(void)state;
	report_of(events, 8, &r);
	assert_int_equal(r.totals.stranded_misses, 1);
	assert_int_equal(r.threads[1].tally.stranded_misses, 1);
	assert_int_equal(r.threads[1].tally.stranded_bytes, 4000);
	assert_int_equal(r.stranded.cells_nr, 1);
	assert_int_equal(r.stranded.cells[0].from, 1);
	assert_int_equal(r.stranded.cells[0].to, 0);
	assert_int_equal(r.totals.fresh_allocations, 5);
	pt_report_fini(&r);
}

static void a_realloc_that_moves_leaves_its_old_block_idle_since_the_begin(void **state)
{
	struct pt_event events[] = {
		event(PT_EV_ALLOC, 0, 0, 0x1000, 100),
		event(PT_EV_REALLOC_BEGIN, 1, 5000, 0x1000, 0),
		event(PT_EV_REALLOC_END, 1, 9000, 0x2000, 200),
		event(PT_EV_RSS, 0, 15000, 0, 1000),
	};
	struct pt_report r;

	(void)state;
	events[2].old_addr = 0x1000;
	events[3].old_size_bytes = 250;
	report_of(events, 4, &r);
	assert_int_equal(r.totals.allocations, 2);
	assert_int_equal(r.totals.frees, 0);
	assert_int_equal(r.totals.allocated_bytes, 300);
	assert_int_equal(r.threads[1].tally.idle_bytes, 100);
	assert_int_equal(r.threads[1].tally.in_use_bytes, 200);
	assert_int_equal(r.threads[0].tally.freed_by_others_bytes, 100);
	assert_true(fabs(r.totals.hoard_byte_seconds - 100 * 10e-6) < 1e-15);
	assert_int_equal(r.totals.idle_resident_at_most_bytes, 50); /* 250 anonymous, 200 in use */
	pt_report_fini(&r);
}

static void a_trace_that_ends_inside_a_realloc_has_the_block_in_use(void **state)
{
	struct pt_event events[] = {
		event(PT_EV_ALLOC, 0, 0, 0x1000, 100),
		event(PT_EV_REALLOC_BEGIN, 0, 5, 0x1000, 0),
	};
	struct pt_report r;

	(void)state;
	report_of(events, 2, &r);
	assert_int_equal(r.totals.in_use_at_end_bytes, 100);
	assert_int_equal(r.totals.idle_at_end_objects, 0);
	assert_int_equal(r.pools[0].tally.freed_bytes, 0);
	pt_report_fini(&r);
}

static void madvise_ends_only_what_is_wholly_inside(void **state)
{
	struct pt_event events[] = {
		event(PT_EV_ALLOC, 0, 0, 0x1000, 0x1000), event(PT_EV_ALLOC, 0, 0, 0x2000, 0x1800),
		event(PT_EV_FREE, 0, 0, 0x1000, 0),	  event(PT_EV_FREE, 0, 0, 0x2000, 0),
		event(PT_EV_GONE, 0, 0, 0x1000, 0x2000),  event(PT_EV_GONE, 0, 0, 0x3000, 0x1000),
	};
	struct pt_report r;

	(void)state;
	events[4].flags = PT_GONE_MADVISE;
	events[5].flags = PT_GONE_BREAK;
	report_of(events, 5, &r);
	assert_int_equal(r.totals.idle_at_end_bytes, 0x1800);
	assert_int_equal(r.pools[0].gone_bytes, 0x1000);
	pt_report_fini(&r);
	report_of(events, 6, &r);
	assert_int_equal(r.totals.idle_at_end_bytes, 0);
	pt_report_fini(&r);
}

static void idle_at_peak_is_what_each_thread_held_at_that_moment(void **state)
{
	struct pt_event events[] = {
		event(PT_EV_ALLOC, 0, 0, 0x1000, 100),
		event(PT_EV_ALLOC, 0, 0, 0x2000, 100),
		event(PT_EV_FREE, 1, 1, 0x1000, 0),
		event(PT_EV_ALLOC, 0, 2, 0x3000, 500), /* the peak */
		event(PT_EV_FREE, 2, 3, 0x2000, 0),
		event(PT_EV_ALLOC, 0, 4, 0x1000, 100),
	};
	struct pt_report r;

	(void)state;
	report_of(events, 6, &r);
	assert_int_equal(r.totals.peak_held_bytes, 700);
	assert_int_equal(r.totals.peak_held_ns, 2);
	assert_int_equal(r.threads[1].tally.idle_at_peak_bytes, 100);
	assert_int_equal(r.threads[1].tally.idle_bytes, 0);
	assert_int_equal(r.threads[2].tally.idle_at_peak_bytes, 0);
	assert_int_equal(r.threads[2].tally.idle_bytes, 100);
	pt_report_fini(&r);
}

static void a_peak_between_two_common_events_is_the_second_ones_past(void **state)
{
	struct pt_event events[] = {
		event(PT_EV_ALLOC, 0, 0, 0x1000, 100), event(PT_EV_FREE, 0, 1, 0x1000, 0),
		event(PT_EV_ALLOC, 0, 2, 0x1000, 64),  event(PT_EV_ALLOC, 0, 3, 0x2000, 200),
		event(PT_EV_FREE, 0, 4, 0x1000, 0),    event(PT_EV_ALLOC, 0, 5, 0x1000, 64),
		event(PT_EV_FREE, 0, 6, 0x2000, 0),    event(PT_EV_ALLOC, 0, 7, 0x2000, 200),
		event(PT_EV_FREE, 0, 8, 0x1000, 0),    event(PT_EV_RSS, 0, 9, 0, 1000),
		event(PT_EV_ALLOC, 0, 10, 0x1000, 100), /* the peak, and what follows it is told with it */
		event(PT_EV_FREE, 0, 11, 0x2000, 0),
	};
	uint64_t plain = 0;
	struct pt_report r;

	(void)state;
	report_in_groups(events, 12, &r, &plain);
	assert_int_equal(plain, 10); /* all but the first, of a thread that was not there, and RSS */
	assert_int_equal(r.totals.peak_held_bytes, 300);
	assert_int_equal(r.sites[0].tally.idle_at_peak_bytes, 0);
	assert_int_equal(r.sites[0].tally.in_use_at_peak_bytes, 300);
	assert_int_equal(r.threads[0].tally.idle_at_peak_bytes, 0);
	assert_int_equal(r.sites[0].tally.idle_bytes, 200);
	pt_report_fini(&r);
}

static int count_changes(void *arg, const struct pt_change *changes, size_t nr)
{
	(void)changes;
	*(size_t *)arg += nr;
	return 0;
}

/* An event that does not fit its address may have to wait for another one: it is left to who knows (order.h). */
static void what_may_have_to_wait_is_left_alone(void **state)
{
	struct pt_event events[] = {
		event(PT_EV_ALLOC, 0, 0, 0x1000, 100), event(PT_EV_FREE, 0, 1, 0x1000, 0),
		event(PT_EV_ALLOC, 0, 2, 0x1000, 5000), event(PT_EV_ALLOC, 0, 3, 0x1000, 100), /* it is in use */
		event(PT_EV_FREE, 0, 4, 0x1000, 0), event(PT_EV_FREE, 0, 5, 0x1000, 0), /* it is not */
		event(PT_EV_ALLOC, 0, 6, 0x1000, 100), event(PT_EV_FREE, 0, 7, 0x1010, 0), /* never was */
	};
	size_t changes = 0;
	struct pt_heap h;

	(void)state;
	assert_int_equal(pt_heap_init(&h, 0, count_changes, &changes), 0);
	assert_int_equal(pt_heap_apply(&h, &events[0], NULL), 0);
	assert_int_equal(pt_heap_plain(&h, &events[1], NULL, 7), 2);
	assert_int_equal(pt_heap_plain(&h, &events[3], NULL, 5), 0);
	assert_int_equal(pt_heap_plain(&h, &events[4], NULL, 4), 1);
	assert_int_equal(pt_heap_plain(&h, &events[5], NULL, 3), 0);
	assert_int_equal(pt_heap_plain(&h, &events[6], NULL, 2), 1);
	assert_int_equal(h.in_use_bytes, 100);
	assert_int_equal(pt_heap_finish(&h), 0);
	assert_true(changes > 4);
	pt_heap_fini(&h);
}

static void an_empty_trace_gives_an_empty_report(void **state)
{
	struct pt_report r;

	(void)state;
	report_of(NULL, 0, &r);
	assert_int_equal(r.totals.allocations, 0);
	assert_true(isnan(r.totals.blowup));
	assert_int_equal(r.totals.idle_resident_at_most_bytes, PT_UNKNOWN);
	assert_int_equal(r.cpus_nr, 0);
	assert_int_equal(r.sites_nr, 0);
	assert_int_equal(r.freed_by.cells_nr, 0);
	pt_report_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_scripts_agree_with_brute_force),
		cmocka_unit_test(the_short_way_for_common_events_agrees_too),
		cmocka_unit_test(an_allocation_ends_every_idle_block_it_overlaps),
		cmocka_unit_test(new_memory_while_another_thread_holds_a_fit_is_a_stranded_miss),
		cmocka_unit_test(a_realloc_that_moves_leaves_its_old_block_idle_since_the_begin),
		cmocka_unit_test(a_trace_that_ends_inside_a_realloc_has_the_block_in_use),
		cmocka_unit_test(madvise_ends_only_what_is_wholly_inside),
		cmocka_unit_test(idle_at_peak_is_what_each_thread_held_at_that_moment),
		cmocka_unit_test(a_peak_between_two_common_events_is_the_second_ones_past),
		cmocka_unit_test(what_may_have_to_wait_is_left_alone),
		cmocka_unit_test(an_empty_trace_gives_an_empty_report),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
