/* SPDX-License-Identifier: MIT */
/*
 * types.c - which type an allocation makes: what the calling function points to that has the size.
 *
 * Function by function, from the innermost inlined one outwards. A variable that is declared on the
 * line of the call, or that lives in the register of return values from the call's return on, is
 * what the call's result goes to, so it decides alone. Else the pointers in scope and the
 * function's own return type decide, if only one type among them has the size.
 *
 * Termination on hostile input: dies.h, and no more than ENTRIES_MAX entries of a scope are read.
 */
#include "types.h"

#include <dwarf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#include "dies.h"
#include "fields.h"
#include "format/error.h"
#include "module.h"

#define ENTRIES_MAX 10000

enum verdict {
	VERDICT_NOTHING, /* ask further out */
	VERDICT_TYPE,
	VERDICT_DOUBT, /* two types, or something else: nobody further out knows better */
};

struct pt_told {
	UT_hash_handle hh;
	struct {
		uint64_t vaddr, size_bytes;
	} key;
	enum verdict verdict;
	const char *type;
};

struct pt_named {
	UT_hash_handle hh;
	const char *name; /* kept by the struct pt_symbols */
	Dwarf_Die die;
	uint64_t print; /* pt_field_print() */
	bool differs;	/* two types of this name that are not the same */
};

enum points_to { POINTS_TO_UNKNOWN, POINTS_TO_OTHER, POINTS_TO_MATCH };

struct candidate {
	Dwarf_Die die;
	const char *keyword, *name;
};

/* What speaks for a type, of one strength. */
struct evidence {
	struct candidate first;
	unsigned int types_nr; /* distinct ones of the size, 2 for more */
	bool other;	       /* something points to what has not the size */
};

struct question {
	uint64_t vaddr, size_bytes;
	uint64_t line; /* of the call, in the function that is being asked; 0: unknown */
	struct evidence strong, weak;
};

static const char *keyword_of(Dwarf_Die *record)
{
	switch (dwarf_tag(record)) {
	case DW_TAG_union_type:
		return "union ";
	case DW_TAG_class_type:
		return "class ";
	default:
		return "struct ";
	}
}

/* `pointer` is peeled off `levels` pointers at most; the first that points to no pointer decides. */
static enum points_to pointee(Dwarf_Die pointer, int levels, uint64_t size_bytes,
			      struct candidate *out)
{
	const char *alias;
	Dwarf_Die type;

	for (;;) {
		if (!pt_die_peel(&pointer, NULL) || dwarf_tag(&pointer) != DW_TAG_pointer_type ||
		    !pt_die_type(&pointer, &type) || !pt_die_peel(&type, &alias))
			return POINTS_TO_UNKNOWN;
		if (dwarf_tag(&type) != DW_TAG_pointer_type || levels-- == 1)
			break;
		pointer = type;
	}
	if (dwarf_tag(&type) == DW_TAG_unspecified_type || pt_die_flag(&type, DW_AT_declaration))
		return POINTS_TO_UNKNOWN;
	if (!pt_die_is_record(&type) || pt_die_bytes(&type) != size_bytes)
		return POINTS_TO_OTHER;
	out->die = type;
	out->name = dwarf_diename(&type);
	out->keyword = out->name ? keyword_of(&type) : "";
	if (!out->name)
		out->name = alias;
	return out->name ? POINTS_TO_MATCH : POINTS_TO_OTHER;
}

static void add_evidence(struct evidence *e, enum points_to points_to, const struct candidate *c)
{
	if (points_to == POINTS_TO_OTHER)
		e->other = true;
	if (points_to != POINTS_TO_MATCH)
		return;
	if (e->types_nr == 0) {
		e->first = *c;
		e->types_nr = 1;
	} else if (strcmp(e->first.name, c->name) != 0 ||
		   strcmp(e->first.keyword, c->keyword) != 0) {
		e->types_nr = 2;
	}
}

/* Register 0 of DWARF is what functions return pointers in, on x86-64 (rax) and AArch64 (x0). */
static bool takes_result(Dwarf_Die *variable, uint64_t returns_to)
{
	Dwarf_Attribute mem;
	Dwarf_Attribute *where = dwarf_attr(variable, DW_AT_location, &mem);
	Dwarf_Addr base, start, end;
	ptrdiff_t at = 0;
	Dwarf_Op *ops;
	size_t nr;

	for (int i = 0; where && i < ENTRIES_MAX; i++) {
		at = dwarf_getlocations(where, at, &base, &start, &end, &ops, &nr);
		if (at <= 0)
			return false;
		if (start == returns_to && start < end && nr == 1 && ops[0].atom == DW_OP_reg0)
			return true;
	}
	return false;
}

/* An out parameter, `struct conn **out`, is how many a constructor gives back what it makes. */
static void ask_variable(struct question *q, Dwarf_Die *variable)
{
	bool is_parameter = dwarf_tag(variable) == DW_TAG_formal_parameter;
	struct candidate c = { 0 };
	enum points_to points_to;
	Dwarf_Die type;
	uint64_t line;

	if (!pt_die_type(variable, &type))
		return;
	points_to = pointee(type, is_parameter ? 2 : 1, q->size_bytes, &c);
	add_evidence(&q->weak, points_to, &c);
	if (takes_result(variable, q->vaddr + 1) ||
	    (!is_parameter && q->line && pt_die_number(variable, DW_AT_decl_line, &line) &&
	     line == q->line))
		add_evidence(&q->strong, points_to, &c);
}

static void ask_scope(struct question *q, Dwarf_Die *scope)
{
	size_t entries = 0;
	Dwarf_Die die;

	if (!pt_die_first(scope, &die))
		return;
	do {
		int tag = dwarf_tag(&die);

		if (tag == DW_TAG_variable || tag == DW_TAG_formal_parameter)
			ask_variable(q, &die);
	} while (++entries < ENTRIES_MAX && pt_die_next(&die));
}

static enum verdict judge(const struct question *q, struct candidate *out)
{
	const struct evidence *e = &q->strong;

	if (e->types_nr == 0 && !e->other)
		e = &q->weak;
	else if (e->types_nr == 0)
		return VERDICT_DOUBT;
	*out = e->first;
	if (e->types_nr > 1)
		return VERDICT_DOUBT;
	return e->types_nr ? VERDICT_TYPE : VERDICT_NOTHING;
}

static bool is_function(Dwarf_Die *scope)
{
	return dwarf_tag(scope) == DW_TAG_subprogram ||
	       dwarf_tag(scope) == DW_TAG_inlined_subroutine;
}

/* Function by function, innermost first: scopes[] is outermost first, lines[] innermost first. */
static int ask_functions(struct pt_scopes *s, struct question *q, enum verdict *verdict,
			 struct candidate *out)
{
	Dwarf_Die scopes[PT_SCOPES_ENCLOSING_MAX], type;
	struct pt_scope lines[PT_SCOPES_FRAMES_MAX];
	size_t scopes_nr, lines_nr, at = 0;
	int rc = pt_scopes_enclosing(s, q->vaddr, scopes, &scopes_nr);

	*verdict = VERDICT_NOTHING;
	if (rc == 0)
		rc = pt_scopes_find(s, q->vaddr, lines, &lines_nr);
	if (rc)
		return rc;
	while (scopes_nr && *verdict == VERDICT_NOTHING) {
		struct candidate c = { 0 };
		Dwarf_Die *scope;

		q->strong = q->weak = (struct evidence){ 0 };
		q->line = at < lines_nr ? lines[at].line : 0;
		at++;
		do {
			scope = &scopes[--scopes_nr];
			ask_scope(q, scope);
		} while (!is_function(scope) && scopes_nr);
		if (pt_die_type(scope, &type))
			add_evidence(&q->weak, pointee(type, 1, q->size_bytes, &c), &c);
		*verdict = judge(q, out);
	}
	return 0;
}

/* Remember the type under its name, for its fields. NULL: no memory. */
static const char *name_type(struct pt_symbols *s, struct pt_types *t, struct candidate *c)
{
	uint64_t print = pt_field_print(&c->die);
	struct pt_named *named;
	const char *name;
	char *text;

	if (asprintf(&text, "%s%s", c->keyword, c->name) < 0)
		return NULL;
	name = pt_symbols_keep(s, text);
	free(text);
	if (!name)
		return NULL;
	HASH_FIND(hh, t->named, name, strlen(name), named);
	if (named) {
		named->differs |= named->print != print;
		return name;
	}
	named = calloc(1, sizeof(*named));
	if (!named)
		return NULL;
	named->name = name;
	named->die = c->die;
	named->print = print;
	HASH_ADD_KEYPTR(hh, t->named, name, strlen(name), named);
	if (named->hh.tbl)
		return name;
	free(named);
	return NULL;
}

static int tell(struct pt_symbols *s, const struct pt_open_module *m, struct pt_told *told)
{
	struct question q = { .vaddr = told->key.vaddr, .size_bytes = told->key.size_bytes };
	struct candidate c;
	int rc = ask_functions(m->scopes, &q, &told->verdict, &c);

	if (rc == 0 && told->verdict == VERDICT_TYPE) {
		told->type = name_type(s, m->types, &c);
		rc = told->type ? 0 : -PT_ENOMEM;
	}
	return rc;
}

static int ask(struct pt_symbols *s, const struct pt_type_frame *frame, uint64_t size_bytes,
	       const struct pt_told **out)
{
	struct pt_told *told, *found;
	struct pt_open_module m;
	int rc = pt_symbols_open(s, frame->module_id, &m);

	if (rc)
		return rc;
	told = calloc(1, sizeof(*told));
	if (!told)
		return -PT_ENOMEM;
	told->key.vaddr = frame->vaddr;
	told->key.size_bytes = size_bytes;
	HASH_FIND(hh, m.types->told, &told->key, sizeof(told->key), found);
	if (found) {
		free(told);
		*out = found;
		return 0;
	}
	rc = tell(s, &m, told);
	if (rc == 0) {
		HASH_ADD(hh, m.types->told, key, sizeof(told->key), told);
		rc = told->hh.tbl ? 0 : -PT_ENOMEM;
	}
	if (rc)
		free(told);
	else
		*out = told;
	return rc;
}

int pt_symbols_type_of_stack(struct pt_symbols *s, const struct pt_type_frame *frames,
			     size_t frames_nr, uint64_t size_bytes, const char **type_out,
			     size_t *teller)
{
	*type_out = NULL;
	for (size_t i = 0; i < frames_nr && i < PT_TYPE_FRAMES_MAX; i++) {
		const struct pt_told *told;
		int rc = ask(s, &frames[i], size_bytes, &told);

		if (rc)
			return rc;
		if (told->verdict == VERDICT_NOTHING)
			continue;
		*type_out = told->type;
		*teller = i;
		break;
	}
	return 0;
}

int pt_symbols_type(struct pt_symbols *s, uint32_t module_id, uint64_t vaddr, uint64_t size_bytes,
		    const char **type_out)
{
	struct pt_type_frame frame = { module_id, vaddr };
	size_t teller;

	return pt_symbols_type_of_stack(s, &frame, 1, size_bytes, type_out, &teller);
}

int pt_symbols_field(struct pt_symbols *s, uint32_t module_id, const char *type, uint64_t offset,
		     const char **name_out)
{
	char name[PT_FIELD_NAME_BYTES_MAX];
	struct pt_open_module m;
	struct pt_named *named;
	int rc = pt_symbols_open(s, module_id, &m);

	*name_out = NULL;
	if (rc)
		return rc;
	HASH_FIND(hh, m.types->named, type, strlen(type), named);
	if (!named || named->differs || !pt_field_name(&named->die, offset, name))
		return 0;
	*name_out = pt_symbols_keep(s, name);
	return *name_out ? 0 : -PT_ENOMEM;
}

int pt_symbols_variable(struct pt_symbols *s, uint32_t module_id, uint64_t vaddr,
			const char **name_out, uint64_t *offset_out)
{
	struct pt_open_module m;
	const char *symbol;
	int rc = pt_symbols_open(s, module_id, &m);

	*name_out = NULL;
	*offset_out = 0;
	if (rc == 0 && !m.types->has_objects)
		rc = pt_symtab_init_variables(&m.types->objects, m.binary);
	if (rc)
		return rc;
	m.types->has_objects = true;
	symbol = pt_symtab_find_variable(&m.types->objects, vaddr, offset_out);
	if (!symbol)
		return 0;
	*name_out = pt_symbols_keep_symbol(s, symbol);
	return *name_out ? 0 : -PT_ENOMEM;
}

void pt_types_fini(struct pt_types *t)
{
	struct pt_named *named, *next_named;
	struct pt_told *told, *next_told;

	HASH_ITER (hh, t->told, told, next_told) {
		HASH_DEL(t->told, told);
		free(told);
	}
	HASH_ITER (hh, t->named, named, next_named) {
		HASH_DEL(t->named, named);
		free(named);
	}
	pt_symtab_fini(&t->objects);
	*t = (struct pt_types){ 0 };
}
