// SPDX-License-Identifier: MIT
/* test_render_graph.c - a graph report made by hand: the sentences name pool, field and line; the JSON says
 * what the report says; the folded lines add up; names cannot break a format. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "analyzer/render/graph.h"
#include "analyzer/result/graph_words.h"
#include "graph_sample.h"

typedef int renderer(const struct pt_render *to, const struct pt_graph_report *r);

/* What it writes; free() it. */
static char *rendered(renderer *render, const struct world *w, struct pt_render to)
{
	size_t out_bytes;
	char *out = NULL;

	to.out = open_memstream(&out, &out_bytes);
	assert_non_null(to.out);
	assert_int_equal(render(&to, &w->r), 0);
	assert_int_equal(fclose(to.out), 0);
	return out;
}

static void has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no \"%s\" in:\n%s", part, text);
}

static void has_not(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("\"%s\" in:\n%s", part, text);
}

static json_t *parsed(const struct world *w, size_t top)
{
	char *text = rendered(pt_graph_json, w, (struct pt_render){ .top = top });
	json_error_t error;
	json_t *document = json_loads(text, 0, &error);

	if (!document)
		fail_msg("%s in:\n%s", error.text, text);
	free(text);
	return document;
}

static json_t *at(json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	if (!value)
		fail_msg("no key %s", key);
	return value;
}

static json_t *first(json_t *document, const char *key, size_t i)
{
	return json_array_get(at(json_array_get(at(document, "snapshots"), 0), key), i);
}

static void the_text_names_pool_field_and_line(void **state)
{
	struct world w;
	char *text;

	(void)state;
	fill(&w);
	text = rendered(pt_graph_text, &w, (struct pt_render){ .width = 1000 });
	has(text, "Idle objects of conn keep 1.2 GiB alive: field +0x28 of 800 idle objects keeps 1.2 GiB.");
	has(text, "Clear +0x28 before put (put at drop (pool.c:88)).");
	has(text, "No pointer leads to 4.0 KiB in 4 blocks: leaked, most from main (main.c:7).");
	has(text, "790 of them put at drop (pool.c:88)");
	has(text, "0x7f0000001000");
	has(text, "(smaller ones)");
	has_not(text, "registers of other threads were not scanned");
	has_not(text, "Nothing is kept alive");
	free(text);
}

static void nothing_kept_is_said_so(void **state)
{
	struct world w;
	char *text;

	(void)state;
	fill(&w);
	w.pools[0].graph_retained_bytes = w.snapshots[0].idle_retained_bytes = 0;
	w.snapshots[0].fields_nr = w.snapshots[0].idle_nr = 0;
	w.snapshots[0].registers_asked = false;
	text = rendered(pt_graph_text, &w, (struct pt_render){ .width = 1000 });
	has(text, "Nothing is kept alive by idle objects only.");
	has(text, "registers of other threads were not scanned");
	has(text, "leaked at most");
	has_not(text, "Clear");
	free(text);
}

static void a_silent_thread_forbids_leaks(void **state)
{
	struct world w;
	json_t *document;
	char *text;

	(void)state;
	fill(&w);
	w.snapshots[0].threads_silent = 1;
	w.snapshots[0].unreachable_bytes = w.snapshots[0].unreachable_objects = PT_UNKNOWN;
	w.snapshots[0].leaks_nr = 0;
	text = rendered(pt_graph_text, &w, (struct pt_render){ .width = 1000 });
	has(text, "Nothing is called unreachable: of 3 threads 1 did not answer");
	has_not(text, "leaked");
	free(text);
	document = parsed(&w, 0);
	assert_true(json_is_null(at(json_array_get(at(document, "snapshots"), 0), "unreachable_bytes")));
	assert_true(json_is_string(at(at(document, "reasons"), "snapshots[0].unreachable_bytes")));
	json_decref(document);
}

static void the_json_says_what_the_report_says(void **state)
{
	struct world w;
	json_t *document, *field, *row;

	(void)state;
	fill(&w);
	document = parsed(&w, 0);
	field = first(document, "fields", 0);
	assert_string_equal(json_string_value(at(field, "pool")), "conn");
	assert_int_equal(json_integer_value(at(field, "offset")), 0x28);
	assert_int_equal(json_integer_value(at(field, "retained_bytes")), 1200 * MIB);
	assert_int_equal(json_integer_value(at(field, "objects")), 800);
	assert_string_equal(json_string_value(at(field, "put_site")), "drop (pool.c:88)");
	assert_true(json_is_null(at(first(document, "fields", 1), "put_site")));
	row = first(document, "dominators", 1);
	assert_int_equal(json_integer_value(at(row, "parent")), 0);
	assert_string_equal(json_string_value(at(row, "site")), "new;\"session\\ (session.c:12)");
	assert_int_equal(json_integer_value(at(row, "shallow_bytes")), 1000 * MIB);
	assert_int_equal(json_integer_value(at(row, "retained_bytes")), 1200 * MIB);
	assert_true(json_is_null(at(row, "type")));
	assert_true(json_is_true(at(first(document, "dominators", 0), "idle")));
	assert_true(json_is_null(at(first(document, "dominators", 2), "site")));
	assert_int_equal(json_array_size(at(json_array_get(at(document, "snapshots"), 0), "dominators")), 5);
	json_decref(document);
}

/* With `top` a row's parent comes along, and indexes count what is written. */
static void the_largest_rows_keep_their_parents(void **state)
{
	struct world w;
	json_t *document, *rows;

	(void)state;
	fill(&w);
	w.rows[4].retained_bytes = 2000 * MIB; /* larger than its parent: as damaged as can be */
	document = parsed(&w, 1);
	rows = at(json_array_get(at(document, "snapshots"), 0), "dominators");
	assert_int_equal(json_array_size(rows), 2);
	assert_int_equal(json_integer_value(at(json_array_get(rows, 1), "parent")), 0);
	assert_string_equal(json_string_value(at(json_array_get(rows, 0), "site")), "main (main.c:7)");
	json_decref(document);
}

static void what_is_not_whole_is_null(void **state)
{
	struct world w;
	json_t *document, *snapshot;
	char *text;

	(void)state;
	fill(&w);
	w.r.snapshots_nr = 2;
	w.snapshots[1] = (struct pt_graph_snapshot){ .number = 3, .lost = PT_SNAP_LOST_DISK + 1 };
	text = rendered(pt_graph_text, &w, (struct pt_render){ 0 });
	has(text, "This snapshot was dropped: disk.");
	free(text);
	document = parsed(&w, 0);
	snapshot = json_array_get(at(document, "snapshots"), 1);
	assert_true(json_is_null(at(snapshot, "nodes")));
	assert_true(json_is_string(at(at(document, "reasons"), "snapshots[1].nodes")));
	assert_string_equal(json_string_value(at(snapshot, "lost")), "disk");
	json_decref(document);
}

/* One line a row; a name's own ';' does not part frames; the bytes add up to what is reachable. */
static void the_folded_lines_add_up(void **state)
{
	uint64_t sum = 0, lines = 0;
	struct world w;
	char *text;

	(void)state;
	fill(&w);
	text = rendered(pt_graph_folded, &w, (struct pt_render){ .top = 1 });
	has(text, "conn idle;new:\"session\\ (session.c:12);(smaller ones) 209715200\n");
	has(text, "main (main.c:7);new:\"session\\ (session.c:12) 100\n");
	for (char *rest, *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		sum += strtoull(strrchr(line, ' ') + 1, NULL, 10);
		lines++;
	}
	assert_int_equal(lines, 5);
	assert_int_equal(sum, w.snapshots[0].reachable_bytes);
	free(text);
}

static void the_list_of_nodes_is_a_line_of_json_each(void **state)
{
	struct pt_graph_node nodes[] = {
		{ .addr = 0x1000, .bytes = 64, .shallow_bytes = 48, .retained_bytes = 500, .label = { 0, true, 0 },
		  .reachable = true, .interior_only = true, .single_word = true },
		{ .addr = 0x1010, .bytes = 16, .shallow_bytes = 16, .retained_bytes = 16, .dominator = 0x1000,
		  .label = { NONE, false, 1 }, .reachable = true, .stale_only = true },
		{ .addr = 0x2000, .retained_bytes = PT_UNKNOWN, .label = { NONE, false, NONE } },
	};
	struct world w;
	char *text;

	(void)state;
	fill(&w);
	w.snapshots[0].list = nodes;
	w.snapshots[0].list_nr = 3;
	text = rendered(pt_graph_nodes, &w, (struct pt_render){ .top = 1 });
	assert_string_equal(text,
		"{\"snapshot\": 2, \"addr\": \"0x1000\", \"bytes\": 64, \"shallow_bytes\": 48, \"retained_bytes\": 500, "
		"\"dominator\": null, \"reachable\": true, \"stale_only\": false, \"interior_only\": true, "
		"\"single_word\": true, \"pool\": \"conn\", \"idle\": true, \"site\": \"drop (pool.c:88)\"}\n"
		"{\"snapshot\": 2, \"addr\": \"0x1010\", \"bytes\": 16, \"shallow_bytes\": 16, \"retained_bytes\": 16, "
		"\"dominator\": \"0x1000\", \"reachable\": true, \"stale_only\": true, \"interior_only\": false, "
		"\"single_word\": false, \"pool\": null, \"idle\": null, \"site\": \"new;\\\"session\\\\ (session.c:12)\"}\n"
		"{\"snapshot\": 2, \"addr\": \"0x2000\", \"bytes\": 0, \"shallow_bytes\": 0, \"retained_bytes\": null, "
		"\"dominator\": null, \"reachable\": false, \"stale_only\": false, \"interior_only\": false, "
		"\"single_word\": false, \"pool\": null, \"idle\": null, \"site\": null}\n");
	free(text);
	w.snapshots[0].unreachable_bytes = PT_UNKNOWN; /* a thread did not answer */
	text = rendered(pt_graph_nodes, &w, (struct pt_render){ 0 });
	has(text, "\"0x2000\", \"bytes\": 0, \"shallow_bytes\": 0, \"retained_bytes\": null, \"dominator\": null, "
		  "\"reachable\": null,");
	free(text);
}

static void the_drawing_quotes_names(void **state)
{
	struct world w;
	char *text;

	(void)state;
	fill(&w);
	text = rendered(pt_graph_dot, &w, (struct pt_render){ .top = 2 });
	has(text, "label=\"new;\\\"session\\\\ (session.c:12)\\n");
	has(text, "s2r0 -> s2r1;");
	has(text, "s2root -> s2r0;");
	has_not(text, "s2r3");
	free(text);
}

static void a_path_goes_from_the_root_to_the_block(void **state)
{
	static char module[] = "server";
	struct world w;
	json_t *document;
	char *text;

	(void)state;
	fill(&w);
	w.steps[0] = (struct pt_graph_step){ .addr = 0x1000, .label = { 0, true, 0 } };
	w.steps[1] = (struct pt_graph_step){ .addr = 0x2000, .label = { NONE, false, 1 },
					     .offset_bytes = 0x28, .interior = true };
	w.path = (struct pt_graph_path){ .asked_addr = 0x2010, .found = true, .reachable = true,
					 .root = PT_ROOT_STATIC, .root_module = module, .root_offset = 0x4010,
					 .steps = w.steps, .steps_nr = 2, .words_nr = 1,
					 .dominators = w.dominators, .dominators_nr = 1 };
	w.dominators[0] = 1;
	w.snapshots[0].path = &w.path;
	text = rendered(pt_graph_text, &w, (struct pt_render){ .width = 1000 });
	has(text, "static data of server+0x4010");
	has(text, "+0x28 (into its middle)   0x2000");
	has(text, "0x2010; 1 word in the whole process points at it");
	has_not(text, "Idle objects of conn keep");
	free(text);
	document = parsed(&w, 0);
	assert_int_equal(json_array_size(at(at(json_array_get(at(document, "snapshots"), 0), "path"), "steps")), 2);
	json_decref(document);
}

/* What is called the same is one row; what is new or gone has 0; what did not change is no row. */
static void a_diff_tells_what_grew(void **state)
{
	struct world w, x;
	struct pt_render to = { .width = 1000 };
	size_t out_bytes;
	char *out = NULL;

	(void)state;
	fill(&w);
	fill(&x);
	x.snapshots[0].number = 3;
	x.rows[1].retained_bytes += 300 * MIB;
	x.fields[1].offset_bytes = 0x10;
	x.fields[1].retained_bytes = 5 * MIB;
	to.out = open_memstream(&out, &out_bytes);
	assert_non_null(to.out);
	assert_int_equal(pt_graph_text_diff(&to, &w.r, &x.r), 0);
	assert_int_equal(fclose(to.out), 0);
	has(out, "+300.0 MiB");
	has(out, "new;\"session\\ (session.c:12)");
	has(out, "conn +0x10");
	has(out, "conn +0x8");
	has(out, "+5.0 MiB");
	has_not(out, "conn +0x28");
	has_not(out, "main (main.c:7)");
	has_not(out, "Pools by");
	free(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_text_names_pool_field_and_line),
		cmocka_unit_test(nothing_kept_is_said_so),
		cmocka_unit_test(a_silent_thread_forbids_leaks),
		cmocka_unit_test(the_json_says_what_the_report_says),
		cmocka_unit_test(the_largest_rows_keep_their_parents),
		cmocka_unit_test(what_is_not_whole_is_null),
		cmocka_unit_test(the_folded_lines_add_up),
		cmocka_unit_test(the_list_of_nodes_is_a_line_of_json_each),
		cmocka_unit_test(the_drawing_quotes_names),
		cmocka_unit_test(a_diff_tells_what_grew),
		cmocka_unit_test(a_path_goes_from_the_root_to_the_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
