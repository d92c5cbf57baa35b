// SPDX-License-Identifier: MIT
/*
 * test_site_match.c - call sites of two builds: what one compiler inlines, clones or leaves out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "analyzer/result/function_name.h"
#include "analyzer/result/site_match.h"
#include "figures_builder.h"

static double alike(const char *a, const char *b)
{
	struct pt_figures f;
	double share;

	fb_figures(&f, "app", "x");
	fb_site(&f, NULL, a);
	fb_site(&f, NULL, b);
	share = pt_sites_alike(&f.rows[0], &f.rows[1]);
	assert_true(share == pt_sites_alike(&f.rows[1], &f.rows[0]));
	pt_figures_fini(&f);
	return share;
}

static void lines_folders_and_clones_do_not_count(void **state)
{
	(void)state;
	assert_true(alike("take src/pool.c:10 < main main.c:5", "take ../x/pool.c:99 < main main.c:7") == 1);
	assert_true(alike("take.part.0 pool.c < main main.c", "take pool.c < main.constprop.3 main.c") == 1);
	assert_true(alike("take.isra.0.cold pool.c < main main.c", "take.llvm.123456 pool.c < main main.c") == 1);
	assert_true(alike("take pool.c < main main.c", "take other.c < main main.c") == 0);
	assert_true(alike("take pool.c < main main.c", "give pool.c < main main.c") == 0);
}

static void names_with_dots_that_are_no_clones_stay(void **state)
{
	(void)state;
	assert_int_equal(pt_function_plain_length("main.run"), 8);
	assert_int_equal(pt_function_plain_length("f(int, ...)"), 11);
	assert_int_equal(pt_function_plain_length("take.partial"), 12);
	assert_int_equal(pt_function_plain_length("take.cold.7"), 4);
	assert_int_equal(pt_function_plain_length("f(int) [clone .part.0]"), 6);
	assert_int_equal(pt_function_plain_length(".cold"), 5);
}

static const char *outline(const char *function)
{
	static char text[64];
	size_t last = pt_function_outline(function, text, sizeof(text));

	assert_true(last <= strlen(text));
	return text;
}

static void of_cxx_names_scope_and_name_are_left(void **state)
{
	(void)state;
	assert_string_equal(outline("take"), "take");
	assert_string_equal(outline("void ns::f<int, (A)0>(int, std::vector<int>)"), "ns::f");
	assert_string_equal(outline("main::$_0::operator()(int) const"), "main::@::operator()");
	assert_string_equal(outline("main::{lambda(unsigned long)#1}::operator()(unsigned long) const"), "main::@::operator()");
	assert_string_equal(outline("f(int)::{lambda()#2}::operator()() const"), "f::@::operator()");
	assert_string_equal(outline("(anonymous namespace)::S::grow(int)"), "::S::grow");
	assert_string_equal(outline("std::enable_if<a<b>::v, void>::type std::__invoke_r<void, main::$_0&>(int&&)"), "std::__invoke_r");
	assert_string_equal(outline("__invoke_impl<void, main()::<lambda(int)>&, int>"), "__invoke_impl");
	assert_string_equal(outline("std::ostream& operator<< <char>(std::ostream&)"), "operator<<");
	assert_string_equal(outline("A::operator->() const"), "A::operator->");
	assert_string_equal(outline("f<decltype(a->b)>::g()"), "f::g");
	assert_string_equal(outline("A::operator new(unsigned long)"), "A::operator new");
	assert_string_equal(outline("<T as core::fmt::Debug>::fmt"), "::fmt");
	assert_string_equal(outline("app::run::{{closure}}"), "app::run::@");
	assert_string_equal(outline("f<<<(((["), "f");
	assert_int_equal(strlen(outline("a_function_whose_name_is_longer_than_the_sixty_three_bytes_there_is_room_for")), 63);
}

/* gcc writes a lambda's operator() down without scope, clang with all of it. */
static void lambdas_and_templates_of_two_compilers_fit(void **state)
{
	(void)state;
	assert_true(alike("operator() v.cc < __invoke_impl<void,main()::<lambda(int)>&> invoke.h < main v.cc",
			  "main::$_0::operator()(int) v.cc < void_std::__invoke_impl<void,main::$_0&>(int&&) invoke.h < main v.cc") > 0.9);
	assert_true(alike("A::init(int) a.cc < main v.cc", "B::init(int) a.cc < main v.cc") == 0);
	assert_true(alike("A::init(int) a.cc < main v.cc", "A::init(long) a.cc < main v.cc") < 1);
}

static void how_programs_and_threads_begin_does_not_count(void **state)
{
	(void)state;
	assert_true(alike("take a.c < main a.c < __libc_start_call_main l.h < __libc_start_main_impl l.c < _start",
			  "take a.c < main a.c < __libc_start_main") == 1);
	assert_true(alike("take a.c < work a.c < start_thread p.c < __clone3 c.S", "take a.c < work a.c < clone") == 1);
}

static void a_file_that_is_not_known_may_be_any_but_does_not_read_the_same(void **state)
{
	double share = alike("take < main main.c", "take pool.c < main main.c");

	(void)state;
	assert_true(share > 0.9 && share < 1);
	assert_true(alike("? libx.so < main main.c", "? libx.so < main main.c") == 1);
	assert_true(alike("? libx.so < main main.c", "? liby.so < main main.c") == 0);
}

static void frames_that_a_tail_call_leaves_out_cost_their_share(void **state)
{
	double one = alike("take p.c < handle s.c < serve s.c < main m.c", "take p.c < serve s.c < main m.c");
	double two = alike("take p.c < handle s.c < serve s.c < main m.c", "take p.c < main m.c");

	(void)state;
	assert_true(one == 0.75 && two == 0.5);
	/* Another caller in its place is worse than none. */
	assert_true(alike("take p.c < handle s.c < main m.c", "take p.c < reply s.c < main m.c") < 0.5);
}

static void the_frame_that_names_it_may_be_a_tail_call_itself(void **state)
{
	(void)state;
	assert_true(alike("make p.c < take p.c < main m.c", "take p.c < main m.c") > 0.6);
	assert_true(alike("take p.c < main m.c", "main m.c") == 0); /* everything is called by main */
	assert_true(alike("make p.c < take p.c < b m.c < main m.c", "take p.c < c m.c < main m.c") == 0);
}

/* A list of pairs "0-1 1-none": which of b each of a is. */
static void expect(const char *const *a, size_t a_nr, const char *const *b, size_t b_nr, const char *want)
{
	struct pt_figures x, y;
	uint32_t to_b[16];
	char got[256] = "";

	fb_figures(&x, "app", "a");
	fb_figures(&y, "app", "b");
	for (size_t i = 0; i < a_nr; i++)
		fb_site(&x, NULL, a[i]);
	for (size_t i = 0; i < b_nr; i++)
		fb_site(&y, NULL, b[i]);
	assert_int_equal(pt_sites_match(x.rows, a_nr, y.rows, b_nr, to_b), 0);
	for (size_t i = 0; i < a_nr; i++) {
		size_t used = strlen(got);

		if (to_b[i] == PT_SITE_NONE)
			snprintf(got + used, sizeof(got) - used, "%s-", i ? " " : "");
		else
			snprintf(got + used, sizeof(got) - used, "%s%u", i ? " " : "", to_b[i]);
	}
	assert_string_equal(got, want);
	pt_figures_fini(&x);
	pt_figures_fini(&y);
}
#define EXPECT(a, b, want) expect(a, sizeof(a) / sizeof((a)[0]), b, sizeof(b) / sizeof((b)[0]), want)

static void what_reads_the_same_goes_first_then_the_best_fit(void **state)
{
	static const char *const a[] = { "take p.c < x s.c < y s.c < main m.c", "take p.c < y s.c < main m.c",
					 "take p.c < z s.c < main m.c" };
	static const char *const b[] = { "take p.c < y s.c < main m.c", "take p.c < z s.c < w s.c < main m.c",
					 "take p.c < x s.c < main m.c" };

	(void)state;
	EXPECT(a, b, "2 0 1");
}

static void of_two_that_fit_the_better_one_gets_it(void **state)
{
	static const char *const a[] = { "take p.c < x s.c < y s.c < main m.c", "take p.c < x s.c < main m.c" };
	static const char *const b[] = { "take p.c < x s.c < main m.c", "take p.c < x s.c < y s.c < main m.c" };
	static const char *const one[] = { "take p.c < x s.c < y s.c < z s.c < main m.c" };

	(void)state;
	EXPECT(a, one, "0 -");
	EXPECT(b, one, "- 0");
}

static void no_row_is_taken_twice_and_strangers_stay_alone(void **state)
{
	static const char *const a[] = { "take p.c < x s.c < main m.c", "take p.c < x s.c < x s.c < main m.c", "gone p.c < main m.c" };
	static const char *const b[] = { "take p.c < x s.c < main m.c", "new p.c < main m.c" };

	(void)state;
	EXPECT(a, b, "0 - -");
}

static void a_caller_that_was_replaced_is_another_site(void **state)
{
	static const char *const a[] = { "take p.c < handle s.c < main m.c", "take p.c < a s.c < b s.c < c s.c < d s.c < main m.c" };
	static const char *const b[] = { "take p.c < reply s.c < main m.c", "take p.c < a s.c < x s.c < c s.c < d s.c < main m.c" };

	(void)state;
	EXPECT(a, b, "- 1"); /* of a deep stack one may have been exchanged: both compilers left one out */
}

static void a_site_without_its_naming_frame_is_found_last(void **state)
{
	static const char *const a[] = { "take p.c < serve s.c < main m.c", "take p.c < other s.c < main m.c" };
	static const char *const b[] = { "make p.c < take p.c < serve s.c < main m.c", "take p.c < other s.c < main m.c" };

	(void)state;
	EXPECT(a, b, "0 1");
	EXPECT(b, a, "0 1");
}

static void sites_without_frames_go_by_name(void **state)
{
	static const char *const a[] = { "", "take p.c" }, *const b[] = { "take p.c", "" };
	struct pt_figures f;
	uint32_t to_b[2];

	(void)state;
	EXPECT(a, b, "1 0");
	fb_figures(&f, "app", "x");
	fb_row(&f, PT_SCOPE_SITE, NULL, "x");
	fb_row(&f, PT_SCOPE_SITE, NULL, "y");
	fb_row(&f, PT_SCOPE_SITE, NULL, "y");
	fb_row(&f, PT_SCOPE_SITE, NULL, "z");
	assert_int_equal(pt_sites_match(f.rows, 2, f.rows + 2, 2, to_b), 0);
	assert_true(to_b[0] == PT_SITE_NONE && to_b[1] == 0);
	pt_figures_fini(&f);
	assert_true(alike("", "") == 1 && alike("", "main m.c") == 0);
}

/* gcc's half of a function is called by the function itself, and recursion has no depth of its own. */
static void a_function_that_calls_itself_is_one_frame_of_figures(void **state)
{
	struct pt_report_frame frames[30] = { { .function = "walk.part.0", .file = "x/a.c", .line = 5 } };
	struct pt_report_site site = { .frames = frames, .frames_nr = 30 };
	struct pt_report r = { .sites = &site, .sites_nr = 1 };
	struct pt_figures f;
	const char *name = NULL;

	(void)state;
	for (size_t i = 1; i < 30; i++)
		frames[i] = (struct pt_report_frame){ .function = i < 29 ? "walk" : "main", .file = "a.c", .line = 9 };
	assert_int_equal(pt_figures_make(&r, NULL, &f), 0);
	for (size_t i = 0; i < f.rows_nr; i++)
		if (f.rows[i].scope == PT_SCOPE_SITE) {
			name = f.rows[i].name;
			assert_int_equal(f.rows[i].frames[0].line, 5);
		}
	assert_string_equal(name, "walk (a.c) < main (a.c)");
	pt_figures_fini(&f);
}

static uint32_t seed = 7;

static uint32_t pick(uint32_t below)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % below;
}

/*
 * 100,000 sites; in the other build one caller in ten is left out. named: how many functions name them. Returns how many
 * of the pairs are right; b is in another order.
 */
static size_t matched_right(uint32_t sites, uint32_t named, double *seconds)
{
	struct pt_figures_row *a = calloc(sites, sizeof(*a)), *b = calloc(sites, sizeof(*b));
	struct pt_figure_frame *frames = calloc((size_t)sites * 20, sizeof(*frames));
	char (*names)[16] = calloc(5000, sizeof(*names));
	uint32_t *to_b = calloc(sites, sizeof(*to_b));
	struct timespec begin, end;
	size_t right = 0;

	assert_true(a && b && frames && names && to_b);
	for (uint32_t i = 0; i < 5000; i++)
		snprintf(names[i], sizeof(names[i]), "f%u", i);
	for (uint32_t i = 0; i < sites; i++) {
		struct pt_figure_frame *x = frames + (size_t)i * 20, *y = x + 10;
		struct pt_figures_row *to = &b[(i + 1234567u) % sites];

		a[i] = (struct pt_figures_row){ .scope = PT_SCOPE_SITE, .frames = x };
		*to = (struct pt_figures_row){ .scope = PT_SCOPE_SITE, .frames = y };
		for (uint32_t k = 0; k < 10; k++) {
			struct pt_figure_frame f = { .function = names[k ? pick(5000) : i % named], .file = names[0] };

			a[i].frames[a[i].frames_nr++] = f;
			if (!k || pick(10))
				y[to->frames_nr++] = f;
		}
	}
	clock_gettime(CLOCK_MONOTONIC, &begin);
	assert_int_equal(pt_sites_match(a, sites, b, sites, to_b), 0);
	clock_gettime(CLOCK_MONOTONIC, &end);
	*seconds = (double)(end.tv_sec - begin.tv_sec) + (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
	for (uint32_t i = 0; i < sites; i++)
		right += to_b[i] == (i + 1234567u) % sites;
	free(a);
	free(b);
	free(frames);
	free(names);
	free(to_b);
	return right;
}

static void a_hundred_thousand_sites_are_matched_in_seconds(void **state)
{
	double seconds;
	size_t right = matched_right(100000, 5000, &seconds);

	(void)state;
	print_message("# of 5,000 functions: %zu of 100,000 right in %.2f s\n", right, seconds);
	assert_true(right > 99000 && seconds < 30);
	/* All named by one function: not each with each. */
	right = matched_right(100000, 1, &seconds);
	print_message("# of one function: %zu of 100,000 right in %.2f s\n", right, seconds);
	assert_true(right > 90000 && seconds < 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_folders_and_clones_do_not_count),
		cmocka_unit_test(names_with_dots_that_are_no_clones_stay),
		cmocka_unit_test(of_cxx_names_scope_and_name_are_left),
		cmocka_unit_test(lambdas_and_templates_of_two_compilers_fit),
		cmocka_unit_test(how_programs_and_threads_begin_does_not_count),
		cmocka_unit_test(a_file_that_is_not_known_may_be_any_but_does_not_read_the_same),
		cmocka_unit_test(frames_that_a_tail_call_leaves_out_cost_their_share),
		cmocka_unit_test(the_frame_that_names_it_may_be_a_tail_call_itself),
		cmocka_unit_test(what_reads_the_same_goes_first_then_the_best_fit),
		cmocka_unit_test(of_two_that_fit_the_better_one_gets_it),
		cmocka_unit_test(no_row_is_taken_twice_and_strangers_stay_alone),
		cmocka_unit_test(a_caller_that_was_replaced_is_another_site),
		cmocka_unit_test(a_site_without_its_naming_frame_is_found_last),
		cmocka_unit_test(sites_without_frames_go_by_name),
		cmocka_unit_test(a_function_that_calls_itself_is_one_frame_of_figures),
		cmocka_unit_test(a_hundred_thousand_sites_are_matched_in_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
