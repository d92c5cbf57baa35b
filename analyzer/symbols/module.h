/* SPDX-License-Identifier: MIT */
/* module.h - an open module, for the files of this room that answer questions about one. */
#ifndef PT_MODULE_H
#define PT_MODULE_H

#include <stdbool.h>

#include "binary.h"
#include "scopes.h"
#include "symtab.h"

struct pt_told;
struct pt_named;

/* All zero is empty. */
struct pt_types {
	struct pt_told *told;	/* what was asked before */
	struct pt_named *named; /* the types that were told, by name */
	struct pt_symtab objects;
	bool has_objects; /* the table was read */
};

/* All of them valid as long as the struct pt_symbols. */
struct pt_open_module {
	const struct pt_binary *binary;
	struct pt_scopes *scopes;
	struct pt_types *types;
};

/* pt_symbols_open() - open it if nobody has yet. Returns 0, -PT_EINVAL (no such id) or -PT_ENOMEM. */
int pt_symbols_open(struct pt_symbols *s, uint32_t module_id, struct pt_open_module *out);

/* pt_symbols_keep() - `text` as a string that s owns. NULL: no memory. */
const char *pt_symbols_keep(struct pt_symbols *s, const char *text);

/* pt_symbols_keep_symbol() - the same, demangled and without @VERSION. */
const char *pt_symbols_keep_symbol(struct pt_symbols *s, const char *symbol);

void pt_types_fini(struct pt_types *t);

#endif
