/* SPDX-License-Identifier: MIT */
/* binary.h - the files behind one module: itself, and what holds its debug information. */
#ifndef PT_BINARY_H
#define PT_BINARY_H

#include <elfutils/libdw.h>

#include "elffile.h"

struct pt_binary {
	struct pt_elffile main;	       /* none if missing, changed, ... */
	struct pt_elffile debug;       /* a separate debug file */
	struct pt_elffile alt;	       /* what several debug files share (dwz) */
	Dwarf *dwarf;		       /* of main or debug; NULL if there is none */
	Dwarf *dwarf_alt;	       /* of alt */
	size_t dwarf_bytes;	       /* size of the file that dwarf is in */
	const char *dwarf_folder;      /* of that file; NULL: unknown */
	uint64_t text_start, text_end; /* the executable segments lie in here; both 0 if none */
	enum pt_symbols_state state;
};

/*
 * pt_binary_open() - open and check whatever there is of a module; keeps no descriptor.
 *
 * A file of another build-id than the recorded one is closed again: only a debug file that has the
 * recorded one is used then. Cannot fail; `state` says what was found: WHOLE (there is DWARF),
 * NO_DEBUG (there is a file that may have a symbol table), else what is wrong with the module.
 */
void pt_binary_open(struct pt_binary *b, const struct pt_symbol_module *m, const char *debug_root);

void pt_binary_close(struct pt_binary *b);

#endif
