// SPDX-License-Identifier: MIT
/* test_render_pools.c - of annotated pools: the verdict says what was computed and no more, the
 * drawings fit and add up, the JSON says what the report says. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "analyzer/render/render.h"
#include "analyzer/render/utf8.h"
#include "analyzer/result/diagnosis.h"
#include "analyzer/result/pool_verdict.h"
#include "analyzer/result/quantity.h"
#include "pool_builder.h"

static char *rendered(const char *name, const struct pt_report *r, struct pt_render to)
{
	const struct pt_renderer *renderer = pt_renderer_find(name);
	char *out = NULL;
	size_t out_bytes;

	assert_non_null(renderer);
	to.out = open_memstream(&out, &out_bytes);
	to.reports_nr = 1;
	assert_non_null(to.out);
	assert_int_equal(renderer->report(&to, r, 0), 0);
	assert_int_equal(fclose(to.out), 0);
	return out;
}

/* A report of one sound pool, to be spoilt. */
static struct pt_report_pool *sound(struct pt_report *r, size_t shards_nr)
{
	rb_quiet(r, 4);
	return pb_pool(r, "msgbuf", shards_nr);
}

/* The finding of that kind, or NULL; it lives until the next call. */
static const struct pt_finding *finding(const struct pt_report *r, const char *kind)
{
	static struct pt_finding found[PT_VERDICT_MAX];
	size_t found_nr = pt_pool_verdict(r, &r->pools[1], found);

	assert_in_range(found_nr, 1, PT_VERDICT_MAX);
	for (size_t i = 0; i < found_nr; i++)
		if (!strcmp(found[i].kind, kind))
			return &found[i];
	return NULL;
}

static void says(const char *text, const char *words)
{
	if (!strstr(text, words))
		fail_msg("'%s' does not say '%s'", text, words);
}

static void says_not(const char *text, const char *words)
{
	if (strstr(text, words))
		fail_msg("'%s' says '%s'", text, words);
}

static void a_sound_pool_is_called_so_and_nothing_else(void **state)
{
	struct pt_finding found[PT_VERDICT_MAX];
	struct pt_report r;
	struct pt_report_pool *p = sound(&r, 4);

	(void)state;
	assert_int_equal(pt_pool_verdict(&r, p, found), 1);
	assert_string_equal(found[0].kind, "fine");
	assert_int_equal(found[0].severity, PT_SEVERITY_FINE);
	says(found[0].text,
	     "Nothing is wrong: `msgbuf` held at most 10.0 MiB for a need of 9.0 MiB "
	     "(blowup 1.11), and its cache served 99.5 % of 1,000,000 gets.");
	assert_string_equal(found[0].advice, "");
	pt_report_fini(&r);
}

static void a_hoard_in_shards_is_shared(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = sound(&r, 32);
	const struct pt_finding *f;

	(void)state;
	for (size_t i = 0; i < 32; i++)
		pb_idle(p, i, 4 * RB_MIB);
	p->detail->row.stranded_misses = 3550;
	p->detail->row.ambiguous_misses = 50;
	f = finding(&r, "blowup");
	assert_non_null(f);
	assert_int_equal(f->severity, PT_SEVERITY_PROBLEM);
	says(f->text, "`msgbuf` held 138.0 MiB for a need of 9.0 MiB (blowup 15.33)");
	says(f->text, "93 % of it lay idle in 32 shards.");
	says(f->text, "71 % of its misses (3,550 of 5,000) happened while another shard held an "
		      "idle object (of 1.0 % more it cannot be told).");
	says(f->advice,
	     "No get was served from another shard: let one that finds its own empty steal");
	says(f->advice,
	     "One cache for all that always takes what is idle would have held 128.0 MiB less (99.2 % of what lay idle)");
	says_not(f->advice, "Trim");
	assert_null(finding(&r, "fine"));
	assert_null(finding(&r, "stranded"));
	p->detail->row.stranded_misses = 10; /* start-up */
	says_not(finding(&r, "blowup")->text, "misses");
	pt_report_fini(&r);
}

/* Go's pool: gets steal, yet a private slot is out of reach. Neither may be denied. */
static void steals_that_happen_are_not_asked_for(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = sound(&r, 32);
	struct pt_pool_row *row;

	(void)state;
	for (size_t i = 0; i < 32; i++)
		pb_idle(p, i, 4 * RB_MIB);
	p->detail->row.steals = 7;
	says(finding(&r, "blowup")->advice,
	     "Gets do steal (7 times) and miss nevertheless: look for "
	     "idle objects that no other shard can take");
	says_not(finding(&r, "blowup")->advice, "No get was served");
	says_not(finding(&r, "blowup")->advice, "misses are at");
	row = pb_row(p, pb_site(&r, "take", "/src/a.c", 7));
	row->misses = 4000;
	row->gets = 900000;
	says(finding(&r, "blowup")->advice,
	     "80 % of the misses are at take (a.c:7), called from main (main.c:10).");
	pt_report_fini(&r);
}

static void caches_of_threads_that_are_gone_come_first(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = sound(&r, 4);

	(void)state;
	for (uint32_t i = 0; i < 4; i++) {
		pb_idle(p, i, 10 * RB_MIB);
		p->detail->shards[i].thread = i;
	}
	says_not(finding(&r, "blowup")->advice, "gone");
	r.threads[1].exited = r.threads[3].exited = true;
	r.threads[0].exited = r.threads[2].exited = false;
	assert_int_equal(strncmp(finding(&r, "blowup")->advice,
				 "At the end 20.0 MiB lay in 2 shards of threads that are gone",
				 60),
			 0);
	p->detail->shards[0].thread = p->detail->shards[2].thread = UINT32_MAX;
	says_not(finding(&r, "blowup")->advice, "gone"); /* none with a cache lives on */
	pt_report_fini(&r);
}

static void misses_that_cannot_be_judged_are_said_to_be_so(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = sound(&r, 16);

	(void)state;
	pb_idle(p, 3, 90 * RB_MIB);
	p->detail->row.stranded_misses = 0;
	p->detail->row.ambiguous_misses = 4700;
	says(finding(&r, "blowup")->text,
	     "For 94 % of its misses (4,700 of 5,000) it cannot be told whether");
	p->detail->row.ambiguous_misses = 2499;
	says_not(finding(&r, "blowup")->text, "misses");
	pt_report_fini(&r);
}

static void what_was_made_in_advance_is_no_leftover(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = sound(&r, 1);
	struct pt_pool_row *row, *site;
	char *text;

	(void)state;
	row = &p->detail->row;
	p->peak_held_bytes = 90 * RB_MIB;
	p->blowup = 10;
	p->detail->waterfall =
		(struct pt_pool_waterfall){ 90 * RB_MIB, 9 * RB_MIB, 0, 81 * RB_MIB, 0, INT64_MIN };
	row->stocked = 12; /* some of it */
	text = rendered("text", &r, (struct pt_render){ .top = 10, .width = 80 });
	says(text, "time: what a perfect trim of that one cache would not hold; objects made");
	says_not(text, " stolen)"); /* from whom, with one shard */
	free(text);
	says(finding(&r, "blowup")->advice,
	     "are left from earlier peaks of use or were made in advance (12 objects) and");
	assert_int_equal(finding(&r, "blowup")->severity, PT_SEVERITY_PROBLEM);
	row->stocked = 23040; /* all of it */
	row->misses = 0;
	says(finding(&r, "blowup")->text,
	     "`msgbuf`, filled in advance, held 90.0 MiB for a need of");
	assert_int_equal(finding(&r, "blowup")->severity, PT_SEVERITY_WARNING);
	says(finding(&r, "blowup")->advice, "Stock less: at most 9.0 MiB was in use at once.");
	says_not(finding(&r, "blowup")->advice, "peaks of use");
	row->dead_hoard_bytes = row->idle_bytes = 81 * RB_MIB;
	row->hoard_byte_seconds = 81e6;
	site = pb_row(p, pb_site(&r, "fill", "/src/a.c", 3));
	site->stocked = 23040;
	site->idle_bytes = 81 * RB_MIB;
	site->hoard_byte_seconds = 81e6;
	says(finding(&r, "blowup")->advice,
	     "100 % of the idle bytes over time were stocked at fill (a.c:3)");
	assert_int_equal(finding(&r, "dead_hoard")->severity, PT_SEVERITY_WARNING);
	says(finding(&r, "dead_hoard")->text, "was stocked at fill (a.c:3)");
	says_not(finding(&r, "dead_hoard")->advice, "trim");
	pb_misuse(p, &(struct pt_pool_misuse){ .kind = PT_MISUSE_PUT_OF_FOREIGN, .objects = 1 });
	says_not(finding(&r, "blowup")->text, "in advance"); /* some were brought in */
	pt_report_fini(&r);
}

/* Gets that came back empty are not told to the recorder: no word that all went well. */
static void a_stock_that_was_used_up_is_not_called_right(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = sound(&r, 1);

	(void)state;
	p->detail->row.stocked = 2560;
	p->detail->row.misses = 0;
	p->detail->row.hits = p->detail->row.gets;
	says(finding(&r, "fine")->text, "Nothing is wrong");
	p->peak_in_use_bytes = p->peak_held_bytes;
	p->blowup = 1;
	says_not(finding(&r, "fine")->text, "Nothing is wrong");
	says(finding(&r, "fine")->text, "gets that waited or failed then are not in a trace.");
	pt_report_fini(&r);
}

static void a_shard_that_has_most_of_it_is_named(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = sound(&r, 8);

	(void)state;
	pb_idle(p, 5, 90 * RB_MIB);
	strcpy(p->detail->shards[5].name, "rx");
	says(finding(&r, "blowup")->text, "in 2 shards, 99 % of that in shard 5 \"rx\"");
	p->detail->shards[0].row.idle_at_peak_bytes = 0;
	says(finding(&r, "blowup")->text, "all of it in shard 5 \"rx\"");
	p->detail->shards[5].thread = 1;
	says(finding(&r, "blowup")->text, "in shard thread 2 \"worker-1\"");
	pt_report_fini(&r);
}

static void the_largest_term_of_the_waterfall_says_what_to_do(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = sound(&r, 1);
	struct pt_pool_waterfall *w = &p->detail->waterfall;

	(void)state;
	p->peak_held_bytes = 90 * RB_MIB;
	p->blowup = 10;
	*w = (struct pt_pool_waterfall){ 90 * RB_MIB, 9 * RB_MIB, 0, 81 * RB_MIB, 0, INT64_MIN };
	says(finding(&r, "blowup")->advice, "Trim: 81.0 MiB (100 % of what lay idle)");
	says_not(finding(&r, "blowup")->advice, "Share");
	*w =
		(struct pt_pool_waterfall){ 90 * RB_MIB, 9 * RB_MIB,  0,
					    RB_MIB,	 80 * RB_MIB, INT64_MIN };
	says(finding(&r, "blowup")->advice,
	     "Drop objects that grew beyond the 4.0 KiB they are made "
	     "with when they are put: growth is 80.0 MiB");
	p->detail->object_bytes = 0;
	p->detail->row.idle_objects = 10;
	p->detail->row.idle_bytes = 10 * 9216;
	p->detail->row.ratchet_bytes = 10 * 8192;
	says(finding(&r, "blowup")->advice, "the size they were made with (1.0 KiB on average)");
	*w = (struct pt_pool_waterfall){ 90 * RB_MIB, 9 * RB_MIB, 81 * RB_MIB, 0, 0, INT64_MIN };
	says_not(finding(&r, "blowup")->advice, "Share"); /* there is but one shard */
	says(finding(&r, "blowup")->advice, "Take what is idle before more is made");
	/* Sharing that would cost is no advice. */
	*w = (struct pt_pool_waterfall){ 90 * RB_MIB, 9 * RB_MIB,  -5 * (int64_t)RB_MIB,
					 50 * RB_MIB, 36 * RB_MIB, INT64_MIN };
	says(finding(&r, "blowup")->advice, "Trim: 50.0 MiB");
	says(finding(&r, "blowup")->advice, "Drop objects");
	says_not(finding(&r, "blowup")->advice, "Share");
	pt_report_fini(&r);
}

static void small_pools_and_small_ratios_are_no_problem(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = sound(&r, 2);

	(void)state;
	p->peak_held_bytes = 100000;
	p->peak_in_use_bytes = 1000;
	p->blowup = 100;
	assert_null(finding(&r, "blowup"));
	says(finding(&r, "fine")->text, "Too little to matter: ");
	p->detail->stray_drops = 1; /* what follows may matter */
	says(finding(&r, "fine")->text, "No blowup that matters: ");
	p->detail->stray_drops = 0;
	p->peak_held_bytes = 149 * RB_MIB;
	p->peak_in_use_bytes = 100 * RB_MIB;
	p->blowup = 1.49;
	assert_null(finding(&r, "blowup"));
	p->peak_held_bytes = 150 * RB_MIB;
	p->blowup = 1.5;
	assert_int_equal(finding(&r, "blowup")->severity, PT_SEVERITY_WARNING);
	p->peak_in_use_bytes = 0;
	p->blowup = NAN;
	says(finding(&r, "blowup")->text, "held 150.0 MiB, and nothing of it was ever in use");
	pt_report_fini(&r);
}

static void a_dead_hoard_is_told_with_its_age_and_its_place(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = sound(&r, 2);

	(void)state;
	p->detail->row.dead_hoard_bytes = p->detail->shards[1].row.dead_hoard_bytes = 3 * RB_MIB;
	p->detail->row.dead_hoard_objects = 768;
	p->detail->row.idle_bytes = 4 * RB_MIB;
	r.limits.dead_after_ns = 250 * PB_MS;
	pb_row(p, pb_site(&r, "release", "/src/a.c", 7))->idle_bytes = 3 * RB_MIB;
	says(finding(&r, "dead_hoard")->text,
	     "3.0 MiB (768 objects) had been idle for over 250 ms and nobody came for them; the most in "
	     "shard 1 (3.0 MiB). The largest part of what is idle (75 %) was put at release (a.c:7)");
	assert_int_equal(finding(&r, "dead_hoard")->severity, PT_SEVERITY_WARNING);
	says(finding(&r, "fine")->text, "No blowup"); /* not: nothing is wrong */
	p->detail->row.dead_hoard_bytes = PT_UNKNOWN; /* the trace is shorter than T */
	assert_null(finding(&r, "dead_hoard"));
	pt_report_fini(&r);
}

static void a_purge_that_is_regretted_is_pointed_at(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = sound(&r, 2);
	struct pt_pool_row *row;

	(void)state;
	p->detail->row.purged = 1000;
	p->detail->row.regretted_drops = 900;
	p->detail->row.regretted_bytes = 900 * 4096;
	p->detail->row.useful_drops = 100;
	says(finding(&r, "regret")->text,
	     "Of 1,000 objects that were dropped 90 % (900, 3.5 MiB in all) had to be made again within 1.0 s.");
	says(finding(&r, "regret")->advice, "Purge less often");
	row = pb_row(p, pb_site(&r, "collect", "/src/gc.c", 12));
	row->purged = row->regretted_drops = 900;
	says(finding(&r, "regret")->advice,
	     "The purge at collect (gc.c:12), called from main (main.c:10)"
	     " throws away what is needed again within 1.0 s");
	row->drops = 901;
	says(finding(&r, "regret")->advice, "The drop at collect");
	says(finding(&r, "regret")->advice, "or allow the cache more.");
	p->blowup = 2; /* it holds too much already */
	says_not(finding(&r, "regret")->advice, "allow the cache more");
	says(finding(&r, "regret")->advice, "drop by age");
	p->detail->row.regretted_drops = 99; /* below a tenth */
	p->detail->row.useful_drops = 901;
	assert_null(finding(&r, "regret"));
	pt_report_fini(&r);
}

static void a_drift_has_a_forecast_or_is_not_told(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = sound(&r, 8);
	struct pt_pool_shard *s = &p->detail->shards[7];

	(void)state;
	s->drift_bytes_per_s = 1.3 * 1024 * 1024;
	s->row.idle_bytes = 20 * RB_MIB;
	assert_null(finding(&r, "drift")); /* objects are stolen from it: no forecast */
	s->forecast_s = 780;
	says(finding(&r, "drift")->text, "At +1.3 MiB/s shard 7 reaches 1.0 GiB in 13 min 0 s");
	says(finding(&r, "drift")->advice, "Bound the shard");
	pb_cell(&p->detail->flow, 3, 7, 90, 90 * 4096);
	pb_cell(&p->detail->flow, 7, 7, 10, 10 * 4096);
	says(finding(&r, "drift")->text,
	     "90 % of what is put there was got for another shard, most for "
	     "shard 3.");
	s->forecast_s = 0;
	says(finding(&r, "drift")->text, "Shard 7 is beyond 1.0 GiB already");
	s->forecast_s = 100000; /* more than a day */
	assert_null(finding(&r, "drift"));
	s->forecast_s = 780;
	assert_non_null(finding(&r, "drift"));
	s->row.idle_bytes = 6 * RB_MIB; /* a purge takes away what drifts there */
	assert_null(finding(&r, "drift"));
	pt_report_fini(&r);
}

static void borrow_leaks_are_told_by_their_cause(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = sound(&r, 2);
	uint32_t get = pb_site(&r, "open_it", "/src/a.c", 31);

	(void)state;
	pb_leak(p, &(struct pt_pool_leak){ get, 1, 5, 20480, RB_SECOND, 0, 0, 0 });
	assert_null(finding(&r, "leak")); /* in use at the end, as things are */
	pb_leak(p, &(struct pt_pool_leak){ get, 2, 3, 12288, RB_SECOND, 3, 2, 0 });
	says(finding(&r, "leak")->text,
	     "8 objects not put back; 3 got by threads that are gone; 2 held for longer than 3 ms");
	says(finding(&r, "leak")->text, "got by thread 3 \"worker-2\" at open_it (a.c:31)");
	assert_int_equal(finding(&r, "leak")->severity, PT_SEVERITY_WARNING);
	for (size_t i = 0; i < r.threads_nr; i++)
		r.threads[i].exited = true; /* the program ended: that says nothing */
	says_not(finding(&r, "leak")->text, "gone");
	assert_int_equal(finding(&r, "leak")->severity, PT_SEVERITY_NOTE);
	pt_report_fini(&r);
}

static void each_misuse_names_both_calls(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = sound(&r, 2);
	uint32_t one = pb_site(&r, "first_put", "/src/a.c", 1),
		 two = pb_site(&r, "second_put", "/src/a.c", 2);
	char *text;

	(void)state;
	pb_misuse(p, &(struct pt_pool_misuse){ PT_MISUSE_PUT_OF_IDLE, true, two, one, 1, 0, 3,
					       0xabc0, RB_SECOND });
	says(finding(&r, "misuse")->text,
	     "put while it was idle already, 3 times: put again at second_put "
	     "(a.c:2)");
	says(finding(&r, "misuse")->text, "it had been put at first_put (a.c:1)");
	assert_int_equal(finding(&r, "misuse")->severity, PT_SEVERITY_PROBLEM);
	text = rendered("text", &r, (struct pt_render){ .top = 10, .width = 80 });
	says(text, "put again by thread 2 \"worker-1\"\n      > second_put (a.c:2)\n        main "
		   "(main.c:10)\n      put before by thread 1 \"main\"\n      > first_put (a.c:1)");
	free(text);
	p->detail->misuse[0].kind = PT_MISUSE_PUT_OF_FOREIGN;
	p->detail->misuse[0].other_known = false;
	says(finding(&r, "misuse")->text, "put into a pool that does not know it");
	says_not(finding(&r, "misuse")->text, "first_put");
	p->detail->misuse[0].kind = PT_MISUSE_GET_OF_IN_USE;
	says(finding(&r, "misuse")->text, "handed out while it was in use");
	pt_report_fini(&r);
}

static void a_pool_without_sizes_is_not_called_sound(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = sound(&r, 2);

	(void)state;
	p->peak_held_bytes = p->peak_in_use_bytes = 0;
	p->blowup = NAN;
	p->detail->row.idle_objects = 1234;
	assert_int_equal(finding(&r, "fine")->severity, PT_SEVERITY_NOTE);
	says(finding(&r, "fine")->text, "What `msgbuf` held cannot be told");
	says(finding(&r, "fine")->text, "(at the end 1,234 objects idle, 10 in use)");
	says_not(finding(&r, "fine")->text, "Nothing is wrong");
	pt_report_fini(&r);
}

static void instances_that_share_nothing_are_told_apart_from_shards(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = sound(&r, 3);

	(void)state;
	pb_idle(p, 1, 90 * RB_MIB);
	p->detail->slots_nr = 3;
	says(finding(&r, "blowup")->advice,
	     "Up to 3 instances lived at once, each with a cache of its own: let them share one");
	says_not(finding(&r, "blowup")->advice, "steal");
	p->detail->slots_nr = 2; /* one of them has shards */
	says(finding(&r, "blowup")->advice, "steal");
	pt_report_fini(&r);
}

static void rows_that_are_left_out_are_counted(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = sound(&r, 4);
	uint32_t site = pb_site(&r, "second_put", "/src/a.c", 2);
	char *text;

	(void)state;
	for (uint64_t i = 0; i < 3; i++)
		pb_misuse(p, &(struct pt_pool_misuse){ PT_MISUSE_PUT_OF_IDLE, false, site, 0, 1, 0,
						       1, 0xabc0 + i, RB_SECOND });
	pb_cell(&p->detail->flow, 0, 0, 100, 409600);
	for (uint32_t i = 1; i < 4; i++)
		pb_cell(&p->detail->flow, 0, i, 10, 40960);
	text = rendered("text", &r, (struct pt_render){ .top = 2, .width = 80 });
	says(strstr(text, "\nFlow of msgbuf: 23 %"), "  and 2 more pairs\n"); /* half as many */
	says(strstr(text, "\nMisuse of msgbuf"), "  and 2 more rows\n");
	free(text);
	text = rendered("text", &r, (struct pt_render){ .top = 0, .width = 80 });
	says_not(text, " more row");
	says_not(text, " more pair");
	free(text);
	pt_report_fini(&r);
}

static void strays_are_a_note(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = sound(&r, 2);

	(void)state;
	p->detail->stray_drops = 1;
	p->detail->stray_resizes = 12;
	says(finding(&r, "stray")->text,
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
	says(found[1].text, "`msgbuf` held 7.7 GiB");
	says(found[2].text, "`apr:allocator`: An object was put");
	text = rendered("text", &r, (struct pt_render){ .top = 10, .width = 80 });
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
	sound(&r, 4);
	assert_int_equal(pt_diagnose(&r, found), 1);
	assert_string_equal(found[0].kind, "fine");
	says(found[0].text, "nothing is wrong with the program's own pools");
	r.totals.allocations = 0; /* a pool on memory of its own is not nothing */
	assert_int_equal(pt_diagnose(&r, found), 1);
	says(found[0].text, "Nothing is wrong: `msgbuf`");
	pt_report_fini(&r);
}

/* The exact numbers of the waterfall's lines, as the eye adds them up. */
static long long exact(const char *text, const char *term)
{
	const char *p = strstr(text, term);
	long long value = 0;

	if (!p)
		fail_msg("no line '%s'", term);
	for (p += strlen(term); *p == ' ' || *p == '-' || *p == '+' || *p == '='; p++)
		;
	for (; *p != ' '; p++)
		if (*p != ',')
			value = 10 * value + (*p - '0');
	return value;
}

static void the_waterfall_adds_up_in_the_text(void **state)
{
	struct pt_report r;
	char *text, *falls;

	(void)state;
	pb_trading(&r);
	text = rendered("text", &r, (struct pt_render){ .top = 10, .width = 80 });
	falls = strstr(text, "\nWaterfall");
	assert_non_null(falls);
	assert_true(exact(falls, "\n  held ") ==
		    (long long)r.pools[1].detail->waterfall.held_bytes);
	assert_true(exact(falls, "\n  held ") - exact(falls, "\n  sharding ") -
			    exact(falls, "\n  time ") - exact(falls, "\n  ratchet ") ==
		    exact(falls, "\n  in use "));
	says(falls, "graph     not known: no snapshot");
	free(text);
	pt_report_fini(&r);
}

static void a_term_that_costs_is_added(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = sound(&r, 2);
	char *text;

	(void)state;
	p->peak_held_bytes = 90 * RB_MIB;
	p->blowup = 10;
	p->detail->waterfall =
		(struct pt_pool_waterfall){ 90 * RB_MIB, 9 * RB_MIB, -5 * (int64_t)RB_MIB,
					    86 * RB_MIB, 0,	     INT64_MIN };
	text = rendered("text", &r, (struct pt_render){ .top = 10, .width = 80 });
	says(text, "  sharding  + 5,242,880     5.0 MiB");
	says(text, "  time      -90,177,536    86.0 MiB");
	free(text);
	pt_report_fini(&r);
}

static void no_line_is_wider_than_the_terminal_or_ends_in_a_blank(void **state)
{
	static const unsigned int widths[] = { 60, 80, 140 };

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(widths) / sizeof(widths[0]); i++) {
		for (enum pt_by by = PT_BY_ALL; by <= PT_BY_SHARD; by++) {
			struct pt_render to = {
				.width = widths[i / 2], .top = 10, .by = by, .utf8 = i % 2
			};
			struct pt_report r;
			char *text, *save;

			pb_trading(&r);
			text = rendered("text", &r, to);
			for (char *line = strtok_r(text, "\n", &save); line;
			     line = strtok_r(NULL, "\n", &save)) {
				if (pt_utf8_columns(line) > to.width)
					fail_msg("%u columns: '%s'", to.width, line);
				if (line[strlen(line) - 1] == ' ')
					fail_msg("a blank at the end: '%s'", line);
			}
			free(text);
			pt_report_fini(&r);
		}
	}
}

static void without_utf8_nothing_but_ascii_is_drawn(void **state)
{
	struct pt_report r;
	char *text;

	(void)state;
	pb_trading(&r);
	text = rendered("text", &r, (struct pt_render){ .top = 10, .width = 80 });
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p >= 0x80)
			fail_msg("not ASCII: '%.20s'", p);
	free(text);
	text = rendered("text", &r, (struct pt_render){ .top = 10, .width = 80, .utf8 = true });
	says(text, "▇█");
	free(text);
	pt_report_fini(&r);
}

static void the_strip_shows_a_shard_in_proportion(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = sound(&r, 2);
	struct pt_pool_detail *d = p->detail;
	char *text;

	(void)state;
	pb_idle(p, 0, 64 * RB_MIB);
	for (size_t i = 0; i < d->occupancy.steps_nr; i++) {
		d->shards[0].occupancy.idle_max_bytes[i] = i < 32 ? 0 : 64 * RB_MIB;
		d->shards[1].occupancy.idle_max_bytes[i] = i < 32 ? 32 * RB_MIB : 1;
	}
	d->shards[1].row.peak_idle_bytes = 32 * RB_MIB;
	/* 2 + 6 + 2 before, 12 behind: 64 columns for 64 steps */
	text = rendered("text", &r, (struct pt_render){ .top = 10, .width = 86 });
	says(text, "\n  0                                       "
		   "################################    64.0 MiB\n");
	says(text, "\n  1       ================================"
		   "................................    32.0 MiB\n");
	free(text);
	pt_report_fini(&r);
}

static void rows_that_are_not_shown_are_summed(void **state)
{
	struct pt_report r;
	char *text;

	(void)state;
	pb_trading(&r);
	text = rendered("text", &r, (struct pt_render){ .top = 10 });
	says(text,
	     "and 22 more shards: idle 4.6 GiB, in use 880.0 KiB, 687,500 gets, 3,432 misses");
	free(text);
	text = rendered("text", &r, (struct pt_render){ .top = 10, .by = PT_BY_SHARD });
	says_not(text, "more shards");
	says(text, "7 \"rx-eth1\"\n");
	free(text);
	text = rendered("text", &r,
			(struct pt_render){ .top = 10, .pool_top = 3, .by = PT_BY_SHARD });
	says(text, "and 29 more shards:");
	free(text);
	pt_report_fini(&r);
}

static json_t *pool_of(const json_t *document, const char *name)
{
	json_t *pool, *pools = json_object_get(document, "pools");
	size_t i;

	json_array_foreach(pools, i,
			   pool) if (!strcmp(json_string_value(json_object_get(pool, "name")),
					     name)) return pool;
	fail_msg("no pool %s", name);
	return NULL;
}

static json_int_t integer(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_integer(value))
		fail_msg("%s is no integer", key);
	return json_integer_value(value);
}

static void the_graph_term_says_of_when_it_is(void **state)
{
	struct pt_report r;
	struct pt_pool_detail *d;
	json_t *document;
	char *text;

	(void)state;
	pb_trading(&r);
	d = r.pools[1].detail;
	text = rendered("text", &r, (struct pt_render){ .top = 10, .width = 160 });
	says(text, "graph     not known: no snapshot of pointers");
	free(text);
	d->graph_ns = 7 * PB_MS;
	text = rendered("text", &r, (struct pt_render){ .top = 10, .width = 160 });
	says(text, "graph     not known: the pool had no object");
	free(text);
	d->graph_retained_bytes = 12 * RB_MIB;
	d->waterfall.graph_bytes = 12 * RB_MIB;
	text = rendered("text", &r, (struct pt_render){ .top = 10, .width = 160 });
	says(text, "idle objects kept 12.0 MiB outside of the pool alive");
	free(text);
	text = rendered("json", &r, (struct pt_render){ 0 });
	document = json_loads(text, 0, NULL);
	assert_non_null(document);
	assert_int_equal(integer(pool_of(document, "msgbuf"), "graph_retained_bytes"), 12 * RB_MIB);
	assert_int_equal(integer(pool_of(document, "msgbuf"), "graph_retained_ns"), 7 * PB_MS);
	json_decref(document);
	free(text);
	pt_report_fini(&r);
}

static void json_says_what_the_report_says(void **state)
{
	struct pt_report r;
	json_t *document, *pool, *shard, *term;
	json_int_t sum = 0;
	char *text;
	size_t i;

	(void)state;
	pb_trading(&r);
	text = rendered("json", &r, (struct pt_render){ 0 });
	document = json_loads(text, 0, NULL);
	assert_non_null(document);
	pool = pool_of(document, "msgbuf");
	assert_int_equal(integer(pool, "stranded_misses"), 8764);
	assert_int_equal(integer(pool, "ambiguous_misses"), 380);
	assert_int_equal(integer(pool, "peak_held_bytes"), r.pools[1].peak_held_bytes);
	assert_int_equal(integer(pool, "idle_at_end_bytes"), r.pools[1].detail->row.idle_bytes);
	json_array_foreach(json_object_get(pool, "waterfall"), i,
			   term) if (!json_is_null(json_object_get(term, "bytes")))
		sum += integer(term, "bytes");
	assert_int_equal(sum, integer(pool, "waterfall_held_bytes") -
				      integer(pool, "waterfall_in_use_bytes"));
	shard = json_array_get(json_object_get(pool, "shards"), 7);
	assert_int_equal(integer(shard, "number"), 7);
	assert_true(json_is_null(json_object_get(shard, "thread")));
	assert_int_equal(json_array_size(json_object_get(json_object_get(shard, "occupancy"),
							 "idle_max_bytes")),
			 64);
	shard = json_array_get(json_object_get(pool_of(document, "apr:allocator"), "shards"), 1);
	assert_true(json_is_null(json_object_get(shard, "number")));
	assert_int_equal(integer(shard, "thread"), 2);
	assert_int_equal(integer(shard, "slot"), 1);
	pool = pool_of(document, "malloc");
	assert_true(json_is_null(json_object_get(pool, "shards")));
	assert_true(json_is_string(
		json_object_get(json_object_get(document, "reasons"), "pools[malloc].shards")));
	json_decref(document);
	free(text);
	pt_report_fini(&r);
}

static void times_and_sizes_are_read(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} times[] = { { "500ms", 500000000 }, { "1.5s", 1500000000 },  { "2", 2000000000 },
		      { "1m", 60000000000 },  { "2h", 7200000000000 }, { "7ns", 7 },
		      { "3us", 3000 } };
	static const char *const bad[] = { "",	   "s",	  "-1s",   "1x",  "1 s",
					   "0x10", "1e3", "1.2.3", "nan", "99999999999999999999h" };
	uint64_t value;

	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		assert_int_equal(pt_quantity_parse_time(times[i].text, &value), 0);
		assert_int_equal(value, times[i].ns);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_true(pt_quantity_parse_time(bad[i], &value) < 0);
		assert_true(pt_quantity_parse_bytes(bad[i], &value) < 0);
	}
	assert_int_equal(pt_quantity_parse_bytes("64K", &value), 0);
	assert_int_equal(value, 65536);
	assert_int_equal(pt_quantity_parse_bytes("1.5GiB", &value), 0);
	assert_int_equal(value, 3ull << 29);
}

static void almost_all_is_not_all(void **state)
{
	char n[PT_QUANTITY_BYTES];

	(void)state;
	assert_string_equal(pt_quantity_share(n, 995, 1000), "99.5 %");
	assert_string_equal(pt_quantity_share(n, 999999, 1000000), "99.9 %");
	assert_string_equal(pt_quantity_share(n, 1000, 1000), "100 %");
	assert_string_equal(pt_quantity_share(n, 58, 100), "58 %");
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
		cmocka_unit_test(the_waterfall_adds_up_in_the_text),
		cmocka_unit_test(the_graph_term_says_of_when_it_is),
		cmocka_unit_test(a_term_that_costs_is_added),
		cmocka_unit_test(no_line_is_wider_than_the_terminal_or_ends_in_a_blank),
		cmocka_unit_test(without_utf8_nothing_but_ascii_is_drawn),
		cmocka_unit_test(the_strip_shows_a_shard_in_proportion),
		cmocka_unit_test(rows_that_are_not_shown_are_summed),
		cmocka_unit_test(json_says_what_the_report_says),
		cmocka_unit_test(times_and_sizes_are_read),
		cmocka_unit_test(almost_all_is_not_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
