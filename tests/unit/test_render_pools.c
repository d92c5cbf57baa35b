// SPDX-License-Identifier: MIT
/* test_render_pools.c - of annotated pools: the drawings fit and add up, the JSON says what the report says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "analyzer/render/render.h"
#include "analyzer/render/utf8.h"
#include "pool_says.h"
#include "rendered.h"

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
	text = rn_rendered("text", &r, (struct pt_render){ .top = 10, .width = 80 });
	falls = strstr(text, "\nWaterfall");
	assert_non_null(falls);
	assert_true(exact(falls, "\n  held ") ==
		    (long long)r.pools[1].detail->waterfall.held_bytes);
	assert_true(exact(falls, "\n  held ") - exact(falls, "\n  sharding ") -
			    exact(falls, "\n  time ") - exact(falls, "\n  ratchet ") ==
		    exact(falls, "\n  in use "));
	ps_says(falls, "graph     not known: no snapshot");
	free(text);
	pt_report_fini(&r);
}

static void a_term_that_costs_is_added(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = ps_sound(&r, 2);
	char *text;

	(void)state;
	p->peak_held_bytes = 90 * RB_MIB;
	p->blowup = 10;
	p->detail->waterfall =
		(struct pt_pool_waterfall){ 90 * RB_MIB, 9 * RB_MIB, -5 * (int64_t)RB_MIB,
					    86 * RB_MIB, 0,	     INT64_MIN };
	text = rn_rendered("text", &r, (struct pt_render){ .top = 10, .width = 80 });
	ps_says(text, "  sharding  + 5,242,880     5.0 MiB");
	ps_says(text, "  time      -90,177,536    86.0 MiB");
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
			text = rn_rendered("text", &r, to);
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
	text = rn_rendered("text", &r, (struct pt_render){ .top = 10, .width = 80 });
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p >= 0x80)
			fail_msg("not ASCII: '%.20s'", p);
	free(text);
	text = rn_rendered("text", &r, (struct pt_render){ .top = 10, .width = 80, .utf8 = true });
	ps_says(text, "▇█");
	free(text);
	pt_report_fini(&r);
}

static void the_strip_shows_a_shard_in_proportion(void **state)
{
	struct pt_report r;
	struct pt_report_pool *p = ps_sound(&r, 2);
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
	text = rn_rendered("text", &r, (struct pt_render){ .top = 10, .width = 86 });
	ps_says(text, "\n  0                                       "
		   "################################    64.0 MiB\n");
	ps_says(text, "\n  1       ================================"
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
	text = rn_rendered("text", &r, (struct pt_render){ .top = 10 });
	ps_says(text,
	     "and 22 more shards: idle 4.6 GiB, in use 880.0 KiB, 687,500 gets, 3,432 misses");
	free(text);
	text = rn_rendered("text", &r, (struct pt_render){ .top = 10, .by = PT_BY_SHARD });
	ps_says_not(text, "more shards");
	ps_says(text, "7 \"rx-eth1\"\n");
	free(text);
	text = rn_rendered("text", &r,
			(struct pt_render){ .top = 10, .pool_top = 3, .by = PT_BY_SHARD });
	ps_says(text, "and 29 more shards:");
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
	text = rn_rendered("text", &r, (struct pt_render){ .top = 10, .width = 160 });
	ps_says(text, "graph     not known: no snapshot of pointers");
	free(text);
	d->graph_ns = 7 * PB_MS;
	text = rn_rendered("text", &r, (struct pt_render){ .top = 10, .width = 160 });
	ps_says(text, "graph     not known: the pool had no object");
	free(text);
	d->graph_retained_bytes = 12 * RB_MIB;
	d->waterfall.graph_bytes = 12 * RB_MIB;
	text = rn_rendered("text", &r, (struct pt_render){ .top = 10, .width = 160 });
	ps_says(text, "idle objects kept 12.0 MiB outside of the pool alive");
	free(text);
	text = rn_rendered("json", &r, (struct pt_render){ 0 });
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
	text = rn_rendered("json", &r, (struct pt_render){ 0 });
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_waterfall_adds_up_in_the_text),
		cmocka_unit_test(the_graph_term_says_of_when_it_is),
		cmocka_unit_test(a_term_that_costs_is_added),
		cmocka_unit_test(no_line_is_wider_than_the_terminal_or_ends_in_a_blank),
		cmocka_unit_test(without_utf8_nothing_but_ascii_is_drawn),
		cmocka_unit_test(the_strip_shows_a_shard_in_proportion),
		cmocka_unit_test(rows_that_are_not_shown_are_summed),
		cmocka_unit_test(json_says_what_the_report_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
