/* SPDX-License-Identifier: MIT */
/* fields.h - the name of what lies at an offset of a struct, union or class. */
#ifndef PT_FIELDS_H
#define PT_FIELDS_H

#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stdint.h>

#define PT_FIELD_NAME_BYTES_MAX 512 /* with the NUL; what is longer has no name */

/*
 * pt_field_name() - "inner.next", "slots[3].head", "a|b"; see pt_symbols_field().
 *
 * Returns false when no field starts at offset (bytes), or it would take too long to find out.
 */
bool pt_field_name(Dwarf_Die *record, uint64_t offset, char name[PT_FIELD_NAME_BYTES_MAX]);

/* pt_field_print() - a number that differs when names, places or sizes of fields do. */
uint64_t pt_field_print(Dwarf_Die *record);

#endif
