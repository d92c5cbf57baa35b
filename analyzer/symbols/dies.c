/* SPDX-License-Identifier: MIT */
/* dies.c - see dies.h. Each loop has a limit that no compiler's output comes near. */
#include "dies.h"

#include <dwarf.h>

#define PEELS_MAX 32
#define CHILDREN_MAX 64 /* of an array type */

bool pt_die_first(Dwarf_Die *parent, Dwarf_Die *child)
{
	return dwarf_child(parent, child) == 0;
}

bool pt_die_next(Dwarf_Die *die)
{
	Dwarf_Off before = dwarf_dieoffset(die);

	return dwarf_siblingof(die, die) == 0 && dwarf_dieoffset(die) > before;
}

bool pt_die_type(Dwarf_Die *die, Dwarf_Die *type)
{
	Dwarf_Attribute mem;
	Dwarf_Attribute *attribute = dwarf_attr_integrate(die, DW_AT_type, &mem);

	return attribute && dwarf_formref_die(attribute, type);
}

bool pt_die_peel(Dwarf_Die *type, const char **alias)
{
	if (alias)
		*alias = NULL;
	for (int i = 0; i < PEELS_MAX; i++) {
		switch (dwarf_tag(type)) {
		case DW_TAG_typedef:
			if (alias)
				*alias = dwarf_diename(type);
			break;
		case DW_TAG_const_type:
		case DW_TAG_volatile_type:
		case DW_TAG_restrict_type:
		case DW_TAG_atomic_type:
			break;
		case DW_TAG_invalid:
			return false;
		default:
			return true;
		}
		if (!pt_die_type(type, type))
			return false;
	}
	return false;
}

bool pt_die_is_record(Dwarf_Die *type)
{
	switch (dwarf_tag(type)) {
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
	case DW_TAG_union_type:
		return !pt_die_flag(type, DW_AT_declaration);
	default:
		return false;
	}
}

bool pt_die_flag(Dwarf_Die *die, unsigned int attribute)
{
	Dwarf_Attribute mem;
	bool set;

	return dwarf_formflag(dwarf_attr(die, attribute, &mem), &set) == 0 && set;
}

bool pt_die_number(Dwarf_Die *die, unsigned int attribute, uint64_t *out)
{
	Dwarf_Attribute mem;
	Dwarf_Word number;

	if (dwarf_formudata(dwarf_attr_integrate(die, attribute, &mem), &number) != 0)
		return false;
	*out = number;
	return true;
}

/* An upper bound of -1, as of `int none[0]`, is a count of 0. */
static uint64_t count_of(Dwarf_Die *subrange)
{
	uint64_t number;

	if (pt_die_number(subrange, DW_AT_count, &number))
		return number;
	if (pt_die_number(subrange, DW_AT_upper_bound, &number))
		return number + 1;
	return PT_DIE_SIZE_UNKNOWN;
}

/* The element's type and the dimensions, not yet the element's size. */
static bool read_array(Dwarf_Die *type, struct pt_die_array *out)
{
	Dwarf_Die child;
	int children = 0;

	out->dimensions = 0;
	if (!pt_die_type(type, &out->element) || !pt_die_first(type, &child))
		return false;
	do {
		if (dwarf_tag(&child) != DW_TAG_subrange_type)
			continue;
		if (out->dimensions == PT_DIE_DIMENSIONS_MAX)
			return false;
		out->counts[out->dimensions++] = count_of(&child);
	} while (++children < CHILDREN_MAX && pt_die_next(&child));
	return out->dimensions > 0;
}

/* clang gives pointers no size. */
static bool own_bytes(Dwarf_Die *type, uint64_t *bytes)
{
	uint8_t address_bytes;
	Dwarf_Die unit;

	if (pt_die_number(type, DW_AT_byte_size, bytes))
		return true;
	switch (dwarf_tag(type)) {
	case DW_TAG_pointer_type:
	case DW_TAG_reference_type:
	case DW_TAG_rvalue_reference_type:
		if (!dwarf_diecu(type, &unit, &address_bytes, NULL))
			return false;
		*bytes = address_bytes;
		return true;
	default:
		return false;
	}
}

uint64_t pt_die_bytes(Dwarf_Die *type)
{
	Dwarf_Die die = *type;
	uint64_t times = 1;

	for (int i = 0; i < PEELS_MAX && pt_die_peel(&die, NULL); i++) {
		struct pt_die_array array;
		uint64_t bytes;

		if (dwarf_tag(&die) != DW_TAG_array_type) {
			if (own_bytes(&die, &bytes) &&
			    !__builtin_mul_overflow(bytes, times, &bytes))
				return bytes;
			return PT_DIE_SIZE_UNKNOWN;
		}
		if (!read_array(&die, &array))
			return PT_DIE_SIZE_UNKNOWN;
		for (unsigned int d = 0; d < array.dimensions; d++) {
			if (array.counts[d] == PT_DIE_SIZE_UNKNOWN ||
			    __builtin_mul_overflow(times, array.counts[d], &times))
				return PT_DIE_SIZE_UNKNOWN;
		}
		die = array.element;
	}
	return PT_DIE_SIZE_UNKNOWN;
}

bool pt_die_array(Dwarf_Die *type, struct pt_die_array *out)
{
	if (!read_array(type, out))
		return false;
	out->element_bytes = pt_die_bytes(&out->element);
	for (unsigned int d = 1; d < out->dimensions; d++) {
		if (out->counts[d] == PT_DIE_SIZE_UNKNOWN || out->counts[d] == 0)
			return false;
	}
	return out->element_bytes != 0 && out->element_bytes != PT_DIE_SIZE_UNKNOWN;
}
