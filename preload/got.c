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
	uint64_t relative_nr; /* the first of DT_RELA, most of it: of no symbol */
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
		case DT_RELACOUNT:
			o->relative_nr = d->d_un.d_val;
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

/* What the page of `slot` may be used for now that its object is relocated; 0 = not of an object. */
static int protection(const void *slot)
{
	struct dl_find_object o;
	const Elf64_Ehdr *eh;
	const Elf64_Phdr *ph;
	unsigned int i;
	int prot = 0;

	if (_dl_find_object((void *)slot, &o))
		return 0;
	eh = o.dlfo_map_start;
	if (memcmp(eh->e_ident, ELFMAG, SELFMAG))
		return 0;
	ph = (const void *)((const unsigned char *)eh + eh->e_phoff);
	for (i = 0; i < eh->e_phnum; i++) {
		if ((uintptr_t)slot - (o.dlfo_link_map->l_addr + ph[i].p_vaddr) >= ph[i].p_memsz)
			continue;
		/* ld.so closes whole pages: one that only begins with it has data of the program behind. */
		if (ph[i].p_type == PT_GNU_RELRO &&
		    (uintptr_t)slot < ((o.dlfo_link_map->l_addr + ph[i].p_vaddr + ph[i].p_memsz) & ~4095ul))
			return PROT_READ;
		if (ph[i].p_type == PT_LOAD)
			prot = PROT_READ | (ph[i].p_flags & PF_W ? PROT_WRITE : 0) |
			       (ph[i].p_flags & PF_X ? PROT_EXEC : 0);
	}
	return prot;
}

/* The read-only page that is open for writing just now: slots of an object lie side by side. */
struct opened {
	void *page; /* NULL = none */
	int prot;   /* as it was */
};

static void close_page(struct opened *open)
{
	if (open->page)
		pt_sys3(SYS_mprotect, (long)open->page, 4096, open->prot);
	open->page = NULL;
}

/* Into a table that may be read-only by now. 1 if that changed it. */
static int store(struct opened *open, void **slot, void *value)
{
	void *page = (void *)((uintptr_t)slot & ~4095ul);
	int prot;

	if (*slot == value)
		return 0;
	if (page != open->page) {
		close_page(open);
		prot = protection(slot);
		if (!prot)
			return 0;
		if (!(prot & PROT_WRITE)) {
			if (pt_sys3(SYS_mprotect, (long)page, 4096, prot | PROT_WRITE) < 0)
				return 0;
			open->page = page;
			open->prot = prot;
		}
	}
	*slot = value;
	return 1;
}

/* Which references change. */
enum how {
	REFERENCES, /* all to a named symbol */
	CALLS,	    /* those that it is called through alone */
	NONE,	    /* only look which would */
};

static int patch(struct opened *open, const struct object *o, const Elf64_Rela *r, const struct pt_got_row *rows,
		 size_t rows_nr, enum how how)
{
	void **slot = (void **)(o->map->l_addr + r->r_offset);
	unsigned int type = ELF64_R_TYPE(r->r_info);
	const char *name;
	size_t i;

	if ((type != R_X86_64_JUMP_SLOT && (how == CALLS || (type != R_X86_64_GLOB_DAT && type != R_X86_64_64))) || r->r_addend)
		return 0;
	name = o->names + o->symbols[ELF64_R_SYM(r->r_info)].st_name;
	for (i = 0; i < rows_nr; i++)
		if (*name == *rows[i].name && !strcmp(name, rows[i].name))
			return how == NONE ? *slot != rows[i].hook : store(open, slot, rows[i].hook);
	return 0;
}

static const void *module_of(const void *ip)
{
	struct dl_find_object o;

	return _dl_find_object((void *)ip, &o) ? NULL : o.dlfo_link_map;
}

/* The object's references; how many changed, or would. */
static unsigned int patch_all(const struct link_map *l, const struct pt_got_row *rows, size_t rows_nr, enum how how)
{
	struct opened open = { .page = NULL };
	unsigned int changed = 0, t;
	struct object o;
	uint64_t i;

	read_dynamic(&o, l);
	if ((uint64_t)o.symbols < 65536 || (uint64_t)o.names < 65536)
		return 0; /* none, or the vdso's, which are offsets */
	for (t = 0; t < 2; t++)
		for (i = t ? 0 : o.relative_nr; o.tables[t] && i < o.bytes[t] / sizeof(Elf64_Rela); i++)
			changed += (unsigned int)patch(&open, &o, &o.tables[t][i], rows, rows_nr, how);
	close_page(&open);
	return changed;
}

unsigned int pt_got_patch(const struct pt_got_row *rows, size_t rows_nr, const void *real_ip)
{
	const void *own = module_of((const void *)pt_got_patch), *real = module_of(real_ip);
	unsigned int changed = 0;
	const struct link_map *l;

	for (l = _r_debug.r_map; l; l = l->l_next)
		if (l != own && l != real)
			changed += patch_all(l, rows, rows_nr, REFERENCES);
	return changed;
}

unsigned int pt_got_patch_in(const struct pt_got_row *rows, size_t rows_nr, const void *ip)
{
	const void *l = module_of(ip);

	return l ? patch_all(l, rows, rows_nr, REFERENCES) : 0;
}

bool pt_got_patch_calls(const struct pt_got_row *rows, size_t rows_nr, const void *ip)
{
	const void *l = module_of(ip);

	if (!l)
		return false;
	patch_all(l, rows, rows_nr, CALLS);
	return !patch_all(l, rows, rows_nr, NONE);
}

bool pt_got_publish(const struct pt_got_row *row, const void *real)
{
	const struct link_map *l = module_of(real);
	struct opened open = { .page = NULL };
	Elf64_Sym *symbol = NULL;
	Dl_info info;
	int changed;

	if (!l || !dladdr1(real, &info, (void **)&symbol, RTLD_DL_SYMENT) || !symbol ||
	    l->l_addr + symbol->st_value != (uint64_t)real || strcmp(info.dli_sname, row->name))
		return false;
	changed = store(&open, (void **)&symbol->st_value, (void *)((uint64_t)row->hook - l->l_addr));
	close_page(&open);
	return changed;
}
