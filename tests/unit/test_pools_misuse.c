// SPDX-License-Identifier: MIT
/*
 * test_pools_misuse.c - annotated pools: what is misuse and what only looks like it, and whose it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../format/layout.h"
#include "pool_script.h"

static void memory_that_a_realloc_gave_away_early_is_no_misuse(void **state)
{
	const struct pt_pool_detail *d;
	struct pt_event *ev;
	struct pt_report r;

	(void)state;
	create("buffers", 0);
	of_malloc(PT_EV_ALLOC, 0x10000, 0, 100);
	tell(PT_EV_POOL_GET, 0, 0x10000, 0)->size_bytes = 100;
	of_malloc(PT_EV_REALLOC_BEGIN, 0x10000, 0, 0);
	of_malloc(PT_EV_ALLOC, 0x10000, 0, 50)->thread = 1; /* before the realloc has returned */
	tell(PT_EV_POOL_GET, 1, 0x10000, 1)->size_bytes = 50;
	of_malloc(PT_EV_REALLOC_END, 0x20000, 0x10000, 4000);
	ev = tell(PT_EV_POOL_RESIZE, 0, 0x10000, 0);
	ev->new_addr = 0x20000;
	ev->size_bytes = 4000;
	tell(PT_EV_POOL_PUT, 0, 0x20000, 0);
	tell(PT_EV_POOL_PUT, 1, 0x10000, 1);
	d = played(&r);
	assert_int_equal(d->row.misses, 2);
	assert_int_equal(d->misuse_nr, 0);
	assert_int_equal(d->row.vanished, 0);
	assert_int_equal(d->shards[0].row.idle_bytes, 4000);
	assert_int_equal(d->shards[1].row.idle_bytes, 50);
	pt_report_fini(&r);
}

static void misuse_names_both_calls(void **state)
{
	const struct pt_pool_detail *d;
	struct pt_report r;

	(void)state;
	create("msgbuf", 64);
	tell(PT_EV_POOL_GET, 0, 0x10000, 0)->stack = 1;
	tell(PT_EV_POOL_GET, 1, 0x10000, 0)->stack = 2; /* in use */
	tell(PT_EV_POOL_PUT, 1, 0x10000, 0)->stack = 3;
	tell(PT_EV_POOL_PUT, 2, 0x10000, 0)->stack = 4; /* idle */
	tell(PT_EV_POOL_PUT, 2, 0x10000, 0)->stack = 4;
	d = played(&r);
	assert_int_equal(d->misuse_nr, 2);
	assert_int_equal(d->misuse[0].kind, PT_MISUSE_PUT_OF_IDLE);
	assert_int_equal(d->misuse[0].objects, 2);
	assert_int_equal(r.pool_sites[d->misuse[0].site].stack, 4);
	assert_int_equal(r.pool_sites[d->misuse[0].other_site].stack, 3);
	assert_int_equal(d->misuse[0].thread, 2);
	assert_int_equal(d->misuse[0].other_thread, 1);
	assert_int_equal(d->misuse[1].kind, PT_MISUSE_GET_OF_IN_USE);
	assert_int_equal(r.pool_sites[d->misuse[1].other_site].stack, 1);
	assert_int_equal(d->misuse[1].first_addr, 0x10000);
	pt_report_fini(&r);
}

static void a_foreign_put_is_told_whose_object_it_is(void **state)
{
	const struct pt_pool_detail *d;
	struct pt_event *ev;
	struct pt_report r;

	(void)state;
	create("one", 64);
	tell(PT_EV_POOL_GET, 0, 0x10000, 0)->stack = 1;
	ev = tell(PT_EV_POOL_GET, 0, 0x10000, 0);
	ev->pool = POOL + 1;
	ev->stack = 2;
	ev = tell(PT_EV_POOL_PUT, 1, 0x10000, 0);
	ev->pool = POOL + 2;
	ev->stack = 3;
	ev = tell(PT_EV_POOL_PUT, 1, 0x77000, 0);
	ev->pool = POOL + 2;
	ev->stack = 3;
	played(&r);
	assert_int_equal(r.pools_nr, 4);
	d = r.pools[3].detail;
	assert_int_equal(d->misuse_nr, 2);
	assert_true(d->misuse[0].other_known); /* the first of the two */
	assert_int_equal(r.pool_sites[d->misuse[0].other_site].stack, 2); /* who changed it last */
	assert_false(d->misuse[1].other_known);
	pt_report_fini(&r);
}

/* What contradicts something from before a gap is no misuse: `from` to `till` nothing of pools was recorded. */
static void across_a_gap(uint8_t from, uint8_t from_mode, uint8_t till, uint8_t till_mode, size_t misuse, uint64_t strays)
{
	const struct pt_pool_detail *d;
	struct pt_report r;

	create("msgbuf", 64);
	tell(PT_EV_POOL_GET, 0, 0x10000, 0);
	tell(PT_EV_POOL_GET, 0, 0x20000, 0);
	tell(PT_EV_POOL_PUT, 0, 0x20000, 0);
	tell(from, 0, 0, 0)->flags = from_mode;
	tell(till, 0, 0, 0)->flags = till_mode;
	tell(PT_EV_POOL_GET, 0, 0x10000, 0); /* was put */
	tell(PT_EV_POOL_PUT, 0, 0x20000, 0); /* was got */
	tell(PT_EV_POOL_PUT, 0, 0x30000, 0); /* was made */
	tell(PT_EV_POOL_DROP, 0, 0x40000, 0);
	d = played(&r);
	assert_int_equal(d->misuse_nr, misuse);
	assert_int_equal(d->stray_drops, strays);
	assert_int_equal(d->row.in_use_objects, 1);
	assert_int_equal(d->row.idle_objects, 2);
	pt_report_fini(&r);
}

static void a_gap_makes_no_misuse(void **state)
{
	(void)state;
	across_a_gap(PT_EV_PAUSE, 0, PT_EV_RESUME, 0, 0, 0);
	across_a_gap(PT_EV_MODE, PT_MODE_COUNTERS, PT_EV_MODE, PT_MODE_FULL, 0, 0);
	across_a_gap(PT_EV_MODE, PT_MODE_SAMPLE, PT_EV_MODE, PT_MODE_FULL, 3, 1); /* pools were recorded all the time */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_that_a_realloc_gave_away_early_is_no_misuse),
		cmocka_unit_test(misuse_names_both_calls),
		cmocka_unit_test(a_foreign_put_is_told_whose_object_it_is),
		cmocka_unit_test(a_gap_makes_no_misuse),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
