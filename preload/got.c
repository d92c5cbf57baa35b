/* SPDX-License-Identifier: MIT */
/* got.c - see got.h. Walks ld.so's list and the relocation tables it has mapped (ELF gABI, 5). */
#include "got.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "sys.h"

struct object {
	const struct link_map *map;
	const Elf64_Sym *symbols;
	const char *names;
	const Elf64_Rela *tables[2]; /* DT_RELA, DT_JMPREL */
	uint64_t bytes[2];
};

/* ld.so has made these addresses absolute already, except in the vdso, which has none of them. */
static void read_dynamic(struct object *o, const struct link_map *map)
{
	const Elf64_Dyn *d;

	memset(o, 0, sizeof(*o));
	o->map = map;
	for (d = map->l_ld; d && d->d_tag != DT_NULL; d++) {
		switch (d->d_tag) {
		case DT_SYMTAB:
			o->symbols = (const void *)d->d_un.d_ptr;
			break;
		case DT_STRTAB:
			o->names = (const void *)d->d_un.d_ptr;
			break;
		case DT_RELA:
			o->tables[0] = (const void *)d->d_un.d_ptr;
			break;
		case DT_RELASZ:
			o->bytes[0] = d->d_un.d_val;
			break;
		case DT_JMPREL:
			o->tables[1] = (const void *)d->d_un.d_ptr;
			break;
		case DT_PLTRELSZ:
			o->bytes[1] = d->d_un.d_val;
			break;
		}
	}
}

/* The table of addresses may be read-only since relocation (RELRO): open its page, store, close
 * it again if it was closed. */
static int store(void **slot, void *hook)
{
	void *page = (void *)((uintptr_t)slot & ~4095ul);
	struct dl_find_object o;
	const Elf64_Ehdr *eh;
	const Elf64_Phdr *ph;
	unsigned int i;
	int relro = 0;

	if (_dl_find_object(slot, &o) || *slot == hook)
		return 0;
	eh = o.dlfo_map_start;
	ph = (const void *)((const unsigned char *)eh + eh->e_phoff);
	for (i = 0; i < eh->e_phnum; i++)
		relro |= ph[i].p_type == PT_GNU_RELRO &&
			 (uintptr_t)slot - (o.dlfo_link_map->l_addr + ph[i].p_vaddr) < ph[i].p_memsz;
	if (relro && pt_sys3(SYS_mprotect, (long)page, 4096, PROT_READ | PROT_WRITE) < 0)
		return 0;
	*slot = hook;
	if (relro)
		pt_sys3(SYS_mprotect, (long)page, 4096, PROT_READ);
	return 1;
}

static int patch(const struct object *o, const Elf64_Rela *r, const struct pt_got_row *rows, size_t rows_nr)
{
	unsigned int type = ELF64_R_TYPE(r->r_info);
	const char *name;
	size_t i;

	if ((type != R_X86_64_JUMP_SLOT && type != R_X86_64_GLOB_DAT && type != R_X86_64_64) || r->r_addend)
		return 0;
	name = o->names + o->symbols[ELF64_R_SYM(r->r_info)].st_name;
	for (i = 0; i < rows_nr; i++)
		if (!strcmp(name, rows[i].name))
			return store((void **)(o->map->l_addr + r->r_offset), rows[i].hook);
	return 0;
}

static const void *module_of(const void *ip)
{
	struct dl_find_object o;

	return _dl_find_object((void *)ip, &o) ? NULL : o.dlfo_link_map;
}

unsigned int pt_got_patch(const struct pt_got_row *rows, size_t rows_nr, const void *real_ip)
{
	const void *own = module_of((const void *)pt_got_patch), *real = module_of(real_ip);
	unsigned int changed = 0, t;
	const struct link_map *l;
	struct object o;
	uint64_t i;

	for (l = _r_debug.r_map; l; l = l->l_next) {
		read_dynamic(&o, l);
		if (l == own || l == real || !o.symbols || !o.names)
			continue;
		if ((uint64_t)o.symbols < 65536 || (uint64_t)o.names < 65536)
			continue; /* the vdso's are offsets */
		for (t = 0; t < 2; t++)
			for (i = 0; o.tables[t] && i < o.bytes[t] / sizeof(Elf64_Rela); i++)
				changed += (unsigned int)patch(&o, &o.tables[t][i], rows, rows_nr);
	}
	return changed;
}
