/* SPDX-License-Identifier: MIT */
/*
 * test_symbols.c - addresses of our own victims against what the victims say of themselves.
 *
 * test_symbols C CXX SPLIT: the victims, see symbols_victim.c; SPLIT has its DWARF in a .dwo file.
 * CXX is "" where there is no C++ compiler.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "analyzer/symbols/symbols.h"
#include "format/error.h"
#include "analyzer/symbols/opener.h"
#include "symbols_world.h"

static const char *victim_c, *victim_cxx, *victim_split;

static bool ends_with(const char *text, const char *end)
{
	size_t text_bytes = strlen(text), end_bytes = strlen(end);

	return text_bytes >= end_bytes && strcmp(text + text_bytes - end_bytes, end) == 0;
}

static void assert_frame(const struct world *w, size_t i, const char *function, uint32_t line)
{
	assert_true(i < w->frames_nr);
	assert_non_null(w->frames[i].function);
	assert_string_equal(w->frames[i].function, function);
	assert_int_equal(w->frames[i].line, line);
	assert_non_null(w->frames[i].file);
	assert_true(w->frames[i].file[0] == '/');
	assert_int_equal(access(w->frames[i].file, R_OK), 0);
}

static void assert_inlined_chain(const struct world *w, const struct truth *t)
{
	assert_int_equal(w->frames_nr, 3);
	assert_frame(w, 0, "victim_inner", t->lines[0]);
	assert_frame(w, 1, "victim_middle", t->lines[1]);
	assert_frame(w, 2, "victim_outer", t->lines[2]);
	assert_true(ends_with(w->frames[0].file, "/symbols_victim.c"));
	assert_int_equal(w->state, PT_SYMBOLS_WHOLE);
	assert_null(pt_symbols_note(w->state));
}

/* Opened by the opener or not: what is told of an address is the same. */
static void modules_can_be_opened_ahead(void **state)
{
	struct world *w = *state;
	struct truth t = run_victim(victim_c, "inlined");
	uint8_t id[PT_SYMBOLS_BUILD_ID_BYTES_MAX];
	struct pt_symbol_module m = { victim_c, id, read_build_id(victim_c, id) };
	struct pt_opener *o;

	assert_null(getenv("DEBUGINFOD_URLS"));
	for (int wishes = 0; wishes < 200; wishes = 3 * wishes + 1) {
		char path[64];

		o = pt_opener_start(w->symbols);
		assert_non_null(o);
		for (int i = 0; i < wishes; i++) {
			struct pt_symbol_module missing = { path, NULL, 0 };

			snprintf(path, sizeof(path), "/nowhere/%d.so", i);
			pt_opener_ask(o, i == wishes / 2 ? &m : &missing);
		}
		pt_opener_end(o);
		ask(w, victim_c, victim_c, t.vaddr);
		assert_inlined_chain(w, &t);
	}
	pt_opener_end(NULL);
	assert_int_equal(setenv("DEBUGINFOD_URLS", "http://localhost:1", 1), 0);
	assert_null(pt_opener_start(w->symbols)); /* nobody has asked for anything yet */
	unsetenv("DEBUGINFOD_URLS");
}

static void inlined_calls_come_innermost_first_with_the_line_of_each_call(void **state)
{
	struct truth t = run_victim(victim_c, "inlined");

	ask(*state, victim_c, victim_c, t.vaddr);
	assert_inlined_chain(*state, &t);
}

static void split_dwarf_is_followed_into_its_dwo_file(void **state)
{
	struct truth t = run_victim(victim_split, "inlined");

	ask(*state, victim_split, victim_split, t.vaddr);
	assert_inlined_chain(*state, &t);
}

static void a_static_function_has_its_name_file_and_line(void **state)
{
	struct truth t = run_victim(victim_c, "static");

	ask(*state, victim_c, victim_c, t.vaddr);
	assert_frame(*state, 0, "victim_static", t.lines[0]);
	assert_int_equal(((struct world *)*state)->frames_nr, 1);
}

static void a_symbol_is_shown_without_its_version(void **state)
{
	struct truth t = run_victim(victim_c, "versioned");
	struct world *w = *state;

	shell(w, "objcopy --strip-debug '%s' v && objcopy --strip-symbol=versioned_here v",
	      victim_c);
	shell(w, "readelf -sW v | grep -q ' victim_versioned@@VICTIM_1'");
	ask(w, in_dir(w, "v"), victim_c, t.vaddr);
	assert_string_equal(w->frames[0].function, "victim_versioned");
	assert_null(w->frames[0].file);
	assert_int_equal(w->frames[0].line, 0);
	assert_int_equal(w->state, PT_SYMBOLS_NO_DEBUG);
}

/* Also a test of functions that the linker dropped: see dropped_by_the_linker() in the victim. */
static void an_unsized_assembly_symbol_is_found(void **state)
{
	struct truth t = run_victim(victim_c, "unsized");
	struct world *w = *state;

	ask(w, victim_c, victim_c, t.vaddr);
	assert_string_equal(w->frames[0].function, "victim_unsized");
}

static void cpp_functions_have_namespace_template_and_parameters(void **state)
{
	static const struct {
		const char *what, *function;
	} places[] = {
		{ "template", "victim::box<int>::put(int const*) const" },
		{ "anonymous", "victim::(anonymous namespace)::hidden(int, char)" },
		{ "constructor", "victim::made::made()" },
		{ "lambda", "main::{lambda(long)#1}::operator()(long) const" },
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct truth t = run_victim(victim_cxx, places[i].what);

		ask(*state, victim_cxx, victim_cxx, t.vaddr);
		if (strcmp(places[i].what, "lambda") == 0) {
			/* GCC puts the call operator's clone under main's name, clang under a
			 * number. */
			const char *function = ((struct world *)*state)->frames[0].function;

			assert_non_null(strstr(function, "main::"));
			assert_non_null(strstr(function, "::operator()(long) const"));
			continue;
		}
		assert_frame(*state, 0, places[i].function, t.lines[0]);
	}
}

static void an_exported_function_of_a_stripped_program_has_its_name_only(void **state)
{
	struct truth t = run_victim(victim_c, "inlined");
	struct world *w = *state;

	shell(w, "objcopy --strip-all '%s' v", victim_c);
	ask(w, in_dir(w, "v"), victim_c, t.vaddr);
	assert_int_equal(w->frames_nr, 1);
	assert_string_equal(w->frames[0].function, "victim_outer");
	assert_null(w->frames[0].file);
	assert_string_equal(pt_symbols_note(w->state), "no debug information");
}

static void a_stripped_static_function_is_not_taken_for_its_neighbour(void **state)
{
	struct truth t = run_victim(victim_c, "static");
	struct world *w = *state;

	shell(w, "objcopy --strip-all '%s' v", victim_c);
	ask(w, in_dir(w, "v"), victim_c, t.vaddr);
	assert_int_equal(w->frames_nr, 1);
	assert_null(w->frames[0].function);
}

static void an_address_outside_of_the_module_has_one_frame_without_a_name(void **state)
{
	static const uint64_t addresses[] = { 0, 1, UINT64_MAX, UINT64_MAX - 1, UINT64_C(1) << 63 };
	struct world *w = *state;

	for (size_t i = 0; i < 5; i++) {
		ask(w, victim_c, victim_c, addresses[i]);
		assert_int_equal(w->frames_nr, 1);
		assert_null(w->frames[0].function);
		assert_null(w->frames[0].file);
	}
}

static void the_same_module_has_one_id_and_another_build_another(void **state)
{
	static const uint8_t one[] = { 1, 2, 3 }, two[] = { 1, 2, 4 };
	struct pt_symbol_module m = { "/a b/c", one, 3 };
	struct pt_symbols *s = ((struct world *)*state)->symbols;
	uint32_t ids[4];

	assert_int_equal(pt_symbols_module(s, &m, &ids[0]), 0);
	assert_int_equal(pt_symbols_module(s, &m, &ids[1]), 0);
	m.build_id = two;
	assert_int_equal(pt_symbols_module(s, &m, &ids[2]), 0);
	m.build_id_bytes = 0;
	assert_int_equal(pt_symbols_module(s, &m, &ids[3]), 0);
	assert_int_equal(ids[0], 0);
	assert_int_equal(ids[1], 0);
	assert_int_equal(ids[2], 1);
	assert_int_equal(ids[3], 2);
}

static void an_answer_is_given_twice_from_one_place(void **state)
{
	struct truth t = run_victim(victim_c, "inlined");
	struct world *w = *state;
	const struct pt_frame *first;

	ask(w, victim_c, victim_c, t.vaddr);
	first = w->frames;
	/* Many more in between: the table grows and the answer stays where it is. */
	for (uint64_t vaddr = 0; vaddr < 5000; vaddr++)
		ask(w, victim_c, victim_c, vaddr);
	ask(w, victim_c, victim_c, t.vaddr);
	assert_ptr_equal(w->frames, first);
	assert_inlined_chain(w, &t);
}

static void a_wrong_argument_is_refused(void **state)
{
	static const uint8_t id[PT_SYMBOLS_BUILD_ID_BYTES_MAX + 1];
	struct pt_symbols *s = ((struct world *)*state)->symbols;
	struct pt_symbol_module m = { "/x", id, sizeof(id) };
	enum pt_symbols_state module_state;
	const struct pt_frame *frames;
	size_t nr;
	uint32_t module_id;

	assert_int_equal(pt_symbols_module(s, &m, &module_id), -PT_EINVAL);
	m = (struct pt_symbol_module){ NULL, NULL, 0 };
	assert_int_equal(pt_symbols_module(s, &m, &module_id), -PT_EINVAL);
	assert_int_equal(pt_symbols_resolve(s, 0, 1, &frames, &nr), -PT_EINVAL);
	assert_int_equal(pt_symbols_module_state(s, 0, &module_state), -PT_EINVAL);
	assert_int_equal(pt_symbols_set_debug_root(s, "relative"), -PT_EINVAL);
	pt_symbols_fini(NULL);
}

#define T(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)

static const struct CMUnitTest tests[] = {
	T(modules_can_be_opened_ahead),
	T(inlined_calls_come_innermost_first_with_the_line_of_each_call),
	T(split_dwarf_is_followed_into_its_dwo_file),
	T(a_static_function_has_its_name_file_and_line),
	T(a_symbol_is_shown_without_its_version),
	T(an_unsized_assembly_symbol_is_found),
	T(an_exported_function_of_a_stripped_program_has_its_name_only),
	T(a_stripped_static_function_is_not_taken_for_its_neighbour),
	T(an_address_outside_of_the_module_has_one_frame_without_a_name),
	T(the_same_module_has_one_id_and_another_build_another),
	T(an_answer_is_given_twice_from_one_place),
	T(a_wrong_argument_is_refused),
};
/* cmocka 1.1.5 calls a skipped test failed, so without the victim it is left out. */
static const struct CMUnitTest with_cxx[] = {
	T(cpp_functions_have_namespace_template_and_parameters),
};

#define TESTS_NR (sizeof(tests) / sizeof(tests[0]))

int main(int argc, char **argv)
{
	struct CMUnitTest all[TESTS_NR + 1];
	size_t nr = TESTS_NR;

	if (argc != 4) {
		fprintf(stderr, "usage: test_symbols VICTIM CXX-VICTIM SPLIT-VICTIM\n");
		return 2;
	}
	victim_c = absolute(argv[1]);
	victim_cxx = absolute(argv[2]);
	victim_split = absolute(argv[3]);
	memcpy(all, tests, sizeof(tests));
	if (*victim_cxx)
		all[nr++] = with_cxx[0];
	return _cmocka_run_group_tests("symbols", all, nr, NULL, NULL);
}
