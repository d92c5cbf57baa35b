/* SPDX-License-Identifier: MIT */
/*
 * binary.c - which files speak for a module.
 *
 * The rule: whatever is used has the build-id that was recorded, so a report never shows the
 * functions of another build. Without a recorded build-id only a file without one will do.
 */
#include "binary.h"

#include <elfutils/libdwelf.h>
#include <gelf.h>
#include <string.h>

#include "debugfile.h"

static bool has_units(Dwarf *dwarf)
{
	Dwarf_CU *cu = NULL;

	return dwarf_get_units(dwarf, NULL, &cu, NULL, NULL, NULL, NULL) == 0;
}

/* The debug information in `f`, or NULL. `f` must not be detached yet: libdw asks for its path. */
static Dwarf *begin_dwarf(const struct pt_elffile *f)
{
	Dwarf *dwarf = dwarf_begin_elf(f->elf, DWARF_C_READ, NULL);

	if (dwarf && has_units(dwarf))
		return dwarf;
	dwarf_end(dwarf);
	return NULL;
}

/*
 * False if the DWARF refers to a file that is not there. Unless told of it, libdw would look
 * itself, at the first reference, and would open anything.
 */
static bool add_alt(struct pt_binary *b, const struct pt_elffile *f, const char *root)
{
	const char *name;
	const void *id;
	ssize_t bytes = dwelf_dwarf_gnu_debugaltlink(b->dwarf, &name, &id);

	if (bytes == 0)
		return true;
	if (bytes < 0 || !pt_debugfile_by_altlink(&b->alt, root, f, name, id, (size_t)bytes))
		return false;
	b->dwarf_alt = dwarf_begin_elf(b->alt.elf, DWARF_C_READ, NULL);
	if (!b->dwarf_alt)
		return false;
	dwarf_setalt(b->dwarf, b->dwarf_alt);
	return true;
}

static void find_text(struct pt_binary *b)
{
	Elf *elf = b->main.elf ? b->main.elf : b->debug.elf;
	size_t nr;

	if (!elf || elf_getphdrnum(elf, &nr) != 0)
		return;
	for (size_t i = 0; i < nr && i <= INT32_MAX; i++) {
		GElf_Phdr segment;

		if (!gelf_getphdr(elf, (int)i, &segment))
			return;
		if (segment.p_type != PT_LOAD || !(segment.p_flags & PF_X) ||
		    segment.p_memsz > UINT64_MAX - segment.p_vaddr)
			continue;
		if (b->text_end == 0 || segment.p_vaddr < b->text_start)
			b->text_start = segment.p_vaddr;
		if (segment.p_vaddr + segment.p_memsz > b->text_end)
			b->text_end = segment.p_vaddr + segment.p_memsz;
	}
}

static void use_dwarf(struct pt_binary *b, const struct pt_elffile *f, const char *root)
{
	b->dwarf = begin_dwarf(f);
	b->dwarf_bytes = f->bytes;
	b->dwarf_folder = f->folder;
	if (b->dwarf && !add_alt(b, f, root)) {
		dwarf_end(b->dwarf);
		b->dwarf = NULL;
	}
}

static bool is_loadable(const struct pt_elffile *f)
{
	GElf_Ehdr header;

	return gelf_getehdr(f->elf, &header) && header.e_type != ET_REL;
}

static void open_main(struct pt_binary *b, const struct pt_symbol_module *m)
{
	if (m->path[0] != '/') {
		/* "linux-vdso.so.1". In our own folder that would be somebody else's file. */
		b->state = PT_SYMBOLS_NO_FILE;
		return;
	}
	b->state = pt_elffile_open(&b->main, m->path);
	if (b->main.elf && !is_loadable(&b->main)) {
		pt_elffile_close(&b->main);
		b->state = PT_SYMBOLS_NOT_ELF;
	}
	if (b->main.elf && !pt_elffile_has_build_id(&b->main, m->build_id, m->build_id_bytes)) {
		pt_elffile_close(&b->main);
		b->state = PT_SYMBOLS_CHANGED;
	}
}

void pt_binary_open(struct pt_binary *b, const struct pt_symbol_module *m, const char *debug_root)
{
	*b = (struct pt_binary){ .main = PT_ELFFILE_NONE,
				 .debug = PT_ELFFILE_NONE,
				 .alt = PT_ELFFILE_NONE };
	open_main(b, m);
	if (b->main.elf)
		use_dwarf(b, &b->main, debug_root);
	if (!b->dwarf &&
	    (pt_debugfile_by_build_id(&b->debug, debug_root, m->build_id, m->build_id_bytes) ||
	     (b->main.elf && pt_debugfile_by_link(&b->debug, debug_root, m->path, &b->main))))
		use_dwarf(b, &b->debug, debug_root);
	if (b->dwarf)
		b->state = PT_SYMBOLS_WHOLE;
	else if (b->main.elf || b->debug.elf)
		b->state = PT_SYMBOLS_NO_DEBUG;
	find_text(b);
	pt_elffile_detach(&b->main);
	pt_elffile_detach(&b->debug);
	pt_elffile_detach(&b->alt);
}

void pt_binary_close(struct pt_binary *b)
{
	dwarf_end(b->dwarf);
	dwarf_end(b->dwarf_alt);
	pt_elffile_close(&b->alt);
	pt_elffile_close(&b->debug);
	pt_elffile_close(&b->main);
}
