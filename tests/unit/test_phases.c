// SPDX-License-Identifier: MIT
/*
 * test_phases.c - the run in steps from mark to mark: each against the difference of two brute forces, of what was
 * before its end and of what was before its begin.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../analyzer/passes/run.h"
#include "../../format/layout.h"
#include "brute_heap.h"
#include "brute_model.h"
#include "heap_script.h"

#define SCRIPTS	  400u
#define MARKS_MAX 6u

static uint64_t seed;
static struct pt_event events[SCRIPT_EVENTS_MAX + MARKS_MAX];
static size_t events_nr;

static void same(const char *what, size_t phase, uint64_t got, uint64_t want)
{
	if (got == want)
		return;
	print_message("# seed %lu, phase %zu, %s: %lu, want %lu\n", (unsigned long)seed, phase, what,
		      (unsigned long)got, (unsigned long)want);
	fail();
}

static void same_real(const char *what, size_t phase, double got, double want, double of)
{
	if (fabs(got - want) > 1e-12 * of)
		same(what, phase, (uint64_t)(got * 1e9), (uint64_t)(want * 1e9));
}

static uint64_t roll(uint64_t limit)
{
	static uint64_t state = 88172645463325252ull;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 11) % limit;
}

/* 1 to MARKS_MAX marks in between; a mark's time is never behind that of an event before it. */
static void put_marks(const struct pt_event *script, size_t nr)
{
	static char names[MARKS_MAX][8];
	uint64_t now_ns = 0, marks_nr = 1 + roll(MARKS_MAX);

	events_nr = 0;
	for (size_t i = 0, put = 0; i < nr; i++) {
		if (script[i].time_ns > now_ns)
			now_ns = script[i].time_ns;
		events[events_nr++] = script[i];
		if (put == marks_nr || (roll(nr) >= marks_nr && nr - i > marks_nr - put))
			continue;
		now_ns += roll(2) * roll(5000);
		if (now_ns > 1ull << 40)
			now_ns = script[i].time_ns;
		snprintf(names[put], sizeof(names[put]), "m%zu", put);
		events[events_nr++] =
			(struct pt_event){ .kind = PT_EV_MARK, .time_ns = now_ns, .text = names[put++] };
	}
}

struct peaks {
	uint64_t in_use, held, idle;
};

static void see(struct peaks *p, uint64_t in_use, uint64_t idle)
{
	p->in_use = in_use > p->in_use ? in_use : p->in_use;
	p->idle = idle > p->idle ? idle : p->idle;
	p->held = in_use + idle > p->held ? in_use + idle : p->held;
}

static void same_peaks(size_t phase, const struct pt_phase_figures *got, const struct peaks *want)
{
	same("peak_in_use_bytes", phase, got->peak_in_use_bytes, want->in_use);
	same("peak_held_bytes", phase, got->peak_held_bytes, want->held);
	same("peak_idle_bytes", phase, got->peak_idle_bytes, want->idle);
}

static void play(struct pt_report *out, void (*after)(struct pt_run *run, const struct pt_event *ev))
{
	static struct pt_thread_info threads[BRUTE_THREADS];
	struct pt_trace t = { .threads = threads, .threads_nr = BRUTE_THREADS };
	struct pt_run *run = calloc(1, sizeof(*run));

	assert_non_null(run);
	assert_int_equal(pt_run_init(run, NULL), 0);
	for (size_t i = 0; i < events_nr; i++) {
		assert_int_equal(pt_run_apply(run, &events[i], pt_heap_find(&run->heap, events[i].addr)), 0);
		if (after)
			after(run, &events[i]);
	}
	memset(out, 0, sizeof(*out));
	assert_int_equal(pt_run_finish(run, &t, out), 0);
	pt_run_fini(run);
	free(run);
}

/* Peaks of malloc between marks: from the heap's own sums, which test_heap.c checks. */
static struct peaks heap_peaks[MARKS_MAX + 1];
static size_t heap_phase;

static void watch(struct pt_run *run, const struct pt_event *ev)
{
	if (ev->kind == PT_EV_MARK)
		heap_phase++;
	see(&heap_peaks[heap_phase], run->heap.in_use_bytes, run->heap.idle_bytes);
}

static void same_heap(size_t i, const struct pt_report_phase *p, const struct brute_report *before,
		      const struct brute_report *now)
{
	const struct pt_phase_figures *got = &p->heap;

#define MORE(field) same(#field, i, got->field, now->pool.field - before->pool.field)
	MORE(allocations);
	MORE(allocated_bytes);
	MORE(frees);
	MORE(temporary_allocations);
	MORE(fresh_allocations);
	MORE(stranded_misses);
	MORE(stranded_bytes);
#undef MORE
	same("in_use_bytes", i, got->in_use_bytes, now->pool.in_use_bytes);
	same("in_use_objects", i, got->in_use_objects, now->pool.in_use_objects);
	same("idle_bytes", i, got->idle_bytes, now->pool.idle_bytes);
	same("idle_objects", i, got->idle_objects, now->pool.idle_objects);
	same_real("hoard", i, got->hoard_byte_seconds, now->pool.hoard_byte_seconds - before->pool.hoard_byte_seconds,
		  now->pool.hoard_byte_seconds);
	same("end_ns", i, p->end_ns, now->totals.duration_ns);
	same("begin_ns", i, p->begin_ns, before->totals.duration_ns);
	same_peaks(i, got, &heap_peaks[i]);
}

static void phases_of_malloc_are_differences_of_brute_forces(void **state)
{
	static struct pt_event script[SCRIPT_EVENTS_MAX], plain[SCRIPT_EVENTS_MAX + MARKS_MAX];
	static struct brute_report before, now;
	uint64_t several = 0, idle_across = 0;

	(void)state;
	for (seed = 0; seed < SCRIPTS; seed++) {
		struct pt_report got;
		size_t phase = 0;

		put_marks(script, heap_script(seed, script));
		memset(heap_peaks, 0, sizeof(heap_peaks));
		heap_phase = 0;
		play(&got, watch);
		memset(&before, 0, sizeof(before));
		for (size_t i = 0; i <= events_nr; i++) {
			bool end = i == events_nr, mark = !end && events[i].kind == PT_EV_MARK;

			if (!end)
				plain[i] = events[i];
			if (mark)
				plain[i].kind = PT_EV_NOTE; /* time passes, no more */
			if (!mark && !end)
				continue;
			brute_heap(plain, end ? i : i + 1, &now);
			assert_true(phase < got.phases_nr);
			same_heap(phase, &got.phases[phase], &before, &now);
			idle_across += now.pool.idle_bytes > 0;
			before = now;
			phase++;
		}
		same("phases", phase, got.phases_nr, phase);
		several += phase > 2;
		pt_report_fini(&got);
	}
	assert_true(several > SCRIPTS / 2 && idle_across > SCRIPTS);
}

/* What one phase of one pool must be; `at` is the pool's row when the phase began. */
struct pool_phase {
	struct pt_pool_row at;
	double hoard;
	struct peaks peaks;
};

static void same_pool(size_t i, const struct pt_phase_figures *got, const struct pool_phase *was,
		      const struct bm_pool *p)
{
	const struct pt_pool_row *now = &p->row[BM_WHOLE][0];
	double hoard = (double)p->hoard[BM_WHOLE][0] / 1e9;

#define MORE(field) same(#field, i, got->field, now->field - was->at.field)
	MORE(gets);
	MORE(puts);
	MORE(misses);
	MORE(steals);
	MORE(ambiguous_misses);
	MORE(drops);
	MORE(purged);
	MORE(stranded_misses);
	MORE(stranded_bytes);
#undef MORE
	same("in_use_bytes", i, got->in_use_bytes, now->in_use_bytes);
	same("in_use_objects", i, got->in_use_objects, now->in_use_objects);
	same("idle_bytes", i, got->idle_bytes, now->idle_bytes);
	same("idle_objects", i, got->idle_objects, now->idle_objects);
	same_real("hoard", i, got->hoard_byte_seconds, hoard - was->hoard, hoard);
	same_peaks(i, got, &was->peaks);
}

static void begin(struct pool_phase *was, const struct bm *b)
{
	for (uint32_t i = 0; i < BM_NAMES; i++) {
		const struct bm_pool *p = &b->pools[i];
		const struct pt_pool_row *row = &p->row[BM_WHOLE][0];

		was[i] = (struct pool_phase){ .at = *row, .hoard = (double)p->hoard[BM_WHOLE][0] / 1e9 };
		see(&was[i].peaks, row->in_use_bytes, row->idle_bytes);
	}
}

static void check_pools(const struct pt_report *got, size_t phase, const struct pool_phase *was, const struct bm *b)
{
	const struct pt_report_phase *p = &got->phases[phase];

	assert_true(phase < got->phases_nr);
	same("pools", phase, p->pools_nr, b->pools_nr);
	for (uint32_t i = 0; i < b->pools_nr; i++) {
		assert_string_equal(p->pools[i].name, b->pools[i].name);
		same_pool(phase, &p->pools[i].figures, &was[i], &b->pools[i]);
	}
}

static void phases_of_pools_are_differences_of_brute_forces(void **state)
{
	static struct pt_event script[BM_EVENTS];
	struct bm *b = malloc(sizeof(*b));
	struct pool_phase was[BM_NAMES];
	uint64_t regretted = 0, late = 0;

	(void)state;
	assert_non_null(b);
	for (seed = 0; seed < SCRIPTS; seed++) {
		struct pt_report got;
		size_t phase = 0;

		put_marks(script, bm_script(seed, script));
		play(&got, NULL);
		memset(b, 0, sizeof(*b));
		begin(was, b);
		for (size_t i = 0; i < events_nr; i++) {
			bm_play(b, &events[i], 1);
			for (uint32_t k = 0; k < b->pools_nr; k++)
				see(&was[k].peaks, b->pools[k].row[BM_WHOLE][0].in_use_bytes,
				    b->pools[k].row[BM_WHOLE][0].idle_bytes);
			if (events[i].kind != PT_EV_MARK)
				continue;
			check_pools(&got, phase++, was, b);
			begin(was, b);
		}
		check_pools(&got, phase, was, b);
		for (uint32_t i = 0; i < b->pools_nr; i++) { /* regret: only the sum is known here */
			uint64_t sum = 0;

			for (size_t k = 0; k < got.phases_nr; k++)
				sum += i < got.phases[k].pools_nr ?
					       got.phases[k].pools[i].figures.regretted_drops :
					       0;
			same("regretted_drops", 0, sum, got.pools[i + 1].detail->row.regretted_drops);
			regretted += sum;
			late += sum > 0 && got.phases[0].pools[0].figures.regretted_drops < sum;
		}
		pt_report_fini(&got);
	}
	free(b);
	assert_true(regretted > 1000 && late > 100);
}

static struct pt_event *tell(uint8_t kind, uint64_t addr)
{
	struct pt_event *ev = &events[events_nr++];

	*ev = (struct pt_event){ .kind = kind, .addr = addr, .time_ns = 1000 * events_nr };
	if (kind >= PT_EV_POOL_FIRST && kind <= PT_EV_POOL_LAST)
		ev->pool = 0x900000;
	if (kind == PT_EV_MARK || kind == PT_EV_POOL_CREATE)
		ev->text = kind == PT_EV_MARK ? "mark" : "pool";
	return ev;
}

static void a_drop_is_regretted_in_the_phase_of_the_drop(void **state)
{
	struct pt_report r;

	(void)state;
	events_nr = 0;
	tell(PT_EV_POOL_CREATE, 0)->size_bytes = 64;
	for (uint64_t i = 1; i <= 3; i++)
		tell(PT_EV_POOL_GET, 4096 * i);
	tell(PT_EV_POOL_DROP, 4096);
	tell(PT_EV_MARK, 0);
	tell(PT_EV_POOL_DROP, 8192);
	tell(PT_EV_POOL_DROP, 12288);
	tell(PT_EV_MARK, 0);
	for (uint64_t i = 4; i <= 6; i++)
		tell(PT_EV_POOL_GET, 4096 * i);
	play(&r, NULL);
	assert_int_equal(r.phases_nr, 3);
	assert_int_equal(r.phases[0].pools[0].figures.regretted_drops, 1);
	assert_int_equal(r.phases[1].pools[0].figures.regretted_drops, 2);
	assert_int_equal(r.phases[1].pools[0].figures.regretted_bytes, 128);
	assert_int_equal(r.phases[1].pools[0].figures.drops, 2);
	assert_int_equal(r.phases[2].pools[0].figures.regretted_drops, 0);
	assert_int_equal(r.phases[2].pools[0].figures.misses, 3);
	assert_null(r.phases[0].from);
	assert_string_equal(r.phases[0].to, "mark");
	assert_string_equal(r.phases[2].from, "mark");
	assert_null(r.phases[2].to);
	pt_report_fini(&r);
}

static void without_marks_there_are_no_phases(void **state)
{
	struct pt_report r;

	(void)state;
	events_nr = 0;
	tell(PT_EV_ALLOC, 4096)->size_bytes = 10;
	play(&r, NULL);
	assert_int_equal(r.phases_nr, 0);
	pt_report_fini(&r);
}

static void marks_beyond_those_kept_make_no_phases(void **state)
{
	static struct pt_thread_info threads[BRUTE_THREADS];
	struct pt_event ev = { .kind = PT_EV_MARK, .text = "frame" };
	struct pt_trace t = { .threads = threads, .threads_nr = BRUTE_THREADS };
	struct pt_run *run = calloc(1, sizeof(*run));
	struct pt_report r;

	(void)state;
	assert_non_null(run);
	assert_int_equal(pt_run_init(run, NULL), 0);
	for (uint32_t i = 0; i < PT_MARKS_KEPT + 10; i++) {
		ev.time_ns = 1000 * (i + 1);
		assert_int_equal(pt_run_apply(run, &ev, NULL), 0);
	}
	memset(&r, 0, sizeof(r));
	assert_int_equal(pt_run_finish(run, &t, &r), 0);
	assert_int_equal(r.phases_nr, PT_MARKS_KEPT + 1);
	assert_int_equal(r.phases[PT_MARKS_KEPT].begin_ns, 1000 * PT_MARKS_KEPT);
	assert_int_equal(r.phases[PT_MARKS_KEPT].end_ns, 1000 * (PT_MARKS_KEPT + 10));
	pt_report_fini(&r);
	pt_run_fini(run);
	free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(phases_of_malloc_are_differences_of_brute_forces),
		cmocka_unit_test(phases_of_pools_are_differences_of_brute_forces),
		cmocka_unit_test(a_drop_is_regretted_in_the_phase_of_the_drop),
		cmocka_unit_test(without_marks_there_are_no_phases),
		cmocka_unit_test(marks_beyond_those_kept_make_no_phases),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
