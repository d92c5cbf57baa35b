/* SPDX-License-Identifier: MIT */
/* symbols_world.c - see symbols_world.h. */
#include "symbols_world.h"

#include <elfutils/libdwelf.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

int world_open(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	if (!w)
		return -1;
	*state = w;
	snprintf(w->dir, sizeof(w->dir), "/tmp/pt-symbols.XXXXXX");
	/* A debuginfod of the machine's owner must not decide what is found here. */
	unsetenv("DEBUGINFOD_URLS");
	if (!mkdtemp(w->dir) || pt_symbols_init(&w->symbols) ||
	    pt_symbols_set_debug_root(w->symbols, in_dir(w, "root")))
		return -1;
	return 0;
}

int world_close(void **state)
{
	struct world *w = *state;
	char command[128];
	int rc;

	pt_symbols_fini(w->symbols);
	snprintf(command, sizeof(command), "rm -rf '%s'", w->dir);
	rc = system(command);
	free(w);
	return rc;
}

const char *in_dir(const struct world *w, const char *name)
{
	static char paths[8][512];
	static unsigned int next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", w->dir, name);
	return path;
}

const char *absolute(const char *path)
{
	static char paths[4][PATH_MAX];
	static unsigned int nr;

	if (!*path)
		return "";
	if (nr == 4 || !realpath(path, paths[nr])) {
		perror(path);
		exit(2);
	}
	return paths[nr++];
}

void shell(const struct world *w, const char *format, ...)
{
	char command[4096];
	va_list args;
	int at;

	at = snprintf(command, sizeof(command), "cd '%s' && ", w->dir);
	va_start(args, format);
	vsnprintf(command + at, sizeof(command) - (size_t)at, format, args);
	va_end(args);
	if (system(command) != 0)
		fail_msg("failed: %s", command);
}

struct truth run_victim(const char *program, const char *what)
{
	struct truth truth = { 0 };
	char command[1024], line[256], name[64];
	unsigned long vaddr;
	bool found = false;
	FILE *out;

	snprintf(command, sizeof(command), "'%s'", program);
	out = popen(command, "r");
	assert_non_null(out);
	while (fgets(line, sizeof(line), out)) {
		uint32_t *l = truth.lines;

		if (found || sscanf(line, "%63s %lx %u %u %u", name, &vaddr, l, l + 1, l + 2) != 5)
			continue;
		found = strcmp(name, what) == 0;
		truth.vaddr = vaddr;
	}
	assert_int_equal(pclose(out), 0);
	assert_true(found);
	return truth;
}

size_t read_build_id(const char *path, uint8_t id[PT_SYMBOLS_BUILD_ID_BYTES_MAX])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	const void *found;
	ssize_t bytes;
	Elf *elf;

	assert_true(fd >= 0);
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	assert_non_null(elf);
	bytes = dwelf_elf_gnu_build_id(elf, &found);
	if (bytes < 0)
		bytes = 0;
	assert_true(bytes <= PT_SYMBOLS_BUILD_ID_BYTES_MAX);
	if (bytes)
		memcpy(id, found, (size_t)bytes);
	elf_end(elf);
	close(fd);
	return (size_t)bytes;
}

void ask(struct world *w, const char *path, const char *recorded_as, uint64_t vaddr)
{
	uint8_t id[PT_SYMBOLS_BUILD_ID_BYTES_MAX];
	struct pt_symbol_module module = { .path = path, .build_id = id };

	if (recorded_as)
		module.build_id_bytes = read_build_id(recorded_as, id);
	assert_int_equal(pt_symbols_module(w->symbols, &module, &w->module_id), 0);
	assert_int_equal(
		pt_symbols_resolve(w->symbols, w->module_id, vaddr, &w->frames, &w->frames_nr), 0);
	assert_int_equal(pt_symbols_module_state(w->symbols, w->module_id, &w->state), 0);
	assert_true(w->frames_nr >= 1);
	for (size_t i = 0; i < w->frames_nr; i++) {
		assert_string_equal(w->frames[i].module, path);
		assert_int_equal(w->frames[i].offset_bytes, vaddr);
		assert_int_equal(w->frames[i].inlined, i + 1 < w->frames_nr);
	}
}

void install_by_build_id(const struct world *w, const char *name, const char *of)
{
	uint8_t id[PT_SYMBOLS_BUILD_ID_BYTES_MAX];
	char hex[2 * PT_SYMBOLS_BUILD_ID_BYTES_MAX + 1];
	size_t bytes = read_build_id(of, id);

	assert_true(bytes > 2);
	for (size_t i = 0; i < bytes; i++)
		snprintf(hex + 2 * i, 3, "%02x", id[i]);
	shell(w, "mkdir -p root/.build-id/%.2s && ln -s '%s/%s' root/.build-id/%.2s/%s.debug", hex,
	      w->dir, name, hex, hex + 2);
}

void strip_victim(const struct world *w, const char *victim)
{
	shell(w, "objcopy --only-keep-debug '%s' v.debug && objcopy --strip-all '%s' v", victim,
	      victim);
}

void copy_without_build_id(const struct world *w, const char *victim, const char *name)
{
	/* The note that holds it gets an owner that nobody knows. */
	shell(w, "objcopy --dump-section .note.gnu.build-id=note '%s' /dev/null", victim);
	shell(w, "LC_ALL=C sed -i s/GNU/XXX/ note");
	shell(w, "objcopy --update-section .note.gnu.build-id=note '%s' '%s'", victim, name);
}

void assert_line(const struct world *w, uint32_t line)
{
	assert_int_equal(w->state, PT_SYMBOLS_WHOLE);
	assert_non_null(w->frames[0].function);
	assert_string_equal(w->frames[0].function, "victim_static");
	assert_int_equal(w->frames[0].line, line);
}

void assert_nothing_known(const struct world *w, enum pt_symbols_state expected)
{
	assert_int_equal(w->state, expected);
	assert_int_equal(w->frames_nr, 1);
	assert_null(w->frames[0].function);
	assert_null(w->frames[0].file);
	assert_int_equal(w->frames[0].line, 0);
	assert_non_null(pt_symbols_note(expected));
}
