/* SPDX-License-Identifier: MIT */
/*
 * test_symbols_hostile.c - files that would block, crash or mislead whoever trusts them.
 *
 * test_symbols_hostile C SPLIT: the victims, see symbols_victim.c.
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

#include "analyzer/symbols/symbols.h"
#include "symbols_world.h"

static const char *victim, *victim_split;

static void what_is_no_regular_file_is_never_opened(void **state)
{
	struct world *w = *state;

	alarm(10); /* a FIFO would block us for good */
	assert_int_equal(mkfifo(in_dir(w, "fifo"), 0600), 0);
	ask(w, in_dir(w, "fifo"), NULL, 16);
	assert_nothing_known(w, PT_SYMBOLS_NOT_REGULAR);
	ask(w, "/dev/zero", NULL, 16);
	assert_nothing_known(w, PT_SYMBOLS_NOT_REGULAR);
	ask(w, w->dir, NULL, 16);
	assert_nothing_known(w, PT_SYMBOLS_NOT_REGULAR);
	alarm(0);
}

static void a_fifo_in_place_of_a_debug_file_does_not_block(void **state)
{
	struct truth t = run_victim(victim, "static");
	struct world *w = *state;

	alarm(10);
	strip_victim(w, victim);
	shell(w, "objcopy --add-gnu-debuglink=v.debug v && rm v.debug && mkfifo v.debug");
	install_by_build_id(w, "v.debug", victim);
	ask(w, in_dir(w, "v"), victim, t.vaddr);
	assert_nothing_known(w, PT_SYMBOLS_NO_DEBUG);
	alarm(0);
}

/* libdw looks for NAME.dwo beside the program before it looks where it was compiled. */
static void a_fifo_in_place_of_a_dwo_file_does_not_block(void **state)
{
	struct truth t = run_victim(victim_split, "static");
	struct world *w = *state;

	alarm(10);
	shell(w,
	      "dwo=$(readelf --debug-dump=info '%s' 2>/dev/null |"
	      " sed -n 's/.*_dwo_name.*: //p' | head -n 1) && test -n \"$dwo\" &&"
	      " mkdir -p \"$(dirname \"$dwo\")\" && mkfifo \"$dwo\"",
	      victim_split);
	shell(w, "cp '%s' v", victim_split);
	ask(w, in_dir(w, "v"), victim_split, t.vaddr);
	/* The lines are in the program itself, the name in its symbol table. */
	assert_line(w, t.lines[0]);
	alarm(0);
}

static void what_is_no_elf_file_says_so(void **state)
{
	struct world *w = *state;

	shell(w,
	      ": >empty && echo '#!/bin/sh' >short && seq 10000 >text && head -c 64 '%s' >header",
	      victim);
	shell(w, "objcopy -I binary -O elf64-x86-64 text object.o");
	ask(w, in_dir(w, "empty"), NULL, 16);
	assert_nothing_known(w, PT_SYMBOLS_NOT_ELF);
	ask(w, in_dir(w, "short"), NULL, 16);
	assert_nothing_known(w, PT_SYMBOLS_NOT_ELF);
	ask(w, in_dir(w, "text"), NULL, 16);
	assert_nothing_known(w, PT_SYMBOLS_NOT_ELF);
	ask(w, in_dir(w, "object.o"), NULL, 16);
	assert_nothing_known(w, PT_SYMBOLS_NOT_ELF);
	ask(w, in_dir(w, "header"), NULL, 16);
	assert_nothing_known(w, PT_SYMBOLS_NONE);
	ask(w, "/proc/self/maps", NULL, 16);
	assert_nothing_known(w, PT_SYMBOLS_NOT_ELF);
}

/* Write a changed copy of the victim, ask for some addresses, forget it again. */
static void ask_damaged(struct world *w, const uint8_t *bytes, size_t bytes_nr, uint64_t vaddr)
{
	const char *path = in_dir(w, "damaged");
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	struct pt_symbol_module m = { .path = path };
	struct pt_symbols *s;
	uint32_t id;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, bytes_nr), bytes_nr);
	close(fd);
	assert_int_equal(pt_symbols_init(&s), 0);
	assert_int_equal(pt_symbols_module(s, &m, &id), 0);
	for (uint64_t at = vaddr - 256; at < vaddr + 256; at += 8) {
		const struct pt_frame *frames;
		size_t nr;

		assert_int_equal(pt_symbols_resolve(s, id, at, &frames, &nr), 0);
		assert_true(nr >= 1);
	}
	pt_symbols_fini(s);
	assert_int_equal(unlink(path), 0);
}

/* Without a build-id, so that damage elsewhere is not simply "changed since the recording". */
static uint8_t *read_victim(struct world *w, const struct truth *t, size_t *bytes_nr)
{
	struct stat st;
	uint8_t *bytes;
	FILE *f;

	copy_without_build_id(w, victim, "v");
	/* Undamaged it is whole: the damage is what the rest of the test is about. */
	ask(w, in_dir(w, "v"), NULL, t->vaddr);
	assert_int_equal(w->state, PT_SYMBOLS_WHOLE);
	assert_int_equal(w->frames_nr, 3);
	f = fopen(in_dir(w, "v"), "re");
	assert_non_null(f);
	assert_int_equal(fstat(fileno(f), &st), 0);
	*bytes_nr = (size_t)st.st_size;
	bytes = malloc(*bytes_nr);
	assert_non_null(bytes);
	assert_int_equal(fread(bytes, 1, *bytes_nr, f), *bytes_nr);
	fclose(f);
	return bytes;
}

static void a_truncated_file_is_survived(void **state)
{
	struct truth t = run_victim(victim, "inlined");
	struct world *w = *state;
	size_t bytes_nr;
	uint8_t *bytes = read_victim(w, &t, &bytes_nr);

	for (size_t length = 0; length < bytes_nr; length += 61)
		ask_damaged(w, bytes, length, t.vaddr);
	free(bytes);
}

static void a_damaged_file_is_survived(void **state)
{
	struct truth t = run_victim(victim, "inlined");
	struct world *w = *state;
	size_t bytes_nr;
	uint8_t *bytes = read_victim(w, &t, &bytes_nr);
	uint8_t *copy = malloc(bytes_nr);

	assert_non_null(copy);
	srandom(5);
	for (int round = 0; round < 3000; round++) {
		memcpy(copy, bytes, bytes_nr);
		for (long edits = 1 + random() % 8; edits > 0; edits--) {
			static const uint8_t nasty[] = { 0, 1, 0x7f, 0x80, 0xff };
			size_t at = (size_t)random() % bytes_nr;

			copy[at] = random() % 2 ? (uint8_t)random() : nasty[random() % 5];
		}
		ask_damaged(w, copy, bytes_nr, t.vaddr);
	}
	free(copy);
	free(bytes);
}

int main(int argc, char **argv)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)
	const struct CMUnitTest tests[] = {
		T(what_is_no_regular_file_is_never_opened),
		T(a_fifo_in_place_of_a_debug_file_does_not_block),
		T(a_fifo_in_place_of_a_dwo_file_does_not_block),
		T(what_is_no_elf_file_says_so),
		T(a_truncated_file_is_survived),
		T(a_damaged_file_is_survived),
	};

	if (argc != 3) {
		fprintf(stderr, "usage: test_symbols_hostile VICTIM SPLIT-VICTIM\n");
		return 2;
	}
	victim = absolute(argv[1]);
	victim_split = absolute(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
