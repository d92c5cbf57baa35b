/* SPDX-License-Identifier: MIT */
/*
 * symbols.h - from (module, address) to functions, files and lines, offline.
 *
 * Reads ELF and DWARF of the files that the trace names, after the fact, on any machine that has
 * them. No byte of those files is trusted, none of their code runs. Debug files are looked for by
 * build-id, then by .gnu_debuglink, and on the network only if the user's environment sets
 * DEBUGINFOD_URLS. Never prints. One thread at a time per struct pt_symbols.
 */
#ifndef PT_SYMBOLS_H
#define PT_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PT_SYMBOLS_BUILD_ID_BYTES_MAX 64

/* A module as recorded in the trace. `path` is absolute, or a name with no file behind it. */
struct pt_symbol_module {
	const char *path;
	const uint8_t *build_id; /* NULL if build_id_bytes is 0 */
	size_t build_id_bytes;
};

/*
 * One frame. Strings belong to the struct pt_symbols and live as long as it does; the same text
 * is the same pointer. What is not known is NULL, or 0 for the line. When function is NULL, show
 * the base name of `module` + 0x`offset_bytes`.
 */
struct pt_frame {
	const char *function;  /* demangled, without @VERSION */
	const char *file;      /* absolute, as the compiler was given it: not normalised */
	uint32_t line;	       /* 1 = first; 0 = unknown */
	const char *module;    /* the recorded path */
	uint64_t offset_bytes; /* the ELF virtual address, as addr2line -e MODULE takes it */
	bool inlined;	       /* this function was inlined into that of the next frame */
};

/* What could be learnt about a module; all but PT_SYMBOLS_WHOLE deserve a note. */
enum pt_symbols_state {
	PT_SYMBOLS_WHOLE,	/* functions, files and lines */
	PT_SYMBOLS_NO_DEBUG,	/* functions from the ELF symbol table, no files or lines */
	PT_SYMBOLS_NONE,	/* the right file, but it is stripped of all symbols */
	PT_SYMBOLS_CHANGED,	/* another build-id than the recorded one: not used */
	PT_SYMBOLS_MISSING,	/* no file of that name any more */
	PT_SYMBOLS_NO_FILE,	/* never was a file: the vdso, generated code */
	PT_SYMBOLS_NOT_REGULAR, /* a FIFO, device or folder: not opened */
	PT_SYMBOLS_NOT_ELF,	/* regular, but no executable or shared object */
	PT_SYMBOLS_UNREADABLE,	/* permission, too many open files, an I/O error */
};

struct pt_symbols;

/* pt_symbols_init() - an empty set of modules. Opens nothing. Returns 0 or -PT_ENOMEM. */
int pt_symbols_init(struct pt_symbols **out);

/* pt_symbols_fini() - frees it with every frame and string it gave out. `s` may be NULL. */
void pt_symbols_fini(struct pt_symbols *s);

/*
 * pt_symbols_set_debug_root() - where separate debug files are, instead of /usr/lib/debug.
 *
 * Call it before the first module is resolved. Returns 0, -PT_EINVAL (not an absolute path) or
 * -PT_ENOMEM.
 */
int pt_symbols_set_debug_root(struct pt_symbols *s, const char *dir);

/*
 * pt_symbols_module() - give a module an id, without opening it.
 *
 * m:      copied; the same path and build-id give the same id.
 * id_out: ids count up from 0.
 *
 * Returns 0, -PT_EINVAL (no path, or a build-id of more than PT_SYMBOLS_BUILD_ID_BYTES_MAX bytes)
 * or -PT_ENOMEM.
 */
int pt_symbols_module(struct pt_symbols *s, const struct pt_symbol_module *m, uint32_t *id_out);

/*
 * pt_symbols_resolve() - the frames of one address, innermost (inlined) first.
 *
 * vaddr:  ELF virtual address = ip - load bias. For a return address the caller has already
 *         subtracted 1, so that the call itself is meant and not what follows it.
 * frames: owned by s, kept until pt_symbols_fini(); asking again is one table look-up.
 *         Always at least one, even for a module that is missing.
 *
 * The first call on a module opens and indexes it. Returns 0, -PT_EINVAL (no such id) or
 * -PT_ENOMEM; an unreadable or corrupt module is no error, see pt_symbols_module_state().
 */
int pt_symbols_resolve(struct pt_symbols *s, uint32_t module_id, uint64_t vaddr,
		       const struct pt_frame **frames, size_t *frames_nr);

/*
 * pt_symbols_module_state() - how much is known of a module; opens it if nobody has yet.
 *
 * A changed or missing module whose debug file is found by the recorded build-id is WHOLE.
 * Returns 0, -PT_EINVAL (no such id) or -PT_ENOMEM.
 */
int pt_symbols_module_state(struct pt_symbols *s, uint32_t module_id, enum pt_symbols_state *out);

/* pt_symbols_note() - "changed since the recording", "missing", ...; NULL for PT_SYMBOLS_WHOLE. */
const char *pt_symbols_note(enum pt_symbols_state state);

#endif
