/* SPDX-License-Identifier: MIT */
/*
 * dies.h - steps from one DWARF entry to the next that end on any input.
 *
 * libdw's own peeling of types and its sizes of aggregates follow references for as long as the
 * file has them go round in circles.
 */
#ifndef PT_DIES_H
#define PT_DIES_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stdint.h>

#define PT_DIE_SIZE_UNKNOWN UINT64_MAX
#define PT_DIE_DIMENSIONS_MAX 8

/* An array type; a count of PT_DIE_SIZE_UNKNOWN is a flexible array. */
struct pt_die_array {
	Dwarf_Die element;
	uint64_t element_bytes;
	uint64_t counts[PT_DIE_DIMENSIONS_MAX];
	unsigned int dimensions;
};

bool pt_die_first(Dwarf_Die *parent, Dwarf_Die *child);

/* pt_die_next() - to the next sibling, which lies behind it in the file. */
bool pt_die_next(Dwarf_Die *die);

/* pt_die_type() - the entry that DW_AT_type names, also of what `die` is an instance of. */
bool pt_die_type(Dwarf_Die *die, Dwarf_Die *type);

/*
 * pt_die_peel() - what is under const, volatile, ... and typedefs.
 *
 * alias: the innermost typedef's name, or NULL if there is none; may be NULL.
 *
 * Returns false for void and for what has no end.
 */
bool pt_die_peel(Dwarf_Die *type, const char **alias);

/* pt_die_is_record() - a struct, union or class, peeled, that is more than declared. */
bool pt_die_is_record(Dwarf_Die *type);

/* pt_die_bytes() - the size of a type; PT_DIE_SIZE_UNKNOWN of what has none. */
uint64_t pt_die_bytes(Dwarf_Die *type);

/* pt_die_array() - take a peeled array type apart. Returns false if it makes no sense. */
bool pt_die_array(Dwarf_Die *type, struct pt_die_array *out);

bool pt_die_flag(Dwarf_Die *die, unsigned int attribute);

/* pt_die_number() - a constant attribute, of the entry or of what it is an instance of. */
bool pt_die_number(Dwarf_Die *die, unsigned int attribute, uint64_t *out);

#endif
