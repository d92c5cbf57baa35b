/* SPDX-License-Identifier: MIT */
/*
 * symtab.c - ELF symbols as ranges. libdwfl's own look-up walks the whole table for each address;
 * this sorts it once.
 */
#include "symtab.h"

#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "format/error.h"

/* Of several names for one place: global before weak before local, then the plainer one. */
static uint32_t rank_of(const GElf_Sym *symbol, const char *name)
{
	uint32_t binding = GELF_ST_BIND(symbol->st_info);
	uint32_t underscores = (uint32_t)strspn(name, "_");
	uint32_t rank = underscores < 100 ? underscores : 100;

	if (binding == STB_GLOBAL)
		return rank;
	return rank + (binding == STB_WEAK ? 1000 : 2000);
}

static bool is_code(Elf *elf, const GElf_Sym *symbol, GElf_Shdr *section)
{
	uint32_t type = GELF_ST_TYPE(symbol->st_info);

	if (symbol->st_shndx == SHN_UNDEF || symbol->st_shndx >= SHN_LORESERVE)
		return false;
	if (type != STT_FUNC && type != STT_GNU_IFUNC && type != STT_NOTYPE)
		return false;
	return gelf_getshdr(elf_getscn(elf, symbol->st_shndx), section) &&
	       (section->sh_flags & SHF_EXECINSTR);
}

/* Thread-local ones have no address before there is a thread. */
static bool is_variable(Elf *elf, const GElf_Sym *symbol, GElf_Shdr *section)
{
	if (symbol->st_shndx == SHN_UNDEF || symbol->st_shndx >= SHN_LORESERVE)
		return false;
	if (GELF_ST_TYPE(symbol->st_info) != STT_OBJECT || symbol->st_size == 0)
		return false;
	return gelf_getshdr(elf_getscn(elf, symbol->st_shndx), section) &&
	       (section->sh_flags & SHF_ALLOC);
}

static int add_symbol(struct pt_symtab *t, Elf *elf, const GElf_Sym *symbol, const char *name)
{
	uint64_t start = symbol->st_value;
	uint32_t index = (uint32_t)t->nr;
	GElf_Shdr section;

	/* ".L" and "$x" are the assembler's and the linker's own marks. */
	if (!name || !*name || strncmp(name, ".L", 2) == 0 || *name == '$' ||
	    index == UINT32_MAX)
		return 0;
	if (!(t->of_variables ? is_variable : is_code)(elf, symbol, &section))
		return 0;
	if (start < section.sh_addr || start - section.sh_addr >= section.sh_size)
		return 0;
	if (t->nr == t->room) {
		size_t room = t->room ? 2 * t->room : 256;
		struct pt_symbol *symbols = reallocarray(t->symbols, room, sizeof(*symbols));

		if (!symbols)
			return -PT_ENOMEM;
		t->symbols = symbols;
		t->room = room;
	}
	t->symbols[t->nr++] = (struct pt_symbol){ name, section.sh_addr + section.sh_size };
	if (symbol->st_size)
		return pt_ranges_add(&t->ranges, start, start + symbol->st_size, index,
				     rank_of(symbol, name));
	return pt_ranges_add_place(&t->ranges, start, index, rank_of(symbol, name));
}

static int add_table(struct pt_symtab *t, Elf *elf, Elf_Scn *scn, const GElf_Shdr *header)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	size_t entry_bytes = gelf_fsize(elf, ELF_T_SYM, 1, EV_CURRENT);

	if (!data || !data->d_buf || !entry_bytes)
		return 0;
	for (size_t i = 1; i < data->d_size / entry_bytes && i <= INT32_MAX; i++) {
		GElf_Sym symbol;
		int rc;

		if (!gelf_getsym(data, (int)i, &symbol))
			break;
		rc = add_symbol(t, elf, &symbol, elf_strptr(elf, header->sh_link, symbol.st_name));
		if (rc)
			return rc;
	}
	return 0;
}

/* ELF has one table of each type; a file that shows more would have us store it many times. */
static int add_first_table(struct pt_symtab *t, const struct pt_elffile *f, uint32_t type)
{
	Elf_Scn *scn = NULL;

	while (f->elf && (scn = elf_nextscn(f->elf, scn))) {
		GElf_Shdr header;

		if (gelf_getshdr(scn, &header) && header.sh_type == type)
			return add_table(t, f->elf, scn, &header);
	}
	return 0;
}

static int init(struct pt_symtab *t, const struct pt_binary *b, bool of_variables)
{
	const struct {
		const struct pt_elffile *file;
		uint32_t type;
	} best_first[] = { { &b->main, SHT_SYMTAB },
			   { &b->debug, SHT_SYMTAB },
			   { &b->main, SHT_DYNSYM } };

	*t = (struct pt_symtab){ .of_variables = of_variables };
	for (size_t i = 0; i < 3 && t->nr == 0; i++) {
		int rc = add_first_table(t, best_first[i].file, best_first[i].type);

		if (rc) {
			pt_symtab_fini(t);
			return rc;
		}
	}
	pt_ranges_sort(&t->ranges);
	return 0;
}

int pt_symtab_init(struct pt_symtab *t, const struct pt_binary *b)
{
	return init(t, b, false);
}

int pt_symtab_init_variables(struct pt_symtab *t, const struct pt_binary *b)
{
	return init(t, b, true);
}

const char *pt_symtab_find(const struct pt_symtab *t, uint64_t vaddr)
{
	const struct pt_range *range = pt_ranges_find(&t->ranges, vaddr);

	if (!range)
		return NULL;
	if (range->end == range->start && vaddr >= t->symbols[range->value].section_end)
		return NULL;
	return t->symbols[range->value].name;
}

const char *pt_symtab_find_variable(const struct pt_symtab *t, uint64_t vaddr, uint64_t *offset)
{
	const struct pt_range *range = pt_ranges_find(&t->ranges, vaddr);

	if (!range)
		return NULL;
	*offset = vaddr - range->start;
	return t->symbols[range->value].name;
}

void pt_symtab_fini(struct pt_symtab *t)
{
	free(t->symbols);
	pt_ranges_fini(&t->ranges);
	*t = (struct pt_symtab){ 0 };
}
