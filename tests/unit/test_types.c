/* SPDX-License-Identifier: MIT */
/*
 * test_types.c - what an allocation makes, what its fields are called, whose bytes static data are.
 *
 * test_types O0 O2: the victim, see types_victim.c, without and with optimisation.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "analyzer/symbols/types.h"
#include "format/error.h"
#include "symbols_world.h"

static const char *victims[2];

static uint32_t module_of(struct pt_symbols *s, const char *path)
{
	uint8_t id[PT_SYMBOLS_BUILD_ID_BYTES_MAX];
	struct pt_symbol_module m = { .path = path, .build_id = id };
	uint32_t module_id;

	m.build_id_bytes = read_build_id(path, id);
	assert_int_equal(pt_symbols_module(s, &m, &module_id), 0);
	return module_id;
}

static void check_text(const char *got, const char *expected)
{
	if (!expected) {
		assert_null(got);
		return;
	}
	assert_non_null(got);
	assert_string_equal(got, expected);
}

static void check_type(struct world *w, const char *victim, const char *what, const char *expected)
{
	struct truth t = run_victim(victim, what);
	const char *type = "unset";

	assert_int_equal(pt_symbols_type(w->symbols, module_of(w->symbols, victim), t.vaddr,
					 t.lines[0], &type),
			 0);
	check_text(type, expected);
}

static void check_both(struct world *w, const char *what, const char *expected)
{
	check_type(w, victims[0], what, expected);
	check_type(w, victims[1], what, expected);
}

static void a_pointer_that_takes_the_result_tells_the_type(void **state)
{
	check_both(*state, "plain", "struct conn");
}

static void a_constructor_tells_by_what_it_returns(void **state)
{
	check_both(*state, "constructor", "struct left");
}

static void an_out_parameter_tells_the_type(void **state)
{
	check_both(*state, "out", "struct late");
}

static void a_nameless_struct_goes_by_its_typedef(void **state)
{
	check_both(*state, "nameless", "pair_t");
}

static void two_types_of_the_size_tell_nothing(void **state)
{
	check_both(*state, "two", NULL);
}

static void of_two_types_the_one_declared_on_the_line_of_the_call_is_made(void **state)
{
	check_both(*state, "line", "struct left");
}

/* A buffer whose size happens to be that of a type in scope. */
static void bytes_are_not_taken_for_a_struct_of_their_size(void **state)
{
	check_both(*state, "bytes", NULL);
}

/* Optimised code says which variable is in the register of the result; at -O0 nothing does. */
static void of_two_types_the_one_in_the_result_register_is_made(void **state)
{
	check_type(*state, victims[0], "later", NULL);
	check_type(*state, victims[1], "later", "struct left");
}

static void an_inlined_wrapper_is_looked_through(void **state)
{
	check_both(*state, "inlined", "struct late");
}

static void another_size_is_another_type(void **state)
{
	struct world *w = *state;
	struct truth t = run_victim(victims[1], "plain");
	uint32_t module = module_of(w->symbols, victims[1]);
	const char *type = "unset";

	assert_int_equal(pt_symbols_type(w->symbols, module, t.vaddr, t.lines[0] + 8, &type), 0);
	assert_null(type);
	assert_int_equal(pt_symbols_type(w->symbols, module + 1, t.vaddr, 8, &type), -PT_EINVAL);
}

static void a_wrapper_is_answered_for_by_its_caller(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 2; i++) {
		struct truth t = run_victim(victims[i], "wrapper");
		struct truth outer = run_victim(victims[i], "outer");
		uint32_t m = module_of(w->symbols, victims[i]);
		struct pt_type_frame frames[] = { { m, t.vaddr }, { m, outer.vaddr } };
		const char *type = "unset";
		size_t teller = 99;

		check_type(w, victims[i], "wrapper", NULL);
		assert_int_equal(pt_symbols_type_of_stack(w->symbols, frames, 2, t.lines[0], &type,
							  &teller),
				 0);
		check_text(type, "struct conn");
		assert_int_equal(teller, 1);
	}
}

/* Where one function doubts, a pointer further out that fits is chance. */
static void nobody_answers_for_a_frame_in_doubt(void **state)
{
	struct world *w = *state;
	struct truth t = run_victim(victims[0], "two"), outer = run_victim(victims[0], "line");
	uint32_t m = module_of(w->symbols, victims[0]);
	struct pt_type_frame frames[] = { { m, t.vaddr }, { m, outer.vaddr } };
	const char *type = "unset";
	size_t teller;

	assert_int_equal(
		pt_symbols_type_of_stack(w->symbols, frames, 2, t.lines[0], &type, &teller), 0);
	assert_null(type);
}

/* The layout of struct conn on LP64. */
static void fields_are_named_as_the_source_has_them(void **state)
{
	static const struct {
		uint64_t offset;
		const char *name;
	} fields[] = {
		{ 0, "fd" },	     { 4, NULL },	      { 8, "session" },
		{ 12, NULL },	     { 16, "inner.next" },    { 24, "inner.prev" },
		{ 32, "first|second" }, { 40, "slots[0].nr" }, { 48, "slots[0].head" },
		{ 96, "slots[3].head" }, { 104, "grid[0][0]" }, { 144, "grid[1][2]" },
		{ 152, NULL },	     { 1000, NULL },	      { UINT64_MAX, NULL },
	};
	struct world *w = *state;

	check_both(w, "plain", "struct conn");
	for (size_t i = 0; i < 2 * sizeof(fields) / sizeof(fields[0]); i++) {
		const char *name = "unset";

		assert_int_equal(pt_symbols_field(w->symbols,
						  module_of(w->symbols, victims[i % 2]),
						  "struct conn", fields[i / 2].offset, &name),
				 0);
		if (!name != !fields[i / 2].name)
			fail_msg("offset %llu: %s", (unsigned long long)fields[i / 2].offset,
				 name ? name : "no name");
		if (name)
			check_text(name, fields[i / 2].name);
	}
	assert_int_equal(run_victim(victims[0], "session").vaddr, 8);
}

static void a_type_that_was_never_told_has_no_fields(void **state)
{
	struct world *w = *state;
	const char *name = "unset";

	assert_int_equal(pt_symbols_field(w->symbols, module_of(w->symbols, victims[0]),
					  "struct nobody", 0, &name),
			 0);
	assert_null(name);
}

static void static_data_is_named_with_the_offset_into_it(void **state)
{
	struct world *w = *state;
	struct truth t = run_victim(victims[1], "table");
	uint32_t module = module_of(w->symbols, victims[1]);
	uint64_t offset = 1;
	const char *name;

	assert_int_equal(
		pt_symbols_variable(w->symbols, module, t.vaddr + 168, &name, &offset), 0);
	check_text(name, "victim_table");
	assert_int_equal(offset, 168);
	assert_int_equal(pt_symbols_variable(w->symbols, module, t.vaddr + t.lines[0], &name,
					     &offset),
			 0);
	assert_true(!name || strcmp(name, "victim_table") != 0);
	assert_int_equal(pt_symbols_variable(w->symbols, module, 1, &name, &offset), 0);
	assert_null(name);
	assert_int_equal(offset, 0);
}

static void a_stripped_program_tells_nothing(void **state)
{
	struct world *w = *state;
	struct truth t = run_victim(victims[1], "plain"), table = run_victim(victims[1], "table");
	const char *text = "unset";
	uint64_t offset;
	uint32_t module;

	strip_victim(w, victims[1]);
	module = module_of(w->symbols, in_dir(w, "v"));
	assert_int_equal(pt_symbols_type(w->symbols, module, t.vaddr, t.lines[0], &text), 0);
	assert_null(text);
	assert_int_equal(pt_symbols_field(w->symbols, module, "struct conn", 8, &text), 0);
	assert_null(text);
	assert_int_equal(pt_symbols_variable(w->symbols, module, table.vaddr, &text, &offset), 0);
	assert_null(text);
}

static void ask_everything(const char *path, const struct truth *t)
{
	struct pt_symbol_module m = { .path = path };
	struct pt_symbols *s;
	const char *type, *name;
	uint64_t offset;
	uint32_t id;

	assert_int_equal(pt_symbols_init(&s), 0);
	assert_int_equal(pt_symbols_module(s, &m, &id), 0);
	for (uint64_t at = t->vaddr - 128; at < t->vaddr + 256; at += 16) {
		assert_int_equal(pt_symbols_type(s, id, at, t->lines[0], &type), 0);
		assert_int_equal(pt_symbols_variable(s, id, at, &name, &offset), 0);
	}
	assert_int_equal(pt_symbols_type(s, id, t->vaddr, t->lines[0], &type), 0);
	for (offset = 0; type && offset < t->lines[0]; offset += 8)
		assert_int_equal(pt_symbols_field(s, id, type, offset, &name), 0);
	pt_symbols_fini(s);
}

/* Only the types and functions are damaged: whatever else is, other tests see to. */
static void damaged_debug_information_ends_and_crashes_nothing(void **state)
{
	struct world *w = *state;
	struct truth t = run_victim(victims[1], "plain");
	uint64_t random = 0x9e3779b97f4a7c15u;
	struct stat st;
	uint8_t *info;
	int fd;

	copy_without_build_id(w, victims[1], "v");
	shell(w, "objcopy --dump-section .debug_info=info v /dev/null");
	fd = open(in_dir(w, "info"), O_RDWR | O_CLOEXEC);
	assert_true(fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 100);
	info = malloc((size_t)st.st_size);
	assert_non_null(info);
	assert_int_equal(pread(fd, info, (size_t)st.st_size, 0), st.st_size);
	alarm(100);
	for (int round = 0; round < 100; round++) {
		assert_int_equal(pwrite(fd, info, (size_t)st.st_size, 0), st.st_size);
		for (int i = 0; i < 1 + round / 4; i++) {
			random ^= random << 13, random ^= random >> 7, random ^= random << 17;
			assert_int_equal(pwrite(fd, (uint8_t[]){ (uint8_t)(random >> 56) }, 1,
						(off_t)(12 + random % (uint64_t)(st.st_size - 12))),
					 1);
		}
		shell(w, "objcopy --update-section .debug_info=info v damaged");
		ask_everything(in_dir(w, "damaged"), &t);
	}
	alarm(0);
	free(info);
	close(fd);
}

#define TEST(promise) cmocka_unit_test_setup_teardown(promise, world_open, world_close)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(a_pointer_that_takes_the_result_tells_the_type),
		TEST(a_constructor_tells_by_what_it_returns),
		TEST(an_out_parameter_tells_the_type),
		TEST(a_nameless_struct_goes_by_its_typedef),
		TEST(two_types_of_the_size_tell_nothing),
		TEST(of_two_types_the_one_declared_on_the_line_of_the_call_is_made),
		TEST(bytes_are_not_taken_for_a_struct_of_their_size),
		TEST(of_two_types_the_one_in_the_result_register_is_made),
		TEST(an_inlined_wrapper_is_looked_through),
		TEST(another_size_is_another_type),
		TEST(a_wrapper_is_answered_for_by_its_caller),
		TEST(nobody_answers_for_a_frame_in_doubt),
		TEST(fields_are_named_as_the_source_has_them),
		TEST(a_type_that_was_never_told_has_no_fields),
		TEST(static_data_is_named_with_the_offset_into_it),
		TEST(a_stripped_program_tells_nothing),
		TEST(damaged_debug_information_ends_and_crashes_nothing),
	};

	if (argc != 3) {
		fprintf(stderr, "usage: test_types O0 O2\n");
		return 2;
	}
	victims[0] = absolute(argv[1]);
	victims[1] = absolute(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
