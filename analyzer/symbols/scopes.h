/* SPDX-License-Identifier: MIT */
/*
 * scopes.h - what DWARF says of an address: source line, function, and what was inlined there.
 */
#ifndef PT_SCOPES_H
#define PT_SCOPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "binary.h"
#include "ranges.h"

#define PT_SCOPES_FRAMES_MAX 64 /* of calls inlined deeper than this the innermost are left out */
#define PT_SCOPES_ENCLOSING_MAX 128 /* functions and blocks around an address; deeper is not seen */

/* Raw strings of libdw, valid as long as the binary. NULL and 0: unknown. */
struct pt_scope {
	const char *linkage_name; /* mangled, of C++ and Rust functions */
	const char *name;
	const char *file, *folder; /* folder: what a relative file is relative to, or NULL */
	uint32_t line;
};

struct pt_unit;

struct pt_scopes {
	struct pt_ranges ranges; /* value: index into units */
	struct pt_unit *units;
	size_t nr, room;
	uint64_t text_start, text_end;
	size_t budget; /* ranges that may still be read; out of it is an attack */
};

/*
 * pt_scopes_init() - index the compilation units; their functions when one is first asked for.
 *
 * Without DWARF in the binary it is empty. Returns 0 or -PT_ENOMEM; valid as long as b is.
 */
int pt_scopes_init(struct pt_scopes *s, const struct pt_binary *b);

/*
 * pt_scopes_find() - the frames at vaddr, innermost first.
 *
 * out:    room for PT_SCOPES_FRAMES_MAX; the names of the last may all be NULL (a line is known,
 *         the function is not).
 * nr_out: 0 if no unit has the address.
 *
 * Returns 0 or -PT_ENOMEM.
 */
int pt_scopes_find(struct pt_scopes *s, uint64_t vaddr, struct pt_scope *out, size_t *nr_out);

/*
 * pt_scopes_enclosing() - the entries around vaddr: the function, then blocks and inlined calls
 * in one another, outermost first.
 *
 * out:    room for PT_SCOPES_ENCLOSING_MAX; valid as long as the binary.
 * nr_out: 0 if no function is known there.
 *
 * Returns 0 or -PT_ENOMEM.
 */
int pt_scopes_enclosing(struct pt_scopes *s, uint64_t vaddr, Dwarf_Die *out, size_t *nr_out);

void pt_scopes_fini(struct pt_scopes *s);

#endif
