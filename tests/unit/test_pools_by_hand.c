// SPDX-License-Identifier: MIT
/*
 * test_pools_by_hand.c - annotated pools: what is easily got wrong, one promise at a time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>

#include <cmocka.h>

#include "../../analyzer/passes/pool_run.h"
#include "../../format/layout.h"
#include "pool_script.h"

static void a_buffer_that_grows_by_realloc_stays_the_same_object(void **state)
{
	const struct pt_pool_detail *d;
	struct pt_event *ev;
	struct pt_report r;

	(void)state;
	create("buffers", 0);
	of_malloc(PT_EV_ALLOC, 0x10000, 0, 100);
	tell(PT_EV_POOL_GET, 0, 0x10000, 0)->size_bytes = 100;
	of_malloc(PT_EV_REALLOC_BEGIN, 0x10000, 0, 0);
	of_malloc(PT_EV_REALLOC_END, 0x20000, 0x10000, 4000);
	ev = tell(PT_EV_POOL_RESIZE, 0, 0x10000, 0);
	ev->new_addr = 0x20000;
	ev->size_bytes = 4000;
	tell(PT_EV_POOL_PUT, 0, 0x20000, 0);
	d = played(&r);
	assert_int_equal(d->row.misses, 1);
	assert_int_equal(d->row.vanished, 0);
	assert_int_equal(d->row.idle_bytes, 4000);
	assert_int_equal(d->row.ratchet_bytes, 3900);
	assert_int_equal(d->stray_resizes, 0);
	assert_int_equal(d->misuse_nr, 0);
	pt_report_fini(&r);
}

static void slots_and_shards_are_used_again(void **state)
{
	const struct pt_pool_detail *d;
	struct pt_report r;

	(void)state;
	create("connection", 64);
	for (int i = 0; i < 50; i++) { /* one after the other, at different addresses */
		struct pt_event *ev;

		tell(PT_EV_POOL_GET, 0, 0x10000, 0)->pool = POOL + (uint64_t)i;
		tell(PT_EV_POOL_DESTROY, 0, 0, 0)->pool = POOL + (uint64_t)i;
		ev = tell(PT_EV_POOL_CREATE, 0, 0, 0);
		ev->pool = POOL + (uint64_t)i + 1;
		ev->text = "connection";
		ev->size_bytes = 64;
	}
	d = played(&r);
	assert_int_equal(r.pools_nr, 2);
	assert_int_equal(d->instances_nr, 51);
	assert_int_equal(d->slots_nr, 1);
	assert_int_equal(d->shards_nr, 1);
	assert_int_equal(d->row.misses, 50);
	pt_report_fini(&r);
}

static void the_smallest_free_slot_is_taken(void **state)
{
	static const uint64_t ended[] = { 120, 70, 3 };
	const struct pt_pool_detail *d;
	struct pt_report r;

	(void)state;
	create("connection", 64);
	for (uint64_t i = 1; i < 150; i++) {
		struct pt_event *ev = tell(PT_EV_POOL_CREATE, 0, 0, 0);

		ev->pool = POOL + i;
		ev->text = "connection";
		ev->size_bytes = 64;
	}
	for (size_t i = 0; i < 3; i++)
		tell(PT_EV_POOL_DESTROY, 0, 0, 0)->pool = POOL + ended[i];
	for (uint64_t i = 0; i < 4; i++) {
		struct pt_event *ev = tell(PT_EV_POOL_CREATE, 0, 0, 0);

		ev->pool = POOL + 200 + i;
		ev->text = "connection";
		ev->size_bytes = 64;
		tell(PT_EV_POOL_GET, 0, 0x10000, 0)->pool = POOL + 200 + i;
	}
	d = played(&r);
	assert_int_equal(d->slots_nr, 151);
	assert_int_equal(d->shards_nr, 4);
	assert_int_equal(d->shards[0].slot, 3);
	assert_int_equal(d->shards[1].slot, 70);
	assert_int_equal(d->shards[2].slot, 120);
	assert_int_equal(d->shards[3].slot, 150);
	pt_report_fini(&r);
}

static void a_shard_may_be_named_before_it_is_used_and_renamed(void **state)
{
	const struct pt_pool_detail *d;
	struct pt_report r;

	(void)state;
	create("msgbuf", 64);
	tell(PT_EV_SHARD_NAME, 0, 0, 7)->text = "seven";
	tell(PT_EV_SHARD_NAME, 0, 0, 9)->text = "never used";
	tell(PT_EV_POOL_GET, 0, 0x10000, 7);
	tell(PT_EV_POOL_GET, 0, 0x11000, 8);
	tell(PT_EV_SHARD_NAME, 0, 0, 8)->text = "eight";
	tell(PT_EV_SHARD_NAME, 0, 0, 8)->text = "the eighth";
	d = played(&r);
	assert_int_equal(d->shards_nr, 2);
	assert_string_equal(d->shards[0].name, "seven");
	assert_string_equal(d->shards[1].name, "the eighth");
	pt_report_fini(&r);
}

static void an_adapters_pools_have_its_name_as_source(void **state)
{
	static const struct {
		const char *name, *source;
	} cases[] = { { "apr:allocator", "apr" }, { "std::vector", "annotated" }, { "apr", "annotated" } };
	struct pt_report r;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		create(cases[i].name, 8);
		played(&r);
		assert_string_equal(r.pools[1].name, cases[i].name);
		assert_string_equal(r.pools[1].source, cases[i].source);
		assert_string_equal(r.pools[0].name, "malloc");
		assert_true(isnan(r.pools[1].blowup));
		pt_report_fini(&r);
	}
}

static void a_program_without_pools_has_none(void **state)
{
	struct pt_report r;

	(void)state;
	script_nr = 0;
	of_malloc(PT_EV_ALLOC, 0x10000, 0, 100);
	of_malloc(PT_EV_FREE, 0x10000, 0, 0);
	play_report(script, script_nr, &r);
	assert_int_equal(r.pools_nr, 1);
	assert_null(r.layers);
	assert_int_equal(r.pool_sites_nr, 0);
	pt_report_fini(&r);
}

static void a_told_miss_is_asked_when_it_is_told(void **state)
{
	const struct pt_pool_detail *d;
	struct pt_report r;

	(void)state;
	create("msgbuf", 64);
	for (uint64_t i = 0; i < 3; i++)
		tell(PT_EV_POOL_STOCK, 1, 0x10000 + 0x1000 * i, 1);
	tell(PT_EV_POOL_MISS, 0, 0, 0); /* three lie in shard 1, two threads: stranded */
	for (uint64_t i = 0; i < 3; i++)
		tell(PT_EV_POOL_GET, 1, 0x10000 + 0x1000 * i, 1);
	tell(PT_EV_POOL_GET, 0, 0x20000, 0);
	tell(PT_EV_POOL_GET, 0, 0x21000, 0); /* not told: nothing is idle any more */
	d = played(&r);
	assert_int_equal(d->row.stranded_misses, 1);
	assert_int_equal(d->row.ambiguous_misses, 0);
	assert_int_equal(d->stranded.cells_nr, 1);
	assert_int_equal(d->stranded.cells[0].from, 1); /* shard 1 occurred first */
	assert_int_equal(d->stranded.cells[0].to, 0);
	assert_int_equal(d->stranded_thread.cells[0].from, 0);
	assert_int_equal(d->stranded_thread.cells[0].to, 1);
	pt_report_fini(&r);
}

static void layers_count_no_byte_twice(void **state)
{
	struct pt_event *ev;
	struct pt_report r;

	(void)state;
	create("slab", 100);
	of_malloc(PT_EV_ALLOC, 0x10000, 0, 1000);
	of_malloc(PT_EV_ALLOC, 0x20000, 0, 500);
	of_malloc(PT_EV_FREE, 0x20000, 0, 0);
	tell(PT_EV_POOL_STOCK, 0, 0x10000, 0);
	tell(PT_EV_POOL_STOCK, 0, 0x10100, 0);
	tell(PT_EV_POOL_STOCK, 0, 0x10140, 0); /* overlaps the one before by 36 bytes */
	ev = tell(PT_EV_POOL_STOCK, 0, 0x10010, 0); /* another pool within the first object */
	ev->pool = POOL + 1;
	ev->size_bytes = 20;
	tell(PT_EV_POOL_STOCK, 0, 0x103e8 - 50, 0); /* half of it behind the block */
	tell(PT_EV_POOL_STOCK, 0, 0x7f0000, 0);	    /* own mapping */
	tell(PT_EV_POOL_GET, 0, 0x10300, 0);	    /* in use: does not count */
	ev = of_malloc(PT_EV_RSS, 0, 0, 9000);
	ev->old_size_bytes = 2000;
	play_report(script, script_nr, &r);
	assert_non_null(r.layers);
	assert_int_equal(r.layers->pool_idle_bytes, 100 + 164 + 50);
	assert_int_equal(r.layers->pool_idle_elsewhere_bytes, 50 + 100);
	assert_int_equal(r.layers->used_bytes, 1000 - 314);
	assert_int_equal(r.layers->allocator_idle_bytes, 500);
	assert_int_equal(r.layers->rest_of_rss_bytes, 500);
	pt_report_fini(&r);
	ev->old_size_bytes = 1499;
	play_report(script, script_nr, &r);
	assert_true(r.layers->rest_of_rss_bytes == PT_UNKNOWN);
	pt_report_fini(&r);
}

static void marks_and_pauses_are_kept(void **state)
{
	struct pt_report r;

	(void)state;
	create("msgbuf", 64);
	of_malloc(PT_EV_ALLOC, 0x10000, 0, 1000);
	tell(PT_EV_POOL_STOCK, 0, 0x10000, 0);
	tell(PT_EV_MARK, 0, 0, 0)->text = "load done";
	tell(PT_EV_PAUSE, 0, 0, 0);  /* at 5,000 ns */
	tell(PT_EV_PAUSE, 1, 0, 0);
	tell(PT_EV_RESUME, 0, 0, 0); /* at 7,000 */
	tell(PT_EV_RESUME, 0, 0, 0);
	tell(PT_EV_PAUSE, 0, 0, 0); /* at 9,000 */
	of_malloc(PT_EV_RSS, 0, 1, 1); /* at 10,000 */
	play_report(script, script_nr, &r);
	assert_int_equal(r.marks_nr, 1);
	assert_string_equal(r.marks[0].name, "load done");
	assert_int_equal(r.marks[0].time_ns, 4000);
	assert_int_equal(r.marks[0].in_use_bytes, 1000);
	assert_int_equal(r.marks[0].pool_idle_bytes, 64);
	assert_int_equal(r.pauses_nr, 2);
	assert_int_equal(r.paused_ns, 2000 + 1000);
	assert_int_equal(r.totals.duration_ns, 10000);
	pt_report_fini(&r);
}

static void pools_beyond_reason_are_one_row(void **state)
{
	struct pt_pool_run run;
	struct pt_event ev = { .kind = PT_EV_POOL_GET, .addr = 0x10000, .size_bytes = 8 };

	(void)state;
	assert_int_equal(pt_pool_run_init(&run, NULL), 0);
	for (uint64_t i = 0; i < PT_POOLS_MAX + 1000; i++) {
		ev.pool = POOL + i;
		assert_int_equal(pt_pools_apply(run.pools, &ev), 0);
	}
	assert_int_equal(pt_pools_nr(run.pools), PT_POOLS_MAX);
	assert_string_equal(pt_pools_get(run.pools, PT_POOLS_MAX - 1)->name, PT_POOL_OTHERS);
	assert_int_equal(pt_pools_get(run.pools, PT_POOLS_MAX - 1)->instances_nr, 1001);
	assert_int_equal(pt_pools_get(run.pools, PT_POOLS_MAX - 2)->instances_nr, 1);
	pt_pool_run_fini(&run);
}

/* Many pools over one address, and many events that a wrong way round would make quadratic. */
static void a_hostile_trace_takes_no_longer(void **state)
{
	struct pt_pool_run run;
	struct pt_event ev = { .addr = 0x10000 };

	(void)state;
	assert_int_equal(pt_pool_run_init(&run, NULL), 0);
	for (uint64_t i = 0; i < 100000; i++) {
		ev.pool = POOL + i;
		ev.shard = i;
		ev.text = "same";
		ev.kind = PT_EV_POOL_CREATE;
		assert_int_equal(pt_pools_apply(run.pools, &ev), 0);
		ev.shard = i; /* a shard more for each, and all of them at one address */
		ev.kind = PT_EV_POOL_PUT;
		assert_int_equal(pt_pools_apply(run.pools, &ev), 0);
		ev.shard = PT_SHARD_ALL;
		ev.kind = PT_EV_POOL_PURGE;
		if (i % 2)
			assert_int_equal(pt_pools_apply(run.pools, &ev), 0);
	}
	ev.kind = PT_EV_FREE;
	assert_int_equal(pt_pools_freed(run.pools, &ev, 0x10000, UINT64_MAX), 0);
	assert_int_equal(pt_pools_idle_bytes(run.pools), 0);
	pt_pool_run_fini(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_buffer_that_grows_by_realloc_stays_the_same_object),
		cmocka_unit_test(slots_and_shards_are_used_again),
		cmocka_unit_test(the_smallest_free_slot_is_taken),
		cmocka_unit_test(a_shard_may_be_named_before_it_is_used_and_renamed),
		cmocka_unit_test(an_adapters_pools_have_its_name_as_source),
		cmocka_unit_test(a_program_without_pools_has_none),
		cmocka_unit_test(a_told_miss_is_asked_when_it_is_told),
		cmocka_unit_test(layers_count_no_byte_twice),
		cmocka_unit_test(marks_and_pauses_are_kept),
		cmocka_unit_test(pools_beyond_reason_are_one_row),
		cmocka_unit_test(a_hostile_trace_takes_no_longer),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
