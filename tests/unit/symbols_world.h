/* SPDX-License-Identifier: MIT */
/*
 * symbols_world.h - what the tests of analyzer/symbols share: a folder of their own, victims that
 * tell the truth about their addresses, and one-line questions.
 *
 * Everything here fails the running cmocka test when something goes wrong.
 */
#ifndef PT_SYMBOLS_WORLD_H
#define PT_SYMBOLS_WORLD_H

#include <stdint.h>

#include "analyzer/symbols/symbols.h"

struct world {
	char dir[64];		    /* empty at the start of each test */
	struct pt_symbols *symbols; /* its debug root is dir/root */
	/* The last answer. */
	const struct pt_frame *frames;
	size_t frames_nr;
	enum pt_symbols_state state;
	uint32_t module_id;
};

/* What the victim says of one of its places. */
struct truth {
	uint64_t vaddr;
	uint32_t lines[3]; /* innermost first */
};

/* cmocka's setup and teardown of each test. */
int world_open(void **state);
int world_close(void **state);

/* shell() - a formatted command that must succeed, run in w->dir. */
void shell(const struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* run_victim() - what `program` prints of `what`. */
struct truth run_victim(const char *program, const char *what);

/* read_build_id() - of an ELF file; returns its size in bytes, 0 for none. */
size_t read_build_id(const char *path, uint8_t id[PT_SYMBOLS_BUILD_ID_BYTES_MAX]);

/* ask() - resolve vaddr in `path`, recorded with the build-id of the file `recorded_as` (or NULL).
 */
void ask(struct world *w, const char *path, const char *recorded_as, uint64_t vaddr);

/* install_by_build_id() - dir/NAME into dir/root/.build-id/, under the build-id of `of`. */
void install_by_build_id(const struct world *w, const char *name, const char *of);

/* absolute() - of a program on the command line; "" stays "". Kept until exit. */
const char *absolute(const char *path);

/* A path inside of the world; the string lives until eight more were asked for. */
const char *in_dir(const struct world *w, const char *name);

/* strip_victim() - dir/v, without its symbols, and dir/v.debug, which has them. */
void strip_victim(const struct world *w, const char *victim);

/* copy_without_build_id() - the victim as dir/NAME, its build-id made unrecognisable. */
void copy_without_build_id(const struct world *w, const char *victim, const char *name);

/* The last answer is the victim's static function, at this line. */
void assert_line(const struct world *w, uint32_t line);

/* The last answer is one frame with nothing but module and offset. */
void assert_nothing_known(const struct world *w, enum pt_symbols_state expected);

#endif
