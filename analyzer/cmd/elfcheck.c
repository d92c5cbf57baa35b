// SPDX-License-Identifier: MIT
/*
 * elfcheck.c - why LD_PRELOAD would be ignored, or do harm, in an ELF program.
 *
 * The dynamic loader says nothing when it ignores a preload, so this looks first. The file is
 * read with libelf, which checks its own bounds; sections are not needed, only segments.
 */
#include <fcntl.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "program.h"

/* What the check wants to know of one program. */
struct facts {
	int class, machine;
	bool executable;      /* ET_EXEC or ET_DYN */
	bool has_interpreter; /* the dynamic loader takes part */
	bool is_loader;	      /* it is the dynamic loader itself: ld.so PROGRAM */
	bool musl;
	const char *sanitizer; /* name of the run-time library it brings */
};

/* Run-time libraries that want to be first in line for malloc(). */
static const struct {
	const char *library, *symbol, *name;
} sanitizers[] = {
	{ "libasan", "__asan_init", "AddressSanitizer (ASan)" },
	{ "libclang_rt.asan", "__asan_init", "AddressSanitizer (ASan)" },
	{ "libtsan", "__tsan_init", "ThreadSanitizer (TSan)" },
	{ "libclang_rt.tsan", "__tsan_init", "ThreadSanitizer (TSan)" },
	{ "libhwasan", "__hwasan_init", "HWAddressSanitizer" },
	{ "libclang_rt.hwasan", "__hwasan_init", "HWAddressSanitizer" },
	{ "liblsan", "__lsan_init", "LeakSanitizer" },
	{ "libclang_rt.msan", "__msan_init", "MemorySanitizer" },
};
#define SANITIZERS_NR (sizeof(sanitizers) / sizeof(sanitizers[0]))

/* A NUL-terminated string at a virtual address inside the file, or "". */
static const char *text_at(Elf *elf, uint64_t vaddr)
{
	size_t phdrs_nr = 0, file_bytes = 0;
	const char *file = elf_rawfile(elf, &file_bytes);

	if (elf_getphdrnum(elf, &phdrs_nr) != 0 || !file)
		return "";
	for (size_t i = 0; i < phdrs_nr; i++) {
		GElf_Phdr ph;
		uint64_t off;

		if (!gelf_getphdr(elf, (int)i, &ph) || ph.p_type != PT_LOAD)
			continue;
		if (vaddr < ph.p_vaddr || vaddr - ph.p_vaddr >= ph.p_filesz)
			continue;
		off = ph.p_offset + (vaddr - ph.p_vaddr);
		if (off < file_bytes && memchr(file + off, '\0', file_bytes - off))
			return file + off;
	}
	return "";
}

static void look_at_library(struct facts *f, const char *name)
{
	if (strstr(name, "libc.musl") || strstr(name, "ld-musl"))
		f->musl = true;
	for (size_t i = 0; i < SANITIZERS_NR; i++)
		if (!strncmp(name, sanitizers[i].library, strlen(sanitizers[i].library)))
			f->sanitizer = sanitizers[i].name;
}

/* DT_NEEDED and DT_SONAME. */
static void look_at_dynamic(Elf *elf, const GElf_Phdr *ph, struct facts *f)
{
	Elf_Data *data = elf_getdata_rawchunk(elf, (int64_t)ph->p_offset, ph->p_filesz, ELF_T_DYN);
	uint64_t strings = 0;
	GElf_Dyn dyn;

	for (int i = 0; data && gelf_getdyn(data, i, &dyn) && dyn.d_tag != DT_NULL; i++)
		if (dyn.d_tag == DT_STRTAB)
			strings = dyn.d_un.d_ptr;
	for (int i = 0; data && gelf_getdyn(data, i, &dyn) && dyn.d_tag != DT_NULL; i++) {
		if (dyn.d_tag == DT_NEEDED)
			look_at_library(f, text_at(elf, strings + dyn.d_un.d_val));
		if (dyn.d_tag == DT_SONAME &&
		    !strncmp(text_at(elf, strings + dyn.d_un.d_val), "ld-linux", 8))
			f->is_loader = true;
	}
}

/* A sanitizer linked in statically shows only in the dynamic symbols, which it must export. */
static void look_at_symbols(Elf *elf, struct facts *f)
{
	for (Elf_Scn *scn = elf_nextscn(elf, NULL); scn; scn = elf_nextscn(elf, scn)) {
		GElf_Shdr sh;
		Elf_Data *data;
		GElf_Sym sym;

		if (!gelf_getshdr(scn, &sh) || sh.sh_type != SHT_DYNSYM)
			continue;
		data = elf_getdata(scn, NULL);
		for (int i = 0; data && gelf_getsym(data, i, &sym); i++) {
			const char *name = elf_strptr(elf, sh.sh_link, sym.st_name);

			for (size_t k = 0; name && k < SANITIZERS_NR; k++)
				if (!strcmp(name, sanitizers[k].symbol))
					f->sanitizer = sanitizers[k].name;
		}
	}
}

static bool look(const char *path, struct facts *f)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t phdrs_nr = 0;
	GElf_Ehdr eh;
	Elf *elf;

	memset(f, 0, sizeof(*f));
	elf_version(EV_CURRENT);
	elf = fd >= 0 ? elf_begin(fd, ELF_C_READ_MMAP, NULL) : NULL;
	if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &eh)) {
		elf_end(elf);
		if (fd >= 0)
			close(fd);
		return false;
	}
	f->class = gelf_getclass(elf);
	f->machine = eh.e_machine;
	f->executable = eh.e_type == ET_EXEC || eh.e_type == ET_DYN;
	if (elf_getphdrnum(elf, &phdrs_nr) != 0)
		phdrs_nr = 0;
	for (size_t i = 0; i < phdrs_nr; i++) {
		GElf_Phdr ph;

		if (!gelf_getphdr(elf, (int)i, &ph))
			continue;
		if (ph.p_type == PT_INTERP) {
			f->has_interpreter = true;
			f->musl |= strstr(text_at(elf, ph.p_vaddr), "ld-musl") != NULL;
		}
		if (ph.p_type == PT_DYNAMIC)
			look_at_dynamic(elf, &ph, f);
	}
	look_at_symbols(elf, f);
	elf_end(elf);
	close(fd);
	return true;
}

/* How the kernel calls it; for others the number must do. */
static const char *machine_name(int machine, char *out, size_t size)
{
	static const struct {
		int machine;
		const char *name;
	} names[] = { { EM_386, "i386" },	 { EM_X86_64, "x86-64" }, { EM_ARM, "ARM" },
		      { EM_AARCH64, "AArch64" }, { EM_RISCV, "RISC-V" },  { EM_PPC64, "PowerPC" },
		      { EM_S390, "S/390" },	 { EM_MIPS, "MIPS" } };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].machine == machine)
			return names[i].name;
	snprintf(out, size, "machine %d", machine);
	return out;
}

const char *pt_program_refusal(const char *path)
{
	static char text[256];
	struct facts f, own;
	struct stat st;
	char name[32];

	if (!look(path, &f))
		return "not an ELF program; name a program or a script";
	if (!look("/proc/self/exe", &own))
		own = (struct facts){ .class = f.class, .machine = f.machine };
	if (f.machine != own.machine || f.class != own.class) {
		snprintf(
			text, sizeof(text),
			"a program for another architecture (%s, %d bits); use the pooltrace built for it",
			machine_name(f.machine, name, sizeof(name)),
			f.class == ELFCLASS64 ? 64 : 32);
		return text;
	}
	if (!f.executable)
		return "an ELF file, but not a program; link it first";
	if (f.musl)
		return "linked with musl, and the recorder needs glibc; link it with glibc";
	if (!f.has_interpreter && !f.is_loader)
		return "statically linked, so nothing can be preloaded; link it dynamically";
	if (f.sanitizer) {
		snprintf(text, sizeof(text),
			 "built with %s, which replaces malloc() itself; build it without",
			 f.sanitizer);
		return text;
	}
	if (stat(path, &st) == 0 && st.st_mode & (S_ISUID | S_ISGID))
		return "setuid or setgid, so the loader ignores preloads; record a copy without that bit";
	if (getxattr(path, "security.capability", NULL, 0) > 0)
		return "has file capabilities, so the loader ignores preloads; record a copy without them";
	return NULL;
}
