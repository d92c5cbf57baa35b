/* SPDX-License-Identifier: MIT */
/* symtab.h - the functions, or the variables, that ELF symbol tables name, by address. */
#ifndef PT_SYMTAB_H
#define PT_SYMTAB_H

#include <stdbool.h>

#include "binary.h"
#include "ranges.h"

struct pt_symbol {
	const char *name;     /* points into the mapped file */
	uint64_t section_end; /* the first address that is not in its section */
};

struct pt_symtab {
	struct pt_ranges ranges; /* value: index into symbols */
	struct pt_symbol *symbols;
	size_t nr, room;
	bool of_variables;
};

/*
 * pt_symtab_init() - read .symtab of the module or of its debug file, else .dynsym.
 *
 * What is damaged in them is left out. Returns 0 or -PT_ENOMEM; t is valid as long as b is.
 */
int pt_symtab_init(struct pt_symtab *t, const struct pt_binary *b);

/*
 * pt_symtab_find() - the raw name of the function around vaddr, still with @VERSION; NULL: none.
 *
 * A symbol with a size holds exactly that many bytes, so a stripped static function behind it is
 * not taken for it. One without (hand-written assembly) reaches to the next symbol or the end of
 * its section.
 */
const char *pt_symtab_find(const struct pt_symtab *t, uint64_t vaddr);

/* pt_symtab_init_variables() - the same for static data; ask with pt_symtab_find_variable() only. */
int pt_symtab_init_variables(struct pt_symtab *t, const struct pt_binary *b);

/* pt_symtab_find_variable() - raw name, and offset in bytes into it; NULL: none covers vaddr. */
const char *pt_symtab_find_variable(const struct pt_symtab *t, uint64_t vaddr, uint64_t *offset);

void pt_symtab_fini(struct pt_symtab *t);

#endif
