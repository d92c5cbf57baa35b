/* SPDX-License-Identifier: MIT */
/*
 * test_symbols_files.c - which file may speak for a module, and which must not even be opened.
 *
 * test_symbols_files C SPLIT: the victims, see symbols_victim.c. objcopy makes the variants.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "analyzer/symbols/symbols.h"
#include "symbols_world.h"

static const char *victim, *victim_split;

static void a_debug_file_is_found_by_build_id(void **state)
{
	struct truth t = run_victim(victim, "static");
	struct world *w = *state;

	strip_victim(w, victim);
	install_by_build_id(w, "v.debug", victim);
	ask(w, in_dir(w, "v"), victim, t.vaddr);
	assert_line(w, t.lines[0]);
}

static void a_debug_file_of_symbols_only_gives_the_names(void **state)
{
	struct truth t = run_victim(victim, "static");
	struct world *w = *state;

	strip_victim(w, victim);
	shell(w, "objcopy --strip-debug v.debug");
	install_by_build_id(w, "v.debug", victim);
	ask(w, in_dir(w, "v"), victim, t.vaddr);
	assert_int_equal(w->state, PT_SYMBOLS_NO_DEBUG);
	assert_string_equal(w->frames[0].function, "victim_static");
	assert_null(w->frames[0].file);
}

#define DWZ_ARGS "-q -m shared -M shared v.debug x.debug 2>/dev/null"

/* False where it is not installed, or does not know what the compiler writes. */
static bool can_dwz(void)
{
	struct world *w;
	void *state;
	bool can;

	if (world_open(&state) != 0)
		return false;
	w = state;
	strip_victim(w, victim);
	shell(w, "cp v.debug x.debug; dwz " DWZ_ARGS " || :");
	can = access(in_dir(w, "shared"), R_OK) == 0;
	world_close(&state);
	return can;
}

static void assert_outer(const struct world *w, const struct truth *t)
{
	assert_int_equal(w->state, PT_SYMBOLS_WHOLE);
	assert_int_equal(w->frames_nr, 3);
	assert_string_equal(w->frames[0].function, "victim_inner");
	assert_string_equal(w->frames[2].function, "victim_outer");
	assert_int_equal(w->frames[2].line, t->lines[2]);
}

/* dwz -m moves what two debug files share into a third; without it they cannot be read. */
static void what_dwz_moved_to_a_shared_file_is_found(void **state)
{
	struct truth t = run_victim(victim, "inlined");
	struct world *w = *state;

	strip_victim(w, victim);
	shell(w, "cp v v2 && cp v v3 && cp v.debug x.debug && dwz " DWZ_ARGS);
	install_by_build_id(w, "v.debug", victim);
	ask(w, in_dir(w, "v"), victim, t.vaddr);
	assert_outer(w, &t);

	shell(w, "mv shared elsewhere");
	install_by_build_id(w, "elsewhere", in_dir(w, "elsewhere"));
	ask(w, in_dir(w, "v2"), victim, t.vaddr);
	assert_outer(w, &t);

	alarm(10);
	shell(w, "rm elsewhere && mkfifo shared");
	ask(w, in_dir(w, "v3"), victim, t.vaddr);
	assert_int_equal(w->state, PT_SYMBOLS_NO_DEBUG);
	assert_string_equal(w->frames[0].function, "victim_outer");
	alarm(0);
}

static void a_compressed_debug_file_is_read(void **state)
{
	struct truth t = run_victim(victim, "static");
	struct world *w = *state;

	strip_victim(w, victim);
	shell(w, "objcopy --compress-debug-sections v.debug");
	install_by_build_id(w, "v.debug", victim);
	ask(w, in_dir(w, "v"), victim, t.vaddr);
	assert_line(w, t.lines[0]);
}

static void a_debug_file_is_found_by_its_link_in_three_places(void **state)
{
	static const char *const places[] = { ".", "./.debug", "./root$PWD" };
	struct truth t = run_victim(victim, "static");
	struct world *w = *state;

	for (size_t i = 0; i < 3; i++) {
		strip_victim(w, victim);
		shell(w, "objcopy --add-gnu-debuglink=v.debug v 'v %zu' && mkdir -p %s", i,
		      places[i]);
		shell(w, "mv v.debug linked && mv linked %s/v.debug", places[i]);
		char name[8] = "v ";

		name[2] = (char)('0' + i);
		ask(w, in_dir(w, name), victim, t.vaddr);
		assert_line(w, t.lines[0]);
		shell(w, "rm %s/v.debug", places[i]);
	}
}

static void a_linked_debug_file_of_another_build_is_not_used(void **state)
{
	struct truth t = run_victim(victim, "static");
	struct world *w = *state;

	strip_victim(w, victim);
	shell(w, "objcopy --add-gnu-debuglink=v.debug v && objcopy --only-keep-debug '%s' v.debug",
	      victim_split);
	ask(w, in_dir(w, "v"), victim, t.vaddr);
	assert_nothing_known(w, PT_SYMBOLS_NO_DEBUG);
}

static void without_a_build_id_the_link_must_have_the_right_checksum(void **state)
{
	struct truth t = run_victim(victim, "static");
	struct world *w = *state;

	copy_without_build_id(w, victim, "full");
	shell(w, "objcopy --only-keep-debug full v.debug && objcopy --strip-all full v");
	shell(w, "objcopy --add-gnu-debuglink=v.debug v good && cp good bad");
	ask(w, in_dir(w, "good"), NULL, t.vaddr);
	assert_line(w, t.lines[0]);
	shell(w, "printf x >>v.debug");
	ask(w, in_dir(w, "bad"), NULL, t.vaddr);
	assert_nothing_known(w, PT_SYMBOLS_NO_DEBUG);
}

static void a_file_that_changed_since_the_recording_is_not_used(void **state)
{
	struct truth t = run_victim(victim, "static");
	struct world *w = *state;

	ask(w, victim_split, victim, t.vaddr);
	assert_nothing_known(w, PT_SYMBOLS_CHANGED);
	assert_string_equal(pt_symbols_note(w->state), "changed since the recording");
	/* Nor one that has a build-id where none was recorded, nor the other way round. */
	ask(w, victim, NULL, t.vaddr);
	assert_nothing_known(w, PT_SYMBOLS_CHANGED);
	copy_without_build_id(w, victim, "v");
	ask(w, in_dir(w, "v"), victim, t.vaddr);
	assert_nothing_known(w, PT_SYMBOLS_CHANGED);
}

static void a_changed_or_missing_file_is_known_by_its_recorded_debug_file(void **state)
{
	struct truth t = run_victim(victim, "static");
	struct world *w = *state;

	strip_victim(w, victim);
	install_by_build_id(w, "v.debug", victim);
	ask(w, victim_split, victim, t.vaddr);
	assert_line(w, t.lines[0]);
	ask(w, "/gone/victim", victim, t.vaddr);
	assert_line(w, t.lines[0]);
}

static void a_debug_file_of_another_build_is_not_used_even_under_the_right_name(void **state)
{
	struct truth t = run_victim(victim, "static");
	struct world *w = *state;

	shell(w, "objcopy --strip-all '%s' v && objcopy --only-keep-debug '%s' v.debug", victim,
	      victim_split);
	install_by_build_id(w, "v.debug", victim);
	ask(w, in_dir(w, "v"), victim, t.vaddr);
	assert_nothing_known(w, PT_SYMBOLS_NO_DEBUG);
}

static void a_missing_file_says_so(void **state)
{
	struct world *w = *state;

	ask(w, in_dir(w, "gone"), NULL, 16);
	assert_nothing_known(w, PT_SYMBOLS_MISSING);
	ask(w, in_dir(w, "gone (deleted)"), NULL, 16);
	assert_nothing_known(w, PT_SYMBOLS_MISSING);
	assert_string_equal(pt_symbols_note(w->state), "missing");
}

static void the_vdso_and_other_names_without_a_path_are_never_opened(void **state)
{
	struct truth t = run_victim(victim, "static");
	struct world *w = *state;

	/* A file of that name in our own folder has nothing to do with it. */
	shell(w, "cp '%s' linux-vdso.so.1", victim);
	assert_int_equal(chdir(w->dir), 0);
	ask(w, "linux-vdso.so.1", victim, t.vaddr);
	assert_nothing_known(w, PT_SYMBOLS_NO_FILE);
	ask(w, "", victim, t.vaddr);
	assert_nothing_known(w, PT_SYMBOLS_NO_FILE);
	assert_int_equal(chdir("/"), 0);
}

static void a_file_without_any_symbol_says_so(void **state)
{
	struct truth t = run_victim(victim, "static");
	struct world *w = *state;

	shell(w,
	      "objcopy --strip-all --remove-section=.dynsym --remove-section=.gnu.version"
	      " --remove-section=.gnu.hash --remove-section=.rela.dyn --remove-section=.rela.plt"
	      " '%s' v 2>/dev/null",
	      victim);
	ask(w, in_dir(w, "v"), victim, t.vaddr);
	assert_nothing_known(w, PT_SYMBOLS_NONE);
	assert_string_equal(pt_symbols_note(w->state), "no symbols");
}

static void a_path_may_hold_spaces_quotes_and_non_ascii(void **state)
{
	struct truth t = run_victim(victim, "static");
	struct world *w = *state;

	shell(w, "mkdir 'a b\" \303\244' && cp '%s' 'a b\" \303\244/v i'", victim);
	ask(w, in_dir(w, "a b\" \303\244/v i"), victim, t.vaddr);
	assert_line(w, t.lines[0]);
}

static size_t count_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	size_t nr = 0;

	assert_non_null(dir);
	while (readdir(dir))
		nr++;
	closedir(dir);
	return nr;
}

static void no_descriptor_stays_open(void **state)
{
	struct truth t = run_victim(victim, "static");
	size_t before = count_descriptors();
	struct world *w = *state;

	strip_victim(w, victim);
	install_by_build_id(w, "v.debug", victim);
	ask(w, in_dir(w, "v"), victim, t.vaddr);
	assert_line(w, t.lines[0]);
	ask(w, victim, victim, t.vaddr);
	ask(w, victim_split, victim, t.vaddr);
	assert_int_equal(count_descriptors(), before);
}

static bool is_loaded(const char *library)
{
	char line[512];
	FILE *maps = fopen("/proc/self/maps", "re");
	bool found = false;

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps))
		found |= strstr(line, library) != NULL;
	fclose(maps);
	return found;
}

/* Asked in a child, because loading it here would spoil the test that nobody does. */
static bool have_debuginfod(void)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(!dlopen("libdebuginfod.so.1", RTLD_LAZY));
	return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/* A debuginfod is a tree of files, so a file: URL can play one. */
static void serve_debug_file(struct world *w)
{
	uint8_t id[PT_SYMBOLS_BUILD_ID_BYTES_MAX];
	char hex[2 * PT_SYMBOLS_BUILD_ID_BYTES_MAX + 1];
	size_t bytes = read_build_id(victim, id);

	for (size_t i = 0; i < bytes; i++)
		snprintf(hex + 2 * i, 3, "%02x", id[i]);
	strip_victim(w, victim);
	shell(w, "mkdir -p server/buildid/%s && mv v.debug server/buildid/%s/debuginfo", hex, hex);
	setenv("DEBUGINFOD_CACHE_PATH", in_dir(w, "cache"), 1);
}

static void debuginfod_is_not_even_loaded_unless_the_environment_names_one(void **state)
{
	struct truth t = run_victim(victim, "static");
	struct world *w = *state;

	serve_debug_file(w);
	shell(w, "cp v v2");
	ask(w, in_dir(w, "v"), victim, t.vaddr);
	assert_nothing_known(w, PT_SYMBOLS_NO_DEBUG);
	setenv("DEBUGINFOD_URLS", "", 1);
	ask(w, in_dir(w, "v2"), victim, t.vaddr);
	unsetenv("DEBUGINFOD_URLS");
	assert_nothing_known(w, PT_SYMBOLS_NO_DEBUG);
	assert_false(is_loaded("libdebuginfod"));
	assert_int_not_equal(access(in_dir(w, "cache"), F_OK), 0);
}

static void debuginfod_is_asked_if_the_environment_names_one(void **state)
{
	struct truth t = run_victim(victim, "static");
	struct world *w = *state;
	char url[128];

	serve_debug_file(w);
	snprintf(url, sizeof(url), "file://%s", in_dir(w, "server"));
	setenv("DEBUGINFOD_URLS", url, 1);
	ask(w, in_dir(w, "v"), victim, t.vaddr);
	unsetenv("DEBUGINFOD_URLS");
	assert_line(w, t.lines[0]);
}

#define T(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)

static const struct CMUnitTest tests[] = {
	T(a_debug_file_is_found_by_build_id),
	T(a_debug_file_of_symbols_only_gives_the_names),
	T(a_compressed_debug_file_is_read),
	T(a_debug_file_is_found_by_its_link_in_three_places),
	T(a_linked_debug_file_of_another_build_is_not_used),
	T(without_a_build_id_the_link_must_have_the_right_checksum),
	T(a_file_that_changed_since_the_recording_is_not_used),
	T(a_changed_or_missing_file_is_known_by_its_recorded_debug_file),
	T(a_debug_file_of_another_build_is_not_used_even_under_the_right_name),
	T(a_missing_file_says_so),
	T(the_vdso_and_other_names_without_a_path_are_never_opened),
	T(a_file_without_any_symbol_says_so),
	T(a_path_may_hold_spaces_quotes_and_non_ascii),
	T(no_descriptor_stays_open),
	T(debuginfod_is_not_even_loaded_unless_the_environment_names_one),
};
/* These need what is not everywhere; cmocka 1.1.5 calls a skipped test failed, so they are left
 * out. */
static const struct CMUnitTest with_debuginfod[] = {
	T(debuginfod_is_asked_if_the_environment_names_one),
};
static const struct CMUnitTest with_dwz[] = { T(what_dwz_moved_to_a_shared_file_is_found) };

#define TESTS_NR (sizeof(tests) / sizeof(tests[0]))

int main(int argc, char **argv)
{
	struct CMUnitTest all[TESTS_NR + 2];
	size_t nr = TESTS_NR;

	if (argc != 3) {
		fprintf(stderr, "usage: test_symbols_files VICTIM SPLIT-VICTIM\n");
		return 2;
	}
	victim = absolute(argv[1]);
	victim_split = absolute(argv[2]);
	memcpy(all, tests, sizeof(tests));
	if (can_dwz())
		all[nr++] = with_dwz[0];
	if (have_debuginfod())
		all[nr++] = with_debuginfod[0];
	return _cmocka_run_group_tests("symbols_files", all, nr, NULL, NULL);
}
