// SPDX-License-Identifier: MIT
/* test_blame.c - which line people are sent to: of several of a function, and of a pool and of who called it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyzer/budget/blame_place.h"
#include "analyzer/budget/judge.h"
#include "figures_builder.h"
#include "report_builder.h"

static const struct pt_figures_row *site_of(const struct pt_figures *f, const char *function)
{
	for (size_t i = 0; i < f->rows_nr; i++)
		if (f->rows[i].scope == PT_SCOPE_SITE && !strcmp(f->rows[i].frames[0].function, function))
			return &f->rows[i];
	fail_msg("no such site");
	return NULL;
}

static void of_a_function_the_line_that_has_most_of_the_metric(void **state)
{
	const struct pt_figures_row *row;
	struct pt_figures f;
	struct pt_report r;

	(void)state;
	rb_quiet(&r, 1);
	rb_site(&r, "parse", "/src/parser.c", 120, 4000, 5); /* idle, in use */
	rb_site(&r, "parse", "/src/parser.c", 130, 100, 900);
	rb_site(&r, "parse", "/src/parser.c", 130, 3950, 1); /* another stack through the same lines: together they have most */
	assert_int_equal(pt_figures_make(&r, NULL, &f), 0);
	row = site_of(&f, "parse");
	assert_true(row->values[PT_METRIC_IDLE_AT_END_BYTES] == 8050);
	assert_int_equal(row->stacks_nr, 2);
	assert_int_equal(row->frames[0].line, 120); /* the heaviest single one */
	assert_int_equal(pt_figures_frame(row, 0, PT_METRIC_IDLE_AT_END_BYTES).line, 130);
	assert_int_equal(pt_figures_frame(row, 0, PT_METRIC_IN_USE_AT_END_BYTES).line, 130);
	assert_int_equal(pt_figures_frame(row, 0, PT_METRIC_PEAK_IDLE_BYTES).line, 120); /* not known of sites */
	assert_int_equal(pt_figures_frame(row, 1, PT_METRIC_IDLE_AT_END_BYTES).line, 10);
	pt_figures_fini(&f);
	pt_report_fini(&r);
}

/* A pool in pool.c, its users in server.c; gets and puts as given. */
static struct pt_figures_row *use(struct pt_figures *f, const char *stack, double gets, double puts)
{
	struct pt_figures_row *row = fb_site(f, "msgbuf", stack);

	row->values[PT_METRIC_GETS] = gets;
	row->values[PT_METRIC_PUTS] = puts;
	return row;
}

static uint32_t line_of(const struct pt_figures *f, size_t site)
{
	return pt_blame_place(f, &f->rows[site], PT_METRIC_GETS).line;
}

static void who_called_the_pool_is_outside_of_its_file(void **state)
{
	struct pt_figures f;

	(void)state;
	fb_figures(&f, "app", "app.ptrace");
	use(&f, "take pool.c:5 < take_or_make pool.c:9 < handle server.c:40 < main main.c:3", 900, 0);
	use(&f, "take pool.c:5 < take_or_make pool.c:9 < audit server.c:70 < main main.c:3", 60, 0);
	use(&f, "give pool.c:20 < handle server.c:44 < main main.c:3", 0, 1000);
	use(&f, "twice server.c:99 < main main.c:3", 0, 5); /* tells a put by itself: no function of the pool's */
	use(&f, "take pool.c:5 < take_or_make pool.c:9", 10, 0);
	use(&f, "other pool.c:30 < handle server.c:41", 30, 0); /* of the pool's file, but few gets go through it */
	assert_int_equal(line_of(&f, 0), 40);
	assert_int_equal(line_of(&f, 1), 70);
	assert_int_equal(line_of(&f, 2), 44);
	assert_int_equal(line_of(&f, 3), 99);
	assert_int_equal(line_of(&f, 4), 9); /* nobody outside: the next one out */
	assert_int_equal(line_of(&f, 5), 30);
	pt_figures_fini(&f);
}

static void of_a_program_without_pool_functions_it_is_the_line_itself(void **state)
{
	struct pt_figures f;

	(void)state;
	fb_figures(&f, "app", "app.ptrace");
	use(&f, "read conn.c:10 < loop main.c:3", 500, 500);
	use(&f, "write conn.c:80 < loop main.c:4", 500, 500);
	assert_int_equal(line_of(&f, 0), 10);
	assert_int_equal(line_of(&f, 1), 80);
	pt_figures_fini(&f);
}

/* Two pools' worth of one program: users leak, the pool hoards. */
static void leaky(struct pt_figures *f)
{
	struct pt_figures_row *row;

	fb_figures(f, "app", "app.ptrace");
	row = fb_row(f, PT_SCOPE_POOL, "malloc", NULL);
	row->values[PT_METRIC_PEAK_HELD_BYTES] = 1e6;
	row = fb_row(f, PT_SCOPE_POOL, "msgbuf", NULL);
	row->values[PT_METRIC_LEAKED_OBJECTS] = 7;
	row->values[PT_METRIC_IDLE_AT_END_BYTES] = 5000;
	row->values[PT_METRIC_PEAK_HELD_BYTES] = 9000;
	row = use(f, "take pool.c:5 < handle server.c:40 < main main.c:3", 900, 0);
	row->values[PT_METRIC_LEAKED_OBJECTS] = 7;
	row = use(f, "give pool.c:20 < handle server.c:44 < main main.c:3", 0, 893);
	row->values[PT_METRIC_IDLE_AT_END_BYTES] = 5000;
}

static void check(const struct pt_figures *f, enum pt_metric metric, struct pt_check *out)
{
	struct pt_budget b = { .name = "it", .line = 3, .metric = metric, .per = PT_METRIC_NR, .where.pool = "*",
			       .max = 0, .min = NAN };
	struct pt_budgets all = { .path = "budget.yml", .budgets = &b, .budgets_nr = 1 };

	assert_int_equal(pt_judge(&all, f, 1, NULL, out), 0);
}

static void users_are_sent_to_their_own_line_and_the_pool_to_its(void **state)
{
	struct pt_figures f;
	struct pt_check c;

	(void)state;
	leaky(&f);
	check(&f, PT_METRIC_LEAKED_OBJECTS, &c);
	assert_int_equal(c.items_nr, 1);
	assert_int_equal(c.items[0].state, PT_CHECK_BROKEN); /* that malloc has no such number is no doubt */
	assert_string_equal(c.items[0].sites[0].text, "handle (server.c:40), through take (pool.c:5)");
	assert_string_equal(c.items[0].sites[0].function, "handle");
	assert_string_equal(c.items[0].sites[0].file, "server.c");
	assert_int_equal(c.items[0].sites[0].line, 40);
	pt_check_fini(&c);
	check(&f, PT_METRIC_IDLE_AT_END_BYTES, &c);
	assert_string_equal(c.items[0].sites[0].text, "give (pool.c:20), called from handle (server.c:44)");
	assert_int_equal(c.items[0].sites[0].line, 20);
	pt_check_fini(&c);
	pt_figures_fini(&f);
}

static void a_function_of_no_known_file_is_named_alone(void **state)
{
	struct pt_figures f;
	struct pt_check c;

	(void)state;
	leaky(&f);
	use(&f, "give < handle < main", 0, 893)->values[PT_METRIC_IDLE_AT_END_BYTES] = 6000;
	check(&f, PT_METRIC_IDLE_AT_END_BYTES, &c);
	assert_string_equal(c.items[0].sites[0].text, "give, called from handle");
	pt_check_fini(&c);
	pt_figures_fini(&f);
}

static void all_pools_include_malloc_where_it_has_the_number(void **state)
{
	struct pt_figures f;
	struct pt_check c;

	(void)state;
	leaky(&f);
	check(&f, PT_METRIC_PEAK_HELD_BYTES, &c);
	assert_true(c.items[0].measured == 1e6);
	pt_check_fini(&c);
	check(&f, PT_METRIC_LEAKED_OBJECTS, &c);
	assert_true(c.items[0].measured == 7);
	pt_check_fini(&c);
	pt_figures_fini(&f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_a_function_the_line_that_has_most_of_the_metric),
		cmocka_unit_test(who_called_the_pool_is_outside_of_its_file),
		cmocka_unit_test(of_a_program_without_pool_functions_it_is_the_line_itself),
		cmocka_unit_test(users_are_sent_to_their_own_line_and_the_pool_to_its),
		cmocka_unit_test(a_function_of_no_known_file_is_named_alone),
		cmocka_unit_test(all_pools_include_malloc_where_it_has_the_number),
	};

	return cmocka_run_group_tests_name("blame", tests, NULL, NULL);
}
