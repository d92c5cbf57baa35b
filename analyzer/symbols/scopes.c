/* SPDX-License-Identifier: MIT */
/*
 * scopes.c - DWARF as three nested look-ups: unit by address, function by address, inlined calls
 * by walking down from that function.
 *
 * libdw's own way (dwarf_addrdie and dwarf_getscopes) reads every entry of the unit for each
 * address (1,000 addresses of the C++ program in symbols.c: 7.4 s, here 0.1 s), needs
 * .debug_aranges, which clang does not write, and recurses as deep as the file wants. So units and
 * functions are indexed here once.
 *
 * Termination on hostile input: every walk moves strictly forward in .debug_info and is at most
 * DEPTH_MAX deep; and no more ranges are read than a file of that size can hold, since entries may
 * share one list of ranges.
 */
#include "scopes.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "format/error.h"

#define DEPTH_MAX PT_SCOPES_ENCLOSING_MAX

struct pt_unit {
	Dwarf_Die die;		    /* the unit with the line table */
	Dwarf_Die body;		    /* the unit with the functions: die, or its .dwo's */
	struct pt_ranges functions; /* value: index into dies */
	Dwarf_Die *dies;
	size_t nr, room;
	bool indexed;
};

/* GCC, clang and rustc write one in 175 to 4,300 bytes; ours takes 40 bytes, so 2.5 x file. */
#define BUDGET(file_bytes) ((file_bytes) / 16 + 65536)

/*
 * The address ranges of a DIE, into `out`. What lies outside of the code is a function that the
 * linker dropped: its addresses are 0 or another tombstone.
 */
static int add_ranges(struct pt_scopes *s, struct pt_ranges *out, Dwarf_Die *die, uint32_t value)
{
	Dwarf_Addr base, start, end;
	ptrdiff_t at = 0;

	while (s->budget && (at = dwarf_ranges(die, at, &base, &start, &end)) > 0) {
		s->budget--;
		if (start < s->text_start || end > s->text_end)
			continue;
		if (pt_ranges_add(out, start, end, value, 0))
			return -PT_ENOMEM;
	}
	return 0;
}

static const char *string_of(Dwarf_Die *die, unsigned int attribute)
{
	Dwarf_Attribute mem;

	return dwarf_formstring(dwarf_attr_integrate(die, attribute, &mem));
}

static bool safe_to_open(const char *folder, const char *name)
{
	struct stat st;
	char *path;
	int rc;

	if (name[0] == '/')
		return stat(name, &st) != 0 || S_ISREG(st.st_mode);
	if (!folder || folder[0] != '/')
		return false;
	if (asprintf(&path, "%s/%s", folder, name) < 0)
		return false;
	rc = stat(path, &st);
	free(path);
	return rc != 0 || S_ISREG(st.st_mode);
}

/*
 * The body of a skeleton unit is in a .dwo file, which libdw opens by itself when asked for it, be
 * it a FIFO: so its two places are looked at first.
 */
static void find_body(struct pt_unit *unit, Dwarf_CU *cu, const char *folder)
{
	const char *name = string_of(&unit->die, DW_AT_dwo_name);
	const char *compiled_in = string_of(&unit->die, DW_AT_comp_dir);
	Dwarf_Die body;

	unit->body = unit->die;
	if (!name)
		name = string_of(&unit->die, DW_AT_GNU_dwo_name);
	if (!name || !safe_to_open(folder, name) || !safe_to_open(compiled_in, name))
		return;
	if (dwarf_cu_info(cu, NULL, NULL, NULL, &body, NULL, NULL, NULL) == 0 && body.addr)
		unit->body = body;
}

static int add_unit(struct pt_scopes *s, Dwarf_CU *cu, Dwarf_Die *die, bool skeleton,
		    const char *folder)
{
	size_t before = s->ranges.nr;
	int rc;

	if (s->nr == s->room) {
		size_t room = s->room ? 2 * s->room : 64;
		struct pt_unit *units = reallocarray(s->units, room, sizeof(*units));

		if (!units)
			return -PT_ENOMEM;
		s->units = units;
		s->room = room;
	}
	rc = add_ranges(s, &s->ranges, die, (uint32_t)s->nr);
	/* Without code: all its functions were dropped, or it holds only what others refer to. */
	if (rc || s->ranges.nr == before)
		return rc;
	s->units[s->nr] = (struct pt_unit){ .die = *die, .body = *die };
	if (skeleton)
		find_body(&s->units[s->nr], cu, folder);
	s->nr++;
	return 0;
}

int pt_scopes_init(struct pt_scopes *s, const struct pt_binary *b)
{
	Dwarf_CU *cu = NULL;
	uint8_t type;
	Dwarf_Die die;

	*s = (struct pt_scopes){
		.text_start = b->text_start,
		.text_end = b->text_end,
		.budget = BUDGET(b->dwarf_bytes),
	};
	while (b->dwarf && dwarf_get_units(b->dwarf, cu, &cu, NULL, &type, &die, NULL) == 0) {
		int rc = 0;

		if (type == DW_UT_compile || type == DW_UT_skeleton)
			rc = add_unit(s, cu, &die, type == DW_UT_skeleton, b->dwarf_folder);
		if (rc) {
			pt_scopes_fini(s);
			return rc;
		}
	}
	pt_ranges_sort(&s->ranges);
	return 0;
}

static int add_function(struct pt_scopes *s, struct pt_unit *unit, Dwarf_Die *die)
{
	size_t before = unit->functions.nr;
	int rc;

	if (unit->nr == unit->room) {
		size_t room = unit->room ? 2 * unit->room : 64;
		Dwarf_Die *dies = reallocarray(unit->dies, room, sizeof(*dies));

		if (!dies)
			return -PT_ENOMEM;
		unit->dies = dies;
		unit->room = room;
	}
	rc = add_ranges(s, &unit->functions, die, (uint32_t)unit->nr);
	if (rc || unit->functions.nr == before)
		return rc;
	unit->dies[unit->nr++] = *die;
	return 0;
}

/* Functions also live in namespaces, in types, and inside functions: methods of local classes. */
static bool may_hold_functions(int tag)
{
	switch (tag) {
	case DW_TAG_namespace:
	case DW_TAG_module:
	case DW_TAG_class_type:
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
	case DW_TAG_subprogram:
	case DW_TAG_lexical_block:
		return true;
	default:
		return false;
	}
}

static int index_functions(struct pt_scopes *s, struct pt_unit *unit)
{
	Dwarf_Die path[DEPTH_MAX];
	Dwarf_Off last = 0;
	size_t depth = 0;

	unit->indexed = true;
	if (dwarf_child(&unit->body, &path[0]) != 0)
		return 0;
	for (;;) {
		Dwarf_Off offset = dwarf_dieoffset(&path[depth]);
		int tag = dwarf_tag(&path[depth]);

		if (offset <= last)
			break;
		last = offset;
		if (tag == DW_TAG_subprogram && add_function(s, unit, &path[depth]))
			return -PT_ENOMEM;
		if (depth + 1 < DEPTH_MAX && may_hold_functions(tag) &&
		    dwarf_child(&path[depth], &path[depth + 1]) == 0) {
			depth++;
			continue;
		}
		while (dwarf_siblingof(&path[depth], &path[depth]) != 0) {
			if (depth-- == 0)
				goto done;
		}
	}
done:
	pt_ranges_sort(&unit->functions);
	return 0;
}

/* The scope directly inside of `outer` that has vaddr: an inlined call, or a block around one. */
static bool step_in(Dwarf_Die *outer, uint64_t vaddr, Dwarf_Die *inner)
{
	if (dwarf_child(outer, inner) != 0)
		return false;
	do {
		switch (dwarf_tag(inner)) {
		case DW_TAG_inlined_subroutine:
		case DW_TAG_lexical_block:
		case DW_TAG_try_block:
		case DW_TAG_catch_block:
			if (dwarf_haspc(inner, vaddr) > 0)
				return true;
		}
	} while (dwarf_siblingof(inner, inner) == 0);
	return false;
}

/* The function at vaddr, then what in it has vaddr, outermost first. */
static size_t find_enclosing(struct pt_unit *unit, uint64_t vaddr,
			     Dwarf_Die out[PT_SCOPES_ENCLOSING_MAX])
{
	const struct pt_range *range = pt_ranges_find(&unit->functions, vaddr);
	size_t nr = 1;

	if (!range)
		return 0;
	out[0] = unit->dies[range->value];
	while (nr < PT_SCOPES_ENCLOSING_MAX && step_in(&out[nr - 1], vaddr, &out[nr]))
		nr++;
	return nr;
}

/* The function at vaddr and the calls inlined into it there, outermost first. */
static size_t find_calls(struct pt_unit *unit, uint64_t vaddr,
			 Dwarf_Die calls[PT_SCOPES_FRAMES_MAX])
{
	Dwarf_Die enclosing[PT_SCOPES_ENCLOSING_MAX];
	size_t enclosing_nr = find_enclosing(unit, vaddr, enclosing), nr = 0;

	for (size_t i = 0; i < enclosing_nr && nr < PT_SCOPES_FRAMES_MAX; i++) {
		if (i == 0 || dwarf_tag(&enclosing[i]) == DW_TAG_inlined_subroutine)
			calls[nr++] = enclosing[i];
	}
	return nr;
}

static void name_function(struct pt_scope *out, Dwarf_Die *die)
{
	out->linkage_name = string_of(die, DW_AT_linkage_name);
	if (!out->linkage_name)
		out->linkage_name = string_of(die, DW_AT_MIPS_linkage_name);
	out->name = string_of(die, DW_AT_name);
}

static bool locate_address(struct pt_scope *out, struct pt_unit *unit, uint64_t vaddr)
{
	Dwarf_Line *line = dwarf_getsrc_die(&unit->die, vaddr);
	int number;

	if (!line)
		return false;
	out->file = dwarf_linesrc(line, NULL, NULL);
	if (dwarf_lineno(line, &number) == 0 && number > 0)
		out->line = (uint32_t)number;
	return true;
}

static void locate_call(struct pt_scope *out, struct pt_unit *unit, Dwarf_Die *call)
{
	Dwarf_Attribute mem;
	Dwarf_Files *files;
	Dwarf_Word number;
	size_t files_nr;

	if (dwarf_formudata(dwarf_attr(call, DW_AT_call_file, &mem), &number) == 0 &&
	    dwarf_getsrcfiles(&unit->body, &files, &files_nr) == 0 && number < files_nr)
		out->file = dwarf_filesrc(files, number, NULL, NULL);
	if (dwarf_formudata(dwarf_attr(call, DW_AT_call_line, &mem), &number) == 0 &&
	    number <= UINT32_MAX)
		out->line = (uint32_t)number;
}

/* *out is NULL if no unit has the address. */
static int find_unit(struct pt_scopes *s, uint64_t vaddr, struct pt_unit **out)
{
	const struct pt_range *range = pt_ranges_find(&s->ranges, vaddr);

	*out = range ? &s->units[range->value] : NULL;
	return range && !(*out)->indexed ? index_functions(s, *out) : 0;
}

int pt_scopes_enclosing(struct pt_scopes *s, uint64_t vaddr, Dwarf_Die *out, size_t *nr_out)
{
	struct pt_unit *unit;
	int rc = find_unit(s, vaddr, &unit);

	*nr_out = rc == 0 && unit ? find_enclosing(unit, vaddr, out) : 0;
	return rc;
}

int pt_scopes_find(struct pt_scopes *s, uint64_t vaddr, struct pt_scope *out, size_t *nr_out)
{
	Dwarf_Die calls[PT_SCOPES_FRAMES_MAX];
	struct pt_unit *unit;
	const char *folder;
	size_t nr;
	int rc = find_unit(s, vaddr, &unit);

	*nr_out = 0;
	if (rc || !unit)
		return rc;
	folder = string_of(&unit->die, DW_AT_comp_dir);
	nr = find_calls(unit, vaddr, calls);
	out[0] = (struct pt_scope){ .folder = folder };
	if (!locate_address(&out[0], unit, vaddr) && nr == 0)
		return 0;
	*nr_out = nr ? nr : 1;
	for (size_t i = 0; i < nr; i++) {
		if (i) {
			out[i] = (struct pt_scope){ .folder = folder };
			locate_call(&out[i], unit, &calls[nr - i]);
		}
		name_function(&out[i], &calls[nr - 1 - i]);
	}
	return 0;
}

void pt_scopes_fini(struct pt_scopes *s)
{
	for (size_t i = 0; i < s->nr; i++) {
		pt_ranges_fini(&s->units[i].functions);
		free(s->units[i].dies);
	}
	free(s->units);
	pt_ranges_fini(&s->ranges);
	*s = (struct pt_scopes){ 0 };
}
