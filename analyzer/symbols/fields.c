/* SPDX-License-Identifier: MIT */
/*
 * fields.c - down from a type to the member, element and member again that starts at an offset.
 *
 * A type may hold itself in a damaged file, and unions of unions of unions have many ways through
 * them: so the way down is at most DEPTH_MAX steps, and all ways together STEPS_MAX entries.
 */
#include "fields.h"

#include <dwarf.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "dies.h"

#define DEPTH_MAX 24
#define STEPS_MAX 100000
#define JOINED_MAX 3 /* alternatives of a union that are named */

enum leaf { LEAF_NONE, LEAF_OTHER, LEAF_POINTER };

struct walk {
	char *name;
	size_t nr; /* bytes of it, without NUL */
	size_t steps, depth;
};

static enum leaf enter_type(struct walk *w, Dwarf_Die *type, uint64_t offset);

__attribute__((format(printf, 2, 3))) static bool append(struct walk *w, const char *format, ...)
{
	size_t room = PT_FIELD_NAME_BYTES_MAX - w->nr;
	va_list args;
	int nr;

	va_start(args, format);
	nr = vsnprintf(w->name + w->nr, room, format, args);
	va_end(args);
	if (nr < 0 || (size_t)nr >= room) {
		w->name[w->nr] = '\0';
		return false;
	}
	w->nr += (size_t)nr;
	return true;
}

static void cut_back(struct walk *w, size_t nr)
{
	w->nr = nr;
	w->name[nr] = '\0';
}

/* Static members are of the class, not in it; no pointer is in a bit-field. */
static bool is_inside(Dwarf_Die *member)
{
	Dwarf_Attribute mem;
	int tag = dwarf_tag(member);

	if (tag != DW_TAG_member && tag != DW_TAG_inheritance)
		return false;
	return !pt_die_flag(member, DW_AT_external) && !pt_die_flag(member, DW_AT_declaration) &&
	       !dwarf_hasattr(member, DW_AT_bit_size) &&
	       !dwarf_attr(member, DW_AT_data_bit_offset, &mem);
}

/* Bytes; false: only known while the program runs (a virtual base class). */
static bool place_of(Dwarf_Die *member, uint64_t *offset)
{
	*offset = 0;
	return !dwarf_hasattr(member, DW_AT_data_member_location) ||
	       pt_die_number(member, DW_AT_data_member_location, offset);
}

static enum leaf enter_member(struct walk *w, Dwarf_Die *member, uint64_t offset)
{
	const char *name = NULL;
	uint64_t start, bytes;
	Dwarf_Die type;

	if (++w->steps > STEPS_MAX || !is_inside(member) || !place_of(member, &start) ||
	    offset < start || !pt_die_type(member, &type))
		return LEAF_NONE;
	bytes = pt_die_bytes(&type);
	/* Of unknown size: a flexible array, which enter_type() knows how to enter. */
	if (bytes != PT_DIE_SIZE_UNKNOWN && offset - start >= bytes)
		return LEAF_NONE;
	if (dwarf_tag(member) == DW_TAG_member)
		name = dwarf_diename(member);
	if (name && !append(w, "%s%s", w->nr ? "." : "", name))
		return LEAF_NONE;
	return enter_type(w, &type, offset - start);
}

static enum leaf enter_struct(struct walk *w, Dwarf_Die *type, uint64_t offset)
{
	size_t before = w->nr;
	Dwarf_Die member;

	if (!pt_die_first(type, &member))
		return LEAF_NONE;
	do {
		enum leaf leaf = enter_member(w, &member, offset);

		if (leaf != LEAF_NONE)
			return leaf;
		cut_back(w, before);
	} while (w->steps <= STEPS_MAX && pt_die_next(&member));
	return LEAF_NONE;
}

/* The alternatives that are pointers there, "a|b|c|..."; else the first that starts there. */
static enum leaf enter_union(struct walk *w, Dwarf_Die *type, uint64_t offset)
{
	char joined[PT_FIELD_NAME_BYTES_MAX];
	struct walk out = { .name = joined };
	enum leaf best = LEAF_NONE;
	size_t before = w->nr, joined_nr = 0;
	Dwarf_Die member;

	joined[0] = '\0';
	if (!pt_die_first(type, &member))
		return LEAF_NONE;
	do {
		enum leaf leaf = enter_member(w, &member, offset);
		const char *name = w->name + before;

		if (leaf == LEAF_POINTER && best != LEAF_POINTER)
			cut_back(&out, 0);
		if (leaf > best || (leaf == LEAF_POINTER && joined_nr < JOINED_MAX)) {
			best = leaf;
			if (out.nr && *name == '.')
				name++;
			append(&out, "%s%s", out.nr ? "|" : "", name);
			joined_nr += leaf == LEAF_POINTER;
		} else if (leaf == LEAF_POINTER && joined_nr++ == JOINED_MAX) {
			append(&out, "|...");
		}
		cut_back(w, before);
	} while (w->steps <= STEPS_MAX && pt_die_next(&member));
	if (best == LEAF_NONE || !append(w, "%s", joined))
		return LEAF_NONE;
	return best;
}

static enum leaf enter_array(struct walk *w, Dwarf_Die *type, uint64_t offset)
{
	struct pt_die_array array;
	uint64_t index, strides[PT_DIE_DIMENSIONS_MAX];

	if (!pt_die_array(type, &array))
		return LEAF_NONE;
	index = offset / array.element_bytes;
	strides[array.dimensions - 1] = 1;
	for (unsigned int d = array.dimensions - 1; d > 0; d--) {
		if (__builtin_mul_overflow(strides[d], array.counts[d], &strides[d - 1]))
			return LEAF_NONE;
	}
	if (index / strides[0] >= array.counts[0])
		return LEAF_NONE;
	for (unsigned int d = 0; d < array.dimensions; d++) {
		if (!append(w, "[%llu]", (unsigned long long)(index / strides[d])))
			return LEAF_NONE;
		index %= strides[d];
	}
	return enter_type(w, &array.element, offset % array.element_bytes);
}

static enum leaf enter_type(struct walk *w, Dwarf_Die *type, uint64_t offset)
{
	enum leaf leaf = LEAF_NONE;

	if (w->depth == DEPTH_MAX || !pt_die_peel(type, NULL))
		return LEAF_NONE;
	w->depth++;
	switch (dwarf_tag(type)) {
	case DW_TAG_pointer_type:
	case DW_TAG_reference_type:
	case DW_TAG_rvalue_reference_type:
		leaf = offset == 0 ? LEAF_POINTER : LEAF_NONE;
		break;
	case DW_TAG_array_type:
		leaf = enter_array(w, type, offset);
		break;
	case DW_TAG_union_type:
		leaf = enter_union(w, type, offset);
		break;
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
		leaf = enter_struct(w, type, offset);
		break;
	default:
		leaf = offset == 0 ? LEAF_OTHER : LEAF_NONE;
	}
	w->depth--;
	return leaf;
}

bool pt_field_name(Dwarf_Die *record, uint64_t offset, char name[PT_FIELD_NAME_BYTES_MAX])
{
	struct walk w = { .name = name };
	Dwarf_Die type = *record;

	name[0] = '\0';
	return enter_type(&w, &type, offset) != LEAF_NONE && w.nr > 0;
}

/* FNV-1a */
static uint64_t mix(uint64_t print, const void *bytes, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		print = (print ^ ((const unsigned char *)bytes)[i]) * 0x100000001b3u;
	return print;
}

uint64_t pt_field_print(Dwarf_Die *record)
{
	uint64_t print = 0xcbf29ce484222325u, numbers[2];
	Dwarf_Die member, type;
	size_t steps = 0;

	if (!pt_die_first(record, &member))
		return print;
	do {
		const char *name = dwarf_diename(&member);

		if (!is_inside(&member) || !place_of(&member, &numbers[0]))
			continue;
		numbers[1] = pt_die_type(&member, &type) ? pt_die_bytes(&type) : 0;
		print = mix(print, numbers, sizeof(numbers));
		if (name)
			print = mix(print, name, strlen(name) + 1);
	} while (++steps < STEPS_MAX && pt_die_next(&member));
	return print;
}
