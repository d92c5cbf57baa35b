// SPDX-License-Identifier: MIT
/* test_pool_findings.c - of annotated pools: the other sentences of a verdict, and which of them come first. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/result/diagnosis.h"
#include "analyzer/result/pool_verdict.h"
#include "pool_says.h"
#include "rendered.h"

static void a_dead_hoard_is_told_with_its_age_and_its_place(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = ps_sound(&r, 2);

	(void)state;
	p->detail->row.dead_hoard_bytes = p->detail->shards[1].row.dead_hoard_bytes = 3 * RB_MIB;
	p->detail->row.dead_hoard_objects = 768;
	p->detail->row.idle_bytes = 4 * RB_MIB;
	r.limits.dead_after_ns = 250 * PB_MS;
	pb_row(p, pb_site(&r, "release", "/src/a.c", 7))->idle_bytes = 3 * RB_MIB;
	ps_says(ps_finding(&r, "dead_hoard")->text,
	     "3.0 MiB (768 objects) had been idle for over 250 ms and nobody came for them; the most in "
	     "shard 1 (3.0 MiB). The largest part of what is idle (75 %) was put at release (a.c:7)");
	assert_int_equal(ps_finding(&r, "dead_hoard")->severity, PT_SEVERITY_WARNING);
	ps_says(ps_finding(&r, "fine")->text, "No blowup"); /* not: nothing is wrong */
	p->detail->row.dead_hoard_bytes = PT_UNKNOWN; /* the trace is shorter than T */
	assert_null(ps_finding(&r, "dead_hoard"));
	pt_report_fini(&r);
}

static void a_purge_that_is_regretted_is_pointed_at(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = ps_sound(&r, 2);
	struct pt_pool_row *row;

	(void)state;
	p->detail->row.purged = 1000;
	p->detail->row.regretted_drops = 900;
	p->detail->row.regretted_bytes = 900 * 4096;
	p->detail->row.useful_drops = 100;
	ps_says(ps_finding(&r, "regret")->text,
	     "Of 1,000 objects that were dropped 90 % (900, 3.5 MiB in all) had to be made again within 1.0 s.");
	ps_says(ps_finding(&r, "regret")->advice, "Purge less often");
	row = pb_row(p, pb_site(&r, "collect", "/src/gc.c", 12));
	row->purged = row->regretted_drops = 900;
	ps_says(ps_finding(&r, "regret")->advice,
	     "The purge at collect (gc.c:12), called from main (main.c:10)"
	     " throws away what is needed again within 1.0 s");
	row->drops = 901;
	ps_says(ps_finding(&r, "regret")->advice, "The drop at collect");
	ps_says(ps_finding(&r, "regret")->advice, "or allow the cache more.");
	p->blowup = 2; /* it holds too much already */
	ps_says_not(ps_finding(&r, "regret")->advice, "allow the cache more");
	ps_says(ps_finding(&r, "regret")->advice, "drop by age");
	p->detail->row.regretted_drops = 99; /* below a tenth */
	p->detail->row.useful_drops = 901;
	assert_null(ps_finding(&r, "regret"));
	pt_report_fini(&r);
}

static void a_drift_has_a_forecast_or_is_not_told(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = ps_sound(&r, 8);
	struct pt_pool_shard *s = &p->detail->shards[7];

	(void)state;
	s->drift_bytes_per_s = 1.3 * 1024 * 1024;
	s->row.idle_bytes = 20 * RB_MIB;
	assert_null(ps_finding(&r, "drift")); /* objects are stolen from it: no forecast */
	s->forecast_s = 780;
	ps_says(ps_finding(&r, "drift")->text, "At +1.3 MiB/s shard 7 reaches 1.0 GiB in 13 min 0 s");
	ps_says(ps_finding(&r, "drift")->advice, "Bound the shard");
	pb_cell(&p->detail->flow, 3, 7, 90, 90 * 4096);
	pb_cell(&p->detail->flow, 7, 7, 10, 10 * 4096);
	ps_says(ps_finding(&r, "drift")->text,
	     "90 % of what is put there was got for another shard, most for "
	     "shard 3.");
	s->forecast_s = 0;
	ps_says(ps_finding(&r, "drift")->text, "Shard 7 is beyond 1.0 GiB already");
	s->forecast_s = 100000; /* more than a day */
	assert_null(ps_finding(&r, "drift"));
	s->forecast_s = 780;
	assert_non_null(ps_finding(&r, "drift"));
	s->row.idle_bytes = 6 * RB_MIB; /* a purge takes away what drifts there */
	assert_null(ps_finding(&r, "drift"));
	pt_report_fini(&r);
}

static void borrow_leaks_are_told_by_their_cause(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = ps_sound(&r, 2);
	uint32_t get = pb_site(&r, "open_it", "/src/a.c", 31);

	(void)state;
	pb_leak(p, &(struct pt_pool_leak){ get, 1, 5, 20480, RB_SECOND, 0, 0, 0 });
	assert_null(ps_finding(&r, "leak")); /* in use at the end, as things are */
	pb_leak(p, &(struct pt_pool_leak){ get, 2, 3, 12288, RB_SECOND, 3, 2, 0 });
	ps_says(ps_finding(&r, "leak")->text,
	     "8 objects not put back; 3 got by threads that are gone; 2 held for longer than 3 ms");
	ps_says(ps_finding(&r, "leak")->text, "got by thread 3 \"worker-2\" at open_it (a.c:31)");
	assert_int_equal(ps_finding(&r, "leak")->severity, PT_SEVERITY_WARNING);
	for (size_t i = 0; i < r.threads_nr; i++)
		r.threads[i].exited = true; /* the program ended: that says nothing */
	ps_says_not(ps_finding(&r, "leak")->text, "gone");
	assert_int_equal(ps_finding(&r, "leak")->severity, PT_SEVERITY_NOTE);
	pt_report_fini(&r);
}

static void each_misuse_names_both_calls(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = ps_sound(&r, 2);
	uint32_t one = pb_site(&r, "first_put", "/src/a.c", 1),
		 two = pb_site(&r, "second_put", "/src/a.c", 2);
	char *text;

	(void)state;
	pb_misuse(p, &(struct pt_pool_misuse){ PT_MISUSE_PUT_OF_IDLE, true, two, one, 1, 0, 3,
					       0xabc0, RB_SECOND });
	ps_says(ps_finding(&r, "misuse")->text,
	     "put while it was idle already, 3 times: put again at second_put "
	     "(a.c:2)");
	ps_says(ps_finding(&r, "misuse")->text, "it had been put at first_put (a.c:1)");
	assert_int_equal(ps_finding(&r, "misuse")->severity, PT_SEVERITY_PROBLEM);
	text = rn_rendered("text", &r, (struct pt_render){ .top = 10, .width = 80 });
	ps_says(text, "put again by thread 2 \"worker-1\"\n      > second_put (a.c:2)\n        main "
		   "(main.c:10)\n      put before by thread 1 \"main\"\n      > first_put (a.c:1)");
	free(text);
	p->detail->misuse[0].kind = PT_MISUSE_PUT_OF_FOREIGN;
	p->detail->misuse[0].other_known = false;
	ps_says(ps_finding(&r, "misuse")->text, "put into a pool that does not know it");
	ps_says_not(ps_finding(&r, "misuse")->text, "first_put");
	p->detail->misuse[0].kind = PT_MISUSE_GET_OF_IN_USE;
	ps_says(ps_finding(&r, "misuse")->text, "handed out while it was in use");
	pt_report_fini(&r);
}

static void a_pool_without_sizes_is_not_called_sound(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = ps_sound(&r, 2);

	(void)state;
	p->peak_held_bytes = p->peak_in_use_bytes = 0;
	p->blowup = NAN;
	p->detail->row.idle_objects = 1234;
	assert_int_equal(ps_finding(&r, "fine")->severity, PT_SEVERITY_NOTE);
	ps_says(ps_finding(&r, "fine")->text, "What `msgbuf` held cannot be told");
	ps_says(ps_finding(&r, "fine")->text, "(at the end 1,234 objects idle, 10 in use)");
	ps_says_not(ps_finding(&r, "fine")->text, "Nothing is wrong");
	pt_report_fini(&r);
}

static void instances_that_share_nothing_are_told_apart_from_shards(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = ps_sound(&r, 3);

	(void)state;
	pb_idle(p, 1, 90 * RB_MIB);
	p->detail->slots_nr = 3;
	ps_says(ps_finding(&r, "blowup")->advice,
	     "Up to 3 instances lived at once, each with a cache of its own: let them share one");
	ps_says_not(ps_finding(&r, "blowup")->advice, "steal");
	p->detail->slots_nr = 2; /* one of them has shards */
	ps_says(ps_finding(&r, "blowup")->advice, "steal");
	pt_report_fini(&r);
}

static void rows_that_are_left_out_are_counted(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = ps_sound(&r, 4);
	uint32_t site = pb_site(&r, "second_put", "/src/a.c", 2);
	char *text;

	(void)state;
	for (uint64_t i = 0; i < 3; i++)
		pb_misuse(p, &(struct pt_pool_misuse){ PT_MISUSE_PUT_OF_IDLE, false, site, 0, 1, 0,
						       1, 0xabc0 + i, RB_SECOND });
	pb_cell(&p->detail->flow, 0, 0, 100, 409600);
	for (uint32_t i = 1; i < 4; i++)
		pb_cell(&p->detail->flow, 0, i, 10, 40960);
	text = rn_rendered("text", &r, (struct pt_render){ .top = 2, .width = 80 });
	ps_says(strstr(text, "\nFlow of msgbuf: 23 %"), "  and 2 more pairs\n"); /* half as many */
	ps_says(strstr(text, "\nMisuse of msgbuf"), "  and 2 more rows\n");
	free(text);
	text = rn_rendered("text", &r, (struct pt_render){ .top = 0, .width = 80 });
	ps_says_not(text, " more row");
	ps_says_not(text, " more pair");
	free(text);
	pt_report_fini(&r);
}

static void strays_are_a_note(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = ps_sound(&r, 2);

	(void)state;
	p->detail->stray_drops = 1;
	p->detail->stray_resizes = 12;
	ps_says(ps_finding(&r, "stray")->text,
	     "1 drop, 12 resizes of objects that the pool did not know");
	pt_report_fini(&r);
}

static void the_first_lines_name_the_worst_pools_first(void **state)
{
	struct pt_finding found[PT_FINDINGS_MAX];
	struct pt_report r;
	size_t found_nr;
	char *text;

	(void)state;
	pb_trading(&r);
	found_nr = pt_diagnose(&r, found);
	assert_int_equal(found_nr, 3);
	assert_string_equal(found[0].kind, "paused");
	assert_string_equal(found[1].kind, "pool");
	ps_says(found[1].text, "`msgbuf` held 7.7 GiB");
	ps_says(found[2].text, "`apr:allocator`: An object was put");
	text = rn_rendered("text", &r, (struct pt_render){ .top = 10, .width = 80 });
	assert_true(strstr(text, "`msgbuf` held") < strstr(text, "\nPools"));
	assert_true(strstr(text, "\nPools") < strstr(text, "\nLayers"));
	assert_true(strstr(text, "\nLayers") < strstr(text, "\nPool msgbuf"));
	assert_true(strstr(text, "\nPool msgbuf") < strstr(text, "\nPool apr:allocator"));
	assert_true(strstr(text, "\nPool apr:allocator") < strstr(text, "\nTotals of malloc"));
	free(text);
	pt_report_fini(&r);
}

static void sound_pools_spoil_no_good_news(void **state)
{
	struct pt_finding found[PT_FINDINGS_MAX];
	struct pt_report r;

	(void)state;
	ps_sound(&r, 4);
	assert_int_equal(pt_diagnose(&r, found), 1);
	assert_string_equal(found[0].kind, "fine");
	ps_says(found[0].text, "nothing is wrong with the program's own pools");
	r.totals.allocations = 0; /* a pool on memory of its own is not nothing */
	assert_int_equal(pt_diagnose(&r, found), 1);
	ps_says(found[0].text, "Nothing is wrong: `msgbuf`");
	pt_report_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dead_hoard_is_told_with_its_age_and_its_place),
		cmocka_unit_test(a_purge_that_is_regretted_is_pointed_at),
		cmocka_unit_test(a_drift_has_a_forecast_or_is_not_told),
		cmocka_unit_test(borrow_leaks_are_told_by_their_cause),
		cmocka_unit_test(each_misuse_names_both_calls),
		cmocka_unit_test(a_pool_without_sizes_is_not_called_sound),
		cmocka_unit_test(instances_that_share_nothing_are_told_apart_from_shards),
		cmocka_unit_test(rows_that_are_left_out_are_counted),
		cmocka_unit_test(strays_are_a_note),
		cmocka_unit_test(the_first_lines_name_the_worst_pools_first),
		cmocka_unit_test(sound_pools_spoil_no_good_news),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
