// SPDX-License-Identifier: MIT
/* test_pool_verdict.c - of annotated pools: what holds too much and why, and what to do; or that nothing is wrong. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/result/pool_verdict.h"
#include "pool_says.h"
#include "rendered.h"

static void a_sound_pool_is_called_so_and_nothing_else(void **state)
{
	struct pt_finding found[PT_VERDICT_MAX];
	struct pt_report r;
	struct pt_report_pool *p = ps_sound(&r, 4);

	(void)state;
	assert_int_equal(pt_pool_verdict(&r, p, found), 1);
	assert_string_equal(found[0].kind, "fine");
	assert_int_equal(found[0].severity, PT_SEVERITY_FINE);
	ps_says(found[0].text,
	     "Nothing is wrong: `msgbuf` held at most 10.0 MiB for a need of 9.0 MiB "
	     "(blowup 1.11), and its cache served 99.5 % of 1,000,000 gets.");
	assert_string_equal(found[0].advice, "");
	pt_report_fini(&r);
}

static void a_hoard_in_shards_is_shared(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = ps_sound(&r, 32);
	const struct pt_finding *f;

	(void)state;
	for (size_t i = 0; i < 32; i++)
		pb_idle(p, i, 4 * RB_MIB);
	p->detail->row.stranded_misses = 3550;
	p->detail->row.ambiguous_misses = 50;
	f = ps_finding(&r, "blowup");
	assert_non_null(f);
	assert_int_equal(f->severity, PT_SEVERITY_PROBLEM);
	ps_says(f->text, "`msgbuf` held 138.0 MiB for a need of 9.0 MiB (blowup 15.33)");
	ps_says(f->text, "93 % of it lay idle in 32 shards.");
	ps_says(f->text, "71 % of its misses (3,550 of 5,000) happened while another shard held an "
		      "idle object (of 1.0 % more it cannot be told).");
	ps_says(f->advice,
	     "No get was served from another shard: let one that finds its own empty steal");
	ps_says(f->advice,
	     "One cache for all that always takes what is idle would have held 128.0 MiB less (99.2 % of what lay idle)");
	ps_says_not(f->advice, "Trim");
	assert_null(ps_finding(&r, "fine"));
	assert_null(ps_finding(&r, "stranded"));
	p->detail->row.stranded_misses = 10; /* start-up */
	ps_says_not(ps_finding(&r, "blowup")->text, "misses");
	pt_report_fini(&r);
}

/* Go's pool: gets steal, yet a private slot is out of reach. Neither may be denied. */
static void steals_that_happen_are_not_asked_for(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = ps_sound(&r, 32);
	struct pt_pool_row *row;

	(void)state;
	for (size_t i = 0; i < 32; i++)
		pb_idle(p, i, 4 * RB_MIB);
	p->detail->row.steals = 7;
	ps_says(ps_finding(&r, "blowup")->advice,
	     "Gets do steal (7 times) and miss nevertheless: look for "
	     "idle objects that no other shard can take");
	ps_says_not(ps_finding(&r, "blowup")->advice, "No get was served");
	ps_says_not(ps_finding(&r, "blowup")->advice, "misses are at");
	row = pb_row(p, pb_site(&r, "take", "/src/a.c", 7));
	row->misses = 4000;
	row->gets = 900000;
	ps_says(ps_finding(&r, "blowup")->advice,
	     "80 % of the misses are at take (a.c:7), called from main (main.c:10).");
	pt_report_fini(&r);
}

static void caches_of_threads_that_are_gone_come_first(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = ps_sound(&r, 4);

	(void)state;
	for (uint32_t i = 0; i < 4; i++) {
		pb_idle(p, i, 10 * RB_MIB);
		p->detail->shards[i].thread = i;
	}
	ps_says_not(ps_finding(&r, "blowup")->advice, "gone");
	r.threads[1].exited = r.threads[3].exited = true;
	r.threads[0].exited = r.threads[2].exited = false;
	assert_int_equal(strncmp(ps_finding(&r, "blowup")->advice,
				 "At the end 20.0 MiB lay in 2 shards of threads that are gone",
				 60),
			 0);
	p->detail->shards[0].thread = p->detail->shards[2].thread = UINT32_MAX;
	ps_says_not(ps_finding(&r, "blowup")->advice, "gone"); /* none with a cache lives on */
	pt_report_fini(&r);
}

static void misses_that_cannot_be_judged_are_said_to_be_so(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = ps_sound(&r, 16);

	(void)state;
	pb_idle(p, 3, 90 * RB_MIB);
	p->detail->row.stranded_misses = 0;
	p->detail->row.ambiguous_misses = 4700;
	ps_says(ps_finding(&r, "blowup")->text,
	     "For 94 % of its misses (4,700 of 5,000) it cannot be told whether");
	p->detail->row.ambiguous_misses = 2499;
	ps_says_not(ps_finding(&r, "blowup")->text, "misses");
	pt_report_fini(&r);
}

static void what_was_made_in_advance_is_no_leftover(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = ps_sound(&r, 1);
	struct pt_pool_row *row, *site;
	char *text;

	(void)state;
	row = &p->detail->row;
	p->peak_held_bytes = 90 * RB_MIB;
	p->blowup = 10;
	p->detail->waterfall =
		(struct pt_pool_waterfall){ 90 * RB_MIB, 9 * RB_MIB, 0, 81 * RB_MIB, 0, INT64_MIN };
	row->stocked = 12; /* some of it */
	text = rn_rendered("text", &r, (struct pt_render){ .top = 10, .width = 80 });
	ps_says(text, "time: what a perfect trim of that one cache would not hold; objects made");
	ps_says_not(text, " stolen)"); /* from whom, with one shard */
	free(text);
	ps_says(ps_finding(&r, "blowup")->advice,
	     "are left from earlier peaks of use or were made in advance (12 objects) and");
	assert_int_equal(ps_finding(&r, "blowup")->severity, PT_SEVERITY_PROBLEM);
	row->stocked = 23040; /* all of it */
	row->misses = 0;
	ps_says(ps_finding(&r, "blowup")->text,
	     "`msgbuf`, filled in advance, held 90.0 MiB for a need of");
	assert_int_equal(ps_finding(&r, "blowup")->severity, PT_SEVERITY_WARNING);
	ps_says(ps_finding(&r, "blowup")->advice, "Stock less: at most 9.0 MiB was in use at once.");
	ps_says_not(ps_finding(&r, "blowup")->advice, "peaks of use");
	row->dead_hoard_bytes = row->idle_bytes = 81 * RB_MIB;
	row->hoard_byte_seconds = 81e6;
	site = pb_row(p, pb_site(&r, "fill", "/src/a.c", 3));
	site->stocked = 23040;
	site->idle_bytes = 81 * RB_MIB;
	site->hoard_byte_seconds = 81e6;
	ps_says(ps_finding(&r, "blowup")->advice,
	     "100 % of the idle bytes over time were stocked at fill (a.c:3)");
	assert_int_equal(ps_finding(&r, "dead_hoard")->severity, PT_SEVERITY_WARNING);
	ps_says(ps_finding(&r, "dead_hoard")->text, "was stocked at fill (a.c:3)");
	ps_says_not(ps_finding(&r, "dead_hoard")->advice, "trim");
	pb_misuse(p, &(struct pt_pool_misuse){ .kind = PT_MISUSE_PUT_OF_FOREIGN, .objects = 1 });
	ps_says_not(ps_finding(&r, "blowup")->text, "in advance"); /* some were brought in */
	pt_report_fini(&r);
}

/* Gets that came back empty are not told to the recorder: no word that all went well. */
static void a_stock_that_was_used_up_is_not_called_right(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = ps_sound(&r, 1);

	(void)state;
	p->detail->row.stocked = 2560;
	p->detail->row.misses = 0;
	p->detail->row.hits = p->detail->row.gets;
	ps_says(ps_finding(&r, "fine")->text, "Nothing is wrong");
	p->peak_in_use_bytes = p->peak_held_bytes;
	p->blowup = 1;
	ps_says_not(ps_finding(&r, "fine")->text, "Nothing is wrong");
	ps_says(ps_finding(&r, "fine")->text, "gets that waited or failed then are not in a trace.");
	pt_report_fini(&r);
}

static void a_shard_that_has_most_of_it_is_named(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = ps_sound(&r, 8);

	(void)state;
	pb_idle(p, 5, 90 * RB_MIB);
	strcpy(p->detail->shards[5].name, "rx");
	ps_says(ps_finding(&r, "blowup")->text, "in 2 shards, 99 % of that in shard 5 \"rx\"");
	p->detail->shards[0].row.idle_at_peak_bytes = 0;
	ps_says(ps_finding(&r, "blowup")->text, "all of it in shard 5 \"rx\"");
	p->detail->shards[5].thread = 1;
	ps_says(ps_finding(&r, "blowup")->text, "in shard thread 2 \"worker-1\"");
	pt_report_fini(&r);
}

static void the_largest_term_of_the_waterfall_says_what_to_do(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = ps_sound(&r, 1);
	struct pt_pool_waterfall *w = &p->detail->waterfall;

	(void)state;
	p->peak_held_bytes = 90 * RB_MIB;
	p->blowup = 10;
	*w = (struct pt_pool_waterfall){ 90 * RB_MIB, 9 * RB_MIB, 0, 81 * RB_MIB, 0, INT64_MIN };
	ps_says(ps_finding(&r, "blowup")->advice, "Trim: 81.0 MiB (100 % of what lay idle)");
	ps_says_not(ps_finding(&r, "blowup")->advice, "Share");
	*w =
		(struct pt_pool_waterfall){ 90 * RB_MIB, 9 * RB_MIB,  0,
					    RB_MIB,	 80 * RB_MIB, INT64_MIN };
	ps_says(ps_finding(&r, "blowup")->advice,
	     "Drop objects that grew beyond the 4.0 KiB they are made "
	     "with when they are put: growth is 80.0 MiB");
	p->detail->object_bytes = 0;
	p->detail->row.idle_objects = 10;
	p->detail->row.idle_bytes = 10 * 9216;
	p->detail->row.ratchet_bytes = 10 * 8192;
	ps_says(ps_finding(&r, "blowup")->advice, "the size they were made with (1.0 KiB on average)");
	*w = (struct pt_pool_waterfall){ 90 * RB_MIB, 9 * RB_MIB, 81 * RB_MIB, 0, 0, INT64_MIN };
	ps_says_not(ps_finding(&r, "blowup")->advice, "Share"); /* there is but one shard */
	ps_says(ps_finding(&r, "blowup")->advice, "Take what is idle before more is made");
	/* Sharing that would cost is no advice. */
	*w = (struct pt_pool_waterfall){ 90 * RB_MIB, 9 * RB_MIB,  -5 * (int64_t)RB_MIB,
					 50 * RB_MIB, 36 * RB_MIB, INT64_MIN };
	ps_says(ps_finding(&r, "blowup")->advice, "Trim: 50.0 MiB");
	ps_says(ps_finding(&r, "blowup")->advice, "Drop objects");
	ps_says_not(ps_finding(&r, "blowup")->advice, "Share");
	pt_report_fini(&r);
}

static void small_pools_and_small_ratios_are_no_problem(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = ps_sound(&r, 2);

	(void)state;
	p->peak_held_bytes = 100000;
	p->peak_in_use_bytes = 1000;
	p->blowup = 100;
	assert_null(ps_finding(&r, "blowup"));
	ps_says(ps_finding(&r, "fine")->text, "Too little to matter: ");
	p->detail->stray_drops = 1; /* what follows may matter */
	ps_says(ps_finding(&r, "fine")->text, "No blowup that matters: ");
	p->detail->stray_drops = 0;
	p->peak_held_bytes = 149 * RB_MIB;
	p->peak_in_use_bytes = 100 * RB_MIB;
	p->blowup = 1.49;
	assert_null(ps_finding(&r, "blowup"));
	p->peak_held_bytes = 150 * RB_MIB;
	p->blowup = 1.5;
	assert_int_equal(ps_finding(&r, "blowup")->severity, PT_SEVERITY_WARNING);
	p->peak_in_use_bytes = 0;
	p->blowup = NAN;
	ps_says(ps_finding(&r, "blowup")->text, "held 150.0 MiB, and nothing of it was ever in use");
	pt_report_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sound_pool_is_called_so_and_nothing_else),
		cmocka_unit_test(a_hoard_in_shards_is_shared),
		cmocka_unit_test(steals_that_happen_are_not_asked_for),
		cmocka_unit_test(caches_of_threads_that_are_gone_come_first),
		cmocka_unit_test(misses_that_cannot_be_judged_are_said_to_be_so),
		cmocka_unit_test(what_was_made_in_advance_is_no_leftover),
		cmocka_unit_test(a_stock_that_was_used_up_is_not_called_right),
		cmocka_unit_test(a_shard_that_has_most_of_it_is_named),
		cmocka_unit_test(the_largest_term_of_the_waterfall_says_what_to_do),
		cmocka_unit_test(small_pools_and_small_ratios_are_no_problem),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
