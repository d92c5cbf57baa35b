/* SPDX-License-Identifier: MIT */
/*
 * types.h - what DWARF tells of data: the type that an allocation makes, the field at an offset of
 * it, the variable at an address.
 *
 * DWARF does not say what an allocation call makes; it is worked out from what the calling function
 * has at hand, and where that leaves a doubt the answer is NULL. Trust and ownership as in symbols.h:
 * no byte is trusted, strings belong to the struct pt_symbols and the same text is the same pointer.
 */
#ifndef PT_TYPES_H
#define PT_TYPES_H

#include <stddef.h>
#include <stdint.h>

#include "symbols.h"

#define PT_TYPE_FRAMES_MAX 3 /* further out nothing is asked: wrappers are rarely deeper */

struct pt_type_frame {
	uint32_t module_id;
	uint64_t vaddr; /* as in pt_symbols_resolve(): of a return address, minus 1 */
};

/*
 * pt_symbols_type() - which struct, union or class the allocation call at vaddr makes.
 *
 * size_bytes: what was asked for; only a type of exactly this size is told.
 * type_out:   "struct conn", "union value", "class Conn", or the plain name of a typedef of a type
 *             that has no other. NULL: not told for sure.
 *
 * The first call on a module opens and indexes it; asking again is one table look-up. Returns 0,
 * -PT_EINVAL (no such module) or -PT_ENOMEM.
 */
int pt_symbols_type(struct pt_symbols *s, uint32_t module_id, uint64_t vaddr, uint64_t size_bytes,
		    const char **type_out);

/*
 * pt_symbols_type_of_stack() - the same for a call stack: the first frame that tells, or NULL.
 *
 * frames: innermost first, from the function that called the allocator; at most
 *         PT_TYPE_FRAMES_MAX are asked, and none after one that leaves two possible types or makes
 *         something else (an array of bytes).
 * teller: which frame told: its module is the one to ask for fields. Set if there is a type.
 */
int pt_symbols_type_of_stack(struct pt_symbols *s, const struct pt_type_frame *frames,
			     size_t frames_nr, uint64_t size_bytes, const char **type_out,
			     size_t *teller);

/*
 * pt_symbols_field() - the field of `type` that starts at offset (bytes).
 *
 * type:     as pt_symbols_type() gave it for this module.
 * name_out: "session", "inner.next", "slots[3].head"; of a union the alternatives that are pointers
 *           there, "a|b", else the first one. NULL: no field starts exactly there, or the type is
 *           not known, or the module has two of this name that differ.
 *
 * Returns 0, -PT_EINVAL (no such module) or -PT_ENOMEM.
 */
int pt_symbols_field(struct pt_symbols *s, uint32_t module_id, const char *type, uint64_t offset,
		     const char **name_out);

/*
 * pt_symbols_variable() - the static variable around vaddr, from the ELF symbol table.
 *
 * name_out:   demangled, without @VERSION; NULL: none covers vaddr.
 * offset_out: bytes from its start; 0 if there is none.
 *
 * Returns 0, -PT_EINVAL (no such module) or -PT_ENOMEM.
 */
int pt_symbols_variable(struct pt_symbols *s, uint32_t module_id, uint64_t vaddr,
			const char **name_out, uint64_t *offset_out);

#endif
